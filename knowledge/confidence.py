"""What a match is worth: the chance that a found procedure is the one meant, calibrated on the development questions.

A logistic regression over four things a person would look at too: how far the first result is ahead, how much of the
question the matched name covers, how much of the name the question covers, and how near the meanings are. Its weights
are made by `python benchmarks/calibrate.py` and are valid for the shipped encoder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Columns of `Evidence.features`.
LEAD, QUESTION_COVERED, NAME_COVERED, COSINE = range(4)
# In that order, the intercept last.
WEIGHTS = (6.69, 0.27, 1.57, 8.77, -7.91)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How the first results match: arrays hold one value a result, best first, of at least two results."""

    question: Sequence[str]
    matched: Sequence[Sequence[str]]
    fused: NDArray[np.float32]
    dense: NDArray[np.float32]
    rarity: Mapping[str, float]

    def features(self) -> NDArray[np.float64]:
        """Return one row a result: lead over the best other, question covered, name covered, cosine."""
        rarity = self._rarity_at_hand()
        return np.array(
            [
                (
                    self._lead(place),
                    covered(self.question, words, rarity),
                    covered(words, self.question, rarity),
                    self.dense[place],
                )
                for place, words in enumerate(self.matched)
            ]
        )

    def _rarity_at_hand(self) -> dict[str, float]:
        """Return the rarity of the words that occur here, so that the whole catalogue's are gone through only once."""
        rarest = max(self.rarity.values(), default=1.0)
        return {word: self.rarity.get(word, rarest) for words in (self.question, *self.matched) for word in words}

    def _lead(self, place: int) -> float:
        others = np.delete(self.fused, place)
        return float(self.fused[place] - others.max()) if len(others) else 1.0


def covered(words: Sequence[str], by: Sequence[str], rarity: Mapping[str, float]) -> float:
    """Return the share of `words`, weighted by how rare they are in the catalogue, that also stand in `by`."""
    known, rarest = set(by), max(rarity.values(), default=1.0)
    # A word the catalogue never uses is the strongest sign of another matter.
    weights = [(rarity.get(word, rarest), word in known) for word in set(words)]
    total = sum(weight for weight, _ in weights)
    return sum(weight for weight, found in weights if found) / total if total else 0.0


def confidence_of(features: NDArray[np.float64], weights: Sequence[float] = WEIGHTS) -> list[float]:
    """Return the chance of each result (a row of `Evidence.features`) to be the one meant."""
    slopes, intercept = np.array(weights[:-1]), weights[-1]
    return [float(chance) for chance in 1 / (1 + np.exp(-(features @ slopes + intercept)))]

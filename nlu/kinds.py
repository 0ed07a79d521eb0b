"""What kind of message this is: a question for us, one that is not ours, a cry for help, small talk.

A linear classifier over the hashed words and letters of the folded text and its vector. Rules (`nlu.scope`,
`nlu.crisis`) know the wordings somebody thought of; this knows what many wordings have in common. Its weights are made
by `nlu.training.kinds` and fit the shipped encoder.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.accents import load_restorer
from nlu.encoder import DEFAULT_MODEL, load_encoder
from nlu.text import expand, syllables, written_out

MODEL_FILE = Path(__file__).parent / "models" / "kinds.npz"
BUCKETS = 2**15
MEANING = 2.0  # how much the vector counts beside the words; by cross-validation
_LETTERS = (3, 4, 5)
_TEXTS_KEPT = 256


def features(text: str) -> NDArray[np.int64]:
    """Return the buckets, each once, of the words, word pairs and stretches of letters of a text."""
    return np.unique([zlib.crc32(name.encode()) % BUCKETS for name in _names(text)]).astype(np.int64)


def meanings(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the vectors of texts, (texts, dimension), as they count for the kind."""
    restorer = load_restorer()
    return MEANING * load_encoder(str(DEFAULT_MODEL)).encode_queries([restorer.restore(expand(text)) for text in texts])


def _names(text: str) -> Iterator[str]:
    words = syllables(written_out(text))
    yield from words
    for first, second in pairwise(["^", *words, "$"]):
        yield f"{first} {second}"
    joined = f" {' '.join(words)} "
    for length in _LETTERS:
        for start in range(len(joined) - length + 1):
            yield f"#{joined[start : start + length]}"


class Kinds:
    """The classifier: `weights` (kinds, buckets + dimension) as int8, times a step for each kind, and a bias."""

    def __init__(
        self, names: Sequence[str], weights: NDArray[np.int8], steps: NDArray[np.float32], bias: NDArray[np.float32]
    ) -> None:
        """Take the weights as they are stored."""
        self.names = tuple(names)
        self._words, self._meaning = weights[:, :BUCKETS], weights[:, BUCKETS:].astype(np.float32)
        self._steps, self._bias = steps, bias

    def chances(self, text: str) -> Mapping[str, float]:
        """Return the chance of every kind; they add up to 1."""
        found = features(text)
        # Long texts have more features: their length is taken out, as in training.
        scores = self._words[:, found].sum(axis=1, dtype=np.int64) / max(len(found), 1) ** 0.5
        scores = (scores + self._meaning @ meanings([text])[0]) * self._steps + self._bias
        shares = np.exp(scores - scores.max())
        return dict(zip(self.names, map(float, shares / shares.sum()), strict=True))


@lru_cache(maxsize=1)
def load_kinds(path: Path = MODEL_FILE) -> Kinds:
    """Read the shipped weights."""
    with np.load(path) as stored:
        return Kinds([str(name) for name in stored["names"]], stored["weights"], stored["steps"], stored["bias"])


@lru_cache(maxsize=_TEXTS_KEPT)
def chances(text: str) -> Mapping[str, float]:
    """Return the chance of every kind for a text, kept for a moment: several modules ask."""
    return load_kinds().chances(text)


def chance_of(kind: str, text: str) -> float:
    """Return the chance that a text is of a kind, or of those below it: "crisis" is "crisis_fire" and the others."""
    return sum(chance for name, chance in chances(text).items() if name == kind or name.startswith(f"{kind}_"))

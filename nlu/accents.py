"""Put the diacritics back into Vietnamese typed without them, so that the encoder reads words it knows.

A syllable-bigram model: among the spellings a bare syllable may stand for ("thue" → thuê, thuế, thuệ), choose the
sequence that is most probable (Viterbi). Its counts are made by `nlu.training.accents` from administrative text.
"""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from nlu.text import fold

MODEL_FILE = Path(__file__).parent / "models" / "accents.tsv.gz"
_WORD = re.compile(r"\w+|\W+")
_MOST_SPELLINGS = 12
_UNSEEN_PAIR = 0.05  # weight of the single-syllable probability when a pair was never seen; tuned on dev questions
_ACCENTED_SHARE = 0.15  # a text with more accented syllables than this was typed with diacritics: leave it alone


class AccentRestorer:
    """Restores diacritics by counts of syllables and of pairs of neighbouring syllables."""

    def __init__(self, words: Mapping[str, int], pairs: Mapping[tuple[str, str], int]) -> None:
        total = sum(words.values())
        self._log_word = {word: math.log(count / total) for word, count in words.items()}
        self._log_pair = {pair: math.log(count / words[pair[0]]) for pair, count in pairs.items()}
        spellings: dict[str, list[str]] = {}
        for word in sorted(words, key=lambda word: -words[word]):
            spellings.setdefault(fold(word), []).append(word)
        self._spellings = {bare: tuple(found[:_MOST_SPELLINGS]) for bare, found in spellings.items()}

    def restore(self, text: str) -> str:
        """Return `text` with its most probable diacritics; text that already carries them is returned unchanged."""
        if _accented_share(text) > _ACCENTED_SHARE:
            return text
        parts = _WORD.findall(text)
        places = [place for place, part in enumerate(parts) if part[0].isalnum()]
        for place, word in zip(places, self._best_path([parts[place].lower() for place in places]), strict=True):
            parts[place] = word
        return "".join(parts)

    def _best_path(self, words: list[str]) -> list[str]:
        # One column per syllable: spelling → (log probability of the best path to it, the path).
        column: dict[str, tuple[float, tuple[str, ...]]] = {"": (0.0, ())}
        for word in words:
            column = {spelling: self._best_step(column, spelling) for spelling in self._spellings_of(word)}
        return list(max(column.values())[1])

    def _best_step(
        self, column: Mapping[str, tuple[float, tuple[str, ...]]], spelling: str
    ) -> tuple[float, tuple[str, ...]]:
        before, path = max((score + self._step(previous, spelling), path) for previous, (score, path) in column.items())
        return before, (*path, spelling)

    def _step(self, previous: str, word: str) -> float:
        pair = self._log_pair.get((previous, word))
        return pair if pair is not None else self._log_word.get(word, -20.0) + math.log(_UNSEEN_PAIR)

    def _spellings_of(self, word: str) -> tuple[str, ...]:
        # A syllable typed with its marks is taken at its word.
        return (word,) if fold(word) != word else self._spellings.get(word, (word,))


def _accented_share(text: str) -> float:
    words = [part for part in _WORD.findall(text.lower()) if part[0].isalpha()]
    return sum(fold(word) != word for word in words) / len(words) if words else 1.0


@lru_cache(maxsize=1)
def load_restorer(path: Path = MODEL_FILE) -> AccentRestorer:
    """Load the shipped counts (about 0.2 s, once a process)."""
    words: dict[str, int] = {}
    pairs: dict[tuple[str, str], int] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            key, count = line.rstrip("\n").split("\t")
            first, _, second = key.partition(" ")
            if second:
                pairs[first, second] = int(count)
            else:
                words[first] = int(count)
    return AccentRestorer(words, pairs)

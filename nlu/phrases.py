"""Search for Vietnamese phrases in text typed with or without accents.

Patterns are written with accents and in lower case. Without its accents a word may be another one ("phí", "phi";
"cháy", "chạy"), so where the person typed accents they must agree, save in groups of three words and more, where
a chance meeting is unlikely and a slip of one accent is common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from nlu.text import fold, has_accents

# hoà → hòa: the tone goes back to the first vowel of an open syllable.
_TONES = str.maketrans("àáảãạèéẻẽẹỳýỷỹỵ", "aaaaaeeeeeyyyyy")
_MARKS = dict(zip("àáảãạèéẻẽẹỳýỷỹỵ", "òóỏõọòóỏõọùúủũụ", strict=True))
_TONE_AT_END = re.compile(r"(?:o[àáảãạèéẻẽẹ]|(?<!q)u[ỳýỷỹỵ])(?!\w)")
_I_FOR_Y = re.compile(r"\b([klt])([iíìỉĩị])\b")
_Y = dict(zip("iíìỉĩị", "yýỳỷỹỵ", strict=True))


@dataclass(frozen=True, slots=True)
class Phrases:
    """Alternatives compiled twice, as spelt and folded."""

    spelt: re.Pattern[str]
    folded: re.Pattern[str]

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield start and end of every phrase in the text, from left to right, without overlap."""
        spelt = comparable(text)
        bare, accented = fold(spelt), has_accents(text)
        place = 0
        while found := self.folded.search(bare, place):
            exact = self.spelt.match(spelt, found.start())
            if exact:
                yield exact.span()
                place = max(exact.end(), place + 1)
            elif not accented or _bare_enough(spelt[found.start() : found.end()]):
                yield found.span()
                place = max(found.end(), place + 1)
            else:
                place = found.start() + 1

    def found_in(self, text: str) -> bool:
        """Tell whether the text holds one of the phrases."""
        return next(self.spans(text), None) is not None

    def remove_from(self, text: str) -> str:
        """Return the text with every phrase cut out."""
        kept, end = [], 0
        for start, stop in self.spans(text):
            kept.append(text[end:start])
            end = stop
        return " ".join((" ".join(kept) + " " + text[end:]).split())


def phrases(*patterns: str) -> Phrases:
    """Compile regular expressions in accented lower-case Vietnamese that must match whole words."""
    body = comparable("|".join(f"(?:{pattern})" for pattern in patterns))
    return Phrases(re.compile(rf"(?<!\w)(?:{body})(?!\w)"), re.compile(rf"(?<!\w)(?:{fold(body)})(?!\w)"))


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


@lru_cache(maxsize=512)
def comparable(text: str) -> str:
    """Return the text in lower case with one spelling for each syllable (hòa, not hoà; ký, not kí), same length."""
    lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    moved = _TONE_AT_END.sub(lambda match: _MARKS[match[0][1]] + match[0][1].translate(_TONES), lower)
    return _I_FOR_Y.sub(lambda match: match[1] + _Y[match[2]], moved)


def _bare_enough(piece: str) -> bool:
    words = len(piece.split())
    return words >= 3 or (words == 2 and not has_accents(piece))

"""Judges what a search found: is it sure enough to be answered, too close to call, or no question of ours at all?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.types import SearchResult
from nlu.scope import strangeness
from nlu.text import fold, syllables

# Calibrated chances (knowledge.confidence): from here on the first result is answered, or offered with others.
ANSWER_FROM = 0.36  # where as many are right as wrong: the stated chance is a little low there
OFFER_FROM = 0.16
# A question that seems not to be ours is declined, the more surely so the less a procedure fits it.
_STRANGE = 0.5
OPTIONS = 3  # of procedures offered to choose from
# When several procedures fit a question alike; chosen on the regression questions (17 of 19 bare names asked back).
_NAMED, _AS_COVERED, _AS_GOOD, _BARE = 0.85, 0.03, 0.2, 6
# Who names only a paper ("giấy phép xây dựng") may want it for the first time, again or changed.
_PAPER = re.compile(
    r"^(?:thu tuc |to |cai |tam )?(?:giay|the|so|bang|chung chi|ho chieu)\b(?!.*\b(?:mat|moi|dau|lai)\b)"
)
_PAPER_AS_GOOD = 0.23


def too_close(words: str, found: Sequence[SearchResult], *, asked: bool) -> bool:
    """Tell whether a bare name ("sổ đỏ") fits the names of several procedures equally and no name closely.

    Who asks for something of it ("khai tử cần giấy tờ gì") means the plain procedure, not one done again or changed.
    """
    first = found[0]
    bare = not asked and first.name_covered < 1 and _PAPER.search(fold(words)) is not None
    if bare and any(True for _ in _as_good(found, _PAPER_AS_GOOD)):
        return True
    if first.name_covered >= _NAMED or len(syllables(words)) > _BARE:
        return False
    return any(other.plain or not (asked and first.plain) for other in _as_good(found, _AS_GOOD))


def seems_strange(text: str, best: float) -> bool:
    """Tell whether a question seems not to be ours, given the chance of the procedure that fits it best."""
    return strangeness(text) >= _STRANGE + (1 - _STRANGE) * best


def _as_good(found: Sequence[SearchResult], margin: float) -> Iterator[SearchResult]:
    """Yield the results that cover the words no worse than the first and score hardly lower."""
    first = found[0]
    for other in found[1 : OPTIONS + 1]:
        covers = other.question_covered >= first.question_covered - _AS_COVERED
        if covers and other.score >= first.score - margin:
            yield other

"""Judges what a search found: is it sure enough to be answered, too close to call, or no question of ours at all?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from knowledge.types import SearchResult
from nlu.scope import own_case, strangeness
from nlu.text import syllables

# Calibrated chances (knowledge.confidence): from here on the first result is answered, or offered with others.
ANSWER_FROM = 0.28
OFFER_FROM = 0.13
# A question that seems not to be ours is declined, the more surely so the less a procedure fits it.
_STRANGE, _OWN_CASE = 0.5, 0.85
OPTIONS = 3  # of procedures offered to choose from
# When several procedures fit a question alike: how many syllables it has at most, and how little the first is ahead.
# Chosen on 88 bare names and vague wishes, of which 72 are asked back (53 before), and 522 questions with an answer.
_WISH, _WISH_AHEAD = 11, 0.18
_BARE, _BARE_AHEAD, _RIVAL, _WHOLE = 5, 0.3, 0.35, 0.999
# The same for a question that asks for something of it.
_NAMED, _AS_COVERED, _AS_GOOD, _ASKED = 0.85, 0.05, 0.2, 6


def too_close(words: str, found: Sequence[SearchResult], *, asked: bool) -> bool:
    """Tell whether a bare name ("sổ đỏ") or a vague wish ("xin bản sao") fits several procedures equally.

    Who asks for something of it ("khai tử cần giấy tờ gì") means the plain procedure, not one done again or changed.
    """
    first, length = found[0], len(syllables(words))
    if asked:
        return (
            first.name_covered < _NAMED
            and length <= _ASKED
            and any(other.plain or not first.plain for other in _as_good(found, _AS_GOOD))
        )
    ahead = first.score - max((other.score for other in found[1:]), default=0.0)
    if length > _WISH or min(first.name_covered, first.question_covered) >= _WHOLE:
        return False
    rivals = length <= _BARE and ahead < _BARE_AHEAD and any(True for _ in _as_good(found, _RIVAL))
    return rivals or ahead < _WISH_AHEAD


def seems_strange(text: str, best: float) -> bool:
    """Tell whether a question seems not to be ours, given the chance of the procedure that fits it best.

    What somebody's own dossier is at is not ours however well its procedure is known.
    """
    return own_case(text) >= _OWN_CASE or strangeness(text) >= _STRANGE + (1 - _STRANGE) * best


def _as_good(found: Sequence[SearchResult], margin: float) -> Iterator[SearchResult]:
    """Yield the results that cover the words no worse than the first and score hardly lower."""
    first = found[0]
    for other in found[1 : OPTIONS + 1]:
        covers = other.question_covered >= first.question_covered - _AS_COVERED
        if covers and other.score >= first.score - margin:
            yield other

"""What a suggestion stands for, and how "2" or a label typed back finds the suggestion offered.

A suggestion's payload is a short opaque token for the channel (at most 64 bytes, the smallest limit of any) and a
`Choice` for us. Tokens name public things only, so an old button still works after a restart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.messages import Suggestion
from nlu.text import fold

_CODE = r":(?P<code>\d\.[0-9A-Za-z.\-]{1,40})"
_FACET = r":(?P<facet>[a-z]{3,12})"
_OPTION = r":(?P<option>[a-z]{2,14})"
_PAGE = r"(?::(?P<page>\d{1,2}))?"
_TOKENS = tuple(
    map(
        re.compile,
        (
            r"(?P<act>human|restart|help|comment)",
            rf"(?P<act>facet|more|about){_CODE}(?:{_FACET})?{_PAGE}",
            rf"(?P<act>case){_CODE}{_FACET}(?:{_OPTION})?",
            rf"(?P<act>journey|step){_OPTION}{_PAGE}",
            rf"(?P<act>journeys){_PAGE}",
            r"(?P<act>place):(?P<option>\d{2}|\d{5})",
            r"(?P<act>rate):(?P<page>[1-5])",
        ),
    )
)
_NUMBER = re.compile(r"(?:(?:so|chon|cai|muc|option|number|cau)\s+)*(\d{1,2})\s*(?:a|nha|nhe|di|\.)?")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a citizen can tap: an `act` and what it is about.

    The acts: facet, more, about (a procedure), case (`option` of a procedure's cases, none to be asked again), journey
    and step (`option` is the life event, `page` of a step its place), journeys (all of them), place (`option` is the
    code of a commune or province), rate (`page` is the score, 1 to 5), comment (on it), human, restart, help.
    """

    act: str
    code: str = ""
    facet: str = ""
    page: int = 0
    option: str = ""

    def token(self) -> str:
        """Return the payload that `parse_token` reads back."""
        parts = [self.act, self.code, self.facet, self.option, str(self.page) if self.page else ""]
        return ":".join(part for part in parts if part)


def parse_token(token: str) -> Choice | None:
    """Return the choice a payload stands for, or None for anything we never offered."""
    found = next((match for pattern in _TOKENS if (match := pattern.fullmatch(token))), None)
    if found is None:
        return None
    said = found.groupdict()
    parts = [said.get(name) or "" for name in ("act", "code", "facet", "option")]
    return Choice(parts[0], parts[1], parts[2], int(said.get("page") or 0), parts[3])


def match_typed(text: str, offered: Sequence[Suggestion]) -> Suggestion | None:
    """Return the offered suggestion that a typed number ("2", "số 2", "chọn 2") or its label names, if any.

    Numbers count only the suggestions that can be chosen (links are opened, not typed), starting at 1.
    """
    choosable = [suggestion for suggestion in offered if suggestion.payload is not None]
    folded = fold(text).strip(" .!?")
    number = _NUMBER.fullmatch(folded)
    if number:
        place = int(number[1]) - 1
        return choosable[place] if 0 <= place < len(choosable) else None
    return next((suggestion for suggestion in choosable if fold(suggestion.label).strip(" .!?") == folded), None)

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

_TOKEN = re.compile(
    r"(?P<act>facet|more|about|human|restart|help)(?::(?P<code>\d\.[0-9A-Za-z.\-]{1,40}))?(?::(?P<facet>[a-z]{3,12}))?(?::(?P<page>\d{1,2}))?"
)
_WITHOUT_CODE = ("human", "restart", "help")
_NUMBER = re.compile(r"(?:(?:so|chon|cai|muc|option|number|cau)\s+)*(\d{1,2})\s*(?:a|nha|nhe|di|\.)?")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a citizen can tap: an `act` (facet, more, about, human, restart, help) and what it is about."""

    act: str
    code: str = ""
    facet: str = ""
    page: int = 0

    def token(self) -> str:
        """Return the payload that `parse_token` reads back."""
        parts = [self.act, self.code, self.facet, str(self.page) if self.page else ""]
        return ":".join(part for part in parts if part)


def parse_token(token: str) -> Choice | None:
    """Return the choice a payload stands for, or None for anything we never offered."""
    found = _TOKEN.fullmatch(token)
    if not found or (found["code"] is None) != (found["act"] in _WITHOUT_CODE):
        return None
    return Choice(found["act"], found["code"] or "", found["facet"] or "", int(found["page"] or 0))


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

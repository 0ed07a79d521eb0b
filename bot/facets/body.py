"""What one facet has to say, before it is laid out: a lead, list lines, closing notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.facets.words import FACET_NOUNS, say, spoken
from bot.formatting import Line
from bot.messages import Attachment
from knowledge.types import Facet


@dataclass(frozen=True, slots=True)
class Body:
    """The facts of one facet; `known` is False when the record does not have the fact asked for."""

    lead: str = ""
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    known: bool = True


def unknown(facet: Facet, language: str) -> Body:
    """Say that the record lacks this facet and who can be asked."""
    what = FACET_NOUNS[spoken(language)][facet]
    return Body(lead=say(language, "unknown", what=what), known=False)


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts in order without repeats, ignoring case and a final full stop."""
    found = {text.casefold().rstrip(" .;"): text for text in reversed(list(texts)) if text}
    return tuple(reversed(found.values()))

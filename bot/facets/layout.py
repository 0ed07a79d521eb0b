"""One facet set out as text: title, facts, closing notes, source; and what to offer next."""

from __future__ import annotations

from bot.choices import Choice
from bot.facets.body import Body
from bot.facets.words import FACET_LABELS, FACET_NOUNS, say, spoken
from bot.formatting import day, paginate, plain_name, shorten
from bot.messages import Source, Suggestion
from knowledge.days import today
from knowledge.types import Channel, Facet, Procedure

PAGE_LENGTH = 900
"""Most characters of one answer, source line included."""
_NAME = 120
LAST_PAGE = 99
"""Highest page a payload can name."""
MOST_SUGGESTIONS = 4

_NEXT: dict[Facet, tuple[Facet, ...]] = {
    Facet.OVERVIEW: (Facet.DOCUMENTS, Facet.FEE, Facet.DURATION, Facet.WHERE),
    Facet.DOCUMENTS: (Facet.FEE, Facet.DURATION, Facet.WHERE, Facet.FORMS),
    Facet.FEE: (Facet.DURATION, Facet.DOCUMENTS, Facet.WHERE, Facet.ONLINE),
    Facet.DURATION: (Facet.WHERE, Facet.DOCUMENTS, Facet.FEE, Facet.RESULT),
    Facet.WHERE: (Facet.DOCUMENTS, Facet.ONLINE, Facet.FEE, Facet.DURATION),
    Facet.ONLINE: (Facet.DOCUMENTS, Facet.FEE, Facet.WHERE, Facet.DURATION),
    Facet.STEPS: (Facet.DOCUMENTS, Facet.WHERE, Facet.DURATION, Facet.FEE),
    Facet.CONDITIONS: (Facet.DOCUMENTS, Facet.STEPS, Facet.FEE, Facet.WHERE),
    Facet.RESULT: (Facet.DURATION, Facet.WHERE, Facet.DOCUMENTS, Facet.FEE),
    Facet.LEGAL: (Facet.CONDITIONS, Facet.DOCUMENTS, Facet.FEE, Facet.DURATION),
    Facet.FORMS: (Facet.DOCUMENTS, Facet.WHERE, Facet.ONLINE, Facet.FEE),
}
"""What people ask after each facet, most asked first."""


def source(procedure: Procedure, facet: Facet) -> Source:
    """Return the citation of one facet of the record."""
    updated = procedure.updated_at.isoformat() if procedure.updated_at else ""
    return Source(
        procedure.code, plain_name(procedure.name), facet.value, procedure.source_url, updated, procedure.version
    )


def source_block(procedure: Procedure, language: str) -> str:
    """Return the lines that close every answer: publisher, code, date, link; first, if so, that it is out of date."""
    expired = procedure.expires_on is not None and procedure.expires_on < today()
    warning = say(language, "past_date", date=day(procedure.expires_on)) if expired and procedure.expires_on else ""
    official = "dichvucong.gov.vn" in procedure.source_url
    publisher = say(language, "portal") if official else shorten(procedure.source, 80) or say(language, "publisher")
    date = day(procedure.updated_at) if procedure.updated_at else ""
    line = say(language, "source" if date else "source_undated", publisher=publisher, code=procedure.code, date=date)
    return join_parts(warning, line, procedure.source_url)


def title(procedure: Procedure, facet: Facet, language: str, continued: bool = False) -> str:
    """Return the first line: the procedure, cut if very long, and what is told about it."""
    name = shorten(plain_name(procedure.name), _NAME)
    if facet is Facet.OVERVIEW:
        return name
    noun = FACET_NOUNS[spoken(language)][facet]
    return f"{name} – {noun} ({say(language, 'continued')}):" if continued else f"{name} – {noun}:"


def pages(procedure: Procedure, facet: Facet, told: Body, language: str) -> list[str]:
    """Lay a facet out in pages of at most `PAGE_LENGTH` characters, each complete with title and source."""
    ending = source_block(procedure, language)
    hint = say(language, "more_hint")
    first = (title(procedure, facet, language), told.lead)
    later = (title(procedure, facet, language, continued=True), "")
    lists = paginate(told.lines, _room(*first, *told.notes, hint, ending), _room(*later, hint, ending))
    if facet is Facet.OVERVIEW:
        lists, hint = lists[:1], ""
    texts = []
    for number, lines in enumerate(lists):
        head, lead = later if number else first
        notes = () if number else told.notes
        texts.append(join_parts(head, lead, lines, *notes, hint if number < len(lists) - 1 else "", ending))
    return texts


def _room(*parts: str) -> int:
    """Return how many characters the list may take beside these parts."""
    return PAGE_LENGTH - len(join_parts(*parts)) - 2


def join_parts(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def suggestions(procedure: Procedure, facet: Facet, language: str, next_page: int | None) -> tuple[Suggestion, ...]:
    """Offer the rest of the list, two or three facets, and the official page: two to four in all."""
    more = []
    if next_page is not None:
        more.append(Suggestion(say(language, "more"), Choice("more", procedure.code, facet.value, next_page).token()))
    link = _link(procedure, language)
    pointless = {Facet.FORMS} if not procedure.forms else set()
    pointless |= {Facet.ONLINE} if link else set()
    facets = [item for item in _NEXT[facet] if item not in pointless]
    labels = FACET_LABELS[spoken(language)]
    asked = [Suggestion(labels[item], Choice("facet", procedure.code, item.value).token()) for item in facets]
    return (*more, *asked[: MOST_SUGGESTIONS - len(more) - len(link)], *link)


def _link(procedure: Procedure, language: str) -> tuple[Suggestion, ...]:
    if not procedure.source_url.startswith(("https://", "http://")):
        return ()
    online = any(method.channel is Channel.ONLINE for method in procedure.methods)
    return (Suggestion(say(language, "apply_online" if online else "open_page"), url=procedure.source_url),)

"""The summary of a procedure: what it is for, then one line each for papers, fee, time and place."""

from __future__ import annotations

from bot.facets.body import Body
from bot.facets.costs import duration, fee
from bot.facets.papers import documents
from bot.facets.places import agency_names
from bot.facets.prose import result
from bot.facets.words import say
from bot.formatting import Line, essence, shorten
from knowledge.types import Procedure

_ROOM = 110
_SHARE = 75
_FEE = 160  # a fee without the reduction or the condition that follows it misleads


def overview(procedure: Procedure, language: str) -> Body:
    """Tell the essentials, each cut to a line; the other facets tell the rest."""
    papers = [line for line in documents(procedure, language).lines if line.marker == "📄"]
    # What everybody brings; papers of special cases would only frighten here.
    common = [line.text for line in papers if line.group == papers[0].group or "xuất trình" in line.group.casefold()]
    agencies = list(agency_names(procedure))
    lines = (
        _line("📄", "overview_documents", common, language, most=5),
        _line("💰", "overview_fee", _texts(fee(procedure, language)), language),
        _line("⏱", "overview_time", _texts(duration(procedure, language), "⏱"), language),
        _line("📍", "overview_where", agencies, language),
    )
    return Body(lead=_purpose(procedure, language), lines=lines)


def _purpose(procedure: Procedure, language: str) -> str:
    if procedure.summary:
        return shorten(procedure.summary, 200)
    received = result(procedure, language)
    if received.known:
        return say(language, "overview_result", results=shorten("; ".join(_texts(received)), _ROOM))
    return say(language, "overview_field", fields=", ".join(procedure.fields)) if procedure.fields else ""


def _texts(told: Body, marker: str = "") -> list[str]:
    """Return a facet's lines; where ways of handing in differ, the first line of each with its heading."""
    if not told.known:
        return []
    chosen = [line for line in told.lines if line.marker == marker] or list(told.lines)
    by_heading = {line.group: line for line in reversed(chosen)}
    firsts = chosen if len(by_heading) == 1 else [line for line in chosen if by_heading[line.group] is line]
    return [f"{line.group} {line.text}".strip() for line in firsts]


def _line(marker: str, key: str, texts: list[str], language: str, most: int = 2) -> Line:
    """Tell the first few of these in one line, documents by their first clause."""
    if len(texts) <= 1 or marker == "💰":
        shown = [shorten(text, _FEE if marker == "💰" else _ROOM) for text in texts[:most]]
    else:
        brief = essence if marker == "📄" else shorten
        shown = [brief(text, _SHARE) for text in texts[:most]]
    more = ["…"] if len(texts) > most else []
    return Line(say(language, key, text="; ".join(shown + more) or say(language, "unsaid")), marker)

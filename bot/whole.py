"""A facet told whole, for a member of staff to send: nothing to tap, nothing behind "Xem đủ"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.facets import body
from bot.facets.body import Body
from bot.facets.layout import join_parts, source_block, title
from bot.facets.words import say
from bot.formatting import Line, shorten
from knowledge.cases import EVERY_CASE, CaseQuestion, cases_of, narrow
from knowledge.types import Facet, Procedure

LONGEST = 3_500
"""Characters; a reply by staff may have 4,000, and the agent adds a word."""
_SHORTEST_LINE = 60


def tell_whole(procedure: Procedure, facet: Facet, language: str, chosen: Sequence[str] = ()) -> str:
    """Return all that the record says of a facet in the case chosen, or in the usual one with the question after it."""
    cases = cases_of(procedure)
    if cases is None or not any(question.matters_for(facet) for question in cases.questions):
        return _set_out(procedure, facet, body(procedure, facet, language), language)
    told = body(narrow(procedure, cases, chosen), facet, language)
    asked = [question for question in cases.questions if question.matters_for(facet)]
    labels = [option.label for question in asked for option in question.options if option.key in chosen]
    lead = say(language, "case", labels="; ".join(labels)) if labels else ""
    question = None if EVERY_CASE in chosen else cases.open_question(chosen, facet)
    notes = (*told.notes, _question(question, language)) if question and facet is not Facet.OVERVIEW else told.notes
    return _set_out(procedure, facet, replace(told, lead=join_parts(lead, told.lead), notes=notes), language)


def _question(question: CaseQuestion, language: str) -> str:
    """Ask for the case in one line, to be answered in words."""
    shown = say(language, "case_shown")
    labels = [f"{option.label} ({shown})" if option.usual else option.label for option in question.options]
    return f"{say(language, 'case_ask', ask=question.ask)} {'; '.join(labels)}."


def _set_out(procedure: Procedure, facet: Facet, told: Body, language: str) -> str:
    head, ending = title(procedure, facet, language), source_block(procedure, language)
    room = LONGEST - len(join_parts(head, told.lead, *told.notes, ending))
    return join_parts(head, told.lead, *_lines(told.lines, room, language), *told.notes, ending)


def _lines(lines: Sequence[Line], room: int, language: str) -> list[str]:
    """Return the lines under their headings; where they do not fit, as many as do and how many are left."""
    written: list[str] = []
    group = ""
    for number, line in enumerate(lines):
        block = [line.group] if line.group and line.group != group else []
        group = line.group
        left = room - len("\n".join((*written, *block))) - 80
        whole = line.render()
        if len(whole) > left and left < _SHORTEST_LINE:
            return [*written, say(language, "rest_on_page", n=len(lines) - number)]
        written += [*block, whole if len(whole) <= left else shorten(whole, left)]
    return written

"""Steps, conditions, results and legal basis: the record's prose, cleaned and set in lines."""

from __future__ import annotations

import re

from bot.facets.body import Body, distinct, unknown
from bot.facets.words import say
from bot.formatting import Line, clean, clean_item, paragraphs, squeeze
from knowledge.types import Facet, LegalReference, Procedure, Step

_STEP = re.compile(r"bước \d+", re.I)
_NUMBER = re.compile(r"(?:bước )?\(?(\d{1,2})[:.)]", re.I)
_NONE = re.compile(r"không(?: có)?(?: yêu cầu,? điều kiện| yêu cầu| điều kiện| quy định)?[.!]?", re.I)
_REFUSAL = re.compile(r"từ chối|không đủ|không đồng ý|không cấp|trả lại|thông báo", re.I)
_HEADING = 100


def steps(procedure: Procedure, language: str) -> Body:
    """Tell the steps, each line one sentence group of the record."""
    told = _in_order([step for step in procedure.steps if clean(step.name) or clean(step.text)])
    if not told:
        return unknown(Facet.STEPS, language)
    named = any(clean(step.name) or _STEP.match(clean(step.text)) for step in told)
    lines: list[Line] = []
    for number, step in enumerate(told, 1):
        own = "" if named or len(told) == 1 else say(language, "step", n=number)
        lines += _step_lines(step, own)
    return Body(lines=tuple(lines))


def _in_order(steps: list[Step]) -> list[Step]:
    """Sort steps that all bear a number of their own: the portal shuffles its lists. Others stay as recorded."""
    matches = [_NUMBER.match(clean(step.name) or clean(step.text)) for step in steps]
    numbered = {int(match[1]): step for match, step in zip(matches, steps, strict=True) if match}
    return [numbered[number] for number in sorted(numbered)] if len(numbered) == len(steps) else steps


def _step_lines(step: Step, own_heading: str) -> list[Line]:
    name = clean(step.name)
    parts = paragraphs(step.text)
    if not parts:
        return [Line(name, "")]
    heading = own_heading if not name else name if len(name) <= _HEADING else ""
    lines = [Line(name, "")] if name and not heading else []
    return lines + [Line(part, "" if _STEP.match(part) else "•", heading) for part in parts]


def conditions(procedure: Procedure, language: str) -> Body:
    """Tell the conditions, or quote the record where it says that there are none."""
    parts = paragraphs(procedure.conditions)
    if not parts:
        return unknown(Facet.CONDITIONS, language)
    if len(parts) == 1 and _NONE.fullmatch(parts[0]):
        return Body(lead=say(language, "conditions_none", text=parts[0]))
    return Body(lines=tuple(Line(part) for part in parts))


def result(procedure: Procedure, language: str) -> Body:
    """Tell what the person receives, a refusal last: the portal shuffles the list."""
    texts = sorted(
        distinct(clean_item(text) for text in procedure.results), key=lambda text: bool(_REFUSAL.search(text))
    )
    return Body(lines=tuple(Line(text, "📄") for text in texts)) if texts else unknown(Facet.RESULT, language)


def legal(procedure: Procedure, language: str) -> Body:
    """List the legal texts, number first."""
    texts = distinct(_legal_text(reference) for reference in procedure.legal)
    return Body(lines=tuple(Line(text) for text in texts)) if texts else unknown(Facet.LEGAL, language)


def _legal_text(reference: LegalReference) -> str:
    number, title = squeeze(reference.number), clean(reference.title)
    if not title or title == number:
        return number or title
    return title if number.casefold() in title[: len(number) + 25].casefold() else f"{number}: {title}".lstrip(": ")

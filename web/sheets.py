"""The sheet of one procedure, for people who want to read and not to chat: all facets, told as in the chat's answers.

Pure, from the record to what `templates/sheet.html` prints. What a facet says comes from `bot.facets`, as in the chat.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, takewhile

from bot.facets import body
from bot.facets.layout import source_block
from bot.facets.words import FACET_NOUNS, VI
from bot.formatting import Line, day, plain_name, shorten
from knowledge.cases import EVERY_CASE, CaseOption, Cases, cases_of, narrow
from knowledge.journeys import Journey
from knowledge.types import Facet, Kind, Procedure
from web.transcript import ICONS, Link, safe_url

_ORDER = (
    Facet.DOCUMENTS,
    Facet.FEE,
    Facet.DURATION,
    Facet.WHERE,
    Facet.ONLINE,
    Facet.STEPS,
    Facet.CONDITIONS,
    Facet.RESULT,
    Facet.FORMS,
    Facet.LEGAL,
)
_BASE = re.compile(r"\d\.\d{6}(?=\.)")
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]]")
_DESCRIPTION = 200
_CITED = VI["source"].split("{")[0]

Words = tuple[Link, ...]
"""A line in parts; those with an address open it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One fact; `icon` names a drawing."""

    words: Words
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Facts under a heading of their own: a case, a way of handing in; no heading where they hold for all."""

    heading: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One facet; `known` is False when the record lacks it, which the lead then says."""

    key: str
    title: str
    lead: tuple[Words, ...]
    groups: tuple[Group, ...]
    notes: tuple[Words, ...]
    files: tuple[Link, ...]
    known: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a case question: where it leads, and whether it is the one told."""

    label: str
    url: str
    told: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose answer decides which papers, fees and times are one's own."""

    ask: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """An event of life that the procedure is a step of; each step with whether it is this procedure."""

    title: str
    steps: tuple[tuple[Link, bool], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on the page. `facts` are label and words; `warnings` say that it is out of date."""

    code: str
    name: str
    description: str
    facts: tuple[tuple[str, Words], ...]
    source: Link
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    case: str
    events: tuple[Event, ...]


def find(get: Callable[[str], Procedure | None], code: str) -> Procedure | None:
    """Return the procedure of this code; a code with a province's suffix leads to the one it is an edition of."""
    found = get(code)
    base = _BASE.match(code)
    return get(base[0]) if found is None and base else found


def address(code: str) -> str:
    """Return the path of a sheet."""
    return f"/p/{code}"


def make_sheet(
    procedure: Procedure,
    chosen: Collection[str] = (),
    journeys: Iterable[Journey] = (),
    published: Collection[str] = (),
) -> Sheet:
    """Set a procedure out; `chosen` are answers to its case questions, `published` the codes that have a sheet."""
    cases = cases_of(procedure)
    told = _told(cases, chosen)
    shown = narrow(procedure, cases, told) if cases and told else procedure
    overview, *sections = (_section(shown, facet) for facet in (Facet.OVERVIEW, *_ORDER))
    return Sheet(
        code=procedure.code,
        name=plain_name(procedure.name),
        description=_description(overview, procedure),
        facts=_facts(procedure),
        source=_source(procedure),
        warnings=_warnings(procedure),
        sections=(overview, *sections),
        questions=_questions(procedure, cases, told),
        case="; ".join(option.label for option in _options(cases) if option.key in told),
        events=tuple(_event(journey, procedure.code, published) for journey in journeys),
    )


def linked(text: str) -> Words:
    """Part a line into words and addresses that can be opened."""
    parts: list[Link] = []
    start = 0
    for found in _ADDRESS.finditer(text):
        parts += [Link(text[start : found.start()], ""), Link(found[0], safe_url(found[0]))]
        start = found.end()
    return tuple(part for part in (*parts, Link(text[start:], "")) if part.label)


def _section(procedure: Procedure, facet: Facet) -> Section:
    told = body(procedure, facet, "vi")
    noun = FACET_NOUNS["vi"][facet]
    return Section(
        key=facet.value,
        title=noun[:1].upper() + noun[1:],
        lead=tuple(map(linked, told.lead.splitlines())),
        groups=tuple(Group(name, tuple(map(_item, lines))) for name, lines in groupby(told.lines, lambda x: x.group)),
        notes=tuple(map(linked, told.notes)),
        files=tuple(Link(file.name, safe_url(file.url)) for file in told.attachments if safe_url(file.url)),
        known=told.known,
    )


def _item(line: Line) -> Item:
    return Item(linked(replace(line, marker="").render()), ICONS.get(line.marker, ""))


def _facts(procedure: Procedure) -> tuple[tuple[str, Words], ...]:
    """Return what identifies the record; what it does not say is left out."""
    own = procedure.scope if procedure.kind is Kind.PROVINCIAL and procedure.scope != "national" else ""
    source = _source(procedure)
    told = (
        ("Mã thủ tục", procedure.code),
        ("Lĩnh vực", ", ".join(procedure.fields)),
        ("Cấp thực hiện", ", ".join(procedure.levels)),
        ("Dành cho", ", ".join(procedure.audience)),
        ("Riêng của", own),
        ("Có hiệu lực từ", day(procedure.effective_on) if procedure.effective_on else ""),
        ("Có hiệu lực đến hết", day(procedure.expires_on) if procedure.expires_on else ""),
        ("Cập nhật", day(procedure.updated_at) if procedure.updated_at else "danh mục không ghi ngày cập nhật"),
    )
    publisher = replace(source, label=source.label.removeprefix(_CITED).split(", mã ")[0])
    return (*((label, (Link(text, ""),)) for label, text in told if text), ("Nguồn", (publisher,)))


def _source(procedure: Procedure) -> Link:
    """Return the line that closes every answer, with the address of the record."""
    lines = source_block(procedure, "vi").splitlines()
    return Link(next(line for line in lines if line.startswith(_CITED)), safe_url(procedure.source_url))


def _warnings(procedure: Procedure) -> tuple[str, ...]:
    """Return what is said before the source: that the record is out of date."""
    return tuple(takewhile(lambda line: not line.startswith(_CITED), source_block(procedure, "vi").splitlines()))


def _description(overview: Section, procedure: Procedure) -> str:
    """Return what a link to the sheet says of it elsewhere."""
    lines = [*overview.lead, *(item.words for group in overview.groups for item in group.items)]
    said = " ".join("".join(part.label for part in words).rstrip(".") + "." for words in lines)
    return shorten(said or plain_name(procedure.name), _DESCRIPTION)


def _options(cases: Cases | None) -> Sequence[CaseOption]:
    return [option for question in cases.questions for option in question.options] if cases else []


def _told(cases: Cases | None, chosen: Collection[str]) -> tuple[str, ...]:
    """Return the answers that are told: those chosen, and the usual one of a question left open beside them."""
    known = cases.choose((), [key for key in chosen if key != EVERY_CASE]) if cases else ()
    if cases is None or not known:
        return ()
    usual = [
        option.key
        for question in cases.questions
        if not any(option.key in known for option in question.options)
        for option in question.options
        if option.usual
    ]
    return cases.choose(known, usual)


def _questions(procedure: Procedure, cases: Cases | None, told: tuple[str, ...]) -> tuple[Question, ...]:
    if cases is None:
        return ()
    return tuple(
        Question(question.ask, tuple(_answer(procedure.code, cases, option, told) for option in question.options))
        for question in cases.questions
    )


def _answer(code: str, cases: Cases, option: CaseOption, told: tuple[str, ...]) -> Answer:
    keys = "&".join(f"case={key}" for key in cases.choose(told, (option.key,)))
    url = address(option.instead) if option.instead else f"{address(code)}?{keys}#documents"
    return Answer(option.label, url, option.key in told)


def _event(journey: Journey, code: str, published: Collection[str]) -> Event:
    steps = []
    for step in journey.steps:
        own = step.code == code
        opens = "" if own or step.code not in published else address(step.code)
        steps.append((Link(step.title, opens), own))
    return Event(journey.title, tuple(steps))

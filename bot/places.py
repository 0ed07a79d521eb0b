"""Where the asker is: heard in a message, remembered with the conversation, asked for where an answer depends on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot import answers
from bot.choices import Choice
from bot.facets import body
from bot.facets.layout import PAGE_LENGTH, join_parts
from bot.facets.local import of_commune, of_province
from bot.formatting import Line, day, plain_name, shorten
from bot.messages import Location, Outcome, Reply, Suggestion
from bot.place_words import say_place
from knowledge.offices import Office, serves
from knowledge.places import load_places
from knowledge.types import Facet, Procedure
from knowledge.unit_types import Commune, Heard, Province, Unit
from nlu.text import written_out

_MOST_OFFICES = 2
_LONGEST_LABEL = 100
_BESIDE = 2
"""Suggestions that stand beside the places to choose from."""
_LEAD = re.compile(r"(?:(?<!\w)(?:ở|o|tại|tai|thuộc|thuoc|trên địa bàn|tren dia ban|in|at)\s*)+$", re.IGNORECASE)
_PORTAL = "https://dichvucong.gov.vn"


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of where the asker is.

    `codes`: one unit, or several of which it is one, or none. `said` are words that fit too many places by themselves;
    a province said later settles them.
    """

    codes: tuple[str, ...] = ()
    said: str = ""

    @property
    def commune(self) -> Commune | None:
        """The commune, once there is only one that it can be."""
        unit = load_places().get(self.codes[0]) if len(self.codes) == 1 else None
        return unit if isinstance(unit, Commune) else None

    @property
    def province(self) -> Province | None:
        """The province, known also while the commune is not."""
        found = {province for code in self.codes if (province := load_places().province_of(code))}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Taken:
    """A message whose place was taken in: what is left to search for, what is known now, and what is worth saying."""

    rest: str
    place: Place
    notice: str = ""
    heard: bool = False


class Offices(Protocol):
    """Where offices are read from (knowledge.offices)."""

    def at(self, unit: str) -> tuple[Office, ...]: ...


class NoOffices:
    """Knows none."""

    def at(self, unit: str) -> tuple[Office, ...]:
        """Return nothing."""
        return ()


NO_OFFICES = NoOffices()


def take_in(text: str, place: Place, language: str, *, expected: bool = False) -> Taken:
    """Take the place out of a message; a place of before 1 July 2025 is told as what it is now.

    `expected`: the conversation is at a question of where, so that a bare name is a place too.
    """
    places, written = load_places(), written_out(text)
    known = place.province.code if place.province else ""
    heard = places.hear(written, known, expected=expected)
    if heard is None:
        return Taken(text, place)
    rest = _without(written, heard.spans)
    if not heard.codes:
        return Taken(rest, Place(place.codes, _words(written, heard)), heard=True)
    if place.said and heard.codes[0] in places.provinces:
        again = places.hear(place.said, heard.codes[0])
        heard = replace(again, spans=heard.spans) if again and again.codes else heard
    if place.commune and heard.codes == (known,):
        return Taken(rest, place, heard=True)  # the province of the commune that is known already
    return Taken(rest, Place(heard.codes), _notice(heard, language) if heard.codes != place.codes else "", heard=True)


def names_commune(place: Place) -> bool:
    """Tell whether more than a province is known."""
    return any(code in load_places().communes for code in place.codes)


def with_notice(reply: Reply, notice: str) -> Reply:
    """Put what became of an old place before an answer, where there is room for it."""
    room = len(reply.text) + len(notice) < PAGE_LENGTH
    return replace(reply, text=f"{notice}\n{reply.text}") if notice and room else reply


def tell_where(
    procedure: Procedure, place: Place, offices: Offices, language: str, page: int = 0, notice: str = "", *, ask: bool
) -> Reply:
    """Tell where a procedure is handed in, by the asker's own commune or province; `ask` for it when it is not known.

    Of an office's address only what was imported is told, with its source.
    """
    told = body(procedure, Facet.WHERE, language)
    mine = _mine(procedure, place)
    lines = [Line(name, "📍", f"{say_place(language, 'yours')}:") for name, _ in mine]
    known = [office for name, code in mine for office in offices.at(code) if serves(office, name)][:_MOST_OFFICES]
    lines += [line for office in known for line in _office_lines(office, language)]
    without = say_place(language, "no_office", link=_portal(procedure)) if mine and not known else ""
    question, options = _question(procedure, place, language) if ask and not page else ("", ())
    if question and options and notice:
        question = join_parts(notice, question)
        notice = ""
    told = replace(
        told,
        lead=join_parts(notice, told.lead),
        lines=(*lines, *told.lines),
        notes=tuple(note for note in (without, *told.notes, question) if note),
    )
    reply = answers.lay_out(procedure, Facet.WHERE, told, language, page)
    if not options:
        return reply
    links = tuple(suggestion for suggestion in reply.suggestions if suggestion.url)
    others = tuple(suggestion for suggestion in reply.suggestions if not suggestion.url)
    return replace(reply, suggestions=(*options, *others[: _BESIDE - len(links)], *links))


def noted(place: Place, notice: str, asking: Reply, language: str) -> Reply:
    """Say that a place told by itself is remembered, or ask which it is; `asking` asks for the matter."""
    units = load_places().options(place.codes)
    if len(units) == 1:
        text = join_parts(
            notice, say_place(language, "noted", place=units[0].label), say_place(language, "which_matter")
        )
        return replace(asking, text=text)
    question, options = _which(units, place.said, language)
    return replace(asking, text=join_parts(notice, question), suggestions=options or asking.suggestions)


def guess(location: Location, language: str) -> Reply:
    """Ask whether a shared location is in the commune whose middle is nearest; borders are not known."""
    near = load_places().nearest(location.latitude, location.longitude)
    if not near:
        return Reply(say_place(language, "far"), Outcome.CLARIFY, confidence=0.0)
    text, options = _numbered(near, say_place(language, "near", place=near[0].label), language)
    return Reply(join_parts(text, say_place(language, "write")), Outcome.CLARIFY, suggestions=options, confidence=0.0)


def ask_own_province(copies: Sequence[Procedure], national: Procedure | None, facet: Facet, language: str) -> Reply:
    """Ask whose of several provinces' own procedures is meant; choosing one answers `facet` of it.

    `national` is what comes nearest for everyone else, if anything does.
    """
    by_scope = {copy.scope: copy for copy in copies}
    if len(by_scope) == 1:
        province = _province_named(next(iter(by_scope)))
        question = say_place(language, "only_there", province=province)
    else:
        question = say_place(language, "ask_own")
    labels = [
        say_place(language, "in_province", province=_province_named(scope), name=copy.name)
        if len(by_scope) == 1
        else _province_named(scope)[:1].upper() + _province_named(scope)[1:]
        for scope, copy in by_scope.items()
    ]
    options = [
        Suggestion(shorten(label, _LONGEST_LABEL), Choice("facet", copy.code, facet.value).token())
        for label, copy in zip(labels, by_scope.values(), strict=True)
    ]
    if national:
        label = f"{say_place(language, 'elsewhere')}: {plain_name(national.name)}"
        options.append(Suggestion(shorten(label, _LONGEST_LABEL), Choice("facet", national.code, facet.value).token()))
    else:
        options.append(Suggestion(say_place(language, "elsewhere"), Choice("human").token()))
    return Reply(
        text=_list(question, options, language),
        outcome=Outcome.CLARIFY,
        facet=facet.value,
        procedures=(*(copy.code for copy in by_scope.values()), *([national.code] if national else [])),
        suggestions=tuple(options),
    )


def _province_named(scope: str) -> str:
    return next((unit.label for unit in load_places().provinces.values() if unit.short == scope), scope)


def _mine(procedure: Procedure, place: Place) -> list[tuple[str, str]]:
    """Return the asker's own offices that handle it, each with the code of its unit."""
    commune, province = place.commune, place.province
    found = [(name, commune.code) for name in of_commune(procedure, commune)] if commune else []
    return found + ([(name, province.code) for name in of_province(procedure, province)] if province else [])


def _question(procedure: Procedure, place: Place, language: str) -> tuple[str, tuple[Suggestion, ...]]:
    """Return the question for the place and its options; ("", ()) when the answer does not depend on it."""
    by_commune, by_province = of_commune(procedure), of_province(procedure)
    if place.commune or not (by_commune or (by_province and not place.province)):
        return "", ()
    if place.said:
        return _which((), place.said, language)
    units = load_places().options(place.codes)
    if len(units) > 1:
        return _which(units, "", language)
    if place.province:
        return say_place(language, "ask_commune", province=place.province.label), ()
    return say_place(language, "ask_any"), ()


def _which(units: Sequence[Unit], said: str, language: str) -> tuple[str, tuple[Suggestion, ...]]:
    if not units:
        return say_place(language, "ask_province", named=said), ()
    return _numbered(units, say_place(language, "ask_which"), language)


def _numbered(units: Sequence[Unit], question: str, language: str) -> tuple[str, tuple[Suggestion, ...]]:
    options = tuple(
        Suggestion(unit.label[:1].upper() + unit.label[1:], Choice("place", option=unit.code).token()) for unit in units
    )
    return _list(question, options, language), options


def _list(question: str, options: Sequence[Suggestion], language: str) -> str:
    numbers = ", ".join(str(number) for number in range(1, len(options) + 1))
    lines = (f"{number}. {option.label}" for number, option in enumerate(options, start=1))
    return join_parts(question, *lines, say_place(language, "how", numbers=numbers))


def _office_lines(office: Office, language: str) -> list[Line]:
    source = say_place(language, "office_source", name=office.name, source=office.source, date=day(office.verified_on))
    facts = [
        say_place(language, key, **{value: text})
        for key, value, text in (
            ("office", "address", office.address),
            ("hours", "hours", office.hours),
            ("phone", "phone", office.phone),
            ("map", "url", office.map_url),
        )
        if text
    ]
    return [Line(fact, "•", f"{source}:") for fact in facts]


def _portal(procedure: Procedure) -> str:
    return "" if procedure.source_url.startswith(_PORTAL) else f" {_PORTAL}"


def _notice(heard: Heard, language: str) -> str:
    """Say what an old unit is now: in one commune or province, or divided."""
    units = load_places().options(heard.codes)
    if not heard.old or heard.old == units[0].name:
        return ""
    if len(units) > 1:
        return say_place(language, "divided", old=heard.old)
    return say_place(language, "now_in", old=heard.old, now=units[0].label)


def _words(text: str, heard: Heard) -> str:
    return ", ".join(text[start:end] for start, end in heard.spans)


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return the text without the places in it, nor the "ở" before them."""
    kept, end = "", 0
    for start, stop in spans:
        kept, end = _LEAD.sub(" ", f"{kept}{text[end:start]}"), stop
    return f"{kept}{text[end:]}".strip(" ,.-–")

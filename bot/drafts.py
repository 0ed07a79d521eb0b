"""Answers suggested to staff for what a citizen wrote last: what the assistant would say, and what else may be meant.

Every text comes from the code that answers citizens, so its facts are the record's. A draft is never sent by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot import answers, phrases, places
from bot.answering import Answering
from bot.cases import match_said, settle
from bot.choices import Choice, match_typed, parse_token
from bot.facets.layout import source
from bot.facets.words import say
from bot.following import follow
from bot.formatting import plain_name
from bot.judging import seems_strange
from bot.memory import Memory
from bot.messages import Outcome, Reply, Source, Suggestion
from bot.whole import tell_whole
from knowledge.types import Facet, Procedure, SearchResult
from nlu.claims import find_claim
from nlu.clauses import split_questions
from nlu.crisis import find_crisis
from nlu.facets import find_facets, search_words
from nlu.scope import out_of_scope
from nlu.text import syllables

MOST = 3
_NEAR_ENOUGH = 0.3  # of the first, where the assistant would ask back; below, an agent does better by searching
_WORTH_OFFERING = 0.1  # beside a first one that is near enough
_NEAREST = 6
_TELLING = frozenset({Outcome.ANSWERED, Outcome.CORRECTED, Outcome.PARTIAL})
_TAPPED = frozenset({"more", "case", "place"})  # suggestions that a text by itself would have to go without
_NOT_ANSWERS = frozenset({"human", "restart", "help", "rate", "comment"})


@dataclass(frozen=True, slots=True)
class Said:
    """What waits for an answer: the words or the tap, what was offered before them, and what the talk is about."""

    text: str
    memory: Memory = Memory()  # noqa: RUF009 - frozen
    payload: str | None = None
    offered: tuple[Suggestion, ...] = ()
    language: str = "vi"
    address: str = phrases.ADDRESS


@dataclass(frozen=True, slots=True)
class Draft:
    """One suggested answer. `key` is the same for the same text; `confidence` the chance that this is meant."""

    key: str
    text: str
    code: str
    name: str
    facet: Facet
    confidence: float
    source: Source


def suggest(answering: Answering, said: Said) -> tuple[Draft, ...]:
    """Return up to three drafts, what the assistant would answer first; none when nothing is near enough."""
    if find_crisis(said.text) or (said.payload is None and out_of_scope(said.text)):
        return ()
    found: dict[tuple[str, Facet], Draft] = {}
    for draft in _all(answering, said):
        found.setdefault((draft.code, draft.facet), draft)
        if len(found) == MOST:
            break
    return tuple(found.values())


def tell(answering: Answering, procedure: Procedure, facet: Facet, memory: Memory, language: str = "vi") -> str:
    """Return one facet whole, for the case and the place that are known."""
    if facet is not Facet.WHERE:
        return tell_whole(procedure, facet, language, memory.chosen.get(procedure.code, ()))
    reply = places.tell_where(procedure, memory.place, answering.offices, language, ask=False)
    return reply.text.replace(say(language, "more_hint"), say(language, "more_on_page"))


def _all(answering: Answering, said: Said) -> Iterator[Draft]:
    choice = _chosen(said)
    if choice is not None and choice.act in _NOT_ANSWERS:
        return
    if choice is not None:
        reply, memory = follow(answering, choice, said.memory, said.language)
        replies: Sequence[Reply] = (reply,)
    else:
        replies, memory = answering.answer(said.text, said.memory, said.language)
    for reply in replies:
        if reply.outcome in _TELLING and (draft := _of_reply(answering, reply, memory, said)):
            yield draft
    if choice is None:
        yield from _others(answering, replies, memory, said)


def _chosen(said: Said) -> Choice | None:
    """Return what a tap stands for, or a number or label typed in place of one."""
    if said.payload is not None:
        return parse_token(said.payload)
    suggestion = match_typed(said.text, said.offered) or match_said(said.text, said.offered)
    return parse_token(suggestion.payload or "") if suggestion else None


def _of_reply(answering: Answering, reply: Reply, memory: Memory, said: Said) -> Draft | None:
    """Make a draft of what the assistant would say; where that leans on taps, the facet is told whole instead."""
    procedure = answering.procedures.get(reply.procedures[0]) if reply.procedures else None
    if procedure is None or not reply.sources:
        return None
    facet = Facet(reply.facet or Facet.OVERVIEW)
    offered = [parse_token(suggestion.payload or "") for suggestion in reply.suggestions]
    leans = len(reply.procedures) == 1 and any(choice and choice.act in _TAPPED for choice in offered)
    if leans and reply.outcome is Outcome.ANSWERED:
        return _draft(answering, procedure, facet, reply.confidence, memory, said)
    text = reply.text.replace(say(said.language, "more_hint"), say(said.language, "more_on_page"))
    text = text.replace(f"\n{say(said.language, 'journey_how')}", "")
    made = _made(text, procedure, facet, reply.confidence, reply.sources[0], said)
    return made if len(reply.procedures) == 1 else replace(made, name=text.partition("\n")[0].rstrip(":"))


def _others(answering: Answering, replies: Sequence[Reply], memory: Memory, said: Said) -> Iterator[Draft]:
    """Yield the other facets asked, then the procedures that come next."""
    for facets, part in _matters(said.text):
        near = [found for found in _near(answering, part, said) if found.confidence >= _WORTH_OFFERING]
        told = next((reply.procedures[0] for reply in replies if reply.procedures and reply.outcome in _TELLING), None)
        if not near or out_of_scope(part) or seems_strange(part, near[0].confidence):
            continue
        if near[0].confidence < _NEAR_ENOUGH and near[0].code != told:
            continue
        wanted = facets or [Facet(said.memory.pending or Facet.OVERVIEW)]
        offered = [(near[0], facet) for facet in wanted] + [(result, wanted[0]) for result in near[1:]]
        for result, facet in offered:
            procedure = answering.procedures.get(result.code)
            if procedure is not None:
                settled = memory.choose(result.code, settle(procedure, part, memory.chosen.get(result.code, ())))
                yield _draft(answering, procedure, facet, result.confidence, settled, said)


def _matters(text: str) -> list[tuple[list[Facet], str]]:
    """Return the matters of a message with the facets asked of each; a part that names none belongs to the last."""
    found: list[tuple[list[Facet], str]] = []
    for part in split_questions(text):
        facets = [Facet(name) for name in find_facets(part)]
        if found and not syllables(search_words(part)):
            found[-1][0].extend(facets)
        else:
            found.append((facets, part))
    return found


def _near(answering: Answering, part: str, said: Said) -> Sequence[SearchResult]:
    taken = places.take_in(part, said.memory.place, said.language)
    words = search_words(taken.rest)
    if not syllables(words):
        return ()
    province = taken.place.province
    return answering.search.search(words, _NEAREST, province.short if province else None)


def _draft(
    answering: Answering, procedure: Procedure, facet: Facet, confidence: float, memory: Memory, said: Said
) -> Draft:
    claim = find_claim(said.text)
    if claim is not None:
        reply = answers.confirm_or_correct(procedure, claim.kind, claim.value, claim.unit, said.language)
        return _made(reply.text, procedure, Facet(reply.facet or facet), confidence, reply.sources[0], said)
    text = tell(answering, procedure, facet, memory, said.language)
    return _made(text, procedure, facet, confidence, source(procedure, facet), said)


def _made(text: str, procedure: Procedure, facet: Facet, confidence: float, cited: Source, said: Said) -> Draft:
    spoken = phrases.addressed(Reply(text, Outcome.ANSWERED), said.address).text
    key = hashlib.sha256(f"{procedure.code} {facet} {cited.version} {spoken}".encode()).hexdigest()[:16]
    return Draft(key, spoken, procedure.code, plain_name(procedure.name), facet, round(confidence, 3), cited)

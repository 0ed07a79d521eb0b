"""What an agent on the phone is shown while typing the caller's words: procedures, the part asked for, what to say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bot import answers, places
from bot.aloud import aloud
from bot.answering import Answering
from bot.drafts import tell
from bot.facets import body
from bot.facets.layout import source
from bot.formatting import plain_name
from bot.known_answers import known_answer
from bot.memory import Memory
from bot.messages import Reply, Source
from knowledge.completing import Completions
from knowledge.types import Facet, Procedure, SearchResult
from nlu.claims import find_claim
from nlu.facets import find_facets, search_words

MOST = 6
_NEAR_ENOUGH = 0.05  # of the first; what is typed is short, and the agent sees how sure we are
_WORTH_SHOWING = 0.01
_PROCEDURES_KEPT = 256
_CODE = re.compile(r"(?<![\d.])\d\.\d{6}(?![\d.])")


@dataclass(frozen=True, slots=True)
class Found:
    """A procedure with the part asked for: written out, and as sentences to read out. `facets` can be asked for."""

    code: str
    name: str
    confidence: float
    facet: Facet
    facets: tuple[Facet, ...]
    text: str
    script: str
    source: Source


def look_up(answering: Answering, typed: str, completions: Completions, facet: Facet | None = None) -> list[Found]:
    """Return the procedures that words typed so far may mean, best first; none when nothing is near.

    `facet` is the part chosen by hand; without it, it is heard in the words.
    """
    code = _CODE.search(typed)
    taken = places.take_in(completions.finish(typed), Memory().place, "vi")
    memory = replace(Memory(), place=taken.place)
    words = search_words(taken.rest)
    asked = Facet(next(iter(find_facets(completions.finish(typed))), Facet.OVERVIEW))
    if code and (procedure := answering.procedures.get(code[0])):
        return [_found(answering, procedure, facet or asked, 1.0, memory)]
    if not completions.knows(words):
        return []
    province = taken.place.province
    near = answering.search.search(words, MOST, province.short if province else None)
    if not near or near[0].confidence < _NEAR_ENOUGH:
        return []
    shown = [result for result in near if result.confidence >= _WORTH_SHOWING]
    found = [
        _found(answering, procedure, facet or asked, result.confidence, memory)
        for result in shown
        if (procedure := answering.procedures.get(result.code))
    ]
    return _with_special(answering, typed, words, near, found) if facet is None else found


def part(answering: Answering, code: str, facet: Facet, typed: str) -> Found | None:
    """Return one part of a procedure already found; None when citizens may see none such."""
    procedure = answering.procedures.get(code)
    if procedure is None:
        return None
    place = places.take_in(typed, Memory().place, "vi").place
    return _found(answering, procedure, facet, 1.0, replace(Memory(), place=place))


def _found(answering: Answering, procedure: Procedure, facet: Facet, confidence: float, memory: Memory) -> Found:
    text = tell(answering, procedure, facet, memory)
    known = _known(procedure)
    told = tuple(option for option in Facet if option in known or option is facet)
    cited = source(procedure, facet)
    name = plain_name(procedure.name)
    return Found(procedure.code, name, round(confidence, 3), facet, told, text, aloud(text), cited)


@lru_cache(maxsize=_PROCEDURES_KEPT)
def _known(procedure: Procedure) -> tuple[Facet, ...]:
    """Return the parts of which the record says something; each key typed asks for nearly the same procedures."""
    return tuple(facet for facet in Facet if body(procedure, facet, "vi").known)


def _with_special(
    answering: Answering, typed: str, words: str, near: Sequence[SearchResult], found: list[Found]
) -> list[Found]:
    """Tell an answer that administrators wrote for the question, or a sum heard of, in place of the first's facts."""
    known = answering.known.find(words, near)
    claim = find_claim(typed)
    if claim is not None and found:
        procedure = answering.procedures.get(found[0].code)
        reply = answers.confirm_or_correct(procedure, claim.kind, claim.value, claim.unit) if procedure else None
        return [_replaced(found[0], reply), *found[1:]] if reply else found
    mine = next((one for one in found if known and one.code == known.entry.code), None)
    if known is None or mine is None:
        return found
    procedure = answering.procedures.get(mine.code)
    told = _replaced(mine, known_answer(known, procedure)) if procedure else mine
    return [told, *(one for one in found if one is not mine)]


def _replaced(found: Found, reply: Reply) -> Found:
    facet = Facet(reply.facet or found.facet)
    return replace(found, facet=facet, text=reply.text, script=aloud(reply.text), source=reply.sources[0])

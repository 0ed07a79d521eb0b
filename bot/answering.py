"""Decide what to do with a question: answer, ask back, correct, or decline. The words are made in `bot.answers`.

A question may hold two; each part is decided by itself and the replies are joined. What a part leaves unsaid is taken
from the conversation: "thế lệ phí?" is about the procedure in focus.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot import answers, cases, journeys, phrases, places
from bot.judging import ANSWER_FROM, OFFER_FROM, OPTIONS, seems_strange, too_close
from bot.known_answers import known_answer
from bot.memory import Memory
from bot.messages import Outcome, Reply
from bot.places import NO_OFFICES, Offices, Place
from knowledge.faq import StoredFaq
from knowledge.types import Facet, Kind, Procedure, SearchResult
from nlu.claims import Claim, find_claim
from nlu.clauses import split_questions
from nlu.facets import find_facets, search_words, topic
from nlu.life_events import LISTED, NEXT_STEP, find_life_event
from nlu.scope import out_of_scope, strange_reason
from nlu.text import fold, syllables

_MOST_COPIES = 12  # of one procedure that several provinces have as their own
_CODE = re.compile(r"(?<![\d.])\d\.\d{6}(?![\d.])")
_BACK = re.compile(
    r"\b(?:quay|tro|ve|lai|cai|vu|viec|luc|hoi|khi|nay|truoc|di|a|nhe|cho|toi|em|go|back|to|the|that|one)\b"
)
_AND_THIS = re.compile(r"(?:the |vay )?con\b.*\b(?:sao|the nao)\b|(?:what|how) about\b")
_WORTH_OFFERING = 0.04  # an option below this chance would only confuse
_TURN_FROM = 0.6  # the chance from which such a rest is a new procedure all the same
# A rest beside a facet is more likely a follow-up than a new procedure when it is short (syllables), or when no name
# has most of its words.
_SHORT_TOPIC, _NAMED_BY = 3, 0.6
_FOLLOWS_FROM = 0.7  # how well a longer one fits its procedure, at least, before it seems strange


class Procedures(Protocol):
    """Where published procedures are read from (knowledge.catalog)."""

    def get(self, code: str) -> Procedure | None: ...


class Search(Protocol):
    """What finds procedures (knowledge.retriever)."""

    def search(self, question: str, limit: int = 10, province: str | None = None) -> list[SearchResult]: ...


class KnownAnswers(Protocol):
    """What finds the answer that administrators wrote for a question (knowledge.faq)."""

    def find(self, question: str, found: Sequence[SearchResult]) -> StoredFaq | None: ...


class NoKnownAnswers:
    """Knows none: every question is answered from the record."""

    def find(self, question: str, found: Sequence[SearchResult]) -> StoredFaq | None:
        """Return None."""
        return None


_NO_KNOWN_ANSWERS = NoKnownAnswers()


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a message as it was read; `alone` when the message holds no other.

    `notice` is what to say of the place named in it.
    """

    text: str
    facets: tuple[Facet, ...]
    claim: Claim | None
    language: str
    alone: bool
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers questions from one catalogue with one search."""

    procedures: Procedures
    search: Search
    known: KnownAnswers = _NO_KNOWN_ANSWERS
    offices: Offices = NO_OFFICES

    def answer(self, text: str, memory: Memory, language: str, intent: str = "ask") -> tuple[tuple[Reply, ...], Memory]:
        """Return the replies to a message and what the conversation is about after it.

        Several answers are joined into one reply; a question back comes by itself and last, so that "2" answers it.
        """
        told: list[Reply] = []
        asked: list[Reply] = []
        parts = split_questions(text)
        for place, part in enumerate(parts):
            decided = self._answer_part(part, memory, language, intent, first=place == 0, alone=len(parts) == 1)
            if decided is not None:
                reply, memory = decided
                (asked if reply.outcome is Outcome.CLARIFY else told).append(reply)
        joined = [answers.combine(told, language)] if len(told) > 1 else told
        return (*joined, *asked[:1]), memory

    def about(self, code: str, facet: str, page: int, memory: Memory, language: str) -> tuple[Reply, Memory]:
        """Return one facet of one procedure, as a tapped suggestion asks for it."""
        procedure = self.procedures.get(code)
        if procedure is None:
            return phrases.withdrawn(code, language), memory
        wanted = Facet(facet) if facet in tuple(Facet) else Facet.OVERVIEW
        reply = self._facet(procedure, wanted, language, memory, page=page)
        return journeys.with_way_back(reply, memory.journey, language), memory.turn_to(code, wanted)

    def at_place(self, code: str, memory: Memory, language: str) -> tuple[Reply, Memory]:
        """Remember the place chosen, and tell where the procedure in focus is handed in there."""
        memory = replace(memory, place=Place((code,)))
        if memory.focus:
            return self.about(memory.focus, memory.pending or Facet.WHERE.value, 0, memory, language)
        return places.noted(memory.place, "", phrases.which_procedure(language), language), memory

    def journey(self, key: str, memory: Memory, language: str, page: int = 0) -> tuple[Reply, Memory]:
        """Return the steps of an event of life, or all events when there is no such one."""
        reply = journeys.tell_journey(key, self.procedures.get, language, page)
        if reply is None:
            return journeys.list_journeys(language), memory
        return reply, replace(memory, journey=key, pending=None)

    def back_to(self, text: str, memory: Memory, language: str) -> tuple[tuple[Reply, ...], Memory]:
        """Return to the procedure talked about before that the words name, or to the one before this."""
        named_none = not syllables(_BACK.sub(" ", fold(text)))
        if named_none and journeys.belongs_to(memory.focus, memory.journey):
            reply, memory = self.journey(memory.journey or "", memory, language)
            return (reply,), memory
        known = [self.procedures.get(code) for code in (memory.focus, *memory.recent) if code]
        candidates = [procedure for procedure in known if procedure is not None]
        named = _most_alike(text, candidates)
        if named is None and candidates:
            named = candidates[1] if len(candidates) > 1 else candidates[0]
        if named is None and named_none:
            return (phrases.which_procedure(language),), memory
        if named is None:
            return self.answer(text, memory, language)
        facets = find_facets(text)
        reply, memory = self.about(named.code, facets[0] if facets else Facet.OVERVIEW, 0, memory, language)
        return (reply,), memory

    def _answer_part(
        self, text: str, memory: Memory, language: str, intent: str, *, first: bool, alone: bool
    ) -> tuple[Reply, Memory] | None:
        reason = out_of_scope(text)
        if reason is not None:
            return phrases.declined(reason, language), memory
        event = find_life_event(text) or (memory.journey if NEXT_STEP.found_in(text) else None)
        if event is not None:
            return self.journey(event, memory, language)
        if LISTED.found_in(text):
            return journeys.list_journeys(language), memory
        typed = [Facet(name) for name in find_facets(text)]
        facets = typed or _left_unsaid(text, memory)
        taken = places.take_in(text, memory.place, language, expected=memory.facet == Facet.WHERE)
        memory = replace(memory, place=taken.place)
        asked = Asked(text, tuple(facets), find_claim(text), language, alone, taken.notice)
        words = search_words(taken.rest)
        code = _CODE.search(text)
        if code and self.procedures.get(code[0]):
            return self._tell(SearchResult(code[0], 1.0, 1.0, ""), asked, memory)
        if taken.heard and not syllables(words):
            return self._only_place(asked, memory)
        if not syllables(words) or words.strip().isdigit():
            return self._follow_up(asked, memory)
        if taken.heard and not places.names_commune(taken.place):
            words = search_words(text)  # a province may be part of a procedure's name
        focus = self.procedures.get(memory.focus) if memory.focus else None
        if focus is not None and cases.tells_case_only(focus, text):
            in_case = cases.facet_of_case(focus, typed[0] if typed else None, memory.facet)
            return self._follow_up(replace(asked, facets=(in_case,)), memory)
        found = self._search(words, memory)
        if asked.claim is None and (known := self.known.find(text, found)):
            return self._tell_known(known, memory, language)
        best = found[0].confidence if found else 0.0
        short = len(syllables(words)) <= _SHORT_TOPIC
        unnamed = not found or found[0].question_covered < _NAMED_BY
        follows = bool(typed and memory.focus) and (short or unnamed)
        fits = max(best, _FOLLOWS_FROM) if follows else best
        if asked.claim is None and not (follows and short) and seems_strange(text, fits):
            return phrases.declined(strange_reason(text), language, best), memory
        if best >= OFFER_FROM and (reply := self._ask_own_province(found, asked, memory)):
            return reply, replace(memory, pending=asked.facets[0] if asked.facets else None)
        if best >= (_TURN_FROM if follows else ANSWER_FROM) and not too_close(
            words, found, asked=bool(facets or asked.claim)
        ):
            return self._tell(found[0], asked, memory)
        if not first:
            # The end of a question in two sentences ("… Cấp lại mất bao lâu?") is about what its beginning named.
            return self._follow_up(asked, memory) if memory.focus and facets else None
        if follows:
            return self._follow_up(asked, memory)
        if (intent == "out_of_scope" and best < ANSWER_FROM) or best < OFFER_FROM:
            return phrases.declined("unknown", language, best), memory
        return self._clarify(found, asked, memory)

    def _search(self, words: str, memory: Memory) -> list[SearchResult]:
        province = memory.place.province
        if province is None:
            return self.search.search(words, OPTIONS + 2)
        return self.search.search(words, OPTIONS + 2, province.short)

    def _ask_own_province(self, found: Sequence[SearchResult], asked: Asked, memory: Memory) -> Reply | None:
        """Ask where the asker is when the best match is a province's own procedure, of a province not theirs."""
        province = memory.place.province
        best = self.procedures.get(found[0].code)
        if best is None or best.kind is not Kind.PROVINCIAL or fold(best.scope) in fold(asked.text):
            return None
        if province and best.scope == province.short:
            return None
        alike = [self.procedures.get(result.code) for result in self.search.search(best.name, _MOST_COPIES)]
        copies = [copy for copy in alike if copy and copy.kind is Kind.PROVINCIAL and copy.name == best.name]
        others = [self.procedures.get(result.code) for result in found if result.confidence >= _WORTH_OFFERING]
        national = next((other for other in others if other and other.kind is not Kind.PROVINCIAL), None)
        facet = (asked.facets or (Facet.OVERVIEW,))[0]
        return places.ask_own_province(copies or [best], national, facet, asked.language)

    def _only_place(self, asked: Asked, memory: Memory) -> tuple[Reply, Memory]:
        """Tell of the procedure in focus what was asked or is open, for the place that the message names."""
        if memory.focus is None:
            asking = phrases.which_procedure(asked.language)
            return places.noted(memory.place, asked.notice, asking, asked.language), memory
        facets = asked.facets or (Facet(memory.pending or Facet.WHERE),)
        return self._follow_up(replace(asked, facets=facets), memory)

    def _facet(
        self,
        procedure: Procedure,
        facet: Facet,
        language: str,
        memory: Memory,
        notice: str = "",
        *,
        page: int = 0,
        ask: bool = True,
    ) -> Reply:
        """Tell one facet, for the asker's case and place."""
        if facet is Facet.WHERE:
            return places.tell_where(procedure, memory.place, self.offices, language, page, notice, ask=ask)
        reply = cases.tell(procedure, facet, language, memory.chosen.get(procedure.code, ()), page, ask=ask)
        return places.with_notice(reply, notice)

    def _follow_up(self, asked: Asked, memory: Memory) -> tuple[Reply, Memory]:
        if memory.focus is None:
            waiting = replace(memory, pending=asked.facets[0] if asked.facets else None)
            return phrases.which_procedure(asked.language), waiting
        return self._tell(SearchResult(memory.focus, 1.0, 1.0, ""), asked, memory)

    def _tell(self, found: SearchResult, asked: Asked, memory: Memory) -> tuple[Reply, Memory]:
        procedure = self.procedures.get(found.code)
        if procedure is None:
            return phrases.withdrawn(found.code, asked.language), memory
        if asked.claim is not None:
            claim = asked.claim
            reply = answers.confirm_or_correct(procedure, claim.kind, claim.value, claim.unit, asked.language)
            facet = Facet.FEE if claim.kind == "amount" else Facet.DURATION
            return replace(reply, confidence=found.confidence), memory.turn_to(procedure.code, facet)
        procedure, memory = self._settle_case(procedure, asked.text, memory)
        wanted = list(dict.fromkeys(asked.facets))[:3] or [Facet.OVERVIEW]
        ask = asked.alone and len(wanted) == 1
        told = [self._facet(procedure, facet, asked.language, memory, asked.notice, ask=ask) for facet in wanted]
        reply = told[0] if len(told) == 1 else answers.combine(told, asked.language)
        reply = journeys.with_way_back(reply, memory.journey, asked.language)
        return replace(reply, confidence=found.confidence), memory.turn_to(procedure.code, wanted[0])

    def _settle_case(self, procedure: Procedure, text: str, memory: Memory) -> tuple[Procedure, Memory]:
        """Take the case from the words of a message; in some cases another procedure is the right one."""
        chosen = cases.settle(procedure, text, memory.chosen.get(procedure.code, ()))
        instead = cases.instead_of(procedure, chosen)
        if instead and (other := self.procedures.get(instead)):
            return other, memory
        return procedure, memory.choose(procedure.code, chosen)

    def _tell_known(self, known: StoredFaq, memory: Memory, language: str) -> tuple[Reply, Memory]:
        procedure = self.procedures.get(known.entry.code)
        if procedure is None:
            return phrases.withdrawn(known.entry.code, language), memory
        reply = known_answer(known, procedure, language)
        return reply, memory.turn_to(procedure.code, known.entry.facet)

    def _clarify(self, found: Sequence[SearchResult], asked: Asked, memory: Memory) -> tuple[Reply, Memory]:
        offered = [result for result in found[:OPTIONS] if result.confidence >= _WORTH_OFFERING] or found[:2]
        options = [procedure for result in offered if (procedure := self.procedures.get(result.code))]
        facet = asked.facets[0] if asked.facets else None
        reply = answers.clarify(options, facet, asked.language)
        return replace(reply, confidence=found[0].confidence), replace(memory, pending=facet)


def _left_unsaid(text: str, memory: Memory) -> list[Facet]:
    """Return the facet that a message without one means: the one that waits, or for "còn X thì sao?" the last."""
    facet = memory.pending or (memory.facet if _AND_THIS.match(fold(text)) else None)
    return [Facet(facet)] if facet else []


def _most_alike(text: str, candidates: Sequence[Procedure]) -> Procedure | None:
    """Return the candidate that shares most syllables of its names with the text, if any shares two or more."""
    said = set(syllables(topic(text)))

    def shared(procedure: Procedure) -> int:
        return max(len(said & set(syllables(fold(name)))) for name in (procedure.name, *procedure.aliases))

    best = max(candidates, key=shared, default=None)
    return best if best is not None and shared(best) >= 2 else None

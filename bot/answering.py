"""Decide what to do with a question: answer, ask back, correct, or decline. The words are made in `bot.answers`.

A question may hold two; each part is decided by itself and the replies are joined. What a part leaves unsaid is taken
from the conversation: "thế lệ phí?" is about the procedure in focus.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot import answers, phrases
from bot.messages import Outcome, Reply
from knowledge.types import Facet, Procedure, SearchResult
from nlu.claims import Claim, find_claim
from nlu.clauses import split_questions
from nlu.facets import find_facets, topic
from nlu.scope import out_of_scope
from nlu.text import fold, syllables

# Calibrated chances (knowledge.confidence): from here on the first result is answered, or offered with others.
ANSWER_FROM = 0.4
OFFER_FROM = 0.16
_OPTIONS = 3
# When several procedures fit a question alike; chosen on the regression questions (17 of 19 bare names asked back).
_NAMED, _AS_COVERED, _AS_GOOD, _BARE = 0.85, 0.03, 0.2, 6
_CODE = re.compile(r"(?<![\d.])\d\.\d{6}(?![\d.])")
_BACK = re.compile(
    r"\b(?:quay|tro|ve|lai|cai|vu|viec|luc|hoi|khi|nay|truoc|di|a|nhe|cho|toi|em|go|back|to|the|that|one)\b"
)
_AND_THIS = re.compile(r"(?:the |vay )?con\b.*\b(?:sao|the nao)\b|(?:what|how) about\b")
_WORTH_OFFERING = 0.04  # an option below this chance would only confuse
_RECENT = 8
# The name people give of themselves ("tui tên Trần Văn Tám").
_ABOUT_ONESELF = re.compile(
    r"(?i:\b(?:tôi|toi|tui|em|mình|minh|cháu|chau|con)\s+(?:tên|ten|là|la)\s+(?:là\s+|la\s+)?)(?:[^\W\d_a-zà-ỹ][^\W\d_]*\s*){2,5}"
)
_SHORT_TOPIC = 3  # syllables: a short rest beside a facet is more likely a follow-up than a new procedure


@dataclass(frozen=True, slots=True)
class Memory:
    """What a conversation is about.

    The procedure in focus, those before it (latest first), the facet last told, and the one that waits (`pending`)
    until the procedure is named.
    """

    focus: str | None = None
    recent: tuple[str, ...] = ()
    facet: str | None = None
    pending: str | None = None

    def turn_to(self, code: str, facet: str | None) -> Memory:
        """Return the memory after `code` was answered."""
        others = tuple(known for known in (self.focus, *self.recent) if known and known != code)
        return Memory(code, tuple(dict.fromkeys(others))[:_RECENT], facet)


class Procedures(Protocol):
    """Where published procedures are read from (knowledge.catalog)."""

    def get(self, code: str) -> Procedure | None: ...


class Search(Protocol):
    """What finds procedures (knowledge.retriever)."""

    def search(self, question: str, limit: int = 10) -> list[SearchResult]: ...


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers questions from one catalogue with one search."""

    procedures: Procedures
    search: Search

    def answer(self, text: str, memory: Memory, language: str, intent: str = "ask") -> tuple[tuple[Reply, ...], Memory]:
        """Return the replies to a message and what the conversation is about after it.

        Several answers are joined into one reply; a question back comes by itself and last, so that "2" answers it.
        """
        told: list[Reply] = []
        asked: list[Reply] = []
        for place, part in enumerate(split_questions(text)):
            decided = self._answer_part(part, memory, language, intent, alone=place == 0)
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
        return answers.answer(procedure, wanted, language, page), memory.turn_to(code, wanted)

    def back_to(self, text: str, memory: Memory, language: str) -> tuple[tuple[Reply, ...], Memory]:
        """Return to the procedure talked about before that the words name, or to the one before this."""
        known = [self.procedures.get(code) for code in (memory.focus, *memory.recent) if code]
        candidates = [procedure for procedure in known if procedure is not None]
        named = _most_alike(text, candidates)
        if named is None and candidates:
            named = candidates[1] if len(candidates) > 1 else candidates[0]
        if named is None and not syllables(_BACK.sub(" ", fold(text))):
            return (phrases.which_procedure(language),), memory
        if named is None:
            return self.answer(text, memory, language)
        facets = find_facets(text)
        reply, memory = self.about(named.code, facets[0] if facets else Facet.OVERVIEW, 0, memory, language)
        return (reply,), memory

    def _answer_part(
        self, text: str, memory: Memory, language: str, intent: str, *, alone: bool
    ) -> tuple[Reply, Memory] | None:
        reason = out_of_scope(text)
        if reason is not None:
            return phrases.declined(reason, language), memory
        typed = [Facet(name) for name in find_facets(text)]
        facets = typed or _left_unsaid(text, memory)
        words, claim = search_words(text), find_claim(text)
        code = _CODE.search(text)
        if code and self.procedures.get(code[0]):
            return self._tell(SearchResult(code[0], 1.0, 1.0, ""), facets, claim, memory, language)
        if not syllables(words) or words.strip().isdigit():
            return self._follow_up(facets, claim, memory, language)
        found = self.search.search(words, _OPTIONS + 2)
        best = found[0].confidence if found else 0.0
        if best >= ANSWER_FROM and not _too_close(words, found, asked=bool(facets)):
            return self._tell(found[0], facets, claim, memory, language)
        if not alone:
            # The end of a question in two sentences ("… Cấp lại mất bao lâu?") is about what its beginning named.
            return self._follow_up(facets, claim, memory, language) if memory.focus and facets else None
        if typed and memory.focus and len(syllables(words)) <= _SHORT_TOPIC:
            return self._follow_up(facets, claim, memory, language)
        if (intent == "out_of_scope" and best < ANSWER_FROM) or best < OFFER_FROM:
            return phrases.declined("unknown", language, best), memory
        return self._clarify(found, facets, language, memory)

    def _follow_up(
        self, facets: Sequence[Facet], claim: Claim | None, memory: Memory, language: str
    ) -> tuple[Reply, Memory]:
        if memory.focus is None:
            waiting = replace(memory, pending=facets[0] if facets else None)
            return phrases.which_procedure(language), waiting
        return self._tell(SearchResult(memory.focus, 1.0, 1.0, ""), facets, claim, memory, language)

    def _tell(
        self, found: SearchResult, facets: Sequence[Facet], claim: Claim | None, memory: Memory, language: str
    ) -> tuple[Reply, Memory]:
        procedure = self.procedures.get(found.code)
        if procedure is None:
            return phrases.withdrawn(found.code, language), memory
        if claim is not None:
            reply = answers.confirm_or_correct(procedure, claim.kind, claim.value, claim.unit, language)
            facet = Facet.FEE if claim.kind == "amount" else Facet.DURATION
            return replace(reply, confidence=found.confidence), memory.turn_to(found.code, facet)
        wanted = list(dict.fromkeys(facets)) or [Facet.OVERVIEW]
        told = [answers.answer(procedure, facet, language) for facet in wanted[:3]]
        reply = told[0] if len(told) == 1 else answers.combine(told, language)
        return replace(reply, confidence=found.confidence), memory.turn_to(found.code, wanted[0])

    def _clarify(
        self, found: Sequence[SearchResult], facets: Sequence[Facet], language: str, memory: Memory
    ) -> tuple[Reply, Memory]:
        offered = [result for result in found[:_OPTIONS] if result.confidence >= _WORTH_OFFERING] or found[:2]
        options = [procedure for result in offered if (procedure := self.procedures.get(result.code))]
        reply = answers.clarify(options, facets[0] if facets else None, language)
        waiting = replace(memory, pending=facets[0] if facets else None)
        return replace(reply, confidence=found[0].confidence), waiting


def _left_unsaid(text: str, memory: Memory) -> list[Facet]:
    """Return the facet that a message without one means: the one that waits, or for "còn X thì sao?" the last."""
    facet = memory.pending or (memory.facet if _AND_THIS.match(fold(text)) else None)
    return [Facet(facet)] if facet else []


def _too_close(words: str, found: Sequence[SearchResult], *, asked: bool) -> bool:
    """Tell whether a bare name ("sổ đỏ") fits the names of several procedures equally and no name closely.

    Who asks for something of it ("khai tử cần giấy tờ gì") means the plain procedure, not one done again or changed.
    """
    first = found[0]
    if first.name_covered >= _NAMED or len(syllables(words)) > _BARE:
        return False
    return any(
        other.question_covered >= first.question_covered - _AS_COVERED and other.score >= first.score - _AS_GOOD
        for other in found[1 : _OPTIONS + 1]
        if other.plain or not (asked and first.plain)
    )


def search_words(text: str) -> str:
    """Return what of a message is searched for: its topic, without who is asking."""
    return topic(_ABOUT_ONESELF.sub(" ", text))


def _most_alike(text: str, candidates: Sequence[Procedure]) -> Procedure | None:
    """Return the candidate that shares most syllables of its names with the text, if any shares two or more."""
    said = set(syllables(topic(text)))

    def shared(procedure: Procedure) -> int:
        return max(len(said & set(syllables(fold(name)))) for name in (procedure.name, *procedure.aliases))

    best = max(candidates, key=shared, default=None)
    return best if best is not None and shared(best) >= 2 else None

"""Trying a question out: one message through the real assistant, with what every stage made of it.

The conversation and what may come of it (a ticket, a rating) stand in a scratch database that is emptied afterwards, so
a trial is among nobody's questions.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

from sqlalchemy import Engine

from bot.answering import Search
from bot.assistant import Assistant, Path, State
from bot.messages import Message, Reply
from bot.places import Place, take_in
from knowledge.explanation import Explanation, explain
from knowledge.places import load_places
from knowledge.retriever import Retriever
from knowledge.types import SearchResult
from nlu.claims import find_claim
from nlu.clauses import split_questions
from nlu.crisis import find_crisis
from nlu.facets import find_facets, search_words
from nlu.life_events import find_life_event
from nlu.scope import out_of_scope
from nlu.text import fold, written_out
from storage.conversations import Conversations, Turn
from storage.scratch import wipe

CHANNEL = "try"
MOST_BEFORE = 5
_DEPTH = 10


class Heard(Protocol):
    """What `bot.dialogue` heard in a message; named here so that this module needs no Rasa."""

    @property
    def intents(self) -> tuple[tuple[str, float], ...]: ...
    @property
    def entities(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def actions(self) -> tuple[str, ...]: ...


class Answer(Protocol):
    """What `bot.dialogue` returns."""

    @property
    def replies(self) -> tuple[Reply, ...]: ...
    @property
    def intent(self) -> str: ...
    @property
    def state(self) -> State: ...
    @property
    def heard(self) -> Heard: ...


class Dialogue(Protocol):
    """The part of `bot.dialogue.Dialogue` that is used."""

    async def respond(self, conversation_id: str, text: str, state: State, metadata: dict[str, Any]) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What to try: the message, what was said before it, and the code of the asker's province, if known."""

    text: str
    before: tuple[str, ...] = ()
    province: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a message as language processing reads it; empty where it finds nothing."""

    text: str
    out_of_scope: str
    life_event: str
    facets: tuple[str, ...]
    claim: str
    place: str
    topic: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a message. `ended` names the step of the path that answered; `searches` are those really made."""

    cleaned: str
    folded: str
    written_out: str
    language: str
    masked: tuple[str, ...]
    crisis: str
    ended: str
    payload: str
    intent: str
    heard: Heard | None
    parts: tuple[Part, ...]
    searches: tuple[Explanation, ...]
    replies: tuple[Reply, ...]
    remembered: dict[str, Any]
    dialogue_ms: float
    whole_ms: float


@dataclass(slots=True)
class OverheardSearch:
    """Searches as another does, and remembers what was searched for."""

    search_in: Search
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def search(self, question: str, limit: int = 10, province: str | None = None) -> list[SearchResult]:
        """Search, and remember the words and the province."""
        self.asked.append((question, province))
        return self.search_in.search(question, limit, province)


@dataclass(slots=True)
class OverheardDialogue:
    """Answers as another dialogue does, and remembers the last answer and how long it took."""

    dialogue: Dialogue
    last: Answer | None = None
    ms: float = 0.0

    async def respond(self, conversation_id: str, text: str, state: State, metadata: dict[str, Any]) -> Answer:
        """Answer, and remember."""
        started = time.perf_counter()
        self.last = await self.dialogue.respond(conversation_id, text, state, metadata)
        self.ms = (time.perf_counter() - started) * 1000
        return self.last


class Trier:
    """Tries questions out, one after another, whoever asks."""

    def __init__(self, dialogue: Dialogue, search: OverheardSearch, engine: Engine) -> None:
        """`dialogue` must search with `search`, and keep what it keeps in the scratch database `engine`."""
        self._dialogue, self._search, self._engine = OverheardDialogue(dialogue), search, engine
        self._conversations = Conversations(engine)
        self._assistant = Assistant(self._dialogue, self._conversations)
        self._lock = Lock()

    def run(self, asked: Asked, retriever: Retriever) -> Trial:
        """Try a question; `retriever` explains the searches made for it. Waits while another is tried."""
        with self._lock:
            try:
                return asyncio.run(self._run(asked, retriever))
            finally:
                wipe(self._engine)

    async def _run(self, asked: Asked, retriever: Retriever) -> Trial:
        conversation = self._conversations.create(CHANNEL).id
        if asked.province:
            place = {"slots": {"place": {"codes": [asked.province], "said": ""}}}
            self._conversations.record_turn(Turn(conversation, "place", {"text": ""}, (), place))
        for number, text in enumerate(asked.before[-MOST_BEFORE:]):
            await self._assistant.walk(Path(Message(f"before-{number}", conversation, text, channel=CHANNEL)))
        self._search.asked.clear()
        self._dialogue.last, self._dialogue.ms = None, 0.0
        path = Path(Message("tried", conversation, asked.text, channel=CHANNEL))
        started = time.perf_counter()
        replies = await self._assistant.walk(path)
        whole_ms = (time.perf_counter() - started) * 1000
        return self._told(path, replies, retriever, whole_ms)

    def _told(self, path: Path, replies: tuple[Reply, ...], retriever: Retriever, whole_ms: float) -> Trial:
        last, slots = self._dialogue.last, path.earlier_state.get("slots") or {}
        kept = slots.get("place") or {}
        place = Place(tuple(kept.get("codes", ())), kept.get("said", ""))
        made = dict.fromkeys(self._search.asked)
        return Trial(
            cleaned=path.text,
            folded=fold(path.text),
            written_out=written_out(path.text),
            language=path.language,
            masked=path.masked,
            crisis=find_crisis(path.text) or "",
            ended=path.ended,
            payload=path.payload or "",
            intent=last.intent if last else "",
            heard=last.heard if last else None,
            parts=tuple(read(text, place, path.language) for text in split_questions(path.text)) if path.text else (),
            searches=tuple(explain(retriever, words, _DEPTH, province) for words, province in made),
            replies=replies,
            remembered=dict(path.state.get("slots") or {}),
            dialogue_ms=self._dialogue.ms,
            whole_ms=whole_ms,
        )


def read(text: str, place: Place, language: str) -> Part:
    """Return what language processing finds in one question, with what the dialogue's own functions say."""
    taken, claim = take_in(text, place, language), find_claim(text)
    return Part(
        text,
        out_of_scope(text) or "",
        find_life_event(text) or "",
        find_facets(text),
        claim.text if claim else "",
        _place_named(taken.place) if taken.heard else "",
        search_words(taken.rest),
    )


def _place_named(place: Place) -> str:
    units: Sequence[Any] = [unit for code in place.codes if (unit := load_places().get(code))]
    return ", ".join(unit.label for unit in units) or place.said

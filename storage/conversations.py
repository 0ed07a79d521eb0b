"""Conversations: who may read them, what was said, and where the dialogue stands.

Texts arrive here already masked. Everything one message changes is written in one transaction, so that a crash at any
instant leaves either the whole turn or nothing of it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.database import adding_once, upserts, writing
from storage.desk_rows import UNANSWERED, Call, call, leave, note_contact, note_event
from storage.schema import conversations, messages, now, questions, trackers


class Access(StrEnum):
    """What a token gives access to."""

    OK = "ok"
    WRONG_TOKEN = "wrong_token"  # noqa: S105 - a word, not a secret
    UNKNOWN = "unknown"


class UnknownConversation(LookupError):  # noqa: N818 - a finding, as KeyError's kin are
    """No conversation has this id."""


class AlreadyRecorded(Exception):  # noqa: N818 - a finding, not a fault
    """A delivery has been answered before; the first turn stays."""


class TakenOver(Exception):  # noqa: N818 - a finding, not a fault
    """Somebody took the conversation while its message was being answered; nothing was written."""

    def __init__(self, held_by: str) -> None:
        """Hold who has it."""
        super().__init__(held_by)
        self.held_by = held_by


@dataclass(frozen=True, slots=True)
class NewConversation:
    """The id of a conversation just made and the token that opens it; the token is told only once."""

    id: str
    token: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is kept of a citizen's message to see later what was asked and not answered."""

    text: str
    outcome: str
    confidence: float
    codes: Sequence[str]
    channel: str
    language: str = "vi"
    facet: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a citizen and all that came of it; a `tracker` of None leaves the stored one as it is.

    `held_by` is who had the conversation when its answer was begun. `call` brings it to the desk, `settled` takes it
    off where it came only because nothing was answered; `contact` is how staff who answer can reach the person.
    """

    conversation_id: str
    message_id: str
    message: dict[str, Any]
    replies: Sequence[dict[str, Any]] = ()
    tracker: dict[str, Any] | None = None
    question: Question | None = None
    held_by: str | None = None
    call: Call | None = None
    settled: bool = False
    contact: str = ""


@dataclass(frozen=True, slots=True)
class TurnStart:
    """All that is known when a message arrives; `replies` is None when it was never answered before."""

    held_by: str | None
    tracker: dict[str, Any] | None
    replies: list[dict[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a conversation; `id` grows and is the id of the event that tells of it."""

    id: int
    role: str
    message_id: str | None
    body: dict[str, Any]
    created_at: datetime


# Statements of the path of a message are built once: building one costs more than running it on SQLite.
_TOKEN_HASH = select(conversations.c.token_hash).where(conversations.c.id == bindparam("id"))
_HELD_BY = select(conversations.c.held_by).where(conversations.c.id == bindparam("id"))
_TRACKER = select(trackers.c.state).where(trackers.c.conversation_id == bindparam("id"))
_TOUCH = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(updated_at=bindparam("at"))
    .returning(conversations.c.held_by)
)
_ENSURE = adding_once(conversations)
_SAVE_TRACKER = upserts(trackers)
_ADD_QUESTION = insert(questions)
_ADD_MESSAGE = insert(messages).returning(messages.c.id)
_TURN_START = (
    select(conversations.c.held_by, trackers.c.state, messages.c.role, messages.c.body)
    .outerjoin(trackers, trackers.c.conversation_id == conversations.c.id)
    .outerjoin(
        messages,
        and_(messages.c.conversation_id == conversations.c.id, messages.c.message_id == bindparam("message_id")),
    )
    .where(conversations.c.id == bindparam("id"))
    .order_by(messages.c.id)
)
_ENTRIES = (
    select(messages.c.id, messages.c.role, messages.c.message_id, messages.c.body, messages.c.created_at)
    .where(messages.c.conversation_id == bindparam("id"), messages.c.id > bindparam("after"))
    .order_by(messages.c.id)
    .limit(bindparam("count"))
)


class Conversations:
    """The stored conversations of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """The database they are in."""
        return self._engine

    def create(self, channel: str) -> NewConversation:
        """Start a conversation that only the holder of its token can read."""
        made = NewConversation(secrets.token_urlsafe(16), secrets.token_urlsafe(24))
        with writing(self._engine) as connection:
            connection.execute(insert(conversations), _new_row(made.id, channel, _hash(made.token)))
        return made

    def ensure(self, conversation_id: str, channel: str) -> None:
        """Start a conversation under a given id unless it is there; without a token, no one opens it from outside."""
        with writing(self._engine) as connection:
            connection.execute(_ENSURE[connection.dialect.name], _new_row(conversation_id, channel, None))

    def check(self, conversation_id: str, token: str) -> Access:
        """Tell whether the token opens the conversation."""
        # An id from outside may hold anything, also characters no database takes; ours are plain.
        if not (conversation_id.isascii() and conversation_id.isprintable()):
            return Access.UNKNOWN
        with self._engine.connect() as connection:
            row = connection.execute(_TOKEN_HASH, {"id": conversation_id}).first()
        if row is None:
            return Access.UNKNOWN
        matches = hmac.compare_digest(row.token_hash or "", _hash(token))
        return Access.OK if matches else Access.WRONG_TOKEN

    def start_turn(self, conversation_id: str, message_id: str) -> TurnStart:
        """Return in one query all that a turn needs to begin. Raises UnknownConversation."""
        with self._engine.connect() as connection:
            rows = connection.execute(_TURN_START, {"id": conversation_id, "message_id": message_id}).all()
        if not rows:
            raise UnknownConversation(conversation_id)
        replies = [row.body for row in rows if row.role == "assistant"]
        return TurnStart(rows[0].held_by, rows[0].state, replies if rows[0].role is not None else None)

    def find_turn(self, conversation_id: str, message_id: str) -> list[dict[str, Any]] | None:
        """Return the replies already given to this delivery ([] if none were due), None if it is new."""
        try:
            return self.start_turn(conversation_id, message_id).replies
        except UnknownConversation:
            return None

    def record_turn(self, turn: Turn) -> int:
        """Write one turn whole and return its last event id.

        Raises AlreadyRecorded, UnknownConversation; TakenOver when somebody else has the conversation since the turn
        began, and it holds replies.
        """
        at = now()
        try:
            with writing(self._engine) as connection:
                held_by = _touch(connection, turn.conversation_id, at)
                if turn.replies and held_by is not None and held_by != turn.held_by:
                    raise TakenOver(held_by)
                last = max(_add_message(connection, row) for row in _message_rows(turn, at))
                if turn.tracker is not None:
                    row = {"conversation_id": turn.conversation_id, "state": turn.tracker, "updated_at": at}
                    connection.execute(_SAVE_TRACKER[connection.dialect.name], row)
                if turn.question is not None:
                    connection.execute(_ADD_QUESTION, _question_row(turn, turn.question, at))
                _tell_desk(connection, turn, at)
        except IntegrityError as error:
            if self.find_turn(turn.conversation_id, turn.message_id) is None:
                raise
            raise AlreadyRecorded(turn.message_id) from error
        return last

    def append_reply(self, conversation_id: str, body: dict[str, Any], role: str = "staff") -> int:
        """Write a reply that answers no single message and return its event id. Raises UnknownConversation."""
        at = now()
        with writing(self._engine) as connection:
            _touch(connection, conversation_id, at)
            return _add_message(connection, _message_row(conversation_id, None, role, 0, body, at))

    def entries_after(self, conversation_id: str, after: int, limit: int = 200) -> list[Entry]:
        """Return the entries with an id above `after`, oldest first."""
        with self._engine.connect() as connection:
            found = connection.execute(_ENTRIES, {"id": conversation_id, "after": after, "count": limit})
            return [Entry(*row) for row in found]

    def load_tracker(self, conversation_id: str) -> dict[str, Any] | None:
        """Return where the dialogue stands, None before its first turn."""
        with self._engine.connect() as connection:
            return connection.scalar(_TRACKER, {"id": conversation_id})

    def held_by(self, conversation_id: str) -> str | None:
        """Return the member of staff who holds the conversation, None while the assistant does."""
        with self._engine.connect() as connection:
            return connection.scalar(_HELD_BY, {"id": conversation_id})


def _hash(token: str) -> str:
    # The token is 24 random bytes, so one fast hash is enough: there is nothing to guess.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _tell_desk(connection: Connection, turn: Turn, at: datetime) -> None:
    if turn.settled:
        leave(connection, turn.conversation_id, (UNANSWERED,), "settled", at)
    if turn.call is not None:
        call(connection, turn.conversation_id, turn.message_id, turn.call, at)
    if turn.contact:
        note_contact(connection, turn.conversation_id, turn.contact, at)
    note_event(connection, "message", at, turn.conversation_id)


def _touch(connection: Connection, conversation_id: str, at: datetime) -> str | None:
    """Mark a conversation as changed and return who has it. Raises UnknownConversation."""
    # Comes first in each transaction: its row lock makes the writers of one conversation queue before they draw an
    # event id, so that no smaller id appears after a reader has gone past it (PostgreSQL draws ids outside of order).
    row = connection.execute(_TOUCH, {"conversation": conversation_id, "at": at}).first()
    if row is None:
        raise UnknownConversation(conversation_id)
    held_by: str | None = row.held_by
    return held_by


def _add_message(connection: Connection, row: dict[str, Any]) -> int:
    event_id: int = connection.execute(_ADD_MESSAGE, row).scalar_one()
    return event_id


def _new_row(conversation_id: str, channel: str, token_hash: str | None) -> dict[str, Any]:
    at = now()
    return {
        "id": conversation_id,
        "channel": channel,
        "token_hash": token_hash,
        "created_at": at,
        "updated_at": at,
    }


def _message_rows(turn: Turn, at: datetime) -> list[dict[str, Any]]:
    said = _message_row(turn.conversation_id, turn.message_id, "citizen", 0, turn.message, at)
    answers = (
        _message_row(turn.conversation_id, turn.message_id, "assistant", position, body, at)
        for position, body in enumerate(turn.replies)
    )
    return [said, *answers]


def _message_row(
    conversation_id: str, message_id: str | None, role: str, position: int, body: dict[str, Any], at: datetime
) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "message_id": message_id,
        "position": position,
        "role": role,
        "body": body,
        "created_at": at,
    }


def _question_row(turn: Turn, question: Question, at: datetime) -> dict[str, Any]:
    return {
        "conversation_id": turn.conversation_id,
        "message_id": turn.message_id,
        "facet": question.facet,
        "text": question.text,
        "outcome": question.outcome,
        "confidence": question.confidence,
        "codes": list(question.codes),
        "channel": question.channel,
        "language": question.language,
        "created_at": at,
    }

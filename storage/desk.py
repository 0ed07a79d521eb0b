"""The desk: which member of staff has which conversation, as leases in the database.

Every step is one transaction that locks the conversation first, so that two who take it at once, or a turn of the
assistant beside an answer of staff, follow one another. A lease that is not renewed runs out, and then the conversation
waits for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage import outbox
from storage.audit import note
from storage.conversations import UnknownConversation
from storage.database import writing
from storage.desk_leases import LEASE, holder_of, keep, lease, locked, one, release, set_holder, set_tickets
from storage.desk_rows import APPROVAL, DONE, HELD, LEFT, STAFF, WAITING, lock, note_event
from storage.outbox import Outgoing
from storage.presence import GONE, anybody_on_line, is_on_line
from storage.schema import conversations, desk, messages, now, staff, staff_messages


class WrapUp(StrEnum):
    """Why a conversation was closed."""

    ANSWERED = "answered"
    SENT_ELSEWHERE = "sent_elsewhere"
    NO_REPLY = "no_reply"
    SPAM = "spam"
    OTHER = "other"


class KeyUsed(Exception):  # noqa: N818 - a finding, not a fault
    """Something else was written under this key."""


class NotOnLine(Exception):  # noqa: N818 - a finding, not a fault
    """The colleague to hand over to is not at the desk."""


class NotOnDesk(Exception):  # noqa: N818 - a finding, not a fault
    """The conversation is the assistant's."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts at the desk: `login` is for the audit."""

    id: int
    login: str


@dataclass(frozen=True, slots=True)
class Words:
    """Something to say in a conversation: the reply as stored, and what it becomes on a chat service."""

    body: dict[str, Any]
    outgoing: Outgoing | None = None
    role: str = "assistant"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer by staff. `key` makes it one however often it is sent; `answers` is the citizen's entry it is for."""

    key: str
    words: Words
    answers: int | None = None
    draft: dict[str, Any] | None = None


class Desk:
    """The desk of one database. Raises UnknownConversation wherever a conversation is named that is not there."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """The database it is in."""
        return self._engine

    def take(self, conversation_id: str, agent: Agent, told: Words) -> None:
        """Take a conversation for a while; the citizen is `told`, once. Raises HeldByOther."""
        at = now()
        with writing(self._engine) as connection:
            if not lease(connection, conversation_id, agent.id, at):
                say(connection, conversation_id, told, at)

    def renew(self, conversation_id: str, agent: Agent) -> None:
        """Keep a conversation for another while. Raises HeldByOther."""
        at = now()
        with writing(self._engine) as connection:
            if not lock(connection, conversation_id):
                raise UnknownConversation(conversation_id)
            held = (desk.c.conversation_id == conversation_id, desk.c.holder_id == agent.id, desk.c.status == HELD)
            if not connection.execute(update(desk).where(*held).values(lease_until=at + LEASE)).rowcount:
                raise holder_of(connection, conversation_id)

    def reply(self, conversation_id: str, agent: Agent, answer: Answer) -> int:
        """Store and send an answer and return its entry's id; the same key again gives the same.

        Raises HeldByOther, KeyUsed.
        """
        at = now()
        with writing(self._engine) as connection:
            row = locked(connection, conversation_id)
            known = earlier_entry(connection, conversation_id, agent, answer.key)
            if known is not None:
                return known
            keep(connection, row.id, agent.id, at)
            entry = say_as_staff(connection, conversation_id, agent, answer, at)
            note_event(connection, "reply", at, conversation_id, agent.id)
            return entry

    def take_over(self, conversation_id: str, agent: Agent, reason: str, told: Words) -> None:
        """Take a conversation whoever has it."""
        at = now()
        with writing(self._engine) as connection:
            holder = holder_of(connection, locked(connection, conversation_id).id)
            if not lease(connection, conversation_id, agent.id, at, anyway=True):
                say(connection, conversation_id, told, at)
            note(connection, "desk.takeover", conversation_id, agent.login, f"{holder.name}: {reason}".lstrip(": "))

    def hand_over(self, conversation_id: str, agent: Agent, to: int, words: str, told: Words) -> None:
        """Give a conversation to a colleague who is on line. Raises HeldByOther, NotOnLine."""
        at = now()
        with writing(self._engine) as connection:
            row = locked(connection, conversation_id)
            keep(connection, row.id, agent.id, at)
            if not is_on_line(connection, to, at):
                raise NotOnLine(to)
            lease(connection, conversation_id, to, at, anyway=True)
            connection.execute(one(conversation_id).values(note=words))
            say(connection, conversation_id, told, at)
            name = connection.scalar(select(staff.c.login).where(staff.c.id == to)) or ""
            note(connection, "desk.handover", conversation_id, agent.login, name)

    def give_back(self, conversation_id: str, agent: Agent, told: Words) -> None:
        """Let the assistant answer again. Raises HeldByOther."""
        with writing(self._engine) as connection:
            self._end(connection, conversation_id, agent, "back", told)

    def close(self, conversation_id: str, agent: Agent, reason: WrapUp, words: str, told: Words | None) -> None:
        """End a conversation; the assistant answers what is written next. Raises HeldByOther."""
        with writing(self._engine) as connection:
            self._end(connection, conversation_id, agent, reason, told)
            if words:
                connection.execute(one(conversation_id).values(note=words))
            note(connection, "desk.close", conversation_id, agent.login, reason)

    def set_note(self, conversation_id: str, agent: Agent, words: str) -> None:
        """Leave a note for colleagues. Raises NotOnDesk."""
        at = now()
        with writing(self._engine) as connection:
            locked(connection, conversation_id)
            if not connection.execute(one(conversation_id).values(note=words, changed_at=at)).rowcount:
                raise NotOnDesk(conversation_id)
            note_event(connection, "note", at, conversation_id, agent.id)

    def lapse(self, limit: int = 100) -> list[str]:
        """Let conversations wait again whose leases ran out; return which."""
        at = now()
        ran_out = (desk.c.status == HELD, desk.c.lease_until < at)
        with self._engine.connect() as connection:
            found = connection.scalars(select(desk.c.conversation_id).where(*ran_out).limit(limit)).all()
        return [name for name in found if self._lapse_one(name, at)]

    def abandoned(self, limit: int = 100) -> list[str]:
        """Return the conversations that wait for staff of whom nobody is on line any more."""
        waits = (desk.c.status == WAITING, desk.c.reason != APPROVAL, conversations.c.held_by == STAFF)
        query = select(desk.c.conversation_id).join(conversations, conversations.c.id == desk.c.conversation_id)
        with self._engine.connect() as connection:
            if anybody_on_line(connection, now(), within=GONE):
                return []
            return list(connection.scalars(query.where(*waits).limit(limit)))

    def let_go(self, conversation_id: str, told: Words) -> bool:
        """Let the assistant answer while the conversation goes on waiting; False when somebody just took it."""
        at = now()
        with writing(self._engine) as connection:
            row = lock(connection, conversation_id)
            if row is None or row.held_by != STAFF:
                return False
            set_holder(connection, conversation_id, None)
            connection.execute(one(conversation_id).values(reason=LEFT, changed_at=at))
            say(connection, conversation_id, told, at)
            note_event(connection, WAITING, at, conversation_id)
            return True

    def _lapse_one(self, conversation_id: str, at: datetime) -> bool:
        with writing(self._engine) as connection:
            if not lock(connection, conversation_id):
                return False
            ran_out = (desk.c.conversation_id == conversation_id, desk.c.status == HELD, desk.c.lease_until < at)
            nobody: dict[str, Any] = {"holder_id": None, "lease_until": None, "taken_at": None}
            values = {"status": WAITING, "waiting_since": at, "changed_at": at, **nobody}
            if not connection.execute(update(desk).where(*ran_out).values(values)).rowcount:
                return False
            set_holder(connection, conversation_id, STAFF)
            set_tickets(connection, conversation_id, "taken", "waiting")
            note_event(connection, WAITING, at, conversation_id)
            return True

    def _end(
        self, connection: Connection, conversation_id: str, agent: Agent, wrap_up: str, told: Words | None
    ) -> None:
        at = now()
        row = locked(connection, conversation_id)
        keep(connection, row.id, agent.id, at)
        release(connection, conversation_id, wrap_up, at)
        if told is not None:
            say(connection, conversation_id, told, at)
        note_event(connection, DONE, at, conversation_id, agent.id)


def say(connection: Connection, conversation_id: str, words: Words, at: datetime) -> int:
    """Add an entry that answers no single message, and what it becomes on a chat service; return the entry's id."""
    row = {
        "conversation_id": conversation_id,
        "message_id": None,
        "position": 0,
        "role": words.role,
        "body": words.body,
        "created_at": at,
    }
    entry: int = connection.execute(insert(messages).values(row).returning(messages.c.id)).scalar_one()
    connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(updated_at=at))
    if words.outgoing is not None:
        outbox.put(connection, conversation_id, words.outgoing)
    return entry


def earlier_entry(connection: Connection, conversation_id: str, agent: Agent, key: str) -> int | None:
    """Return the entry that this person wrote under a key before. Raises KeyUsed for one of another conversation."""
    of_key = (staff_messages.c.staff_id == agent.id, staff_messages.c.key == key)
    query = select(messages.c.id, messages.c.conversation_id).join(staff_messages).where(*of_key)
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.conversation_id != conversation_id:
        raise KeyUsed(key)
    return int(row.id)


def say_as_staff(connection: Connection, conversation_id: str, agent: Agent, answer: Answer, at: datetime) -> int:
    """Add an answer by staff in a transaction that holds the conversation's lock; return its entry's id.

    Raises KeyUsed.
    """
    entry = say(connection, conversation_id, answer.words, at)
    row = {
        "message_id": entry,
        "staff_id": agent.id,
        "key": answer.key,
        "answers": answer.answers,
        "draft": answer.draft,
    }
    try:
        connection.execute(insert(staff_messages), row)
    except IntegrityError as error:
        raise KeyUsed(answer.key) from error
    about = {"code": answer.draft["code"]} if answer.draft and answer.draft.get("code") else {}
    connection.execute(one(conversation_id).values(answered_at=func.coalesce(desk.c.answered_at, at), **about))
    return entry

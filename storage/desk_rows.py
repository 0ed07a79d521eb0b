"""What is written of the desk inside other people's transactions: a conversation comes to it, something happened.

`conversations.held_by` keeps the assistant silent: "staff:7" while the member of staff 7 has the conversation, "staff:"
while it waits for anybody who is on line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import conversations, desk, desk_events, held_answers, tickets

STAFF = "staff:"
"""What `held_by` begins with while the conversation is the desk's."""

WAITING, HELD, DONE = "waiting", "held", "done"
ASKED, APPROVAL, UNANSWERED, LEFT, TAKEN = "asked", "approval", "unanswered", "left", "taken"
# Both speak of conflicts in the same words, but SQLAlchemy's own `insert` has none.
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class HeldAnswer:
    """An answer that the citizen gets only when somebody has looked at it."""

    replies: Sequence[dict[str, Any]]
    confidence: float
    wait_s: int


@dataclass(frozen=True, slots=True)
class Call:
    """Why a conversation comes to the desk: asked, approval, unanswered or left (a contact, with nobody on line).

    `silent`: from now on the assistant leaves the answering to staff.
    """

    reason: str
    code: str | None
    silent: bool
    held: HeldAnswer | None = None


def call(connection: Connection, conversation_id: str, message_id: str, wanted: Call, at: datetime) -> None:
    """Put a conversation on the desk; one that waits keeps its place there, one that somebody holds stays theirs."""
    held = connection.scalar(select(desk.c.status).where(desk.c.conversation_id == conversation_id))
    row: dict[str, Any] = {"reason": wanted.reason, "code": wanted.code, "changed_at": at}
    if held is None:
        row |= {"conversation_id": conversation_id, "status": WAITING, "waiting_since": at, "note": ""}
        connection.execute(insert(desk), row)
    else:
        fresh = {"status": WAITING, "waiting_since": at, "note": "", **_UNTOUCHED} if held == DONE else {}
        # Whoever asked for a person still did, also when the next answers fail.
        open_to = (DONE,) if wanted.reason == UNANSWERED else (DONE, WAITING)
        mine = (desk.c.conversation_id == conversation_id, desk.c.status.in_(open_to))
        connection.execute(update(desk).where(*mine).values(**row, **fresh))
    if wanted.silent:
        free = (conversations.c.id == conversation_id, conversations.c.held_by.is_(None))
        connection.execute(update(conversations).where(*free).values(held_by=STAFF))
    if wanted.held is not None:
        held_row = {
            "conversation_id": conversation_id,
            "message_id": message_id,
            "replies": list(wanted.held.replies),
            "confidence": wanted.held.confidence,
            "status": WAITING,
            "created_at": at,
            "due_at": at + timedelta(seconds=wanted.held.wait_s),
        }
        connection.execute(insert(held_answers), held_row)
    note_event(connection, WAITING, at, conversation_id)


def leave(connection: Connection, conversation_id: str, reasons: Sequence[str], wrap_up: str, at: datetime) -> bool:
    """Take a conversation off the desk that waits there for one of these reasons; tell whether it did."""
    waits = (desk.c.conversation_id == conversation_id, desk.c.status == WAITING, desk.c.reason.in_(reasons))
    values = {"status": DONE, "wrap_up": wrap_up, "closed_at": at, "changed_at": at}
    if not connection.execute(update(desk).where(*waits).values(values)).rowcount:
        return False
    ours = (conversations.c.id == conversation_id, conversations.c.held_by == STAFF)
    connection.execute(update(conversations).where(*ours).values(held_by=None))
    note_event(connection, DONE, at, conversation_id)
    return True


def note_contact(connection: Connection, conversation_id: str, contact: str, at: datetime) -> None:
    """Write how the person can be reached into the ticket that staff have in hand; open one where there is none."""
    c = tickets.c
    mine = select(func.max(c.id)).where(c.conversation_id == conversation_id, c.status.in_(("waiting", "taken")))
    number = connection.scalar(mine)
    if number is not None:
        connection.execute(update(tickets).where(c.id == number).values(contact=contact))
        return
    row = {"conversation_id": conversation_id, "contact": contact, "reason": "", "status": "taken", "created_at": at}
    connection.execute(insert(tickets), row)


def note_event(
    connection: Connection,
    kind: str,
    at: datetime,
    conversation_id: str | None = None,
    staff_id: int | None = None,
) -> None:
    """Tell the open pages of the desk, when this transaction is committed, that something happened."""
    row = {"kind": kind, "conversation_id": conversation_id, "staff_id": staff_id, "created_at": at}
    connection.execute(_ADD_EVENT, row)


def lock(connection: Connection, conversation_id: str) -> Any:
    """Wait until nobody else writes in the conversation; return id, channel and held_by, None where there is none."""
    return connection.execute(_LOCK, {"conversation": conversation_id}).first()


def inserting(connection: Connection, table: Any) -> Any:
    """Return an insert that knows of conflicts, in the words of the connection's database."""
    return _INSERTS[connection.dialect.name](table)


# What a conversation that comes to the desk again has not had this time.
_UNTOUCHED: dict[str, Any] = {
    "holder_id": None,
    "lease_until": None,
    "taken_at": None,
    "answered_at": None,
    "closed_at": None,
    "wrap_up": None,
}
_ADD_EVENT = insert(desk_events)
_LOCK = (
    select(conversations.c.id, conversations.c.channel, conversations.c.held_by)
    .where(conversations.c.id == bindparam("conversation"))
    .with_for_update(key_share=True)
)

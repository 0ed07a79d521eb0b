"""Leases of conversations, in the caller's transaction, which must hold the lock of the conversation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, delete, or_, select, update

from storage import desk_rows
from storage.conversations import UnknownConversation
from storage.desk_rows import DONE, HELD, STAFF, inserting, lock, note_event
from storage.schema import conversations, desk, staff, tickets, trackers, zalo_takeovers

LEASE = timedelta(seconds=90)
ZALO, ZALO_CONSOLE = "zalo:", "Zalo OA"


class HeldByOther(Exception):  # noqa: N818 - a finding, not a fault
    """Somebody else has the conversation: `holder_id` is None for those in Zalo's own console, or when nobody has."""

    def __init__(self, holder_id: int | None, name: str) -> None:
        """Hold both."""
        super().__init__(name)
        self.holder_id, self.name = holder_id, name


def lease(connection: Connection, conversation_id: str, staff_id: int, at: datetime, *, anyway: bool = False) -> bool:
    """Give somebody a conversation for a while, `anyway`: whoever has it; tell whether it was theirs before.

    Raises HeldByOther, UnknownConversation.
    """
    row = locked(connection, conversation_id)
    before = _row(connection, conversation_id)
    if (row.held_by or "").startswith(ZALO):
        if not anyway:
            raise HeldByOther(None, ZALO_CONSOLE)
        connection.execute(delete(zalo_takeovers).where(zalo_takeovers.c.conversation_id == conversation_id))
    if connection.execute(_taking(connection, conversation_id, staff_id, at, anyway)).first() is None:
        raise holder_of(connection, conversation_id)
    set_holder(connection, conversation_id, f"{STAFF}{staff_id}")
    set_tickets(connection, conversation_id, "waiting", "taken")
    note_event(connection, HELD, at, conversation_id, staff_id)
    return before is not None and before.status == HELD and before.holder_id == staff_id


def keep(connection: Connection, conversation_id: str, staff_id: int, at: datetime) -> None:
    """Renew the lease of who acts. Raises HeldByOther."""
    held = (desk.c.conversation_id == conversation_id, desk.c.holder_id == staff_id, desk.c.status == HELD)
    values = {"lease_until": at + LEASE, "changed_at": at}
    if not connection.execute(update(desk).where(*held).values(values)).rowcount:
        raise holder_of(connection, conversation_id)


def release(connection: Connection, conversation_id: str, wrap_up: str, at: datetime) -> None:
    """Give a conversation back to the assistant, in the caller's transaction; what it asked for is forgotten."""
    values = {"status": DONE, "holder_id": None, "lease_until": None, "closed_at": at, "changed_at": at}
    connection.execute(one(conversation_id).values(wrap_up=wrap_up, **values))
    set_holder(connection, conversation_id, None)
    set_tickets(connection, conversation_id, "taken", "closed")
    state = connection.scalar(select(trackers.c.state).where(trackers.c.conversation_id == conversation_id))
    if state and state.get("form"):
        slots = {name: value for name, value in state.get("slots", {}).items() if name not in _FORM_SLOTS}
        kept = {**state, "form": None, "slots": slots}
        connection.execute(update(trackers).where(trackers.c.conversation_id == conversation_id).values(state=kept))


# What the form for a contact keeps in the dialogue's memory: after a person answered, it asks no more.
_FORM_SLOTS = ("ticket", "contact", "reason", "requested_slot")


def locked(connection: Connection, conversation_id: str) -> Any:
    """Lock a conversation and return id, channel and held_by. Raises UnknownConversation."""
    row = lock(connection, conversation_id)
    if row is None:
        raise UnknownConversation(conversation_id)
    return row


def one(conversation_id: str) -> Any:
    """Return an update of the desk's row of a conversation."""
    return update(desk).where(desk.c.conversation_id == conversation_id)


def holder_of(connection: Connection, conversation_id: str) -> HeldByOther:
    """Return who has a conversation, as the finding to raise."""
    query = (
        select(conversations.c.held_by, desk.c.holder_id, staff.c.name)
        .outerjoin(desk, and_(desk.c.conversation_id == conversations.c.id, desk.c.status == HELD))
        .outerjoin(staff, staff.c.id == desk.c.holder_id)
        .where(conversations.c.id == conversation_id)
    )
    row = connection.execute(query).one()
    if (row.held_by or "").startswith(ZALO):
        return HeldByOther(None, ZALO_CONSOLE)
    return HeldByOther(row.holder_id, row.name or "")


def _row(connection: Connection, conversation_id: str) -> Any:
    return connection.execute(select(desk).where(desk.c.conversation_id == conversation_id)).first()


def _taking(connection: Connection, conversation_id: str, staff_id: int, at: datetime, anyway: bool) -> Any:
    """Return the one statement that takes a conversation which nobody has; without a row nothing was taken."""
    fresh, mine = desk.c.status == DONE, and_(desk.c.status == HELD, desk.c.holder_id == staff_id)
    lease = {"status": HELD, "holder_id": staff_id, "lease_until": at + LEASE, "changed_at": at}
    new = {"conversation_id": conversation_id, "reason": desk_rows.TAKEN, "taken_at": at, "note": "", **lease}
    again: dict[str, Any] = {
        **lease,
        "reason": case((fresh, desk_rows.TAKEN), else_=desk.c.reason),
        "note": case((fresh, ""), else_=desk.c.note),
        "taken_at": case((mine, desk.c.taken_at), else_=at),
        **{
            name: case((fresh, None), else_=desk.c[name])
            for name in ("waiting_since", "answered_at", "closed_at", "wrap_up")
        },
    }
    free = None if anyway else or_(desk.c.status != HELD, desk.c.lease_until <= at, desk.c.holder_id == staff_id)
    taking = inserting(connection, desk).values(new)
    updating = taking.on_conflict_do_update(index_elements=["conversation_id"], set_=again, where=free)
    return updating.returning(desk.c.holder_id)


def set_holder(connection: Connection, conversation_id: str, held_by: str | None) -> None:
    """Say who answers in a conversation; None: the assistant."""
    connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(held_by=held_by))


def set_tickets(connection: Connection, conversation_id: str, before: str, after: str) -> None:
    """Move a conversation's tickets from one status to another."""
    of_it = (tickets.c.conversation_id == conversation_id, tickets.c.status == before)
    connection.execute(update(tickets).where(*of_it).values(status=after))

"""Conversations that staff answer in the Zalo account's own console, where we only see that they do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, delete, or_, select, update

from storage.database import upserts, writing
from storage.desk_rows import DONE, HELD, note_event
from storage.schema import conversations, now, zalo_takeovers

_HOLDER = "zalo:"


def take_over(engine: Engine, conversation_id: str, admin_id: str, at: datetime) -> None:
    """Note that a member of staff has just written; hold the conversation unless somebody else here does."""
    row = {"conversation_id": conversation_id, "answered_at": at}
    theirs = or_(conversations.c.held_by.is_(None), conversations.c.held_by.startswith(_HOLDER))
    with writing(engine) as connection:
        held = update(conversations).where(conversations.c.id == conversation_id, theirs)
        if connection.execute(held.values(held_by=_HOLDER + admin_id)).rowcount:
            connection.execute(upserts(zalo_takeovers)[connection.dialect.name], row)
            note_event(connection, HELD, at, conversation_id)


def release_idle(engine: Engine, before: datetime) -> int:
    """Give conversations back to the assistant in which staff wrote last before a moment; return how many."""
    idle = select(zalo_takeovers.c.conversation_id).where(zalo_takeovers.c.answered_at < before)
    with writing(engine) as connection:
        found = connection.scalars(idle).all()
        if found:
            held = update(conversations).where(
                conversations.c.id.in_(found), conversations.c.held_by.startswith(_HOLDER)
            )
            connection.execute(held.values(held_by=None))
            for conversation_id in found:
                note_event(connection, DONE, now(), conversation_id)
            connection.execute(delete(zalo_takeovers).where(zalo_takeovers.c.conversation_id.in_(found)))
    return len(found)

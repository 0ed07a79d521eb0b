"""Which channels are paused, by whom and why; every change leaves a line in `audit`, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, bindparam, delete, exists, select

from storage.audit import note
from storage.database import upserts, writing
from storage.schema import channel_pauses, lanes, now, outbox, people

ALL = "all"
"""In place of a channel's name: every channel."""

PAUSE, RESUME = "channel.pause", "channel.resume"


@dataclass(frozen=True, slots=True)
class Pause:
    """A channel (or ALL) that is switched off; `number` is that of its line in the audit.

    `silent`: nothing at all is sent, neither the notice to those who write nor what staff write.
    """

    channel: str
    number: int
    reason: str
    author: str
    silent: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Untold:
    """Somebody who waits at a paused channel and was not told yet."""

    conversation_id: str
    sender_id: str


def pause(engine: Engine, channel: str, reason: str, author: str, *, silent: bool) -> Pause:
    """Switch a channel off; one that is off already gets the new reason."""
    with writing(engine) as connection:
        number = note(connection, PAUSE, channel, author, reason)
        made = Pause(channel, number, reason, author, silent, now())
        connection.execute(_PUT[connection.dialect.name], {name: getattr(made, name) for name in Pause.__slots__})
    return made


def resume(engine: Engine, channel: str, reason: str, author: str) -> bool:
    """Switch a channel on again; False when it was not off."""
    with writing(engine) as connection:
        if not connection.execute(delete(channel_pauses).where(channel_pauses.c.channel == channel)).rowcount:
            return False
        note(connection, RESUME, channel, author, reason)
    return True


def pauses(engine: Engine) -> list[Pause]:
    """Return what is switched off."""
    with engine.connect() as connection:
        return [Pause(**row._mapping) for row in connection.execute(_ALL_PAUSES)]


def untold(engine: Engine, channel: str, key: str, limit: int) -> Sequence[Untold]:
    """Return people whose messages wait in a channel and to whom nothing with this `key` was ever put in the outbox."""
    with engine.connect() as connection:
        rows = connection.execute(_UNTOLD, {"channel": channel, "key": key, "count": limit}).all()
    return [Untold(*row) for row in rows]


_PUT = upserts(channel_pauses)
_ALL_PAUSES = select(*(channel_pauses.c[name] for name in Pause.__slots__)).order_by(channel_pauses.c.channel)
_TOLD = exists().where(outbox.c.conversation_id == lanes.c.conversation_id, outbox.c.key == bindparam("key"))
_UNTOLD = (
    select(lanes.c.conversation_id, people.c.sender_id)
    .join(people, people.c.conversation_id == lanes.c.conversation_id)
    .where(lanes.c.queue == "inbox", lanes.c.channel == bindparam("channel"), ~_TOLD)
    .order_by(lanes.c.due_at)
    .limit(bindparam("count"))
)

"""Which members of staff are on line, and how long the line at the desk is."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, select, update

from storage.database import writing
from storage.desk_rows import ASKED, HELD, STAFF, WAITING, note_event
from storage.schema import conversations, desk, now, staff

ONLINE, AWAY = "online", "away"
SEEN = timedelta(seconds=60)
"""How long after its last sign of life an open page of the desk still counts."""

GONE = timedelta(minutes=2)
"""When nobody was seen for so long, those who wait are told that nobody is there."""

DESK_ROLES = ("agent", "supervisor", "administrator")
_WAITS_KNOWN = 50  # the newest waits, from which the next one is estimated
_FEWEST_WAITS = 5  # from fewer nothing is promised


@dataclass(frozen=True, slots=True)
class Line:
    """How many wait at the desk for an answer now, and for how many minutes probably; None: not known yet."""

    waiting: int
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff as the others see them; `load`: how many conversations they hold."""

    id: int
    name: str
    role: str
    presence: str
    load: int


def set_presence(engine: Engine, staff_id: int, presence: str) -> None:
    """Note that somebody is on line, or away."""
    at = now()
    with writing(engine) as connection:
        connection.execute(update(staff).where(staff.c.id == staff_id).values(presence=presence, seen_at=at))
        note_event(connection, "presence", at, staff_id=staff_id)


def presence_of(engine: Engine, staff_id: int) -> str:
    """Return what somebody said of themselves, whether a page of theirs is open or not."""
    with engine.connect() as connection:
        return connection.scalar(select(staff.c.presence).where(staff.c.id == staff_id)) or AWAY


def note_seen(engine: Engine, staff_id: int) -> None:
    """Note that an open page of the desk shows that somebody is there; whoever comes back is told to the others."""
    at = now()
    with writing(engine) as connection:
        seen_at = connection.scalar(select(staff.c.seen_at).where(staff.c.id == staff_id))
        connection.execute(update(staff).where(staff.c.id == staff_id).values(seen_at=at))
        if seen_at is None or seen_at < at - SEEN:
            note_event(connection, "presence", at, staff_id=staff_id)


def anybody_on_line(connection: Connection, at: datetime, *, within: timedelta = SEEN) -> bool:
    """Tell whether a member of staff is at the desk now."""
    return connection.scalar(select(staff.c.id).where(*_there(at - within)).limit(1)) is not None


def is_on_line(connection: Connection, staff_id: int, at: datetime) -> bool:
    """Tell whether this member of staff is at the desk now."""
    there = select(staff.c.id).where(staff.c.id == staff_id, *_there(at - SEEN))
    return connection.scalar(there) is not None


def colleagues(engine: Engine) -> Sequence[Colleague]:
    """Return everybody who works at the desk, those on line first."""
    there_since = now() - SEEN
    held = select(desk.c.holder_id, func.count().label("load")).where(desk.c.status == HELD).group_by(desk.c.holder_id)
    loads = held.subquery()
    query = (
        select(staff.c.id, staff.c.name, staff.c.role, staff.c.presence, staff.c.seen_at, loads.c.load)
        .outerjoin(loads, loads.c.holder_id == staff.c.id)
        .where(staff.c.active, staff.c.role.in_(DESK_ROLES))
        .order_by(staff.c.name)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    found = [
        Colleague(
            row.id,
            row.name,
            row.role,
            ONLINE if row.presence == ONLINE and row.seen_at and row.seen_at > there_since else AWAY,
            row.load or 0,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: one.presence != ONLINE)


class Staffing:
    """What the assistant asks about the desk before it promises a person."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def on_line(self) -> bool:
        """Tell whether a member of staff is at the desk now."""
        with self._engine.connect() as connection:
            return anybody_on_line(connection, now())

    def line(self) -> Line | None:
        """Return how many wait and about how long; None when nobody is at the desk."""
        with self._engine.connect() as connection:
            if not anybody_on_line(connection, now()):
                return None
            waiting = connection.scalar(_WAITING_NOW) or 0
            waits = connection.execute(_WAITS).all()
        if len(waits) < _FEWEST_WAITS:
            return Line(waiting, None)
        usual = statistics.median((row.taken_at - row.waiting_since).total_seconds() for row in waits)
        return Line(waiting, max(1, math.ceil(usual / 60)))


def _there(since: datetime) -> tuple[Any, ...]:
    return (staff.c.active, staff.c.presence == ONLINE, staff.c.seen_at > since, staff.c.role.in_(DESK_ROLES))


# Those who left a contact or go on with the assistant do not stand in the line.
_WAITING_NOW = (
    select(func.count())
    .select_from(desk.join(conversations, conversations.c.id == desk.c.conversation_id))
    .where(desk.c.status == WAITING, conversations.c.held_by == STAFF)
)
_WAITS = (
    select(desk.c.taken_at, desk.c.waiting_since)
    .where(desk.c.taken_at.is_not(None), desk.c.waiting_since.is_not(None), desk.c.reason == ASKED)
    .order_by(desk.c.taken_at.desc())
    .limit(_WAITS_KNOWN)
)

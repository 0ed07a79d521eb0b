"""What happened at the desk, in the order it is told to the open pages: a conversation changed, somebody came or went.

An event says only where to look again, so telling it twice does no harm. PostgreSQL draws ids before it commits: a
smaller id may appear after a bigger one, which is why readers ask for missing ids until `SETTLED` has passed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, bindparam, func, select

from storage.schema import desk_events, now

PAGE = 1_000
SETTLED = timedelta(seconds=10)
"""How long a transaction may take between drawing an event's id and showing it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a conversation or a member of staff."""

    id: int
    conversation_id: str | None
    kind: str
    staff_id: int | None
    created_at: datetime


class Reader:
    """Reads every event once, also those that appear late; belongs to one task at a time."""

    def __init__(self, engine: Engine) -> None:
        """Begin after the newest event."""
        self._engine = engine
        self._last = 0
        self._missing: dict[int, datetime] = {}  # ids that were passed over, and when

    @property
    def last(self) -> int:
        """The biggest id that was read."""
        return self._last

    def skip_to(self, number: int) -> None:
        """Go on after an event, as if all before it had been read."""
        self._last, self._missing = number, {}

    def fresh(self) -> list[Event]:
        """Return the events that were not returned before, at most PAGE at once."""
        at = now()
        late = found(self._engine, self._missing)
        news = after(self._engine, self._last)
        for event in late:
            del self._missing[event.id]
        self._missing = {number: since for number, since in self._missing.items() if since > at - SETTLED}
        if news:
            came = {event.id for event in news}
            passed = range(max(self._last + 1, news[-1].id - PAGE), news[-1].id)
            self._missing |= {number: at for number in passed if number not in came}
            self._last = news[-1].id
        return late + news


def newest(engine: Engine) -> int:
    """Return the id of the newest event, 0 before the first."""
    with engine.connect() as connection:
        return connection.scalar(_NEWEST) or 0


def found(engine: Engine, ids: Collection[int]) -> list[Event]:
    """Return the events of these ids that there are."""
    if not ids:
        return []
    with engine.connect() as connection:
        return [Event(*row) for row in connection.execute(_THESE, {"ids": list(ids)})]


def after(engine: Engine, number: int, limit: int = PAGE) -> list[Event]:
    """Return the events with a bigger id, in order."""
    with engine.connect() as connection:
        return [Event(*row) for row in connection.execute(_AFTER, {"number": number, "count": limit})]


def settled(engine: Engine, number: int) -> int:
    """Return from where a reader goes on who saw the events up to `number`: nothing before it is to come."""
    with engine.connect() as connection:
        at = connection.scalar(_MOMENT, {"number": number})
        moment = min(at or now(), now()) - SETTLED
        return connection.scalar(_OLDER, {"moment": moment}) or 0


_C = desk_events.c
_NEWEST = select(func.max(_C.id))
_AFTER = (
    select(*(_C[name] for name in Event.__slots__))
    .where(_C.id > bindparam("number"))
    .order_by(_C.id)
    .limit(bindparam("count"))
)
_THESE = (
    select(*(_C[name] for name in Event.__slots__)).where(_C.id.in_(bindparam("ids", expanding=True))).order_by(_C.id)
)
_MOMENT = select(_C.created_at).where(_C.id <= bindparam("number")).order_by(_C.id.desc()).limit(1)
_OLDER = select(func.max(_C.id)).where(_C.created_at < bindparam("moment"))

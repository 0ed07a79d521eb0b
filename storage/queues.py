"""A table as a queue: work is claimed for a while, one thing at a time of each conversation, in order.

Inbox and outbox are such tables. Each conversation that has something open in a queue has one row in `lanes`, which
says when its next thing may be claimed; claiming moves that moment to the end of a lease, so that the work of a process
that died is free again by itself. The lane is also the lock: claiming looks at few rows however long the queue is.
`attempts` grows with each claim, so who comes back after the lease ran out changes nothing any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import conversations, lanes, now

# Both speak of conflicts in the same words, but SQLAlchemy's own `insert` has none.
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Status(StrEnum):
    """Where a row of a queue stands."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    DEAD = "dead"  # given up: kept to be looked at and to be tried again by hand


OPEN = (Status.WAITING, Status.WORKING)


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows of a channel have a status, and when the oldest of them came."""

    channel: str
    status: Status
    count: int
    oldest: datetime


class Queue:
    """The statements of one queue; `key` makes a row unique, `order` is how those of a conversation follow another."""

    def __init__(
        self,
        table: Table,
        key: Sequence[str],
        order: Sequence[str],
        came: str,
        on_claim: Mapping[str, Any] = MappingProxyType({}),
        on_revive: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Build the statements once; `came` is the column of arrival, the last two are what else is then changed."""
        c = table.c
        lane = (lanes.c.queue == table.name) & (lanes.c.conversation_id == bindparam("conversation"))
        self._table, self._came, self._on_revive = table, c[came], on_revive
        self._add = {name: make(table).on_conflict_do_nothing(index_elements=key) for name, make in _INSERTS.items()}
        self._add_working = {name: statement.returning(c.id) for name, statement in self._add.items()}
        self._new_lane = {name: make(lanes).on_conflict_do_nothing() for name, make in _INSERTS.items()}
        self._open_lane = {name: _opening(make(lanes)) for name, make in _INSERTS.items()}
        self._due_lanes = (
            select(lanes.c.conversation_id)
            .where(
                lanes.c.queue == table.name,
                lanes.c.channel.in_(bindparam("channels", expanding=True)),
                lanes.c.due_at <= bindparam("at"),
            )
            .order_by(lanes.c.due_at)
            .limit(bindparam("count"))
            .with_for_update(skip_locked=True)
        )
        self._lock_lane = select(lanes.c.due_at).where(lane).with_for_update()
        self._move_lane = update(lanes).where(lane).values(due_at=bindparam("until"))
        self._close_lane = delete(lanes).where(lane)
        still_open = select(c.id).where(c.conversation_id == lanes.c.conversation_id, c.status.in_(OPEN)).exists()
        self._close_empty_lane = delete(lanes).where(lane, ~still_open)
        mine = (c.conversation_id == bindparam("conversation"), c.status.in_(OPEN))
        self._next = select(c.id, c.due_at).where(*mine).order_by(*(c[name] for name in order)).limit(1)
        values = {"status": Status.WORKING, "attempts": c.attempts + 1, **on_claim}
        self._begin = update(table).where(c.id == bindparam("row_id")).values(values).returning(*c)
        held = (c.id == bindparam("row_id"), c.attempts == bindparam("claimed"), c.status == Status.WORKING)
        self._settle = update(table).where(*held)
        self._remove = delete(table).where(*held)

    def add(self, connection: Connection, row: dict[str, Any]) -> bool:
        """Add a row that waits, unless one with its key is there; tell whether it was added."""
        row = {"status": Status.WAITING, "attempts": 0, **row}
        added = bool(connection.execute(self._add[connection.dialect.name], row).rowcount)
        if added:
            self._open(connection, row["conversation_id"], row["channel"], row["due_at"])
        return added

    def add_working(self, connection: Connection, row: dict[str, Any], lease: timedelta) -> int | None:
        """Add a row as claimed already, where its conversation has nothing open; return its id.

        None, and nothing is changed, where something is open or the row is there.
        """
        lane = self._lane(row["conversation_id"], row["channel"], now() + lease)
        if not connection.execute(self._new_lane[connection.dialect.name], lane).rowcount:
            return None
        row = {"status": Status.WORKING, "attempts": 1, **row}
        added: int | None = connection.execute(self._add_working[connection.dialect.name], row).scalar()
        if added is None:
            connection.execute(self._close_lane, {"conversation": row["conversation_id"]})
        return added

    def claim(
        self, connection: Connection, channels: Collection[str], count: int, lease: timedelta
    ) -> Sequence[Row[Any]]:
        """Claim up to `count` rows, each of another conversation, and return them as they now are."""
        at = now()
        given = {"at": at, "channels": list(channels), "count": count}
        claimed = [
            self._claim_next(connection, name, at + lease) for name in connection.scalars(self._due_lanes, given).all()
        ]
        return [row for row in claimed if row is not None]

    def claim_one(self, connection: Connection, conversation_id: str, row_id: int, lease: timedelta) -> Row[Any] | None:
        """Claim one row if it is next in its conversation and nothing there is under way."""
        at, here = now(), {"conversation": conversation_id}
        due_at = connection.scalar(self._lock_lane, here)
        following = connection.execute(self._next, here).first()
        if due_at is None or due_at > at or following is None or following.id != row_id:
            return None
        return self._claim_next(connection, conversation_id, at + lease)

    def settle(self, connection: Connection, conversation_id: str, row_id: int, claimed: int, **values: Any) -> bool:
        """Change a row that is still held by its `claimed`-th claim, and free its lane; tell whether it was held."""
        return self._let_go(connection, conversation_id, self._settle.values(values), row_id, claimed)

    def remove(self, connection: Connection, conversation_id: str, row_id: int, claimed: int) -> bool:
        """Delete a row that is still held by its `claimed`-th claim, and free its lane; tell whether it was held."""
        return self._let_go(connection, conversation_id, self._remove, row_id, claimed)

    def revive(self, connection: Connection, ids: Collection[int]) -> list[int]:
        """Make dead rows wait again as if new; return the ids of those that were dead."""
        c, at = self._table.c, now()
        again = (
            update(self._table)
            .where(c.id.in_(ids), c.status == Status.DEAD)
            .values(status=Status.WAITING, attempts=0, due_at=at, reason=None, **self._on_revive)
            .returning(c.id, c.conversation_id, c.channel)
        )
        revived = connection.execute(again).all()
        for row in revived:
            self._open(connection, row.conversation_id, row.channel, at)
        return [row.id for row in revived]

    def sizes(self, connection: Connection) -> list[Size]:
        """Return how much there is, by channel and status."""
        c = self._table.c
        groups = (c.channel, c.status)
        counted = select(*groups, func.count(), func.min(self._came)).group_by(*groups).order_by(*groups)
        found = connection.execute(counted).all()
        return [Size(channel, Status(status), count, oldest) for channel, status, count, oldest in found]

    def dead(self, connection: Connection, limit: int) -> Sequence[Row[Any]]:
        """Return what was given up, newest first."""
        found = select(self._table).where(self._table.c.status == Status.DEAD).order_by(self._table.c.id.desc())
        return connection.execute(found.limit(limit)).all()

    def forget(self, connection: Connection, status: Status, before: datetime) -> int:
        """Delete the rows of a status that came before a moment; return how many there were."""
        old = delete(self._table).where(self._table.c.status == status, self._came < before)
        return connection.execute(old).rowcount

    def _open(self, connection: Connection, conversation_id: str, channel: str, due_at: datetime) -> None:
        """Make sure that there is a lane; one that is there keeps its moment."""
        connection.execute(self._open_lane[connection.dialect.name], self._lane(conversation_id, channel, due_at))

    def _lane(self, conversation_id: str, channel: str, due_at: datetime) -> dict[str, Any]:
        return {"queue": self._table.name, "conversation_id": conversation_id, "channel": channel, "due_at": due_at}

    def _claim_next(self, connection: Connection, conversation_id: str, until: datetime) -> Row[Any] | None:
        here = {"conversation": conversation_id}
        following = connection.execute(self._next, here).first()
        if following is None:
            connection.execute(self._close_lane, here)
            return None
        connection.execute(self._move_lane, {**here, "until": until})
        return connection.execute(self._begin, {"row_id": following.id}).one()

    def _let_go(self, connection: Connection, conversation_id: str, statement: Any, row_id: int, claimed: int) -> bool:
        here = {"conversation": conversation_id}
        # First the lane: what is read after that includes all that others have added (they take it too). SQLite has
        # one writer at a time anyway.
        if connection.dialect.name != "sqlite":
            connection.execute(self._lock_lane, here)
        if not connection.execute(statement, {"row_id": row_id, "claimed": claimed}).rowcount:
            return False
        if not connection.execute(self._close_empty_lane, here).rowcount:
            following = connection.execute(self._next, here).first()
            if following is not None:
                connection.execute(self._move_lane, {**here, "until": following.due_at})
        return True


def lock_conversation(connection: Connection, conversation_id: str) -> bool:
    """Wait until nobody else writes what is sent in the conversation; tell whether it exists."""
    return connection.execute(_LOCK_ONE, {"conversation": conversation_id}).first() is not None


_LOCK_ONE = (
    select(conversations.c.id).where(conversations.c.id == bindparam("conversation")).with_for_update(key_share=True)
)


def _opening(adding: Any) -> Any:
    # Changes nothing, but takes the lock, and adds the lane anew when it is just being closed.
    return adding.on_conflict_do_update(index_elements=["queue", "conversation_id"], set_={"due_at": lanes.c.due_at})

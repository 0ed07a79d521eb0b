"""Moving what was just written to another time of day: the demonstration fills a day in a minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, delete, insert, select, update

from storage.database import writing
from storage.schema import UtcDateTime, audit, checks, conversations, desk, held_answers, metadata, questions, staff

Clock = Callable[[datetime], datetime]


def move_conversation(engine: Engine, conversation_id: str, began: datetime, clock: Clock) -> None:
    """Give everything of a conversation, and what staff did since it `began`, the moments `clock` makes of its own."""
    with writing(engine) as connection:
        for table in metadata.sorted_tables:
            known = table.c.id if table is conversations else table.c.get("conversation_id")
            if known is not None:
                _move(connection, table, known == conversation_id, clock)
        _move(connection, audit, audit.c.created_at >= began, clock)


def move_check(engine: Engine, number: int, clock: Clock) -> None:
    """Do the same with a run of the regression cases."""
    with writing(engine) as connection:
        _move(connection, checks, checks.c.id == number, clock)


def keep_at_desk(engine: Engine, until: datetime) -> None:
    """Let those at the desk stay there, and what waits for them wait, until a moment to come."""
    with writing(engine) as connection:
        connection.execute(update(staff).where(staff.c.presence == "online").values(seen_at=until))
        connection.execute(update(desk).where(desk.c.lease_until.is_not(None)).values(lease_until=until))
        connection.execute(update(held_answers).where(held_answers.c.status == "waiting").values(due_at=until))


def put_in_order(engine: Engine) -> None:
    """Number questions and lines of the audit anew, so that the later ones have the higher numbers."""
    with writing(engine) as connection:
        for table in (questions, audit):
            rows = connection.execute(select(table).order_by(table.c.created_at, table.c.id)).mappings().all()
            connection.execute(delete(table))
            if rows:
                connection.execute(insert(table), [{**row, "id": number} for number, row in enumerate(rows, 1)])


def _move(connection: Connection, table: Table, which: Any, clock: Clock) -> None:
    moments = [column for column in table.c if isinstance(column.type, UtcDateTime)]
    keys = list(table.primary_key)
    for row in connection.execute(select(*keys, *moments).where(which)).all() if moments else ():
        told = row._mapping
        moved = {column.name: clock(told[column]) for column in moments if told[column] is not None}
        mine = and_(*(key == told[key] for key in keys))
        connection.execute(update(table).where(mine).values(moved))

"""Tickets: questions that wait for a person."""

from __future__ import annotations

from sqlalchemy import Engine, func, insert, select, update

from storage.database import writing
from storage.desk_rows import ASKED, LEFT, leave
from storage.schema import now, tickets


class Tickets:
    """The tickets of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def open(self, conversation_id: str, contact: str, reason: str) -> int:
        """Leave a ticket for staff and return its number."""
        row = {
            "conversation_id": conversation_id,
            "contact": contact,
            "reason": reason,
            "status": "waiting",
            "created_at": now(),
        }
        with writing(self._engine) as connection:
            number: int = connection.execute(insert(tickets).values(row).returning(tickets.c.id)).scalar_one()
            return number

    def waiting(self) -> int:
        """Return how many tickets no one has taken yet."""
        with self._engine.connect() as connection:
            return connection.scalar(select(func.count()).where(tickets.c.status == "waiting")) or 0

    def update(self, number: int, *, contact: str | None = None, reason: str | None = None) -> None:
        """Write how the person can be reached, or what they need; what is not given stays."""
        values = {name: value for name, value in (("contact", contact), ("reason", reason)) if value is not None}
        with writing(self._engine) as connection:
            connection.execute(update(tickets).where(tickets.c.id == number).values(values))

    def withdraw(self, number: int) -> None:
        """Take a ticket back that its writer gave up, and the conversation off the desk where it waits for that."""
        withdrawn = update(tickets).where(tickets.c.id == number).values(status="withdrawn")
        with writing(self._engine) as connection:
            conversation_id = connection.execute(withdrawn.returning(tickets.c.conversation_id)).scalar()
            if conversation_id is not None:
                leave(connection, conversation_id, (ASKED, LEFT), "withdrawn", now())

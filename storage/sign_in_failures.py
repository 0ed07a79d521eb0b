"""Attempts to sign in that were not right, counted by whom they were for and where they came from.

Neither a login nor an address stands here: both are hashed with the installation's secret before they come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, text

from storage.database import writing
from storage.schema import now, sign_in_failures

KEPT = timedelta(days=1)
"""How long a failure counts; `storage.retention` then deletes it."""
_C = sign_in_failures.c


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that may be made (`id`), or after how long one may be."""

    id: int | None
    wait: timedelta


Rule = Callable[[Sequence[datetime], Sequence[datetime], datetime], timedelta]
"""How long to wait, from the failures for this login from this source, those for all logins from it, and now."""


class Failures:
    """The failures of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def begin(self, login: str, source: str, rule: Rule) -> Begun:
        """Count an attempt as failed before it is made, if the rule allows it.

        Counted first, so that many at the same moment are not all let through.
        """
        at = now()
        with writing(self._engine) as connection:
            _lock(connection, source)
            failed = select(_C.login, _C.failed_at).where(_C.source == source, _C.failed_at > at - KEPT)
            rows = connection.execute(failed.order_by(_C.failed_at)).all()
            mine = [row.failed_at for row in rows if row.login == login]
            wait = rule(mine, [row.failed_at for row in rows], at)
            if wait > timedelta(0):
                return Begun(None, wait)
            row = {"login": login, "source": source, "failed_at": at}
            number = connection.execute(insert(sign_in_failures).values(row).returning(_C.id)).scalar_one()
        return Begun(number, timedelta(0))

    def take_back(self, number: int) -> None:
        """Count an attempt no longer: it was right as far as it went."""
        with writing(self._engine) as connection:
            connection.execute(delete(sign_in_failures).where(_C.id == number))

    def forget(self, login: str, source: str) -> None:
        """Count from the start again: somebody signed in."""
        with writing(self._engine) as connection:
            connection.execute(delete(sign_in_failures).where(_C.login == login, _C.source == source))


def _lock(connection: Connection, source: str) -> None:
    """Let those who come from the same source follow one another; SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:source, 5))"), {"source": source})

"""Runs of the regression cases: when, by whom, how far, and what was found wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text, update

from storage.database import writing
from storage.schema import checks, now

ALL, NIGHTLY = "all", "nightly"
RUNNING, DONE, FAILED = "running", "done", "failed"
LONGEST = timedelta(minutes=30)  # a run that still says so after this was cut off with its process
# Any number will do as long as every process of ours takes the same one.
_NIGHTLY_LOCK = 1024


@dataclass(frozen=True, slots=True)
class Check:
    """One run; `scope` is `all` or a procedure's code.

    `wrong` holds what came out wrong, `fallen` those of them that were right before: {"id", "question", "kind",
    "expected", "contains", "outcome", "found", "text"}.
    """

    id: int
    scope: str
    started_by: str
    status: str
    count: int
    done: int
    right: int
    fallen: list[dict[str, Any]]
    wrong: list[dict[str, Any]]
    started_at: datetime
    ended_at: datetime | None


class Checks:
    """The runs of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def start(self, scope: str, started_by: str) -> int:
        """Write down that a run begins and return its number."""
        with writing(self._engine) as connection:
            return _start(connection, scope, started_by)

    def start_nightly(self, due: datetime) -> int | None:
        """Begin the run that was due at a moment; None when any process began one since."""
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _NIGHTLY_LOCK})
            begun = select(checks.c.id).where(checks.c.started_by == NIGHTLY, checks.c.started_at >= due)
            if connection.scalar(begun.limit(1)) is not None:
                return None
            return _start(connection, ALL, NIGHTLY)

    def progress(self, number: int, done: int, count: int, right: int) -> None:
        """Write down how far a run is."""
        self._update(number, done=done, count=count, right=right)

    def end(self, number: int, right: int, fallen: list[dict[str, Any]], wrong: list[dict[str, Any]]) -> None:
        """Write down what a run found."""
        self._update(number, status=DONE, right=right, fallen=fallen, wrong=wrong, ended_at=now())

    def fail(self, number: int) -> None:
        """Write down that a run broke."""
        self._update(number, status=FAILED, ended_at=now())

    def get(self, number: int) -> Check | None:
        """Return a run."""
        self._close_cut_off()
        with self._engine.connect() as connection:
            row = connection.execute(_ALL.where(checks.c.id == number)).first()
            return None if row is None else Check(*row)

    def newest(self, limit: int, before: int | None = None) -> list[Check]:
        """Return the newest runs, newest first, older than the run `before`."""
        self._close_cut_off()
        query = _ALL.order_by(checks.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(checks.c.id < before)
        with self._engine.connect() as connection:
            return [Check(*row) for row in connection.execute(query)]

    def last_done(self, scope: str = ALL) -> Check | None:
        """Return the newest run of a scope that came to its end."""
        query = _ALL.where(checks.c.scope == scope, checks.c.status == DONE).order_by(checks.c.id.desc()).limit(1)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
            return None if row is None else Check(*row)

    def running(self, scope: str = ALL) -> int | None:
        """Return the number of the run of a scope that is under way, in any process."""
        query = select(func.max(checks.c.id)).where(
            checks.c.scope == scope, checks.c.status == RUNNING, checks.c.started_at > now() - LONGEST
        )
        with self._engine.connect() as connection:
            number: int | None = connection.scalar(query)
        return number

    def _close_cut_off(self) -> None:
        cut_off = (checks.c.status == RUNNING) & (checks.c.started_at <= now() - LONGEST)
        with self._engine.connect() as connection:
            if connection.scalar(select(checks.c.id).where(cut_off).limit(1)) is None:
                return
        with writing(self._engine) as connection:
            connection.execute(update(checks).where(cut_off).values(status=FAILED, ended_at=now()))

    def _update(self, number: int, **values: Any) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(checks).where(checks.c.id == number).values(values))


_ALL = select(*(checks.c[name] for name in Check.__slots__))


def _start(connection: Connection, scope: str, started_by: str) -> int:
    row = {
        "scope": scope,
        "started_by": started_by,
        "status": RUNNING,
        "count": 0,
        "done": 0,
        "right": 0,
        "fallen": [],
        "wrong": [],
        "started_at": now(),
    }
    number: int = connection.execute(insert(checks).values(row).returning(checks.c.id)).scalar_one()
    return number

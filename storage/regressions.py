"""Regression cases kept in the database: questions whose right answer is known, made by editors out of what happened.

A case is one line of an evaluation file (docs/evaluation.md). Those that come with the program stay in their file; a
row here may silence one of them (`silence`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, delete, insert, select, update

from storage.audit import note
from storage.database import writing
from storage.schema import now, regressions

_FILE = "file:"  # origin of a row that silences a case of the program's own file


@dataclass(frozen=True, slots=True)
class Regression:
    """A case as stored; `origin` says what it was made from: mark:ID, question:ID or admin."""

    id: int
    case: dict[str, Any]
    codes: tuple[str, ...]
    origin: str
    author: str
    active: bool
    created_at: datetime


class Regressions:
    """The regression cases of one database. `author` is the login of who changes one, for the audit."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def add(self, case: dict[str, Any], codes: Collection[str], origin: str, author: str) -> int:
        """Keep a case and return its number; a second of the same origin and questions is the first."""
        row = {
            "case": case,
            "codes": sorted(codes),
            "origin": origin,
            "author": author,
            "active": True,
            "created_at": now(),
        }
        with writing(self._engine) as connection:
            same = select(regressions.c.id, regressions.c.case).where(
                regressions.c.origin == origin, regressions.c.active
            )
            for held in connection.execute(same):
                if _asked(held.case) == _asked(case):
                    return int(held.id)
            number: int = connection.execute(insert(regressions).values(row).returning(regressions.c.id)).scalar_one()
            note(connection, "regression.add", str(number), author, origin)
            return number

    def get(self, number: int) -> Regression | None:
        """Return a case."""
        with self._engine.connect() as connection:
            row = connection.execute(_ALL.where(regressions.c.id == number)).first()
            return None if row is None else _read(row)

    def active(self, codes: Collection[str] | None = None) -> Sequence[Regression]:
        """Return the cases that are run, all or those about any of these procedures, oldest first."""
        found = self.list(active=True)
        return found if codes is None else [case for case in found if set(case.codes) & set(codes)]

    def list(self, *, active: bool | None = None) -> Sequence[Regression]:
        """Return the cases, oldest first: all, those that are run, or those that are not."""
        query = _ALL.where(~regressions.c.origin.startswith(_FILE)).order_by(regressions.c.id)
        if active is not None:
            query = query.where(regressions.c.active == active)
        with self._engine.connect() as connection:
            return [_read(row) for row in connection.execute(query)]

    def change(self, number: int, case: dict[str, Any], codes: Collection[str], author: str) -> bool:
        """Put another case in the place of one; False when there is no such one."""
        return self._update(number, {"case": case, "codes": sorted(codes)}, "regression.change", author, "")

    def deactivate(self, number: int, author: str, why: str) -> bool:
        """Run a case no more; False when there is no such one."""
        return self._update(number, {"active": False}, "regression.deactivate", author, why)

    def activate(self, number: int, author: str, why: str) -> bool:
        """Run a case again; False when there is no such one."""
        return self._update(number, {"active": True}, "regression.activate", author, why)

    def deactivate_of(self, origin: str, author: str, why: str) -> int:
        """Run no more what was made from one thing, such as question:12; return how many cases that were."""
        query = select(regressions.c.id).where(regressions.c.origin == origin, regressions.c.active)
        with self._engine.connect() as connection:
            numbers = connection.scalars(query).all()
        return sum(self.deactivate(number, author, why) for number in numbers)

    def silenced(self) -> set[str]:
        """Return the ids of the cases of the program's file that are not run."""
        query = select(regressions.c.origin).where(regressions.c.origin.startswith(_FILE))
        with self._engine.connect() as connection:
            return {origin.removeprefix(_FILE) for origin in connection.scalars(query)}

    def silence(self, identity: str, author: str, why: str) -> None:
        """Run a case of the program's file no more."""
        origin = _FILE + identity
        row = {"case": {}, "codes": [], "origin": origin, "author": author, "active": False, "created_at": now()}
        with writing(self._engine) as connection:
            held = select(regressions.c.id).where(regressions.c.origin == origin)
            if connection.scalar(held) is None:
                connection.execute(insert(regressions).values(row))
                note(connection, "regression.silence", identity, author, why)

    def voice(self, identity: str, author: str, why: str) -> None:
        """Run a case of the program's file again."""
        with writing(self._engine) as connection:
            gone = delete(regressions).where(regressions.c.origin == _FILE + identity)
            if connection.execute(gone).rowcount:
                note(connection, "regression.voice", identity, author, why)

    def _update(self, number: int, values: dict[str, Any], action: str, author: str, why: str) -> bool:
        with writing(self._engine) as connection:
            if not connection.execute(update(regressions).where(regressions.c.id == number).values(values)).rowcount:
                return False
            note(connection, action, str(number), author, why)
            return True


_ALL = select(*(regressions.c[name] for name in Regression.__slots__))


def _read(row: Row[Any]) -> Regression:
    return Regression(**{**row._mapping, "codes": tuple(row.codes)})


def _asked(case: dict[str, Any]) -> Sequence[Any]:
    return case.get("turns") or [case.get("question")]

"""Reading what the catalogue was and how it changed; `knowledge.publishing` makes the changes."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, Engine

from knowledge.catalog import FAQ
from knowledge.days import today
from knowledge.records import from_json
from knowledge.types import Procedure, Status
from knowledge.wording import FieldChange, compare
from storage.procedures import Change, Names, fetch_change, fetch_changes, fetch_names, fetch_states, merged
from storage.versions import (
    VersionRow,
    fetch_change_versions,
    fetch_expiring,
    fetch_history,
    fetch_old,
    fetch_version,
    fetch_waiting,
)

_SOON = timedelta(days=30)  # time enough to prepare the edition that follows


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of one procedure: what it says, and who made it when and why.

    `change_id` is the change of the catalogue it belongs to, None for a draft; an empty `author` is a program's.
    `live`: this is what citizens are told now (or, for a withdrawn one, not told).
    """

    procedure: Procedure
    number: int
    status: Status
    origin: str
    author: str
    reason: str
    created_at: datetime
    change_id: int | None
    live: bool


class Concern(StrEnum):
    """Why somebody should look at a procedure."""

    EXPIRED = "expired"
    EXPIRES_SOON = "expires_soon"
    SCHEDULED = "scheduled"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Warned:
    """A procedure to look at, and the day its concern is about."""

    concern: Concern
    code: str
    name: str
    day: date


class History:
    """Every version of every procedure of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def of(self, code: str) -> list[Edition]:
        """Return all versions of a procedure, newest first; empty when there was never one."""
        with self._engine.connect() as connection:
            held = fetch_states(connection, [code]).get(code)
            names = called_now(connection, code)
            return [_edition(row, held.version if held else None, names) for row in fetch_history(connection, code)]

    def edition(self, code: str, number: int | None = None) -> Edition | None:
        """Return one version of a procedure, the newest when no number is given."""
        with self._engine.connect() as connection:
            held = fetch_states(connection, [code]).get(code)
            row = fetch_version(connection, code, number)
            names = called_now(connection, code)
        return None if row is None else _edition(row, held.version if held else None, names)

    def waiting(self) -> list[Edition]:
        """Return the drafts and the editions for a coming day, by code."""
        with self._engine.connect() as connection:
            return [_edition(row, None, Names()) for row in fetch_waiting(connection)]

    def diff(self, code: str, before: int, after: int) -> tuple[FieldChange, ...]:
        """Return in which fields two versions differ, word by word. Raises KeyError when there is no such version."""
        with self._engine.connect() as connection:
            rows = [fetch_version(connection, code, number) for number in (before, after)]
        found = [row for row in rows if row is not None]
        if len(found) < 2:
            raise KeyError(code)
        if any(row.names is None for row in found):  # kept before names were: nothing is known of a difference
            found = [replace(row, names=None) for row in found]
        old, new = (replace(_procedure(row, Names()), status=Status(row.status)) for row in found)
        return compare(old, new)

    def changes(self, limit: int = 20) -> list[Change]:
        """Return the newest changes of the catalogue, newest first."""
        with self._engine.connect() as connection:
            return fetch_changes(connection, limit)

    def change(self, number: int) -> tuple[Change, list[tuple[str, int]]] | None:
        """Return one change with the (code, version) of all it touched."""
        with self._engine.connect() as connection:
            found = fetch_change(connection, number)
            return None if found is None else (found, fetch_change_versions(connection, number))

    def warnings(self, day: date | None = None, months: int | None = None) -> list[Warned]:
        """Return what to look at on `day` (today): past its last day, near it, or waiting for its first.

        With `months` also what its publisher has not changed for so long.
        """
        day = day or today()
        with self._engine.connect() as connection:
            expiring = fetch_expiring(connection, day + _SOON)
            waiting = [row for row in fetch_waiting(connection) if row.status == Status.SCHEDULED]
            old = fetch_old(connection, months_before(day, months)) if months else []
        warned = [
            Warned(Concern.EXPIRED if found.day < day else Concern.EXPIRES_SOON, found.code, found.name, found.day)
            for found in expiring
        ]
        warned += [
            Warned(Concern.SCHEDULED, row.code, row.record["name"], row.effective_on)
            for row in waiting
            if row.effective_on
        ]
        return warned + [Warned(Concern.OLD, found.code, found.name, found.day) for found in old]


def months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier, or the last of that month when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def called_now(connection: Connection, code: str) -> Names:
    """Return what a procedure is called now, without the questions of FAQ entries."""
    names = fetch_names(connection, [code]).get(code, {})
    return merged({origin: texts for origin, texts in names.items() if origin != FAQ})


def _procedure(row: VersionRow, otherwise: Names) -> Procedure:
    """Return what a version says; one whose names were not kept is called as it is `otherwise`."""
    names = Names(*map(tuple, (row.names["aliases"], row.names["questions"]))) if row.names else otherwise
    record = from_json(row.record)
    return replace(record, aliases=names.aliases, questions=names.questions, version=row.number)


def _edition(row: VersionRow, live: int | None, names: Names) -> Edition:
    assert row.created_at is not None  # noqa: S101 - set when it was stored
    return Edition(
        _procedure(row, names),
        row.number,
        Status(row.status),
        row.origin,
        row.author,
        row.reason,
        row.created_at,
        row.change_id,
        row.number == live,
    )

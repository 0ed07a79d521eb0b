"""Rows of the history: every edition of every procedure, never changed and never deleted.

A procedure in force (`storage.procedures`) points to one of them. Drafts and editions that wait for their day stand
here only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, insert, literal, or_, select, tuple_, update

from storage.procedures import chunks, last_change
from storage.schema import now, procedure_versions, procedures


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One edition: `record` holds everything but its names, `names` what it was called then (None: not kept).

    `change_id` is the change of the catalogue it belongs to; None for a draft. `created_at` is set when stored.
    """

    code: str
    number: int
    status: str
    kind: str
    origin: str
    fingerprint: str
    record: dict[str, Any]
    names: dict[str, list[str]] | None
    author: str
    reason: str
    updated_at: date | None
    effective_on: date | None
    expires_on: date | None
    change_id: int | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """A published procedure with a date to look at."""

    code: str
    name: str
    day: date


@dataclass(frozen=True, slots=True)
class Listed:
    """One edition as a list shows it, without the whole of its record."""

    code: str
    number: int
    status: str
    kind: str
    origin: str
    author: str
    created_at: datetime
    updated_at: date | None
    effective_on: date | None
    expires_on: date | None
    name: str
    scope: str
    fields: tuple[str, ...]
    levels: tuple[str, ...]


_V = procedure_versions.c
_COLUMNS = [_V[field.name] for field in fields(VersionRow)]
_LIVE = procedure_versions.join(procedures, and_(procedures.c.code == _V.code, procedures.c.version == _V.number))
_later = procedure_versions.alias("later")
# A later import does not cancel what an administrator decided for a coming day; another decision does.
_DECIDED_AGAIN = exists().where(
    _later.c.code == _V.code,
    _later.c.number > _V.number,
    _later.c.origin == "admin",
    _later.c.status != "draft",
)
_SCHEDULED = and_(_V.status == "scheduled", ~_DECIDED_AGAIN)
_NEWER_THAN_LIVE = ~exists().where(procedures.c.code == _V.code, procedures.c.version >= _V.number)
_WAITING = or_(_SCHEDULED, and_(_V.status == "draft", _NEWER_THAN_LIVE))
_IN_FORCE = _V.status.in_(("published", "withdrawn"))


def add_versions(connection: Connection, rows: Sequence[VersionRow]) -> None:
    """Write editions down."""
    at = now()
    for chunk in chunks(rows):
        connection.execute(
            insert(procedure_versions),
            [{field.name: getattr(row, field.name) for field in fields(row)} | {"created_at": at} for row in chunk],
        )


def newest_numbers(connection: Connection, codes: Collection[str] | None = None) -> dict[str, int]:
    """Return the number of the newest edition, draft or not, of every procedure or of those named."""
    query = select(_V.code, func.max(_V.number)).group_by(_V.code)
    asked = [query] if codes is None else [query.where(_V.code.in_(chunk)) for chunk in chunks(list(codes))]
    return {code: number for part in asked for code, number in connection.execute(part)}


def fetch_version(connection: Connection, code: str, number: int | None = None) -> VersionRow | None:
    """Return one edition of a procedure, the newest when no number is given."""
    query = select(*_COLUMNS).where(_V.code == code).order_by(_V.number.desc()).limit(1)
    row = connection.execute(query if number is None else query.where(_V.number == number)).first()
    return None if row is None else VersionRow(*row)


def fetch_versions(connection: Connection, wanted: Iterable[tuple[str, int]]) -> dict[str, VersionRow]:
    """Return one edition of each of many procedures, by code."""
    found: dict[str, VersionRow] = {}
    for chunk in chunks(list(wanted)):
        rows = connection.execute(select(*_COLUMNS).where(tuple_(_V.code, _V.number).in_(chunk)))
        found |= {row.code: VersionRow(*row) for row in rows}
    return found


def fetch_history(connection: Connection, code: str) -> list[VersionRow]:
    """Return every edition of a procedure, newest first."""
    query = select(*_COLUMNS).where(_V.code == code).order_by(_V.number.desc())
    return [VersionRow(*row) for row in connection.execute(query)]


def fetch_change_versions(connection: Connection, change_id: int) -> list[tuple[str, int]]:
    """Return (code, number) of the editions that belong to a change, by code."""
    query = select(_V.code, _V.number).where(_V.change_id == change_id).order_by(_V.code)
    return [(row.code, row.number) for row in connection.execute(query)]


def fetch_waiting(connection: Connection) -> list[VersionRow]:
    """Return the editions that are not in force yet, drafts and those for a later day: the newest of each procedure."""
    rows = connection.execute(select(*_COLUMNS).where(_WAITING).order_by(_V.code, _V.number))
    return list({row.code: VersionRow(*row) for row in rows}.values())


def fetch_due(connection: Connection, day: date) -> list[VersionRow]:
    """Return the newest edition of each procedure that was to come into force on `day` or before and has not yet."""
    due = select(*_COLUMNS).where(_SCHEDULED, _V.effective_on <= day).order_by(_V.number)
    return list({row.code: VersionRow(*row) for row in connection.execute(due)}.values())


def fetch_changed_since(connection: Connection, change_id: int) -> dict[str, tuple[int, str] | None]:
    """Return what was in force just after a change, for the procedures changed later.

    By code: number and status of the edition then in force, None where there was none.
    """
    later = {row.code for row in connection.execute(select(_V.code).select_from(_LIVE).where(_V.change_id > change_id))}
    then: dict[str, tuple[int, str] | None] = dict.fromkeys(sorted(later))
    query = select(_V.code, _V.number, _V.status).order_by(_V.number)
    before = func.coalesce(_V.change_id, 0) <= change_id
    for chunk in chunks(list(then)):
        for row in connection.execute(query.where(_V.code.in_(chunk), _IN_FORCE, before)):
            then[row.code] = (row.number, row.status)
    return then


def withdraw(
    connection: Connection, codes: Iterable[str], origin: str, author: str, reason: str, change_id: int
) -> None:
    """Take procedures out of search and answers, each by a new edition that says the same as the one in force."""
    newest = select(func.max(_V.number)).where(_V.code == procedures.c.code).correlate(procedures).scalar_subquery()
    ours = {
        "number": newest + 1,
        "status": literal("withdrawn"),
        "origin": literal(origin),
        "author": literal(author),
        "reason": literal(reason),
        "change_id": literal(change_id),
        "created_at": literal(now(), procedure_versions.c.created_at.type),
    }
    columns = [field.name for field in fields(VersionRow)]
    for chunk in chunks(list(codes)):
        copied = select(*(ours.get(name, _V[name]) for name in columns)).select_from(_LIVE).where(_V.code.in_(chunk))
        connection.execute(insert(procedure_versions).from_select(columns, copied))
        gone = {"status": "withdrawn", "origin": origin, "version": newest}
        connection.execute(update(procedures).where(procedures.c.code.in_(chunk)).values(gone))


def fetch_expiring(connection: Connection, until: date) -> list[Dated]:
    """Return the published procedures whose last day is `until` or before, soonest first."""
    return _dated(connection, _V.expires_on, _V.expires_on <= until)


def fetch_old(connection: Connection, before: date) -> list[Dated]:
    """Return the published procedures that their publisher last changed before a day, oldest first."""
    return _dated(connection, _V.updated_at, _V.updated_at < before)


def _dated(connection: Connection, day: Any, condition: Any) -> list[Dated]:
    query = select(_V.code, _V.record["name"].as_string().label("name"), day.label("day")).select_from(_LIVE)
    rows: Iterable[Row[Any]] = connection.execute(
        query.where(procedures.c.status == "published", procedures.c.kind != "internal", condition).order_by(
            day, _V.code
        )
    )
    return [Dated(row.code, row.name, row.day) for row in rows]


def fetch_listed(connection: Connection) -> tuple[list[Listed], list[Listed]]:
    """Return what is or was in force of every procedure, by code, and the newest edition of each that waits."""
    columns = [_BRIEF[name].label(name) for name in Listed.__slots__]
    live = connection.execute(select(*columns).select_from(_LIVE).order_by(_V.code))
    waiting = connection.execute(select(*columns).where(_WAITING).order_by(_V.code, _V.number))
    return [_listed(row) for row in live], list({row.code: _listed(row) for row in waiting}.values())


def history_mark(connection: Connection) -> tuple[int, int]:
    """Return two numbers of which one grows with every edition and every change."""
    editions = connection.scalar(select(func.count()).select_from(procedure_versions)) or 0
    return editions, last_change(connection)


_BRIEF: dict[str, Any] = {name: _V[name] for name in Listed.__slots__ if name in _V} | {
    name: _V.record[name].as_string() for name in ("name", "scope")
}
_BRIEF |= {name: _V.record[name] for name in ("fields", "levels")}


def _listed(row: Row[Any]) -> Listed:
    values = dict(row._mapping)
    lists = {name: tuple(values[name] or ()) for name in ("fields", "levels")}
    return Listed(**values | lists | {"scope": values["scope"] or "national"})

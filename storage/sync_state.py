"""What the sync remembers of each record of the portal, so that it can stop at any instant and go on later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from storage.database import upserts
from storage.schema import now, portal_records

_CHUNK = 500  # ids a statement, so that none outgrows the limit on bound values
_SAVE = upserts(portal_records)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one record of the portal; `pending` while the catalogue has not got it yet."""

    code: str
    internal: bool
    mark: str
    updated_at: int
    fingerprint: str
    pending: bool
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    """A record as it came; `row` is None when the catalogue has the same already."""

    id: str
    code: str
    internal: bool
    mark: str
    updated_at: int
    fingerprint: str
    row: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Held:
    """How many records of the portal are known, how many of them the catalogue has not got, and the last reading."""

    known: int
    pending: int
    fetched_at: datetime | None


def fetch_held(connection: Connection) -> Held:
    """Return what is held of the portal in all."""
    table = portal_records.c
    # JSON's null is no SQL NULL: counted is what `fetch_rows` returns.
    query = select(func.count(), func.count().filter(table.row.is_not(None)), func.max(table.fetched_at))
    return Held(*connection.execute(query).one())


def fetch_seen(connection: Connection) -> dict[str, Seen]:
    """Return what is known, by the portal's id."""
    table = portal_records.c
    query = select(
        table.id,
        table.code,
        table.internal,
        table.mark,
        table.updated_at,
        table.fingerprint,
        table.row.is_not(None),
        table.fetched_at,
    )
    return {identity: Seen(*rest) for identity, *rest in connection.execute(query)}


def fetch_rows(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return the rows that the catalogue has not got yet, by the portal's id in order."""
    query = select(portal_records.c.id, portal_records.c.row).where(portal_records.c.row.is_not(None))
    return {found.id: found.row for found in connection.execute(query.order_by(portal_records.c.id))}


def keep(connection: Connection, record: Fetched) -> None:
    """Write a record down as fetched now."""
    values = {name: getattr(record, name) for name in Fetched.__slots__}
    connection.execute(_SAVE[connection.dialect.name], values | {"fetched_at": now()})


def settle(connection: Connection, ids: Sequence[str]) -> None:
    """Drop the rows that the catalogue has got."""
    for chunk in _chunks(ids):
        connection.execute(update(portal_records).where(portal_records.c.id.in_(chunk)).values(row=None))


def forget(connection: Connection, ids: Sequence[str]) -> None:
    """Remove records that the portal does not list any more."""
    for chunk in _chunks(ids):
        connection.execute(delete(portal_records).where(portal_records.c.id.in_(chunk)))


def _chunks(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]

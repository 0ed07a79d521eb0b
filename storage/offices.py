"""The offices where citizens hand in: reading by unit, replacing by unit and name, taking out of use and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from storage.schema import now, offices


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """One row of `offices`."""

    unit: str
    name: str
    address: str
    hours: str
    phone: str
    map_url: str
    source: str
    verified_on: date


_EVERY = select(*(offices.c[name] for name in OfficeRow.__slots__)).order_by(offices.c.unit, offices.c.name)
_ALL = _EVERY.where(offices.c.removed_at.is_(None))
_REMOVED = _EVERY.where(offices.c.removed_at.is_not(None))
_OF_UNIT = _ALL.where(offices.c.unit == bindparam("unit"))
_DELETE = delete(offices).where(
    and_(offices.c.unit == bindparam("of_unit"), offices.c.name == bindparam("named")),
)


def fetch_of_unit(connection: Connection, unit: str) -> list[OfficeRow]:
    """Return the offices of a unit that are in use, by name."""
    return [OfficeRow(**row._mapping) for row in connection.execute(_OF_UNIT, {"unit": unit})]


def fetch_all(connection: Connection) -> list[OfficeRow]:
    """Return every office in use, by unit and name."""
    return [OfficeRow(**row._mapping) for row in connection.execute(_ALL)]


def fetch_removed(connection: Connection) -> list[OfficeRow]:
    """Return the offices that were taken out of use, by unit and name."""
    return [OfficeRow(**row._mapping) for row in connection.execute(_REMOVED)]


def save(connection: Connection, rows: Sequence[OfficeRow]) -> None:
    """Write rows, each in place of one with the same unit and name; one that was taken out is in use again."""
    connection.execute(_DELETE, [{"of_unit": row.unit, "named": row.name} for row in rows])
    connection.execute(insert(offices), [asdict(row) for row in rows])


def set_removed(connection: Connection, unit: str, name: str, removed: bool) -> bool:
    """Take an office out of use or put it back; False when there is none to do that with."""
    state = offices.c.removed_at.is_(None) if removed else offices.c.removed_at.is_not(None)
    found = update(offices).where(offices.c.unit == unit, offices.c.name == name, state)
    return connection.execute(found.values(removed_at=now() if removed else None)).rowcount > 0

"""The offices where citizens hand in: reading by unit, and replacing by unit and name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, and_, bindparam, delete, insert, select

from storage.schema import offices


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


_ALL = select(offices).order_by(offices.c.unit, offices.c.name)
_OF_UNIT = _ALL.where(offices.c.unit == bindparam("unit"))
_DELETE = delete(offices).where(
    and_(offices.c.unit == bindparam("of_unit"), offices.c.name == bindparam("named")),
)


def fetch_of_unit(connection: Connection, unit: str) -> list[OfficeRow]:
    """Return the offices of a unit, by name."""
    return [OfficeRow(**row._mapping) for row in connection.execute(_OF_UNIT, {"unit": unit})]


def fetch_all(connection: Connection) -> list[OfficeRow]:
    """Return every office, by unit and name."""
    return [OfficeRow(**row._mapping) for row in connection.execute(_ALL)]


def save(connection: Connection, rows: Sequence[OfficeRow]) -> None:
    """Write rows, each in place of one with the same unit and name."""
    connection.execute(_DELETE, [{"of_unit": row.unit, "named": row.name} for row in rows])
    connection.execute(insert(offices), [asdict(row) for row in rows])

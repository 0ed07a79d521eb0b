"""Offices where citizens hand in: address, hours and phone of a commune's or province's own, as imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from knowledge.places import load_places
from knowledge.unit_types import Commune
from nlu.text import fold
from storage.database import writing
from storage.offices import OfficeRow, fetch_all, fetch_of_unit, fetch_removed, save, set_removed


@dataclass(frozen=True, slots=True)
class Office:
    """One office of the commune or province with the code `unit`; `verified_on` is when somebody checked it."""

    unit: str
    name: str
    address: str
    hours: str
    phone: str
    map_url: str
    source: str
    verified_on: date

    @property
    def level(self) -> str:
        """Return "xã" or "tỉnh"."""
        return "xã" if isinstance(load_places().get(self.unit), Commune) else "tỉnh"


@dataclass(frozen=True, slots=True)
class Counts:
    """What putting offices in did, or would do."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


class OfficeBook:
    """The offices of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def at(self, unit: str) -> tuple[Office, ...]:
        """Return the offices of a commune or province, by name."""
        with self._engine.connect() as connection:
            return tuple(map(_office, fetch_of_unit(connection, unit)))

    def all(self) -> list[Office]:
        """Return every office in use, by unit and name."""
        with self._engine.connect() as connection:
            return [_office(row) for row in fetch_all(connection)]

    def removed(self) -> list[Office]:
        """Return the offices that were taken out of use, by unit and name."""
        with self._engine.connect() as connection:
            return [_office(row) for row in fetch_removed(connection)]

    def change(self, unit: str, name: str, office: Office) -> None:
        """Put an office in place of the one of this unit and name, which may be called otherwise. One transaction."""
        with writing(self._engine) as connection:
            if (unit, name) != (office.unit, office.name):
                set_removed(connection, unit, name, removed=True)
            save(connection, [_row(office)])

    def remove(self, unit: str, name: str) -> bool:
        """Take an office out of use, so that nobody is told of it; False when there is none in use."""
        with writing(self._engine) as connection:
            return set_removed(connection, unit, name, removed=True)

    def restore(self, unit: str, name: str) -> bool:
        """Put an office back in use; False when there is none to put back."""
        with writing(self._engine) as connection:
            return set_removed(connection, unit, name, removed=False)

    def put(self, offices: Sequence[Office], *, dry_run: bool = False) -> Counts:
        """Put offices in; one of the same unit and name replaces what was there. One transaction."""
        known = {(office.unit, office.name): office for office in self.all()}
        changed = [office for office in offices if known.get((office.unit, office.name)) != office]
        added = sum((office.unit, office.name) not in known for office in changed)
        if changed and not dry_run:
            with writing(self._engine) as connection:
                save(connection, [_row(office) for office in changed])
        return Counts(added, len(changed) - added, len(offices) - len(changed))


def serves(office: Office, agency: str) -> bool:
    """Tell whether an office is the one where what `agency` handles is handed in.

    A commune's or province's people's committee receives at its public service centre (one-stop desk).
    """
    return _desk(office.name) == _desk(agency)


def _desk(name: str) -> str:
    """Return what kind of office a name stands for, without where it is."""
    folded = fold(name)
    if folded.startswith(("uy ban nhan dan", "ubnd", "trung tam phuc vu hanh chinh cong", "bo phan mot cua")):
        return "one-stop"
    if folded.startswith(("so ", "cong an", "thue", "bao hiem xa hoi")):
        return _without_place(folded)
    return folded


def _without_place(folded: str) -> str:
    ends = (folded.find(f" {kind} ") for kind in ("phuong", "xa", "dac khu", "tinh", "tp", "thanh pho"))
    found = [end for end in ends if end > 0 and not folded.startswith("bao hiem xa", 0, end + 3)]
    return folded[: min(found)] if found else folded


def _office(row: OfficeRow) -> Office:
    return Office(row.unit, row.name, row.address, row.hours, row.phone, row.map_url, row.source, row.verified_on)


def _row(office: Office) -> OfficeRow:
    fields = (office.unit, office.name, office.address, office.hours, office.phone, office.map_url, office.source)
    return OfficeRow(*fields, office.verified_on)

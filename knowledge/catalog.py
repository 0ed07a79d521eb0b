"""The catalogue in the database: reading procedures, and putting new editions in.

Records are read one by one when an answer needs them: 5,664 of them would weigh more in memory than the model does.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Engine

from knowledge.records import fingerprint, from_json, to_json
from knowledge.types import Procedure, Status
from storage.database import writing
from storage.procedures import (
    CatalogueVersion,
    Names,
    ProcedureRow,
    State,
    Stored,
    add_version,
    count_published,
    fetch,
    fetch_names,
    fetch_published,
    fetch_states,
    last_fingerprint,
    public_marks,
    save,
    save_names,
    withdraw,
)

STARTER = "starter"
IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was left out: where it stands (file and line) and why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What putting procedures in did.

    `kept` counts those whose plain starter edition is as new as the one offered, and so stays. `total` is what
    citizens can be answered about afterwards.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    withdrawn: int = 0
    total: int = 0
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class _Offer:
    """A procedure offered to the catalogue, made ready before the database is locked."""

    row: ProcedureRow
    names: Names


class Catalog:
    """The published procedures of one database; a change is seen at once, whoever made it."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def get(self, code: str) -> Procedure | None:
        """Return one procedure, None when there is none that citizens may see."""
        with self._engine.connect() as connection:
            stored = fetch(connection, code)
        return None if stored is None else _read(stored)

    def published(self) -> Iterator[Procedure]:
        """Yield every procedure that citizens may see, by code."""
        with self._engine.connect() as connection:
            yield from map(_read, fetch_published(connection))

    def fingerprint(self) -> str:
        """Return a hash that changes whenever something published, or a name for it, does."""
        digest = hashlib.sha256()
        with self._engine.connect() as connection:
            for mark in public_marks(connection):
                digest.update(mark.encode() + b"\n")
        return digest.hexdigest()

    def source_fingerprint(self, origin: str) -> str | None:
        """Return the fingerprint of the files last put in from an origin."""
        with self._engine.connect() as connection:
            return last_fingerprint(connection, origin)

    def put(
        self,
        procedures: Iterable[Procedure],
        origin: str,
        note: str,
        source: str | None = None,
        complete: bool = False,
        dry_run: bool = False,
    ) -> ImportReport:
        """Put procedures in as one new version of the catalogue, or only tell what that would do (`dry_run`).

        `source` is the fingerprint of the files they come from. With `complete` they are all there is of this origin:
        those stored from it and not among them are withdrawn.
        """
        offers = {procedure.code: _offer(procedure, origin) for procedure in procedures}
        with writing(self._engine) as connection:
            states = fetch_states(connection)
            plan = _plan(offers, states, origin, complete)
            names = _new_names(offers, fetch_names(connection, origin))
            save(connection, plan.rows)
            save_names(connection, origin, names)
            withdraw(connection, plan.gone)
            report = replace(plan.report, total=count_published(connection))
            if source or plan.rows or plan.gone or names:
                add_version(connection, _version(report, origin, note, source))
            if dry_run:
                connection.rollback()
        return report


@dataclass(frozen=True, slots=True)
class _Plan:
    rows: list[ProcedureRow]
    gone: list[str]
    report: ImportReport


def replaces(origin: str, updated_at: date | None, held: State) -> bool:
    """Tell whether a new edition takes the place of the stored one.

    The starter catalogue says the same as the record it was written from, in plainer words, so it yields only to a
    record that is newer; between other editions the one that comes later wins.
    """
    new, old = updated_at or date.min, held.updated_at or date.min
    if origin == held.origin:
        return True
    if held.origin == STARTER:
        return new > old
    return origin != STARTER or new >= old


def _plan(offers: dict[str, _Offer], states: dict[str, State], origin: str, complete: bool) -> _Plan:
    rows: list[ProcedureRow] = []
    fates: Counter[str] = Counter()
    for code, offer in offers.items():
        held = states.get(code)
        fate = _fate(offer.row, held)
        fates[fate] += 1
        if fate not in ("unchanged", "kept"):
            rows.append(replace(offer.row, version=held.version + 1 if held else 1))
    gone = [code for code, held in states.items() if complete and held.origin == origin and code not in offers]
    gone = [code for code in gone if states[code].status == Status.PUBLISHED]
    report = ImportReport(
        fates["added"], fates["changed"], fates["unchanged"], fates["kept"], fates["withdrawn"] + len(gone)
    )
    return _Plan(rows, gone, report)


def _fate(row: ProcedureRow, held: State | None) -> str:
    if held is None:
        return "added"
    if (row.fingerprint, row.status) == (held.fingerprint, held.status):
        return "unchanged"
    if not replaces(row.origin, row.updated_at, held):
        return "kept"
    return "withdrawn" if row.status == Status.WITHDRAWN else "changed"


def _offer(procedure: Procedure, origin: str) -> _Offer:
    bare = replace(procedure, aliases=(), questions=(), version=1)
    row = ProcedureRow(
        code=procedure.code,
        kind=procedure.kind,
        status=procedure.status,
        version=1,
        origin=origin,
        fingerprint=fingerprint(procedure),
        record=to_json(bare),
        updated_at=procedure.updated_at,
    )
    return _Offer(row, Names(procedure.aliases, procedure.questions))


def _new_names(offers: dict[str, _Offer], held: dict[str, Names]) -> dict[str, Names]:
    return {code: offer.names for code, offer in offers.items() if offer.names != held.get(code, Names())}


def _version(report: ImportReport, origin: str, note: str, source: str | None) -> CatalogueVersion:
    return CatalogueVersion(origin, note, source, report.added, report.changed, report.withdrawn, report.total)


def _read(stored: Stored) -> Procedure:
    procedure = from_json(stored.record)
    names = stored.names
    return replace(procedure, aliases=names.aliases, questions=names.questions, version=stored.version)

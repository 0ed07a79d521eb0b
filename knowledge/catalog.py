"""The catalogue in the database: reading procedures, and putting new editions in.

Records are read one by one when an answer needs them: 5,664 of them would weigh more in memory than the model does.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, Engine

from knowledge.days import today
from knowledge.lay_names import LAY, lay_names
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
    last_change,
    last_fingerprint,
    lock_catalogue,
    merged,
    public_marks,
    save,
    save_names,
    settle_version,
)
from storage.versions import VersionRow, add_versions, fetch_waiting, newest_numbers, withdraw

STARTER = "starter"
IMPORT = "import"
ADMIN = "admin"
FAQ = "faq"  # questions of FAQ entries: knowledge of their own, so no part of a procedure's editions


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was left out: where it stands (file and line) and why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What putting procedures in did.

    `kept` counts those whose stored edition (the plain one, or an administrator's) is as new as the one offered, and
    so stays; `scheduled` those that wait for the day on which they come into force. `total` is what citizens can be
    answered about afterwards.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    withdrawn: int = 0
    scheduled: int = 0
    total: int = 0
    skipped: tuple[Skipped, ...] = ()


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

    def published(self, codes: Collection[str] | None = None) -> Iterator[Procedure]:
        """Yield the procedures that citizens may see, by code: all, or those of them that are named."""
        with self._engine.connect() as connection:
            yield from map(_read, fetch_published(connection, codes))

    def known(self) -> set[str]:
        """Return the codes of all procedures held in whatever state, drafts too."""
        with self._engine.connect() as connection:
            return set(newest_numbers(connection))

    def change(self) -> int:
        """Return the number of the newest change: as long as it stays the same, so does all that is published."""
        with self._engine.connect() as connection:
            return last_change(connection)

    def marks(self) -> dict[str, str]:
        """Return by code a text that changes whenever that published procedure, or a name for it, does."""
        with self._engine.connect() as connection:
            return public_marks(connection)

    def fingerprint(self) -> str:
        """Return a hash that changes whenever something published, or a name for it, does."""
        return fingerprint_of(self.marks())

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
        author: str = "",
    ) -> ImportReport:
        """Put procedures in as one change of the catalogue, or only tell what that would do (`dry_run`).

        `source` is the fingerprint of the files they come from. With `complete` they are all there is of this origin:
        those stored from it and not among them are withdrawn. Each procedure that changes gets a version of its own.
        """
        offers = {procedure.code: (procedure, row_of(procedure, origin, author, note)) for procedure in procedures}
        with writing(self._engine) as connection:
            lock_catalogue(connection)
            plan = _plan(connection, offers, origin, complete)
            save(connection, plan.live)
            save_names(connection, origin, plan.names)
            if source or plan.versions or plan.gone or plan.names:
                change = add_version(connection, _version(plan.report, origin, note, source, author))
                add_versions(connection, [replace(row, change_id=change) for row in plan.versions])
                withdraw(connection, plan.gone, origin, author, note, change)
                total = settle_version(connection, change)
            else:
                total = count_published(connection)
            if dry_run:
                connection.rollback()
        return replace(plan.report, total=total)


def fingerprint_of(marks: Mapping[str, str]) -> str:
    """Return one hash of the marks of all procedures."""
    digest = hashlib.sha256()
    for code, mark in marks.items():
        digest.update(f"{code} {mark}\n".encode())
    return digest.hexdigest()


def replaces(origin: str, updated_at: date | None, held: State) -> bool:
    """Tell whether a new edition takes the place of the stored one.

    The starter catalogue says the same as the record it was written from, in plainer words, and an administrator
    corrected the record that was there: both yield only to a record that is newer. Between other editions the one
    that comes later wins.
    """
    new, old = updated_at or date.min, held.updated_at or date.min
    if origin in (held.origin, ADMIN):
        return True
    if held.origin == STARTER and held.status == Status.WITHDRAWN:
        return True  # a file that the starter catalogue dropped keeps nothing out
    if held.origin in (STARTER, ADMIN):
        return new > old
    return origin != STARTER or new >= old


def row_of(procedure: Procedure, origin: str, author: str, reason: str) -> VersionRow:
    """Return the row of an edition, still without its number; one for a later day is scheduled."""
    bare = replace(procedure, aliases=(), questions=(), version=1, status=Status.PUBLISHED)
    scheduled = procedure.status is Status.PUBLISHED and (procedure.effective_on or date.min) > today()
    return VersionRow(
        code=procedure.code,
        number=0,
        status=Status.SCHEDULED if scheduled else procedure.status,
        kind=procedure.kind,
        origin=origin,
        fingerprint=fingerprint(procedure),
        record=to_json(bare),
        names=names_json(Names(procedure.aliases, procedure.questions)),
        author=author,
        reason=reason,
        updated_at=procedure.updated_at,
        effective_on=procedure.effective_on,
        expires_on=procedure.expires_on,
    )


def names_json(names: Names) -> dict[str, list[str]]:
    """Return names as a version keeps them."""
    return {"aliases": list(names.aliases), "questions": list(names.questions)}


def live_row(version: VersionRow, held: State | None) -> ProcedureRow:
    """Return what puts an edition in force.

    Its date is the newest that was ever in force: who goes back to an older edition does not want the same newer one
    to return with the next import.
    """
    dates = [day for day in (version.updated_at, held.updated_at if held else None) if day]
    return ProcedureRow(
        code=version.code,
        kind=version.kind,
        status=version.status,
        version=version.number,
        origin=version.origin,
        fingerprint=version.fingerprint,
        updated_at=max(dates, default=None),
    )


def is_live(version: VersionRow) -> bool:
    """Tell whether an edition takes effect at once (published or withdrawn) and does not wait."""
    return version.status in (Status.PUBLISHED, Status.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class _Plan:
    versions: list[VersionRow]
    live: list[ProcedureRow]
    names: dict[str, Names]
    gone: list[str]
    report: ImportReport


_Offers = dict[str, tuple[Procedure, VersionRow]]


def _plan(connection: Connection, offers: _Offers, origin: str, complete: bool) -> _Plan:
    states, names = fetch_states(connection), fetch_names(connection)
    waiting = {row.code: (row.status, row.fingerprint) for row in fetch_waiting(connection)}
    numbers = newest_numbers(connection)
    versions: list[VersionRow] = []
    new_names: dict[str, Names] = {}
    fates: Counter[str] = Counter()
    for code, (procedure, row) in offers.items():
        fate = _fate(row, states.get(code), waiting.get(code))
        fates[fate] += 1
        offered, held = Names(procedure.aliases, procedure.questions), names.get(code, {})
        if is_live(row) and offered != held.get(origin, Names()):
            new_names[code] = offered
        if fate not in ("unchanged", "kept"):
            # A version made before its lay names are stored would silence them whenever somebody goes back to it.
            lay = lay_names().get(code, Names())
            called = merged({LAY: lay, **{name: held[name] for name in held if name != FAQ}, origin: offered})
            versions.append(replace(row, number=numbers.get(code, 0) + 1, names=names_json(called)))
    gone = [code for code, held in states.items() if complete and held.origin == origin and code not in offers]
    gone = [code for code in gone if states[code].status == Status.PUBLISHED]
    live = [live_row(version, states.get(version.code)) for version in versions if is_live(version)]
    report = ImportReport(
        fates["added"],
        fates["changed"],
        fates["unchanged"],
        fates["kept"],
        fates["withdrawn"] + len(gone),
        fates["scheduled"],
    )
    return _Plan(versions, live, new_names, gone, report)


def _fate(row: VersionRow, held: State | None, waiting: tuple[str, str] | None) -> str:
    if (row.status, row.fingerprint) == waiting:
        return "unchanged"
    if held is not None and (row.fingerprint, row.status) == (held.fingerprint, held.status):
        return "unchanged"
    if row.status == Status.DRAFT:
        return "draft"
    if held is not None and not replaces(row.origin, row.updated_at, held):
        return "kept"
    if row.status == Status.SCHEDULED:
        return "scheduled"
    if held is None:
        return "added"
    return "withdrawn" if row.status == Status.WITHDRAWN else "changed"


def _version(report: ImportReport, origin: str, note: str, source: str | None, author: str) -> CatalogueVersion:
    return CatalogueVersion(origin, note, source, report.added, report.changed, report.withdrawn, report.total, author)


def _read(stored: Stored) -> Procedure:
    procedure = from_json(stored.record)
    names = stored.names
    return replace(procedure, aliases=names.aliases, questions=names.questions, version=stored.version)

"""Putting catalogue files into the database: every good row goes in, every other one is told with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.catalog import IMPORT, Catalog, ImportReport, Skipped
from knowledge.differences import differences
from knowledge.importers.columns import LIST_FIELDS
from knowledge.importers.files import read_file
from knowledge.importers.jsonl import Row
from knowledge.types import Procedure, Status

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What files hold: the procedures to put in, and the rows that cannot be taken.

    `known` counts partial rows that tell nothing which is not held already.
    """

    procedures: tuple[Procedure, ...]
    skipped: tuple[Skipped, ...]
    known: int

    @property
    def drafts(self) -> tuple[Procedure, ...]:
        """Those of the procedures that wait for a person to publish them."""
        return tuple(procedure for procedure in self.procedures if procedure.status is Status.DRAFT)


def import_files(
    paths: Sequence[Path], catalog: Catalog, dry_run: bool = False, progress: Progress | None = None, author: str = ""
) -> ImportReport:
    """Import catalogue files as one change; `progress(rows)` is called with the rows read so far.

    With `dry_run` nothing is written. Raises OSError when a file cannot be read; then nothing is imported.
    """
    return put_reading(read_files(paths, catalog, progress), paths, catalog, dry_run, author)


def put_reading(
    reading: Reading,
    paths: Sequence[Path],
    catalog: Catalog,
    dry_run: bool = False,
    author: str = "",
    why: str = "",
) -> ImportReport:
    """Put what was read into the catalogue as one change, noted with the files' names and why."""
    names = ", ".join(path.name for path in paths)
    note = f"{names}: {why}" if why else names
    report = catalog.put(reading.procedures, IMPORT, note, dry_run=dry_run, author=author)
    return replace(report, skipped=reading.skipped)


def read_files(paths: Sequence[Path], catalog: Catalog, progress: Progress | None = None) -> Reading:
    """Read catalogue files against what is held. Of two rows with the same code the first counts. Raises OSError."""
    rows: dict[str, Row] = {}
    first: dict[str, str] = {}
    skipped: list[Skipped] = []
    count = 0
    for path in paths:
        for name, row in read_file(path):
            count += 1
            where = f"{name}:{row.line}" if row.line else name
            if row.procedure is None:
                skipped.append(Skipped(f"{where} {row.code}".strip(), row.reason))
            elif row.procedure.code in rows:
                reason = f"trùng mã {row.procedure.code} với {first[row.procedure.code]}"
                skipped.append(Skipped(f"{where} {row.code}", reason))
            else:
                rows[row.procedure.code], first[row.procedure.code] = row, where
            if progress:
                progress(count)
    known = catalog.known()
    offers = [_offer(row, catalog, known) for row in rows.values()]
    procedures = tuple(offer for offer in offers if offer)
    return Reading(procedures, tuple(skipped), len(offers) - len(procedures))


def _offer(row: Row, catalog: Catalog, known: set[str]) -> Procedure | None:
    """Return what a row puts in: a whole record as it is, a partial one upon what is held, a bare mention as a draft.

    A partial row without a date becomes a draft when what is held has one: whoever is answered from a record is told
    its date, so new facts must not go under an old date unseen. None: the row tells nothing new.
    """
    procedure, told = row.procedure, row.told
    assert procedure is not None  # noqa: S101 - bad rows were put aside before
    if told is None:
        return procedure
    if told <= LIST_FIELDS:
        return None if procedure.code in known else replace(procedure, status=Status.DRAFT)
    held = catalog.get(procedure.code)
    if held is None:
        return procedure
    filled = {field: getattr(procedure, field) for field in told}
    merged = replace(held, **filled, aliases=(), questions=(), version=1)
    if not differences(held, merged):
        return None
    undated = "updated_at" not in told and held.updated_at is not None
    return replace(merged, status=Status.DRAFT) if undated else merged

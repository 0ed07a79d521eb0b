"""Putting catalogue files into the database: every good row goes in, every other one is told with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from knowledge.catalog import IMPORT, Catalog, ImportReport, Skipped
from knowledge.importers.jsonl import read_jsonl
from knowledge.types import Procedure

Progress = Callable[[int], None]


def import_files(
    paths: Sequence[Path], catalog: Catalog, dry_run: bool = False, progress: Progress | None = None
) -> ImportReport:
    """Import catalogue files as one new version; `progress(rows)` is called with the rows read so far.

    With `dry_run` nothing is written. Of two rows with the same code the first counts. Raises OSError when a file
    cannot be read; then nothing is imported.
    """
    found: dict[str, Procedure] = {}
    first: dict[str, str] = {}
    skipped: list[Skipped] = []
    rows = 0
    for path in paths:
        for row in read_jsonl(path):
            rows += 1
            where = f"{path.name}:{row.line}"
            if row.procedure is None:
                skipped.append(Skipped(f"{where} {row.code}".strip(), row.reason))
            elif row.procedure.code in found:
                reason = f"trùng mã {row.procedure.code} với {first[row.procedure.code]}"
                skipped.append(Skipped(f"{where} {row.code}", reason))
            else:
                found[row.procedure.code], first[row.procedure.code] = row.procedure, where
            if progress:
                progress(rows)
    report = catalog.put(found.values(), IMPORT, ", ".join(path.name for path in paths), dry_run=dry_run)
    return replace(report, skipped=tuple(skipped))

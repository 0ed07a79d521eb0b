"""FAQ entries from a CSV file: every good row goes in, every other one is told with its line and reason."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.catalog import Skipped
from knowledge.faq import FaqEntry, Faqs, StoredFaq
from knowledge.publishing import Refused
from knowledge.types import Facet, Status
from nlu.text import fold

COLUMNS = ("ma_thu_tuc", "cau_hoi", "tra_loi", "phan", "nguon", "lien_ket", "den_het")
_NEEDED = ("ma_thu_tuc", "cau_hoi", "tra_loi", "nguon", "lien_ket")


class BadFile(ValueError):  # noqa: N818 - the file is what is bad
    """A file cannot be read as a list of questions; the text says why."""


@dataclass(frozen=True, slots=True)
class FaqReport:
    """What importing did, or would do."""

    added: int
    changed: int
    unchanged: int
    skipped: tuple[Skipped, ...]


def import_faqs(
    path: Path, faqs: Faqs, author: str, why: str, *, publish: bool = False, dry_run: bool = False
) -> FaqReport:
    """Put the questions of a file in, as drafts or published; a known question of the same procedure is revised.

    The same file again changes nothing. Raises BadFile when it is no CSV file with the columns needed.
    """
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    entries, skipped = read_faqs(path, faqs)
    for entry, held in entries:
        counts[_put(entry, held, faqs, author, why, publish=publish, dry_run=dry_run)] += 1
    return FaqReport(**counts, skipped=skipped)


def read_faqs(path: Path, faqs: Faqs) -> tuple[list[tuple[FaqEntry, StoredFaq | None]], tuple[Skipped, ...]]:
    """Return the entries of a file, each with the one held of the same question, and the rows that cannot be taken.

    Raises BadFile when it is no CSV file with the columns needed.
    """
    known = {_key(stored.entry): stored for stored in faqs.newest()}
    found: dict[tuple[str, str], FaqEntry] = {}
    skipped: list[Skipped] = []
    for line, cells in _rows(path):
        try:
            entry = entry_of(cells)
            if _key(entry) in found:
                raise Refused("trùng câu hỏi với một dòng ở trên")
            faqs.check(entry)
            found[_key(entry)] = entry
        except Refused as error:
            skipped.append(Skipped(f"{path.name}:{line}", str(error)))
    return [(entry, known.get(key)) for key, entry in found.items()], tuple(skipped)


def entry_of(cells: Mapping[str, str]) -> FaqEntry:
    """Return the entry that a row of `COLUMNS` describes. Raises Refused naming the column that is wrong."""
    values = {name: (cells.get(name) or "").strip() for name in COLUMNS}
    facet = values["phan"] or Facet.OVERVIEW.value
    if facet not in tuple(Facet):
        raise Refused(f"phan {facet!r} chưa biết; viết một trong: {', '.join(Facet)}")
    try:
        until = date.fromisoformat(values["den_het"]) if values["den_het"] else None
    except ValueError:
        raise Refused(f"den_het {values['den_het']!r} không phải ngày, ví dụ đúng: 2026-12-31") from None
    return FaqEntry(
        values["ma_thu_tuc"],
        values["cau_hoi"],
        values["tra_loi"],
        values["nguon"],
        values["lien_ket"],
        Facet(facet),
        until,
    )


def _put(
    entry: FaqEntry, held: StoredFaq | None, faqs: Faqs, author: str, why: str, *, publish: bool, dry_run: bool
) -> str:
    if held is None:
        if not dry_run:
            faqs.add(entry, author, why, publish=publish)
        return "added"
    if held.entry == entry and (held.status is Status.PUBLISHED or not publish):
        return "unchanged"
    if not dry_run:
        faqs.revise(held.id, entry, author, why, held.number, publish=publish)
    return "changed"


def _key(entry: FaqEntry) -> tuple[str, str]:
    return entry.code, " ".join(fold(entry.question).split())


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="")
            missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise BadFile(f"{path.name}: thiếu cột {', '.join(missing)}. Các cột: {', '.join(COLUMNS)}")
            return [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path.name}: không đọc được CSV ({error}). Lưu tệp ở dạng CSV UTF-8.") from error

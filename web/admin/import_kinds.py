"""What can be imported: procedures, offices, FAQ entries. Each is first read into a plan, and put in when confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from knowledge.catalog import IMPORT, Catalog
from knowledge.differences import Fate, foresee
from knowledge.faq import FaqEntry, Faqs
from knowledge.importers import put_reading, read_files
from knowledge.importers.faq import BadFile as BadFaqFile
from knowledge.importers.faq import import_faqs, read_faqs
from knowledge.importers.offices import BadFile as BadOfficeFile
from knowledge.importers.offices import read_offices
from knowledge.offices import Office, OfficeBook
from web.admin.office_form import LABELS
from web.admin.office_form import form_of as office_form
from web.admin.plan import Item, Plan, Told, plan_of, planned

Progress = Callable[[int], None]

UNREADABLE = (OSError, BadFaqFile, BadOfficeFile)
"""What reading a file raises when it cannot be taken; the text says why, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of file: what it is called, which ends of a name it has, and how it is read and put in.

    `mark` tells whether what is held has changed since a file was compared with it.
    """

    title: str
    suffixes: tuple[str, ...]
    mark: Callable[[Engine], str]
    foresee: Callable[[Engine, Path, Progress], Plan]
    put: Callable[[Engine, Path, str, str], None]


def _foresee_procedures(engine: Engine, path: Path, progress: Progress) -> Plan:
    reading = read_files([path], Catalog(engine), progress)
    return plan_of(foresee(engine, reading.procedures, IMPORT), reading.skipped)


def _put_procedures(engine: Engine, path: Path, author: str, why: str) -> None:
    catalog = Catalog(engine)
    put_reading(read_files([path], catalog), [path], catalog, author=author, why=why)


def _foresee_offices(engine: Engine, path: Path, progress: Progress) -> Plan:
    offices, skipped = read_offices(path)
    progress(len(offices))
    known = {(office.unit, office.name): office for office in OfficeBook(engine).all()}
    return planned(_office_fates(offices, known), skipped)


def _office_fates(offices: list[Office], known: Mapping[tuple[str, str], Office]) -> Iterator[tuple[Fate, Item]]:
    for office in offices:
        held = known.get((office.unit, office.name))
        told = _told(office_form(held).values, office_form(office).values, LABELS) if held else ()
        fate = Fate.ADDED if held is None else Fate.CHANGED if told else Fate.UNCHANGED
        yield fate, Item(office.unit, office.name, told)


def _put_offices(engine: Engine, path: Path, _author: str, _why: str) -> None:
    OfficeBook(engine).put(read_offices(path)[0])


_FAQ_LABELS = {
    "answer": "Câu trả lời",
    "facet": "Phần được hỏi",
    "source_title": "Nguồn",
    "source_url": "Đường dẫn của nguồn",
    "valid_until": "Đến hết ngày",
}


def _foresee_faqs(engine: Engine, path: Path, progress: Progress) -> Plan:
    entries, skipped = read_faqs(path, Faqs(engine))
    progress(len(entries))

    def fates() -> Iterator[tuple[Fate, Item]]:
        for entry, held in entries:
            told = _told(_texts(held.entry), _texts(entry), _FAQ_LABELS) if held else ()
            same = held is not None and held.entry == entry
            fate = Fate.UNCHANGED if same else Fate.DRAFT
            yield fate, Item(entry.code, entry.question, told)

    return planned(fates(), skipped)


def _put_faqs(engine: Engine, path: Path, author: str, why: str) -> None:
    import_faqs(path, Faqs(engine), author, why)


def _hash(held: object) -> str:
    return hashlib.sha256(repr(held).encode()).hexdigest()


def _texts(entry: FaqEntry) -> dict[str, str]:
    return {name: str(getattr(entry, name) or "") for name in _FAQ_LABELS}


def _told(before: Mapping[str, str], after: Mapping[str, str], labels: Mapping[str, str]) -> tuple[Told, ...]:
    changed = [name for name in labels if before[name] != after[name]]
    return tuple(
        Told(labels[name], tuple(filter(None, [before[name]])), tuple(filter(None, [after[name]]))) for name in changed
    )


KINDS = {
    "procedures": ImportKind(
        "Danh mục thủ tục",
        (".jsonl", ".json", ".gz", ".csv", ".tsv", ".xlsx", ".doc", ".docx", ".zip"),
        lambda engine: str(Catalog(engine).change()),
        _foresee_procedures,
        _put_procedures,
    ),
    "offices": ImportKind(
        "Nơi nộp hồ sơ",
        (".csv", ".xlsx"),
        lambda engine: _hash(OfficeBook(engine).all()),
        _foresee_offices,
        _put_offices,
    ),
    "faq": ImportKind(
        "Câu hỏi thường gặp (vào bản nháp)",
        (".csv",),
        lambda engine: _hash([(faq.id, faq.number) for faq in Faqs(engine).newest()]),
        _foresee_faqs,
        _put_faqs,
    ),
}

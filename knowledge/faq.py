"""Questions with an answer of their own, written by administrators: each with its procedure, source and last day.

A published question helps to find its procedure, and whoever asks nearly the same is told its answer word for word.
Like editions of procedures, entries have versions: a change is a new one, and any can be brought back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
from sqlalchemy import Connection, Engine

from knowledge.catalog import FAQ
from knowledge.days import today
from knowledge.index import keywords
from knowledge.publishing import Refused
from knowledge.qualifiers import qualifiers
from knowledge.types import Facet, SearchResult, Status
from nlu.text import expand
from storage.database import writing
from storage.faqs import FaqRow, add_faqs, fetch_faq, fetch_newest, fetch_published, next_id, show_questions
from storage.procedures import CatalogueVersion, add_version, fetch_states, lock_catalogue, settle_version

# From here on two questions are the same. Chosen on the 25 pairs of tests/knowledge/test_faq.py: those that ask the
# same have .80 and more, those that ask something else .54 and less.
SAME_QUESTION = 0.75
_PARTICLES = frozenset({"a", "nhe", "nha", "oi", "thi", "ma", "vay", "day"})  # say nothing


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """What an entry says. `facet` is the part of the procedure it is about; `valid_until` its last day, if any."""

    code: str
    question: str
    answer: str
    source_title: str
    source_url: str
    facet: Facet = Facet.OVERVIEW
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class StoredFaq:
    """An entry as stored: its number, version, state, who wrote that version when and why."""

    id: int
    number: int
    status: Status
    entry: FaqEntry
    author: str
    reason: str
    created_at: datetime


class Faqs:
    """The FAQ of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def newest(self) -> list[StoredFaq]:
        """Return the newest version of every entry, by procedure."""
        with self._engine.connect() as connection:
            return [_stored(row) for row in fetch_newest(connection)]

    def history(self, identity: int) -> list[StoredFaq]:
        """Return every version of one entry, newest first; empty when there is none."""
        with self._engine.connect() as connection:
            return [_stored(row) for row in fetch_faq(connection, identity)]

    def told(self, codes: Sequence[str], day: date | None = None) -> list[StoredFaq]:
        """Return the entries about these procedures that citizens may be told on `day` (today)."""
        day = day or today()
        with self._engine.connect() as connection:
            rows = fetch_published(connection, codes)
        return [_stored(row) for row in rows if row.valid_until is None or row.valid_until >= day]

    def in_force(self) -> dict[int, StoredFaq]:
        """Return the published version of every entry that has one, by number, past its last day or not."""
        with self._engine.connect() as connection:
            return {row.id: _stored(row) for row in fetch_published(connection)}

    def past_date(self, day: date | None = None) -> list[StoredFaq]:
        """Return the published entries whose last day was before `day` (today)."""
        day = day or today()
        with self._engine.connect() as connection:
            rows = fetch_published(connection)
        return [_stored(row) for row in rows if row.valid_until is not None and row.valid_until < day]

    def check(self, entry: FaqEntry) -> None:
        """Raise Refused when an entry cannot be right: something is missing, or there is no such procedure."""
        with self._engine.connect() as connection:
            _check(connection, entry)

    def add(self, entry: FaqEntry, author: str, why: str, *, publish: bool = False) -> StoredFaq:
        """Keep a new entry as a draft, or publish it at once. Raises Refused when it cannot be right."""
        with self._step(author, why) as connection:
            _check(connection, entry)
            return _write(connection, next_id(connection), 1, _status(publish), entry, author, why)

    def revise(
        self, identity: int, entry: FaqEntry, author: str, why: str, based_on: int, *, publish: bool = False
    ) -> StoredFaq:
        """Write a new version of an entry. Raises Refused when somebody wrote one after `based_on`, the one seen."""
        with self._step(author, why) as connection:
            newest = _newest(connection, identity)
            if newest.number != based_on:
                raise Refused(
                    f"Câu hỏi {identity} đã có phiên bản {newest.number} ({newest.author}: {newest.reason}). "
                    "Mở lại bản mới nhất rồi sửa tiếp."
                )
            _check(connection, entry)
            return _write(connection, identity, newest.number + 1, _status(publish), entry, author, why)

    def publish(self, identity: int, author: str, why: str, seen: int | None = None) -> StoredFaq:
        """Publish the newest version of an entry, a draft or one withdrawn.

        Raises Refused when it is published, or is not the version that was `seen`.
        """
        with self._step(author, why) as connection:
            newest = _newest(connection, identity)
            if seen is not None and newest.number != seen:
                raise Refused(f"Câu hỏi {identity} vừa có phiên bản {newest.number}. Xem bản đó rồi công bố.")
            if newest.status == Status.PUBLISHED:
                raise Refused(f"Câu hỏi {identity} đang được công bố.")
            entry = _entry(newest)
            _check(connection, entry)
            return _write(connection, identity, newest.number + 1, Status.PUBLISHED, entry, author, why)

    def withdraw(self, identity: int, author: str, why: str) -> StoredFaq:
        """Stop telling an entry."""
        with self._step(author, why) as connection:
            newest = _newest(connection, identity)
            if newest.status == Status.WITHDRAWN:
                raise Refused(f"Câu hỏi {identity} đã ngừng từ trước.")
            return _write(connection, identity, newest.number + 1, Status.WITHDRAWN, _entry(newest), author, why)

    def rollback(self, identity: int, number: int, author: str, why: str) -> StoredFaq:
        """Make an earlier version of an entry the newest one, published unless it was withdrawn."""
        with self._step(author, why) as connection:
            versions = fetch_faq(connection, identity)
            target = next((row for row in versions if row.number == number), None)
            if target is None:
                raise Refused(f"Câu hỏi {identity} không có phiên bản {number}.")
            status = Status.WITHDRAWN if target.status == Status.WITHDRAWN else Status.PUBLISHED
            return _write(connection, identity, versions[0].number + 1, status, _entry(target), author, why)

    @contextmanager
    def _step(self, author: str, why: str) -> Iterator[Connection]:
        if not author.strip() or not why.strip():
            raise Refused("Mỗi thay đổi cần có người thực hiện và lý do.")
        with writing(self._engine) as connection:
            lock_catalogue(connection)
            yield connection


class FaqSearch:
    """Finds the entry that was written for a question, among those of the procedures the search found."""

    def __init__(self, faqs: Faqs, rarity: Callable[[], Mapping[str, float]]) -> None:
        """`rarity` returns how rare each word is in the index in use."""
        self._faqs, self._rarity = faqs, rarity

    def find(self, question: str, found: Sequence[SearchResult]) -> StoredFaq | None:
        """Return the entry whose question is nearly the one asked and which citizens may be told today, or None."""
        entries = self._faqs.told([result.code for result in found])
        rarity = self._rarity() if entries else {}
        scored = [(same_question(question, faq.entry.question, rarity), faq) for faq in entries]
        best, faq = max(scored, key=lambda pair: pair[0], default=(0.0, None))
        return faq if best >= SAME_QUESTION else None


def same_question(asked: str, known: str, rarity: Mapping[str, float]) -> float:
    """Return how far two questions are the same (0..1): the share of the longer one's words that the shorter one has.

    Words are folded and weigh by `rarity`; a word nobody indexed weighs as much as the rarest. Leaving words out or
    adding some makes a question less the same; one word in place of another makes it another question ("tạm trú",
    "tạm vắng"), and so do other numbers and words such as "lại" or "nước ngoài".
    """
    one, other = (set(keywords(expand(text))) - _PARTICLES for text in (asked, known))
    said, meant = qualifiers([asked, known])
    if not one or not other or not (one <= other or other <= one):
        return 0.0
    if _numbers(one) != _numbers(other) or not np.array_equal(said, meant):
        return 0.0
    rarest = max(rarity.values(), default=1.0)
    shorter, longer = sorted(sum(rarity.get(word, rarest) for word in words) for words in (one, other))
    return shorter / longer


def _numbers(words: set[str]) -> set[str]:
    return {word for word in words if any(letter.isdigit() for letter in word)}


def _status(publish: bool) -> Status:
    return Status.PUBLISHED if publish else Status.DRAFT


def _check(connection: Connection, entry: FaqEntry) -> None:
    empty = [
        name
        for name, text in (
            ("câu hỏi", entry.question),
            ("câu trả lời", entry.answer),
            ("nguồn", entry.source_title),
        )
        if not text.strip()
    ]
    if empty:
        raise Refused(f"Thiếu {', '.join(empty)}.")
    if not entry.source_url.startswith("https://"):
        raise Refused("Đường dẫn của nguồn phải bắt đầu bằng https://.")
    if not fetch_states(connection, [entry.code]):
        raise Refused(f"Không có thủ tục {entry.code} trong danh mục.")


def _newest(connection: Connection, identity: int) -> FaqRow:
    versions = fetch_faq(connection, identity)
    if not versions:
        raise Refused(f"Không có câu hỏi số {identity}. Xem: motcua faq list")
    return versions[0]


def _write(
    connection: Connection, identity: int, number: int, status: Status, entry: FaqEntry, author: str, why: str
) -> StoredFaq:
    row = FaqRow(
        id=identity,
        number=number,
        status=status,
        code=entry.code,
        facet=entry.facet,
        question=entry.question.strip(),
        answer=entry.answer.strip(),
        source_title=entry.source_title.strip(),
        source_url=entry.source_url.strip(),
        valid_until=entry.valid_until,
        author=author,
        reason=why,
    )
    if status is not Status.DRAFT:
        change = add_version(connection, CatalogueVersion(FAQ, why, None, 0, 0, 0, 0, author))
        settle_version(connection, change)
        row = replace(row, change_id=change)
        show_questions(connection, [row])
    add_faqs(connection, [row])
    return _stored(next(found for found in fetch_faq(connection, identity) if found.number == number))


def _entry(row: FaqRow) -> FaqEntry:
    return FaqEntry(
        row.code, row.question, row.answer, row.source_title, row.source_url, Facet(row.facet), row.valid_until
    )


def _stored(row: FaqRow) -> StoredFaq:
    assert row.created_at is not None  # noqa: S101 - set when it was stored
    return StoredFaq(row.id, row.number, Status(row.status), _entry(row), row.author, row.reason, row.created_at)

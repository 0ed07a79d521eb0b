"""Rows of the FAQ: every version of every entry, never changed and never deleted.

The question of a published entry also stands among the names of its procedure (`aliases`, origin "faq"), where the
search finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select

from storage.schema import aliases, faqs, now


@dataclass(frozen=True, slots=True)
class FaqRow:
    """One version of one entry. `change_id` is None for a draft; `created_at` is set when stored."""

    id: int
    number: int
    status: str
    code: str
    facet: str
    question: str
    answer: str
    source_title: str
    source_url: str
    valid_until: date | None
    author: str
    reason: str
    change_id: int | None = None
    created_at: datetime | None = None


_F = faqs.c
_COLUMNS = [_F[field.name] for field in fields(FaqRow)]
_later = faqs.alias("later")
_NEWER = exists().where(_later.c.id == _F.id, _later.c.number > _F.number)
_NEWER_DECIDED = _NEWER.where(_later.c.status != "draft")
# What is in force is the newest version that is no draft: an older one stays told while a draft is being written.
_IN_FORCE = select(*_COLUMNS).where(_F.status != "draft", ~_NEWER_DECIDED).order_by(_F.code, _F.id)
# Built once: every message asks.
_TOLD = _IN_FORCE.where(_F.status == "published")
_TOLD_OF = _TOLD.where(_F.code.in_(bindparam("codes", expanding=True)))
_NEWEST = select(*_COLUMNS).where(~_NEWER).order_by(_F.code, _F.id)


def add_faqs(connection: Connection, rows: Sequence[FaqRow]) -> None:
    """Write versions down."""
    at = now()
    values = [{field.name: getattr(row, field.name) for field in fields(row)} | {"created_at": at} for row in rows]
    if values:
        connection.execute(insert(faqs), values)


def next_id(connection: Connection) -> int:
    """Return the number for a new entry."""
    return (connection.scalar(select(func.max(_F.id))) or 0) + 1


def fetch_published(connection: Connection, codes: Sequence[str] | None = None) -> list[FaqRow]:
    """Return the entries that citizens may be told, of all procedures or of those named, by code."""
    rows = connection.execute(_TOLD) if codes is None else connection.execute(_TOLD_OF, {"codes": list(codes)})
    return [FaqRow(*row) for row in rows]


def fetch_newest(connection: Connection) -> list[FaqRow]:
    """Return the newest version of every entry, drafts and withdrawn ones too, by code."""
    return [FaqRow(*row) for row in connection.execute(_NEWEST)]


def fetch_faq(connection: Connection, identity: int) -> list[FaqRow]:
    """Return every version of one entry, newest first."""
    query = select(*_COLUMNS).where(_F.id == identity).order_by(_F.number.desc())
    return [FaqRow(*row) for row in connection.execute(query)]


def show_questions(connection: Connection, rows: Sequence[FaqRow]) -> None:
    """Let the search find procedures by the questions of these entries, and by those of them that are withdrawn not."""
    ours = (aliases.c.origin == "faq", aliases.c.role == "question")
    connection.execute(delete(aliases).where(*ours, aliases.c.position.in_([row.id for row in rows])))
    found = [
        {"code": row.code, "origin": "faq", "role": "question", "position": row.id, "alias": row.question}
        for row in rows
        if row.status == "published"
    ]
    if found:
        connection.execute(insert(aliases), found)

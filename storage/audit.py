"""The audit: who did what to which record, in the same transaction as the deed where the caller has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from storage.database import writing
from storage.schema import audit, now


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the audit; `author` is a login, or who else acted, such as the command line."""

    id: int
    action: str
    subject: str
    author: str
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are looked for; what is empty does not narrow. `action` is a whole action or its first word."""

    action: str = ""
    subject: str = ""
    author: str = ""
    since: datetime | None = None
    until: datetime | None = None


def note(where: Connection | Engine, action: str, subject: str, author: str, reason: str = "") -> int:
    """Add a line and return its number. Given a connection, the line stays or goes with its transaction."""
    if isinstance(where, Engine):
        with writing(where) as connection:
            return note(connection, action, subject, author, reason)
    values = {"action": action, "subject": subject, "author": author, "reason": reason, "created_at": now()}
    number: int = where.execute(insert(audit).values(values).returning(audit.c.id)).scalar_one()
    return number


def lines(engine: Engine, wanted: Wanted, count: int, before: int | None = None) -> Sequence[Line]:
    """Return the newest lines that fit, at most `count`, older than the line `before`."""
    query = select(*(audit.c[name] for name in Line.__slots__)).order_by(audit.c.id.desc()).limit(count)
    if wanted.action:
        query = query.where(
            (audit.c.action == wanted.action) | audit.c.action.startswith(f"{wanted.action}.", autoescape=True)
        )
    if wanted.subject:
        query = query.where(audit.c.subject.icontains(wanted.subject, autoescape=True))
    if wanted.author:
        query = query.where(audit.c.author == wanted.author)
    if wanted.since:
        query = query.where(audit.c.created_at >= wanted.since)
    if wanted.until:
        query = query.where(audit.c.created_at < wanted.until)
    if before is not None:
        query = query.where(audit.c.id < before)
    with engine.connect() as connection:
        return [Line(**row._mapping) for row in connection.execute(query)]


def authors(engine: Engine) -> Sequence[str]:
    """Return everybody who ever did something, for a filter."""
    with engine.connect() as connection:
        return connection.scalars(select(audit.c.author).distinct().order_by(audit.c.author)).all()

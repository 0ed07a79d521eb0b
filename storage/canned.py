"""Canned replies: words that staff send often, with placeholders filled in for each conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.audit import note
from storage.database import writing
from storage.schema import canned_replies, now


class ShortcutTaken(ValueError):  # noqa: N818 - a finding
    """Another canned reply has this shortcut."""


@dataclass(frozen=True, slots=True)
class Canned:
    """A canned reply as stored."""

    id: int
    shortcut: str
    title: str
    text: str
    author: str
    updated_at: datetime


_ALL = select(*(canned_replies.c[name] for name in Canned.__slots__)).order_by(canned_replies.c.shortcut)


def every_canned(engine: Engine) -> Sequence[Canned]:
    """Return all canned replies by shortcut."""
    with engine.connect() as connection:
        return [Canned(**row._mapping) for row in connection.execute(_ALL)]


def get_canned(engine: Engine, number: int) -> Canned | None:
    """Return one canned reply."""
    with engine.connect() as connection:
        row = connection.execute(_ALL.where(canned_replies.c.id == number)).first()
    return Canned(**row._mapping) if row else None


def add_canned(engine: Engine, shortcut: str, title: str, text: str, author: str) -> int:
    """Keep a new canned reply and return its number. Raises ShortcutTaken."""
    row = _row(shortcut, title, text, author)
    try:
        with writing(engine) as connection:
            number: int = connection.execute(
                insert(canned_replies).values(row).returning(canned_replies.c.id)
            ).scalar_one()
            note(connection, "canned.add", shortcut, author, title)
    except IntegrityError as error:
        raise ShortcutTaken(shortcut) from error
    return number


def add_missing(engine: Engine, replies: Sequence[tuple[str, str, str]], author: str) -> int:
    """Keep those (shortcut, title, text) whose shortcut is not taken, and return how many that were."""
    with writing(engine) as connection:
        taken = set(connection.scalars(select(canned_replies.c.shortcut)))
        rows = [_row(*reply, author) for reply in replies if reply[0] not in taken]
        if rows:
            connection.execute(insert(canned_replies), rows)
            note(connection, "canned.add", ", ".join(row["shortcut"] for row in rows), author)
    return len(rows)


def change_canned(engine: Engine, number: int, shortcut: str, title: str, text: str, author: str) -> bool:
    """Write a canned reply anew; False when there is none of this number. Raises ShortcutTaken."""
    row = _row(shortcut, title, text, author)
    try:
        with writing(engine) as connection:
            found = connection.execute(update(canned_replies).where(canned_replies.c.id == number).values(row)).rowcount
            if found:
                note(connection, "canned.change", shortcut, author, title)
    except IntegrityError as error:
        raise ShortcutTaken(shortcut) from error
    return bool(found)


def remove_canned(engine: Engine, number: int, author: str) -> Canned | None:
    """Take a canned reply away and return what it was, so that it can be put back."""
    with writing(engine) as connection:
        row = connection.execute(_ALL.where(canned_replies.c.id == number)).first()
        if row is None:
            return None
        connection.execute(delete(canned_replies).where(canned_replies.c.id == number))
        note(connection, "canned.remove", row.shortcut, author, row.title)
        return Canned(**row._mapping)


def _row(shortcut: str, title: str, text: str, author: str) -> dict[str, Any]:
    return {"shortcut": shortcut, "title": title, "text": text, "author": author, "updated_at": now()}

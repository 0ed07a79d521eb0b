"""Rows of the catalogue: procedures, the names people call them, and the versions of the whole.

What a record means and which edition wins is `knowledge.catalog`'s business; here is only the SQL. The functions take
the connection, so that a whole import is one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from storage.database import upserts
from storage.schema import aliases, catalogue_versions, now, procedures


@dataclass(frozen=True, slots=True)
class Names:
    """What people call a procedure, and what they asked about it."""

    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcedureRow:
    """One procedure as stored; `record` holds everything but its names."""

    code: str
    kind: str
    status: str
    version: int
    origin: str
    fingerprint: str
    record: dict[str, Any]
    updated_at: date | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A published procedure as read back."""

    record: dict[str, Any]
    version: int
    names: Names


@dataclass(frozen=True, slots=True)
class State:
    """What is needed to tell whether an incoming record is new, changed or older than the stored one."""

    status: str
    version: int
    origin: str
    fingerprint: str
    updated_at: date | None


@dataclass(frozen=True, slots=True)
class CatalogueVersion:
    """One change of the catalogue; `fingerprint` is that of the files it was made from, where there were any."""

    origin: str
    note: str
    fingerprint: str | None
    added: int
    changed: int
    withdrawn: int
    total: int


_T = TypeVar("_T")
_CHUNK = 500  # rows a statement, so that none outgrows the limit on bound values
_PUBLIC = (procedures.c.status == "published", procedures.c.kind != "internal")
_ONE = select(procedures.c.record, procedures.c.version).where(procedures.c.code == bindparam("code"), *_PUBLIC)
_NAMES = select(aliases.c.code, aliases.c.role, aliases.c.alias).order_by(
    aliases.c.code, aliases.c.origin.desc(), aliases.c.role, aliases.c.position
)
_NAMES_OF_ONE = _NAMES.where(aliases.c.code == bindparam("code"))
_SAVE = upserts(procedures)


def fetch(connection: Connection, code: str) -> Stored | None:
    """Return one published procedure that citizens may see."""
    row = connection.execute(_ONE, {"code": code}).first()
    if row is None:
        return None
    names = _by_code(connection.execute(_NAMES_OF_ONE, {"code": code}))
    return Stored(row.record, row.version, names.get(code, Names()))


def fetch_published(connection: Connection) -> Iterator[Stored]:
    """Yield every published procedure that citizens may see, by code, a few hundred in memory at a time."""
    names = _by_code(connection.execute(_NAMES))
    query = select(procedures.c.code, procedures.c.record, procedures.c.version).where(*_PUBLIC)
    rows = connection.execute(query.order_by(procedures.c.code).execution_options(yield_per=_CHUNK))
    for row in rows:
        yield Stored(row.record, row.version, names.get(row.code, Names()))


def fetch_states(connection: Connection) -> dict[str, State]:
    """Return the state of every stored procedure, published or not."""
    query = select(
        procedures.c.code,
        procedures.c.status,
        procedures.c.version,
        procedures.c.origin,
        procedures.c.fingerprint,
        procedures.c.updated_at,
    )
    return {code: State(*rest) for code, *rest in connection.execute(query)}


def fetch_names(connection: Connection, origin: str) -> dict[str, Names]:
    """Return the names that came from one origin."""
    return _by_code(connection.execute(_NAMES.where(aliases.c.origin == origin)))


def public_marks(connection: Connection) -> Iterator[str]:
    """Yield, in a fixed order, texts that change whenever a published procedure or its names do."""
    query = select(procedures.c.code, procedures.c.version, procedures.c.fingerprint).where(*_PUBLIC)
    for row in connection.execute(query.order_by(procedures.c.code)):
        yield f"{row.code} {row.version} {row.fingerprint}"
    for row in connection.execute(_NAMES):
        yield f"{row.code} {row.role} {row.alias}"


def save(connection: Connection, rows: Sequence[ProcedureRow]) -> None:
    """Add procedures, or replace those with the same codes."""
    at = now()
    for chunk in _chunks(rows):
        connection.execute(_SAVE[connection.dialect.name], [_columns(row) | {"imported_at": at} for row in chunk])


def save_names(connection: Connection, origin: str, names: dict[str, Names]) -> None:
    """Replace the names that these procedures have from one origin; those from others stay."""
    for codes in _chunks(list(names)):
        connection.execute(delete(aliases).where(aliases.c.origin == origin, aliases.c.code.in_(codes)))
    rows = [
        {"code": code, "origin": origin, "role": role, "position": position, "alias": text}
        for code, found in names.items()
        for role, texts in (("alias", found.aliases), ("question", found.questions))
        for position, text in enumerate(texts)
    ]
    for chunk in _chunks(rows):
        connection.execute(insert(aliases), chunk)


def withdraw(connection: Connection, codes: Iterable[str]) -> None:
    """Take procedures out of search and answers; they stay stored."""
    for chunk in _chunks(list(codes)):
        connection.execute(update(procedures).where(procedures.c.code.in_(chunk)).values(status="withdrawn"))


def count_published(connection: Connection) -> int:
    """Return how many procedures citizens may see."""
    return connection.scalar(select(func.count()).select_from(procedures).where(*_PUBLIC)) or 0


def add_version(connection: Connection, version: CatalogueVersion) -> int:
    """Write down a change of the catalogue and return its number."""
    row = _columns(version) | {"created_at": now()}
    adding = insert(catalogue_versions).values(row).returning(catalogue_versions.c.id)
    number: int = connection.execute(adding).scalar_one()
    return number


def last_fingerprint(connection: Connection, origin: str) -> str | None:
    """Return the fingerprint of the files that were last put in from an origin."""
    query = select(catalogue_versions.c.fingerprint).where(catalogue_versions.c.origin == origin)
    return connection.scalar(query.order_by(catalogue_versions.c.id.desc()).limit(1))


def _columns(row: ProcedureRow | CatalogueVersion) -> dict[str, Any]:
    # Not `asdict`: it copies a whole record leaf by leaf, which would hold the write lock six times as long.
    return {field.name: getattr(row, field.name) for field in fields(row)}


def _by_code(rows: Iterable[Row[Any]]) -> dict[str, Names]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"alias": [], "question": []})
    for row in rows:
        found[row.code][row.role].append(row.alias)
    return {
        code: Names(tuple(dict.fromkeys(texts["alias"])), tuple(dict.fromkeys(texts["question"])))
        for code, texts in found.items()
    }


def _chunks(rows: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))

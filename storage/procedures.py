"""Rows of the catalogue: the procedures in force, the names people call them, and the changes of the whole.

What a record means and which edition wins is `knowledge.catalog`'s business; here is only the SQL. The functions take
the connection, so that a whole import is one transaction. The records themselves are in `storage.versions`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, select, text, update

from storage.database import upserts
from storage.schema import aliases, catalogue_versions, now, procedure_versions, procedures


@dataclass(frozen=True, slots=True)
class Names:
    """What people call a procedure, and what they asked about it; `removed` silences names of other origins."""

    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcedureRow:
    """What is in force of one procedure; `version` names the row of `storage.versions` that holds its record."""

    code: str
    kind: str
    status: str
    version: int
    origin: str
    fingerprint: str
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
    author: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the catalogue as written down: its number, when, and what it did."""

    id: int
    created_at: datetime
    origin: str
    author: str
    note: str
    added: int
    changed: int
    withdrawn: int
    total: int


_T = TypeVar("_T")
_CHUNK = 500  # rows a statement, so that none outgrows the limit on bound values
_PUBLIC = (procedures.c.status == "published", procedures.c.kind != "internal")
_IN_FORCE = procedures.join(
    procedure_versions,
    and_(procedure_versions.c.code == procedures.c.code, procedure_versions.c.number == procedures.c.version),
)
_RECORDS = (
    select(procedures.c.code, procedure_versions.c.record, procedures.c.version).select_from(_IN_FORCE).where(*_PUBLIC)
)
_ONE = _RECORDS.where(procedures.c.code == bindparam("code"))
_NAMES = select(aliases.c.code, aliases.c.origin, aliases.c.role, aliases.c.alias).order_by(
    aliases.c.code, aliases.c.origin.desc(), aliases.c.role, aliases.c.position
)
_NAMES_OF_ONE = _NAMES.where(aliases.c.code == bindparam("code"))
_LAST_CHANGE = select(func.coalesce(func.max(catalogue_versions.c.id), 0))
_SAVE = upserts(procedures)
_ROLES = ("alias", "question", "removed")
# Any number will do as long as every process of ours takes the same one.
_CATALOGUE_LOCK = 1023


def lock_catalogue(connection: Connection) -> None:
    """Let nobody else change the catalogue until this transaction ends, so that changes are numbered in their order.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CATALOGUE_LOCK})


def fetch(connection: Connection, code: str) -> Stored | None:
    """Return one published procedure that citizens may see."""
    row = connection.execute(_ONE, {"code": code}).first()
    if row is None:
        return None
    names = _by_origin(connection.execute(_NAMES_OF_ONE, {"code": code}))
    return Stored(row.record, row.version, merged(names.get(code, {})))


def fetch_published(connection: Connection, codes: Collection[str] | None = None) -> Iterator[Stored]:
    """Yield the published procedures that citizens may see, by code: all, a few hundred in memory, or those named."""
    if codes is not None:
        for chunk in chunks(sorted(codes)):
            names = fetch_names(connection, chunk)
            for row in connection.execute(_RECORDS.where(procedures.c.code.in_(chunk)).order_by(procedures.c.code)):
                yield Stored(row.record, row.version, merged(names.get(row.code, {})))
        return
    names = fetch_names(connection)
    for row in connection.execute(_RECORDS.order_by(procedures.c.code).execution_options(yield_per=_CHUNK)):
        yield Stored(row.record, row.version, merged(names.get(row.code, {})))


def fetch_states(connection: Connection, codes: Collection[str] | None = None) -> dict[str, State]:
    """Return the state of every procedure that was ever in force, or of those named."""
    query = select(
        procedures.c.code,
        procedures.c.status,
        procedures.c.version,
        procedures.c.origin,
        procedures.c.fingerprint,
        procedures.c.updated_at,
    )
    asked = [query] if codes is None else [query.where(procedures.c.code.in_(chunk)) for chunk in chunks(list(codes))]
    return {code: State(*rest) for part in asked for code, *rest in connection.execute(part)}


def fetch_names(connection: Connection, codes: Collection[str] | None = None) -> dict[str, dict[str, Names]]:
    """Return the names by code and origin: of all procedures, or of those named."""
    if codes is None:
        return _by_origin(connection.execute(_NAMES))
    found: dict[str, dict[str, Names]] = {}
    for chunk in chunks(list(codes)):
        found |= _by_origin(connection.execute(_NAMES.where(aliases.c.code.in_(chunk))))
    return found


def merged(names: Mapping[str, Names]) -> Names:
    """Return what all origins together call a procedure, each name once, without those removed."""
    removed = {text for part in names.values() for text in part.removed}
    kept = [
        tuple(dict.fromkeys(text for part in texts for text in part if text not in removed))
        for texts in ([part.aliases for part in names.values()], [part.questions for part in names.values()])
    ]
    return Names(kept[0], kept[1])


def public_marks(connection: Connection) -> dict[str, str]:
    """Return by code, in a fixed order, a text that changes whenever a published procedure or one of its names does."""
    query = select(procedures.c.code, procedures.c.version, procedures.c.fingerprint).where(*_PUBLIC)
    found = {
        row.code: [f"{row.version} {row.fingerprint}"] for row in connection.execute(query.order_by(procedures.c.code))
    }
    for row in connection.execute(_NAMES):
        if row.code in found:
            found[row.code].append(f"{row.role} {row.alias}")
    return {code: "\n".join(parts) for code, parts in found.items()}


def save(connection: Connection, rows: Sequence[ProcedureRow]) -> None:
    """Put editions in force, in place of those with the same codes."""
    at = now()
    for chunk in chunks(rows):
        connection.execute(_SAVE[connection.dialect.name], [_columns(row) | {"imported_at": at} for row in chunk])


def save_names(connection: Connection, origin: str, names: dict[str, Names]) -> None:
    """Replace the names that these procedures have from one origin; those from others stay."""
    for codes in chunks(list(names)):
        connection.execute(delete(aliases).where(aliases.c.origin == origin, aliases.c.code.in_(codes)))
    rows = [
        {"code": code, "origin": origin, "role": role, "position": position, "alias": text}
        for code, found in names.items()
        for role, texts in zip(_ROLES, (found.aliases, found.questions, found.removed), strict=True)
        for position, text in enumerate(texts)
    ]
    for chunk in chunks(rows):
        connection.execute(insert(aliases), chunk)


def count_published(connection: Connection) -> int:
    """Return how many procedures citizens may see."""
    return connection.scalar(select(func.count()).select_from(procedures).where(*_PUBLIC)) or 0


def add_version(connection: Connection, version: CatalogueVersion) -> int:
    """Write down a change of the catalogue and return its number."""
    row = _columns(version) | {"created_at": now()}
    adding = insert(catalogue_versions).values(row).returning(catalogue_versions.c.id)
    number: int = connection.execute(adding).scalar_one()
    return number


def last_change(connection: Connection) -> int:
    """Return the number of the newest change of the catalogue, 0 before the first."""
    number: int = connection.execute(_LAST_CHANGE).scalar_one()
    return number


def fetch_changes(connection: Connection, limit: int) -> list[Change]:
    """Return the newest changes, newest first."""
    columns = (catalogue_versions.c[field.name] for field in fields(Change))
    query = select(*columns).order_by(catalogue_versions.c.id.desc()).limit(limit)
    return [Change(*row) for row in connection.execute(query)]


def fetch_change(connection: Connection, number: int) -> Change | None:
    """Return one change of the catalogue."""
    columns = (catalogue_versions.c[field.name] for field in fields(Change))
    row = connection.execute(select(*columns).where(catalogue_versions.c.id == number)).first()
    return None if row is None else Change(*row)


def settle_version(connection: Connection, number: int) -> int:
    """Count what citizens may see after a change, write it beside the change, and return it."""
    total = count_published(connection)
    counted = update(catalogue_versions).where(catalogue_versions.c.id == number).values(total=total)
    connection.execute(counted)
    return total


def last_fingerprint(connection: Connection, origin: str) -> str | None:
    """Return the fingerprint of the files that were last put in from an origin."""
    query = select(catalogue_versions.c.fingerprint).where(catalogue_versions.c.origin == origin)
    return connection.scalar(query.order_by(catalogue_versions.c.id.desc()).limit(1))


def _columns(row: ProcedureRow | CatalogueVersion) -> dict[str, Any]:
    # Not `asdict`: it copies a whole record leaf by leaf, which would hold the write lock six times as long.
    return {field.name: getattr(row, field.name) for field in fields(row)}


def _by_origin(rows: Iterable[Row[Any]]) -> dict[str, dict[str, Names]]:
    found: dict[str, dict[str, dict[str, list[str]]]] = {}
    for row in rows:
        texts = found.setdefault(row.code, {}).setdefault(row.origin, {role: [] for role in _ROLES})
        texts[row.role].append(row.alias)
    return {
        code: {origin: Names(*(tuple(texts[role]) for role in _ROLES)) for origin, texts in origins.items()}
        for code, origins in found.items()
    }


def chunks(rows: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Cut rows into portions that one statement can take."""
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))

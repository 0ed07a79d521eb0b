"""Opening the database: one SQLite file by default, PostgreSQL by URL, always at the newest schema."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Executable, Table, create_engine, event, inspect, make_url, text
from sqlalchemy.dialects import postgresql, sqlite

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_S = 5
# Any number will do as long as every process of ours takes the same one.
_UPGRADE_LOCK = 1022
_LINES: WeakKeyDictionary[Engine, _Line] = WeakKeyDictionary()
# Both speak of conflicts in the same words, but SQLAlchemy's own `insert` has none.
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def open_database(url: str) -> Engine:
    """Return an engine for a SQLAlchemy URL; the folder of a SQLite file is made."""
    parsed = make_url(url)
    # Parameters are what citizens wrote: an error must not carry them into a log.
    options: dict[str, Any] = {"json_serializer": _dump_json, "hide_parameters": True}
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, **options)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_S}, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one transaction that reads and then writes, committed at the end.

    SQLite gets its write lock at the start: a transaction that read first and asks for the lock later is refused
    at once when somebody else wrote in between, without waiting for the busy timeout.
    """
    with _line(engine), engine.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection


class _Line:
    """Writers of one process, one after another in the order they came.

    SQLite makes those who wait sleep and look again, up to 0.1 s each time, and whoever looks at the right moment goes
    first: under load some wait for seconds. (A plain lock is not fair either.)
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._busy = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()  # released by the one before

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._busy = False


def _line(engine: Engine) -> AbstractContextManager[None]:
    return _LINES.setdefault(engine, _Line()) if engine.dialect.name == "sqlite" else nullcontext()


def upserts(table: Table) -> dict[str, Executable]:
    """Return, by dialect, the statement that adds a row or replaces the one with the same primary key."""
    return {name: _upsert(make(table)) for name, make in _INSERTS.items()}


def adding_once(table: Table) -> dict[str, Executable]:
    """Return, by dialect, the statement that adds a row unless one with the same primary key is there."""
    return {name: make(table).on_conflict_do_nothing() for name, make in _INSERTS.items()}


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision; quick when it is there, safe when two processes start at once."""
    if _revision(engine) == newest_revision():
        return
    # Alembic takes longer to import than everything else here; most starts do not need it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def newest_revision() -> str:
    """Return the newest revision: migrations are files `NNNN_what.py` whose revision is their number."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upsert(adding: Any) -> Executable:
    keys = [column.name for column in adding.table.primary_key]
    rest = {column.name: column for column in adding.excluded if column.name not in keys}
    statement: Executable = adding.on_conflict_do_update(index_elements=keys, set_=rest)
    return statement


def _dump_json(value: Any) -> str:
    # Vietnamese letters stay letters: half the size, and readable in the database.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun by `_begin_sqlite`, not guessed by the driver, so that schema changes are in them too.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL a crash of the process loses nothing; only a power cut may lose the last commits, never the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("writing", False)
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a connection that begins a transaction is open
    driver.execute("BEGIN IMMEDIATE" if immediate else "BEGIN")

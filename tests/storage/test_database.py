import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from storage.database import _line, newest_revision, open_database, upgrade, writing
from storage.schema import conversations, messages, metadata, now

ROOT = Path(__file__).parents[2]


def test_the_migrations_make_the_tables_of_the_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_an_upgrade_again_keeps_what_is_there(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(
            conversations.insert(), {"id": "a", "channel": "web", "created_at": now(), "updated_at": now()}
        )

    upgrade(engine)

    with engine.connect() as connection:
        assert connection.scalar(select(conversations.c.id)) == "a"
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == newest_revision()


def test_a_start_with_nothing_to_do_does_not_load_alembic(database_url: str) -> None:
    upgrade(open_database(database_url))
    code = (
        "import sys; from storage.database import open_database, upgrade; "
        f"upgrade(open_database({database_url!r})); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_processes_that_start_at_once_all_find_the_schema(database_url: str) -> None:
    code = f"from storage.database import open_database, upgrade; upgrade(open_database({database_url!r}))"
    started = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [process.communicate()[1] for process in started] == [""] * 3
    assert "messages" in inspect(open_database(database_url)).get_table_names()


def test_a_broken_migration_leaves_nothing_behind(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_database(database_url)

    def fail(*_: object) -> None:
        raise RuntimeError("the power went off")

    monkeypatch.setattr("alembic.operations.Operations.create_index", fail)
    with pytest.raises(RuntimeError, match="power"):
        upgrade(engine)
    monkeypatch.undo()

    assert inspect(engine).get_table_names() == []
    upgrade(engine)
    assert "messages" in inspect(engine).get_table_names()


def test_a_sqlite_file_keeps_its_promises(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/a/b/motcua.db")
    with engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 1, "busy_timeout": 5000, "foreign_keys": 1}


def test_writers_that_read_first_wait_for_each_other(engine: Engine) -> None:
    with writing(engine) as connection:
        row = {"id": "a", "channel": "0", "created_at": now(), "updated_at": now()}
        connection.execute(conversations.insert(), row)

    def add_one(_: int) -> None:
        with writing(engine) as connection:
            seen = connection.scalar(select(conversations.c.channel).with_for_update())
            connection.execute(update(conversations).values(channel=str(int(seen or 0) + 1)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(40)))
    with engine.connect() as connection:
        assert connection.scalar(select(conversations.c.channel)) == "40"


def test_writers_of_a_process_have_their_turn_in_the_order_they_came(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/motcua.db")
    upgrade(engine)
    order: list[int] = []

    def write(number: int) -> None:
        with writing(engine):
            order.append(number)

    with ThreadPoolExecutor(8) as pool:
        with writing(engine):
            for number in range(8):
                pool.submit(write, number)
                while len(_line(engine)._waiting) <= number:  # type: ignore[attr-defined]
                    sleep(0.001)
        pool.shutdown()
    assert order == list(range(8))


def test_a_writer_that_fails_lets_the_next_go(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/motcua.db")
    upgrade(engine)
    with pytest.raises(RuntimeError, match="fault"), writing(engine):
        raise RuntimeError("fault")
    with writing(engine) as connection:
        assert connection.scalar(select(1)) == 1


def test_a_message_needs_its_conversation_and_the_error_does_not_carry_its_words(engine: Engine) -> None:
    row = {"conversation_id": "none", "position": 0, "role": "citizen", "body": {"text": "Hoa"}, "created_at": now()}
    with pytest.raises(IntegrityError) as caught, writing(engine) as connection:
        connection.execute(messages.insert(), row)
    assert "Hoa" not in str(caught.value)

"""The history survives the upgrade of a database from before there was one."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from knowledge.catalog import Catalog
from knowledge.history import History
from knowledge.publishing import Publishing
from storage.database import MIGRATIONS, open_database, upgrade, writing


def migrate(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        (command.upgrade if revision != "0001-" else command.downgrade)(config, revision.rstrip("-"))


def test_records_of_before_become_the_first_known_versions(database_url: str) -> None:
    engine = open_database(database_url)
    migrate(engine, "0001")
    with writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO procedures (code, kind, status, version, origin, fingerprint, record, imported_at) "
                "VALUES ('1.001193', 'national', 'published', 4, 'import', 'f', :record, '2026-11-01 00:00:00')"
            ),
            {"record": '{"code":"1.001193","name":"Đăng ký khai sinh"}'},
        )
        connection.execute(
            text(
                "INSERT INTO aliases (code, origin, role, position, alias) VALUES ('1.001193','import','alias',0,'gks')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO catalogue_versions (created_at, origin, note, added, changed, withdrawn, total) "
                "VALUES ('2026-11-01 00:00:00', 'import', 'tệp', 1, 0, 0, 1)"
            )
        )
    upgrade(engine)

    held = Catalog(engine).get("1.001193")
    assert held is not None
    assert (held.name, held.version, held.aliases) == ("Đăng ký khai sinh", 4, ("gks",))
    (edition,) = History(engine).of("1.001193")
    assert (edition.number, edition.change_id, edition.procedure.aliases) == (4, None, ("gks",))

    # What was there before the history began is what going back to that time brings back.
    publishing = Publishing(engine)
    publishing.withdraw("1.001193", "lan", "nhầm")
    publishing.rollback_all(1, "lan", "nhầm")
    back = Catalog(engine).get("1.001193")
    assert back is not None
    assert (back.name, back.aliases) == ("Đăng ký khai sinh", ("gks",))

    migrate(engine, "0001-")
    with engine.connect() as connection:
        assert "khai sinh" in str(connection.scalar(text("SELECT record FROM procedures")))
    engine.dispose()

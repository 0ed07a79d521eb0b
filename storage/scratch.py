"""A database for trying things out: the same tables in a file of its own, emptied after each trial."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, delete

from storage.database import open_database, writing
from storage.schema import metadata


def open_scratch(folder: Path) -> Engine:
    """Open an empty database in a folder of the caller's."""
    engine = open_database(f"sqlite:///{folder / 'scratch.db'}")
    metadata.create_all(engine)
    return engine


def wipe(engine: Engine) -> None:
    """Delete every row of a scratch database."""
    with writing(engine) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))

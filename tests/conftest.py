"""Fixtures for all tests: a database of each kind, empty and at the newest schema; the real assistant."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from storage.database import open_database, upgrade, writing
from storage.schema import metadata

if TYPE_CHECKING:
    from bot.assistant import Assistant
    from storage.conversations import Conversations
    from web.service import Knowledge
    from web.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
POSTGRES = os.environ.get("MOTCUA_TEST_POSTGRES", "postgresql+psycopg2://postgres@127.0.0.1:5432/test")
# The tables of what is known; all others hold people and what they did.
KNOWLEDGE = {
    "aliases",
    "catalogue_versions",
    "faqs",
    "offices",
    "portal_records",
    "procedure_versions",
    "procedures",
    "regressions",
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database: a file, or a schema of its own on the PostgreSQL server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/data/motcua.db"
        return
    schema = f"motcua_{uuid.uuid4().hex[:12]}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("no PostgreSQL server answers (MOTCUA_TEST_POSTGRES)")
    url = make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    server.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database at the newest schema."""
    opened = open_database(database_url)
    upgrade(opened)
    yield opened
    opened.dispose()


@dataclass(frozen=True, slots=True)
class RealService:
    """The assistant as it is served, over the starter catalogue, with what it stands on."""

    settings: Settings
    knowledge: Knowledge
    conversations: Conversations
    assistant: Assistant


@pytest.fixture(scope="session")
def loaded_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    """The real assistant in a folder of its own; index and dialogue model are kept from one run to the next.

    Both carry the fingerprint of what they were made from, so that an old one is never used for a new source.
    """
    from storage.conversations import Conversations  # Rasa and the encoder take seconds: only these tests pay
    from web.service import open_assistant, open_engine, open_knowledge
    from web.settings import load_settings

    data = tmp_path_factory.mktemp("real")
    for name in ("index", "models"):
        kept = ROOT / "var" / "test-cache" / name
        kept.mkdir(parents=True, exist_ok=True)
        (data / name).symlink_to(kept)
    settings = load_settings(ROOT / "config.yml", {"MOTCUA_DATA": str(data)})
    engine = open_engine(settings)
    knowledge = open_knowledge(settings, engine)
    yield RealService(settings, knowledge, Conversations(engine), open_assistant(settings, knowledge, engine))
    engine.dispose()


@pytest.fixture(scope="module")
def real_service(loaded_service: RealService) -> Iterator[RealService]:
    """The real assistant, which every test file meets without staff and without a conversation.

    It is loaded once; what a file's tests left in its database is taken out behind them, all but the knowledge.
    """
    yield loaded_service
    with writing(loaded_service.conversations.engine) as connection:
        for table in reversed(metadata.sorted_tables):  # what points at others goes before them
            if table.name not in KNOWLEDGE:
                connection.execute(table.delete())


@pytest.fixture(scope="module")
def assistant(real_service: RealService) -> Assistant:
    """The real assistant over the starter catalogue."""
    return real_service.assistant

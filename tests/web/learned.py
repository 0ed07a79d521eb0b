"""The application of the tests with the starter catalogue and its search opened, as the desk's aids need it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import Engine, delete

from storage.conversations import Conversations
from storage.schema import canned_replies, conversations, marks, regressions
from tests.channels.conftest import SCRIPTS
from tests.channels.scripted import ScriptedAssistant
from tests.conftest import ROOT
from web.app import create_app
from web.service import Knowledge, open_engine, open_knowledge
from web.settings import Settings, load_settings
from web.staff.opened import KNOWLEDGE

Opened = tuple[Settings, Engine, Knowledge]


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The starter catalogue and its search; the index is kept from one run to the next."""
    data = tmp_path_factory.mktemp("learned")
    kept = ROOT / "var" / "test-cache" / "index"
    kept.mkdir(parents=True, exist_ok=True)
    (data / "index").symlink_to(kept)
    settings = load_settings(ROOT / "config.yml", {"MOTCUA_DATA": str(data)})
    engine = open_engine(settings)
    yield settings, engine, open_knowledge(settings, engine)
    engine.dispose()


@pytest.fixture
def talks(opened: Opened) -> Conversations:
    """The conversations of that database, none at the start."""
    with opened[1].begin() as connection:
        for table in (marks, regressions, canned_replies, conversations):
            connection.execute(delete(table))
    return Conversations(opened[1])


@pytest.fixture
async def desk(
    opened: Opened, talks: Conversations, aiohttp_client: Callable[..., Awaitable[TestClient]], tmp_path: Path
) -> TestClient:
    """The application with a scripted assistant and the real search."""
    app = create_app(opened[0], ScriptedAssistant(talks, **SCRIPTS), talks)
    app[KNOWLEDGE].knowledge = opened[2]
    return await aiohttp_client(app)

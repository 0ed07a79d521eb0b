"""The application over a real assistant and catalogue, for tests of what asks questions again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bot.evaluation import Case
from storage.conversations import Conversations
from web.app import create_app
from web.staff.opened import KNOWLEDGE

if TYPE_CHECKING:
    from bot.assistant import Assistant
    from tests.conftest import RealService
    from web.service import Knowledge
    from web.settings import Settings


@dataclass(frozen=True)
class Real:
    """The parts of a service with a database of its own."""

    settings: Settings
    knowledge: Knowledge
    conversations: Conversations
    assistant: Assistant


@pytest.fixture(scope="module")
def real(real_service: RealService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """A service whose catalogue the tests of one file may change."""
    from web.service import open_assistant, open_engine, open_knowledge

    data = tmp_path_factory.mktemp("rehearsed")
    for name in ("index", "models"):
        (data / name).symlink_to((real_service.settings.data / name).resolve())
    settings = replace(real_service.settings, data=data, database_url=f"sqlite:///{data}/motcua.db")
    engine = open_engine(settings)
    knowledge = open_knowledge(settings, engine)
    yield Real(settings, knowledge, Conversations(engine), open_assistant(settings, knowledge, engine))
    engine.dispose()


@pytest.fixture
def app(real: Real) -> web.Application:
    """The application, loaded."""
    made = create_app(real.settings, real.assistant, real.conversations)
    made[KNOWLEDGE].knowledge = real.knowledge
    return made


@pytest.fixture
async def client(app: web.Application, aiohttp_client: Callable[..., Awaitable[TestClient]]) -> TestClient:
    """A client of it."""
    return await aiohttp_client(app)


def case(identity: str, question: str, code: str, *contains: str, kind: str = "answer") -> Case:
    """Return a regression case."""
    gold = frozenset({code}) if code else frozenset()
    return Case(identity, kind, "none", (question,), gold, tuple((one,) for one in contains), ())

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from storage.conversations import Conversations
from storage.database import open_database
from storage.schema import metadata
from tests.channels.scripted import CLARIFY, CRISIS, DOCUMENTS, FEE, ScriptedAssistant
from web.app import create_app
from web.settings import Settings

SCRIPTS = {"khai sinh": DOCUMENTS, ":fee": FEE, "mới sinh con": CLARIFY, "cứu": CRISIS}


@pytest.fixture
def conversations(tmp_path: Path) -> Conversations:
    engine = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(engine)
    return Conversations(engine)


@pytest.fixture
def assistant(conversations: Conversations) -> ScriptedAssistant:
    return ScriptedAssistant(conversations, **SCRIPTS)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data=tmp_path,
        port=0,
        public_url="https://hoi.example.gov.vn",
        database_url="",
        encoder="",
        embed_origins=("https://xa.example.gov.vn",),
    )


@pytest.fixture
def app(settings: Settings, assistant: ScriptedAssistant, conversations: Conversations) -> web.Application:
    return create_app(settings, assistant, conversations)


@pytest.fixture
async def client(app: web.Application, aiohttp_client: Callable[..., Awaitable[TestClient]]) -> TestClient:
    return await aiohttp_client(app)

"""The desk over both databases, with two agents and a supervisor, each with a browser of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine

from storage.conversations import Conversations
from tests.channels.conftest import SCRIPTS
from tests.channels.scripted import ScriptedAssistant
from tests.web.desk.desk_side import Agent, hire
from web.app import create_app
from web.settings import Settings

Client = Callable[..., Awaitable[TestClient]]


@pytest.fixture
def conversations(engine: Engine) -> Conversations:
    return Conversations(engine)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, port=0, public_url="http://localhost", database_url="", encoder="")


@pytest.fixture
def app(settings: Settings, conversations: Conversations) -> web.Application:
    return create_app(settings, ScriptedAssistant(conversations, **SCRIPTS), conversations)


@pytest.fixture
async def server(app: web.Application, aiohttp_server: Callable[..., Awaitable[TestServer]]) -> TestServer:
    return await aiohttp_server(app)


@pytest.fixture
async def lan(server: TestServer, aiohttp_client: Client) -> Agent:
    return await hire(await aiohttp_client(server), "agent", "Lan")


@pytest.fixture
async def minh(server: TestServer, aiohttp_client: Client) -> Agent:
    return await hire(await aiohttp_client(server), "agent", "Minh")


@pytest.fixture
async def chi(server: TestServer, aiohttp_client: Client) -> Agent:
    return await hire(await aiohttp_client(server), "supervisor", "Chi")


@pytest.fixture
def conversation(conversations: Conversations) -> str:
    return conversations.create("web").id

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, func, select

from channels.telegram import SECRET_HEADER
from channels.telegram_settings import TelegramSettings
from storage.conversations import Conversations
from storage.database import open_database
from storage.schema import inbox, metadata
from tests.channels.scripted import ScriptedAssistant
from tests.servers.telegram import TOKEN, TelegramServer, serving
from web.app import CONNECTIONS, create_app
from web.connections import connect
from web.settings import Settings, SettingsError, load_settings

SECRET = "a-secret-of-thirty-two-characters"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(opened)
    yield opened
    opened.dispose()


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with serving() as running:
        yield running


def settings(tmp_path: Path, public_url: str, base: str = "http://127.0.0.1:1", secret: str = SECRET) -> Settings:
    return Settings(tmp_path, 0, public_url, "", "", telegram=TelegramSettings(TOKEN, secret, base))


async def test_at_an_https_address_it_is_delivered_to_us(
    tmp_path: Path, engine: Engine, server: TelegramServer
) -> None:
    conversations = Conversations(engine)
    given = settings(tmp_path, "https://hoi.example.gov.vn", server.base)
    app = create_app(given, ScriptedAssistant(conversations), conversations)
    server.say(42, "khai sinh")
    async with TestClient(TestServer(app)) as client:
        url, update = "/webhooks/telegram", server.waiting[0]
        assert (await client.post(url, json=update)).status == 401
        assert (await client.post(url, json=update, headers={SECRET_HEADER: "wrong"})).status == 403
        assert (await client.post(url, json=update, headers={SECRET_HEADER: SECRET})).status == 200
        assert (await client.get(url)).status == 405
    assert app[CONNECTIONS].pollers == []
    assert app[CONNECTIONS].received["telegram"] == {"unsigned": 1, "wrong_secret": 1, "message": 1}
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(inbox)) == 1
    for close in app[CONNECTIONS].closers:
        await close()


async def test_elsewhere_it_asks_and_has_no_webhook(tmp_path: Path, engine: Engine) -> None:
    connections = connect(settings(tmp_path, "http://localhost:8080", secret=""), engine)
    assert list(connections.channels) == ["telegram"]
    assert connections.routes == []
    assert len(connections.pollers) == 1
    for close in connections.closers:
        await close()


def test_the_bot_is_set_up_from_the_environment(tmp_path: Path) -> None:
    base = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_BASE": "http://127.0.0.1:8081"}
    given = load_settings(tmp_path / "none.yml", base).telegram
    assert given == TelegramSettings(TOKEN, "", "http://127.0.0.1:8081")
    assert load_settings(tmp_path / "none.yml", {}).telegram is None


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"TELEGRAM_TOKEN": "my token"}, "TELEGRAM_TOKEN must be"),
        ({"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_SECRET": "short"}, "TELEGRAM_SECRET must be"),
        ({"TELEGRAM_TOKEN": TOKEN, "MOTCUA_PUBLIC_URL": "https://a.example.vn"}, "TELEGRAM_SECRET is missing"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, environ: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load_settings(tmp_path / "none.yml", environ)


@pytest.mark.parametrize("name", ["telegram_token", "telegram_secret"])
def test_secrets_are_not_read_from_a_file(tmp_path: Path, name: str) -> None:
    config = tmp_path / "config.yml"
    config.write_text(f"assistant:\n  {name}: x\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="environment only"):
        load_settings(config, {})

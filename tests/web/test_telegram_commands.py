from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from telegram import WebhookInfo

from tests.servers.telegram import TOKEN, Fault, TelegramServer, serving
from web.cli import main
from web.settings import Settings, load_settings
from web.telegram_commands import findings

SECRET = "a-secret-of-thirty-two-characters"
PUBLIC = "https://hoi.example.gov.vn"


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with serving() as running:
        yield running


async def motcua(server: TelegramServer, *words: str, **environ: str) -> Result:
    """Run the command in a thread: it has a loop of its own, the server is in ours."""
    given = {
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_SECRET": SECRET,
        "TELEGRAM_API_BASE": server.base,
        "MOTCUA_PUBLIC_URL": PUBLIC,
    }
    return await asyncio.to_thread(CliRunner().invoke, main, ["telegram", *words], env=given | environ)


async def test_the_webhook_is_set_with_its_secret_seen_and_removed(server: TelegramServer) -> None:
    before = await motcua(server, "status")
    assert before.exit_code == 1
    assert "motcua telegram set-webhook" in before.output

    done = await motcua(server, "set-webhook")
    assert done.exit_code == 0, done.output
    assert server.webhook["url"] == f"{PUBLIC}/webhooks/telegram"
    assert server.webhook["secret_token"] == SECRET
    assert server.webhook["allowed_updates"] == ["message", "callback_query", "my_chat_member"]
    assert [command["command"] for command in server.commands][:2] == ["start", "help"]

    seen = await motcua(server, "status")
    assert seen.exit_code == 0, seen.output
    assert "@motcua_test_bot" in seen.output
    assert f"{PUBLIC}/webhooks/telegram; 0 tin đang chờ" in seen.output
    assert SECRET not in seen.output + done.output

    gone = await motcua(server, "delete-webhook")
    assert gone.exit_code == 0
    assert server.webhook["url"] == ""


async def test_without_https_no_webhook_is_set_and_one_that_is_left_is_told(server: TelegramServer) -> None:
    refused = await motcua(server, "set-webhook", MOTCUA_PUBLIC_URL="http://localhost:8080")
    assert refused.exit_code == 1
    assert "webhook cần địa chỉ https" in refused.output
    assert server.webhook["url"] == ""
    server.webhook = {"url": "https://other.example.vn/x"}
    seen = await motcua(server, "status", MOTCUA_PUBLIC_URL="http://localhost:8080")
    assert "motcua telegram delete-webhook" in seen.output


async def test_a_port_that_telegram_does_not_deliver_to_is_refused_before_it_is_asked(server: TelegramServer) -> None:
    refused = await motcua(server, "set-webhook", MOTCUA_PUBLIC_URL=f"{PUBLIC}:8081")
    assert refused.exit_code == 1
    assert "443, 80, 88, 8443" in refused.output
    assert server.calls == []


async def test_a_wrong_token_and_a_broken_server_are_told_plainly(server: TelegramServer) -> None:
    wrong = await motcua(server, "status", TELEGRAM_TOKEN="987654321:AAwrong-token-000")
    assert wrong.exit_code == 1
    assert "không nhận TELEGRAM_TOKEN" in wrong.output
    assert "AAwrong" not in wrong.output
    server.fail("getMe", Fault(500, "Internal Server Error"))
    broken = await motcua(server, "status")
    assert broken.exit_code == 1
    assert "Internal Server Error" in broken.output


async def test_without_a_token_it_says_where_to_get_one(server: TelegramServer) -> None:
    result = await motcua(server, "status", TELEGRAM_TOKEN="")
    assert result.exit_code == 1
    assert "@BotFather" in result.output


async def test_at_an_https_address_nothing_starts_without_the_secret(server: TelegramServer) -> None:
    result = await motcua(server, "status", TELEGRAM_SECRET="")
    assert result.exit_code == 1
    assert "TELEGRAM_SECRET is missing" in result.output


def test_what_telegram_complains_about_is_told() -> None:
    at = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
    hook = WebhookInfo(f"{PUBLIC}/webhooks/telegram", False, 500, at, "Wrong response from the webhook: 503")
    assert findings(settings(PUBLIC), hook) == [
        "Telegram gửi đến webhook bị lỗi lúc 21/11/2026 08:30 UTC: Wrong response from the webhook: 503",
        "500 tin đang chờ: máy chủ có đang chạy (motcua serve) không?",
    ]


def settings(public_url: str) -> Settings:
    from web.cli import CONFIG

    given = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_SECRET": SECRET, "MOTCUA_PUBLIC_URL": public_url}
    return load_settings(CONFIG, given)

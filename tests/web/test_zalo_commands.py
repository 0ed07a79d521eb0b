"""`motcua zalo` as an operator types it, against the local servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner, Result

from channels.zalo_settings import ZaloBotSettings, ZaloSettings
from channels.zalo_signature import Candidate
from storage.database import open_database
from storage.schema import now
from storage.zalo_tokens import Chain, ZaloTokens
from tests.servers import zalo_bot
from tests.servers.zalo import APP_ID, APP_SECRET, FIRST_REFRESH_TOKEN, OA_SECRET, PERSON, Zalo, zalo_server
from tests.servers.zalo_bot import ZaloBotPlatform, zalo_bot_server
from web.cli import main
from web.settings import Settings, SettingsError, load_settings
from web.zalo_commands import findings

PUBLIC = "https://hoi.example.gov.vn"
SECRETS = (APP_SECRET, OA_SECRET, FIRST_REFRESH_TOKEN)
Run = Callable[..., Coroutine[Any, Any, Result]]


@pytest.fixture
async def zalo() -> AsyncIterator[Zalo]:
    async with zalo_server() as running:
        yield running


@pytest.fixture
async def platform() -> AsyncIterator[ZaloBotPlatform]:
    async with zalo_bot_server() as running:
        yield running


@pytest.fixture
def run(zalo: Zalo, tmp_path: Path) -> Run:
    """Run a command in a thread: it has a loop of its own, the servers are in ours."""

    async def invoke(*words: str, typed: str | None = None, **environ: str) -> Result:
        given = {
            "MOTCUA_DATA": str(tmp_path),
            "MOTCUA_PUBLIC_URL": PUBLIC,
            "ZALO_APP_ID": APP_ID,
            "ZALO_APP_SECRET": APP_SECRET,
            "ZALO_OA_SECRET": OA_SECRET,
            "ZALO_REFRESH_TOKEN": FIRST_REFRESH_TOKEN,
            "ZALO_API_BASE": zalo.url,
            "ZALO_OAUTH_BASE": zalo.url,
        }
        done = await asyncio.to_thread(
            CliRunner().invoke, main, ["zalo", *words], input=typed, env=given | environ, catch_exceptions=False
        )
        assert not any(secret in done.output for secret in SECRETS)
        return done

    return invoke


async def test_a_login_step_by_step(zalo: Zalo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """The operator opens the address that is printed and pastes the one Zalo leads back to."""
    loop = asyncio.get_running_loop()

    def browse(*_words: Any, **_more: Any) -> str:
        async def follow() -> str:
            (url,) = shown
            async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
                return answer.headers["Location"]

        return asyncio.run_coroutine_threadsafe(follow(), loop).result()

    shown: list[str] = []
    monkeypatch.setattr("web.zalo_commands.click.prompt", browse)
    monkeypatch.setattr("web.zalo_commands.output.print", lambda text, **_: shown.append(str(text)))
    done = await run("login", ZALO_REFRESH_TOKEN="")
    assert done.exit_code == 0, done.output
    assert shown[0].startswith(f"{zalo.url}/v4/oa/permission?app_id={APP_ID}")
    chain = ZaloTokens(open_database(f"sqlite:///{tmp_path}/motcua.db")).load(APP_ID)
    assert chain is not None
    assert chain.oa_id == "2900000000000000042"


@pytest.mark.parametrize(
    "pasted", ["https://hoi.example.gov.vn/?code=c&state=foreign", "https://hoi.example.gov.vn/", "x"]
)
async def test_what_belongs_to_another_login_is_refused(run: Run, pasted: str) -> None:
    done = await run("login", typed=f"{pasted}\n")
    assert done.exit_code == 1
    assert "motcua zalo login" in done.output


async def test_the_status_names_the_account_and_is_content(run: Run, zalo: Zalo) -> None:
    done = await run("status")
    assert done.exit_code == 0, done.output
    assert "UBND phường Xuân Hòa" in done.output
    assert f"{PUBLIC}/webhooks/zalo" in done.output
    assert "chưa ghim" in done.output
    assert zalo.refreshes == 1


async def test_the_status_says_what_to_mend(run: Run, zalo: Zalo) -> None:
    zalo.spent.add(FIRST_REFRESH_TOKEN)
    done = await run("status", MOTCUA_PUBLIC_URL="http://10.0.0.1:8080")
    assert done.exit_code == 1
    assert "motcua zalo login" in done.output
    assert "https://ten-mien" in done.output


async def test_the_status_of_the_bot(run: Run, platform: ZaloBotPlatform) -> None:
    bot = {
        "ZALO_APP_ID": "",
        "ZALO_BOT_TOKEN": zalo_bot.TOKEN,
        "ZALO_BOT_SECRET": zalo_bot.SECRET,
        "ZALO_BOT_API_BASE": platform.url,
    }
    done = await run("status", **bot)
    assert done.exit_code == 1
    assert "bot.xuanhoa" in done.output
    platform.hook = f"{PUBLIC}/webhooks/zalo-bot"
    assert (await run("status", **bot)).exit_code == 0
    wrong = await run("status", **bot | {"ZALO_BOT_TOKEN": "999:wrong-token"})
    assert wrong.exit_code == 1
    assert "ZALO_BOT_TOKEN" in wrong.output


async def test_a_test_message_and_a_file(run: Run, zalo: Zalo, tmp_path: Path) -> None:
    zalo.interactions[PERSON] = zalo.now()
    form = tmp_path / "to-khai.pdf"
    form.write_bytes(b"%PDF-1.7")
    done = await run("test", PERSON, str(form))
    assert done.exit_code == 0, done.output
    assert [bool(sent.attachment) for sent in zalo.sent] == [False, True]
    assert "48 giờ" in done.output


async def test_a_test_message_to_somebody_who_never_wrote(run: Run) -> None:
    done = await run("test", PERSON)
    assert done.exit_code == 1
    assert "nhắn một tin mới" in " ".join(done.output.split())


async def test_without_an_app_it_says_how_to_begin(run: Run) -> None:
    done = await run("status", ZALO_APP_ID="")
    assert done.exit_code == 1
    assert "developers.zalo.me" in done.output


def test_an_old_login_is_told(tmp_path: Path) -> None:
    settings = Settings(tmp_path, 0, PUBLIC, "", "")
    chain = Chain("1", "s", "r", now() - timedelta(days=75))
    assert ["75 ngày" in line for line in findings(settings, chain, now())] == [True]
    assert findings(settings, Chain("1", "s", "r", now()), now()) == []


# ---- settings

ACCOUNT = {"ZALO_APP_ID": APP_ID, "ZALO_APP_SECRET": APP_SECRET, "ZALO_OA_SECRET": OA_SECRET}


def test_the_settings_of_an_account_and_a_bot(tmp_path: Path) -> None:
    more = {"ZALO_SIGNATURE": "app_id+header", "ZALO_VERIFIER": "AbC_1", "ZALO_BOT_TOKEN": zalo_bot.TOKEN}
    found = load_settings(tmp_path / "none.yml", ACCOUNT | more)
    assert found.zalo == ZaloSettings(APP_ID, APP_SECRET, OA_SECRET, verifier="AbC_1", signature=Candidate.APP_HEADER)
    assert found.zalo_bot == ZaloBotSettings(zalo_bot.TOKEN)
    assert load_settings(tmp_path / "none.yml", {}).zalo is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZALO_APP_ID", "my-app"),
        ("ZALO_APP_SECRET", ""),
        ("ZALO_OA_SECRET", ""),
        ("ZALO_SIGNATURE", "hmac"),
        ("ZALO_VERIFIER", "../etc"),
        ("ZALO_API_BASE", "openapi.zalo.me"),
        ("ZALO_OAUTH_BASE", "https://oauth.zaloapp.com/v4"),
        ("ZALO_BOT_TOKEN", "a/b?c=ddddd"),
        ("ZALO_BOT_API_BASE", "ftp://a"),
    ],
)
def test_a_setting_that_cannot_be_right_stops_the_start(tmp_path: Path, name: str, value: str) -> None:
    bot = {"ZALO_BOT_TOKEN": zalo_bot.TOKEN}
    with pytest.raises(SettingsError, match=name):
        load_settings(tmp_path / "none.yml", ACCOUNT | bot | {name: value})


@pytest.mark.parametrize("name", ["zalo_app_secret", "zalo_oa_secret", "zalo_refresh_token", "zalo_bot_token"])
def test_a_secret_does_not_stand_in_the_file(tmp_path: Path, name: str) -> None:
    config = tmp_path / "config.yml"
    config.write_text(f"assistant:\n  {name}: abc\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="secrets: environment only"):
        load_settings(config, {})


def test_an_app_may_stand_in_the_file(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text(f"assistant:\n  zalo_app_id: '{APP_ID}'\n", encoding="utf-8")
    found = load_settings(config, {name: value for name, value in ACCOUNT.items() if name != "ZALO_APP_ID"})
    assert found.zalo is not None
    assert found.zalo.app_id == APP_ID

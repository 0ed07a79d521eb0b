"""The chain of tokens against a server that forgives nothing: a refresh token used twice kills it."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from channels.base import FailureKind, SendFailed
from channels.zalo_http import Http
from channels.zalo_oauth import begin_login, exchange_code, read_callback
from channels.zalo_settings import ZaloSettings
from channels.zalo_tokens import LEASE_S, Tokens, keep_fresh
from storage.schema import now
from storage.zalo_tokens import ZaloTokens
from tests.servers.zalo import APP_ID, APP_SECRET, FIRST_REFRESH_TOKEN, OA_ID, OA_SECRET, Zalo, zalo_server

ROOT = Path(__file__).parents[2]


class Clock:
    """A clock for both sides, moved by hand."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def zalo(clock: Clock) -> AsyncIterator[Zalo]:
    async with zalo_server(Zalo(now=clock.seconds)) as running:
        yield running


def settings(zalo: Zalo, refresh_token: str = FIRST_REFRESH_TOKEN, app_secret: str = APP_SECRET) -> ZaloSettings:
    return ZaloSettings(APP_ID, app_secret, OA_SECRET, refresh_token, zalo.url, zalo.url)


@asynccontextmanager
async def opened(zalo: Zalo, engine: Engine, clock: Clock, **kind: str) -> AsyncIterator[Tokens]:
    http = Http()
    tokens = Tokens(settings(zalo, **kind), ZaloTokens(engine), http, clock)
    try:
        yield tokens
    finally:
        await tokens.close()
        await http.close()


def valid(zalo: Zalo) -> str:
    (token,) = zalo.access_tokens
    return token


async def test_the_first_token_comes_from_the_settings_and_is_kept(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    async with opened(zalo, engine, clock) as tokens:
        assert await tokens.access_token() == valid(zalo)
    async with opened(zalo, engine, clock) as restarted:
        assert await restarted.access_token() == valid(zalo)
    assert zalo.refreshes == 1


async def test_it_is_renewed_at_four_fifths_of_its_life(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    async with opened(zalo, engine, clock) as tokens:
        first = await tokens.access_token()
        clock.at += timedelta(hours=19)
        assert await tokens.access_token() == first
        clock.at += timedelta(hours=2)
        assert await tokens.access_token() == valid(zalo) != first
    assert zalo.refreshes == 2


async def test_many_askers_renew_once(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    zalo.oauth_delay = 0.1
    async with opened(zalo, engine, clock) as one, opened(zalo, engine, clock) as other:
        told = await asyncio.gather(*(tokens.access_token() for tokens in (one, other) for _ in range(5)))
    assert set(told) == {valid(zalo)}
    assert zalo.refreshes == 1


RACER = f"""
import asyncio, sys
from channels.zalo_http import Http
from channels.zalo_settings import ZaloSettings
from channels.zalo_tokens import Tokens
from storage.database import open_database
from storage.zalo_tokens import ZaloTokens

async def main(url, database, refused):
    http = Http()
    settings = ZaloSettings({APP_ID!r}, {APP_SECRET!r}, "x", {FIRST_REFRESH_TOKEN!r}, url, url)
    tokens = Tokens(settings, ZaloTokens(open_database(database)), http)
    print(await (tokens.after_refusal(refused) if refused else tokens.access_token()))
    await http.close()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("refused", [False, True])
async def test_processes_that_race_spend_no_token_twice(
    zalo: Zalo, engine: Engine, database_url: str, clock: Clock, refused: bool
) -> None:
    """Also when all of them were just told that the token they have is refused."""
    known = ""
    if refused:
        async with opened(zalo, engine, clock) as tokens:
            known = await tokens.access_token()
    zalo.oauth_delay = 0.3

    async def race() -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", RACER, zalo.url, database_url, known, cwd=ROOT, stdout=subprocess.PIPE
        )
        return (await process.communicate())[0].decode().strip()

    told = await asyncio.gather(*(race() for _ in range(3)))
    assert set(told) == {valid(zalo)}
    assert zalo.refreshes == 1 + refused


async def test_the_new_pair_is_stored_before_it_is_used(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    async with opened(zalo, engine, clock) as tokens:
        used = await tokens.access_token()
    async with opened(zalo, engine, clock) as after_a_crash:
        assert await after_a_crash.access_token() == used


async def test_who_stops_in_the_middle_of_a_renewal_still_stores_it(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    zalo.oauth_delay = 0.2
    async with opened(zalo, engine, clock) as tokens:
        asked = asyncio.create_task(tokens.access_token())
        while not zalo.refreshes and not asked.done():
            await asyncio.sleep(0.02)
            if tokens._renewal is not None:
                asked.cancel()
                break
        with pytest.raises(asyncio.CancelledError):
            await asked
        await tokens.close()
        assert await tokens.access_token() == valid(zalo)
    assert zalo.refreshes == 1


async def test_a_database_that_is_away_for_a_while_does_not_lose_the_pair(
    zalo: Zalo, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, failures = ZaloTokens.save, [RuntimeError("locked"), RuntimeError("locked")]

    def busy(self: ZaloTokens, chain: Any) -> None:
        if failures:
            raise failures.pop()
        save(self, chain)

    monkeypatch.setattr(ZaloTokens, "save", busy)
    monkeypatch.setattr("channels.zalo_tokens._SAVE_AGAIN_S", (0.01, 0.01, 0.01))
    async with opened(zalo, engine, clock) as tokens:
        await tokens.access_token()
    async with opened(zalo, engine, clock) as restarted:
        assert await restarted.access_token() == valid(zalo)
    assert (failures, zalo.refreshes) == ([], 1)


async def test_a_holder_that_died_is_followed_after_its_lease(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    async with opened(zalo, engine, clock) as tokens:
        await tokens.access_token()
        store = ZaloTokens(engine)
        assert store.lease(APP_ID, "dead", clock(), LEASE_S) is not None
        assert store.lease(APP_ID, "other", clock(), LEASE_S) is None
        clock.at += timedelta(hours=21)
        assert await tokens.access_token() == valid(zalo)
    assert zalo.refreshes == 2


async def test_a_refused_token_that_somebody_renewed_meanwhile_is_not_renewed_again(
    zalo: Zalo, engine: Engine, clock: Clock
) -> None:
    async with opened(zalo, engine, clock) as one, opened(zalo, engine, clock) as other:
        old = await one.access_token()
        new = await other.after_refusal(old)
        assert await one.after_refusal(old) == new == valid(zalo)
    assert zalo.refreshes == 2


async def test_a_broken_chain_asks_for_a_person_and_is_not_tried_again(
    zalo: Zalo, engine: Engine, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    zalo.spent.add(FIRST_REFRESH_TOKEN)
    async with opened(zalo, engine, clock) as tokens:
        for _ in range(3):
            with pytest.raises(SendFailed, match="motcua zalo login") as failed:
                await tokens.access_token()
            assert failed.value.kind is FailureKind.CREDENTIALS
    assert len([one for one in caplog.records if one.levelno == logging.ERROR]) == 1
    assert FIRST_REFRESH_TOKEN not in caplog.text


async def test_another_token_in_the_settings_begins_another_chain(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    zalo.spent.add(FIRST_REFRESH_TOKEN)
    async with opened(zalo, engine, clock) as tokens:
        with pytest.raises(SendFailed):
            await tokens.access_token()
    zalo.refresh_token = "a new one from the console"
    async with opened(zalo, engine, clock, refresh_token="a new one from the console") as tokens:
        assert await tokens.access_token() == valid(zalo)


async def test_a_login_begins_another_chain(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    import aiohttp

    login = begin_login(settings(zalo), "https://hoi.example.gov.vn/")
    async with aiohttp.ClientSession() as browser, browser.get(login.url, allow_redirects=False) as answer:
        code, oa_id = read_callback(login, answer.headers["Location"])
    http = Http()
    pair = await exchange_code(http, settings(zalo), code, login.verifier, clock())
    await http.close()
    async with opened(zalo, engine, clock, refresh_token="") as tokens:
        await tokens.save_login(pair, oa_id)
        state = await tokens.state()
        assert state is not None
        assert (state.oa_id, state.authorised_at) == (OA_ID, clock())
        assert await tokens.access_token() == valid(zalo)
        clock.at += timedelta(hours=21)
        assert await tokens.access_token() == valid(zalo)
    assert zalo.refreshes == 1


async def test_a_code_works_once_and_only_with_its_verifier(zalo: Zalo, clock: Clock) -> None:
    login = begin_login(settings(zalo), "https://hoi.example.gov.vn/")
    zalo.challenges["code"] = "of another login"
    http = Http()
    for _ in range(2):
        with pytest.raises(SendFailed) as failed:
            await exchange_code(http, settings(zalo), "code", login.verifier, clock())
        assert failed.value.kind is FailureKind.CREDENTIALS
    await http.close()


async def test_without_any_login_it_says_so(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    async with opened(zalo, engine, clock, refresh_token="") as tokens:
        with pytest.raises(SendFailed, match="motcua zalo login"):
            await tokens.access_token()


async def test_a_wrong_app_secret_spends_nothing(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    async with opened(zalo, engine, clock, app_secret="wrong") as tokens:
        with pytest.raises(SendFailed, match="ZALO_APP_SECRET"):
            await tokens.access_token()
    assert zalo.refresh_token == FIRST_REFRESH_TOKEN


@pytest.mark.parametrize("fault", ["503", "reset", "html", "429", "-9999"])
async def test_a_passing_fault_keeps_the_token_that_is_still_good(
    zalo: Zalo, engine: Engine, clock: Clock, fault: str
) -> None:
    async with opened(zalo, engine, clock) as tokens:
        first = await tokens.access_token()
        clock.at += timedelta(hours=21)
        zalo.oauth_faults.append(fault)
        assert await tokens.access_token() == first
        assert await tokens.access_token() == valid(zalo) != first


async def test_a_passing_fault_with_no_token_left_is_told(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    async with opened(zalo, engine, clock) as tokens:
        await tokens.access_token()
        clock.at += timedelta(hours=26)
        zalo.oauth_faults.append("503")
        with pytest.raises(SendFailed) as failed:
            await tokens.access_token()
        assert failed.value.kind is FailureKind.PASSING


async def test_an_answer_without_a_refresh_token_keeps_the_old_one(
    zalo: Zalo, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    mint = Zalo.mint

    def without(self: Zalo) -> dict[str, Any]:
        pair = mint(self)
        self.refresh_token = FIRST_REFRESH_TOKEN
        self.spent.clear()
        return {"access_token": pair["access_token"], "expires_in": 90000}

    monkeypatch.setattr(Zalo, "mint", without)
    async with opened(zalo, engine, clock) as tokens:
        await tokens.access_token()
        clock.at += timedelta(hours=21)
        assert await tokens.access_token() == valid(zalo)


async def test_an_old_login_is_told_in_time(
    zalo: Zalo, engine: Engine, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(zalo, engine, clock) as tokens:
        await tokens.access_token()
        assert "60 days" not in caplog.text
        clock.at += timedelta(days=61)
        await tokens.access_token()
    assert "over 60 days old" in caplog.text


async def test_a_copy_of_the_database_gives_no_access(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    async with opened(zalo, engine, clock) as tokens:
        access = await tokens.access_token()
    with engine.connect() as connection:
        kept = json.dumps([str(cell) for cell in connection.execute(text("SELECT * FROM zalo_tokens")).one()])
    assert access not in kept
    assert str(zalo.refresh_token) not in kept
    assert FIRST_REFRESH_TOKEN not in kept


async def test_a_changed_app_secret_asks_for_a_login(zalo: Zalo, engine: Engine, clock: Clock) -> None:
    async with opened(zalo, engine, clock) as tokens:
        await tokens.access_token()
    async with opened(zalo, engine, clock, app_secret="reset in the console") as tokens:
        with pytest.raises(SendFailed, match="ZALO_APP_SECRET"):
            await tokens.access_token()


async def test_tokens_stay_fresh_while_nobody_writes(
    zalo: Zalo, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after a fault: the keeper never gives up."""
    monkeypatch.setattr("channels.zalo_tokens._KEEP_S", 0.01)
    zalo.oauth_faults.extend(["503", "html"])
    async with opened(zalo, engine, clock) as tokens:
        keeper = asyncio.create_task(keep_fresh(tokens))
        async with asyncio.timeout(10):
            for wanted in (1, 2):
                while zalo.refreshes < wanted:  # noqa: ASYNC110 - by looking
                    await asyncio.sleep(0.01)
                clock.at += timedelta(hours=21)
        keeper.cancel()


def test_nothing_secret_is_printed() -> None:
    shown = repr(ZaloSettings(APP_ID, APP_SECRET, OA_SECRET, FIRST_REFRESH_TOKEN))
    assert all(secret not in shown for secret in (APP_SECRET, OA_SECRET, FIRST_REFRESH_TOKEN))


def test_a_moment_of_never_is_past() -> None:
    from storage.zalo_tokens import Chain

    assert Chain("1", "s", "r", now()).expires_at < datetime(2001, 1, 1, tzinfo=UTC)

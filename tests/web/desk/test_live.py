"""What happens at the desk, as its open pages hear of it."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import Engine, update

from storage.conversations import Conversations, Turn
from storage.database import writing
from storage.desk_rows import ASKED, Call
from storage.schema import now, staff
from tests.web.desk.desk_side import Agent
from web.desk import live as live_module
from web.desk.live import LIVE, Stream
from web.staff.guard import ACCOUNTS
from web.staff.opened import KNOWLEDGE

SILENT = Call(ASKED, None, silent=True)


def say(conversations: Conversations, conversation: str, number: int = 1, call: Call | None = None) -> None:
    replies = [{"text": "Tôi chuyển.", "outcome": "handoff"}] if call else []
    conversations.record_turn(Turn(conversation, f"m{number}", {"text": "cho gặp cán bộ"}, replies, call=call))


async def test_a_citizens_message_is_seen_at_once(
    lan: Agent, minh: Agent, conversations: Conversations, conversation: str
) -> None:
    pages = [await lan.events(), await minh.events()]
    await asyncio.sleep(0.3)
    started = time.perf_counter()
    await asyncio.to_thread(say, conversations, conversation, 1, SILENT)
    for page in pages:
        number, told = await page.next("conversation", lambda row: row["id"] == conversation)
        assert (told["status"], told["last"]["text"]) == ("waiting", "Tôi chuyển.")
        assert number > 0
        _, counted = await page.next("counts")
        assert counted["waiting"] == 1
    assert time.perf_counter() - started < 2  # loosely: other work runs beside the tests


async def test_whose_a_conversation_is_is_told_to_each_from_their_side(
    lan: Agent, minh: Agent, conversation: str
) -> None:
    first, second = await lan.events(), await minh.events()
    await asyncio.sleep(0.3)
    await lan.step(conversation, "take")
    for page, mine in ((first, True), (second, False)):
        _, told = await page.next("conversation", lambda row: row["status"] == "held")
        assert (told["mine"], told["holder"]["name"]) == (mine, "Lan")
    _, counted = await first.next("counts", lambda numbers: numbers["mine"] == 1)
    assert counted["waiting"] == 0


async def test_a_page_that_comes_back_hears_what_it_missed(
    lan: Agent, conversations: Conversations, conversation: str
) -> None:
    cursor = (await lan.get("/queue"))["cursor"]
    say(conversations, conversation)
    lan.client.session.headers["Last-Event-ID"] = str(cursor)
    page = await lan.events()
    _, told = await page.next("conversation")
    assert told["id"] == conversation
    lan.client.session.headers["Last-Event-ID"] = "none"
    assert (await lan.events()).answer.status == 200


async def test_colleagues_who_come_and_go_are_told(lan: Agent, minh: Agent) -> None:
    page = await lan.events()
    await minh.done("/presence", {"status": "online"})
    _, told = await page.next("presence", lambda one: one["id"] == minh.id and one["presence"] == "online")
    assert told == {"id": minh.id, "name": "Minh", "role": "agent", "presence": "online", "load": 0}


async def test_an_open_page_counts_as_being_there(lan: Agent, engine: Engine) -> None:
    await lan.done("/presence", {"status": "online"})
    with writing(engine) as connection:
        connection.execute(update(staff).values(seen_at=now() - timedelta(minutes=5)))
    assert [one["presence"] for one in await lan.get("/colleagues")] == ["away"]
    page = await lan.events()
    _, told = await page.next("presence", lambda one: one["presence"] == "online")
    assert told["id"] == lan.id


async def test_a_new_edition_of_the_catalogue_is_told(lan: Agent, app: web.Application) -> None:
    page = await lan.events()
    app[KNOWLEDGE].knowledge = SimpleNamespace(live=SimpleNamespace(change=41))  # type: ignore[assignment]
    _, told = await page.next("knowledge")
    assert told == {"change": 41}


@pytest.mark.parametrize("how", ["session", "role", "account"])
async def test_a_stream_ends_with_the_right_to_it(
    lan: Agent, app: web.Application, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(live_module, "CHECK_S", 0.2)
    page = await lan.events()
    await asyncio.sleep(0.3)
    accounts = app[ACCOUNTS]
    if how == "session":
        accounts.end_sessions(lan.id, "test")
    elif how == "role":
        accounts.set_role(lan.id, "editor", "test")
    else:
        accounts.set_active(lan.id, False, "test")
    await page.next("ended")
    assert await page.ended()


async def test_streams_end_when_the_server_stops(lan: Agent, server: TestServer, app: web.Application) -> None:
    page = await lan.events()
    app[LIVE].close()
    assert await page.ended()


def test_a_page_that_reads_slowly_is_told_the_newest_of_each() -> None:
    stream = Stream(SimpleNamespace(id=1))  # type: ignore[arg-type]
    for about, message in (("a", b"a1 "), ("b", b"b1 "), ("a", b"a2 ")):
        stream.put(about, message)
    assert stream.news.is_set()
    assert stream.take() == b"b1 a2 "
    assert (stream.take(), stream.news.is_set()) == (b"", False)


async def test_faults_of_the_database_pass(
    lan: Agent, conversations: Conversations, conversation: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, faults = await lan.events(), iter([True])
    await asyncio.sleep(0.3)
    read = live_module.look

    def flaky(*given: object) -> object:
        if next(faults, False):
            raise RuntimeError("the database went away")
        return read(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(live_module, "look", flaky)
    say(conversations, conversation)
    _, told = await page.next("conversation", lambda row: row["id"] == conversation)
    assert told["status"] == "bot"

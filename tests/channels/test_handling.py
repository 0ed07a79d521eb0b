from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

import channels.handling
from bot.messages import File, FileKind, Location, Outcome, Reply
from channels.base import APOLOGY, Delivery
from channels.handling import Busy, Handling, Inline
from channels.inbox import Inbox
from channels.seal import Seal
from storage import inbox as stored
from storage.conversations import Conversations
from storage.schema import inbox as table
from storage.schema import lanes, now
from storage.tokens import Tokens
from tests.channels.scripted import FEE, ScriptedAssistant

# Both kinds of database: tests/storage.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WAIT = Reply("Anh/chị gửi hơi nhanh.", Outcome.BLOCKED)


@pytest.fixture
def conversations(engine: Engine) -> Conversations:
    return Conversations(engine)


@pytest.fixture
def assistant(conversations: Conversations) -> ScriptedAssistant:
    return ScriptedAssistant(conversations, **{":fee": FEE})


@pytest.fixture
def handling(engine: Engine, assistant: ScriptedAssistant) -> Handling:
    return Handling(assistant, Tokens(engine))


@pytest.fixture
def page(conversations: Conversations) -> str:
    return conversations.create("web").id


@pytest.fixture
def inline(engine: Engine, handling: Handling) -> Inline:
    return Inline(Inbox(engine, Seal("tests")), handling)


def said(page: str, message_id: str = "1", text: str = "xin chào") -> Delivery:
    return Delivery("web", message_id, page, text=text)


def open_rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


async def test_everything_of_a_delivery_reaches_the_assistant(
    handling: Handling, assistant: ScriptedAssistant, page: str
) -> None:
    files = (File(FileKind.IMAGE, "x"),)
    delivery = Delivery("telegram", "9", "lan", text="đây", location=Location(1.0, 2.0), files=files)
    await handling.replies(page, delivery)
    (heard,) = assistant.heard
    assert (heard.id, heard.conversation_id, heard.channel, heard.text) == ("9", page, "telegram", "đây")
    assert (heard.location, heard.files, heard.sent_at) == (delivery.location, files, delivery.sent_at)


async def test_a_tap_means_what_its_token_was_issued_for(
    engine: Engine, handling: Handling, assistant: ScriptedAssistant, page: str
) -> None:
    token = Tokens(engine).issue(page, "facet:1.001193:fee")
    # Zalo delivers a tap as text, Telegram without.
    for text in (f"#{token}", ""):
        delivery = Delivery("zalo", f"tap {text}", "lan", text=text, token=token)
        assert list(await handling.replies(page, delivery)) == [FEE]
        assert (assistant.heard[-1].text, assistant.heard[-1].payload) == ("", "facet:1.001193:fee")


async def test_what_is_no_token_of_ours_is_words_where_a_tap_looks_like_typing(
    handling: Handling, assistant: ScriptedAssistant, page: str
) -> None:
    await handling.replies(page, Delivery("zalo", "1", "lan", text="#t:0123456789", token="t:0123456789"))
    assert (assistant.heard[0].text, assistant.heard[0].payload) == ("#t:0123456789", None)


async def test_an_old_button_is_left_to_the_assistant(
    handling: Handling, assistant: ScriptedAssistant, page: str
) -> None:
    await handling.replies(page, Delivery("telegram", "1", "lan", token="t:0123456789"))
    assert (assistant.heard[0].text, assistant.heard[0].payload) == ("", "t:0123456789")


@pytest.mark.parametrize("refused", [(), (WAIT,)])
async def test_what_the_gate_refuses_never_reaches_the_assistant(
    engine: Engine, assistant: ScriptedAssistant, page: str, refused: tuple[Reply, ...]
) -> None:
    asked: list[Delivery] = []

    async def gate(delivery: Delivery) -> Sequence[Reply] | None:
        asked.append(delivery)
        return refused

    delivery = Delivery("telegram", "1", "lan", text="a")
    assert tuple(await Handling(assistant, Tokens(engine), gate).replies(page, delivery)) == refused
    assert asked == [delivery]
    assert assistant.heard == []


async def test_a_page_is_answered_at_once_and_nothing_stays_behind(engine: Engine, inline: Inline, page: str) -> None:
    (reply,) = await inline.answer(said(page))
    assert reply.text == "Tôi nghe: xin chào"
    assert open_rows(engine) == 0


async def test_it_is_in_the_inbox_while_it_is_answered(
    engine: Engine, inline: Inline, page: str, assistant: ScriptedAssistant
) -> None:
    assistant.gate.clear()
    task = asyncio.create_task(inline.answer(said(page)))
    await assistant.arrived.wait()
    with engine.connect() as connection:
        row = connection.execute(select(table)).one()
    assert (row.delivery_id, row.status) == ("1", "working")
    assert Seal("tests").open(row.body["sealed"]) == {"text": "xin chào"}
    assistant.gate.set()
    await task


async def test_what_failed_is_left_to_the_page(
    engine: Engine, inline: Inline, page: str, assistant: ScriptedAssistant
) -> None:
    assistant.failure = RuntimeError("out of order")
    assert await inline.answer(said(page)) == [APOLOGY]
    assert open_rows(engine) == 0
    assistant.failure = None
    assert (await inline.answer(said(page)))[0].text == "Tôi nghe: xin chào"


async def test_a_fault_around_the_assistant_is_an_apology_too(inline: Inline) -> None:
    assert await inline.answer(said("nobody")) == [APOLOGY]


async def test_it_waits_for_what_another_process_answers(
    engine: Engine, inline: Inline, page: str, assistant: ScriptedAssistant
) -> None:
    other = Inbox(engine, Seal("tests"))
    place = await other.take(page, said(page, "0"))
    task = asyncio.create_task(inline.answer(said(page, "1")))
    await asyncio.sleep(0.2)
    assert assistant.heard == []
    assert place.claimed is not None
    stored.finish(engine, place.claimed, None)
    assert (await task)[0].text == "Tôi nghe: xin chào"


async def test_it_does_not_wait_for_ever(
    engine: Engine, inline: Inline, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels.handling, "PATIENCE_S", 0.1)
    await Inbox(engine, Seal("tests")).take(page, said(page, "0"))
    with pytest.raises(Busy):
        await inline.answer(said(page, "1"))


async def test_what_a_worker_answered_meanwhile_is_told_again(
    engine: Engine, inline: Inline, handling: Handling, page: str
) -> None:
    inbox = Inbox(engine, Seal("tests"))
    await inbox.take(page, said(page))
    with engine.begin() as connection:
        connection.execute(update(lanes).values(due_at=now() - timedelta(seconds=1)))
    (claimed,) = await inbox.claim(["web"], 1)
    told = await handling.replies(page, said(page))
    stored.finish(engine, claimed, None)
    assert list(await inline.answer(replace(said(page), text="other words"))) == list(told)

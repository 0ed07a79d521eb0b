from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine, select, update

import channels.worker
from bot.messages import Message, Outcome, Reply, Suggestion
from channels.base import APOLOGY, Delivery, Limits
from channels.handling import Handling
from channels.inbox import Inbox
from channels.outbox import Outbox
from channels.seal import Seal
from channels.worker import MOST_CLAIMS, Pump, Worker
from storage import inbox as stored
from storage.conversations import Conversations
from storage.queues import Status
from storage.schema import inbox as table
from storage.schema import lanes, now
from storage.tokens import Tokens
from tests.channels.at_work import AtWork
from tests.channels.scripted import ScriptedAssistant


@dataclass
class Chat:
    """A channel that keeps what it is given to send."""

    name: str = "chat"
    limits: Limits = Limits(text=1000, suggestions=2, label=20)  # noqa: RUF009 - frozen
    sent: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, recipient: str, part: Reply) -> str:
        await self.open.wait()
        self.sent.append((recipient, part.text))
        self.tokens += [suggestion.payload for suggestion in part.suggestions]
        return str(len(self.sent))


@dataclass
class Running(AtWork):
    """A worker under way, and all around it."""

    engine: Engine
    inbox: Inbox
    chat: Chat
    slow: Chat
    assistant: ScriptedAssistant
    conversations: Conversations
    answered: list[str]
    worker: Worker

    def statuses(self) -> list[tuple[str, str]]:
        with self.engine.connect() as connection:
            rows = connection.execute(select(table.c.delivery_id, table.c.status).order_by(table.c.id))
            return [(row.delivery_id, row.status) for row in rows]

    def skip_waits(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(lanes).where(lanes.c.queue == "inbox").values(due_at=now()))


@pytest.fixture
def running(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Running:
    monkeypatch.setattr(channels.worker, "POLL_S", 0.05)
    conversations, inbox, answered = Conversations(engine), Inbox(engine, Seal("tests")), list[str]()
    assistant = ScriptedAssistant(conversations)
    chat, slow = Chat(), Chat("slow")
    chat.open.set()
    outbox = Outbox(engine, {"chat": chat, "slow": slow})
    worker = Worker(inbox, outbox, Handling(assistant, Tokens(engine)), conversations, answered.append)
    return Running(engine, inbox, chat, slow, assistant, conversations, answered, worker)


def said(text: str, delivery_id: str = "1", sender: str = "lan", channel: str = "chat") -> Delivery:
    return Delivery(channel, delivery_id, sender, text=text)


async def test_what_is_delivered_is_answered(running: Running) -> None:
    async with running.at_work():
        await running.inbox.store([said("một", "1"), said("hai", "2"), said("ba", "1", "minh")])
        await running.until(lambda: len(running.chat.sent) == 3)
    told = sorted(running.chat.sent)
    assert told == [("lan", "Tôi nghe: hai"), ("lan", "Tôi nghe: một"), ("minh", "Tôi nghe: ba")]
    assert [text for to, text in running.chat.sent if to == "lan"] == ["Tôi nghe: một", "Tôi nghe: hai"]
    assert {status for _, status in running.statuses()} == {Status.DONE}


async def test_what_another_process_stored_is_found(running: Running) -> None:
    async with running.at_work():
        await Inbox(running.engine, Seal("tests")).store([said("một")])
        await running.until(lambda: running.chat.sent)


async def test_a_tap_on_what_was_sent_comes_back_as_what_it_meant(running: Running) -> None:
    running.assistant.scripts["một"] = Reply("x", Outcome.ANSWERED, suggestions=(Suggestion("Lệ phí", "human"),))
    async with running.at_work():
        await running.inbox.store([said("một")])
        await running.until(lambda: running.chat.tokens)
        (token,) = running.chat.tokens
        assert token != "human"
        await running.inbox.store([Delivery("chat", "2", "lan", token=token)])
        await running.until(lambda: len(running.assistant.heard) == 2)
    assert running.assistant.heard[1].payload == "human"


async def test_a_channel_that_hangs_holds_up_no_other(running: Running) -> None:
    async with running.at_work():
        await running.inbox.store([said("a", str(n), f"p{n}", "slow") for n in range(30)])
        await running.inbox.store([said("một")])
        await running.until(lambda: running.chat.sent)
        assert running.slow.sent == []
        running.slow.open.set()
        await running.until(lambda: len(running.slow.sent) == 30)


async def test_silence_closes_the_delivery(running: Running) -> None:
    running.assistant.scripts["một"] = ()
    async with running.at_work():
        await running.inbox.store([said("một")])
        await running.until(lambda: running.statuses() == [("1", Status.DONE)])
    assert running.chat.sent == []


async def test_a_failure_is_tried_again(running: Running) -> None:
    running.assistant.failure = RuntimeError("out of order")
    async with running.at_work():
        await running.inbox.store([said("một")])
        await running.until(lambda: running.assistant.heard and running.statuses() == [("1", Status.WAITING)])
        running.assistant.failure = None
        running.skip_waits()
        await running.until(lambda: running.chat.sent)
    assert running.chat.sent == [("lan", "Tôi nghe: một")]


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels.worker, "_AGAIN_S", (0.0, 0.0))


@pytest.mark.usefixtures("no_waits")
async def test_poison_ends_with_an_apology_and_the_next_is_answered(running: Running) -> None:
    healthy = running.assistant.handle

    async def handle(message: Message) -> list[Reply]:
        if message.text == "độc":
            raise RuntimeError("poison")
        return await healthy(message)

    running.assistant.handle = handle  # type: ignore[method-assign]
    async with running.at_work():
        await running.inbox.store([said("độc", "1"), said("hai", "2")])
        await running.until(lambda: len(running.chat.sent) == 2)
    assert running.chat.sent[0][1].startswith(APOLOGY.text)
    assert running.chat.sent[1] == ("lan", "Tôi nghe: hai")
    assert running.statuses() == [("1", Status.DEAD), ("2", Status.DONE)]
    (dead,) = stored.dead_deliveries(running.engine)
    assert dead.reason == "the assistant failed"


@pytest.mark.usefixtures("no_waits")
async def test_after_an_apology_the_answer_can_still_be_had(running: Running) -> None:
    running.assistant.failure = RuntimeError("out of order")
    async with running.at_work():
        await running.inbox.store([said("một")])
        await running.until(lambda: running.chat.sent)
        running.assistant.failure = None
        stored.revive(running.engine, [stored.dead_deliveries(running.engine)[0].id])
        await running.until(lambda: len(running.chat.sent) == 2)
    assert running.chat.sent[1] == ("lan", "Tôi nghe: một")


async def test_what_kills_the_process_is_given_up_without_being_handled_again(running: Running) -> None:
    await running.inbox.store([said("độc")])
    for _ in range(MOST_CLAIMS):
        assert await running.inbox.claim(["chat"], 1)  # and then it dies
        running.skip_waits()
    async with running.at_work():
        await running.until(lambda: running.chat.sent)
    assert running.assistant.heard == []
    assert running.chat.sent[0][1].startswith(APOLOGY.text)


async def test_a_page_whose_server_died_finds_its_answer_in_the_history(running: Running) -> None:
    page = running.conversations.create("web").id
    await running.inbox.take(page, Delivery("web", "1", page, text="một"))
    running.skip_waits()  # its lease ran out
    async with running.at_work():
        await running.until(lambda: running.statuses() == [("1", Status.DONE)])
    entries = running.conversations.entries_after(page, 0)
    assert [(entry.role, entry.message_id) for entry in entries] == [("citizen", "1"), ("assistant", "1")]
    assert running.answered == [page]


@pytest.mark.usefixtures("no_waits")
async def test_a_page_gets_its_apology_in_the_history(running: Running) -> None:
    running.assistant.failure = RuntimeError("out of order")
    page = running.conversations.create("web").id
    await running.inbox.take(page, Delivery("web", "1", page, text="một"))
    running.skip_waits()  # its lease ran out
    async with running.at_work():
        await running.until(lambda: running.answered)
    (entry,) = running.conversations.entries_after(page, 0)
    assert entry.body == APOLOGY.to_json()


async def test_an_answer_that_hangs_is_left_and_tried_again(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels.worker, "HANDLE_S", 0.05)
    running.assistant.gate.clear()
    async with running.at_work():
        await running.inbox.store([said("một")])
        await running.until(lambda: running.statuses() == [("1", Status.WAITING)] and running.assistant.heard)
        running.assistant.gate.set()
        running.skip_waits()
        await running.until(lambda: running.chat.sent)


async def test_stopping_ends_what_was_begun_and_begins_nothing(running: Running) -> None:
    running.assistant.gate.clear()
    async with running.at_work():
        await running.inbox.store([said("một", "1"), said("hai", "2")])
        await running.assistant.arrived.wait()
        running.worker.stop()
        running.assistant.gate.set()
    assert running.statuses() == [("1", Status.DONE), ("2", Status.WAITING)]


async def test_a_pump_goes_on_when_claiming_or_working_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(channels.worker, "POLL_S", 0.01)
    done = asyncio.Event()
    pieces = iter([ConnectionError("database"), ["broken"], ["good"]])

    async def claim(_: int) -> list[str]:
        piece = next(pieces, [])
        if isinstance(piece, Exception):
            raise piece
        return piece

    async def work(piece: str) -> None:
        if piece == "broken":
            raise ValueError(piece)
        done.set()

    pump = Pump("test", claim, work, 2, asyncio.Event())
    task = asyncio.create_task(pump.run())
    async with asyncio.timeout(10):
        await done.wait()
        pump.stop()
        await task
    assert "nothing could be claimed" in caplog.text
    assert "a piece of work was left" in caplog.text


async def test_a_pump_has_no_more_in_hand_than_it_may() -> None:
    begun, most = 0, 0
    gate, news = asyncio.Event(), asyncio.Event()

    async def claim(count: int) -> list[int]:
        return list(range(count))

    async def work(_: int) -> None:
        nonlocal begun, most
        begun += 1
        most = max(most, begun)
        await gate.wait()
        begun -= 1

    pump = Pump("test", claim, work, 3, news)
    task = asyncio.create_task(pump.run())
    await asyncio.sleep(0.05)
    assert begun == 3
    gate.set()
    pump.stop()
    await task
    assert most == 3

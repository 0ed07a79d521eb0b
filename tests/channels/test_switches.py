from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Engine, select

import channels.switches
import channels.worker
from bot.messages import Outcome, Reply
from channels.base import Delivery, Limits
from channels.handling import Handling
from channels.inbox import Inbox
from channels.limits import Admission
from channels.outbox import Outbox
from channels.rates import Buckets, Rates
from channels.seal import Seal
from channels.switches import Switches
from channels.worker import Worker
from storage.conversations import Conversations
from storage.queues import Status
from storage.schema import inbox as table
from storage.switches import ALL, pause, resume
from storage.tokens import Tokens
from tests.channels.at_work import AtWork
from tests.channels.scripted import ScriptedAssistant

# Both kinds of database: tests/storage.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Chat:
    """A channel that keeps what it is given to send."""

    limits = Limits(text=1000, suggestions=2, label=20)

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent: list[tuple[str, str]] = []

    async def send(self, recipient: str, part: Reply) -> str:
        self.sent.append((recipient, part.text))
        return str(len(self.sent))


class Running(AtWork):
    """A worker with two channels, its gate and its switches."""

    def __init__(self, engine: Engine, rates: Rates) -> None:
        self.engine = engine
        self.chat, self.other = Chat("chat"), Chat("other")
        self.inbox, self.outbox = Inbox(engine, Seal("tests")), Outbox(engine, {"chat": self.chat, "other": self.other})
        conversations, switches = Conversations(engine), Switches(engine)
        handling = Handling(ScriptedAssistant(conversations), Tokens(engine), Admission(engine, rates, switches))
        self.worker = Worker(self.inbox, self.outbox, handling, conversations, lambda _: None, switches)

    async def hears(self, text: str, number: int = 1, channel: str = "chat", sender: str = "lan") -> None:
        await self.inbox.store([Delivery(channel, str(number), sender, text=text)])

    def open(self) -> int:
        with self.engine.connect() as connection:
            return len(connection.execute(select(table.c.id).where(table.c.status != Status.DONE)).all())


@pytest.fixture
def running(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Running:
    monkeypatch.setattr(channels.worker, "POLL_S", 0.02)
    monkeypatch.setattr(channels.worker, "TELL_S", 0.02)
    monkeypatch.setattr(channels.switches, "FRESH_S", 0.02)
    return Running(engine, Rates(person_per_minute=20))


async def test_what_is_written_meanwhile_is_told_once_and_answered_afterwards(running: Running) -> None:
    pause(running.engine, "chat", "bảo trì đến 14 giờ", "Lan", silent=False)
    async with running.at_work():
        await running.hears("một", 1)
        await running.hears("hai", 2)
        await running.hears("ba", channel="other")
        await running.until(lambda: running.chat.sent and running.other.sent)
        assert running.other.sent == [("lan", "Tôi nghe: ba")]
        ((_, told),) = running.chat.sent
        assert told.startswith("Tôi đang tạm nghỉ: bảo trì đến 14 giờ. Tin của anh/chị đã được giữ lại")
        resume(running.engine, "chat", "xong", "Lan")
        await running.until(lambda: len(running.chat.sent) == 3)
    assert running.chat.sent[1:] == [("lan", "Tôi nghe: một"), ("lan", "Tôi nghe: hai")]


async def test_a_running_process_obeys_a_pause_made_elsewhere(running: Running) -> None:
    async with running.at_work():
        await running.hears("một")
        await running.until(lambda: running.chat.sent)
        pause(running.engine, ALL, "sự cố", "Lan", silent=False)
        await asyncio.sleep(0.1)  # what is known of the switches is at most so old here
        await running.hears("hai", 2)
        await running.until(lambda: len(running.chat.sent) == 2)
        assert "tạm nghỉ: sự cố" in running.chat.sent[1][1]
        assert running.open() == 1


async def test_a_silent_pause_sends_nothing_but_staff_are_heard_in_the_other(running: Running) -> None:
    engine = running.engine
    await running.hears("một")
    await running.hears("một", channel="other")
    pause(engine, "chat", "mất quyền", "Lan", silent=True)
    pause(engine, "other", "bảo trì", "Lan", silent=False)
    with engine.connect() as connection:
        found = connection.execute(select(table.c.conversation_id)).scalars().all()
    by_staff = [Reply("Chào anh/chị, tôi là Minh.", Outcome.HANDOFF)]
    for conversation in found:
        await running.outbox.enqueue(conversation, by_staff, "staff:1")
    async with running.at_work():
        await running.until(lambda: len(running.other.sent) == 2)
        assert running.chat.sent == []
        resume(engine, "chat", "xong", "Lan")
        await running.until(lambda: len(running.chat.sent) == 2)
    assert running.chat.sent == [("lan", by_staff[0].text), ("lan", "Tôi nghe: một")]


async def test_when_the_switches_cannot_be_read_what_was_known_stays(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [0.0]
    switches = Switches(engine, lambda: clock[0])
    pause(engine, "chat", "sự cố", "Lan", silent=False)
    assert await switches.pause_of("chat") is not None

    def broken(_: Engine) -> None:
        raise ConnectionError("gone")

    monkeypatch.setattr(channels.switches, "pauses", broken)
    clock[0] += 5
    assert await switches.pause_of("chat") is not None
    assert "could not be read" in caplog.text


async def test_a_flood_through_the_worker(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels.worker, "POLL_S", 0.02)
    running = Running(engine, Rates(person_per_minute=600))  # 1,200 would pass at once
    gate = running.worker._handling._gate
    assert isinstance(gate, Admission)
    gate._people = Buckets(5, 3)
    await running.inbox.store([Delivery("chat", str(number), "lan", text=f"câu {number}") for number in range(30)])
    async with running.at_work():
        await running.until(lambda: not running.open())
        await running.until(lambda: running.chat.sent[-1][1] == "Tôi nghe: câu 29")
    told = [text for _, text in running.chat.sent]
    assert told[:3] == ["Tôi nghe: câu 0", "Tôi nghe: câu 1", "Tôi nghe: câu 2"]
    assert sum(text.startswith("Anh/chị gửi nhanh quá") for text in told) == 1
    assert len(told) < 30

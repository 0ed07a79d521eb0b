from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import Engine, select, update

import channels.outbox
from bot.messages import Outcome, Reply, Suggestion
from channels.base import Delivery, FailureKind, Limits, SendFailed
from channels.inbox import Inbox
from channels.outbox import LONGEST_WAIT_S, Outbox, again_after
from channels.seal import Seal
from storage import outbox as stored
from storage.conversations import Conversations
from storage.people import Person, find_conversation
from storage.queues import Status
from storage.schema import lanes, now
from storage.schema import outbox as table
from storage.tokens import Tokens

REPLY = Reply("Lệ phí: 8.000 đồng.", Outcome.ANSWERED, suggestions=(Suggestion("Bao lâu", "facet:1.001193:duration"),))


@dataclass
class Chat:
    """A channel that keeps what it is given to send, and fails as it is told."""

    name: str = "chat"
    limits: Limits = Limits(text=60, suggestions=2, label=20)  # noqa: RUF009 - frozen
    sent: list[tuple[str, Reply]] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)

    async def send(self, recipient: str, part: Reply) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((recipient, part))
        return f"message {len(self.sent)}"


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.fixture
def outbox(engine: Engine, chat: Chat) -> Outbox:
    return Outbox(engine, {"chat": chat})


@pytest.fixture
async def lan(engine: Engine) -> str:
    """The conversation of somebody who has written."""
    await Inbox(engine, Seal("tests")).store([Delivery("chat", "1", "lan", text="xin chào")])
    found = find_conversation(engine, Person("chat", "lan"))
    assert found is not None
    return found


async def send_due(outbox: Outbox) -> None:
    with outbox.engine.begin() as connection:
        connection.execute(update(lanes).values(due_at=now()))
    for claimed in await outbox.claim("chat", 5):
        await outbox.send(claimed)


def row(engine: Engine) -> tuple[str, int, int, str | None]:
    with engine.connect() as connection:
        found = connection.execute(select(table)).one()
    return found.status, found.attempts, found.uncertain, found.reason


async def test_a_reply_by_staff_goes_to_the_person_with_tokens_for_payloads(
    engine: Engine, outbox: Outbox, chat: Chat, lan: str
) -> None:
    assert await outbox.enqueue(lan, [REPLY], "staff:7") == 1
    assert outbox.news["chat"].is_set()
    await send_due(outbox)
    ((recipient, part),) = chat.sent
    assert (recipient, part.text) == ("lan", REPLY.text)
    token = part.suggestions[0].payload
    assert token is not None
    assert Tokens(engine).resolve(lan, token) == "facet:1.001193:duration"
    with engine.connect() as connection:
        assert connection.scalars(select(table.c.service_id)).all() == ["message 1"]


async def test_the_same_source_is_sent_once(outbox: Outbox, chat: Chat, lan: str) -> None:
    assert await outbox.enqueue(lan, [REPLY], "staff:7") == 1
    assert await outbox.enqueue(lan, [REPLY], "staff:7") == 0
    assert await outbox.enqueue(lan, [REPLY], "staff:8") == 1
    await send_due(outbox)
    await send_due(outbox)
    assert len(chat.sent) == 2


async def test_a_long_reply_goes_out_in_parts_in_order(outbox: Outbox, chat: Chat, lan: str) -> None:
    long = replace(REPLY, text="Cần tờ khai theo mẫu của xã. " * 6)
    count = await outbox.enqueue(lan, [long, REPLY], "staff:1")
    for _ in range(count):
        await send_due(outbox)
    texts = [part.text for _, part in chat.sent]
    assert count == len(texts) > 3
    assert texts[-1] == REPLY.text
    assert all(len(text) <= 60 for text in texts)
    assert " ".join(texts[:-1]).split() == long.text.split()


async def test_pages_fetch_their_replies_themselves(engine: Engine, outbox: Outbox) -> None:
    assert await outbox.enqueue(Conversations(engine).create("web").id, [REPLY], "staff:1") == 0


async def test_a_channel_that_is_not_set_up_is_told(engine: Engine, lan: str) -> None:
    with pytest.raises(LookupError, match="chat"):
        await Outbox(engine, {}).enqueue(lan, [REPLY], "staff:1")


@pytest.mark.parametrize("kind", [FailureKind.PASSING, FailureKind.BUSY, FailureKind.CREDENTIALS])
async def test_what_may_pass_is_tried_again(
    engine: Engine, outbox: Outbox, chat: Chat, lan: str, kind: FailureKind
) -> None:
    chat.failures = [SendFailed(kind, "500"), SendFailed(kind, "500")]
    await outbox.enqueue(lan, [REPLY], "staff:1")
    await send_due(outbox)
    assert row(engine) == (Status.WAITING, 1, 0, f"{kind}: 500")
    assert await outbox.claim("chat", 5) == []  # not at once
    await send_due(outbox)
    await send_due(outbox)
    assert row(engine) == (Status.DONE, 3, 0, None)
    assert len(chat.sent) == 1


@pytest.mark.parametrize("kind", [FailureKind.CLOSED, FailureKind.UNREACHABLE, FailureKind.REFUSED])
async def test_what_cannot_pass_is_kept_and_not_tried_again(
    engine: Engine, outbox: Outbox, chat: Chat, lan: str, kind: FailureKind
) -> None:
    chat.failures = [SendFailed(kind, "no")]
    await outbox.enqueue(lan, [REPLY], "staff:1")
    await send_due(outbox)
    await send_due(outbox)
    assert row(engine) == (Status.DEAD, 1, 0, f"{kind}: no")
    assert chat.sent == []


async def test_in_the_dark_it_is_sent_again_once_at_most(engine: Engine, outbox: Outbox, chat: Chat, lan: str) -> None:
    chat.failures = [SendFailed(FailureKind.PASSING, "reset", uncertain=True) for _ in range(3)]
    await outbox.enqueue(lan, [REPLY], "staff:1")
    for _ in range(4):
        await send_due(outbox)
    assert row(engine)[:3] == (Status.DEAD, 2, 2)
    assert len(chat.failures) == 1


async def test_a_fault_of_ours_and_a_hang_are_in_the_dark_too(
    engine: Engine, outbox: Outbox, chat: Chat, lan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.failures = [KeyError("ours")]
    await outbox.enqueue(lan, [REPLY], "staff:1")
    await send_due(outbox)
    assert row(engine)[:3] == (Status.WAITING, 1, 1)

    async def hang(*_: object) -> str:
        await asyncio.Event().wait()
        return ""

    monkeypatch.setattr(channels.outbox, "SEND_S", 0.02)
    monkeypatch.setattr(chat, "send", hang)
    await send_due(outbox)
    assert row(engine) == (Status.DEAD, 2, 2, "passing: time-out")


async def test_two_processes_that_died_while_sending_are_enough(
    engine: Engine, outbox: Outbox, chat: Chat, lan: str
) -> None:
    await outbox.enqueue(lan, [REPLY], "staff:1")
    for _ in range(2):
        assert len(await outbox.claim("chat", 5)) == 1  # and then it is killed
        with engine.begin() as connection:
            connection.execute(update(lanes).values(due_at=now()))
    await send_due(outbox)
    assert chat.sent == []
    assert row(engine)[0] == Status.DEAD
    assert stored.revive(engine, [stored.dead_sends(engine)[0].id])
    await send_due(outbox)
    assert len(chat.sent) == 1


PASSING = SendFailed(FailureKind.PASSING, "")


def test_waits_grow_and_are_spread() -> None:
    assert [again_after(PASSING, attempts, 0.0) for attempts in (1, 2, 3, 9)] == [1, 2, 4, 256]
    assert again_after(PASSING, 15, 0.0) == LONGEST_WAIT_S
    assert again_after(PASSING, 15, 1.0) == LONGEST_WAIT_S * 1.5
    assert len({again_after(PASSING, 3) for _ in range(20)}) > 10


def test_the_service_says_how_long() -> None:
    assert again_after(SendFailed(FailureKind.BUSY, "", retry_after=37), 1, 0.0) == 37


@pytest.mark.parametrize(
    ("kind", "hours"), [(FailureKind.PASSING, 1), (FailureKind.BUSY, 1), (FailureKind.CREDENTIALS, 24)]
)
def test_it_is_given_up_after_about(kind: FailureKind, hours: float) -> None:
    waits, attempts = 0.0, 1
    while (wait := again_after(SendFailed(kind, ""), attempts, 0.5)) is not None:
        waits, attempts = waits + wait, attempts + 1
    assert 0.9 * hours < waits / 3600 < 1.4 * hours

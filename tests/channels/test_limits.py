from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from channels.base import Delivery
from channels.handling import Later
from channels.inbox import Inbox
from channels.limits import CROWDED, FLOODED, Admission
from channels.rates import Rates
from channels.seal import Seal
from channels.switches import Switches
from storage.switches import pause

# Both kinds of database: tests/storage.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Gate:
    """An admission with a clock of its own and one message in the inbox at a time."""

    def __init__(self, engine: Engine, rates: Rates) -> None:
        self.at = 0.0
        self.inbox = Inbox(engine, Seal("tests"))
        self.admission = Admission(engine, rates, Switches(engine), lambda: self.at)

    async def ask(self, number: int, sender: str = "lan", text: str = "làm căn cước") -> object:
        """Return what the gate says: None, texts, or the seconds to wait."""
        try:
            said = await self.admission(Delivery("telegram", str(number), sender, text=text))
        except Later as later:
            return later.wait_s
        return None if said is None else [reply.text for reply in said]

    async def follow(self, number: int, sender: str = "lan") -> None:
        """Let another message of the person wait in the inbox."""
        await self.inbox.store([Delivery("telegram", str(number), sender, text="còn nữa")])


@pytest.fixture
def gate(engine: Engine) -> Gate:
    return Gate(engine, Rates(person_per_minute=2, channel_per_second=100))


async def test_a_flood_is_told_once_and_its_last_message_is_answered(gate: Gate) -> None:
    for number in range(4):
        assert await gate.ask(number) is None
    await gate.follow(9)
    assert await gate.ask(4) == [FLOODED.text]
    assert await gate.ask(5) == []
    wait = await gate.ask(9)  # the last: nothing follows it
    assert wait == pytest.approx(30)
    gate.at += 30
    assert await gate.ask(9) is None
    assert gate.admission.held == {("telegram", "dropped"): 2, ("telegram", "flooded"): 1}


async def test_one_persons_flood_stops_nobody_else(gate: Gate) -> None:
    for number in range(5):
        await gate.ask(number)
    assert await gate.ask(1, "minh") is None


async def test_an_emergency_always_passes(gate: Gate) -> None:
    for number in range(5):
        await gate.ask(number)
    assert await gate.ask(6, text="cứu với nhà tôi đang cháy") is None


async def test_a_crowd_waits_and_keeps_what_it_may_say(engine: Engine) -> None:
    gate = Gate(engine, Rates(person_per_minute=1, channel_per_second=1))
    for number in range(10):
        assert await gate.ask(1, f"person {number}") is None
    for _ in range(5):  # waiting costs nothing of one's own
        with pytest.raises(Later) as raised:
            await gate.admission(Delivery("telegram", "1", "lan", text="làm căn cước"))
        assert raised.value.notice == CROWDED
    gate.at += raised.value.wait_s
    assert await gate.ask(1) is None


async def test_a_page_is_told_that_the_channel_is_off(engine: Engine, gate: Gate) -> None:
    pause(engine, "web", "đang nâng cấp.", "Lan", silent=False)
    said = await gate.admission(Delivery("web", "1", "c", text="làm căn cước"))
    assert said is not None
    assert said[0].text == (
        "Tôi đang tạm nghỉ: đang nâng cấp. Anh/chị gửi lại sau giúp tôi. "
        "Cần gấp thì gọi 1022; có người gặp nguy hiểm thì gọi 113, 114 hoặc 115."
    )
    assert await gate.admission(Delivery("web", "2", "c", text="cứu với nhà tôi đang cháy")) is None


async def test_a_delivery_that_waits_costs_no_attempt(engine: Engine) -> None:
    from storage import inbox as stored
    from storage.schema import now

    inbox = Inbox(engine, Seal("tests"))
    await inbox.store([Delivery("telegram", "1", "lan", text="một")])
    for _ in range(3):
        (claimed,) = await inbox.claim(["telegram"], 1)
        assert claimed.attempts == 1
        assert stored.postpone(engine, claimed, now() - timedelta(seconds=1), "over a limit")
    assert not stored.postpone(engine, claimed, now(), "over a limit")

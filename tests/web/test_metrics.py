from __future__ import annotations

import pytest

from bot.messages import Message, Outcome, Reply
from web.metrics import BUCKETS, MeasuredAssistant


class Fixed:
    """An assistant with one answer, or a fault."""

    ready = True

    def __init__(self, *replies: Reply, fault: Exception | None = None) -> None:
        self.replies, self.fault = list(replies), fault

    async def handle(self, message: Message) -> list[Reply]:
        if self.fault:
            raise self.fault
        return self.replies


MESSAGE = Message(id="1", conversation_id="c", text="x", channel="telegram")


def lines(measured: MeasuredAssistant) -> list[str]:
    return measured.exposition(open_streams=3).splitlines()


async def test_messages_are_counted_by_channel_and_outcome() -> None:
    measured = MeasuredAssistant(Fixed(Reply("a", Outcome.SMALLTALK), Reply("b", Outcome.ANSWERED)))
    await measured.handle(MESSAGE)
    await measured.handle(MESSAGE)
    assert 'motcua_messages_total{channel="telegram",outcome="answered"} 2' in lines(measured)
    assert "motcua_messages_in_flight 0" in lines(measured)


async def test_silence_and_failure_have_names() -> None:
    silent, broken = MeasuredAssistant(Fixed()), MeasuredAssistant(Fixed(fault=RuntimeError()))
    await silent.handle(MESSAGE)
    with pytest.raises(RuntimeError):
        await broken.handle(MESSAGE)
    assert 'motcua_messages_total{channel="telegram",outcome="silent"} 1' in lines(silent)
    assert 'motcua_messages_total{channel="telegram",outcome="failed"} 1' in lines(broken)
    assert "motcua_messages_in_flight 0" in lines(broken)


async def test_the_histogram_adds_up() -> None:
    measured = MeasuredAssistant(Fixed(Reply("a", Outcome.ANSWERED)))
    for _ in range(3):
        await measured.handle(MESSAGE)
    told = lines(measured)
    buckets = [line for line in told if line.startswith("motcua_message_seconds_bucket")]
    counts = [int(line.rsplit(" ", 1)[1]) for line in buckets]
    assert len(buckets) == len(BUCKETS) + 1
    assert counts == sorted(counts)
    assert buckets[-1] == 'motcua_message_seconds_bucket{le="+Inf"} 3'
    assert "motcua_message_seconds_count 3" in told


def test_every_number_says_what_it_is() -> None:
    told = lines(MeasuredAssistant(Fixed()))
    names = {line.split(" ")[0].split("{")[0] for line in told if not line.startswith("#")}
    helped = {line.split(" ")[2] for line in told if line.startswith("# HELP")}
    assert {name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") for name in names} <= helped
    assert "motcua_event_streams 3" in told

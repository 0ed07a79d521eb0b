"""What an operator watches of the channels: what waits, failed, was held back. Names: docs/channels.md."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.channel_state import ChannelState, channel_states
from storage.switches import ALL, pauses
from web.metrics import head

log = logging.getLogger(__name__)

FRESH_S = 10.0
_GAUGES = {
    "motcua_channel_last_in_seconds": "When the last message came, in seconds since 1970.",
    "motcua_channel_last_out_seconds": "When the last message was sent, in seconds since 1970.",
    "motcua_channel_waiting": "Messages that wait, in the inbox to be answered, in the outbox to be sent.",
    "motcua_channel_oldest_waiting_seconds": "When the oldest of them came, in seconds since 1970.",
    "motcua_channel_given_up": "Messages of the last 7 days that could not be answered or sent.",
    "motcua_channel_failed_sends": "Sends of the last day not arrived yet or given up, by kind of failure.",
    "motcua_channel_paused": "1 while a channel is switched off.",
}


class ChannelGauges:
    """What the database tells of the channels, read again when it is ten seconds old."""

    def __init__(self, engine: Engine, channels: Collection[str], now: Callable[[], float] = time.monotonic) -> None:
        """Tell of `channels`; `now` is the clock in seconds."""
        self._engine, self._channels, self._now = engine, channels, now
        self._read_at: float | None = None
        self._text = ""

    def exposition(self) -> str:
        """Return the numbers in Prometheus' text format; waits for the database. Nothing when that cannot be read."""
        if self._read_at is None or self._now() - self._read_at >= FRESH_S:
            self._read_at = self._now()
            self._text = self._read()
        return self._text

    def _read(self) -> str:
        try:
            off = {pause.channel for pause in pauses(self._engine)}
            return gauges(channel_states(self._engine, self._channels), off)
        except SQLAlchemyError:
            # Missing numbers say that something is wrong; the process's own must still be told.
            log.exception("the state of the channels could not be read")
            return ""


def gauges(states: Mapping[str, ChannelState], off: Collection[str]) -> str:
    """Return the state of each channel; `off` are those that are switched off, or "all"."""
    samples = [sample for channel, state in states.items() for sample in _samples(channel, state, off)]
    lines = [
        line
        for name, words in _GAUGES.items()
        for line in (
            *head(name, "gauge", words),
            *(f"{name}{{{labels}}} {value}" for of, labels, value in samples if of == name),
        )
    ]
    return "".join(f"{line}\n" for line in lines)


def _samples(channel: str, state: ChannelState, off: Collection[str]) -> Iterator[tuple[str, str, float]]:
    """Yield name, labels and value; a moment that never was has no sample."""
    name = f'channel="{channel}"'
    queues = (("inbox", state.to_answer, state.oldest_to_answer), ("outbox", state.to_send, state.oldest_to_send))
    for what, moment in (("in", state.last_in), ("out", state.last_out)):
        if moment is not None:
            yield f"motcua_channel_last_{what}_seconds", name, moment.timestamp()
    for queue, count, oldest in queues:
        yield "motcua_channel_waiting", f'{name},queue="{queue}"', count
        if oldest is not None:
            yield "motcua_channel_oldest_waiting_seconds", f'{name},queue="{queue}"', oldest.timestamp()
    yield "motcua_channel_given_up", name, state.dead
    for kind, count in sorted(state.failures.items()):
        yield "motcua_channel_failed_sends", f'{name},kind="{kind}"', count
    yield "motcua_channel_paused", name, int(channel in off or ALL in off)


def held_counts(held: Mapping[tuple[str, str], int]) -> str:
    """Return how often the gate did not let a message in, by channel and why."""
    name = "motcua_channel_held_total"
    lines = head(name, "counter", "Messages that had to wait or were left out, by channel and why.")
    lines += [f'{name}{{channel="{channel}",why="{why}"}} {count}' for (channel, why), count in sorted(held.items())]
    return "".join(f"{line}\n" for line in lines)

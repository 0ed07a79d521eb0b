"""What an operator watches, in Prometheus' text format: messages by outcome, how long they took, what is under way."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping

from bot.messages import Message, Reply
from channels.base import Assistant

# Upper bounds in seconds, close together around what an answer should take (design, section 6).
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class MeasuredAssistant:
    """An assistant that counts what passes through it, whatever channel it came by."""

    def __init__(self, assistant: Assistant) -> None:
        """Measure `assistant`, starting at zero."""
        self._assistant = assistant
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0
        self._in_flight = 0

    @property
    def ready(self) -> bool:
        """Whether the assistant itself is ready."""
        return self._assistant.ready

    async def handle(self, message: Message) -> list[Reply]:
        """Answer through the assistant; a failure counts with the outcome `failed`."""
        outcomes = ["failed"]
        started = time.perf_counter()
        self._in_flight += 1
        try:
            replies = await self._assistant.handle(message)
            outcomes = [reply.outcome.value for reply in replies] or ["silent"]
            return replies
        finally:
            self._in_flight -= 1
            elapsed = time.perf_counter() - started
            self._seconds += elapsed
            self._buckets[bisect_left(BUCKETS, elapsed)] += 1
            self._outcomes[message.channel, outcomes[-1]] += 1

    def exposition(self, open_streams: int) -> str:
        """Return the numbers so far; `open_streams` are the pages now waiting for replies by staff."""
        counts = [
            f'motcua_messages_total{{channel="{channel}",outcome="{outcome}"}} {count}'
            for (channel, outcome), count in sorted(self._outcomes.items())
        ]
        return "\n".join(
            [
                *head("motcua_messages_total", "counter", "Messages of citizens by channel and outcome."),
                *counts,
                *head("motcua_message_seconds", "histogram", "Time from a message to its replies."),
                *self._histogram(),
                *head("motcua_messages_in_flight", "gauge", "Messages being answered now."),
                f"motcua_messages_in_flight {self._in_flight}",
                *head("motcua_event_streams", "gauge", "Pages waiting for replies by staff."),
                f"motcua_event_streams {open_streams}",
                *head("motcua_ready", "gauge", "1 when the assistant is loaded."),
                f"motcua_ready {int(self.ready)}",
                "",
            ]
        )

    def _histogram(self) -> list[str]:
        lines, total = [], 0
        for bound, count in zip([*BUCKETS, "+Inf"], self._buckets, strict=True):
            total += count
            lines.append(f'motcua_message_seconds_bucket{{le="{bound}"}} {total}')
        return [*lines, f"motcua_message_seconds_sum {self._seconds:.6f}", f"motcua_message_seconds_count {total}"]


def channel_counts(received: Mapping[str, Counter[str]], charged: Mapping[str, Counter[str]]) -> str:
    """Return what came in and what sends were charged to, by channel, in the same format."""
    return "".join(
        f"{line}\n"
        for name, label, words, counts in (
            (
                "motcua_channel_requests_total",
                "result",
                "Requests and updates of a channel by what became of them.",
                received,
            ),
            ("motcua_channel_sends_total", "charged_to", "Messages sent by what the service charged them to.", charged),
        )
        for line in (
            *head(name, "counter", words),
            *(
                f'{name}{{channel="{channel}",{label}="{value}"}} {count}'
                for channel, counter in sorted(counts.items())
                for value, count in sorted(counter.items())
            ),
        )
    )


def head(name: str, kind: str, words: str) -> list[str]:
    """Return the two lines before the samples of a metric."""
    return [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]

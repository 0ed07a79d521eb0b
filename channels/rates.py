"""How much is let in: the limits as settings, and the token buckets that keep to them."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

_FORGET_FROM = 10_000  # keys; a bucket that is full again need not be remembered


@dataclass(frozen=True, slots=True)
class Rates:
    """How much is let in. A person and an address may use up two minutes' worth at once, a channel ten seconds'.

    `openings_per_minute` are new conversations on the web from one public address of the internet.
    """

    person_per_minute: float = 20.0
    channel_per_second: float = 100.0
    openings_per_minute: float = 300.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float
    told: bool = False  # what this flood is answered with was said


class Buckets:
    """A token bucket for each key, `per_second` tokens a second up to `burst`."""

    def __init__(self, per_second: float, burst: float, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with full buckets; `now` is the clock in seconds."""
        self._rate, self._burst, self._now = per_second, burst, now
        self._buckets: dict[Hashable, _Bucket] = {}

    def take(self, key: Hashable) -> float:
        """Take a token and return 0, or return after how many seconds there will be one."""
        bucket = self._filled(key)
        # What is missing after so many additions of fractions is not a message too many.
        if bucket.tokens >= 1 - 1e-9:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / self._rate

    def give_back(self, key: Hashable) -> None:
        """Undo a token taken just now."""
        self._buckets[key].tokens += 1

    def first(self, key: Hashable) -> bool:
        """Tell whether this is the first question of its kind since the bucket was last full."""
        bucket = self._filled(key)
        first, bucket.told = not bucket.told, True
        return first

    def _filled(self, key: Hashable) -> _Bucket:
        now = self._now()
        if len(self._buckets) >= _FORGET_FROM and key not in self._buckets:
            self._buckets = {known: bucket for known, bucket in self._buckets.items() if not self._full(bucket, now)}
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, now))
        if self._full(bucket, now):
            bucket.told = False
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        return bucket

    def _full(self, bucket: _Bucket, now: float) -> bool:
        return bucket.tokens + (now - bucket.at) * self._rate >= self._burst

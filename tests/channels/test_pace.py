from __future__ import annotations

import asyncio

import pytest

from channels.pace import Pace


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        until = self.time + seconds
        await asyncio.sleep(0)
        self.time = max(self.time, until)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def times(pace: Pace, clock: Clock, *people: str) -> list[float]:
    found = []
    for person in people:
        await pace.wait(person)
        found.append(round(clock.time - 100, 2))
    return found


async def test_one_person_gets_one_message_a_second(clock: Clock) -> None:
    pace = Pace(30, 1.0, clock.now, clock.sleep)
    assert await times(pace, clock, "a", "a", "a") == [0, 1, 2]


async def test_different_people_wait_only_for_the_common_limit(clock: Clock) -> None:
    pace = Pace(10, 1.0, clock.now, clock.sleep)
    assert await times(pace, clock, *"abcd") == [0, 0.1, 0.2, 0.3]


async def test_whoever_was_quiet_is_served_at_once(clock: Clock) -> None:
    pace = Pace(10, 1.0, clock.now, clock.sleep)
    await pace.wait("a")
    clock.time += 5
    assert await times(pace, clock, "a") == [5]


async def test_those_who_wait_for_one_person_go_one_by_one(clock: Clock) -> None:
    pace = Pace(1000, 1.0, clock.now, clock.sleep)
    done: list[float] = []

    async def send() -> None:
        await pace.wait("a")
        done.append(round(clock.time - 100, 1))

    await asyncio.gather(*(send() for _ in range(4)))
    assert done == [0, 1, 2, 3]


async def test_people_who_may_be_written_to_again_are_forgotten(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.pace._FORGET_FROM", 10)
    pace = Pace(1e9, 1.0, clock.now, clock.sleep)
    for number in range(100):
        await pace.wait(str(number))
        clock.time += 0.5
    assert len(pace._people) <= 10

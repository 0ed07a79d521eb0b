from __future__ import annotations

import asyncio

import pytest

from bot.turns import Turns


async def test_those_of_one_conversation_go_in_the_order_they_came() -> None:
    turns, done = Turns(), []

    async def take(number: int) -> None:
        async with turns.take("a"):
            await asyncio.sleep(0.003 / (number + 1))
            done.append(number)

    await asyncio.gather(*map(take, range(5)))
    assert done == [0, 1, 2, 3, 4]


async def test_other_conversations_do_not_wait() -> None:
    turns = Turns()
    async with turns.take("a"), asyncio.timeout(5), turns.take("b"):
        pass


async def test_one_that_gives_up_waiting_lets_the_next_pass() -> None:
    turns = Turns()
    async with turns.take("a"):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), turns.take("a"):
                pytest.fail("it was not its turn")
    async with asyncio.timeout(5), turns.take("a"):
        pass


async def test_a_fault_in_a_turn_lets_the_next_pass() -> None:
    turns = Turns()
    with pytest.raises(KeyError):
        async with turns.take("a"):
            raise KeyError
    async with asyncio.timeout(5), turns.take("a"):
        pass


async def test_nothing_is_kept_of_those_who_were_served() -> None:
    turns = Turns()

    async def take(name: str) -> None:
        async with turns.take(name):
            await asyncio.sleep(0)

    await asyncio.gather(*(take(name) for name in "aabbbc"))
    assert turns._locks == {}

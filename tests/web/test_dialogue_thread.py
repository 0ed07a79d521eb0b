from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from bot.messages import Message, Outcome, Reply
from storage.conversations import UnknownConversation
from web.dialogue_thread import DialogueThread


class Echo:
    """Repeats what it heard and by which thread."""

    def __init__(self) -> None:
        self.made_in = threading.current_thread().name
        self.heard_in: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()

    async def handle(self, message: Message) -> list[Reply]:
        self.heard_in.add(threading.current_thread().name)
        if message.text == "unknown":
            raise UnknownConversation(message.conversation_id)
        await asyncio.to_thread(self.gate.wait, 10)
        return [Reply(message.text, Outcome.ANSWERED)]


class Loader:
    """Makes the assistant once its gate is open."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.made: Echo | None = None
        self.failure: BaseException | None = None

    def __call__(self) -> Echo:
        assert self.gate.wait(10)
        if self.failure is not None:
            raise self.failure
        self.made = Echo()
        return self.made


@pytest.fixture
def loader() -> Loader:
    return Loader()


@pytest.fixture
def thread(loader: Loader) -> Iterator[DialogueThread]:
    made = DialogueThread(loader)  # type: ignore[arg-type]
    yield made
    loader.gate.set()
    if made._thread.is_alive():
        made.stop()


def message(text: str = "a") -> Message:
    return Message("1", "c", text)


async def test_it_is_ready_only_when_loaded(thread: DialogueThread, loader: Loader) -> None:
    assert not thread.ready
    thread.start()
    assert not thread.ready
    loader.gate.set()
    await asyncio.to_thread(thread.wait)
    assert thread.ready


async def test_a_message_that_comes_while_loading_waits(thread: DialogueThread, loader: Loader) -> None:
    thread.start()
    asked = asyncio.ensure_future(thread.handle(message()))
    await asyncio.sleep(0.02)
    assert not asked.done()
    loader.gate.set()
    assert [reply.text for reply in await asked] == ["a"]


async def test_the_assistant_lives_and_answers_in_its_own_thread(thread: DialogueThread, loader: Loader) -> None:
    loader.gate.set()
    thread.start()
    await thread.handle(message())
    assert loader.made is not None
    assert {loader.made.made_in} == loader.made.heard_in == {"dialogue"}


async def test_answering_does_not_hold_up_this_loop_nor_other_messages(thread: DialogueThread, loader: Loader) -> None:
    loader.gate.set()
    thread.start()
    await thread.handle(message())
    assert loader.made is not None
    loader.made.gate.clear()
    slow = [asyncio.ensure_future(thread.handle(message(text))) for text in "xyz"]
    await asyncio.sleep(0.02)
    assert not any(task.done() for task in slow)
    loader.made.gate.set()
    assert [replies[0].text for replies in await asyncio.gather(*slow)] == ["x", "y", "z"]


async def test_what_the_assistant_raises_reaches_the_caller(thread: DialogueThread, loader: Loader) -> None:
    loader.gate.set()
    thread.start()
    with pytest.raises(UnknownConversation):
        await thread.handle(message("unknown"))
    assert [reply.text for reply in await thread.handle(message())] == ["a"]


async def test_what_fails_while_loading_is_told_to_everyone_who_waits(thread: DialogueThread, loader: Loader) -> None:
    loader.failure = RuntimeError("no model")
    thread.start()
    asked = asyncio.ensure_future(thread.handle(message()))
    loader.gate.set()
    with pytest.raises(RuntimeError, match="no model"):
        await asked
    with pytest.raises(RuntimeError, match="no model"):
        await asyncio.to_thread(thread.wait)
    assert not thread.ready


async def test_it_stops(thread: DialogueThread, loader: Loader) -> None:
    loader.gate.set()
    thread.start()
    await thread.handle(message())
    await asyncio.to_thread(thread.stop)
    assert not thread._thread.is_alive()


def test_stopping_before_it_is_loaded_does_not_wait(thread: DialogueThread) -> None:
    thread.start()
    thread.stop()
    assert thread._thread.is_alive(), "it is a daemon: the process may end"

"""The dialogue's own thread with its own event loop, so that answering never holds up the web loop.

Rasa and the database work synchronously inside coroutines; on the web loop every answer would stall health checks and
everyone else's requests.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from bot.assistant import Assistant
from bot.messages import Message, Reply


class DialogueThread:
    """Runs an `Assistant` in a thread of its own; `handle` may be awaited from any event loop."""

    def __init__(self, make_assistant: Callable[[], Assistant]) -> None:
        """Take what makes the assistant: it is called in the thread, where it will live."""
        self._make_assistant = make_assistant
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="dialogue", daemon=True)
        self._assistant: Assistant | None = None
        self._failure: BaseException | None = None
        self._loaded = threading.Event()

    @property
    def ready(self) -> bool:
        """Whether the assistant is loaded and warm."""
        return self._assistant is not None

    def start(self) -> None:
        """Start loading; returns at once."""
        self._thread.start()

    def wait(self) -> None:
        """Wait until it is loaded. Raises what went wrong while loading."""
        self._loaded.wait()
        if self._failure is not None:
            raise self._failure

    async def handle(self, message: Message) -> list[Reply]:
        """Answer a message; one that comes while loading waits. Raises what `Assistant.handle` raises."""
        if not self.ready:
            await asyncio.to_thread(self.wait)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._answer(message), self._loop))

    def stop(self) -> None:
        """Stop after the message being answered."""
        if self._loaded.is_set() and self._failure is None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)

    async def _answer(self, message: Message) -> list[Reply]:
        assert self._assistant is not None  # noqa: S101 - `handle` waited for it
        return await self._assistant.handle(message)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._assistant = self._make_assistant()
        except BaseException as error:
            self._failure = error
            return
        finally:
            self._loaded.set()
        self._loop.run_forever()
        self._loop.close()

"""The worker: takes deliveries out of the inbox, has them answered, and sends what waits in the outbox.

`motcua serve` runs it beside the web, `motcua worker` alone; any number of them may share a PostgreSQL database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from bot.messages import Reply
from channels.base import APOLOGY
from channels.handling import Handling, Later, failed
from channels.inbox import Inbox
from channels.outbox import Outbox
from channels.seal import Sealed
from channels.switches import WEB, Switches
from storage import inbox as stored
from storage.conversations import Conversations
from storage.inbox import ClaimedDelivery
from storage.outbox import ClaimedSend, Outgoing
from storage.retention import forget_old
from storage.schema import now

log = logging.getLogger(__name__)

T = TypeVar("T")

ANSWERS_AT_ONCE = 8  # answered one after another by the dialogue; the others' rows are read and written meanwhile
SENDS_AT_ONCE = 16  # of each channel, so that one that is slow holds up no other
POLL_S = 0.5  # what another process stored is found by looking
HANDLE_S = 15.0  # below the inbox's lease, so that a claim never runs out under work
CLEAN_S = 3600.0
# After the first and the second failure; the third ends with an apology.
_AGAIN_S = (1.0, 5.0)
MOST_CLAIMS = 6  # one that is begun so often and never ended kills whatever handles it
TELL_S = 1.0  # how often those are looked for who wait at a channel that is off
LONG_S = 20.0  # who has waited so long for the gate is told why


class Pump(Generic[T]):
    """Claims work and does it, up to `hands` pieces at once, until it is stopped."""

    def __init__(
        self,
        name: str,
        claim: Callable[[int], Awaitable[Sequence[T]]],
        work: Callable[[T], Awaitable[None]],
        hands: int,
        news: asyncio.Event,
    ) -> None:
        """Ask `claim` for at most so many pieces whenever `news` is set, and every POLL_S."""
        self._name = name
        self._claim = claim
        self._work = work
        self._hands = hands
        self._news = news
        self._stopped = False

    def stop(self) -> None:
        """Claim no more; `run` ends when what is under way is done."""
        self._stopped = True
        self._news.set()

    async def run(self) -> None:
        """Work until stopped."""
        tasks: set[asyncio.Task[None]] = set()
        while not self._stopped:
            self._news.clear()
            free = self._hands - len(tasks)
            claimed = await self._claimed(free) if free else ()
            for piece in claimed:
                task = asyncio.create_task(self._do(piece))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            if len(claimed) < free or not free:
                await self._wait()
        if tasks:
            await asyncio.wait(tasks)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _claimed(self, free: int) -> Sequence[T]:
        try:
            return await self._claim(free)
        except Exception:
            log.exception("%s: nothing could be claimed; trying again", self._name)
            return ()

    async def _do(self, piece: T) -> None:
        try:
            await self._work(piece)
        except Exception:
            # Its lease runs out, and then it is tried again.
            log.exception("%s: a piece of work was left", self._name)
        finally:
            self._news.set()


class Worker:
    """The pumps of one process: one for the inbox, one for the outbox of each channel."""

    def __init__(
        self,
        inbox: Inbox,
        outbox: Outbox,
        handling: Handling,
        conversations: Conversations,
        answered: Callable[[str], None],
        switches: Switches | None = None,
    ) -> None:
        """Answer with `handling`; `answered` is told each conversation whose history has grown."""
        self._switches = switches or Switches(inbox.engine)
        self._inbox = inbox
        self._outbox = outbox
        self._handling = handling
        self._conversations = conversations
        self._answered = answered
        self._stopped = asyncio.Event()
        self._pumps: list[Pump[ClaimedDelivery] | Pump[ClaimedSend]] = [
            Pump("inbox", self._claim, self._handle, ANSWERS_AT_ONCE, inbox.news),
            *(self._sender(name) for name in outbox.channels),
        ]

    async def run(self) -> None:
        """Work until `stop` was called and what was under way is done."""
        await asyncio.gather(self._clean(), self._tell_paused(), *(pump.run() for pump in self._pumps))

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopped.set()
        for pump in self._pumps:
            pump.stop()

    def _sender(self, channel: str) -> Pump[ClaimedSend]:
        async def claim(count: int) -> Sequence[ClaimedSend]:
            if await self._switches.silenced(channel):
                return ()
            return await self._outbox.claim(channel, count)

        return Pump(f"outbox {channel}", claim, self._outbox.send, SENDS_AT_ONCE, self._outbox.news[channel])

    async def _claim(self, count: int) -> Sequence[ClaimedDelivery]:
        channels = await self._switches.answering([WEB, *self._outbox.channels])
        return await self._inbox.claim(channels, count) if channels else ()

    async def _handle(self, claimed: ClaimedDelivery) -> None:
        """Answer one delivery and close it, or let it wait to be tried again, or give it up with an apology."""
        engine, channel = self._inbox.engine, claimed.arrival.channel
        if claimed.attempts > MOST_CLAIMS:
            await self._give_up(claimed, "the process died while handling it")
            return
        try:
            delivery = self._inbox.read(claimed)
        except Sealed as sealed:
            log.error("delivery %s stays a dead letter: %s", claimed.id, sealed)
            await self._give_up(claimed, str(sealed))
            return
        try:
            async with asyncio.timeout(HANDLE_S):
                replies = await self._handling.replies(claimed.conversation_id, delivery)
        except TimeoutError:
            replies = [APOLOGY]
        except Later as later:
            await self._postpone(claimed, later)
            return
        if not failed(replies):
            outgoing = None if channel == WEB else self._outgoing(claimed, replies, "in")
            await asyncio.to_thread(stored.finish, engine, claimed, outgoing)
            self._outbox.ring(channel)
            self._answered(claimed.conversation_id)
        elif claimed.attempts <= len(_AGAIN_S):
            again_at = now() + timedelta(seconds=_AGAIN_S[claimed.attempts - 1])
            await asyncio.to_thread(stored.try_again, engine, claimed, again_at, "the assistant failed")
        else:
            await self._give_up(claimed, "the assistant failed")

    async def _postpone(self, claimed: ClaimedDelivery, later: Later) -> None:
        """Let a delivery wait that the gate does not let in yet; who has waited long is told so, once."""
        again_at = now() + timedelta(seconds=later.wait_s)
        await asyncio.to_thread(stored.postpone, self._inbox.engine, claimed, again_at, "over a limit")
        if now() - claimed.arrival.sent_at > timedelta(seconds=LONG_S) and claimed.arrival.channel != WEB:
            source = f"later:{claimed.arrival.delivery_id}"
            await self._outbox.enqueue(claimed.conversation_id, [later.notice], source)

    async def _give_up(self, claimed: ClaimedDelivery, reason: str) -> None:
        log.warning("delivery %s by %s was given up: %s", claimed.id, claimed.arrival.channel, reason)
        web = claimed.arrival.channel == WEB
        outgoing = None if web else self._outgoing(claimed, [APOLOGY], "sorry")
        held = await asyncio.to_thread(stored.give_up, self._inbox.engine, claimed, outgoing, reason)
        if held and web:
            told = self._conversations.append_reply
            await asyncio.to_thread(told, claimed.conversation_id, APOLOGY.to_json(), "assistant")
        self._outbox.ring(claimed.arrival.channel)
        self._answered(claimed.conversation_id)

    def _outgoing(self, claimed: ClaimedDelivery, replies: Sequence[Reply], what: str) -> Outgoing:
        arrival = claimed.arrival
        source = f"{what}:{arrival.delivery_id}"  # the answer after an apology is another thing to send
        return self._outbox.prepare(claimed.conversation_id, arrival.channel, arrival.sender_id, replies, source)

    async def _clean(self) -> None:
        """Forget what is over, now and then."""
        while not self._stopped.is_set():
            try:
                await asyncio.to_thread(forget_old, self._inbox.engine)
            except Exception:
                log.exception("old rows of the queues could not be removed; trying again later")
            await self._pause(CLEAN_S)

    async def _tell_paused(self) -> None:
        """Tell those who wait at a channel that is off, as they come."""
        while not self._stopped.is_set():
            try:
                await self._switches.tell(self._outbox)
            except Exception:
                log.exception("people at a channel that is off could not be told; trying again")
            await self._pause(TELL_S)

    async def _pause(self, seconds: float) -> None:
        """Wait, or until we are to stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            pass

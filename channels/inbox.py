"""The inbox as channels know it: what a service delivers is stored, then acknowledged, then handled.

A handler of webhooks verifies, awaits `store`, and answers 200; a poller awaits `store` before it asks for more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from bot.messages import File, FileKind, Location
from channels.base import Delivery
from channels.seal import Seal
from storage import inbox
from storage.inbox import Arrival, ClaimedDelivery, Place

# A delivery whose handler died is taken up by another one after this. Answers take milliseconds.
LEASE_S = 20.0


class Inbox:
    """The deliveries of one database; `news` is set whenever there may be something to handle."""

    def __init__(self, engine: Engine, seal: Seal, lease_s: float = LEASE_S) -> None:
        """Use an engine whose schema is up to date; what was said is closed with `seal` until it is handled."""
        self.engine = engine
        self._seal = seal
        self.news = asyncio.Event()
        self._lease = timedelta(seconds=lease_s)
        # Threads of its own: an acknowledgement must not wait behind the work that earlier ones have made.
        self._doors = ThreadPoolExecutor(2, thread_name_prefix="inbox")

    async def store(self, deliveries: Sequence[Delivery]) -> int:
        """Commit what was delivered and return how much of it is new; repeated deliveries are ignored."""
        if not deliveries:
            return 0
        arrivals = [arrival_of(one, self._seal) for one in deliveries]
        added = await asyncio.get_running_loop().run_in_executor(self._doors, inbox.add, self.engine, arrivals)
        if added:
            self.news.set()
        return added

    async def take(self, conversation_id: str, delivery: Delivery) -> Place:
        """Commit one delivery of a known conversation, and claim it if it is its turn."""
        return await asyncio.to_thread(
            inbox.add_and_claim, self.engine, conversation_id, arrival_of(delivery, self._seal), self._lease
        )

    async def claim(self, channels: Collection[str], count: int) -> list[ClaimedDelivery]:
        """Claim what is to be handled next, at most one delivery of each conversation."""
        return await asyncio.to_thread(inbox.claim, self.engine, channels, count, self._lease)

    def read(self, claimed: ClaimedDelivery) -> Delivery:
        """Return a claimed delivery as it came. Raises Sealed when it was stored under another secret."""
        return delivery_of(claimed.arrival, self._seal)


def arrival_of(delivery: Delivery, seal: Seal) -> Arrival:
    """Return a delivery as it is stored, its words sealed."""
    body: dict[str, Any] = {}
    if delivery.text:
        body["text"] = _mended(delivery.text)
    if delivery.token is not None:
        body["token"] = _mended(delivery.token)
    if delivery.location is not None:
        place = delivery.location
        body["location"] = [place.latitude, place.longitude, _mended(place.name)]
    if delivery.files:
        body["files"] = [[f.kind.value, _mended(f.reference), _mended(f.name), f.size] for f in delivery.files]
    sealed = {"sealed": seal.close(body)}
    return Arrival(delivery.channel, _name(delivery.id), _name(delivery.sender_id), sealed, delivery.sent_at)


def delivery_of(arrival: Arrival, seal: Seal) -> Delivery:
    """Return a delivery as it came. Raises Sealed."""
    body = seal.open(arrival.body["sealed"])
    return Delivery(
        channel=arrival.channel,
        id=arrival.delivery_id,
        sender_id=arrival.sender_id,
        text=body.get("text", ""),
        token=body.get("token"),
        location=Location(*body["location"]) if "location" in body else None,
        files=tuple(File(FileKind(kind), *rest) for kind, *rest in body.get("files", ())),
        sent_at=arrival.sent_at,
    )


def _mended(text: str) -> str:
    """Return a text with halves of characters replaced: no database takes them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _name(identifier: str) -> str:
    # PostgreSQL takes no NUL in a text column; no service has one in its ids, but a body from outside may.
    return _mended(identifier).replace("\0", "\ufffd")

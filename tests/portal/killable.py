"""One sync, to be run in a process of its own by the tests that kill it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from knowledge.portal.client import Manners, open_portal
from knowledge.portal.sync import sync
from storage.database import open_database

MANNERS = Manners(rate=100_000, at_once=4, attempts=6, first_wait_s=0.001, longest_wait_s=0.01, timeout_s=2)


def run(base: str, database: str) -> None:
    async def go() -> None:
        async with open_portal(base, "x", MANNERS) as portal:
            await sync(portal, open_database(database), lambda _what, _done, _total: None, timedelta(days=7))

    asyncio.run(go())

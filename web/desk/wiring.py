"""The desk's part behind its page, put into the web application: API, live events, and what it does by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from aiohttp import web

from channels.web import CONVERSATIONS, NOTIFIER, OUTBOX
from web.admin import approval
from web.desk import api, live
from web.desk.live import LIVE, Live
from web.desk.sweeping import sweep
from web.desk.works import WORKS, Works
from web.settings import Settings
from web.staff.opened import KNOWLEDGE


def set_up(app: web.Application, settings: Settings) -> None:
    """Give the application the desk's routes, streams and sweeps."""
    limit = timedelta(minutes=settings.desk_limit)
    app[WORKS] = works = Works(app[CONVERSATIONS], app[OUTBOX], app[NOTIFIER], limit)
    opened = app[KNOWLEDGE]

    def change() -> int | None:
        return opened.knowledge.live.change if opened.knowledge else None

    app[LIVE] = Live(works, change)
    app.add_routes([*api.routes(), *live.routes()])
    approval.set_up(app)

    async def running(app: web.Application) -> AsyncIterator[None]:
        works.start()
        tasks = [asyncio.create_task(app[LIVE].run()), asyncio.create_task(sweep(works, settings.staff_hours))]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    app.cleanup_ctx.append(running)
    app.on_shutdown.append(_close)


async def _close(app: web.Application) -> None:
    app[LIVE].close()

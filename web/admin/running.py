"""Runs of all regression cases: by night, once for all processes, and when somebody asks for one.

They go on in the background; the page that began one may be left. Citizens' questions go first: cases are run one
after another in a thread of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from aiohttp import web

from bot.evaluation import Case, Result
from knowledge.days import VIETNAM
from storage.checks import ALL, Check, Checks
from storage.regressions import Regressions
from storage.schema import now
from web.admin.cases import OURS, all_cases, told
from web.admin.gate import REHEARSING
from web.pages import SETTINGS
from web.rehearsal import rehearse
from web.service import Knowledge
from web.settings import Settings
from web.staff.opened import KNOWLEDGE

log = logging.getLogger(__name__)

NIGHTLY_AT = time(2, 30, tzinfo=VIETNAM)
_LOOK_SECONDS = 60  # so often a clock that was set or a machine that slept is noticed
_TELL_EVERY = 10  # cases between two lines of progress
RUNS = web.AppKey("runs", set[asyncio.Task[None]])


def set_up(app: web.Application) -> None:
    """Give the application what runs cases one run at a time."""
    app[REHEARSING] = asyncio.Lock()
    app[RUNS] = set()
    app.cleanup_ctx.append(_nightly)
    app.on_shutdown.append(_stop)


async def start_all(app: web.Application, started_by: str) -> int | None:
    """Begin a run of all cases and return its number, or that of the one under way; None while still loading."""
    knowledge = app[KNOWLEDGE].knowledge
    if knowledge is None:
        return None
    checks = Checks(knowledge.engine)
    running = await asyncio.to_thread(checks.running)
    if running is not None:
        return running
    number = await asyncio.to_thread(checks.start, ALL, started_by)
    _begin(app, knowledge, number)
    return number


async def _nightly(app: web.Application) -> AsyncIterator[None]:
    """Begin a run of all cases every night while the application runs, unless another process did."""
    task = asyncio.create_task(_every_night(app))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _every_night(app: web.Application) -> None:
    since = now()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        due = due_before(now())
        if due <= since or app[KNOWLEDGE].knowledge is None:
            continue
        since = due
        try:
            await start_nightly(app, due)
        except Exception:
            log.exception("the nightly check could not begin")


async def start_nightly(app: web.Application, due: datetime) -> int | None:
    """Begin the run that was due, and return its number; None when another process has, or while still loading."""
    knowledge = app[KNOWLEDGE].knowledge
    if knowledge is None:
        return None
    number = await asyncio.to_thread(Checks(knowledge.engine).start_nightly, due)
    if number is not None:
        _begin(app, knowledge, number)
    return number


def due_before(at: datetime) -> datetime:
    """Return when the newest nightly run before this moment was due."""
    here = at.astimezone(VIETNAM)
    due = datetime.combine(here.date(), NIGHTLY_AT)
    return due if due <= at else due - timedelta(days=1)


def _begin(app: web.Application, knowledge: Knowledge, number: int) -> None:
    task = asyncio.create_task(_run(app, knowledge, number))
    app[RUNS].add(task)
    task.add_done_callback(app[RUNS].discard)


async def _run(app: web.Application, knowledge: Knowledge, number: int) -> None:
    checks = Checks(knowledge.engine)
    stopped = asyncio.Event()  # only read in the thread
    try:
        async with app[REHEARSING]:
            await asyncio.to_thread(_run_all, app[SETTINGS], knowledge, checks, number, stopped)
    except asyncio.CancelledError:
        stopped.set()
        checks.fail(number)
        raise
    except Exception:
        log.exception("check %s failed", number)
        await asyncio.to_thread(checks.fail, number)


def _run_all(settings: Settings, knowledge: Knowledge, checks: Checks, number: int, stopped: asyncio.Event) -> None:
    cases = all_cases(knowledge.engine)
    earlier = checks.last_done()
    results: list[Result] = []

    def each(result: Result) -> bool:
        results.append(result)
        if len(results) % _TELL_EVERY == 0:
            checks.progress(number, len(results), len(cases), sum(one.ok for one in results))
        return not stopped.is_set()

    checks.progress(number, 0, len(cases), 0)
    rehearse(settings, knowledge, cases, each)
    if stopped.is_set():
        return
    wrong = [told(result) for result in results if not result.ok]
    right = len(results) - len(wrong)
    checks.progress(number, len(results), len(cases), right)
    checks.end(number, right, list(_fallen(knowledge, wrong, cases, earlier)), wrong)


def _fallen(
    knowledge: Knowledge, wrong: list[dict[str, Any]], cases: list[Case], earlier: Check | None
) -> Iterator[dict[str, Any]]:
    """Yield what is wrong now and was right in the run before: cases that it had and did not find wrong."""
    if earlier is None:
        return
    newer = {
        f"{OURS}{case.id}" for case in Regressions(knowledge.engine).active() if case.created_at > earlier.started_at
    }
    known = {row["id"] for row in earlier.wrong} | newer
    yield from (row for row in wrong if row["id"] not in known)


async def _stop(app: web.Application) -> None:
    for task in app[RUNS]:
        task.cancel()
    await asyncio.gather(*app[RUNS], return_exceptions=True)

"""The sync with the national portal: what the last ones brought and left out, starting one, stopping it."""

from __future__ import annotations

import asyncio
import logging
import threading
from datetime import timedelta
from typing import Any

from aiohttp import web

from knowledge.portal.client import PortalError
from knowledge.portal.sync import waiting
from storage.audit import note
from storage.sync_state import Held, fetch_held
from web.admin.paging import cut, page_number
from web.admin.plan import TITLES, held_fates, plan_of
from web.pages import SETTINGS
from web.sheet_page import ENGINE
from web.staff.frame import back, render
from web.staff.guard import ADMINISTRATORS, EDITORS, READERS, STAFF, guarded
from web.sync_runs import RunStage, SyncRun, SyncRuns
from web.syncing import run_sync

log = logging.getLogger(__name__)

PATH = "/admin/sync"
_ONE = f"{PATH}/{{id:[0-9]{{20}}}}"
_AGES = (7, 1, 30, 0)  # days
_APPEARS_S = 3.0
_LOOKS_EVERY_S = 0.05
_WHAT = {"list": "Đọc danh sách của Cổng", "read": "Đọc bản ghi"}


def set_up(app: web.Application) -> None:
    """Give the application the pages of the sync."""
    app.add_routes(
        [
            guarded("GET", PATH, _overview, READERS),
            guarded("POST", PATH, _start, EDITORS),
            guarded("GET", f"{PATH}/waiting", _waiting, READERS),
            guarded("GET", _ONE, _show, READERS),
            guarded("GET", f"{_ONE}/state", _state, READERS),
            guarded("POST", f"{_ONE}/stop", _stop, EDITORS),
        ]
    )


async def _overview(request: web.Request) -> web.Response:
    engine, runs = request.app[ENGINE], _runs(request)

    def read() -> tuple[list[SyncRun], Held]:
        with engine.connect() as connection:
            return runs.all(), fetch_held(connection)

    found, held = await asyncio.to_thread(read)
    return render(
        request,
        "sync.html",
        runs=found,
        held=held,
        running=next((run for run in found if run.stage is RunStage.RUNNING), None),
        portal=request.app[SETTINGS].portal_base,
        ages=_AGES,
        what=_WHAT,
        may_write=request[STAFF].role in EDITORS,
        may_lose=request[STAFF].role in ADMINISTRATORS,
    )


async def _start(request: web.Request) -> web.Response:
    """Begin a sync in a thread of its own and wait until it is written down."""
    posted, runs, login = await request.post(), _runs(request), request[STAFF].login
    if await asyncio.to_thread(runs.busy):
        return back(request, PATH, "Một lần đồng bộ khác đang chạy. Đợi nó xong.")
    age = str(posted.get("age", ""))
    losses = "losses" in posted and request[STAFF].role in ADMINISTRATORS
    options: dict[str, Any] = {"accept_losses": losses, "dry_run": "dry_run" in posted, "author": login}
    max_age = timedelta(days=int(age) if age.isdecimal() and len(age) < 4 else _AGES[0])
    settings, engine = request.app[SETTINGS], request.app[ENGINE]

    def work() -> None:
        try:
            run_sync(settings, engine, lambda *_: None, max_age, **options)
        except PortalError as error:
            log.info("sync ended: %s", error)  # the page tells it
        except Exception:
            log.exception("sync failed")

    before = {run.id for run in await asyncio.to_thread(runs.all)}
    threading.Thread(target=work, name="sync", daemon=True).start()
    told = "chỉ xem" if options["dry_run"] else "ngừng cả khi mất nhiều" if losses else ""
    await asyncio.to_thread(note, engine, "sync.start", settings.portal_base, login, told)
    begun = await _appeared(runs, before)
    return back(request, f"{PATH}/{begun}" if begun else PATH)


async def _appeared(runs: SyncRuns, before: set[str]) -> str:
    """Return the id of a sync that was not there before, "" when none appears."""
    for _ in range(round(_APPEARS_S / _LOOKS_EVERY_S)):
        new = [run.id for run in await asyncio.to_thread(runs.all) if run.id not in before]
        if new:
            return new[0]
        await asyncio.sleep(_LOOKS_EVERY_S)
    return ""


async def _show(request: web.Request) -> web.Response:
    run = await _run(request)
    plan, shown, fate = None, None, ""
    if run.stage is RunStage.DONE:
        plan = await asyncio.to_thread(_runs(request).plan, run.id)
        fate = request.query.get("fate", "") if request.query.get("fate") in plan.counts else plan.first()
        shown = cut(plan.items.get(fate, ()), page_number(request), f"fate={fate}")
    return render(
        request,
        "sync_one.html",
        run=run,
        plan=plan,
        shown=shown,
        fate=fate,
        titles=TITLES,
        told=_told(run),
        open_fates=held_fates(done=not run.dry_run),
        may_write=request[STAFF].role in EDITORS,
    )


async def _waiting(request: web.Request) -> web.Response:
    """Show what was read and is not in the catalogue, and why."""
    changes, rejected = await asyncio.to_thread(waiting, request.app[ENGINE])
    plan = plan_of(changes, rejected)
    fate = request.query.get("fate", "") if request.query.get("fate") in plan.counts else plan.first()
    shown = cut(plan.items.get(fate, ()), page_number(request), f"fate={fate}")
    return render(
        request,
        "sync_waiting.html",
        plan=plan,
        shown=shown,
        fate=fate,
        titles=TITLES,
        open_fates=held_fates(done=False),
    )


async def _state(request: web.Request) -> web.Response:
    run = await _run(request)
    return web.json_response({"working": run.stage is RunStage.RUNNING, "told": _told(run)})


async def _stop(request: web.Request) -> web.Response:
    run = await _run(request)
    if run.stage is not RunStage.RUNNING:
        return back(request, f"{PATH}/{run.id}", "Lần đồng bộ này đã xong.")
    await asyncio.to_thread(_runs(request).ask_to_stop, run.id)
    await asyncio.to_thread(note, request.app[ENGINE], "sync.stop", run.id, request[STAFF].login)
    return back(request, f"{PATH}/{run.id}", "Đang dừng. Những gì đã đọc được giữ lại, lần sau chạy tiếp.")


def _told(run: SyncRun) -> str:
    """Return how far a running sync is."""
    if not run.what:
        return "Đang mở kết nối …"
    return f"{_WHAT[run.what]}: {run.done} trong {run.total}"


async def _run(request: web.Request) -> SyncRun:
    """Return the sync that the address names. Raises HTTPNotFound."""
    found = await asyncio.to_thread(_runs(request).get, request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound
    return found


def _runs(request: web.Request) -> SyncRuns:
    return SyncRuns(request.app[SETTINGS].data)

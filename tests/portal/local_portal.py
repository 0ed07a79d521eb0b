"""A portal of our own with the ways of the national one, for tests: it answers 201, wants a browser-like User-Agent,
gives arrays in another order at every call, puts nulls into them, and fails as it is told to."""

from __future__ import annotations

import asyncio
import copy
import json
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from aiohttp import web

from knowledge.portal.client import DETAIL, LIST

Json = dict[str, Any]
SLOW_SECONDS = 5.0


class LocalPortal:
    """The records it publishes (change them between calls) and how the next calls fail.

    `faults` gives one word a call: "" (none), "429", "429 after", "503", "503 date", "500", "cut", "half", "slow".
    """

    def __init__(self, records: Iterable[Json], faults: Iterable[str] = (), seed: int = 0) -> None:
        self.records = {record["id"]: copy.deepcopy(record) for record in records}
        self.faults = iter(faults)
        self.hidden = 0  # records that the total counts and the list leaves out
        self.asked: list[str] = []  # "list" or the id asked for, call by call
        self.agents: set[str] = set()
        self.on_call: Callable[[int], None] = lambda _count: None
        self._random = random.Random(seed)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._gate])
        app.router.add_post(LIST, self._list)
        app.router.add_post(DETAIL, self._detail)
        return app

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        agent = request.headers.get("User-Agent", "")
        self.agents.add(agent)
        body = await request.json()
        self.asked.append(body.get("id") or "list")
        self.on_call(len(self.asked))
        if not agent.startswith("Mozilla/5.0"):
            return web.Response(status=403, text="<html>Forbidden</html>")
        return await self._fail(next(self.faults, ""), request) or await handler(request)

    async def _fail(self, fault: str, request: web.Request) -> web.StreamResponse | None:
        status, _, how = fault.partition(" ")
        if fault == "cut":
            return _cut(request)
        if fault == "half":
            return await self._half(request)
        if fault == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if not status.isdecimal():
            return None
        headers = {"after": {"Retry-After": "1"}, "date": {"Retry-After": "Fri, 17 Jul 2026 08:00:00 GMT"}}.get(how, {})
        return web.Response(status=int(status), headers=headers, text="<html>Too many</html>")

    async def _half(self, request: web.Request) -> web.StreamResponse:
        whole = json.dumps({"code": "OK", "data": {"id": "x" * 1000}}).encode()
        answer = web.StreamResponse(status=201, headers={"Content-Length": str(len(whole))})
        answer.content_type = "application/json"
        await answer.prepare(request)
        await answer.write(whole[: len(whole) // 2])
        _cut(request)
        return answer

    async def _list(self, request: web.Request) -> web.Response:
        body = await request.json()
        newest_first = sorted(self.records, reverse=True)
        after = [identity for identity in newest_first if not body["lastId"] or identity < body["lastId"]]
        shown = after[: body["limit"]]
        items = [self._reordered(_item(self.records[identity])) for identity in shown]
        data = {"items": items, "total": len(self.records) + self.hidden, "lastId": shown[-1] if shown else ""}
        return _answer(data)

    async def _detail(self, request: web.Request) -> web.Response:
        record = self.records.get((await request.json())["id"])
        if record is None:
            return _answer(None, "FORMALITY_NOT_FOUND")
        return _answer(self._reordered(record))

    def _reordered(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._reordered(item) for key, item in value.items()}
        if not isinstance(value, list):
            return value
        items = [self._reordered(item) for item in value] + [None] * self._random.randrange(2)
        self._random.shuffle(items)
        return items


@contextmanager
def served(portal: LocalPortal) -> Iterator[str]:
    """Serve a portal from a thread; the address is what `PORTAL_BASE` takes."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = web.AppRunner(portal.app(), shutdown_timeout=0.1)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return int(runner.addresses[0][1])

    port = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _answer(data: Any, code: str = "OK") -> web.Response:
    return web.json_response({"code": code, "data": data, "message": "" if data else "Không tìm thấy"}, status=201)


def _item(record: Json) -> Json:
    """Return a record as the list shows it: without the date of its last change."""
    return {
        "id": record["id"],
        "name": record["name"],
        "code": record["code"],
        "codeNotation": record["code"].strip(),
        "categories": [field["name"] for field in record["categoriesDetails"]],
        "departments": [record["executingAgencies"]],
        "departmentPromulgate": record["departmentPromulgateName"],
        "formalityTargetType": [target["name"] for target in record["subjectTypesDetails"]],
        "state": record["state"],
        "type": record["type"],
    }

"""Members of staff over HTTP, for tests of the desk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from tests.web.staff_side import sign_in
from web.staff.guard import ACCOUNTS

JSON = {"Accept": "application/json"}


@dataclass
class Agent:
    """One signed-in member of staff with a browser of their own."""

    client: TestClient
    csrf: str
    id: int
    name: str

    async def get(self, path: str) -> Any:
        answer = await self.client.get(f"/desk/api{path}", headers=JSON)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def post(self, path: str, body: dict[str, Any] | None = None) -> ClientResponse:
        headers = {**JSON, "X-CSRF-Token": self.csrf}
        return await self.client.post(f"/desk/api{path}", json=body or {}, headers=headers)

    async def done(self, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        """Post and return what came of it, which must have this status."""
        answer = await self.post(path, body)
        assert answer.status == status, await answer.text()
        return await answer.json()

    async def step(self, conversation: str, step: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        return await self.done(f"/conversations/{conversation}/{step}", body, status)

    async def events(self) -> Events:
        answer = await self.client.get("/desk/events")
        assert answer.status == 200
        return Events(answer)


@dataclass
class Events:
    """A stream of events as a page reads it."""

    answer: ClientResponse
    rest: str = ""

    async def next(self, kind: str, fits: Callable[[Any], bool] = lambda _: True) -> tuple[int, Any]:
        """Return id and data of the next event of a kind that fits; others are passed over."""

        async with asyncio.timeout(10):
            while True:
                while "\n\n" in self.rest:
                    told, _, self.rest = self.rest.partition("\n\n")
                    fields = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
                    if fields.get("event") == kind and fits(data := json.loads(fields["data"])):
                        return int(fields.get("id", 0)), data
                chunk = await self.answer.content.readany()
                assert chunk, "the stream ended"
                self.rest += chunk.decode()

    async def ended(self) -> bool:
        """Wait for the end of the stream."""

        async with asyncio.timeout(10):
            while await self.answer.content.readany():
                pass
        return True


async def hire(client: TestClient, role: str = "agent", name: str = "Lan") -> Agent:
    """Sign the client in as a new member of staff."""
    csrf = await sign_in(client, role, name=name)
    account = next(one for one in client.app[ACCOUNTS].all() if one.name == name)
    return Agent(client, csrf, account.id, name)

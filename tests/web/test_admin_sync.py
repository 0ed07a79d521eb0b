"""The pages of the sync, against a portal of our own."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Iterator
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from knowledge.catalog import Catalog
from storage.audit import Wanted, lines
from tests.portal.local_portal import LocalPortal, served
from tests.portal.samples import UPDATED_AT, record
from tests.web.staff_side import sign_in
from web.pages import SETTINGS
from web.settings import Settings
from web.sheet_page import ENGINE
from web.sync_runs import RunStage, SyncRuns


@pytest.fixture
def portal() -> LocalPortal:
    return LocalPortal([record(number) for number in range(12)])


@pytest.fixture
def settings(settings: Settings, portal: LocalPortal) -> Iterator[Settings]:
    with served(portal) as base:
        yield replace(settings, portal_base=base, portal_rate=50.0)


@pytest.fixture
def runs(settings: Settings) -> SyncRuns:
    return SyncRuns(settings.data)


async def start(client: TestClient, csrf: str, **form: str) -> str:
    headers = {"X-CSRF-Token": csrf}
    response = await client.post("/admin/sync", data=form, headers=headers, allow_redirects=False)
    assert response.status == 303
    return response.headers["Location"]


def interrupted(runs: SyncRuns) -> None:
    with runs.run("", dry_run=False) as running:
        running.progress("read", 5, 10)
        raise KeyboardInterrupt


async def settled(client: TestClient, url: str) -> str:
    for _ in range(400):
        if not (await (await client.get(f"{url}/state")).json())["working"]:
            return html.unescape(await (await client.get(url)).text())
        await asyncio.sleep(0.02)
    raise AssertionError("the sync does not end")


async def test_a_sync_is_started_and_tells_what_came(
    client: TestClient, app: web.Application, portal: LocalPortal, runs: SyncRuns
) -> None:
    csrf = await sign_in(client, "editor", login="lan")
    assert "Chưa đồng bộ lần nào" in await (await client.get("/admin/sync")).text()
    assert "Mới" in await settled(client, await start(client, csrf))
    portal.records[record(3)["id"]] |= {"name": "Cấp thẻ", "updatedAt": UPDATED_AT + 86_400_000}
    portal.records[record(4)["id"]] |= {"type": "SPECIFIC", "updatedAt": UPDATED_AT + 86_400_000}
    text = await settled(client, await start(client, csrf, age="7"))
    assert "<ins>thẻ</ins>" in text
    assert "Không nhận" in text
    assert len(list(Catalog(app[ENGINE]).published())) == 12
    noted = [(line.action, line.author) for line in lines(app[ENGINE], Wanted(action="sync"), 9)]
    assert noted == [("sync.start", "lan")] * 2
    told = [(run.stage, run.author, run.listed, run.read) for run in runs.all()]
    assert told == [(RunStage.DONE, "lan", 12, 2), (RunStage.DONE, "lan", 12, 12)]
    overview = await (await client.get("/admin/sync")).text()
    assert "Bản ghi đã biết</dt><dd>12" in overview
    assert "/admin/sync/waiting" in overview
    left = html.unescape(await (await client.get("/admin/sync/waiting")).text())
    assert record(4)["code"] in left
    assert "không rõ tỉnh" in left


async def test_a_look_changes_nothing(client: TestClient, app: web.Application) -> None:
    csrf = await sign_in(client, "editor")
    text = await settled(client, await start(client, csrf, dry_run="on"))
    assert "Sẽ đổi" in text
    assert list(Catalog(app[ENGINE]).published()) == []


async def test_one_at_a_time_and_it_stops_when_asked(
    client: TestClient, app: web.Application, portal: LocalPortal, runs: SyncRuns
) -> None:
    csrf = await sign_in(client, "editor")
    portal.faults = iter(["", *["slow"] * 50])
    url = await start(client, csrf)
    assert await start(client, csrf) == "/admin/sync"  # told that one runs
    shown = await (await client.get(url)).text()
    assert "Dừng" in shown
    await client.post(f"{url}/stop", headers={"X-CSRF-Token": csrf}, allow_redirects=False)
    assert "Đã dừng theo yêu cầu" in await settled(client, url)
    assert [run.stage for run in runs.all()] == [RunStage.BROKEN]
    assert not runs.busy()
    portal.faults = iter(())
    assert "Mới" in await settled(client, await start(client, csrf))


async def test_a_portal_that_turns_us_away_is_told(
    client: TestClient, portal: LocalPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.portal.client.user_agent", lambda _contact: "curl/8")
    csrf = await sign_in(client, "editor")
    assert "Cổng từ chối (HTTP 403)" in await settled(client, await start(client, csrf))


async def test_only_administrators_accept_losses(client: TestClient, app: web.Application, portal: LocalPortal) -> None:
    csrf = await sign_in(client, "editor")
    await settled(client, await start(client, csrf))
    for number in range(6):
        del portal.records[record(number)["id"]]
    text = await settled(client, await start(client, csrf, losses="on"))
    assert "nên chưa ngừng" in text
    assert len(list(Catalog(app[ENGINE]).published())) == 12
    csrf = await sign_in(client, "administrator")
    await settled(client, await start(client, csrf, losses="on"))
    assert len(list(Catalog(app[ENGINE]).published())) == 6


async def test_what_a_dead_process_left_is_told(client: TestClient, app: web.Application, runs: SyncRuns) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(runs)
    assert runs.all()[0].stage is RunStage.BROKEN
    await sign_in(client, "supervisor")
    text = await (await client.get("/admin/sync")).text()
    assert "Dừng giữa chừng" in text
    assert "Bắt đầu</button>" not in text
    assert (await client.get("/admin/sync/00000000000000000000")).status == 404
    assert app[SETTINGS].portal_base in text

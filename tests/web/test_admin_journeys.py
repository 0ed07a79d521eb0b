"""The page of journeys and cases."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from aiohttp import web
from aiohttp.test_utils import TestClient

from knowledge.cases import load_cases
from knowledge.catalog import IMPORT, Catalog
from knowledge.journeys import load_journeys
from knowledge.starter import load_starter
from knowledge.types import Status
from tests.web.staff_side import sign_in
from web.sheet_page import ENGINE


async def page(client: TestClient, query: str = "") -> str:
    return re.sub(r"\s+", " ", html.unescape(await (await client.get(f"/admin/journeys{query}")).text()))


async def test_steps_without_a_published_procedure_stand_out(client: TestClient, app: web.Application) -> None:
    await sign_in(client, "supervisor")
    catalog = Catalog(app[ENGINE])
    procedures = [procedure for procedure in load_starter() if procedure.status is Status.PUBLISHED]
    catalog.put(procedures, IMPORT, "test")
    text = await page(client)
    journeys = load_journeys()
    assert f"Việc theo sự kiện ({len(journeys)})" in text
    assert all(journey.title in text for journey in journeys.values())
    birth = next(iter(journeys["birth"].codes))
    assert f"{birth} chưa công bố" not in text
    before = text.count("chưa công bố</span>")
    withdrawn = next(replace(one, status=Status.WITHDRAWN) for one in procedures if one.code == birth)
    catalog.put([withdrawn], IMPORT, "test")
    text = await page(client)
    assert f"{birth} chưa công bố" in text
    assert text.count("chưa công bố</span>") > before
    assert journeys["birth"].title in await page(client, "?only=lost")


async def test_cases_tell_whether_they_are_asked(client: TestClient, app: web.Application) -> None:
    await sign_in(client, "editor")
    assert f"{len(load_cases())} bộ câu hỏi trường hợp cần xem lại" in await page(client)
    Catalog(app[ENGINE]).put([one for one in load_starter() if one.code in load_cases()], IMPORT, "test")
    text = await page(client, "?only=lost")
    assert "Bản ghi đã đổi tên hồ sơ" not in text
    some = next(one for one in load_starter() if one.code in load_cases() and load_cases()[one.code].fits(one))
    changed = replace(some, document_sets=(), case_durations=(), methods=())
    Catalog(app[ENGINE]).put([changed], IMPORT, "test")
    assert some.code in await page(client, "?only=lost")

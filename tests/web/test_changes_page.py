"""The log of the catalogue and the page of warnings over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from knowledge.catalog import IMPORT, STARTER, Catalog
from knowledge.days import today
from knowledge.faq import FaqEntry, Faqs
from knowledge.publishing import Publishing
from knowledge.types import Procedure
from storage.audit import Wanted, lines
from tests.web.staff_side import sign_in
from web.sheet_page import ENGINE
from web.staff.guard import Role

BIRTH = Procedure("1.001193", "Đăng ký khai sinh", conditions="Trẻ mới sinh.", updated_at=date(2026, 4, 15))
DEATH = Procedure("1.000656", "Đăng ký khai tử", updated_at=date(2026, 4, 15))


@pytest.fixture(autouse=True)
def catalog(app: web.Application) -> Catalog:
    made = Catalog(app[ENGINE])
    made.put([BIRTH, DEATH], STARTER, "danh mục đầu")
    return made


def import_wrongly(catalog: Catalog) -> int:
    wrong = [replace(one, conditions="Nội dung hỏng.", updated_at=date(2026, 5, 1)) for one in (BIRTH, DEATH)]
    catalog.put(wrong, IMPORT, "tệp hỏng", author="lan")
    return catalog.change()


async def page(client: TestClient, path: str, status: int = 200) -> str:
    response = await client.get(path, headers={"Accept": "text/html"})
    assert response.status == status
    return await response.text()


async def test_the_log_tells_who_changed_what_and_why(client: TestClient, catalog: Catalog) -> None:
    number = import_wrongly(catalog)
    await sign_in(client, Role.SUPERVISOR)
    log = await page(client, "/admin/changes")
    assert "tệp hỏng" in log
    assert "danh mục đầu" in log
    assert "lan" in log
    narrowed = await page(client, "/admin/changes?author=lan&origin=import")
    assert "tệp hỏng" in narrowed
    assert "danh mục đầu" not in narrowed
    one = await page(client, f"/admin/changes/{number}")
    assert "Nội dung hỏng." in one
    assert "<ins>" in one
    assert BIRTH.code in one
    assert "Hoàn tác lần này" not in one  # a supervisor reads
    await page(client, "/admin/changes/999", 404)


async def test_a_change_is_taken_back(client: TestClient, app: web.Application, catalog: Catalog) -> None:
    number = import_wrongly(catalog)
    csrf = await sign_in(client, Role.EDITOR, login="hoa")
    assert "Hoàn tác lần này (2 thủ tục)" in await page(client, f"/admin/changes/{number}")
    path = f"/admin/changes/{number}/undo"
    assert (await client.post(path, data={"csrf": csrf, "why": " "}, allow_redirects=False)).status == 422
    done = await client.post(path, data={"csrf": csrf, "why": "tệp hỏng"}, allow_redirects=False)
    assert done.status == 303
    assert done.headers["Location"] == f"/admin/changes/{number + 1}"
    held = catalog.get(BIRTH.code)
    assert held is not None
    assert held.conditions == "Trẻ mới sinh."
    (noted,) = lines(app[ENGINE], Wanted("catalogue"), 9)
    assert (noted.action, noted.subject, noted.author) == ("catalogue.undo", str(number), "hoa")
    again = await client.post(path, data={"csrf": csrf, "why": "lần nữa"}, allow_redirects=False)
    assert again.status == 422
    assert "không còn gì" in await again.text()


async def test_only_administrators_take_the_whole_catalogue_back(
    client: TestClient, app: web.Application, catalog: Catalog
) -> None:
    first = catalog.change()
    import_wrongly(catalog)
    Publishing(app[ENGINE]).withdraw(DEATH.code, "lan", "bãi bỏ")
    csrf = await sign_in(client, Role.EDITOR)
    path = f"/admin/changes/{first}/rollback"
    assert (await client.post(path, data={"csrf": csrf, "why": "x"})).status == 403
    csrf = await sign_in(client, Role.ADMINISTRATOR)
    assert "Quay cả danh mục về đây (2 thủ tục" in await page(client, f"/admin/changes/{first}")
    assert (await client.post(path, data={"csrf": csrf, "why": "x"}, allow_redirects=False)).status == 303
    assert {one.code: one.conditions for one in catalog.published()} == {BIRTH.code: "Trẻ mới sinh.", DEATH.code: ""}


async def test_warnings_tell_what_to_look_at(client: TestClient, app: web.Application, catalog: Catalog) -> None:
    day = today()
    catalog.put(
        [
            Procedure("2.1", "Đã hết hạn", expires_on=day - timedelta(days=3)),
            Procedure("2.2", "Sắp hết hạn", expires_on=day + timedelta(days=3)),
            Procedure("2.3", "Còn lâu", expires_on=day + timedelta(days=300)),
            Procedure("2.4", "Lâu không cập nhật", updated_at=day - timedelta(days=900)),
            Procedure("2.5", "Sắp có hiệu lực", effective_on=day + timedelta(days=3)),
        ],
        IMPORT,
        "tệp",
    )
    entry = FaqEntry("2.3", "Câu đã quá ngày?", "Đáp.", "Luật", "https://x.vn", valid_until=day)
    faqs = Faqs(app[ENGINE])
    faqs.add(entry, "lan", "x", publish=True)
    faqs.add(replace(entry, question="Câu cũ?", valid_until=day - timedelta(days=1)), "lan", "x", publish=True)
    await sign_in(client, Role.SUPERVISOR)
    text = await page(client, "/admin/warnings")
    for told in ("Đã hết hạn", "Sắp hết hạn", "Sắp có hiệu lực", "Câu cũ?"):
        assert told in text
    for untold in ("Còn lâu", "Lâu không cập nhật</a>", "Câu đã quá ngày?"):
        assert untold not in text
    assert "Lâu không cập nhật</a>" in await page(client, "/admin/warnings?months=24")
    await page(client, "/admin/warnings?months=9999999999&page=x")

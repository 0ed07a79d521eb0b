"""The page of approve mode in a real browser, in every size and theme, read by axe."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from storage.approvals import Rule
from tests.browser.conftest import Site, watch
from tests.browser.test_staff_pages import SIZES, look, open_page
from tests.web.staff_side import PASSWORD, add_staff, sign_in_page
from web.desk.works import WORKS
from web.staff.guard import Role

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_supervisor_sets_it(browser: Browser, site: Site, size: tuple[int, int], theme: str) -> None:
    add_staff(site.app, Role.SUPERVISOR, "chi", "Chị Chi", PASSWORD)
    page = await open_page(browser, size, theme)
    faults = watch(page)
    await sign_in_page(page, site.url, "chi")
    await page.goto(f"{site.url}/admin/approval")
    card = page.get_by_role("form", name="Web")
    await card.get_by_label("Cán bộ duyệt câu chưa chắc").press("Space")
    await card.get_by_label("Độ tin cậy dưới (%)").fill("7")
    await card.get_by_label("Chờ tối đa (phút)").press("Enter")
    await expect(card.get_by_role("alert")).to_contain_text("từ 10 đến 100")
    name = f"{size[0]}x{size[1]}-{theme}-approval"
    await look(page, f"{name}-1-wrong")
    await card.get_by_label("Độ tin cậy dưới (%)").fill("70")
    await card.get_by_label("Chờ tối đa (phút)").press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("dưới 70 % sẽ chờ cán bộ tối đa 5 phút")
    await look(page, f"{name}-2-saved")
    assert site.app[WORKS].approvals.rule_of("web") == Rule("web", 0.7, 300)
    assert [fault for fault in faults if "422" not in fault] == []
    await page.context.close()

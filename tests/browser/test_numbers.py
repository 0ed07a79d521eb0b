"""The page of numbers in a real browser: charts drawn, every size and theme, read by axe, and light enough.

Screenshots go to `screenshots/` to be looked at.
"""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from sqlalchemy import Engine, insert

from storage.database import writing
from storage.schema import conversations, desk, now, questions, ratings
from tests.browser.conftest import Site, watch
from tests.web.staff_side import PASSWORD, add_staff, sign_in_page
from web.sheet_page import ENGINE
from web.staff.guard import Role

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCREENSHOTS = Path(__file__).parent / "screenshots"
SIZES = [(1280, 800), (820, 1180), (390, 844)]
HEAVIEST = 150_000  # bytes on the wire, with style, script and letters
OUTCOMES = ["answered"] * 6 + ["clarify", "abstained", "smalltalk", "handoff"]
SIZE_OF_ALL = """
performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
  .reduce((sum, entry) => sum + entry.encodedBodySize, 0)
"""


def fill(engine: Engine) -> None:
    """Add three days of conversations in two channels."""
    chance, talks, said, served, rated = random.Random(5), [], [], [], []
    for number in range(240):
        at = now() - timedelta(hours=chance.uniform(0, 72))
        id, channel = f"c{number}", chance.choice(["web", "zalo"])
        talks.append({"id": id, "channel": channel, "created_at": at, "updated_at": at})
        outcome = chance.choice(OUTCOMES)
        said.append(
            {
                "conversation_id": id,
                "text": "đăng ký khai sinh",
                "outcome": outcome,
                "confidence": 0.9,
                "codes": [f"1.{chance.randint(1000, 1011)}"] if outcome == "answered" else [],
                "channel": channel,
                "language": "vi",
                "created_at": at,
            }
        )
        row = {"conversation_id": id}
        if outcome == "handoff":
            moments = {
                "waiting_since": at,
                "taken_at": at,
                "answered_at": at + timedelta(seconds=chance.randint(20, 600)),
            }
            served.append(row | moments | {"status": "done", "reason": "asked", "note": "", "changed_at": at})
        if outcome == "answered":
            comment = "Trả lời nhanh, dễ hiểu." if number % 20 == 0 else None
            score = {"score": chance.choice([5, 5, 3, 1]), "comment": comment}
            rated.append(row | score | {"asked_at": at, "by_staff": False, "code": None})
    with writing(engine) as connection:
        for table, rows in ((conversations, talks), (questions, said), (desk, served), (ratings, rated)):
            connection.execute(insert(table), rows)


async def open_numbers(browser: Browser, site: Site, size: tuple[int, int], theme: str = "light") -> Page:
    viewport = {"width": size[0], "height": size[1]}
    context = await browser.new_context(viewport=viewport, color_scheme=theme, locale="vi-VN")  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    page = await context.new_page()
    add_staff(site.app, Role.SUPERVISOR, "hoa", "Chị Hoa", PASSWORD)
    await sign_in_page(page, site.url, "hoa")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_screens(browser: Browser, site: Site, size: tuple[int, int], theme: str) -> None:
    name = f"{size[0]}x{size[1]}-{theme}-numbers"
    fill(site.app[ENGINE])
    page = await open_numbers(browser, site, size, theme)
    faults = watch(page)
    for step, path in enumerate(("/admin/numbers", "/admin/numbers?from=2020-01-01&to=2020-01-02")):
        await page.goto(site.url + path)
        await page.evaluate("document.fonts.ready")
        if step == 0:
            await expect(page.locator(".plot canvas").first).to_be_visible()
            await page.locator("summary").first.click()
        await page.screenshot(path=SCREENSHOTS / f"{name}-{step}.png", full_page=True)
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        found = (await Axe().run(page)).response["violations"]
        assert [f"{v['id']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]] == []
        assert await page.evaluate(SIZE_OF_ALL) < HEAVIEST
    assert faults == []
    await page.context.close()


async def test_charts_are_drawn_from_the_tables_beside_them(browser: Browser, site: Site) -> None:
    fill(site.app[ENGINE])
    page = await open_numbers(browser, site, (1280, 800))
    await page.goto(f"{site.url}/admin/numbers")
    await expect(page.locator(".plot:visible")).to_have_count(7)
    drawn, told = await page.evaluate("""() => {
        const chart = Chart.getChart(document.querySelector("#by-day canvas"));
        const rows = [...document.querySelectorAll("#by-day tbody tr")];
        return [
            chart.data.datasets.map((one) => one.data),
            chart.data.datasets.map((_, place) => rows.map((row) => Number(row.cells[place + 1].dataset.n))),
        ];
    }""")
    assert drawn == told
    assert sum(map(sum, told)) == 240
    # Every chart shows something: a canvas that stayed blank has one colour only.
    blank = await page.evaluate("""() => [...document.querySelectorAll("canvas")].filter((canvas) => {
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return !pixels.some((value) => value);
    }).length""")
    assert blank == 0
    await page.context.close()


async def test_a_period_is_chosen_by_keyboard_and_kept_in_the_address(browser: Browser, site: Site) -> None:
    fill(site.app[ENGINE])
    page = await open_numbers(browser, site, (1280, 800))
    await page.goto(f"{site.url}/admin/numbers")
    await page.get_by_role("link", name="Hôm nay").press("Enter")
    await expect(page.get_by_role("link", name="Hôm nay")).to_have_attribute("aria-current", "page")
    await expect(page.get_by_role("heading", name="Tin nhắn theo giờ")).to_be_visible()
    await page.get_by_label("Kênh", exact=True).select_option("zalo")
    await page.get_by_role("button", name="Xem").press("Enter")
    assert "channel=zalo" in page.url
    await expect(page.locator(".range")).to_contain_text("kênh Zalo")
    await page.context.close()


async def test_without_scripts_the_tables_are_there(browser: Browser, site: Site) -> None:
    fill(site.app[ENGINE])
    signed_in = await open_numbers(browser, site, (1280, 800))
    state = await signed_in.context.storage_state()
    context = await browser.new_context(java_script_enabled=False, storage_state=state)
    page = await context.new_page()
    await page.goto(f"{site.url}/admin/numbers")
    await page.locator("#by-day summary").click()
    await expect(page.locator("#by-day table")).to_be_visible()
    await expect(page.locator("canvas").first).to_be_hidden()
    await context.close()
    await signed_in.context.close()

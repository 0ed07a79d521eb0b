"""How the page looks and reads: sizes, themes, and axe-core. Screenshots go to `screenshots/` to be looked at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from bot.messages import Outcome, Reply, Suggestion
from tests.browser.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCREENSHOTS = Path(__file__).parent / "screenshots"
SIZES = [(320, 640), (390, 844), (1280, 800)]
PHONE = (320, 640)


async def open_page(browser: Browser, site: Site, size: tuple[int, int], theme: str = "light", **more: bool) -> Page:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=theme, locale="vi-VN", **more
    )
    page = await context.new_page()
    await page.goto(site.url)
    await page.evaluate("document.fonts.ready")
    return page


async def ask(page: Page, words: str, answers: int) -> None:
    await page.fill("#text", words)
    await page.press("#text", "Enter")
    await expect(page.locator("article.assistant")).to_have_count(answers)


async def overflow(page: Page) -> int:
    return await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


async def violations(page: Page) -> list[str]:
    found = (await Axe().run(page)).response["violations"]
    return [f"{v['id']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_screens(browser: Browser, site: Site, size: tuple[int, int], theme: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    name = f"{size[0]}x{size[1]}-{theme}"
    page = await open_page(browser, site, size, theme)
    await page.screenshot(path=SCREENSHOTS / f"{name}-1-welcome.png")
    assert await overflow(page) <= 0
    assert await violations(page) == []
    await ask(page, "lam giay khai sinh cho con can gi, khai sinh", 1)
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=SCREENSHOTS / f"{name}-2-documents.png")
    await page.click("button:has-text('Lệ phí')")
    await expect(page.locator("article.assistant")).to_have_count(2)
    await ask(page, "tôi mới sinh con", 3)
    await page.screenshot(path=SCREENSHOTS / f"{name}-3-clarify.png")
    await ask(page, "cứu tôi", 4)
    await page.context.set_offline(True)
    await page.fill("#text", "đăng ký tạm trú")
    await page.press("#text", "Enter")
    await expect(page.locator(".failed")).to_have_count(1)
    await page.screenshot(path=SCREENSHOTS / f"{name}-4-crisis-offline.png")
    assert await overflow(page) <= 0
    assert await violations(page) == []
    await page.click("text=Cuộc trò chuyện mới")
    await page.screenshot(path=SCREENSHOTS / f"{name}-5-restart.png")
    assert await violations(page) == []
    await page.context.close()


async def test_nothing_pushes_a_small_phone_sideways(browser: Browser, site: Site) -> None:
    long = "x" * 300
    site.assistant.scripts["dài"] = Reply(
        text=f"{long}\n📄 {long}\n1. {long}\nhttps://example.vn/{long}",
        outcome=Outcome.ANSWERED,
        suggestions=(Suggestion(long, "help"), Suggestion(long, url=f"https://example.vn/{long}")),
    )
    page = await open_page(browser, site, PHONE)
    await ask(page, f"dài {long}", 1)
    assert await overflow(page) <= 0
    await page.fill("#text", long * 7)
    assert await overflow(page) <= 0
    await page.context.close()


async def test_zoomed_to_twice_the_size_there_is_room_to_read(browser: Browser, site: Site) -> None:
    # 200 % on a 1280 × 800 screen leaves 640 × 400 CSS pixels.
    page = await open_page(browser, site, (640, 400))
    await ask(page, "khai sinh", 1)
    assert await overflow(page) <= 0
    covered = await page.evaluate("document.querySelector('footer').getBoundingClientRect().height")
    assert covered < 0.25 * 400
    await page.context.close()


async def test_everything_to_tap_is_large_enough(browser: Browser, site: Site) -> None:
    page = await open_page(browser, site, PHONE)
    await small_targets_are_none(page)
    await ask(page, "khai sinh", 1)
    await small_targets_are_none(page)
    await page.context.close()


async def small_targets_are_none(page: Page) -> None:
    for target in await page.locator("button:visible, .choices a:visible, textarea:visible").all():
        box = await target.bounding_box()
        assert box
        assert box["height"] >= 44, await target.inner_text()


async def test_the_theme_follows_the_device(browser: Browser, site: Site) -> None:
    seen = {}
    for theme in ["light", "dark"]:
        page = await open_page(browser, site, PHONE, theme)
        seen[theme] = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        await page.context.close()
    assert seen == {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 24, 29)"}


async def test_whoever_wants_no_motion_gets_none(browser: Browser, site: Site) -> None:
    page = await open_page(browser, site, PHONE)
    await page.emulate_media(reduced_motion="reduce")
    durations = await page.evaluate(
        "[...document.querySelectorAll('*')].map(e => getComputedStyle(e)).flatMap(s =>"
        " [s.transitionDuration, s.animationDuration])"
    )
    assert set(durations) == {"0s"}
    await page.context.close()


async def test_the_font_is_ours_and_bold_is_fetched_only_when_needed(browser: Browser, site: Site) -> None:
    page = await open_page(browser, site, PHONE)
    loaded = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.weight)"
    assert await page.evaluate(loaded) == ["400"]
    await ask(page, "khai sinh", 1)
    await page.wait_for_function(f"{loaded}.length === 2")
    await page.context.close()


async def test_without_javascript_it_reads_as_well(browser: Browser, site: Site) -> None:
    page = await open_page(browser, site, PHONE, java_script_enabled=False)
    await page.fill("#text", "khai sinh")
    await page.click("#send")
    await expect(page.locator("article.assistant")).to_have_count(1)
    await page.screenshot(path=SCREENSHOTS / "320x640-light-6-no-javascript.png")
    # axe is a script itself: it reads the same markup in a page that may run scripts, but none of ours.
    markup = re.sub(r"<script.*?</script>", "", await page.content())
    await page.context.close()
    reader = await open_page(browser, site, PHONE)
    await reader.set_content(markup)
    assert await reader.locator("article.assistant").count() == 1
    assert await violations(reader) == []
    await reader.context.close()

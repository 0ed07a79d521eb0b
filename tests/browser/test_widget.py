"""The widget on somebody else's page, under that page's own styles and Content-Security-Policy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FrameLocator, Locator, Page, expect

from channels.web import NOTIFIER
from knowledge.catalog import Catalog
from knowledge.starter import load_starter
from tests.browser.conftest import Site, serve, watch

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCREENSHOTS = Path(__file__).parent / "screenshots"
DESK, PHONE = (1280, 800), (320, 640)
HOST = """<!doctype html><html lang="vi"><head><title>Xã Bình An</title>
<link rel="stylesheet" href="/style.css"><script src="{site}/widget.js" defer {data}></script></head>
<body><main><h1>Ủy ban nhân dân xã Bình An</h1><p>Thông báo lịch tiếp công dân tháng này.</p>
<button id="own">Nút của trang</button></main></body></html>"""
STYLE = "button { background: rgb(255, 0, 0) !important; text-transform: uppercase } iframe, div { display: none }"


@dataclass
class Foreign:
    """Another site: `localhost` is named in embed_origins, `127.0.0.1` is not."""

    port: int
    widget_from: str = ""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    async def page(self, request: web.Request) -> web.Response:
        text = HOST.format(site=self.widget_from, data=request.query.get("data", ""))
        policy = (
            f"default-src 'none'; style-src 'self'; script-src {self.widget_from}; frame-src {self.widget_from}; "
            "require-trusted-types-for 'script'"
        )
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})


async def style(_request: web.Request) -> web.Response:
    return web.Response(text=STYLE, content_type="text/css")


@pytest_asyncio.fixture(loop_scope="module")
async def foreign() -> AsyncIterator[Foreign]:
    made = Foreign(0)
    app = web.Application()
    app.add_routes([web.get("/", made.page), web.get("/style.css", style)])
    runner, made.port = await serve(app)
    yield made
    await runner.cleanup()


@pytest.fixture
def embed_origins(foreign: Foreign) -> tuple[str, ...]:
    return (foreign.url,)


async def visit(browser: Browser, site: Site, foreign: Foreign, size: tuple[int, int] = DESK, data: str = "") -> Page:
    foreign.widget_from = site.url
    page = await browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="vi-VN")
    page.set_default_timeout(5_000)
    await page.goto(f"{foreign.url}/?data={data}")
    return page


def launcher(page: Page) -> Locator:
    return page.locator("motcua-widget button")


def chat(page: Page) -> FrameLocator:
    return page.frame_locator("motcua-widget iframe")


async def test_it_opens_answers_and_closes_with_the_focus_in_the_right_place(
    browser: Browser, site: Site, foreign: Foreign
) -> None:
    page = await visit(browser, site, foreign)
    faults = watch(page)
    button = launcher(page)
    assert await button.get_attribute("aria-expanded") == "false"
    await button.focus()
    await page.keyboard.press("Enter")
    assert await button.get_attribute("aria-expanded") == "true"
    await expect(chat(page).locator("#text")).to_be_focused()
    await page.keyboard.type("khai sinh")
    await page.keyboard.press("Enter")
    await expect(chat(page).locator("article.assistant")).to_contain_text("Giấy chứng sinh")
    await page.screenshot(path=SCREENSHOTS / "1280x800-light-7-widget.png")
    await page.keyboard.press("Escape")
    await expect(page.locator("motcua-widget .panel")).to_be_hidden()
    await expect(button).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(chat(page).locator("article.assistant")).to_have_count(1)
    await expect(chat(page).locator("#text")).to_be_focused()
    await chat(page).locator("#close").click()
    await expect(page.locator("motcua-widget .panel")).to_be_hidden()
    await page.close()
    assert faults == []


async def test_escape_on_the_page_closes_it_too(browser: Browser, site: Site, foreign: Foreign) -> None:
    page = await visit(browser, site, foreign)
    await launcher(page).click()
    await expect(chat(page).locator("#text")).to_be_focused()
    await page.locator("#own").focus()
    await page.keyboard.press("Escape")
    await expect(page.locator("motcua-widget .panel")).to_be_hidden()
    await page.close()


async def test_neither_sites_styles_reach_the_other(browser: Browser, site: Site, foreign: Foreign) -> None:
    page = await visit(browser, site, foreign)
    await launcher(page).click()
    await expect(page.locator("motcua-widget .panel")).to_be_visible()
    background = "element => getComputedStyle(element).backgroundColor"
    assert await launcher(page).evaluate(background) == "rgb(15, 118, 110)"
    assert await page.locator("#own").evaluate(background) == "rgb(255, 0, 0)"
    await page.close()


async def test_the_site_chooses_words_side_and_colour(browser: Browser, site: Site, foreign: Foreign) -> None:
    data = "data-title='Hỏi thủ tục' data-position='left' data-color='gold'"
    page = await visit(browser, site, foreign, data=data)
    await expect(launcher(page)).to_have_text("Hỏi thủ tục")
    box = await launcher(page).bounding_box()
    assert box
    assert box["x"] == 16
    # Ink on gold: white could not be read.
    assert await launcher(page).evaluate("element => getComputedStyle(element).color") == "rgb(23, 33, 43)"
    await page.close()


async def test_a_colour_that_is_none_changes_nothing(browser: Browser, site: Site, foreign: Foreign) -> None:
    page = await visit(browser, site, foreign, data="data-color='red} * {display:none'")
    assert await launcher(page).evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(15, 118, 110)"
    await page.close()


async def test_on_a_phone_it_takes_the_whole_screen(browser: Browser, site: Site, foreign: Foreign) -> None:
    page = await visit(browser, site, foreign, PHONE)
    await launcher(page).click()
    await expect(chat(page).locator("#welcome")).to_be_visible()
    box = await page.locator("motcua-widget .panel").bounding_box()
    assert box == {"x": 0, "y": 0, "width": PHONE[0], "height": PHONE[1]}
    await page.screenshot(path=SCREENSHOTS / "320x640-light-7-widget.png")
    await chat(page).locator("#close").click()
    await expect(launcher(page)).to_be_visible()
    await page.close()


async def test_it_can_be_used_without_seeing(browser: Browser, site: Site, foreign: Foreign) -> None:
    page = await visit(browser, site, foreign)
    await launcher(page).click()
    await expect(chat(page).locator("#welcome")).to_be_visible()
    found = (await Axe().run(page, {"include": [["motcua-widget"]]})).response["violations"]
    assert [violation["id"] for violation in found] == []
    await page.close()


async def test_a_site_that_is_not_named_cannot_show_the_chat(browser: Browser, site: Site, foreign: Foreign) -> None:
    page = await visit(browser, site, foreign)
    await page.goto(f"http://127.0.0.1:{foreign.port}/")
    async with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        await launcher(page).click()
    await expect(chat(page).locator("#text")).to_have_count(0)
    await page.close()


async def test_another_page_cannot_close_it_by_message(browser: Browser, site: Site, foreign: Foreign) -> None:
    page = await visit(browser, site, foreign)
    await launcher(page).click()
    await expect(chat(page).locator("#text")).to_be_focused()
    await page.evaluate("postMessage({type: 'motcua:close'}, '*')")
    await page.evaluate("new Promise(done => setTimeout(done, 50))")
    await expect(page.locator("motcua-widget .panel")).to_be_visible()
    await page.close()


async def colours(page: Page) -> dict[str, str]:
    return (
        await chat(page)
        .locator("body")
        .evaluate(
            "body => ({paper: getComputedStyle(body).backgroundColor,"
            " accent: getComputedStyle(body).getPropertyValue('--accent').trim()})"
        )
    )


async def test_the_site_chooses_the_theme_and_its_colour_where_that_can_be_read(
    browser: Browser, site: Site, foreign: Foreign
) -> None:
    page = await visit(browser, site, foreign, data="data-theme='dark' data-color='gold'")
    await launcher(page).click()
    await expect(chat(page).locator("#welcome")).to_be_visible()
    assert await colours(page) == {"paper": "rgb(20, 24, 29)", "accent": "rgb(255 215 0)"}
    await page.screenshot(path=SCREENSHOTS / "1280x800-dark-7-widget.png")
    await page.close()
    # Gold links on white paper could not be read: there the accent stays ours.
    page = await visit(browser, site, foreign, data="data-theme='light' data-color='gold'")
    await launcher(page).click()
    await expect(chat(page).locator("#welcome")).to_be_visible()
    assert await colours(page) == {"paper": "rgb(251, 250, 247)", "accent": "#0F766E"}
    await page.close()


@pytest.mark.parametrize("data", ["data-theme='\"><b>'", "data-procedure='../../desk'", "data-procedure='1.%26x=1'"])
async def test_attributes_that_mean_nothing_are_left_out(
    browser: Browser, site: Site, foreign: Foreign, data: str
) -> None:
    page = await visit(browser, site, foreign, data=data)
    await launcher(page).click()
    await expect(chat(page).locator("#welcome")).to_be_visible()
    address = await page.locator("motcua-widget iframe").get_attribute("src")
    assert address == f"{site.url}/embed?host=http%3A%2F%2Flocalhost%3A{foreign.port}"
    await page.close()


async def test_it_can_start_on_a_procedure(browser: Browser, site: Site, foreign: Foreign) -> None:
    birth = next(procedure for procedure in load_starter() if procedure.code == "1.001193")
    Catalog(site.conversations.engine).put([birth], "import", "test")
    page = await visit(browser, site, foreign, data="data-procedure='1.001193'")
    await launcher(page).click()
    await expect(chat(page).locator("article.citizen .said")).to_have_text("Đăng ký khai sinh")
    await expect(chat(page).locator("article.assistant")).to_have_count(1)
    assert [message.payload for message in site.assistant.heard] == ["about:1.001193"]
    await page.close()


async def test_replies_that_come_while_it_is_closed_are_counted(browser: Browser, site: Site, foreign: Foreign) -> None:
    page = await visit(browser, site, foreign)
    await launcher(page).click()
    await chat(page).locator("#text").fill("khai sinh")
    await page.keyboard.press("Enter")
    await expect(chat(page).locator("article.assistant")).to_have_count(1)
    await page.keyboard.press("Escape")
    badge = page.locator("motcua-widget .unread")
    await expect(badge).to_have_text("")
    conversation = site.assistant.heard[0].conversation_id
    for number in (1, 2):
        site.conversations.append_reply(conversation, {"text": f"Cán bộ trả lời lần {number}."})
        site.app[NOTIFIER].notify(conversation)
        await expect(badge).to_have_text(str(number))
    await expect(launcher(page)).to_have_attribute("aria-label", "Hỏi thủ tục hành chính, 2 tin chưa đọc")
    await page.screenshot(path=SCREENSHOTS / "1280x800-light-7-widget-unread.png")
    await launcher(page).click()
    await expect(badge).to_have_text("")
    await expect(chat(page).locator("article.staff")).to_have_count(2)
    await page.close()


async def test_without_a_network_it_says_so_and_sends_by_itself_later(
    browser: Browser, site: Site, foreign: Foreign
) -> None:
    page = await visit(browser, site, foreign)
    await launcher(page).click()
    await expect(chat(page).locator("#welcome")).to_be_visible()
    await page.context.set_offline(True)
    await chat(page).locator("#text").fill("khai sinh")
    await page.keyboard.press("Enter")
    await expect(chat(page).locator("#offline")).to_contain_text("Mất kết nối mạng")
    assert site.assistant.heard == []
    await page.context.set_offline(False)
    await expect(chat(page).locator("article.assistant")).to_contain_text("Giấy chứng sinh")
    await expect(chat(page).locator("#offline")).to_be_hidden()
    assert len(site.assistant.heard) == 1
    await page.close()

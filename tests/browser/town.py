"""The people of a story: citizens in the widget on a phone and in Telegram, staff at their desks, and who they are."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FrameLocator, Locator, Page, expect

from tests.browser.conftest import watch
from tests.servers.telegram import TelegramServer
from tests.web.staff_side import sign_in_page

SCREENSHOTS = Path(os.environ.get("MOTCUA_SCREENSHOTS") or Path(__file__).parent / "screenshots")
DESK, TABLET, PHONE = (1280, 800), (820, 1180), (390, 844)
PATIENCE_MS = 20_000
COMMUNE = """<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Xã Bình An</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{site}/widget.js" defer></script></head>
<body><main><h1>Ủy ban nhân dân xã Bình An</h1><p>Tiếp công dân từ thứ Hai đến thứ Sáu, 7 giờ 30 đến 16 giờ 30.</p>
</main></body></html>"""


def commune(site: list[str]) -> web.Application:
    """Return another site that shows our widget; `site` holds the address of ours once it is known."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=COMMUNE.format(site=site[0]), content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", page)])
    return app


async def opened(browser: Browser, size: tuple[int, int], **more: bool) -> Page:
    """Return a page of somebody's own; what it may not do is collected in its `faults`."""
    viewport = {"width": size[0], "height": size[1]}
    context = await browser.new_context(viewport=viewport, locale="vi-VN", **more)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    page.faults = watch(page)  # type: ignore[attr-defined]
    return page


async def look(page: Page, name: str, *, whole: bool = False) -> None:
    """Take a picture, and read the page with axe; nothing may stick out at the side."""
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=SCREENSHOTS / f"story-{name}.png", full_page=whole)
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    found = (await Axe().run(page)).response["violations"]
    assert [f"{name} {v['id']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]] == []


@dataclass(frozen=True)
class Caller:
    """A citizen at the widget on the commune's page."""

    page: Page

    @classmethod
    async def at(cls, browser: Browser, url: str) -> Caller:
        """Open the page and the widget on a phone."""
        page = await opened(browser, PHONE, has_touch=True, is_mobile=True)
        await page.goto(url)
        await page.locator("motcua-widget button").tap()
        return cls(page)

    @property
    def chat(self) -> FrameLocator:
        return self.page.frame_locator("motcua-widget iframe")

    @property
    def answers(self) -> Locator:
        return self.chat.locator("article.assistant")

    @property
    def by_staff(self) -> Locator:
        return self.chat.locator("article.staff")

    @property
    def turns(self) -> Locator:
        """Return the lines that tell who answers."""
        return self.chat.locator(".turn")

    async def say(self, words: str) -> None:
        await self.chat.locator("#text").fill(words)
        await self.chat.locator("#send").tap()
        await expect(self.chat.locator("article.citizen").last).to_contain_text(words)

    async def ask(self, words: str) -> str:
        """Ask the assistant, and return its answer."""
        before = await self.answers.count()
        await self.say(words)
        await expect(self.answers).to_have_count(before + 1, timeout=PATIENCE_MS)
        return await self.answers.last.inner_text()

    async def start_over(self) -> None:
        await self.chat.get_by_role("button", name="Cuộc trò chuyện mới").tap()
        await self.chat.get_by_role("button", name="Bắt đầu mới").tap()
        await expect(self.answers).to_have_count(0)


@dataclass(frozen=True)
class Writer:
    """A citizen in Telegram."""

    telegram: TelegramServer
    number: int
    read: list[str] = field(default_factory=list)

    async def ask(self, words: str) -> str:
        """Write, and return what comes next."""
        self.telegram.say(self.number, words)
        return await self.hear()

    async def tap(self, label: str) -> str:
        """Tap a button, and return what comes next."""
        self.telegram.tap(self.number, label)
        return await self.hear()

    async def hear(self) -> str:
        """Return the next message that was not read yet."""
        await self.telegram.until(lambda: len(self.telegram.shown(self.number)) > len(self.read))
        self.read.append(self.telegram.shown(self.number)[len(self.read)])
        return self.read[-1]

    @property
    def unread(self) -> list[str]:
        return self.telegram.shown(self.number)[len(self.read) :]


@dataclass(frozen=True)
class Clerk:
    """Somebody of staff at a signed-in page."""

    name: str
    page: Page

    @classmethod
    async def at_desk(cls, browser: Browser, url: str, login: str, name: str, *, tablet: bool = False) -> Clerk:
        """Sign in, open the desk and go on line."""
        page = await opened(browser, TABLET if tablet else DESK, has_touch=tablet, is_mobile=tablet)
        await sign_in_page(page, url, login)
        await page.goto(f"{url}/desk")
        await expect(page.locator("#queue")).not_to_have_attribute("aria-busy", "true")
        await page.locator("#presence").click()
        await expect(page.locator("#presence")).to_have_attribute("aria-pressed", "true")
        return cls(name, page)

    def row(self, channel: str) -> Locator:
        """Return the row of the one conversation of a channel."""
        return self.page.locator("#queue .row").filter(has_text=f"{channel} ·")

    @property
    def text(self) -> Locator:
        return self.page.locator("#text")

    @property
    def state(self) -> Locator:
        return self.page.locator("#talk-state")

    async def open(self, channel: str) -> None:
        """Open a conversation to read it."""
        await self.row(channel).click()
        await expect(self.row(channel)).to_have_attribute("aria-current", "true")
        await expect(self.page.locator("#talk .citizen").last).to_be_visible()

    async def press(self, key: str) -> None:
        """Press a key, not as a letter of what is being written."""
        await self.page.locator("#talk").focus()
        await self.page.keyboard.press(key)

    async def holds(self) -> bool:
        """Tell, once the page knows, whether the open conversation is this person's."""
        await self.page.wait_for_function(_SETTLED)
        return await self.text.is_editable()

    async def send(self, words: str) -> None:
        """Add words to what is being written, and send it."""
        await self.text.press("Control+End")
        await self.text.press_sequentially(words)
        await self.page.keyboard.press("Control+Enter")
        await expect(self.text).to_have_value("")


_SETTLED = """() => !document.getElementById("text").readOnly
  || document.getElementById("talk-state").textContent.includes("đang trả lời cuộc này")"""

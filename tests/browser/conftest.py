"""A real Chromium against the real application, with a scripted assistant behind it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from storage.conversations import Conversations
from storage.database import open_database
from storage.schema import metadata
from tests.channels.conftest import SCRIPTS
from tests.channels.scripted import ScriptedAssistant
from web.app import create_app, make_runner
from web.settings import Settings

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    missing = not Path(CHROMIUM).exists() and os.environ.get("CI") != "true"
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}; set CHROMIUM to its path"))


@dataclass(frozen=True)
class Site:
    """The running application and the parts a test turns."""

    url: str
    app: web.Application
    assistant: ScriptedAssistant
    conversations: Conversations


async def serve(app: web.Application) -> tuple[web.AppRunner, int]:
    runner = make_runner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, runner.addresses[0][1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def embed_origins() -> tuple[str, ...]:
    return ()


@pytest_asyncio.fixture(loop_scope="module")
async def site(tmp_path: Path, embed_origins: tuple[str, ...]) -> AsyncIterator[Site]:
    engine = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(engine)
    conversations = Conversations(engine)
    assistant = ScriptedAssistant(conversations, **SCRIPTS)
    settings = Settings(tmp_path, 0, "http://127.0.0.1", "", "", embed_origins=embed_origins)
    app = create_app(settings, assistant, conversations)
    runner, port = await serve(app)
    yield Site(f"http://127.0.0.1:{port}", app, assistant, conversations)
    assistant.gate.set()
    await runner.cleanup()
    engine.dispose()


def watch(page: Page) -> list[str]:
    """Collect what no page of ours may do: throw, or hit its own Content-Security-Policy."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    return faults


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, site: Site) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN")
    context.set_default_timeout(5_000)
    page = await context.new_page()
    faults = watch(page)
    await page.goto(site.url)
    yield page
    await context.close()
    assert faults == []

"""Canned replies and marks in a real browser: written, decided, tried again; axe at every size, light and dark."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from storage.canned import every_canned
from storage.conversations import Conversations
from storage.marks import Judgement, exchange, put_mark
from tests.browser.conftest import serve, watch
from tests.browser.test_look import overflow, violations
from tests.channels.conftest import SCRIPTS
from tests.channels.scripted import ScriptedAssistant
from tests.storage.answering_staff import ask
from tests.web.learned import Opened, opened, talks
from tests.web.staff_side import PASSWORD, add_staff, sign_in_page
from web.app import create_app
from web.staff.guard import Role
from web.staff.opened import KNOWLEDGE

__all__ = ["opened", "talks"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCREENSHOTS = Path(__file__).parent / "screenshots"
SIZES = ((1280, 800), (820, 1180), (390, 844))
ODD = "bé nhà em chưa có cái giấy xanh xanh"
ANSWER = {"text": "Đăng ký khai sinh – lệ phí:\n💰 8.000 đồng", "procedures": ["1.001193"], "facet": "fee"}


@pytest_asyncio.fixture(loop_scope="module")
async def aided(opened: Opened, talks: Conversations) -> AsyncIterator[tuple[str, web.Application]]:
    app = create_app(opened[0], ScriptedAssistant(talks, **SCRIPTS), talks)
    app[KNOWLEDGE].knowledge = opened[2]
    runner, port = await serve(app)
    yield f"http://127.0.0.1:{port}", app
    await runner.cleanup()


@pytest.fixture
def marked(talks: Conversations) -> int:
    """Three marks of one kind each; the number of the one that needs the most room."""
    made = talks.create("web").id
    numbers = []
    for number, (judgement, question) in enumerate(
        (
            (Judgement.GOOD, "khai sinh mất tiền không"),
            (Judgement.MISSING, "khai sinh làm thứ bảy được không"),
            (Judgement.WRONG_PROCEDURE, ODD),
        )
    ):
        about = exchange(talks.engine, ask(talks.engine, made, f"m{number}", question, ANSWER) + 1)
        right = "1.014332" if judgement is Judgement.WRONG_PROCEDURE else None
        numbers.append(put_mark(talks.engine, about, judgement, "lan", right, "Người gọi hỏi giấy chứng sinh").id)
    return numbers[-1]


async def enter(browser: Browser, aided: tuple[str, web.Application], size: tuple[int, int], theme: str) -> Page:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=theme, locale="vi-VN", reduced_motion="reduce"
    )
    context.set_default_timeout(5_000)
    page = await context.new_page()
    url, app = aided
    person = add_staff(app, Role.EDITOR, name="Trần Bích Ngọc", password=PASSWORD)
    await sign_in_page(page, url, person.login)
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=[str(width) for width, _ in SIZES])
async def test_the_pages_read_well(
    browser: Browser, aided: tuple[str, web.Application], marked: int, size: tuple[int, int], theme: str
) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page = await enter(browser, aided, size, theme)
    faults = watch(page)
    for name, path in (
        ("canned-empty", "/admin/canned"),
        ("canned", "/admin/canned"),
        ("marks", "/admin/marks"),
        ("mark", f"/admin/marks/{marked}?try=1"),
        ("marks-done", "/admin/marks?status=done"),
    ):
        await page.goto(aided[0] + path)
        if name == "canned":
            await page.get_by_role("button", name="Thêm bộ mẫu").click()
            await expect(page.locator(".flash")).to_have_text("Đã thêm 6 câu mẫu.")
        await page.evaluate("document.fonts.ready")
        assert await overflow(page) <= 0, name
        assert await violations(page) == [], name
        shot = SCREENSHOTS / f"{size[0]}x{size[1]}-{theme}-staff-{name}.png"
        await page.screenshot(path=shot, full_page=True)
    await page.context.close()
    assert faults == []


async def test_an_editor_writes_a_reply_and_learns_from_a_mark(
    browser: Browser, aided: tuple[str, web.Application], talks: Conversations, opened: Opened, marked: int
) -> None:
    page = await enter(browser, aided, SIZES[0], "light")
    faults = watch(page)
    await page.goto(f"{aided[0]}/admin/canned")
    await page.get_by_label("Phím gọi").fill("xin-cho")
    await page.get_by_label("Tên", exact=True).fill("Xin chờ")
    await page.get_by_label("Nội dung", exact=True).fill("{anh_chi} chờ {ai_do} một chút.")
    await page.get_by_role("button", name="Thêm", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Không có chỗ điền {ai_do}")
    assert await violations(page) == []
    await page.get_by_label("Nội dung", exact=True).fill("{anh_chi} chờ {ten_can_bo} một chút.")
    await page.get_by_role("button", name="Thêm", exact=True).click()
    await expect(page.locator("tbody")).to_contain_text("Bác chờ Nguyễn Thị Hoa một chút.")
    await page.get_by_role("link", name="Xin chờ").click()
    await page.get_by_role("button", name="Xóa “Xin chờ”").click()
    assert every_canned(talks.engine) == []

    await page.goto(f"{aided[0]}/admin/marks")
    await page.get_by_role("button", name="Thêm vào câu hỏi của").click()
    await expect(page.locator("#now")).to_contain_text("Đúng thủ tục")
    assert opened[2].live.search(ODD, 1)[0].code == "1.014332"
    await page.get_by_role("button", name="Hoàn tác và mở lại").click()
    await expect(page.locator(".flash")).to_contain_text("Đã mở lại góp ý.")
    opened[2].refresh()
    await expect(page.get_by_role("radio", name="mã 1.014332").first).to_be_checked()
    await expect(page.get_by_role("radio", name="mã 1.001193")).to_have_count(0)  # that was the wrong one
    await page.context.close()
    assert faults == []

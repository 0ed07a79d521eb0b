"""The knowledge tools in a real browser: an editor writes, imports, syncs; axe checks every page."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from sqlalchemy import Engine

from knowledge.days import today
from knowledge.faq import FaqEntry, Faqs
from knowledge.offices import Office, OfficeBook
from knowledge.types import Facet
from storage.conversations import Conversations
from tests.browser.conftest import serve, watch
from tests.browser.test_look import SCREENSHOTS, overflow, violations
from tests.channels.scripted import ScriptedAssistant
from tests.conftest import RealService
from tests.knowledge.test_importers_jsonl import ROW
from tests.portal.local_portal import LocalPortal, served
from tests.portal.samples import record
from tests.web.staff_side import add_staff
from web.app import create_app
from web.settings import Settings
from web.sheet_page import ENGINE
from web.staff.guard import ACCOUNTS, COOKIE
from web.staff.opened import KNOWLEDGE

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

# A file is read in the background; on a busy machine that takes longer than a click.
PATIENCE = 30_000
SIZES = [(1280, 900), (820, 1180), (390, 844)]
BIRTH = "1.001193"


@pytest.fixture(scope="module")
def portal() -> Iterator[str]:
    with served(LocalPortal([record(number) for number in range(12)])) as base:
        yield base


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def tools(
    tmp_path_factory: pytest.TempPathFactory, real_service: RealService, portal: str
) -> AsyncIterator[tuple[str, str]]:
    """The address of the real application over the starter catalogue, and the token of a signed-in administrator."""
    data = tmp_path_factory.mktemp("tools")
    kept = real_service.settings
    settings = Settings(data, 0, "http://127.0.0.1", "", kept.encoder, portal_base=portal, portal_rate=50.0)
    (data / "models").symlink_to(kept.data / "models")
    conversations = real_service.conversations
    app = create_app(settings, ScriptedAssistant(conversations), Conversations(conversations.engine))
    app[KNOWLEDGE].knowledge = real_service.knowledge
    _fill(app[ENGINE])
    staff = add_staff(app, "administrator", name="Nguyễn Thị Lan")
    token = app[ACCOUNTS].open_session(staff.id, "test")
    runner, port = await serve(app)
    yield f"http://127.0.0.1:{port}", token
    await runner.cleanup()


def _fill(engine: Engine) -> None:
    faqs, book = Faqs(engine), OfficeBook(engine)
    about = ("Luật Hộ tịch 60/2014/QH13, điều 13", "https://vanban.example.gov.vn/luat-ho-tich")
    where = FaqEntry(BIRTH, "Làm khai sinh ở nơi tạm trú được không?", "Được.", *about, Facet.WHERE)
    first = faqs.add(where, "lan", "Nhiều người hỏi", publish=True)
    answer = "Được. Anh/chị làm ở xã nơi thường trú hoặc nơi tạm trú của cha hoặc mẹ."
    faqs.revise(first.id, FaqEntry(BIRTH, where.question, answer, *about, Facet.WHERE), "minh", "Nói rõ hơn", 1)
    past = today() - timedelta(days=3)
    faqs.add(
        FaqEntry(BIRTH, "Có được miễn phí đến hết tháng không?", "Có.", *about, Facet.FEE, past),
        "lan",
        "x",
        publish=True,
    )
    source = ("Trang của phường", date(2026, 5, 20))
    book.put(
        [
            Office(
                "26740",
                "Trung tâm Phục vụ hành chính công phường Sài Gòn",
                "45 đường A",
                "7:30–16:30",
                "1022",
                "",
                *source,
            ),
            Office("79", "Sở Tư pháp", "141 đường B", "7:30–16:30", "", "", *source),
        ]
    )


async def opened(
    browser: Browser, tools: tuple[str, str], size: tuple[int, int] = SIZES[0], theme: str = "light"
) -> Page:
    url, token = tools
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=theme, locale="vi-VN", base_url=url
    )
    await context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    context.set_default_timeout(PATIENCE)
    return await context.new_page()


PAGES = {
    "faq": "/admin/faq",
    "faq-one": "/admin/faq/1",
    "faq-new": "/admin/faq/new",
    "import": "/admin/import",
    "sync": "/admin/sync",
    "offices": "/admin/offices?province=79",
    "office": "/admin/offices/edit?unit=79&name=S%E1%BB%9F+T%C6%B0+ph%C3%A1p",
    "journeys": "/admin/journeys",
    "try": "/admin/try?q=lam+giay+khai+sinh+cho+con+can+gi",
    "try-empty": "/admin/try",
}


@pytest.mark.parametrize("name", PAGES)
async def test_each_page_is_accessible_at_every_size_and_in_both_themes(
    browser: Browser, tools: tuple[str, str], name: str
) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    for size, theme in ((SIZES[0], "light"), (SIZES[0], "dark"), (SIZES[1], "light"), (SIZES[2], "light")):
        page = await opened(browser, tools, size, theme)
        faults = watch(page)
        response = await page.goto(PAGES[name])
        assert response is not None
        assert response.status == 200
        await page.evaluate("document.fonts.ready")
        shot = SCREENSHOTS / f"tools-{name}-{size[0]}-{theme}.png"
        await page.screenshot(path=shot, full_page=size != SIZES[2])
        assert await violations(page) == []
        assert await overflow(page) <= 0
        assert faults == []
        await page.context.close()


async def test_an_editor_writes_a_question_with_the_keyboard_and_sees_it_as_citizens_do(
    browser: Browser, tools: tuple[str, str]
) -> None:
    page = await opened(browser, tools)
    faults = watch(page)
    await page.goto("/admin/faq/new")
    await page.fill("#code", "khai sinh")
    await expect(page.locator("#code-list option").first).to_have_attribute("value", BIRTH)
    await page.fill("#code", BIRTH)
    await expect(page.locator("#code-name")).to_contain_text("khai sinh")
    await page.get_by_label("Câu hỏi", exact=True).fill("Ông bà đi khai sinh thay cha mẹ được không?")
    await page.get_by_label("Câu trả lời").fill("Được, ông bà đi thay được.")
    await expect(page.locator("#preview")).to_contain_text("Được, ông bà đi thay được.")
    await expect(page.locator("#preview details")).to_have_count(5)
    await page.get_by_role("button", name="Lưu và công bố").press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Còn 3 chỗ cần xem lại")
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(page.get_by_label("Câu trả lời")).to_have_value("Được, ông bà đi thay được.")
    await page.screenshot(path=SCREENSHOTS / "tools-faq-wrong.png", full_page=True)
    assert await violations(page) == []
    await page.get_by_label("Nguồn", exact=True).fill("Luật Hộ tịch, điều 15")
    await page.get_by_label("Đường dẫn của nguồn").fill("https://vanban.example.gov.vn/luat-ho-tich")
    await page.locator("#why").fill("Nhiều người hỏi ở quầy")
    await page.get_by_role("button", name="Lưu và công bố").click()
    await expect(page.locator(".flash")).to_contain_text("Đã công bố câu 3")
    await page.get_by_role("link", name="Thử câu hỏi này").click()
    await expect(page.locator(".bubble").first).to_contain_text("Được, ông bà đi thay được.", timeout=PATIENCE)
    assert faults == []
    await page.context.close()


async def test_a_file_is_sent_compared_and_imported(browser: Browser, tools: tuple[str, str], tmp_path: Path) -> None:
    page = await opened(browser, tools)
    faults = watch(page)
    rows = [ROW | {"ma": f"1.77{number:04d}", "ten": f"Thủ tục thử số {number}"} for number in range(70)]
    rows += [ROW | {"ma": "", "ten": "Dòng không mã"}]
    sent = tmp_path / "danh mục.jsonl.gz"
    sent.write_bytes(gzip.compress("\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()))
    await page.goto("/admin/import")
    await page.set_input_files("#file", sent)
    await page.get_by_role("button", name="Tải lên và xem khác biệt").click()
    await expect(page.get_by_role("button", name="Xác nhận nạp")).to_be_visible(timeout=PATIENCE)
    await page.screenshot(path=SCREENSHOTS / "tools-import-plan.png", full_page=True)
    assert await violations(page) == []
    await page.get_by_role("link", name="Không nhận").click()
    await expect(page.locator(".plan")).to_contain_text("danh-mục.jsonl.gz:71")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_label("Lý do").fill("Bộ công bố danh mục mới")
    await page.get_by_role("button", name="Xác nhận nạp").click()
    await expect(page.get_by_text("Đã nạp xong: 70 mục được ghi")).to_be_visible(timeout=PATIENCE)
    await page.screenshot(path=SCREENSHOTS / "tools-import-done.png")
    assert faults == []
    await page.context.close()


async def test_what_cannot_be_imported_is_told_beside_the_file(
    browser: Browser, tools: tuple[str, str], tmp_path: Path
) -> None:
    page = await opened(browser, tools)
    bad = tmp_path / "anh.png"
    bad.write_bytes(b"x")
    await page.goto("/admin/import")
    await page.set_input_files("#file", bad)
    await page.get_by_role("button", name="Tải lên và xem khác biệt").click()
    await expect(page.locator("#send-wrong")).to_contain_text("Loại tệp .png không nạp được")
    await page.context.close()


async def test_a_sync_is_started_watched_and_read(browser: Browser, tools: tuple[str, str]) -> None:
    page = await opened(browser, tools)
    await page.goto("/admin/sync")
    await page.get_by_label("Chỉ xem sẽ đổi gì").check()
    await page.get_by_role("button", name="Bắt đầu").click()
    await expect(page.get_by_role("heading", name="Sẽ đổi")).to_be_visible(timeout=PATIENCE)
    await expect(page.locator(".plan li")).to_have_count(12)
    await page.screenshot(path=SCREENSHOTS / "tools-sync-one.png", full_page=True)
    assert await violations(page) == []
    await page.context.close()


async def test_choosing_a_province_offers_its_communes_and_removing_is_undone(
    browser: Browser, tools: tuple[str, str]
) -> None:
    page = await opened(browser, tools)
    await page.goto("/admin/offices/new")
    await page.get_by_label("Tỉnh, thành phố", exact=True).select_option("01")
    await expect(page.locator("#ma_don_vi option", has_text="Phường Hoàn Kiếm")).to_have_count(1)
    await page.goto("/admin/offices?province=79")
    await page.get_by_role("button", name="Bỏ Sở Tư pháp").click()
    await page.get_by_role("button", name="Dùng lại Sở Tư pháp").click()
    await expect(page.locator(".flash")).to_contain_text("được dùng lại")
    await page.context.close()

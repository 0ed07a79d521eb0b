"""The pages about procedures in a browser: writing with a preview, rows by keyboard, publishing, the citizen's answer.

Screenshots go to `screenshots/`, or to the folder in MOTCUA_SCREENSHOTS, to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, Request, expect

from knowledge.catalog import STARTER, Catalog
from knowledge.days import today
from knowledge.history import History
from knowledge.publishing import Publishing
from knowledge.starter import load_starter
from knowledge.types import Fee, Procedure
from tests.browser.conftest import Site, serve, watch
from tests.web.staff_side import PASSWORD, add_staff, sign_in_page
from web.app import create_app
from web.sheet_page import ENGINE
from web.staff.guard import Role
from web.staff.opened import KNOWLEDGE

if TYPE_CHECKING:
    from bot.assistant import Assistant
    from bot.messages import Message, Reply
    from tests.conftest import RealService

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCREENSHOTS = Path(os.environ.get("MOTCUA_SCREENSHOTS") or Path(__file__).parent / "screenshots")
WIDE, TABLET, PHONE = (1280, 800), (820, 1180), (390, 844)
LARGEST_PAGE = 150_000  # bytes, compressed, with fonts
CODE = "1.000656"  # đăng ký khai tử
HERE = f"/admin/procedures/{CODE}"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> Site:
    """The application with the starter catalogue, an editor, a draft, a record near its end, and a wrong import."""
    engine = site.app[ENGINE]
    starter = load_starter()
    Catalog(engine).put(starter, STARTER, "Danh mục ban đầu")
    first, second = (found for found in starter if found.code in ("1.000894", "1.001022"))
    publishing = Publishing(engine)
    publishing.draft(replace(first, conditions="Nam từ đủ 20 tuổi, nữ từ đủ 18 tuổi."), "lan", "Làm rõ độ tuổi", 1)
    number = publishing.draft(replace(second, expires_on=today() + timedelta(days=9)), "lan", "Nghị định sắp hết", 1)
    publishing.publish(second.code, number, "lan", "Nghị định sắp hết")
    add_staff(site.app, Role.EDITOR, "hoa", "Lê Thị Hoa", PASSWORD)
    return site


async def sit_down(browser: Browser, url: str, size: tuple[int, int] = WIDE, theme: str = "light") -> Page:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=theme, locale="vi-VN"
    )
    context.set_default_timeout(8_000)
    page = await context.new_page()
    page.faults = watch(page)  # type: ignore[attr-defined]
    await sign_in_page(page, url, "hoa")
    return page


@pytest_asyncio.fixture(loop_scope="module")
async def editor(browser: Browser, desk: Site) -> AsyncIterator[Page]:
    page = await sit_down(browser, desk.url)
    yield page
    faults = page.faults  # type: ignore[attr-defined]
    await page.context.close()
    assert faults == []


async def overflow(page: Page) -> int:
    return await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


async def violations(page: Page) -> list[str]:
    found = (await Axe().run(page)).response["violations"]
    return [f"{v['id']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]]


def rows(page: Page, path: str) -> Locator:
    """Return the rows of one list of the form, themselves and not those within them."""
    return page.locator(f"[data-rows='{path}'] > .row-list > [data-row]")


async def previewed(page: Page) -> Locator:
    await expect(page.locator("#preview-state")).to_contain_text("chưa lưu")
    return page.locator("#previewed")


async def kept(page: Page, words: str) -> None:
    """Wait until the browser keeps what was typed."""
    look = "code => decodeURIComponent((sessionStorage[`motcua-procedure-${code}`] ?? '').replaceAll('+', ' '))"
    for _ in range(50):
        if words in await page.evaluate(look, CODE):
            return
        await page.wait_for_timeout(100)
    raise AssertionError(words)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, TABLET, PHONE], ids=["desk", "tablet", "phone"])
async def test_every_page_is_legible_to_all(browser: Browser, desk: Site, size: tuple[int, int], theme: str) -> None:
    page = await sit_down(browser, desk.url, size, theme)
    draft = History(desk.app[ENGINE]).of("1.000894")[0]
    for name, path in (
        ("list", "/admin/procedures?words=khai"),
        ("empty", "/admin/procedures?words=zzzz"),
        ("procedure", "/admin/procedures/1.000894"),
        ("edit", f"{HERE}/edit"),
        ("new", "/admin/procedures/new"),
        ("versions", f"/admin/procedures/1.000894/versions?from=1&to={draft.number}"),
        ("publish", f"/admin/procedures/1.000894/publish?version={draft.number}"),
        ("withdraw", f"{HERE}/withdraw"),
        ("changes", "/admin/changes"),
        ("change", "/admin/changes/2"),
        ("warnings", "/admin/warnings?months=6"),
    ):
        await page.goto(f"{desk.url}{path}")
        if name in ("edit", "new"):
            await previewed(page)
        await page.evaluate("document.fonts.ready")
        await page.screenshot(path=SCREENSHOTS / f"procedures-{name}-{size[0]}-{theme}.png", full_page=name != "edit")
        assert await overflow(page) <= 0, (name, size)
        assert await violations(page) == [], name
    assert page.faults == []  # type: ignore[attr-defined]
    await page.context.close()


async def test_the_largest_page_stays_small(browser: Browser, desk: Site) -> None:
    longest = max(load_starter(), key=lambda one: sum(len(group.documents) for group in one.document_sets))
    # A browser without anything kept: the fonts and styles of the pages before count too.
    fresh = await sit_down(browser, desk.url)
    finished: list[Request] = []
    fresh.on("requestfinished", lambda request: finished.append(request))
    await fresh.goto(f"{desk.url}/admin/procedures/{longest.code}/edit")
    await previewed(fresh)
    sizes = [(await request.sizes())["responseBodySize"] for request in finished]
    assert 0 < sum(sizes) <= LARGEST_PAGE
    await fresh.context.close()


async def test_rows_are_added_moved_and_removed_by_keyboard(editor: Page, desk: Site) -> None:
    await editor.goto(f"{desk.url}{HERE}/edit")
    steps = rows(editor, "steps")
    before = await steps.count()
    first = await steps.nth(0).locator("textarea").input_value()
    add = editor.get_by_role("button", name="Thêm bước")
    await add.focus()
    await editor.keyboard.press("Enter")
    await expect(steps).to_have_count(before + 1)
    await editor.keyboard.type("Bước thêm")  # the new row's first field has the focus
    await expect(steps.nth(before).locator("input")).to_have_value("Bước thêm")
    await expect(steps.nth(before).locator("legend")).to_have_text(f"bước {before + 1}")

    for _ in range(before):
        await editor.keyboard.press("Alt+ArrowUp")
    await expect(steps.nth(0).locator("input")).to_have_value("Bước thêm")
    await expect(steps.nth(0).locator("legend")).to_have_text("bước 1")
    await expect(editor.locator("#said")).to_have_text("Đã chuyển thành bước 1.")
    down = steps.nth(0).get_by_role("button", name="Chuyển xuống: bước 1")
    await down.focus()
    await editor.keyboard.press("Space")
    await expect(steps.nth(1).locator("input")).to_have_value("Bước thêm")

    await steps.nth(1).get_by_role("button", name="Bỏ: bước 2").focus()
    await editor.keyboard.press("Enter")
    await expect(steps).to_have_count(before)
    await editor.get_by_role("button", name="Lấy lại bước 2").click()
    await expect(steps.nth(1).locator("input")).to_have_value("Bước thêm")
    await expect(steps.nth(0).locator("textarea")).to_have_value(first)


async def test_rows_within_new_rows_are_saved(editor: Page, desk: Site) -> None:
    await editor.goto(f"{desk.url}{HERE}/edit")
    count = await rows(editor, "document_sets").count()
    await editor.get_by_role("button", name="Thêm bộ hồ sơ").click()
    made = rows(editor, "document_sets").nth(count)
    await made.get_by_label("Dùng cho trường hợp").fill("Người nước ngoài")
    await made.get_by_role("button", name="Thêm giấy tờ").click()
    await made.get_by_label("Tên giấy tờ").fill("Hộ chiếu")
    await made.get_by_role("button", name="Thêm mẫu").click()
    await made.get_by_label("Tên mẫu").fill("Mẫu NA1")
    await editor.get_by_label("Lý do").fill("thêm trường hợp")
    await editor.get_by_role("button", name="Lưu nháp", exact=True).click()
    await expect(editor.locator(".flash")).to_contain_text("Đã lưu bản nháp 2")
    newest = History(desk.app[ENGINE]).of(CODE)[0].procedure.document_sets[count]
    assert (newest.case, newest.documents[0].name, newest.documents[0].forms[0].name) == (
        "Người nước ngoài",
        "Hộ chiếu",
        "Mẫu NA1",
    )


async def test_what_is_wrong_is_told_at_its_field_while_typing_and_when_saving(editor: Page, desk: Site) -> None:
    await editor.goto(f"{desk.url}{HERE}/edit")
    await previewed(editor)
    day = editor.get_by_label("Ngày cập nhật")
    await day.fill("hôm nay")
    await expect(editor.locator("#f-updated_at-wrong")).to_contain_text("15/4/2026")
    await expect(day).to_have_attribute("aria-invalid", "true")
    await editor.get_by_role("button", name="Lưu nháp", exact=True).click()
    await expect(editor.locator("#wrong")).to_be_focused()
    await expect(editor.get_by_label("Ngày cập nhật")).to_have_value("hôm nay")
    await editor.locator("#wrong").get_by_role("link", name="Ghi ngày/tháng/năm").click()
    await editor.get_by_label("Ngày cập nhật").fill(f"{today():%d/%m/%Y}")
    await expect(editor.locator("#f-updated_at-wrong")).to_be_empty()


async def test_a_new_form_finds_no_fault_where_nobody_was_yet(editor: Page, desk: Site) -> None:
    await editor.goto(f"{desk.url}/admin/procedures/new")
    await previewed(editor)
    await editor.get_by_label("Tên thủ tục").fill("Cấp thẻ thư viện")
    await expect(editor.locator("#previewed .said").first).to_contain_text("Cấp thẻ thư viện")
    await expect(editor.locator("#f-code-wrong")).to_be_empty()
    await editor.get_by_label("Mã thủ tục").fill("mã")
    await editor.get_by_label("Tóm tắt").fill("Để thử.")
    await expect(editor.locator("#f-code-wrong")).to_contain_text("1.001193")
    await editor.get_by_label("Mã thủ tục").fill("9.000001")
    await expect(editor.locator("#f-code-wrong")).to_be_empty()


async def test_the_preview_follows_what_is_typed_and_where(editor: Page, desk: Site) -> None:
    await editor.goto(f"{desk.url}{HERE}/edit")
    shown = await previewed(editor)
    conditions = editor.get_by_label("Yêu cầu, điều kiện")
    await conditions.fill(f"{await conditions.input_value()}\nPhải có giấy báo tử.")
    await expect(editor.locator("#facet")).to_have_value("conditions")
    await expect(shown.locator(".said").first).to_contain_text("Phải có giấy báo tử.")
    await expect(shown.locator("summary")).to_have_text(
        ["Trang web", "Telegram", "Zalo OA", "Zalo, người chưa quan tâm OA", "Zalo Bot"]
    )
    await expect(shown.locator(".differences ins").first).to_contain_text("Phải có giấy báo tử.")
    await editor.select_option("#facet", "legal")
    await expect(shown.locator(".said").first).to_contain_text("căn cứ pháp lý")


async def test_what_was_typed_and_not_saved_comes_back(editor: Page, desk: Site) -> None:
    await editor.goto(f"{desk.url}{HERE}/edit")
    await expect(editor.locator("#kept")).to_be_hidden()
    await editor.get_by_label("Yêu cầu, điều kiện").fill("Dòng một\nDòng hai chưa lưu")
    await editor.get_by_role("button", name="Thêm bước").click()
    await editor.keyboard.type("Bước chưa lưu")
    await kept(editor, "Bước chưa lưu")
    editor.once("dialog", lambda dialog: dialog.accept())  # leaves with something unsaved
    await editor.goto(f"{desk.url}/admin/procedures")
    await editor.goto(f"{desk.url}{HERE}/edit")
    await expect(editor.locator("#kept")).to_contain_text("Anh/chị có bản chưa lưu")
    await editor.get_by_role("button", name="Mở lại bản đó").click()
    await expect(editor.get_by_label("Yêu cầu, điều kiện")).to_have_value("Dòng một\nDòng hai chưa lưu")
    await expect(rows(editor, "steps").last.locator("input")).to_have_value("Bước chưa lưu")
    await editor.get_by_label("Lý do").fill("xong")
    await editor.get_by_role("button", name="Lưu nháp", exact=True).click()
    await expect(editor.locator(".flash")).to_contain_text("Đã lưu bản nháp")
    await editor.goto(f"{desk.url}{HERE}/edit")
    await expect(editor.locator("#kept")).to_be_hidden()


async def test_whoever_saves_second_sees_both_and_chooses(browser: Browser, editor: Page, desk: Site) -> None:
    await editor.goto(f"{desk.url}{HERE}/edit")
    other: Procedure = History(desk.app[ENGINE]).of(CODE)[0].procedure
    Publishing(desk.app[ENGINE]).draft(replace(other, conditions="Của Lan."), "lan", "điều kiện mới", 1)
    await editor.get_by_label("Tóm tắt").fill("Của Hoa.")
    await editor.get_by_label("Lý do").fill("tóm tắt lại")
    await editor.get_by_role("button", name="Lưu nháp", exact=True).click()
    await expect(editor.locator("#clash")).to_contain_text("lan")
    await expect(editor.locator("#clash")).to_contain_text("Của Lan.")
    await expect(editor.get_by_label("Tóm tắt")).to_have_value("Của Hoa.")
    await editor.screenshot(path=SCREENSHOTS / "procedures-clash.png")
    assert await violations(editor) == []
    await editor.get_by_role("button", name="Lưu bản của tôi sau bản của họ").click()
    await expect(editor.locator(".flash")).to_contain_text("Đã lưu bản nháp 3")


class Loaded:
    """The real assistant, in the loop of the server: the thread of its own is tested elsewhere."""

    ready = True

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    async def handle(self, message: Message) -> list[Reply]:
        return await self._assistant.handle(message)


@pytest.mark.model
async def test_an_edit_reaches_the_citizen_and_is_taken_back(browser: Browser, real_service: RealService) -> None:
    app = create_app(real_service.settings, Loaded(real_service.assistant), real_service.conversations)
    app[KNOWLEDGE].knowledge = real_service.knowledge
    add_staff(app, Role.EDITOR, "hoa", "Lê Thị Hoa", PASSWORD)
    runner, port = await serve(app)
    url = f"http://127.0.0.1:{port}"
    citizen = await (await browser.new_context(locale="vi-VN")).new_page()
    await citizen.goto(url)

    async def told(words: str, number: int) -> str:
        await citizen.fill("#text", words)
        await citizen.press("#text", "Enter")
        await expect(citizen.locator("article.assistant")).to_have_count(number, timeout=15_000)
        return await citizen.locator("article.assistant").last.inner_text()

    held = Catalog(real_service.knowledge.engine).get(CODE)
    assert held is not None
    fees = [fee.amount for method in held.methods for fee in method.fees]
    assert "77.700 đồng" not in await told("lệ phí đăng ký khai tử bao nhiêu", 1)

    editor = await sit_down(browser, url)
    editor.set_default_timeout(45_000)  # the gate asks real questions
    await editor.goto(f"{url}{HERE}/edit")
    row = rows(editor, "methods").nth(0)
    await row.get_by_role("button", name="Thêm khoản thu").click()
    await editor.keyboard.type("77.700")
    await expect(editor.locator("#previewed .said").first).to_contain_text("77.700 đồng")
    await editor.get_by_label("Lý do").fill("nghị quyết mới")
    await editor.get_by_role("button", name="Lưu nháp rồi công bố").click()
    await expect(editor.get_by_role("heading", name=re.compile("Công bố bản nháp"))).to_be_visible()
    await expect(editor.locator("ins").first).to_contain_text("77.700")
    assert "77.700 đồng" not in await told("lệ phí đăng ký khai tử là bao nhiêu vậy", 2)
    await editor.get_by_role("button", name="Công bố", exact=True).click()
    await expect(editor.locator(".flash")).to_contain_text("Đã công bố")
    assert "77.700 đồng" in await told("phí làm khai tử hết mấy tiền", 3)
    await citizen.screenshot(path=SCREENSHOTS / "procedures-citizen.png")

    await editor.get_by_role("link", name="Hoàn tác thay đổi gần nhất").click()
    await expect(editor.locator("del").first).to_contain_text("77.700")
    await editor.get_by_role("button", name="Hoàn tác").click()
    await expect(editor.locator(".flash")).to_contain_text("Đã quay lại")
    assert "77.700 đồng" not in await told("đăng ký khai tử lệ phí mấy đồng", 4)
    back = Catalog(real_service.knowledge.engine).get(CODE)
    assert back is not None
    assert [fee.amount for method in back.methods for fee in method.fees] == fees
    assert all(isinstance(fee, Fee) for method in back.methods for fee in method.fees)
    await editor.context.close()
    await citizen.context.close()
    await runner.cleanup()

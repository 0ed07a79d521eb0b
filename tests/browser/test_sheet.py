"""The sheet of a procedure in a real browser: read, shared, printed, and the way from it into the chat."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
import pytest_asyncio
import zxingcpp
from playwright.async_api import Browser, Page, expect

from bot.messages import Outcome, Reply
from knowledge.catalog import Catalog
from knowledge.starter import load_starter
from tests.browser.conftest import Site, watch
from tests.browser.test_look import overflow, violations

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCREENSHOTS = Path(__file__).parent / "screenshots"
PHONE, DESK = (390, 844), (1280, 800)
OVERVIEW = Reply(text="Đăng ký khai sinh\nGhi nhận việc sinh.", outcome=Outcome.ANSWERED, facet="overview")
CODE = "1.001193"


@pytest_asyncio.fixture(loop_scope="module")
async def catalogued(site: Site) -> Site:
    Catalog(site.conversations.engine).put(load_starter(), "import", "test")
    site.assistant.scripts = {"about:": OVERVIEW, **site.assistant.scripts}
    return site


async def visit(
    browser: Browser, site: Site, path: str, size: tuple[int, int] = PHONE, theme: str = "light", script: bool = True
) -> Page:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        locale="vi-VN",
        java_script_enabled=script,
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(5_000)
    page = await context.new_page()
    await page.goto(site.url + path)
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_it_reads_well(browser: Browser, catalogued: Site, size: tuple[int, int], theme: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page = await visit(browser, catalogued, f"/p/{CODE}?case=abandoned", size, theme)
    faults = watch(page)
    await page.evaluate("document.fonts.ready")
    assert await overflow(page) <= 0
    assert await violations(page) == []
    await page.screenshot(path=SCREENSHOTS / f"{size[0]}x{size[1]}-{theme}-8-sheet.png")
    await page.goto(f"{catalogued.url}/p/9.999999")
    assert await violations(page) == []
    await page.screenshot(path=SCREENSHOTS / f"{size[0]}x{size[1]}-{theme}-9-sheet-missing.png")
    await page.context.close()
    assert faults == []


async def test_a_record_with_long_words_does_not_push_a_small_phone_sideways(
    browser: Browser, catalogued: Site
) -> None:
    for code in [procedure.code for procedure in load_starter()][::12]:
        page = await visit(browser, catalogued, f"/p/{code}", (320, 640))
        assert await overflow(page) <= 0, code
        await page.context.close()


async def test_the_chat_opens_on_the_procedure_once(browser: Browser, catalogued: Site) -> None:
    page = await visit(browser, catalogued, f"/p/{CODE}")
    await page.click(".actions .main")
    await expect(page.locator("article.citizen .said")).to_have_text("Đăng ký khai sinh")
    await expect(page.locator("article.assistant")).to_contain_text("Ghi nhận việc sinh.")
    assert page.url == f"{catalogued.url}/"
    await page.reload()
    await expect(page.locator("article.assistant")).to_have_count(1)
    assert [message.payload for message in catalogued.assistant.heard] == [f"about:{CODE}"]
    await page.context.close()


async def test_a_link_goes_on_with_the_conversation_there_is(browser: Browser, catalogued: Site) -> None:
    page = await visit(browser, catalogued, "/")
    await page.fill("#text", "tạm trú")
    await page.press("#text", "Enter")
    await expect(page.locator("article.assistant")).to_have_count(1)
    await page.goto(f"{catalogued.url}/?p={CODE}")
    await expect(page.locator("article.assistant")).to_have_count(2)
    heard = catalogued.assistant.heard
    assert len({message.conversation_id for message in heard}) == 1
    await page.context.close()


async def test_without_javascript_sheet_and_chat_work_too(browser: Browser, catalogued: Site) -> None:
    page = await visit(browser, catalogued, f"/p/{CODE}", script=False)
    await expect(page.locator("#print")).to_be_hidden()
    await expect(page.locator("#share")).to_be_hidden()
    await page.click("text=Trẻ bị bỏ rơi >> nth=0")
    await expect(page.locator(".told")).to_contain_text("Trẻ bị bỏ rơi")
    await page.click(".actions .main")
    await expect(page.locator("article.assistant")).to_contain_text("Ghi nhận việc sinh")
    await page.fill("#text", "cấp cứu đâu")
    await page.click("#send")
    await expect(page.locator("article.citizen")).to_have_count(2)
    heard = catalogued.assistant.heard
    assert [message.payload or message.text for message in heard] == [f"about:{CODE}", "cấp cứu đâu"]
    await page.context.close()


async def test_the_address_is_copied_with_a_word(browser: Browser, catalogued: Site) -> None:
    page = await visit(browser, catalogued, f"/p/{CODE}")
    await page.click("#copy")
    await expect(page.locator("#copied")).to_contain_text("Đã chép")
    assert await page.evaluate("navigator.clipboard.readText()") == f"http://127.0.0.1/p/{CODE}"
    await page.context.close()


async def test_the_phones_own_list_of_apps_is_offered_where_there_is_one(browser: Browser, catalogued: Site) -> None:
    page = await visit(browser, catalogued, "/healthz")
    await page.add_init_script("navigator.share = data => { window.shared = data; return Promise.resolve() }")
    await page.goto(f"{catalogued.url}/p/{CODE}")
    await page.click("#share")
    assert await page.evaluate("window.shared") == {
        "title": "Đăng ký khai sinh",
        "url": f"http://127.0.0.1/p/{CODE}",
    }
    await page.context.close()


async def test_the_print_button_prints(browser: Browser, catalogued: Site) -> None:
    page = await visit(browser, catalogued, "/healthz")
    await page.add_init_script("window.print = () => { window.printed = true }")
    await page.goto(f"{catalogued.url}/p/{CODE}")
    await page.click("#print")
    assert await page.evaluate("window.printed")
    await page.context.close()


async def test_on_paper_there_are_the_facts_and_a_code_but_no_buttons(
    browser: Browser, catalogued: Site, tmp_path: Path
) -> None:
    page = await visit(browser, catalogued, f"/p/{CODE}", DESK, theme="dark")
    await page.pdf(path=tmp_path / "sheet.pdf", prefer_css_page_size=True)
    document = pypdfium2.PdfDocument(tmp_path / "sheet.pdf")
    assert [round(side) for side in document[0].get_size()] == [595, 842]
    first = document[0].render(scale=2).to_pil()
    first.save(SCREENSHOTS / "a4-sheet.png")
    assert [found.text for found in zxingcpp.read_barcodes(first)] == [f"http://127.0.0.1/p/{CODE}"]
    # In a dark theme too, paper stays white and words are black.
    assert first.getpixel((5, 5)) == (255, 255, 255)
    assert first.convert("L").crop((80, 200, 500, 260)).getextrema()[0] < 40
    text = " ".join(" ".join(sheet.get_textpage().get_text_bounded() for sheet in document).split())
    assert "Giấy chứng sinh" in text
    assert "60/2014/QH13" in text
    assert f"http://127.0.0.1/p/{CODE}" in text
    for button in ("Hỏi về thủ tục này", "Chép đường dẫn", "Facebook", "Bé thuộc trường hợp nào"):
        assert button not in text
    await page.context.close()


async def test_everything_to_tap_is_large_enough(browser: Browser, catalogued: Site) -> None:
    page = await visit(browser, catalogued, f"/p/{CODE}", (320, 640))
    for target in await page.locator("main button:visible, main .choice:visible, nav a, .shares a").all():
        box = await target.bounding_box()
        assert box
        assert box["height"] >= 44, await target.inner_text()
    await page.context.close()

"""The whole as a citizen meets it: `motcua serve` as its own process, over the starter catalogue, on a phone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.conftest import watch
from tests.browser.served import Served, serving

if TYPE_CHECKING:
    from tests.conftest import RealService

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

QUESTION = "lam giay khai sinh cho con can gi"
PHONE = {"width": 390, "height": 844}
LOADING_MS = 60_000
FACET_WORDS = {"documents": "giấy tờ", "fee": "lệ phí", "where": "nơi nộp", "steps": "các bước", "result": "kết quả"}


@pytest.fixture(scope="module")
def served(real_service: RealService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that has only just begun to load; index and model are those `real_service` made."""
    data = tmp_path_factory.mktemp("served")
    for name in ("index", "models"):
        (data / name).symlink_to((real_service.settings.data / name).resolve())
    with serving(data) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phone(browser: Browser, served: Served) -> AsyncIterator[Page]:
    """One person's phone, kept through the tests of this file."""
    context = await browser.new_context(viewport=PHONE, locale="vi-VN", has_touch=True, is_mobile=True)
    context.set_default_timeout(10_000)
    page = await context.new_page()
    faults = watch(page)
    await page.goto(served.address)
    yield page
    await context.close()
    assert faults == []


def answer(page: Page, number: int = 0) -> Locator:
    return page.locator("article.assistant").nth(number)


async def test_a_question_asked_while_all_loads_waits_and_is_answered(phone: Page) -> None:
    await expect(phone.locator("#welcome")).to_be_visible()
    await phone.fill("#text", QUESTION)
    await phone.tap("#send")
    said = phone.locator("article.citizen")
    await expect(said).to_contain_text(QUESTION)
    await expect(phone.locator("article.assistant")).to_have_count(1, timeout=LOADING_MS)
    await expect(phone.locator(".failed, .error, .note")).to_have_count(0)


async def test_the_answer_is_short_right_and_sourced(phone: Page) -> None:
    told = answer(phone)
    await expect(told).to_contain_text("Giấy chứng sinh")
    await expect(told.locator(".lead")).to_contain_text("Đăng ký khai sinh")
    source = told.locator(".source a")
    await expect(source).to_contain_text("1.001193")
    await expect(source).to_contain_text(re.compile(r"cập nhật \d{1,2}/\d{1,2}/20\d\d"))
    link = await source.get_attribute("href") or ""
    assert re.fullmatch(r"https://dichvucong\.gov\.vn/thu-tuc-hanh-chinh/[0-9a-f-]{36}", link)
    assert await phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_a_tap_on_the_fee_answers_the_fee(phone: Page) -> None:
    await answer(phone).get_by_role("button", name="Lệ phí").tap()
    fee = answer(phone, 1)
    await expect(fee.locator(".lead")).to_contain_text("lệ phí")
    await expect(fee.locator(".source a")).to_contain_text("1.001193")
    # The record holds a bare 0, which says neither free nor how much.
    await expect(fee).not_to_contain_text("miễn phí")
    await expect(fee).to_contain_text("1022")


async def test_a_reload_still_shows_it_all_and_the_talk_goes_on(phone: Page) -> None:
    before = await phone.locator("article .said").all_inner_texts()
    await phone.reload()
    await expect(phone.locator("article.assistant")).to_have_count(2)
    assert await phone.locator("article .said").all_inner_texts() == before
    await phone.fill("#text", "bao lâu thì xong")
    await phone.press("#text", "Enter")
    await expect(answer(phone, 2)).to_contain_text("1 ngày làm việc")
    await expect(answer(phone, 2)).to_contain_text("1.001193")


async def test_a_typed_number_takes_the_suggestion(phone: Page) -> None:
    second = await answer(phone, 2).locator("button").nth(1).get_attribute("value")
    await phone.fill("#text", "2")
    await phone.press("#text", "Enter")
    await expect(answer(phone, 3).locator(".source a")).to_contain_text("1.001193")
    assert second
    assert FACET_WORDS[second.split(":")[2]] in (await answer(phone, 3).locator(".lead").inner_text()).casefold()


async def test_without_javascript_the_answer_is_the_same(browser: Browser, phone: Page, served: Served) -> None:
    context = await browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = await context.new_page()
    await page.goto(served.address)
    await page.fill("#text", QUESTION)
    await page.click("#send")
    assert await _shown(answer(page)) == await _shown(answer(phone))
    await page.get_by_role("button", name="Lệ phí").click()
    await expect(answer(page, 1).locator(".lead")).to_contain_text("lệ phí")
    await context.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_from_a_sheet_into_the_chat_which_knows_what_it_is_about(
    browser: Browser, phone: Page, served: Served, script: bool
) -> None:
    assert phone.url  # the server is ready by now
    context = await browser.new_context(java_script_enabled=script, viewport=PHONE, locale="vi-VN")
    page = await context.new_page()
    await page.goto(f"{served.address}/p/1.000894")
    await expect(page.locator("h1")).to_have_text("Đăng ký kết hôn")
    await page.click(".actions .main")
    await expect(answer(page)).to_contain_text("1.000894")
    await page.fill("#text", "cần giấy tờ gì")
    await page.click("#send")
    await expect(answer(page, 1).locator(".lead")).to_contain_text("Đăng ký kết hôn")
    await expect(answer(page, 1).locator(".lead")).to_contain_text("giấy tờ")
    await page.reload()
    await expect(page.locator("article.assistant")).to_have_count(2)
    await context.close()


async def test_nothing_personal_is_kept_on_disk(phone: Page, served: Served) -> None:
    await phone.fill("#text", "tôi mất căn cước số 079201001234 thì làm lại thẻ căn cước ở đâu")
    await phone.press("#text", "Enter")
    await expect(answer(phone, 4)).to_contain_text("Tôi đã che")
    await expect(answer(phone, 4)).to_contain_text("1.014064")
    kept = b"".join(path.read_bytes() for path in served.data.glob("motcua.db*"))
    assert kept
    assert b"079201001234" not in kept


async def _shown(told: Locator) -> tuple[str, list[str], list[str | None]]:
    """Return the words, buttons and links of an answer without its markers, which are drawings on one page only."""
    words = re.sub(r"[📄💰⏱📍]\ufe0f?", "", await told.locator(".said").inner_text())
    buttons = [re.sub(r"\s*\(đã chọn\)", "", label) for label in await told.locator("button").all_inner_texts()]
    links = [await link.get_attribute("href") for link in await told.locator("a").all()]
    return " ".join(words.split()), buttons, links

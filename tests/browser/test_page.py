from __future__ import annotations

import json

import pytest
from playwright.async_api import Browser, Page, Route, expect

from bot.messages import Outcome, Reply, Source, Suggestion
from channels.web import NOTIFIER
from tests.browser.conftest import Site, watch
from tests.channels.scripted import BIRTH, FEE

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(page: Page, words: str) -> None:
    await page.fill("#text", words)
    await page.press("#text", "Enter")


async def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in await page.locator(selector).all_inner_texts()]


async def remembered(page: Page) -> dict:
    return json.loads(await page.evaluate("localStorage.getItem('motcua')"))


async def test_enter_asks_and_the_answer_shows_with_source_and_next_steps(page: Page, site: Site) -> None:
    await ask(page, "giấy khai sinh cần gì")
    answer = page.locator("article.assistant")
    await expect(answer.locator(".lead")).to_have_text("Đăng ký khai sinh – giấy tờ:")
    await expect(answer.locator(".item")).to_have_count(2)
    source = answer.locator(".source a")
    await expect(source).to_have_text("Nguồn: Cổng Dịch vụ công quốc gia, mã 1.001193, cập nhật 15/4/2026")
    assert await source.get_attribute("href") == BIRTH
    assert await source.get_attribute("rel") == "noopener noreferrer"
    assert await texts(page, "article .choices > *") == ["Lệ phí", "Bao lâu", "Nộp ở đâu", "Nộp trực tuyến"]
    await expect(page.locator("#text")).to_be_focused()
    await expect(page.locator("#text")).to_have_value("")
    await expect(page.locator("#welcome")).to_be_hidden()
    assert [message.text for message in site.assistant.heard] == ["giấy khai sinh cần gì"]


async def test_shift_enter_makes_a_new_line(page: Page, site: Site) -> None:
    await page.type("#text", "một")
    await page.press("#text", "Shift+Enter")
    await page.type("#text", "hai")
    await expect(page.locator("#text")).to_have_value("một\nhai")
    assert site.assistant.heard == []


@pytest.mark.parametrize("event", ["{isComposing: true}", "{keyCode: 229}"])
async def test_enter_that_ends_a_telex_letter_does_not_send(page: Page, site: Site, event: str) -> None:
    await page.fill("#text", "lệ")
    prevented = await page.evaluate(
        "event => !document.getElementById('text').dispatchEvent(new KeyboardEvent('keydown', event))",
        {"key": "Enter", "bubbles": True, "cancelable": True}
        | ({"isComposing": True} if "isComposing" in event else {"keyCode": 229}),
    )
    assert not prevented
    await expect(page.locator("#text")).to_have_value("lệ")
    assert site.assistant.heard == []


async def test_an_example_is_asked_by_a_tap(page: Page, site: Site) -> None:
    await page.click("text=Sinh con")
    await expect(page.locator("article.clarify .item")).to_have_count(3)
    assert [message.text for message in site.assistant.heard] == ["Tôi mới sinh con, cần làm những giấy tờ gì?"]


async def test_a_suggestion_is_marked_and_can_be_taken_again(page: Page, site: Site) -> None:
    await ask(page, "khai sinh")
    fee = page.locator("button", has_text="Lệ phí")
    await fee.click()
    await expect(page.locator("article.assistant").nth(1)).to_contain_text("8.000 đồng")
    await expect(fee).to_have_class("choice chosen")
    await expect(page.locator("article.citizen .said").nth(1)).to_have_text("Lệ phí")
    await fee.click()
    await expect(page.locator("article.assistant")).to_have_count(3)
    await expect(page.locator("article.citizen .said").nth(2)).to_have_text("Lệ phí")
    assert [message.payload for message in site.assistant.heard] == [None] + ["facet:1.001193:fee"] * 2


async def test_a_reload_keeps_the_conversation(page: Page) -> None:
    await ask(page, "khai sinh")
    await page.click("button:has-text('Lệ phí')")
    await expect(page.locator("article.assistant")).to_have_count(2)
    before = await texts(page, "article .said")
    await page.reload()
    await expect(page.locator("article.assistant")).to_have_count(2)
    assert await texts(page, "article .said") == before
    await expect(page.locator("button.chosen")).to_have_count(1)
    await ask(page, "xong chưa")
    await expect(page.locator("article.assistant").nth(2)).to_contain_text("Tôi nghe: xong chưa")


async def test_a_conversation_that_is_gone_is_begun_anew_with_a_word(page: Page) -> None:
    await ask(page, "khai sinh")
    await expect(page.locator("article.assistant")).to_have_count(1)
    state = await remembered(page)
    state["conversation"]["token"] = "wrong"
    await page.evaluate("state => localStorage.setItem('motcua', JSON.stringify(state))", state)
    await page.reload()
    await expect(page.locator(".note")).to_contain_text("không còn trên máy chủ")
    await ask(page, "kết hôn")
    await expect(page.locator("article.assistant")).to_contain_text("Tôi nghe: kết hôn")


async def test_a_failed_message_is_sent_again_under_the_same_id(page: Page, site: Site) -> None:
    lost: list[bool] = []

    async def lose_the_answer(route: Route) -> None:
        # The worst case: the server got the message, the page never got the answer.
        await route.fetch()
        lost.append(True)
        await route.abort()

    await page.route("**/messages", lose_the_answer)
    await ask(page, "khai sinh")
    await expect(page.locator(".failed .state")).to_contain_text("Chưa gửi được.")
    await page.unroute("**/messages")
    await page.click("text=Gửi lại")
    await expect(page.locator("article.assistant")).to_have_count(1)
    await expect(page.locator(".failed")).to_have_count(0)
    assert lost
    assert len({message.id for message in site.assistant.heard}) == 1
    conversation = (await remembered(page))["conversation"]["conversation_id"]
    roles = [entry.role for entry in site.conversations.entries_after(conversation, 0)]
    assert roles == ["citizen", "assistant"]


async def test_an_unsent_message_survives_a_reload(page: Page) -> None:
    await page.route("**/conversations", lambda route: route.abort())
    await ask(page, "khai sinh")
    await expect(page.locator(".failed")).to_have_count(1)
    await page.unroute("**/conversations")
    await page.reload()
    await expect(page.locator(".failed .said")).to_have_text("khai sinh")
    await page.click("text=Gửi lại")
    await expect(page.locator("article.assistant")).to_have_count(1)
    assert (await remembered(page))["pending"] == []


async def test_offline_is_told_and_made_good(page: Page) -> None:
    # Without a network of its own the browser tells of no change, so it is what cannot be sent that shows it.
    await page.context.set_offline(True)
    await ask(page, "khai sinh")
    await expect(page.locator(".failed")).to_have_count(1)
    await expect(page.locator("#offline")).to_contain_text("Mất kết nối mạng")
    await page.context.set_offline(False)
    await expect(page.locator("article.assistant")).to_have_count(1)
    await expect(page.locator("#offline")).to_be_hidden()
    await expect(page.locator(".failed")).to_have_count(0)


async def test_a_starting_assistant_is_waited_for(page: Page, site: Site) -> None:
    site.assistant.ready = False
    async with page.expect_response(lambda response: response.status == 503):
        await ask(page, "khai sinh")
    site.assistant.ready = True
    await expect(page.locator("article.assistant")).to_have_count(1)


async def test_what_is_refused_says_why_and_is_not_repeated(page: Page) -> None:
    error = {"error": {"code": "too_large", "message": "Nội dung gửi lên quá dài."}}
    await page.route("**/messages", lambda route: route.fulfill(status=413, json=error))
    await ask(page, "khai sinh")
    await expect(page.locator(".failed .state")).to_have_text("Nội dung gửi lên quá dài.")
    await expect(page.locator(".failed button")).to_have_count(0)
    assert (await remembered(page))["pending"] == []


async def test_while_it_searches_it_says_so(page: Page, site: Site) -> None:
    site.assistant.gate.clear()
    await ask(page, "khai sinh")
    await expect(page.locator("#typing")).to_have_text("Đang tìm trong danh mục…")
    await expect(page.locator(".state")).to_have_text("Đang gửi…")
    site.assistant.gate.set()
    await expect(page.locator("#typing")).to_have_text("")
    await expect(page.locator("article.assistant")).to_have_count(1)


async def test_quick_messages_keep_their_order_and_stand_with_their_answers(page: Page, site: Site) -> None:
    site.assistant.gate.clear()
    for words in ["một", "hai", "ba"]:
        await ask(page, words)
    site.assistant.gate.set()
    await expect(page.locator("article.assistant")).to_have_count(3)
    assert [message.text for message in site.assistant.heard] == ["một", "hai", "ba"]
    assert await texts(page, "article .said") == ["một", "Tôi nghe: một", "hai", "Tôi nghe: hai", "ba", "Tôi nghe: ba"]


async def test_a_reply_by_staff_arrives_by_itself_and_is_named(page: Page, site: Site) -> None:
    await ask(page, "khai sinh")
    await expect(page.locator("article.assistant")).to_have_count(1)
    conversation = (await remembered(page))["conversation"]["conversation_id"]
    site.conversations.append_reply(conversation, {"text": "Chào anh/chị, tôi là Lan."})
    site.app[NOTIFIER].notify(conversation)
    await expect(page.locator("article.staff")).to_contain_text("Chào anh/chị, tôi là Lan.")
    await expect(page.locator("article.staff .who")).to_have_text("Cán bộ")
    await expect(page.locator("article.assistant")).to_have_count(1)


async def test_another_tab_shows_question_and_answer(page: Page, site: Site) -> None:
    await ask(page, "khai sinh")
    await expect(page.locator("article.assistant")).to_have_count(1)
    other = await page.context.new_page()
    await other.goto(site.url)
    await expect(other.locator("article.assistant")).to_have_count(1)
    await ask(other, "kết hôn")
    await expect(other.locator("article.assistant")).to_have_count(2)
    await page.bring_to_front()
    await expect(page.locator("article.citizen .said").nth(1)).to_have_text("kết hôn")
    await expect(page.locator("article.assistant")).to_have_count(2)


async def test_too_long_a_text_is_told_kindly_and_kept(page: Page, site: Site) -> None:
    await page.fill("#text", "x" * 1850)
    await expect(page.locator("#count")).to_have_text("1.850/2.000")
    await page.fill("#text", "x" * 2001)
    await expect(page.locator("#count")).to_contain_text("tối đa 2.000")
    await page.press("#text", "Enter")
    assert len(await page.input_value("#text")) == 2001
    assert site.assistant.heard == []


async def test_beginning_anew_asks_once(page: Page) -> None:
    await expect(page.locator("#restart")).to_be_hidden()
    await ask(page, "khai sinh")
    await expect(page.locator("article.assistant")).to_have_count(1)
    first = (await remembered(page))["conversation"]
    await page.click("text=Cuộc trò chuyện mới")
    await page.click("dialog >> text=Giữ lại")
    await expect(page.locator("article.assistant")).to_have_count(1)
    await page.click("text=Cuộc trò chuyện mới")
    await page.click("dialog >> text=Bắt đầu mới")
    await expect(page.locator("article")).to_have_count(0)
    await expect(page.locator("#welcome")).to_be_visible()
    await expect(page.locator("#text")).to_be_focused()
    await ask(page, "kết hôn")
    await expect(page.locator("article.assistant")).to_have_count(1)
    assert (await remembered(page))["conversation"] != first


async def test_words_from_outside_are_never_markup(page: Page, site: Site) -> None:
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    source = Source("1", evil, "fee", "javascript:document.title=3", "", 1)
    site.assistant.scripts["evil"] = Reply(
        text=f"{evil}\n📄 {evil}\nNhãn: {evil}",
        outcome=Outcome.ANSWERED,
        sources=(source,),
        suggestions=(Suggestion(evil, "help"), Suggestion("mở", url="javascript:document.title=4")),
    )
    await ask(page, f"evil {evil}")
    await expect(page.locator("article.assistant")).to_have_count(1)
    await page.click("article.assistant button")
    await expect(page.locator("article.citizen").nth(1)).to_contain_text(evil)
    await page.reload()
    await expect(page.locator("article.citizen").first).to_contain_text(evil)
    assert await page.locator("article img, article script, article a").count() == 0
    assert await page.title() == "Một Cửa: hỏi đáp thủ tục hành chính"


async def test_emergency_numbers_call_by_a_tap(page: Page) -> None:
    await ask(page, "cứu tôi với")
    calls = page.locator("article.crisis a")
    await expect(calls).to_have_count(4)
    assert await calls.first.get_attribute("href") == "tel:115"


async def test_a_browser_that_keeps_nothing_still_talks(browser: Browser, site: Site) -> None:
    page = await browser.new_page()
    faults = watch(page)
    await page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied') }})")
    await page.goto(site.url)
    await ask(page, "khai sinh")
    await expect(page.locator("article.assistant")).to_have_count(1)
    await ask(page, "kết hôn")
    await expect(page.locator("article.assistant")).to_have_count(2)
    assert len({message.conversation_id for message in site.assistant.heard}) == 1
    await page.close()
    assert faults == []


async def test_without_javascript_the_forms_do_it_all(browser: Browser, site: Site) -> None:
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await page.goto(site.url)
    await page.click("text=Sinh con")
    await expect(page.locator("article.clarify")).to_contain_text("Anh/chị cần làm việc nào?")
    await page.fill("#text", "giấy khai sinh <b>cần</b> gì")
    await page.click("#send")
    await expect(page.locator("article.citizen").nth(1)).to_contain_text("giấy khai sinh <b>cần</b> gì")
    await page.click("button:has-text('Lệ phí')")
    await expect(page.locator("article.assistant").nth(2)).to_contain_text("4.000 đồng")
    await expect(page.locator("button.chosen")).to_contain_text("Lệ phí")
    await page.click("text=Cuộc trò chuyện mới")
    await expect(page.locator("article")).to_have_count(0)
    assert len(site.assistant.heard) == 3
    await context.close()


async def test_the_keyboard_alone_is_enough(page: Page) -> None:
    await page.keyboard.press("Tab")
    await expect(page.locator(".examples button").first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("article.assistant")).to_have_count(1)
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(page.locator("article .choices a")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("article.citizen .said").nth(1)).to_have_text("Nộp ở đâu")
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    await expect(page.locator("article.assistant")).to_have_count(2)


async def test_a_long_answer_is_read_from_its_question_on(page: Page, site: Site) -> None:
    site.assistant.scripts["dài"] = Reply(text="\n".join(f"Dòng {n}" for n in range(60)), outcome=Outcome.ANSWERED)
    await ask(page, "khai sinh")
    await ask(page, "dài")
    await expect(page.locator("article.assistant")).to_have_count(2)
    await expect(page.locator("article.citizen").nth(1)).to_be_in_viewport(ratio=1)
    await expect(page.locator("text=Dòng 59")).not_to_be_in_viewport()


async def test_an_overview_reads_as_rows(page: Page, site: Site) -> None:
    text = "Đăng ký khai tử\n💰 Lệ phí: 8.000 đồng\n⏱ Thời hạn: 1 ngày\nNộp trực tiếp:\n📍 Ủy ban nhân dân cấp xã"
    site.assistant.scripts["khai tử"] = Reply(text=text, outcome=Outcome.ANSWERED)
    await ask(page, "khai tử")
    await expect(page.locator(".label")).to_have_text(["Lệ phí:", "Thời hạn:", "Nộp trực tiếp:"])
    await expect(page.locator(".icon")).to_have_count(3)
    await expect(page.locator("article.assistant p").nth(4)).to_contain_text("Ủy ban nhân dân cấp xã")


async def test_fees_read_as_labels_and_figures(page: Page, site: Site) -> None:
    site.assistant.scripts["tiền"] = FEE
    await ask(page, "bao nhiêu tiền")
    await expect(page.locator(".label")).to_have_text(["Nộp trực tiếp:", "Nộp trực tuyến:"])

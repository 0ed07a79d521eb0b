"""The pages of the FAQ, as editors use them and as readers see them."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from knowledge.catalog import IMPORT, Catalog
from knowledge.days import today
from knowledge.faq import Faqs
from knowledge.types import Procedure, Status
from storage.audit import Wanted, lines
from tests.web.staff_side import sign_in
from web.admin.as_shown import TELEGRAM
from web.sheet_page import ENGINE

BIRTH = Procedure(code="1.001193", name="Đăng ký khai sinh", source="Bộ Tư pháp", source_url="https://a.gov.vn/1")
GOOD = {
    "question": "Làm khai sinh ở nơi tạm trú được không?",
    "answer": "Được. Anh/chị làm ở xã nơi thường trú hoặc nơi tạm trú.",
    "code": BIRTH.code,
    "facet": "where",
    "source_title": "Luật Hộ tịch, điều 13",
    "source_url": "https://vanban.example.gov.vn/luat-ho-tich",
    "valid_until": "",
    "why": "Nhiều người hỏi",
    "based_on": "0",
    "do": "draft",
}


@pytest.fixture
def faqs(app: web.Application) -> Faqs:
    Catalog(app[ENGINE]).put([BIRTH], IMPORT, "test")
    return Faqs(app[ENGINE])


async def post(client: TestClient, path: str, csrf: str, **form: str) -> tuple[int, str]:
    response = await client.post(path, data=form, headers={"X-CSRF-Token": csrf}, allow_redirects=False)
    return response.status, response.headers.get("Location") or await response.text()


async def page(client: TestClient, path: str) -> str:
    response = await client.get(path)
    assert response.status == 200
    return html.unescape(await response.text())


async def test_a_draft_is_written_shown_and_published(client: TestClient, app: web.Application, faqs: Faqs) -> None:
    csrf = await sign_in(client, "editor", login="lan")
    assert await post(client, "/admin/faq/new", csrf, **GOOD) == (303, "/admin/faq/1")
    assert faqs.newest()[0].status is Status.DRAFT
    shown = await page(client, "/admin/faq/1")
    assert "Áp dụng đến hết" not in shown
    assert shown.count("Nguồn: Luật Hộ tịch, điều 13, cập nhật") == 5  # the web, Telegram and three ways of Zalo
    assert (await post(client, "/admin/faq/1/publish", csrf, why="Đã xem"))[0] == 303
    assert faqs.told([BIRTH.code])[0].entry.question == GOOD["question"]
    noted = [(line.action, line.subject, line.author) for line in lines(app[ENGINE], Wanted(action="faq"), 9)]
    assert noted == [("faq.publish", "1", "lan"), ("faq.add", "1", "lan")]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"question": " "}, "Viết câu hỏi"),
        ({"answer": ""}, "Viết câu trả lời"),
        ({"code": "9.999999"}, "Không có thủ tục 9.999999"),
        ({"facet": "x"}, "Chọn phần được hỏi"),
        ({"source_url": "javascript:alert(1)"}, "phải bắt đầu bằng https://"),
        ({"source_url": "https://"}, "phải bắt đầu bằng https://"),
        ({"valid_until": "31/12/2026"}, "Ngày chưa đúng"),
        ({"valid_until": (today() - timedelta(days=1)).isoformat(), "do": "publish"}, "Ngày này đã qua"),
        ({"why": ""}, "Ghi lý do"),
        ({"answer": "a" * 4001}, "rút gọn trong 4000 ký tự"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    client: TestClient, faqs: Faqs, wrong: dict[str, str], words: str
) -> None:
    csrf = await sign_in(client, "editor")
    status, text = await post(client, "/admin/faq/new", csrf, **(GOOD | {"source_title": "Nguồn <riêng>"} | wrong))
    assert status == 422
    assert words in html.unescape(text)
    assert "Nguồn &lt;riêng&gt;" in text
    assert faqs.newest() == []


async def test_who_edits_an_older_version_is_told_and_keeps_the_words(client: TestClient, faqs: Faqs) -> None:
    csrf = await sign_in(client, "editor")
    await post(client, "/admin/faq/new", csrf, **GOOD)
    changed = GOOD | {"based_on": "1", "answer": "Được, ở nơi tạm trú."}
    assert (await post(client, "/admin/faq/1", csrf, **changed))[0] == 303
    status, text = await post(client, "/admin/faq/1", csrf, **(changed | {"answer": "Câu của người thứ hai."}))
    assert status == 409
    assert "đã có phiên bản 2" in text
    assert "Câu của người thứ hai." in text
    assert len(faqs.history(1)) == 2


async def test_only_the_version_that_was_seen_is_published(client: TestClient, faqs: Faqs) -> None:
    csrf = await sign_in(client, "editor")
    await post(client, "/admin/faq/new", csrf, **GOOD)
    await post(client, "/admin/faq/1", csrf, **(GOOD | {"based_on": "1", "answer": "Câu của đồng nghiệp."}))
    status, text = await post(client, "/admin/faq/1/publish", csrf, why="Đã xem", version="1")
    assert (status, faqs.told([BIRTH.code])) == (409, [])
    assert "vừa có phiên bản 2" in text
    assert (await post(client, "/admin/faq/1/publish", csrf, why="Đã xem", version="2"))[0] == 303


async def test_the_history_tells_each_word_and_goes_back(client: TestClient, faqs: Faqs) -> None:
    csrf = await sign_in(client, "editor")
    await post(client, "/admin/faq/new", csrf, **(GOOD | {"do": "publish"}))
    await post(client, "/admin/faq/1", csrf, **(GOOD | {"based_on": "1", "answer": "Không.", "do": "publish"}))
    text = await page(client, "/admin/faq/1")
    assert "<del>Được. Anh/chị làm" in text
    assert "<ins>Không.</ins>" in text
    assert (await post(client, "/admin/faq/1/rollback", csrf, why="Bản cũ đúng", version="1"))[0] == 303
    assert faqs.told([BIRTH.code])[0].entry.answer == GOOD["answer"]
    assert (await post(client, "/admin/faq/1/rollback", csrf, why="x", version="77"))[0] == 409
    assert (await post(client, "/admin/faq/1/withdraw", csrf, why=""))[0] == 409
    assert (await post(client, "/admin/faq/1/withdraw", csrf, why="Luật đổi"))[0] == 303
    assert faqs.told([BIRTH.code]) == []


async def test_the_list_is_searched_and_filtered(client: TestClient, app: web.Application, faqs: Faqs) -> None:
    csrf = await sign_in(client, "editor")
    await post(client, "/admin/faq/new", csrf, **(GOOD | {"do": "publish"}))
    await post(client, "/admin/faq/new", csrf, **(GOOD | {"question": "Khai sinh có mất tiền không?", "facet": "fee"}))
    past = (today() - timedelta(days=2)).isoformat()
    await post(client, "/admin/faq/1", csrf, **(GOOD | {"based_on": "1", "valid_until": past}))
    await post(client, "/admin/faq/1/publish", csrf, why="thử")

    async def numbers(query: str) -> list[str]:
        return re.findall(r'href="/admin/faq/(\d+)"', await page(client, f"/admin/faq?{query}"))

    assert await numbers("") == ["1", "2"]
    assert await numbers("q=mat+tien") == ["2"]
    assert await numbers("facet=fee") == ["2"]
    assert await numbers("status=draft") == ["2"]
    assert await numbers("status=past") == ["1"]
    assert await numbers("code=1.000000") == []
    assert "1 câu đang công bố đã quá ngày cuối" in await page(client, "/admin/faq")


async def test_the_preview_tells_what_is_typed_and_warns_of_a_like_question(client: TestClient, faqs: Faqs) -> None:
    csrf = await sign_in(client, "editor")
    await post(client, "/admin/faq/new", csrf, **(GOOD | {"do": "publish"}))
    status, text = await post(client, "/admin/faq/preview", csrf, **(GOOD | {"answer": "<b>Được</b>", "number": "0"}))
    assert status == 200
    assert "&lt;b&gt;Được&lt;/b&gt;" in text
    assert "Câu 1 đang công bố hỏi gần như vậy" in html.unescape(text)
    assert "Câu 1 đang" not in html.unescape((await post(client, "/admin/faq/preview", csrf, **GOOD, number="1"))[1])


async def test_a_procedure_is_found_by_its_code(client: TestClient, faqs: Faqs) -> None:
    await sign_in(client, "editor")
    found: dict[str, Any] = await (await client.get("/admin/faq/procedures?q=1.001193")).json()
    assert found == {"procedures": [{"code": BIRTH.code, "name": BIRTH.name}]}


async def test_a_supervisor_reads_and_does_not_write(client: TestClient, faqs: Faqs) -> None:
    faqs.add(_entry(), "lan", "x", publish=True)
    csrf = await sign_in(client, "supervisor")
    assert "Lưu và công bố" not in await page(client, "/admin/faq/1")
    assert (await post(client, "/admin/faq/1", csrf, **GOOD))[0] == 403
    assert (await client.get("/admin/faq/77")).status == 404


def _entry() -> Any:
    from web.admin.faq_form import FaqForm

    return FaqForm(GOOD).entry


def test_telegram_is_shown_by_its_own_limits() -> None:
    from channels.telegram_layout import LIMITS

    assert TELEGRAM == LIMITS

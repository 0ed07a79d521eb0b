"""What was asked and not answered: shown, grouped, mended with effect at once, undone."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy import delete, insert

from bot.messages import Message, Outcome
from knowledge.faq import FaqEntry, Faqs
from storage.asked import Mended, Questions
from storage.regressions import Regressions
from storage.schema import now, questions
from tests.web.rehearsed import Real, app, client, real
from tests.web.staff_side import sign_in
from web.rehearsal import ask
from web.staff.opened import KNOWLEDGE

__all__ = ["app", "client", "real"]

pytestmark = pytest.mark.model

BIRTH = "1.001193"
SLANG = ("lo giấy nhập đàn cho nhóc tì", "lo giay nhap dan cho nhoc ti", "giấy nhập đàn nhóc tì lo sao ạ")
WEATHER = "ngày mai trời có mưa không"
PATH = "/admin/asked/unanswered"


@pytest.fixture(autouse=True)
def asked(real: Real) -> Iterator[list[int]]:
    """Questions nobody got an answer to, oldest first, and one that was answered."""
    rows = [
        {
            "conversation_id": None,
            "text": text,
            "outcome": outcome,
            "confidence": 0.9 if outcome == "answered" else 0.1,
            "codes": [BIRTH] if outcome == "answered" else [],
            "channel": "zalo",
            "language": "vi",
            "created_at": now() - timedelta(minutes=10 - place),
        }
        for place, (text, outcome) in enumerate(
            [*((text, "abstained") for text in SLANG), (WEATHER, "abstained"), ("khai sinh ở đâu", "answered")]
        )
    ]
    with real.knowledge.engine.begin() as connection:
        numbers = [
            connection.execute(insert(questions).values(row).returning(questions.c.id)).scalar_one() for row in rows
        ]
    yield numbers
    with real.knowledge.engine.begin() as connection:
        connection.execute(delete(questions))


async def post(client: TestClient, path: str, csrf: str, **form: object) -> tuple[int, str]:
    response = await client.post(path, data=form, headers={"X-CSRF-Token": csrf}, allow_redirects=False)
    return response.status, response.headers.get("Location") or html.unescape(await response.text())


async def page(client: TestClient, path: str) -> str:
    response = await client.get(path, headers={"Accept": "text/html"})
    assert response.status == 200, path
    return html.unescape(await response.text())


def numbers(asked: list[int]) -> str:
    return ",".join(map(str, asked))


async def answer(real: Real, text: str) -> tuple[Outcome, tuple[str, ...]]:
    talk = real.conversations.create("web").id
    (reply,) = await real.assistant.handle(Message("1", talk, text))
    return reply.outcome, reply.procedures


async def rehearsed(real: Real, text: str) -> tuple[Outcome, tuple[str, ...]]:
    (reply,) = await asyncio.to_thread(ask, real.settings, real.knowledge, [text])
    return reply.outcome, reply.procedures


async def test_every_question_is_listed_and_narrowed_by_the_address(client: TestClient, asked: list[int]) -> None:
    await sign_in(client, "supervisor")
    every = await page(client, "/admin/asked")
    assert all(text in every for text in (*SLANG, WEATHER, "khai sinh ở đâu", "Zalo OA", "5 câu"))
    assert every.index("khai sinh ở đâu") < every.index(SLANG[0])
    narrowed = await page(client, "/admin/asked?outcome=answered&code=1.001193&q=SINH")
    assert "khai sinh ở đâu" in narrowed
    assert WEATHER not in narrowed
    assert "Không có câu hỏi nào" in await page(client, "/admin/asked?channel=telegram")
    odd = "/admin/asked?outcome=x&below=%3Cb%3E&from=hôm qua&to=9999-12-31&before=abc&mended=có"
    assert "5 câu" in await page(client, odd)
    older = await page(client, f"/admin/asked?before={asked[1]}")
    assert SLANG[0] in older
    assert WEATHER not in older


async def test_alike_questions_wait_in_one_group(client: TestClient, asked: list[int]) -> None:
    await sign_in(client, "supervisor")
    shown = await page(client, PATH)
    assert "4 câu trong 2 nhóm" in shown
    assert re.search(r'<p class="size">3<span>câu', shown)
    assert shown.index(SLANG[0]) < shown.index(WEATHER)
    assert WEATHER not in await page(client, f"{PATH}?q=nhap dan")
    one = await page(client, f"{PATH}/{asked[1]}")
    assert all(text in one for text in SLANG)
    assert WEATHER not in one
    assert "Dạy trợ lý câu này" not in one  # a supervisor reads


async def test_a_mend_is_in_force_at_once_kept_as_cases_and_undone(
    client: TestClient, asked: list[int], real: Real
) -> None:
    csrf, engine = await sign_in(client, "editor", login="lan"), real.knowledge.engine
    before = await rehearsed(real, SLANG[1])
    assert before[0] is not Outcome.ANSWERED
    here = f"{PATH}/{asked[0]}"
    assert "Dạy trợ lý câu này" in await page(client, here)
    form = {"ids": numbers(asked[:3]), "text": SLANG[0], "role": "question", "code": BIRTH, "case": "1"}
    assert await post(client, f"{here}/name", csrf, **form) == (303, f"{here}?try=1")

    assert await answer(real, SLANG[1]) == (Outcome.ANSWERED, (BIRTH,))
    shown = await page(client, f"{here}?try=1")
    assert f"Đã thêm “{SLANG[0]}” vào thủ tục {BIRTH}. Hỏi lại: 3/3 câu nay được trả lời." in shown
    assert shown.count('class="better">Trả lời<') == 3
    mended = Questions(engine).get(asked[:3])
    assert {one.mended_how for one in mended} == {str(Mended("question", BIRTH, SLANG[0]))}
    assert {one.mended_by for one in mended} == {"lan"}
    kept = Regressions(engine).active([BIRTH])
    assert {one.case["question"] for one in kept} == set(SLANG)
    assert {one.origin for one in kept} == {f"question:{number}" for number in asked[:3]}
    assert "1 câu trong 1 nhóm" in await page(client, PATH)
    assert "Đã thêm câu hỏi" in await page(client, "/admin/asked?mended=yes")

    assert (await post(client, f"{here}/undo", csrf))[0] == 303
    assert await rehearsed(real, SLANG[1]) == before
    assert Regressions(engine).active([BIRTH]) == []
    assert "4 câu trong 2 nhóm" in await page(client, PATH)


async def test_what_cannot_be_added_is_said_and_nothing_is_marked(
    client: TestClient, asked: list[int], real: Real
) -> None:
    csrf, here = await sign_in(client, "editor"), f"{PATH}/{asked[0]}"
    form = {"ids": numbers(asked[:2]), "text": "câu đã <sửa>", "role": "alias", "code": BIRTH}
    for wrong, status, words in (
        ({"code": ""}, 422, "Chọn thủ tục"),
        ({"ids": ""}, 422, "Chọn ít nhất một câu"),
        ({"code": "9.999999"}, 409, "Không có thủ tục 9.999999"),
        ({"text": "gọi 0912 345 678"}, 409, "số điện thoại"),
        ({"text": "Đăng ký khai sinh cho con"}, 409, "đã có"),
    ):
        if wrong.get("text", "").startswith("Đăng"):
            known = real.knowledge.catalog.get(BIRTH)
            assert known is not None
            wrong = {"text": known.aliases[0]}
        answered = await post(client, f"{here}/name", csrf, **(form | wrong))
        assert answered[0] == status, wrong
        assert words in answered[1]
        assert wrong.get("text", "câu đã <sửa>") in answered[1]
    assert len(Questions(real.knowledge.engine).unanswered()) == 4


async def test_what_was_mended_elsewhere_is_marked_only_when_it_is_answered(
    client: TestClient, asked: list[int], real: Real
) -> None:
    csrf, here = await sign_in(client, "editor"), f"{PATH}/{asked[3]}"
    form = {"ids": str(asked[3]), "how": "faq", "case": "1"}
    status, text = await post(client, f"{here}/done", csrf, **form)
    assert status == 409
    assert "vẫn chưa trả lời được câu nào" in text
    asking = "đi nộp hồ sơ có cần mang theo con ong vàng không"
    with real.knowledge.engine.begin() as connection:
        connection.execute(questions.update().where(questions.c.id == asked[3]).values(text=asking))
    entry = FaqEntry(BIRTH, asking, "Không cần.", "Luật Hộ tịch", "https://a.gov.vn/luat")
    faq = Faqs(real.knowledge.engine).add(entry, "lan", "hay hỏi", publish=True)
    real.knowledge.refresh()
    assert await post(client, f"{here}/done", csrf, **form) == (303, f"{here}?try=1")
    (mended,) = Questions(real.knowledge.engine).get([asked[3]])
    assert mended.mended_how == str(Mended("faq", BIRTH))
    Faqs(real.knowledge.engine).withdraw(faq.id, "lan", "dọn lại")
    Regressions(real.knowledge.engine).deactivate_of(f"question:{asked[3]}", "lan", "dọn lại")


async def test_what_is_not_ours_is_dismissed_with_a_reason(client: TestClient, asked: list[int], real: Real) -> None:
    csrf, here = await sign_in(client, "editor"), f"{PATH}/{asked[3]}"
    status, text = await post(client, f"{here}/dismiss", csrf, ids=str(asked[3]), reason="vì thích")
    assert (status, "Chọn lý do" in text) == (422, True)
    reason = "Không phải việc của thủ tục hành chính"
    assert await post(client, f"{here}/dismiss", csrf, ids=str(asked[3]), reason=reason) == (303, PATH)
    assert [one.text for one in Questions(real.knowledge.engine).unanswered()] == list(SLANG[::-1])
    assert reason in await page(client, here)
    assert (await post(client, f"{here}/undo", csrf))[0] == 303
    assert len(Questions(real.knowledge.engine).unanswered()) == 4
    assert "chưa được xử lý" in await page(client, (await post(client, f"{here}/undo", csrf))[1])


async def test_who_only_reads_mends_nothing_and_odd_addresses_find_nothing(
    client: TestClient, asked: list[int]
) -> None:
    csrf = await sign_in(client, "supervisor")
    for deed in ("name", "done", "dismiss", "undo"):
        assert (await post(client, f"{PATH}/{asked[0]}/{deed}", csrf))[0] == 403
    assert (await client.get(f"{PATH}/999999999")).status == 404
    assert (await client.get(f"{PATH}/abc")).status == 404


async def test_while_loading_the_pages_say_so(client: TestClient, app: web.Application, asked: list[int]) -> None:
    app[KNOWLEDGE].knowledge = None
    csrf = await sign_in(client, "editor")
    assert "đang khởi động" in await page(client, PATH)
    assert (await client.get(f"{PATH}/{asked[0]}")).status == 503
    form = {"ids": str(asked[0]), "text": "làm giấy đẻ", "role": "alias", "code": BIRTH}
    assert (await post(client, f"{PATH}/{asked[0]}/name", csrf, **form))[0] == 503

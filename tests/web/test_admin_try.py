"""The page that tries a question, with the real assistant over the starter catalogue."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy import func, select

from bot.trial import Asked
from storage.schema import conversations as conversations_table
from storage.schema import questions, tickets
from tests.channels.scripted import ScriptedAssistant
from tests.conftest import ROOT, RealService
from tests.web.staff_side import sign_in
from web.admin import trial_words
from web.admin.trying import TRYING
from web.app import create_app
from web.staff.opened import KNOWLEDGE

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("real_service")]


@pytest.fixture
def app(real_service: RealService) -> web.Application:
    made = create_app(real_service.settings, ScriptedAssistant(real_service.conversations), real_service.conversations)
    made[KNOWLEDGE].knowledge = real_service.knowledge
    return made


@pytest.fixture
async def client(app: web.Application, aiohttp_client: Callable[..., Awaitable[TestClient]]) -> TestClient:
    return await aiohttp_client(app)


async def tried(client: TestClient, **query: str) -> str:
    response = await client.get("/admin/try", params=query)
    assert response.status == 200
    return re.sub(r"\s+", " ", html.unescape(await response.text()))


async def test_every_stage_of_an_unaccented_question_is_told(client: TestClient, real_service: RealService) -> None:
    await sign_in(client, "supervisor")
    text = await tried(client, q="lam giay khai sinh cho con can gi")
    assert "Trả lời</span> sau" in text
    assert "Đăng ký khai sinh" in text
    assert "<dt>Thêm dấu cho vectơ</dt><dd>làm giấy khai sinh" in text
    assert "action_answer" in text
    assert "phần: Giấy tờ" in text
    assert "<b>hỏi</b>" in text
    for heading in ("Gộp lại", "Theo từ (BM25)", "Theo nghĩa (vectơ)", "Zalo OA", "Telegram", "Tính độ tin cậy"):
        assert heading in text
    first = real_service.knowledge.live.search("lam giay khai sinh cho con")[0]
    assert re.search(rf'<td class="number">1</td> <th scope="row"><a href="/admin/procedures/{first.code}">', text)


async def test_a_trial_leaves_nothing_behind(
    client: TestClient, app: web.Application, real_service: RealService
) -> None:
    await sign_in(client, "editor")

    def counted() -> list[int | None]:
        with real_service.knowledge.engine.connect() as connection:
            tables = (questions, conversations_table, tickets)
            return [connection.scalar(select(func.count()).select_from(table)) for table in tables]

    before = counted()
    await tried(client, q="tôi muốn gặp cán bộ", before="0912345678\nhỏi về khai sinh")
    await tried(client, q="căn cước 001099012345 của tôi làm lại ở đâu")
    assert counted() == before


async def test_what_was_said_before_and_the_province_count(client: TestClient) -> None:
    await sign_in(client, "editor")
    alone = await tried(client, q="thế lệ phí bao nhiêu")
    assert "Thủ tục đang nói đến" not in alone
    after = await tried(client, q="thế lệ phí bao nhiêu", before="đăng ký kết hôn cần giấy tờ gì")
    assert "<dt>Thủ tục đang nói đến</dt><dd>1.000894</dd>" in after
    assert "Không cần tìm" in after
    placed = await tried(client, q="đăng ký tạm trú nộp ở đâu", province="79")
    assert "ở Hồ Chí Minh" in placed


async def test_a_choice_leads_on_in_the_same_conversation(client: TestClient) -> None:
    await sign_in(client, "editor")
    raw = await (await client.get("/admin/try", params={"q": "đăng ký kết hôn cần giấy tờ gì"})).text()
    follow = next(
        link for link in re.findall(r'href="(\?before=[^"]+)"', raw) if link.endswith("q=L%E1%BB%87%20ph%C3%AD")
    )
    text = html.unescape(await (await client.get(f"/admin/try{html.unescape(follow)}")).text())
    assert "Hiểu là chọn gợi ý" in text
    assert "<dt>Phần</dt><dd>Lệ phí</dd>" in text


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("cứu tôi với có người đang đánh tôi", "Khẩn cấp"),
        ("xin chào", "Chào hỏi"),
        ("căn cước 001099012345", "số căn cước"),
        ("nghe nói đăng ký kết hôn mất 500 nghìn phải không", "500 nghìn"),
        ("đăng ký khai sinh ở phường Sài Gòn nộp ở đâu", "phường Sài Gòn"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("/choose", "Sau khi làm sạch</dt><dd>choose"),
        ("😀", "Kiểm tra độ dài"),
        ("a" * 3000, "Kiểm tra độ dài"),
    ],
)
async def test_any_message_is_explained(client: TestClient, question: str, told: str) -> None:
    await sign_in(client, "editor")
    assert told in await tried(client, q=question)


async def test_words_cannot_become_marks(client: TestClient) -> None:
    await sign_in(client, "editor")
    raw = await (await client.get("/admin/try", params={"q": "<script>alert(1)</script>"})).text()
    assert "<script>alert" not in raw


async def test_while_loading_it_says_so(client: TestClient, app: web.Application) -> None:
    await sign_in(client, "editor")
    app[KNOWLEDGE].knowledge = None
    response = await client.get("/admin/try", params={"q": "khai sinh"})
    assert response.status == 503
    assert "đang khởi động" in await response.text()
    assert "Ví dụ" in await (await client.get("/admin/try")).text()


async def test_what_a_trial_answers_is_what_citizens_are_answered(
    app: web.Application, real_service: RealService
) -> None:
    from bot.messages import Message

    for number, question in enumerate(("làm lại căn cước bị mất hết bao nhiêu tiền", "dk tam tru", "sổ đỏ", "abc xyz")):
        trial = await asyncio.to_thread(app[TRYING].run, Asked(question), real_service.knowledge)
        conversation = real_service.conversations.create("web").id
        replies = await real_service.assistant.handle(Message(f"same-{number}", conversation, question))
        assert [reply.text for reply in trial.replies] == [reply.text for reply in replies]


def test_every_name_of_a_stage_has_words() -> None:
    from bot.assistant import STEPS
    from bot.messages import Outcome
    from nlu.crisis import _LIKELY, _SURE
    from nlu.scope import _SURE as SURELY_OUT
    from nlu.scope import _UNLESS_PROCEDURE

    assert {step.__name__ for step in STEPS} == trial_words.STEPS.keys()
    assert trial_words.OUTCOMES.keys() == set(Outcome)
    assert {*_SURE, *_LIKELY} == trial_words.CRISES.keys()
    assert {*SURELY_OUT, *_UNLESS_PROCEDURE, "other_country"} == trial_words.SCOPE.keys()
    domain = yaml.safe_load((ROOT / "bot" / "domain" / "domain.yml").read_text(encoding="utf-8"))
    named = {name for intent in domain["intents"] for name in intent}
    assert named - trial_words.INTENTS.keys() <= {"nlu_fallback"}

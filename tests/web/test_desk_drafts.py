from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient

from storage.conversations import Conversations, Turn
from storage.schema import conversations
from tests.storage.answering_staff import add_agent, ask, reply
from tests.web.learned import Opened, desk, opened, talks
from tests.web.staff_side import sign_in
from web.staff.guard import Role
from web.staff.opened import KNOWLEDGE

__all__ = ["desk", "opened", "talks"]


@pytest.fixture
async def agent(desk: TestClient) -> TestClient:
    await sign_in(desk, Role.AGENT)
    return desk


async def test_the_last_words_get_drafts_that_name_their_source(
    agent: TestClient, talks: Conversations, opened: Opened
) -> None:
    made = talks.create("web").id
    asked = ask(talks.engine, made, "m1", "làm lại căn cước bị mất bao nhiêu tiền")
    response = await agent.get(f"/desk/api/drafts/{made}")
    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-store"
    body = await response.json()
    assert body["for_entry"] == asked
    assert body["change"] == opened[2].live.change > 0
    first = body["drafts"][0]
    assert set(first) == {"key", "text", "code", "name", "facet", "facet_name", "confidence", "source", "version"}
    assert (first["code"], first["facet"], first["facet_name"]) == ("1.014064", "fee", "Lệ phí")
    assert first["source"]["version"] == first["version"]
    assert body["similar"] == []


async def test_drafts_follow_what_the_talk_is_about(agent: TestClient, talks: Conversations) -> None:
    made = talks.create("web").id
    state = {"slots": {"focus": "1.001193", "facet": "documents"}, "address": "bác"}
    talks.record_turn(Turn(made, "m1", {"text": "khai sinh cho cháu"}, [{"text": "…"}], state))
    ask(talks.engine, made, "m2", "thế bao lâu thì xong")
    drafts = (await (await agent.get(f"/desk/api/drafts/{made}")).json())["drafts"]
    assert (drafts[0]["code"], drafts[0]["facet"]) == ("1.001193", "duration")
    assert "anh/chị" not in drafts[0]["text"]
    person = add_agent(talks.engine, f"lan-{made[:6].lower()}")
    reply(talks.engine, made, person, "…", None, {"code": "1.000894", "facet": "documents", "version": 1})
    asked = ask(talks.engine, made, "m3", "thế bao lâu thì xong")
    body = await (await agent.get(f"/desk/api/drafts/{made}")).json()
    assert body["for_entry"] == asked
    assert body["drafts"][0]["code"] == "1.000894"


async def test_words_that_say_nothing_alone_are_read_with_those_before(agent: TestClient, talks: Conversations) -> None:
    made = talks.create("web").id
    ask(talks.engine, made, "m1", "đăng ký kết hôn cần giấy tờ gì")
    ask(talks.engine, made, "m2", "giúp tôi với ạ")
    drafts = (await (await agent.get(f"/desk/api/drafts/{made}")).json())["drafts"]
    assert drafts[0]["code"] == "1.000894"


async def test_answers_given_before_to_like_questions_come_along_masked(
    agent: TestClient, talks: Conversations
) -> None:
    before, now = talks.create("web").id, talks.create("web").id
    person = add_agent(talks.engine, f"hoa-{before[:6].lower()}")
    asked = ask(talks.engine, before, "m1", "khai sinh quá hạn có bị phạt không")
    old = reply(
        talks.engine,
        before,
        person,
        "Không bị phạt. Hỏi thêm số 001203004567.",
        asked,
        {"code": "1.001193", "version": 99},
    )
    ask(talks.engine, now, "m1", "khai sinh quá hạn bị phạt không ạ")
    (one,) = (await (await agent.get(f"/desk/api/drafts/{now}")).json())["similar"]
    assert one["question"] == "khai sinh quá hạn có bị phạt không"
    assert "001203004567" not in one["text"]
    assert one["text"].startswith("Không bị phạt.")
    assert (one["author"], one["code"], one["changed"]) == ("Chị Lan", "1.001193", True)
    assert old
    with talks.engine.begin() as connection:
        connection.execute(conversations.delete().where(conversations.c.id == before))
    assert (await (await agent.get(f"/desk/api/drafts/{now}")).json())["similar"] == []


async def test_nothing_said_unknown_and_not_loaded(agent: TestClient, talks: Conversations) -> None:
    made = talks.create("web").id
    body = await (await agent.get(f"/desk/api/drafts/{made}")).json()
    assert (body["for_entry"], body["drafts"], body["similar"]) == (None, [], [])
    missing = await agent.get("/desk/api/drafts/nobody")
    assert missing.status == 404
    assert (await missing.json())["error"]["message"] == "Không có cuộc trò chuyện này."
    agent.app[KNOWLEDGE].knowledge = None
    loading = await agent.get(f"/desk/api/drafts/{made}")
    assert loading.status == 503
    assert "đang được nạp" in (await loading.json())["error"]["message"]


@pytest.mark.parametrize("path", ["/desk/api/drafts/x", "/desk/api/search?q=x", "/desk/api/canned", "/desk/api/marks"])
async def test_only_the_desk_may_ask(desk: TestClient, path: str) -> None:
    assert (await desk.get(path)).status == 401
    await sign_in(desk, Role.EDITOR)
    assert (await desk.get(path)).status == 403

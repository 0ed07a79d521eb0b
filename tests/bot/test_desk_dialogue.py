"""The real dialogue where staff come in: silent while they have it, itself again afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from bot.messages import Message, Outcome, Reply
from storage.conversations import Conversations
from storage.database import writing
from storage.desk import Agent, Desk
from storage.presence import set_presence
from storage.schema import staff
from tests.conftest import RealService
from tests.storage.desk_people import BACK, TOLD, add_agent

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def lan(real_service: RealService) -> Agent:
    return add_agent(real_service.conversations.engine, "lan")


@pytest.fixture
def on_line(real_service: RealService, lan: Agent) -> Iterator[Agent]:
    """Lan at the desk, for this test only."""
    engine = real_service.conversations.engine
    set_presence(engine, lan.id, "online")
    yield lan
    set_presence(engine, lan.id, "away")


class Talk:
    """One conversation with the real assistant."""

    def __init__(self, service: RealService) -> None:
        self._assistant, self._sent = service.assistant, 0
        self.id = service.conversations.create("web").id

    async def say(self, text: str = "", payload: str | None = None) -> list[Reply]:
        self._sent += 1
        return await self._assistant.handle(Message(f"m{self._sent}", self.id, text, payload))


@pytest.mark.parametrize("asking", ["Cho tôi gặp cán bộ", "tôi muốn khiếu nại thái độ cán bộ phường", "human"])
async def test_a_person_is_promised_and_answers(real_service: RealService, on_line: Agent, asking: str) -> None:
    store, desk, talk = real_service.conversations, Desk(real_service.conversations.engine), Talk(real_service)
    (told,) = await (talk.say(payload="human") if asking == "human" else talk.say(asking))
    assert told.outcome is Outcome.HANDOFF
    assert told.text.startswith("Tôi chuyển anh/chị sang cán bộ.")
    assert store.held_by(talk.id) == "staff:"
    assert await talk.say("lệ phí đăng ký tạm trú bao nhiêu") == []
    desk.take(talk.id, on_line, TOLD)
    assert await talk.say("tôi ở Huế") == []
    desk.give_back(talk.id, on_line, BACK)
    (reply,) = await talk.say("lệ phí đăng ký tạm trú bao nhiêu")
    assert (reply.outcome, reply.facet) == (Outcome.ANSWERED, "fee")  # and no contact is asked for


async def test_when_all_have_left_the_form_asks_for_the_contact(real_service: RealService, on_line: Agent) -> None:
    engine, talk = real_service.conversations.engine, Talk(real_service)
    await talk.say("Cho tôi gặp cán bộ")
    with writing(engine) as connection:
        connection.execute(update(staff).values(presence="away"))
    assert Desk(engine).let_go(talk.id, BACK)
    (asked,) = await talk.say("số của tôi 0912345678")
    assert asked.outcome is Outcome.FORM
    (done,) = await talk.say("tôi muốn hỏi về đất của bố mẹ để lại")
    assert done.outcome is Outcome.HANDOFF
    assert Conversations(engine).held_by(talk.id) is None


async def test_with_nobody_there_a_contact_is_asked_for_at_once(real_service: RealService, lan: Agent) -> None:
    talk = Talk(real_service)
    (told,) = await talk.say("Cho tôi gặp cán bộ")
    assert "số điện thoại" in told.text
    assert real_service.conversations.held_by(talk.id) is None

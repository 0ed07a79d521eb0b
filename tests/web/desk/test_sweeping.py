"""What the desk does by itself when time runs out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy import Engine, update

from storage.conversations import Conversations, Turn
from storage.database import writing
from storage.desk_queue import look
from storage.desk_rows import APPROVAL, ASKED, STAFF, Call, HeldAnswer
from storage.people import conversation_of
from storage.schema import desk, held_answers, now, staff
from tests.web.desk.desk_side import Agent
from web.desk import sweeping
from web.desk.sweeping import sweep_once
from web.desk.works import WORKS, Works

FEE = {"text": "8.000 đồng", "outcome": "answered"}


@pytest.fixture
def works(app: web.Application, monkeypatch: pytest.MonkeyPatch) -> Works:
    monkeypatch.setattr(sweeping, "EVERY_S", 3600)  # only when a test asks
    return app[WORKS]


def ask(conversations: Conversations, conversation: str, call: Call) -> None:
    state = {"slots": {"ticket": 1, "requested_slot": "contact"}, "form": "ticket_form"}
    turn = Turn(conversation, "m1", {"text": "cho gặp cán bộ"}, [{"text": "…"}], state, call=call)
    conversations.record_turn(turn)


def later(engine: Engine, minutes: int = 10) -> None:
    """Let time pass at the desk."""
    then = now() - timedelta(minutes=minutes)
    with writing(engine) as connection:
        connection.execute(update(staff).values(seen_at=then))
        connection.execute(update(desk).where(desk.c.status == "held").values(lease_until=then))
        connection.execute(update(held_answers).values(due_at=then))


def last_words(conversations: Conversations, conversation: str) -> tuple[str, str]:
    body = conversations.entries_after(conversation, 0)[-1].body
    return body.get("notice", ""), body["text"]


async def test_a_page_that_was_closed_gives_its_conversations_up(
    works: Works, lan: Agent, conversations: Conversations, conversation: str, engine: Engine
) -> None:
    await lan.done("/presence", {"status": "online"})
    await lan.step(conversation, "take")
    assert sweep_once(works, None) == 0
    with writing(engine) as connection:
        connection.execute(update(desk).values(lease_until=now() - timedelta(seconds=1)))
    assert sweep_once(works, None) == 1
    assert look(engine, [conversation])[conversation].status == "waiting"
    assert conversations.held_by(conversation) == STAFF  # Lan is on line still: the next one answers


async def test_when_everybody_left_the_citizen_is_told_and_asked_for_a_contact(
    works: Works, lan: Agent, conversations: Conversations, conversation: str, engine: Engine
) -> None:
    await lan.done("/presence", {"status": "online"})
    ask(conversations, conversation, Call(ASKED, None, silent=True))
    assert sweep_once(works, "8 giờ đến 17 giờ") == 0
    later(engine)
    assert sweep_once(works, "8 giờ đến 17 giờ") == 1
    notice, text = last_words(conversations, conversation)
    assert notice == "nobody"
    assert "8 giờ đến 17 giờ" in text
    assert "số điện thoại" in text
    assert "1022" in text
    assert conversations.held_by(conversation) is None
    assert sweep_once(works, None) == 0


async def test_an_answer_nobody_looked_at_is_told_honestly(
    works: Works, conversations: Conversations, conversation: str, engine: Engine
) -> None:
    held = HeldAnswer([FEE], 0.4, 60)
    ask(conversations, conversation, Call(APPROVAL, None, silent=True, held=held))
    assert sweep_once(works, None) == 0
    later(engine)
    assert sweep_once(works, None) == 1
    notice, text = last_words(conversations, conversation)
    assert notice == "expired"
    assert "1022" in text
    assert "8.000" not in text
    assert sweep_once(works, None) == 0


async def test_what_another_process_must_send_is_left_to_it(
    works: Works, conversations: Conversations, engine: Engine
) -> None:
    with writing(engine) as connection:
        conversation = conversation_of(connection, "telegram", "77")
    held = HeldAnswer([FEE], 0.4, 60)
    ask(conversations, conversation, Call(APPROVAL, None, silent=True, held=held))
    with writing(engine) as connection:
        other = conversation_of(connection, "telegram", "78")
    ask(conversations, other, Call(ASKED, None, silent=True))
    later(engine)
    assert sweep_once(works, None) == 0
    assert works.approvals.due() != []
    assert conversations.held_by(other) == STAFF

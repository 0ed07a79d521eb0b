"""The path of a message where staff come in: handed over, held, checked before it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from bot.assistant import Assistant
from bot.messages import Message, Outcome, Reply, Suggestion
from storage.approvals import Approvals, Rule
from storage.conversations import Conversations
from storage.database import open_database, writing
from storage.desk import Agent, Desk, Words, WrapUp
from storage.desk_queue import look
from storage.desk_rows import STAFF
from storage.schema import conversations as conversations_table
from storage.schema import metadata, now, questions, staff, tickets

TOLD = Words({"text": "Lan (cán bộ) đang trả lời anh/chị.", "outcome": "handoff", "notice": "taken"})
FEE = Reply(
    "8.000 đồng",
    Outcome.ANSWERED,
    "fee",
    ("1.001193",),
    suggestions=(Suggestion("Bao lâu", "facet:1.001193:duration"),),
    confidence=0.6,
)


@dataclass
class Answer:
    replies: tuple[Reply, ...]
    intent: str
    state: dict[str, Any]


@dataclass
class ScriptedDialogue:
    """Answers as told; `meanwhile` happens while it thinks."""

    replies: tuple[Reply, ...] = (FEE,)
    slots: dict[str, Any] = field(default_factory=lambda: {"focus": "1.001193"})
    meanwhile: Any = None
    heard: int = 0

    async def respond(self, conversation_id: str, text: str, state: dict[str, Any], metadata: dict[str, Any]) -> Answer:
        self.heard += 1
        if self.meanwhile is not None:
            self.meanwhile()
        return Answer(self.replies, "ask", {"slots": dict(self.slots), "form": None})


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(opened)
    yield opened
    opened.dispose()


@dataclass
class Citizen:
    """One conversation, and what is known of it afterwards."""

    engine: Engine
    dialogue: ScriptedDialogue
    id: str
    assistant: Assistant
    sent: int = 0

    async def say(self, text: str) -> list[Reply]:
        self.sent += 1
        return await self.assistant.handle(Message(f"m{self.sent}", self.id, text))

    @property
    def standing(self) -> Any:
        return look(self.engine, [self.id])[self.id]

    @property
    def held_by(self) -> str | None:
        return Conversations(self.engine).held_by(self.id)


@pytest.fixture
def citizen(engine: Engine) -> Citizen:
    store, dialogue = Conversations(engine), ScriptedDialogue()
    return Citizen(engine, dialogue, store.create("web").id, Assistant(dialogue, store, "8 giờ đến 17 giờ"))


def on_line(engine: Engine, *, seen_at: Any = None) -> Agent:
    row = {
        "login": "lan",
        "name": "Lan",
        "role": "agent",
        "password_hash": "x",
        "must_change": False,
        "active": True,
        "presence": "online",
        "seen_at": seen_at or now(),
        "created_at": now(),
    }
    with writing(engine) as connection:
        return Agent(connection.execute(insert(staff).values(row).returning(staff.c.id)).scalar_one(), "lan")


async def test_a_ticket_with_staff_on_line_silences_the_assistant(citizen: Citizen, engine: Engine) -> None:
    citizen.dialogue.replies = (Reply("Tôi chuyển anh/chị sang cán bộ.", Outcome.HANDOFF),)
    citizen.dialogue.slots = {"focus": "1.001193", "ticket": 1, "awaited": True}
    await citizen.say("cho gặp cán bộ")
    assert (citizen.standing.status, citizen.standing.reason, citizen.standing.code) == ("waiting", "asked", "1.001193")
    assert citizen.held_by == STAFF
    assert await citizen.say("tôi chờ đây") == []
    assert citizen.dialogue.heard == 1
    state = Conversations(engine).load_tracker(citizen.id)
    assert state is not None
    assert "awaited" not in state["slots"]  # said once, not for the next ticket


async def test_a_ticket_with_nobody_there_waits_while_the_assistant_goes_on(citizen: Citizen) -> None:
    citizen.dialogue.replies = (Reply("Tôi đã lập phiếu số 1.", Outcome.HANDOFF),)
    citizen.dialogue.slots = {"ticket": 1}
    await citizen.say("cho gặp cán bộ")
    assert (citizen.standing.status, citizen.standing.reason) == ("waiting", "left")
    assert citizen.held_by is None
    await citizen.say("phí khai sinh")
    assert citizen.dialogue.heard == 2
    assert citizen.standing.reason == "left"


async def test_while_staff_have_it_the_assistant_is_silent_but_for_danger(citizen: Citizen, engine: Engine) -> None:
    agent = on_line(engine)
    Desk(engine).take(citizen.id, agent, TOLD)
    assert await citizen.say("phí khai sinh") == []
    (urgent,) = await citizen.say("cứu với, nhà tôi đang cháy")
    assert urgent.outcome is Outcome.CRISIS
    assert citizen.dialogue.heard == 0


async def test_a_contact_goes_to_whoever_has_it_and_nowhere_else(citizen: Citizen, engine: Engine) -> None:
    Desk(engine).take(citizen.id, on_line(engine), TOLD)
    await citizen.say("số điện thoại của tôi 0912345678, còn căn cước là 001099012345")
    entry = Conversations(engine).entries_after(citizen.id, 0)[-1]
    assert "0912345678" not in str(entry.body)
    assert "001099012345" not in str(entry.body)
    with engine.connect() as connection:
        assert connection.scalars(select(tickets.c.contact)).all() == ["0912345678"]
    assert citizen.standing.contact == "0912345678"


async def test_what_staff_take_meanwhile_is_theirs_to_answer(citizen: Citizen, engine: Engine) -> None:
    agent = on_line(engine)
    citizen.dialogue.meanwhile = lambda: Desk(engine).take(citizen.id, agent, TOLD)
    assert await citizen.say("phí khai sinh") == []
    told = [(entry.role, entry.body["text"]) for entry in Conversations(engine).entries_after(citizen.id, 0)]
    assert told == [("assistant", TOLD.body["text"]), ("citizen", "phí khai sinh")]
    assert citizen.held_by == f"{STAFF}{agent.id}"
    assert Conversations(engine).load_tracker(citizen.id) is None
    with engine.connect() as connection:
        assert connection.scalars(select(questions.c.id)).all() == []


async def test_two_unanswered_questions_are_seen_at_the_desk_and_an_answer_ends_that(
    citizen: Citizen, engine: Engine
) -> None:
    on_line(engine)
    for outcome, status in (
        (Outcome.ABSTAINED, "bot"),
        (Outcome.SMALLTALK, "bot"),
        (Outcome.CLARIFY, "waiting"),
        (Outcome.SMALLTALK, "waiting"),
        (Outcome.ABSTAINED, "waiting"),
        (Outcome.ANSWERED, "bot"),
    ):
        citizen.dialogue.replies = (Reply("…", outcome),)
        await citizen.say("xyz")
        assert citizen.standing.status == status, outcome
        assert citizen.held_by is None  # nothing was promised: the assistant goes on


async def test_what_an_agent_closed_does_not_come_back_by_thanks(citizen: Citizen, engine: Engine) -> None:
    agent, desk = on_line(engine), Desk(engine)
    citizen.dialogue.replies = (Reply("…", Outcome.ABSTAINED),)
    for _ in range(2):
        await citizen.say("xyz")
    desk.take(citizen.id, agent, TOLD)
    desk.close(citizen.id, agent, WrapUp.ANSWERED, "", None)
    citizen.dialogue.replies = (Reply("Không có gì.", Outcome.SMALLTALK),)
    await citizen.say("cảm ơn")
    assert citizen.standing.status == "bot"


async def test_unanswered_questions_trouble_nobody_who_is_not_there(citizen: Citizen) -> None:
    citizen.dialogue.replies = (Reply("…", Outcome.ABSTAINED),)
    for _ in range(3):
        await citizen.say("xyz")
    assert citizen.standing.status == "bot"


async def test_an_uncertain_answer_waits_and_is_not_sent(citizen: Citizen, engine: Engine) -> None:
    on_line(engine)
    Approvals(engine).set_rule(Rule("web", 0.8, 120), "test")
    (told,) = await citizen.say("phí khai sinh")
    assert told.outcome is Outcome.HANDOFF
    assert "xem lại" in told.text
    assert "8.000" not in told.text
    assert (citizen.standing.status, citizen.standing.reason, citizen.held_by) == ("waiting", "approval", STAFF)
    checking = Approvals(engine).open_in(citizen.id)
    assert checking is not None
    assert [Reply.from_json(reply) for reply in checking.replies] == [FEE]
    assert timedelta(seconds=110) < checking.due_at - now() <= timedelta(seconds=120)
    assert await citizen.say("sao lâu thế") == []
    with engine.connect() as connection:
        (kept,) = connection.execute(select(questions)).all()
    assert (kept.message_id, kept.facet, kept.confidence, kept.codes) == ("m1", "fee", 0.6, ["1.001193"])


async def test_a_held_answer_speaks_to_the_person_as_they_call_themselves(citizen: Citizen, engine: Engine) -> None:
    on_line(engine)
    Approvals(engine).set_rule(Rule("web", 0.8, 120), "test")
    citizen.dialogue.replies = (Reply("Anh/chị mang căn cước.", Outcome.ANSWERED, confidence=0.5),)
    (told,) = await citizen.say("cho bác hỏi làm khai sinh cho cháu, bác cần gì")
    checking = Approvals(engine).open_in(citizen.id)
    assert checking is not None
    assert "anh/chị" not in (checking.replies[0]["text"] + told.text).lower()


async def test_an_uncertain_answer_with_nobody_there_is_told_honestly(citizen: Citizen, engine: Engine) -> None:
    on_line(engine, seen_at=now() - timedelta(minutes=5))
    Approvals(engine).set_rule(Rule("web", 0.8, 120), "test")
    (told,) = await citizen.say("phí khai sinh")
    assert told.outcome is Outcome.ABSTAINED
    assert "1022" in told.text
    assert "8 giờ đến 17 giờ" in told.text
    assert "8.000" not in told.text
    assert Approvals(engine).open_in(citizen.id) is None
    assert citizen.held_by is None


async def test_a_certain_answer_and_another_channel_are_sent_at_once(citizen: Citizen, engine: Engine) -> None:
    on_line(engine)
    Approvals(engine).set_rule(Rule("zalo", 1.0, 120), "test")
    Approvals(engine).set_rule(Rule("web", 0.5, 120), "test")
    assert await citizen.say("phí khai sinh") == [FEE]


async def test_a_question_is_kept_with_its_message_and_facet(citizen: Citizen, engine: Engine) -> None:
    await citizen.say("phí khai sinh")
    with engine.connect() as connection:
        (kept,) = connection.execute(select(questions.c.message_id, questions.c.facet, questions.c.outcome)).all()
    assert tuple(kept) == ("m1", "fee", "answered")


async def test_the_zalo_console_keeps_the_assistant_silent_without_a_ticket(citizen: Citizen, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(conversations_table).values(held_by="zalo:7"))
    assert await citizen.say("số tôi là 0912345678") == []
    with engine.connect() as connection:
        assert connection.scalars(select(tickets.c.id)).all() == []

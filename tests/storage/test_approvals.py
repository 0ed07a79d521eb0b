"""Answers that wait for staff: decided once, never sent by themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from storage.approvals import AlreadyDecided, Approvals, Decision, Rule, UnknownAnswer
from storage.audit import Wanted, lines
from storage.conversations import Conversations, Turn
from storage.database import writing
from storage.desk import Agent, Answer, Desk, Words
from storage.desk_leases import HeldByOther
from storage.desk_queue import look
from storage.desk_rows import STAFF, Call, HeldAnswer
from storage.schema import held_answers, now
from tests.storage.desk_people import BACK, TOLD, add_agent, on_telegram, on_web, said_in, sent_to, to_telegram

LATE = Words({"text": "Cán bộ chưa kịp xem.", "outcome": "abstained", "notice": "expired"})
FEE = {
    "text": "8.000 đồng",
    "outcome": "answered",
    "suggestions": [{"label": "Bao lâu", "payload": "facet:1:duration"}],
}


@pytest.fixture
def approvals(engine: Engine) -> Approvals:
    return Approvals(engine)


@pytest.fixture
def lan(engine: Engine) -> Agent:
    return add_agent(engine, "lan")


def hold(engine: Engine, conversation: str, wait_s: int = 60) -> int:
    """Let an answer wait and return its number."""
    turn = Turn(
        conversation,
        "m1",
        {"text": "phí khai sinh"},
        [{"text": "Tôi nhờ cán bộ xem lại.", "outcome": "handoff"}],
        {"slots": {}, "offered": []},
        call=Call("approval", "1.001193", silent=True, held=HeldAnswer([FEE], 0.4, wait_s)),
    )
    Conversations(engine).record_turn(turn)
    checking = Approvals(engine).open_in(conversation)
    assert checking is not None
    return checking.id


def instead(text: str = "Khoảng 8.000 đồng") -> Answer:
    return Answer("k1", Words({"text": text, "author": "Lan"}, role="staff"))


def test_rules_are_set_and_dropped_by_channel_and_written_down(approvals: Approvals, engine: Engine) -> None:
    assert approvals.rules() == {}
    approvals.set_rule(Rule("web", 0.8, 300), "lan")
    approvals.set_rule(Rule("web", 0.7, 120), "lan")
    assert approvals.rule_of("web") == Rule("web", 0.7, 120)
    assert approvals.rule_of("zalo") is None
    approvals.drop_rule("web", "minh")
    approvals.drop_rule("web", "minh")
    assert approvals.rules() == {}
    told = [(line.action, line.author) for line in lines(engine, Wanted(action="approval"), 9)]
    assert told == [("approval.off", "minh"), ("approval.set", "lan"), ("approval.set", "lan")]


def test_an_approved_answer_is_sent_as_it_is_and_the_assistant_goes_on(
    approvals: Approvals, engine: Engine, lan: Agent
) -> None:
    conversation = on_telegram(engine)
    number = hold(engine, conversation)
    assert Conversations(engine).held_by(conversation) == STAFF
    assert look(engine, [conversation])[conversation].held_answer
    (entry,) = approvals.approve(number, lan, "Lan", to_telegram(f"held:{number}"), BACK)
    assert approvals.approve(number, lan, "Lan", to_telegram(f"held:{number}"), BACK) == []  # sent again: once
    assert said_in(engine, conversation)[-1] == ("assistant", "8.000 đồng")
    (told,) = Conversations(engine).entries_after(conversation, entry - 1)
    assert told.body == {**FEE, "checked_by": "Lan"}
    assert sent_to(engine, conversation) == [f"held:{number}/0/0"]
    assert Conversations(engine).held_by(conversation) is None
    state = Conversations(engine).load_tracker(conversation)
    assert state is not None
    assert state["offered"] == [["Bao lâu", "facet:1:duration"]]  # "1" typed next means that
    assert not look(engine, [conversation])[conversation].held_answer


def test_of_two_who_decide_at_once_one_did(approvals: Approvals, engine: Engine, lan: Agent) -> None:
    minh, conversation = add_agent(engine, "minh"), on_web(engine)
    number = hold(engine, conversation)

    def approve(agent: Agent) -> bool:
        try:
            return bool(approvals.approve(number, agent, agent.login, None, BACK))
        except (AlreadyDecided, HeldByOther):
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(approve, [lan, minh] * 4)) == 1
    assert [text for _, text in said_in(engine, conversation)].count("8.000 đồng") == 1


def test_an_edited_answer_is_the_persons_and_the_assistant_says_it_is_back(
    approvals: Approvals, engine: Engine, lan: Agent
) -> None:
    conversation = on_web(engine)
    approvals.answer_instead(hold(engine, conversation), lan, Decision.EDIT, instead(), BACK)
    assert said_in(engine, conversation)[-2:] == [("staff", "Khoảng 8.000 đồng"), ("assistant", BACK.body["text"])]
    assert Conversations(engine).held_by(conversation) is None


def test_after_a_rejection_the_person_has_the_conversation(approvals: Approvals, engine: Engine, lan: Agent) -> None:
    conversation = on_web(engine)
    number = hold(engine, conversation)
    assert len(approvals.answer_instead(number, lan, Decision.REJECT, instead(), BACK)) == 1
    assert approvals.answer_instead(number, lan, Decision.REJECT, instead(), BACK) == []
    assert Conversations(engine).held_by(conversation) == f"{STAFF}{lan.id}"
    assert said_in(engine, conversation)[-1] == ("staff", "Khoảng 8.000 đồng")


def test_what_was_written_meanwhile_is_left_to_the_person(approvals: Approvals, engine: Engine, lan: Agent) -> None:
    conversation = on_web(engine)
    number = hold(engine, conversation)
    Conversations(engine).record_turn(Turn(conversation, "m2", {"text": "còn bao lâu?"}))
    approvals.approve(number, lan, "Lan", None, BACK)
    assert Conversations(engine).held_by(conversation) == f"{STAFF}{lan.id}"


def test_whoever_was_seen_to_answer_is_followed_by_the_assistant_saying_so(
    approvals: Approvals, engine: Engine, lan: Agent
) -> None:
    conversation = on_web(engine)
    number = hold(engine, conversation)
    Desk(engine).take(conversation, lan, TOLD)
    approvals.approve(number, lan, "Lan", None, BACK)
    assert said_in(engine, conversation)[-2:] == [("assistant", "8.000 đồng"), ("assistant", BACK.body["text"])]


def test_a_conversation_somebody_holds_is_decided_by_nobody_else(
    approvals: Approvals, engine: Engine, lan: Agent
) -> None:
    conversation = on_web(engine)
    number = hold(engine, conversation, wait_s=-1)
    Desk(engine).take(conversation, add_agent(engine, "minh"), TOLD)
    with pytest.raises(HeldByOther, match="Minh"):
        approvals.approve(number, lan, "Lan", None, BACK)
    assert "8.000 đồng" not in [text for _, text in said_in(engine, conversation)]
    assert approvals.due() == []  # somebody is looking at it


def test_after_its_time_the_citizen_is_told_and_it_may_still_be_decided(
    approvals: Approvals, engine: Engine, lan: Agent
) -> None:
    conversation = on_web(engine)
    number = hold(engine, conversation)
    assert approvals.due() == []
    with writing(engine) as connection:
        connection.execute(update(held_answers).values(due_at=now() - timedelta(seconds=1)))
    (late,) = approvals.due()
    assert approvals.expire(late, LATE)
    assert not approvals.expire(late, LATE)
    assert said_in(engine, conversation)[-1] == ("assistant", "Cán bộ chưa kịp xem.")
    assert Conversations(engine).held_by(conversation) is None
    assert look(engine, [conversation])[conversation].status == "waiting"
    Conversations(engine).record_turn(Turn(conversation, "m2", {"text": "bao lâu?"}, [{"text": "5 ngày"}]))
    approvals.approve(number, lan, "Lan", None, BACK)
    assert said_in(engine, conversation)[-1] == ("assistant", "8.000 đồng")
    assert Conversations(engine).held_by(conversation) is None  # the assistant had gone on


def test_an_answer_nobody_holds_is_unknown(approvals: Approvals, lan: Agent) -> None:
    with pytest.raises(UnknownAnswer):
        approvals.approve(7, lan, "Lan", None, BACK)

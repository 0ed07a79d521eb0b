"""Leases of conversations: nobody answers beside somebody else, whatever happens at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from storage.audit import Wanted, lines
from storage.conversations import Conversations, TakenOver, Turn, UnknownConversation
from storage.database import writing
from storage.desk import Agent, Answer, Desk, KeyUsed, NotOnDesk, NotOnLine, Words, WrapUp
from storage.desk_leases import LEASE, HeldByOther
from storage.desk_rows import ASKED, STAFF, UNANSWERED, Call
from storage.people import Person, forget_person
from storage.schema import desk as desk_table
from storage.schema import desk_events, held_answers, messages, now, staff, staff_messages, tickets, trackers
from storage.tickets import Tickets
from storage.traces import delete_traces
from storage.zalo_takeovers import take_over
from tests.storage.desk_people import (
    BACK,
    TOLD,
    add_agent,
    on_telegram,
    on_web,
    put_back,
    row_of,
    said_in,
    sent_to,
    to_telegram,
)


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


@pytest.fixture
def lan(engine: Engine) -> Agent:
    return add_agent(engine, "lan", seen_at=now())


@pytest.fixture
def minh(engine: Engine) -> Agent:
    return add_agent(engine, "minh", seen_at=now())


def answer(key: str = "k1", text: str = "Mang giấy chứng sinh.", **rest: object) -> Answer:
    return Answer(key, Words({"text": text, "outcome": "handoff", "author": "Lan"}, role="staff", **rest))  # type: ignore[arg-type]


def asked(engine: Engine, conversation: str, number: int = 1, *, reason: str = ASKED, silent: bool = True) -> None:
    turn = Turn(
        conversation,
        f"m{number}",
        {"text": "cho gặp cán bộ"},
        [{"text": "Tôi chuyển anh/chị sang cán bộ.", "outcome": "handoff"}],
        {"slots": {"focus": "1.001193", "ticket": 1, "requested_slot": "contact"}, "form": "ticket_form"},
        call=Call(reason, "1.001193", silent=silent),
    )
    Conversations(engine).record_turn(turn)


def test_whoever_takes_a_conversation_has_it_and_the_second_sees_who(
    desk: Desk, engine: Engine, lan: Agent, minh: Agent
) -> None:
    conversation = on_web(engine)
    desk.take(conversation, lan, TOLD)
    desk.take(conversation, lan, TOLD)
    with pytest.raises(HeldByOther) as found:
        desk.take(conversation, minh, TOLD)
    assert (found.value.holder_id, found.value.name) == (lan.id, "Lan")
    assert Conversations(engine).held_by(conversation) == f"{STAFF}{lan.id}"
    assert said_in(engine, conversation) == [("assistant", TOLD.body["text"])]  # told once, though taken twice


def test_of_many_who_take_at_once_one_has_it(desk: Desk, engine: Engine) -> None:
    agents = [add_agent(engine, f"agent{number}") for number in range(8)]
    names = [on_web(engine) for _ in range(5)]

    def attempt(work: tuple[str, Agent]) -> tuple[str, int] | None:
        try:
            desk.take(*work, TOLD)
            desk.reply(work[0], work[1], answer(f"k-{work[0]}"))
        except HeldByOther:
            return None
        return work[0], work[1].id

    with ThreadPoolExecutor(16) as pool:
        took = [done for done in pool.map(attempt, [(name, agent) for name in names for agent in agents]) if done]
    assert sorted(name for name, _ in took) == sorted(names)
    with engine.connect() as connection:
        held = connection.execute(select(desk_table.c.conversation_id, desk_table.c.holder_id)).all()
    assert sorted(map(tuple, held)) == sorted(took)
    for name in names:
        assert [role for role, _ in said_in(engine, name)] == ["assistant", "staff"]


def test_a_lease_that_ran_out_is_free_before_anybody_swept_it(
    desk: Desk, engine: Engine, lan: Agent, minh: Agent
) -> None:
    conversation = on_web(engine)
    desk.take(conversation, lan, TOLD)
    put_back(engine, conversation, lease_until=now() - timedelta(seconds=1))
    desk.take(conversation, minh, TOLD)
    for late in (lambda: desk.renew(conversation, lan), lambda: desk.reply(conversation, lan, answer())):
        with pytest.raises(HeldByOther, match="Minh"):
            late()
    assert [role for role, _ in said_in(engine, conversation)] == ["assistant", "assistant"]


def test_a_lease_is_renewed_by_the_page_and_by_every_answer(desk: Desk, engine: Engine, lan: Agent) -> None:
    conversation = on_web(engine)
    desk.take(conversation, lan, TOLD)
    for keep in (lambda: desk.renew(conversation, lan), lambda: desk.reply(conversation, lan, answer())):
        put_back(engine, conversation, lease_until=now() + timedelta(seconds=5))
        keep()
        assert row_of(engine, conversation).lease_until > now() + LEASE - timedelta(seconds=10)
    with pytest.raises(UnknownConversation):
        desk.renew("none", lan)


def test_what_nobody_renews_waits_for_the_next_one(desk: Desk, engine: Engine, lan: Agent, minh: Agent) -> None:
    conversation = on_web(engine)
    Tickets(engine).open(conversation, "0912", "")
    desk.take(conversation, lan, TOLD)
    assert desk.lapse() == []
    put_back(engine, conversation, lease_until=now() - timedelta(seconds=1))
    assert desk.lapse() == [conversation]
    assert desk.lapse() == []
    row = row_of(engine, conversation)
    assert (row.status, row.holder_id, row.taken_at) == ("waiting", None, None)
    assert Conversations(engine).held_by(conversation) == STAFF  # still silent, for the next one
    assert Tickets(engine).waiting() == 1
    with pytest.raises(HeldByOther) as nobody:
        desk.renew(conversation, lan)
    assert nobody.value.holder_id is None
    desk.take(conversation, minh, TOLD)


def test_the_same_answer_is_kept_and_sent_once(desk: Desk, engine: Engine, lan: Agent) -> None:
    conversation = on_telegram(engine)
    desk.take(conversation, lan, TOLD)
    first = desk.reply(conversation, lan, answer(outgoing=to_telegram(f"staff:{lan.id}:k1")))
    again = desk.reply(conversation, lan, answer(outgoing=to_telegram(f"staff:{lan.id}:k1")))
    assert first == again
    assert [role for role, _ in said_in(engine, conversation)] == ["assistant", "staff"]
    assert sent_to(engine, conversation) == [f"staff:{lan.id}:k1/0/0"]
    with engine.connect() as connection:
        kept = connection.execute(select(staff_messages)).one()
    assert (kept.message_id, kept.staff_id, kept.key) == (first, lan.id, "k1")
    assert row_of(engine, conversation).answered_at is not None


def test_the_same_answer_sent_twice_at_once_is_one(desk: Desk, engine: Engine, lan: Agent) -> None:
    conversation = on_web(engine)
    desk.take(conversation, lan, TOLD)
    with ThreadPoolExecutor(6) as pool:
        entries = set(pool.map(lambda _: desk.reply(conversation, lan, answer()), range(6)))
    assert len(entries) == 1
    assert [role for role, _ in said_in(engine, conversation)].count("staff") == 1


def test_a_key_of_another_conversation_is_refused_whole(desk: Desk, engine: Engine, lan: Agent) -> None:
    one, other = on_web(engine), on_web(engine)
    for conversation in (one, other):
        desk.take(conversation, lan, TOLD)
    desk.reply(one, lan, answer())
    with pytest.raises(KeyUsed):
        desk.reply(other, lan, answer())
    assert [role for role, _ in said_in(engine, other)] == ["assistant"]


def test_a_supervisor_takes_over_and_it_is_written_down(desk: Desk, engine: Engine, lan: Agent, minh: Agent) -> None:
    conversation = on_web(engine)
    desk.take(conversation, lan, TOLD)
    desk.take_over(conversation, minh, "Lan nghỉ trưa", TOLD)
    with pytest.raises(HeldByOther, match="Minh"):
        desk.reply(conversation, lan, answer())
    (line,) = lines(engine, Wanted(action="desk"), 10)
    assert (line.action, line.subject, line.author, line.reason) == (
        "desk.takeover",
        conversation,
        "minh",
        "Lan: Lan nghỉ trưa",
    )


def test_a_conversation_is_handed_to_a_colleague_on_line(desk: Desk, engine: Engine, lan: Agent, minh: Agent) -> None:
    conversation = on_web(engine)
    desk.take(conversation, lan, TOLD)
    away = add_agent(engine, "away")
    with pytest.raises(NotOnLine):
        desk.hand_over(conversation, lan, away.id, "", TOLD)
    assert row_of(engine, conversation).holder_id == lan.id
    desk.hand_over(conversation, lan, minh.id, "hỏi về đất", TOLD)
    row = row_of(engine, conversation)
    assert (row.holder_id, row.note, row.status) == (minh.id, "hỏi về đất", "held")
    with pytest.raises(HeldByOther):
        desk.give_back(conversation, lan, BACK)
    assert [line.action for line in lines(engine, Wanted(action="desk"), 10)] == ["desk.handover"]


def test_the_assistant_goes_on_and_asks_for_no_contact_any_more(desk: Desk, engine: Engine, lan: Agent) -> None:
    conversation = on_web(engine)
    Tickets(engine).open(conversation, "", "")
    asked(engine, conversation)
    assert Conversations(engine).held_by(conversation) == STAFF
    desk.take(conversation, lan, TOLD)
    desk.give_back(conversation, lan, BACK)
    assert Conversations(engine).held_by(conversation) is None
    assert Conversations(engine).load_tracker(conversation) == {"slots": {"focus": "1.001193"}, "form": None}
    assert row_of(engine, conversation).wrap_up == "back"
    with engine.connect() as connection:
        assert connection.scalars(select(tickets.c.status)).all() == ["closed"]
    assert said_in(engine, conversation)[-1] == ("assistant", BACK.body["text"])
    with pytest.raises(HeldByOther):
        desk.give_back(conversation, lan, BACK)


def test_a_conversation_is_closed_with_a_reason(desk: Desk, engine: Engine, lan: Agent) -> None:
    conversation = on_web(engine)
    desk.take(conversation, lan, TOLD)
    desk.close(conversation, lan, WrapUp.SENT_ELSEWHERE, "sang bảo hiểm", None)
    row = row_of(engine, conversation)
    assert (row.status, row.wrap_up, row.note, row.holder_id) == ("done", "sent_elsewhere", "sang bảo hiểm", None)
    assert said_in(engine, conversation) == [("assistant", TOLD.body["text"])]
    desk.take(conversation, lan, TOLD)  # anew, with nothing of the last time
    row = row_of(engine, conversation)
    assert (row.status, row.wrap_up, row.note, row.closed_at) == ("held", None, "", None)


def test_notes_are_for_conversations_on_the_desk(desk: Desk, engine: Engine, lan: Agent, minh: Agent) -> None:
    conversation = on_web(engine)
    with pytest.raises(NotOnDesk):
        desk.set_note(conversation, lan, "x")
    desk.take(conversation, lan, TOLD)
    desk.set_note(conversation, minh, "gọi lại chiều nay")
    assert row_of(engine, conversation).note == "gọi lại chiều nay"


def test_what_staff_hold_in_zalo_is_not_taken_silently(desk: Desk, engine: Engine, lan: Agent) -> None:
    conversation = on_telegram(engine)
    take_over(engine, conversation, "console", now())
    with pytest.raises(HeldByOther) as found:
        desk.take(conversation, lan, TOLD)
    assert (found.value.holder_id, found.value.name) == (None, "Zalo OA")
    desk.take_over(conversation, lan, "người dân chờ lâu", TOLD)
    assert Conversations(engine).held_by(conversation) == f"{STAFF}{lan.id}"


def test_an_answer_of_the_assistant_that_comes_too_late_is_not_given(desk: Desk, engine: Engine, lan: Agent) -> None:
    conversation = on_web(engine)
    desk.take(conversation, lan, TOLD)
    late = Turn(conversation, "m1", {"text": "phí?"}, [{"text": "8.000 đồng", "outcome": "answered"}], {}, held_by=None)
    with pytest.raises(TakenOver) as found:
        Conversations(engine).record_turn(late)
    assert found.value.held_by == f"{STAFF}{lan.id}"
    assert said_in(engine, conversation) == [("assistant", TOLD.body["text"])]


def test_who_waits_keeps_the_place_and_the_first_reason(desk: Desk, engine: Engine, lan: Agent) -> None:
    conversation = on_web(engine)
    asked(engine, conversation, 1)
    since = row_of(engine, conversation).waiting_since
    with writing(engine) as connection:
        connection.execute(update(desk_table).values(waiting_since=since - timedelta(minutes=3)))
    Desk(engine).take(conversation, lan, TOLD)
    row = row_of(engine, conversation)
    assert (row.reason, row.code) == ("asked", "1.001193")
    assert row.taken_at - row.waiting_since >= timedelta(minutes=3)


def test_unanswered_questions_bring_a_conversation_and_an_answer_takes_it_off(desk: Desk, engine: Engine) -> None:
    conversation = on_web(engine)
    asked(engine, conversation, 1, reason=UNANSWERED, silent=False)
    assert Conversations(engine).held_by(conversation) is None
    assert row_of(engine, conversation).status == "waiting"
    Conversations(engine).record_turn(Turn(conversation, "m2", {"text": "x"}, [{"text": "y"}], {}, settled=True))
    assert row_of(engine, conversation).status == "done"
    asked(engine, conversation, 3)
    row = row_of(engine, conversation)
    assert (row.status, row.reason, row.closed_at) == ("waiting", "asked", None)
    # Who asked for a person still waits for one, though an answer follows.
    settled = Turn(conversation, "m4", {"text": "x"}, [{"text": "y"}], {}, held_by=STAFF, settled=True)
    Conversations(engine).record_turn(settled)
    assert row_of(engine, conversation).status == "waiting"


def test_giving_a_ticket_up_takes_the_conversation_off_the_desk(engine: Engine) -> None:
    conversation = on_web(engine)
    number = Tickets(engine).open(conversation, "", "")
    asked(engine, conversation)
    Tickets(engine).withdraw(number)
    assert row_of(engine, conversation).status == "done"
    assert Conversations(engine).held_by(conversation) is None


def test_when_all_have_gone_those_who_wait_are_told(desk: Desk, engine: Engine) -> None:
    agent = add_agent(engine, "lan", seen_at=now() - timedelta(seconds=90))
    conversation = on_web(engine)
    asked(engine, conversation)
    assert desk.abandoned() == []  # seen a moment ago
    with writing(engine) as connection:
        connection.execute(update(staff).values(seen_at=now() - timedelta(minutes=3)))
    assert desk.abandoned() == [conversation]
    assert desk.let_go(conversation, BACK)
    assert not desk.let_go(conversation, BACK)
    assert Conversations(engine).held_by(conversation) is None
    assert (row_of(engine, conversation).status, row_of(engine, conversation).reason) == ("waiting", "left")
    state = Conversations(engine).load_tracker(conversation)
    assert state is not None
    assert state["form"] == "ticket_form"  # which asks for the contact now
    desk.take(conversation, agent, TOLD)


def test_a_contact_told_to_staff_stands_in_the_ticket_only(desk: Desk, engine: Engine, lan: Agent) -> None:
    conversation = on_web(engine)
    desk.take(conversation, lan, TOLD)
    for number, contact in enumerate(("0912345678", "0987654321")):
        turn = Turn(conversation, f"m{number}", {"text": "[số điện thoại]"}, held_by="staff:1", contact=contact)
        Conversations(engine).record_turn(turn)
    with engine.connect() as connection:
        assert connection.execute(select(tickets.c.contact, tickets.c.status)).all() == [("0987654321", "taken")]
        assert connection.scalars(select(trackers.c.state)).all() == []


def test_nothing_of_a_forgotten_person_is_left_at_the_desk(desk: Desk, engine: Engine, lan: Agent) -> None:
    conversation = on_telegram(engine)
    asked(engine, conversation)
    desk.take(conversation, lan, TOLD)
    desk.reply(conversation, lan, answer(outgoing=to_telegram(f"staff:{lan.id}:k1")))
    delete_traces(engine, conversation)
    assert forget_person(engine, Person("telegram", "77"))
    with engine.connect() as connection:
        for table in (desk_table, desk_events, staff_messages, held_answers, messages):
            assert connection.scalar(select(func.count()).select_from(table)) == 0, table.name

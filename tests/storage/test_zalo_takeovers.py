from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from storage.arrivals import newest_arrival
from storage.conversations import Conversations, Question, Turn
from storage.database import writing
from storage.inbox import Arrival, add
from storage.people import Person, conversation_of, find_conversation, forget_person
from storage.schema import conversations, now, questions, tickets, zalo_takeovers
from storage.tickets import Tickets
from storage.traces import delete_traces
from storage.zalo_takeovers import release_idle, take_over


@pytest.fixture
def conversation(engine: Engine) -> str:
    with writing(engine) as connection:
        return conversation_of(connection, "zalo", "457")


def test_staff_in_the_console_hold_a_conversation_until_they_are_idle(engine: Engine, conversation: str) -> None:
    started = now()
    take_over(engine, conversation, "77", started)
    assert Conversations(engine).held_by(conversation) == "zalo:77"
    take_over(engine, conversation, "78", started + timedelta(minutes=30))
    assert Conversations(engine).held_by(conversation) == "zalo:78"
    assert release_idle(engine, started + timedelta(minutes=10)) == 0
    assert release_idle(engine, started + timedelta(minutes=40)) == 1
    assert Conversations(engine).held_by(conversation) is None
    assert release_idle(engine, started + timedelta(minutes=40)) == 0


def test_whoever_holds_it_at_our_desk_keeps_it(engine: Engine, conversation: str) -> None:
    with writing(engine) as connection:
        connection.execute(update(conversations).values(held_by="lan"))
    take_over(engine, conversation, "77", now())
    release_idle(engine, now() + timedelta(hours=1))
    assert Conversations(engine).held_by(conversation) == "lan"


def test_a_desk_that_takes_over_from_the_console_is_not_released(engine: Engine, conversation: str) -> None:
    take_over(engine, conversation, "77", now())
    with writing(engine) as connection:
        connection.execute(update(conversations).values(held_by="lan"))
    assert release_idle(engine, now() + timedelta(hours=1)) == 1
    assert Conversations(engine).held_by(conversation) == "lan"


def test_nothing_of_a_forgotten_person_is_left(engine: Engine, conversation: str) -> None:
    question = Question("lệ phí?", "answered", 0.9, ["1.001193"], "zalo")
    Conversations(engine).record_turn(Turn(conversation, "m1", {"text": "lệ phí?"}, question=question))
    Tickets(engine).open(conversation, "0912345678", "gọi lại")
    other = Tickets(engine).open(Conversations(engine).create("web").id, "0987654321", "gọi lại")
    take_over(engine, conversation, "77", now())
    delete_traces(engine, conversation)
    assert forget_person(engine, Person("zalo", "457"))
    assert find_conversation(engine, Person("zalo", "457")) is None
    with engine.connect() as connection:
        assert connection.scalars(select(tickets.c.id)).all() == [other]
        for table in (questions, zalo_takeovers):
            assert connection.scalar(select(func.count()).select_from(table)) == 0


def test_who_wrote_last(engine: Engine) -> None:
    assert newest_arrival(engine, "zalo") is None
    add(engine, [Arrival("zalo", f"m{n}", sender, {"text": "a"}, now()) for n, sender in enumerate("abc")])
    add(engine, [Arrival("telegram", "m9", "d", {"text": "a"}, now())])
    newest = newest_arrival(engine, "zalo")
    assert newest is not None
    assert newest.sender_id == "c"

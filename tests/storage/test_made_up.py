"""Moving what was written to another time of day, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert, select

from storage.audit import note
from storage.checks import Checks
from storage.conversations import Conversations, Question, Turn
from storage.database import writing
from storage.made_up import keep_at_desk, move_check, move_conversation, put_in_order
from storage.ratings import Ratings
from storage.schema import audit, conversations, desk, messages, now, questions, ratings, staff, tickets
from storage.tickets import Tickets

THEN = datetime(2026, 11, 21, 8, tzinfo=UTC)


def moments(engine: Engine, *columns: object) -> list[datetime]:
    with engine.connect() as connection:
        return [moment for column in columns for moment in connection.scalars(select(column))]  # type: ignore[call-overload]


def test_everything_of_a_conversation_moves_and_nothing_else(engine: Engine) -> None:
    note(engine, "staff.add", "lan", "quantri")
    store, began = Conversations(engine), now()
    mine, other = store.create("web").id, store.create("web").id
    asked = Question("lệ phí", "answered", 1.0, ["1.1"], "web")
    for id in (mine, other):
        store.record_turn(Turn(id, "m1", {"text": "lệ phí"}, [{"text": "…"}], {"slots": {}}, asked))
    assert Ratings(engine).claim(mine, None)
    Tickets(engine).open(mine, "", "")
    note(engine, "mark.put", "7", "lan")
    move_conversation(engine, mine, began, lambda at: at - began + THEN)
    with engine.connect() as connection:
        for table in (messages, questions, tickets, ratings, conversations):
            column = table.c.asked_at if table is ratings else table.c.created_at
            known = table.c.id if table is conversations else table.c.conversation_id
            for id, moment in connection.execute(select(known, column)):
                assert (moment - THEN < timedelta(minutes=1)) == (id == mine), table.name
    with engine.connect() as connection:
        lines = connection.execute(select(audit.c.action, audit.c.created_at))
        assert {action: abs(at - THEN) < timedelta(minutes=1) for action, at in lines} == {
            "staff.add": False,
            "mark.put": True,
        }


def test_numbers_follow_time(engine: Engine) -> None:
    store = Conversations(engine)
    for place in range(4):
        id, began = store.create("web").id, now()
        store.record_turn(
            Turn(id, "m", {"text": "…"}, question=Question(f"câu {place}", "answered", 1.0, ["1.1"], "web"))
        )
        note(engine, "mark.put", str(place), "lan")
        move_conversation(
            engine, id, began, lambda at, began=began, ago=place: at - began + THEN - timedelta(hours=ago)
        )
    put_in_order(engine)
    with engine.connect() as connection:
        asked = connection.execute(select(questions.c.id, questions.c.text, questions.c.codes).order_by(questions.c.id))
        assert [tuple(row) for row in asked] == [(n, f"câu {4 - n}", ["1.1"]) for n in range(1, 5)]
        assert list(connection.scalars(select(audit.c.subject).order_by(audit.c.id))) == ["3", "2", "1", "0"]


def test_a_check_moves_from_its_beginning_to_its_end(engine: Engine) -> None:
    checks, began = Checks(engine), now()
    number = checks.start("all", "nightly")
    checks.end(number, 0, [], [])
    move_check(engine, number, lambda at: at - began + THEN)
    moved = checks.get(number)
    assert moved is not None
    assert moved.ended_at is not None
    assert abs(moved.started_at - THEN) < timedelta(minutes=1)
    assert abs(moved.ended_at - THEN) < timedelta(minutes=1)


def test_leases_and_presence_last_until_the_moment_told(engine: Engine) -> None:
    held, free = Conversations(engine).create("web").id, Conversations(engine).create("web").id
    person = {"login": "lan", "name": "Lan", "role": "agent", "password_hash": "", "must_change": False, "active": True}
    row = {"status": "held", "reason": "asked", "note": "", "changed_at": now(), "lease_until": now()}
    with writing(engine) as connection:
        connection.execute(insert(staff), person | {"presence": "online", "created_at": now()})
        connection.execute(insert(desk), row | {"conversation_id": held})
        connection.execute(insert(desk), row | {"conversation_id": free, "lease_until": None})
    keep_at_desk(engine, THEN)
    assert moments(engine, staff.c.seen_at) == [THEN]
    with engine.connect() as connection:
        rows = connection.execute(select(desk.c.conversation_id, desk.c.lease_until))
        assert {row[0]: row[1] for row in rows} == {
            held: THEN,
            free: None,
        }

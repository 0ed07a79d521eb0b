"""What happened at the desk, told in order and never missed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, update

from storage.conversations import Conversations, Turn
from storage.database import writing
from storage.desk import Answer, Desk, Words
from storage.desk_events import PAGE, SETTLED, Reader, after, newest, settled
from storage.outbox import claim, note_sent
from storage.retention import forget_old
from storage.schema import desk_events, now
from tests.storage.desk_people import BACK, TOLD, add_agent, on_telegram, on_web, to_telegram


def kinds(engine: Engine, number: int = 0) -> list[str]:
    return [event.kind for event in after(engine, number)]


def test_every_step_is_told_in_its_own_transaction(engine: Engine) -> None:
    lan, desk, conversation = add_agent(engine, "lan"), Desk(engine), on_telegram(engine)
    assert newest(engine) == 0
    Conversations(engine).record_turn(Turn(conversation, "m1", {"text": "phí?"}))
    desk.take(conversation, lan, TOLD)
    desk.reply(conversation, lan, Answer("k", Words({"text": "x"}, to_telegram(f"staff:{lan.id}:k"), "staff")))
    (claimed,) = claim(engine, "telegram", 1, timedelta(seconds=9))
    note_sent(engine, claimed, "9")
    desk.give_back(conversation, lan, BACK)
    assert kinds(engine) == ["message", "held", "reply", "delivery", "done"]
    assert {event.conversation_id for event in after(engine, 0)} == {conversation}
    last = newest(engine)
    assert kinds(engine, last) == []
    assert kinds(engine, last - 1) == ["done"]


def test_a_reader_looks_again_at_what_may_still_appear(engine: Engine) -> None:
    for _ in range(3):
        Conversations(engine).record_turn(Turn(on_web(engine), "m1", {"text": "x"}))
    last = newest(engine)
    assert settled(engine, last) == 0  # all of them are young
    with writing(engine) as connection:
        old = update(desk_events).where(desk_events.c.id <= last - 1)
        connection.execute(old.values(created_at=now() - SETTLED * 2))
    assert settled(engine, last) == last - 1


def test_a_reader_gets_every_event_once_however_many_come(engine: Engine) -> None:
    reader, rooms = Reader(engine), [on_web(engine) for _ in range(3)]
    add(engine, range(1, PAGE + 500), rooms)
    first = reader.fresh()
    assert [event.id for event in first] == list(range(1, PAGE + 1))
    assert [event.id for event in reader.fresh()] == list(range(PAGE + 1, PAGE + 500))
    assert reader.fresh() == []
    add(engine, [PAGE + 502, PAGE + 503], rooms)
    assert [event.id for event in reader.fresh()] == [PAGE + 502, PAGE + 503]
    add(engine, [PAGE + 501], rooms)  # drawn before them, and committed after
    assert [event.id for event in reader.fresh()] == [PAGE + 501]
    assert reader.fresh() == []
    assert reader.last == PAGE + 503


def test_what_was_rolled_back_is_not_waited_for_for_ever(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, rooms = Reader(engine), [on_web(engine)]
    add(engine, [1, 5], rooms)
    reader.fresh()
    monkeypatch.setattr("storage.desk_events.SETTLED", timedelta(seconds=-1))
    reader.fresh()
    add(engine, [3], rooms)
    assert reader.fresh() == []


def test_a_reader_may_skip(engine: Engine) -> None:
    reader, rooms = Reader(engine), [on_web(engine)]
    add(engine, [1, 2, 3], rooms)
    reader.skip_to(2)
    assert [event.id for event in reader.fresh()] == [3]


def add(engine: Engine, ids: Iterable[int], rooms: list[str]) -> None:
    rows = [
        {"id": number, "kind": "message", "conversation_id": rooms[number % len(rooms)], "created_at": now()}
        for number in ids
    ]
    with writing(engine) as connection:
        connection.execute(insert(desk_events), rows)


def test_old_events_are_forgotten(engine: Engine) -> None:
    Conversations(engine).record_turn(Turn(on_web(engine), "m1", {"text": "x"}))
    assert forget_old(engine) == 0
    with writing(engine) as connection:
        connection.execute(update(desk_events).values(created_at=now() - timedelta(days=2, minutes=1)))
    assert forget_old(engine) == 1
    assert kinds(engine) == []

"""Who is at the desk, and how long the line is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, insert, update

from storage.database import writing
from storage.desk import Desk
from storage.desk_events import after
from storage.presence import SEEN, Line, Staffing, colleagues, note_seen, set_presence
from storage.schema import conversations, desk, now
from tests.storage.desk_people import TOLD, add_agent, on_web


def wait(engine: Engine, minutes: float | None) -> None:
    """Let somebody wait; taken after so many minutes, None: still waiting."""
    taken_at = now()
    row = {
        "conversation_id": on_web(engine),
        "status": "waiting" if minutes is None else "done",
        "reason": "asked",
        "waiting_since": taken_at - timedelta(minutes=minutes or 0),
        "taken_at": None if minutes is None else taken_at,
        "note": "",
        "changed_at": taken_at,
    }
    silent = "staff:" if minutes is None else None
    with writing(engine) as connection:
        connection.execute(insert(desk), row)
        mine = conversations.c.id == row["conversation_id"]
        connection.execute(update(conversations).where(mine).values(held_by=silent))


def test_on_line_is_who_said_so_and_was_seen_a_moment_ago(engine: Engine) -> None:
    staffing = Staffing(engine)
    assert not staffing.on_line()
    lan = add_agent(engine, "lan", seen_at=now() - SEEN - timedelta(seconds=1))
    add_agent(engine, "editor", "editor", seen_at=now())
    assert not staffing.on_line()
    note_seen(engine, lan.id)
    assert staffing.on_line()
    set_presence(engine, lan.id, "away")
    assert not staffing.on_line()
    assert [event.kind for event in after(engine, 0)] == ["presence", "presence"]


def test_colleagues_are_those_of_the_desk_with_their_load(engine: Engine) -> None:
    away, lan = add_agent(engine, "an"), add_agent(engine, "lan", "supervisor", seen_at=now())
    add_agent(engine, "editor", "editor", seen_at=now())
    Desk(engine).take(on_web(engine), lan, TOLD)
    told = [(one.id, one.presence, one.load) for one in colleagues(engine)]
    assert told == [(lan.id, "online", 1), (away.id, "away", 0)]


def test_the_line_is_told_only_while_somebody_is_there(engine: Engine) -> None:
    wait(engine, None)
    assert Staffing(engine).line() is None
    add_agent(engine, "lan", seen_at=now())
    assert Staffing(engine).line() == Line(1, None)  # of too few waits nothing is promised
    with writing(engine) as connection:  # a contact was left: that is no place in the line
        connection.execute(update(conversations).values(held_by=None))
    assert Staffing(engine).line() == Line(0, None)
    wait(engine, None)
    for minutes in (1, 2, 4.5, 30, 3):
        wait(engine, minutes)
    assert Staffing(engine).line() == Line(1, 3)

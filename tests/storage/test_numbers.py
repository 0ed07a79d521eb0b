"""The counts behind the figures, on both databases: days and hours of Vietnam, conversations and not messages."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from storage.database import writing
from storage.numbers import VIETNAM, Asked, Dimension, Messages, Numbers, Period, Rated, Talks
from storage.schema import conversations, desk, questions, ratings

DAY = date(2026, 11, 21)
BIRTH, HOME = "1.001193", "1.004222"


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=VIETNAM)


@pytest.fixture
def talk(engine: Engine) -> Any:
    """Return what makes a conversation: a channel, and messages as (moment, outcome, code)."""
    made = 0

    def add(channel: str, *said: tuple[datetime, str, str], **at_desk: Any) -> str:
        nonlocal made
        made += 1
        id, first = f"c{made}", said[0][0]
        rows = [
            {
                "conversation_id": id,
                "text": "câu hỏi",
                "outcome": outcome,
                "confidence": 0.9,
                "codes": [code] if code else [],
                "channel": channel,
                "language": "vi",
                "created_at": moment,
            }
            for moment, outcome, code in said
        ]
        with writing(engine) as connection:
            connection.execute(
                insert(conversations), {"id": id, "channel": channel, "created_at": first, "updated_at": first}
            )
            connection.execute(insert(questions), rows)
            if at_desk:
                row = {"conversation_id": id, "status": "done", "reason": "asked", "note": "", "changed_at": first}
                connection.execute(insert(desk), row | at_desk)
        return id

    return add


def test_messages_are_counted_by_the_hour_in_vietnam(engine: Engine, talk: Any) -> None:
    talk("web", (at(0, 5), "answered", BIRTH), (at(0, 59), "answered", HOME), (at(1), "clarify", ""))
    talk("zalo", (at(23, 59), "answered", BIRTH))
    talk(
        "web",
        (at(23, 59, DAY - timedelta(days=1)), "answered", BIRTH),
        (at(0, 0, DAY + timedelta(days=1)), "error", ""),
    )
    assert Numbers(engine).messages(Period(DAY, DAY)) == [
        Messages(at(0), "web", "answered", 2),
        Messages(at(1), "web", "clarify", 1),
        Messages(at(23), "zalo", "answered", 1),
    ]
    assert [one.count for one in Numbers(engine).messages(Period(DAY, DAY, "zalo"))] == [1]
    assert Numbers(engine).messages(Period(DAY - timedelta(days=9), DAY - timedelta(days=5))) == []


def test_a_conversation_is_contained_when_it_was_answered_and_no_person_was_needed(engine: Engine, talk: Any) -> None:
    talk("web", (at(8), "answered", BIRTH), (at(9), "answered", BIRTH), (at(9), "smalltalk", ""))
    talk("web", (at(8), "clarify", ""), (at(9), "abstained", ""))
    talk("web", (at(8), "answered", BIRTH), (at(9), "handoff", ""))
    talk("web", (at(8), "answered", BIRTH), taken_at=at(9))
    talk("web", (at(8), "smalltalk", ""), (at(9), "crisis", ""))
    talk("zalo", (at(8), "corrected", BIRTH))
    assert Numbers(engine).talks(Period(DAY, DAY)) == [Talks("web", 4, 3, 2, 1), Talks("zalo", 1, 1, 0, 1)]


def test_procedures_told_about_are_counted_by_the_first_code(engine: Engine, talk: Any) -> None:
    talk(
        "web",
        (at(8), "answered", HOME),
        (at(8), "partial", BIRTH),
        (at(9), "corrected", BIRTH),
        (at(9), "answered", ""),
    )
    talk("web", (at(8), "clarify", HOME), (at(9), "clarify", HOME))
    assert Numbers(engine).procedures(Period(DAY, DAY), 5) == [Asked(BIRTH, 2), Asked(HOME, 1)]
    assert Numbers(engine).procedures(Period(DAY, DAY), 1) == [Asked(BIRTH, 2)]


def test_a_wait_ends_with_the_first_word_of_staff(engine: Engine, talk: Any) -> None:
    talk("web", (at(8), "handoff", ""), waiting_since=at(8), taken_at=at(8, 1), answered_at=at(8, 2))
    talk("zalo", (at(9), "handoff", ""), status="waiting", waiting_since=at(9))
    talk("web", (at(9), "handoff", ""), status="waiting", waiting_since=at(9, 30), answered_at=at(9, 10))
    talk("web", (at(9), "answered", BIRTH), status="held", taken_at=at(9))
    waits = Numbers(engine).waits(Period(DAY, DAY))
    assert [(one.channel, one.seconds) for one in waits] == [("web", 120.0), ("zalo", None), ("web", None)]
    assert [one.channel for one in Numbers(engine).waits(Period(DAY, DAY, "zalo"))] == ["zalo"]


def test_ratings_are_counted_with_those_who_did_not_answer(engine: Engine, talk: Any) -> None:
    for channel, score, comment in (
        ("web", 5, None),
        ("web", 5, "nhanh"),
        ("web", None, None),
        ("zalo", 1, "khó hiểu"),
    ):
        id = talk(channel, (at(8), "answered", BIRTH))
        row = {"conversation_id": id, "asked_at": at(9), "score": score, "comment": comment, "by_staff": False}
        with writing(engine) as connection:
            connection.execute(insert(ratings), row | {"code": BIRTH})
    found = Numbers(engine).ratings(Period(DAY, DAY))
    assert set(found) == {
        Rated("web", BIRTH, 5, False, 2),
        Rated("web", BIRTH, None, False, 1),
        Rated("zalo", BIRTH, 1, False, 1),
    }
    assert {one.text for one in Numbers(engine).comments(Period(DAY, DAY), 5)} == {"nhanh", "khó hiểu"}
    assert [one.text for one in Numbers(engine).comments(Period(DAY, DAY, "zalo"), 5)] == ["khó hiểu"]
    assert Numbers(engine).ratings(Period(DAY - timedelta(days=1), DAY - timedelta(days=1))) == []


def test_days_are_counted_in_messages_and_conversations(engine: Engine, talk: Any) -> None:
    talk("web", (at(0, 1), "answered", BIRTH), (at(23, 59), "answered", BIRTH), (at(12), "clarify", HOME))
    talk("web", (at(8), "answered", BIRTH))
    numbers, period = Numbers(engine), Period(DAY, DAY)
    (web,) = numbers.by_day(period, Dimension.CHANNEL)
    assert (web.day, web.key, web.conversations, web.messages) == (DAY, "web", 2, 4)
    outcomes = [(one.key, one.conversations, one.messages) for one in numbers.by_day(period, Dimension.OUTCOME)]
    assert outcomes == [("answered", 2, 3), ("clarify", 1, 1)]
    codes = [(one.key, one.conversations, one.messages) for one in numbers.by_day(period, Dimension.CODE)]
    assert codes == [(BIRTH, 2, 3)]


def test_an_empty_database_has_figures_too(engine: Engine) -> None:
    numbers, period = Numbers(engine), Period(DAY, DAY)
    found = [numbers.messages(period), numbers.talks(period), numbers.procedures(period, 5), numbers.waits(period)]
    assert found == [[], [], [], []]
    assert numbers.channels() == numbers.ratings(period) == numbers.comments(period, 5) == []

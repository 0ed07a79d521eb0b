"""Ratings on both databases: asked once at most, and only where a conversation has come to its end."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from storage.conversations import Conversations, Question, Turn
from storage.database import writing
from storage.desk import Words
from storage.ratings import Ratings
from storage.schema import desk, now
from storage.tickets import Tickets


def told(engine: Engine, *outcomes: str) -> str:
    """Return a conversation in which messages had these outcomes."""
    store = Conversations(engine)
    made = store.create("web").id
    for number, outcome in enumerate(outcomes):
        asked = Question("lệ phí khai sinh", outcome, 0.9, ["1.001193"], "web")
        store.record_turn(Turn(made, f"m{number}", {"text": "lệ phí khai sinh"}, question=asked))
    return made


def at_desk(engine: Engine, conversation: str, **values: Any) -> None:
    row = {"conversation_id": conversation, "status": "waiting", "reason": "asked", "note": "", "changed_at": now()}
    with writing(engine) as connection:
        connection.execute(insert(desk), row | values)


def test_an_answered_conversation_is_asked_once(engine: Engine) -> None:
    ratings, conversation = Ratings(engine), told(engine, "clarify", "answered")
    assert ratings.claim(conversation, "1.001193")
    assert not ratings.claim(conversation, "1.001193")
    kept = ratings.get(conversation)
    assert kept is not None
    assert (kept.score, kept.comment, kept.by_staff, kept.code) == (None, None, False, "1.001193")
    assert now() - kept.asked_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    "outcomes", [(), ("smalltalk",), ("abstained", "clarify"), ("answered", "crisis"), ("crisis", "answered")]
)
def test_a_conversation_without_an_answer_or_with_a_crisis_is_never_asked(
    engine: Engine, outcomes: tuple[str, ...]
) -> None:
    conversation = told(engine, *outcomes)
    assert not Ratings(engine).claim(conversation, None)
    assert Ratings(engine).get(conversation) is None


def test_nobody_is_asked_while_staff_are_to_answer(engine: Engine) -> None:
    ratings, waits = Ratings(engine), told(engine, "answered", "handoff")
    Tickets(engine).open(waits, "", "")
    assert not ratings.claim(waits, None)

    held = told(engine, "answered")
    at_desk(engine, held, status="held")
    assert not ratings.claim(held, None)


def test_what_staff_answered_and_closed_is_asked_also_with_a_ticket_left(engine: Engine) -> None:
    ratings, conversation = Ratings(engine), told(engine, "abstained", "handoff")
    Tickets(engine).open(conversation, "", "")
    at_desk(engine, conversation, answered_at=now())
    assert not ratings.claim(conversation, None)
    with writing(engine) as connection:
        connection.execute(update(desk).values(status="done"))
    assert ratings.claim(conversation, None)
    kept = ratings.get(conversation)
    assert kept is not None
    assert kept.by_staff


def test_what_staff_closed_without_a_word_is_not_asked(engine: Engine) -> None:
    conversation = told(engine, "abstained")
    at_desk(engine, conversation, status="done")
    assert not Ratings(engine).claim(conversation, None)


def test_a_score_and_a_comment_are_kept_and_the_score_may_be_changed(engine: Engine) -> None:
    ratings, conversation = Ratings(engine), told(engine, "answered")
    assert not ratings.rate(conversation, 5)
    assert not ratings.comment(conversation, "hay")
    ratings.claim(conversation, None)
    assert ratings.rate(conversation, 1)
    assert ratings.rate(conversation, 5)
    assert ratings.comment(conversation, "trả lời nhanh")
    kept = ratings.get(conversation)
    assert kept is not None
    assert (kept.score, kept.comment) == (5, "trả lời nhanh")


def test_two_at_once_ask_once(engine: Engine) -> None:
    conversation, claimed = told(engine, "answered"), []
    start = threading.Barrier(4)

    def claim() -> None:
        start.wait()
        claimed.append(Ratings(engine).claim(conversation, None))

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == [False, False, False, True]


def test_asked_by_staff_the_question_is_said_and_may_be_answered_by_number(engine: Engine) -> None:
    store, ratings, conversation = Conversations(engine), Ratings(engine), told(engine, "abstained")
    store.record_turn(Turn(conversation, "m9", {"text": "gặp cán bộ"}, tracker={"slots": {"focus": "1.001193"}}))
    at_desk(engine, conversation, answered_at=now(), status="done")
    body = {"text": "Có giúp được không?", "suggestions": [{"label": "Hài lòng", "payload": "rate:5"}]}
    assert ratings.ask(conversation, "1.001193", Words(body))
    assert store.entries_after(conversation, 0)[-1].body == body
    assert store.load_tracker(conversation) == {"slots": {"focus": "1.001193"}, "offered": [["Hài lòng", "rate:5"]]}
    said = len(store.entries_after(conversation, 0))
    assert not ratings.ask(conversation, "1.001193", Words(body))
    assert len(store.entries_after(conversation, 0)) == said
    kept = ratings.get(conversation)
    assert kept is not None
    assert kept.by_staff


def test_a_conversation_that_is_no_more_is_not_asked(engine: Engine) -> None:
    assert not Ratings(engine).ask("nobody", None, Words({"text": "?", "suggestions": []}))

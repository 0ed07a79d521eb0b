from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from storage import outbox
from storage.conversations import Conversations
from storage.outbox import ClaimedSend, Outgoing, Send
from storage.queues import Status
from storage.schema import lanes, now
from storage.schema import outbox as table
from storage.tokens import Tokens

LEASE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def conversations(engine: Engine) -> None:
    for name in ("lan", "minh"):
        Conversations(engine).ensure(name, "telegram")


def outgoing(*keys: str, to: str = "lan") -> Outgoing:
    return Outgoing("telegram", to, [Send(key, {"text": f"part {key}"}) for key in keys], {"t:0123456789": "human"})


def claim(engine: Engine, count: int = 10) -> list[ClaimedSend]:
    return outbox.claim(engine, "telegram", count, LEASE)


def texts(claimed: list[ClaimedSend]) -> list[str]:
    return [one.part["text"].removeprefix("part ") for one in claimed]


def row_of(engine: Engine, row_id: int) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(table).where(table.c.id == row_id)).one()


def run_out(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(lanes).values(due_at=now() - timedelta(seconds=1)))


def test_a_key_is_sent_once_and_its_tokens_are_kept(engine: Engine) -> None:
    assert outbox.add(engine, "lan", outgoing("a", "b")) == 2
    assert outbox.add(engine, "lan", outgoing("b", "c")) == 1
    assert outbox.add(engine, "minh", outgoing("a", to="minh")) == 1
    assert Tokens(engine).resolve("lan", "t:0123456789") == "human"


def test_nothing_is_added_to_a_conversation_that_is_gone(engine: Engine) -> None:
    assert outbox.add(engine, "nobody", outgoing("a")) == 0


def test_parts_go_one_after_another_and_people_beside_each_other(engine: Engine) -> None:
    outbox.add(engine, "lan", outgoing("a", "b"))
    outbox.add(engine, "minh", outgoing("x", to="minh"))
    first = claim(engine)
    assert sorted(texts(first)) == ["a", "x"]
    assert claim(engine) == []
    for one in first:
        assert outbox.note_sent(engine, one, "message 1")
    assert texts(claim(engine)) == ["b"]


def test_an_attempt_is_counted_before_it_is_made(engine: Engine) -> None:
    outbox.add(engine, "lan", outgoing("a"))
    (claimed,) = claim(engine)
    row = row_of(engine, claimed.id)
    assert (row.status, row.attempts, row.uncertain) == (Status.WORKING, 1, 0)


def test_an_attempt_whose_process_died_is_uncertain(engine: Engine) -> None:
    outbox.add(engine, "lan", outgoing("a"))
    (died,) = claim(engine)
    run_out(engine)
    (again,) = claim(engine)
    assert (again.attempts, again.uncertain) == (2, 1)
    assert not outbox.note_sent(engine, died, "late")
    assert row_of(engine, again.id).status == Status.WORKING


def test_a_send_that_failed_comes_again_at_its_time_and_holds_up_the_next_part(engine: Engine) -> None:
    outbox.add(engine, "lan", outgoing("a", "b"))
    (claimed,) = claim(engine)
    later = now() + timedelta(minutes=1)
    assert outbox.note_failed(engine, claimed, "passing: 500", again_at=later, uncertain=False)
    assert claim(engine) == []
    run_out(engine)
    (again,) = claim(engine)
    assert (texts([again]), again.attempts, again.uncertain) == (["a"], 2, 0)


def test_a_time_out_is_remembered_as_uncertain(engine: Engine) -> None:
    outbox.add(engine, "lan", outgoing("a"))
    outbox.note_failed(engine, claim(engine)[0], "passing: time-out", again_at=now(), uncertain=True)
    assert claim(engine)[0].uncertain == 1


def test_what_is_given_up_is_seen_lets_the_next_go_and_can_be_sent_again(engine: Engine) -> None:
    outbox.add(engine, "lan", outgoing("a", "b"))
    (claimed,) = claim(engine)
    assert outbox.note_failed(engine, claimed, "refused: too long", again_at=None, uncertain=True)
    assert texts(claim(engine)) == ["b"]
    (dead,) = outbox.dead_sends(engine)
    assert (dead.id, dead.reason) == (claimed.id, "refused: too long")
    assert outbox.revive(engine, [dead.id]) == [dead.id]
    assert outbox.revive(engine, [dead.id]) == []
    run_out(engine)
    (again,) = claim(engine)
    assert (texts([again]), again.attempts, again.uncertain) == (["a"], 1, 0)


def test_sizes(engine: Engine) -> None:
    outbox.add(engine, "lan", outgoing("a", "b"))
    outbox.note_sent(engine, claim(engine)[0], "1")
    assert {(size.channel, size.status, size.count) for size in outbox.sizes(engine)} == {
        ("telegram", Status.DONE, 1),
        ("telegram", Status.WAITING, 1),
    }

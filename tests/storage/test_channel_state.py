from datetime import timedelta

from sqlalchemy import Engine, update

from storage import inbox, outbox
from storage.channel_state import channel_states
from storage.conversations import Conversations, Turn
from storage.inbox import Arrival
from storage.outbox import ClaimedSend, Outgoing, Send
from storage.schema import now
from storage.schema import outbox as table

SOON = timedelta(seconds=60)


def arrive(engine: Engine, sender: str) -> None:
    inbox.add(engine, [Arrival("telegram", "1", sender, {"text": "một"}, now())])


def queue_sends(engine: Engine, count: int) -> list[ClaimedSend]:
    """Put a send for each of some people into the outbox, and claim them."""
    for number in range(count):
        arrive(engine, f"p{number}")
    for claimed in inbox.claim(engine, ["telegram"], count, SOON):
        send = [Send("in:1/0/0", {})]
        inbox.finish(engine, claimed, Outgoing("telegram", claimed.arrival.sender_id, send, {}))
    return outbox.claim(engine, "telegram", count, SOON)


def test_a_channel_where_nothing_happened(engine: Engine) -> None:
    state = channel_states(engine, ["web", "telegram"])["telegram"]
    assert (state.last_in, state.last_out, state.to_answer, state.to_send, state.dead) == (None, None, 0, 0, 0)


def test_what_waits_to_be_answered(engine: Engine) -> None:
    for sender in ("lan", "minh"):
        arrive(engine, sender)
    (claimed,) = inbox.claim(engine, ["telegram"], 1, SOON)
    inbox.give_up(engine, claimed, None, "the assistant failed")
    states = channel_states(engine, ["telegram", "zalo"])
    state = states["telegram"]
    assert (state.to_answer, state.dead, states["zalo"].to_answer) == (1, 1, 0)
    assert state.oldest_to_answer is not None
    assert state.last_in is not None
    assert now() - state.oldest_to_answer < SOON


def test_what_waits_to_be_sent_and_what_failed(engine: Engine) -> None:
    first, second, third, _fourth = queue_sends(engine, 4)
    outbox.note_sent(engine, first, "m1")
    outbox.note_failed(engine, second, "busy: 429", again_at=now() + SOON, uncertain=False)
    outbox.note_failed(engine, third, "unreachable: blocked", again_at=None, uncertain=False)
    state = channel_states(engine, ["telegram"])["telegram"]
    assert (state.to_send, state.dead, state.retried) == (2, 1, 0)
    assert state.failures == {"busy": 1, "unreachable": 1}
    assert state.last_out is not None


def test_a_send_that_arrived_later_is_no_failure_any_more(engine: Engine) -> None:
    (first,) = queue_sends(engine, 1)
    outbox.note_failed(engine, first, "passing: time-out", again_at=now(), uncertain=True)
    (again,) = outbox.claim(engine, "telegram", 1, SOON)
    outbox.note_sent(engine, again, "m1")
    state = channel_states(engine, ["telegram"])["telegram"]
    assert (state.retried, state.failures, state.to_send) == (1, {}, 0)


def test_failures_of_the_day_before_are_not_told(engine: Engine) -> None:
    (first,) = queue_sends(engine, 1)
    outbox.note_failed(engine, first, "refused: 400", again_at=None, uncertain=False)
    with engine.begin() as connection:
        connection.execute(update(table).values(created_at=now() - timedelta(hours=25)))
    state = channel_states(engine, ["telegram"])["telegram"]
    assert (state.dead, state.failures) == (1, {})


def test_the_web_is_told_by_its_history(engine: Engine) -> None:
    conversations = Conversations(engine)
    other = conversations.create("terminal").id
    conversations.record_turn(Turn(other, "1", {"text": "một"}, [{"text": "hai"}]))
    assert channel_states(engine, ["web"])["web"].last_in is None
    page = conversations.create("web").id
    conversations.record_turn(Turn(page, "1", {"text": "một"}, [{"text": "hai"}]))
    state = channel_states(engine, ["web"])["web"]
    assert None not in (state.last_in, state.last_out)

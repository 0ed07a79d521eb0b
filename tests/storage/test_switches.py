from datetime import timedelta

from sqlalchemy import Engine, select

from storage import inbox, outbox
from storage.inbox import Arrival
from storage.outbox import Outgoing, Send
from storage.schema import audit, now
from storage.switches import ALL, pause, pauses, resume, untold


def arrive(engine: Engine, sender: str, channel: str = "telegram") -> None:
    inbox.add(engine, [Arrival(channel, "1", sender, {"text": "một"}, now())])


def test_a_channel_is_off_until_it_is_resumed(engine: Engine) -> None:
    made = pause(engine, "telegram", "bảo trì", "Lan", silent=False)
    assert pauses(engine) == [made]
    assert resume(engine, "telegram", "xong", "Minh")
    assert pauses(engine) == []
    assert not resume(engine, "telegram", "xong", "Minh")


def test_pausing_again_gives_the_new_reason(engine: Engine) -> None:
    first = pause(engine, ALL, "bảo trì", "Lan", silent=False)
    second = pause(engine, ALL, "sự cố", "Minh", silent=True)
    assert pauses(engine) == [second]
    assert second.number > first.number


def test_who_did_what_when_and_why_is_kept(engine: Engine) -> None:
    pause(engine, "telegram", "bảo trì", "Lan", silent=False)
    resume(engine, "telegram", "xong", "Minh")
    with engine.connect() as connection:
        lines = connection.execute(select(audit).order_by(audit.c.id)).all()
    assert [(line.action, line.subject, line.author, line.reason) for line in lines] == [
        ("channel.pause", "telegram", "Lan", "bảo trì"),
        ("channel.resume", "telegram", "Minh", "xong"),
    ]
    assert all(now() - line.created_at < timedelta(minutes=1) for line in lines)


def test_those_who_wait_and_were_not_told(engine: Engine) -> None:
    for sender in ("lan", "minh"):
        arrive(engine, sender)
    arrive(engine, "lan", "zalo")
    people = {person.sender_id: person.conversation_id for person in untold(engine, "telegram", "pause:1/0/0", 10)}
    assert set(people) == {"lan", "minh"}
    outbox.add(engine, people["lan"], Outgoing("telegram", "lan", [Send("pause:1/0/0", {})], {}))
    assert [person.sender_id for person in untold(engine, "telegram", "pause:1/0/0", 10)] == ["minh"]
    assert len(untold(engine, "telegram", "pause:2/0/0", 10)) == 2
    assert len(untold(engine, "telegram", "pause:2/0/0", 1)) == 1


def test_who_was_answered_is_not_told(engine: Engine) -> None:
    arrive(engine, "lan")
    (claimed,) = inbox.claim(engine, ["telegram"], 1, timedelta(seconds=9))
    inbox.finish(engine, claimed, None)
    assert untold(engine, "telegram", "pause:1/0/0", 10) == []

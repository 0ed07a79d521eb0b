from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select, update

from storage import inbox, outbox
from storage.inbox import Arrival
from storage.outbox import Outgoing, Send
from storage.retention import QUEUE_DAYS, TOKEN_DAYS, forget_old
from storage.schema import inbox as inbox_table
from storage.schema import now, suggestion_tokens
from storage.schema import outbox as outbox_table

LEASE = timedelta(seconds=30)


def test_what_is_over_is_forgotten_and_what_is_open_or_young_stays(engine: Engine) -> None:
    names = ("done", "dead", "open", "young")
    inbox.add(engine, [Arrival("telegram", "1", name, {"text": name}, datetime.now(UTC)) for name in names])
    for claimed in inbox.claim(engine, ["telegram"], 10, LEASE):
        name = claimed.arrival.sender_id
        outgoing = Outgoing("telegram", name, [Send("k", {"text": name})], {f"t:{len(name):010}": name})
        if name in ("done", "young"):
            inbox.finish(engine, claimed, outgoing)
        elif name == "dead":
            inbox.give_up(engine, claimed, outgoing, "failed")
    for sending in outbox.claim(engine, "telegram", 10, LEASE):
        if sending.recipient != "dead":
            outbox.note_sent(engine, sending, "1")
    assert forget_old(engine) == 0

    long_ago = now() - timedelta(days=QUEUE_DAYS, minutes=1)
    with engine.begin() as connection:
        connection.execute(update(inbox_table).where(inbox_table.c.sender_id != "young").values(received_at=long_ago))
        connection.execute(update(outbox_table).where(outbox_table.c.recipient != "young").values(created_at=long_ago))
        old_token = suggestion_tokens.c.payload == "done"
        connection.execute(
            update(suggestion_tokens).where(old_token).values(issued_at=now() - timedelta(days=TOKEN_DAYS, minutes=1))
        )
    assert forget_old(engine) == 4
    with engine.connect() as connection:
        assert set(connection.scalars(select(inbox_table.c.sender_id))) == {"open", "young"}
        assert set(connection.scalars(select(outbox_table.c.recipient))) == {"dead", "young"}  # one is being sent
        assert connection.scalar(select(func.count()).select_from(suggestion_tokens)) == 2

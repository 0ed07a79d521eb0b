from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select

from storage import inbox, outbox
from storage.conversations import Conversations, Turn
from storage.inbox import Arrival
from storage.outbox import Outgoing, Send
from storage.people import Person, conversation_of, find_conversation, find_person, forget_person
from storage.schema import conversations, messages, people, suggestion_tokens
from storage.schema import inbox as inbox_table
from storage.schema import outbox as outbox_table

LAN = Person("telegram", "lan")


def test_a_conversation_leads_back_to_its_person(engine: Engine) -> None:
    assert find_conversation(engine, LAN) is None
    with engine.begin() as connection:
        made = conversation_of(connection, "telegram", "lan")
    assert find_conversation(engine, LAN) == made
    assert find_person(engine, made) == LAN
    assert find_person(engine, Conversations(engine).create("web").id) is None


def test_nobody_opens_it_from_outside(engine: Engine) -> None:
    with engine.begin() as connection:
        made = conversation_of(connection, "telegram", "lan")
    assert Conversations(engine).check(made, "").value == "wrong_token"


def test_who_is_slower_takes_the_conversation_of_who_was_quicker(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        made = conversation_of(connection, "telegram", "lan")

    with engine.begin() as connection:
        look = connection.scalar
        seen = iter([None])  # the first look was before the other committed
        monkeypatch.setattr(connection, "scalar", lambda *given: next(seen, None) if given else look())
        assert conversation_of(connection, "telegram", "lan") == made
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(conversations)) == 1


def test_forgetting_a_person_leaves_nothing_of_them(engine: Engine) -> None:
    inbox.add(engine, [Arrival("telegram", "1", "lan", {"text": "a"}, datetime.now(UTC))])
    inbox.add(engine, [Arrival("telegram", "1", "minh", {"text": "b"}, datetime.now(UTC))])
    made = find_conversation(engine, LAN)
    assert made is not None
    Conversations(engine).record_turn(Turn(made, "1", {"text": "a"}))
    outbox.add(engine, made, Outgoing("telegram", "lan", [Send("k", {"text": "x"})], {"t:0123456789": "human"}))

    assert forget_person(engine, LAN)
    assert not forget_person(engine, LAN)
    with engine.connect() as connection:
        for table in (messages, outbox_table, suggestion_tokens):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
        for table in (conversations, inbox_table, people):
            assert connection.scalar(select(func.count()).select_from(table)) == 1  # the other person's

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text, update

from storage.conversations import (
    Access,
    AlreadyRecorded,
    Conversations,
    Question,
    Turn,
    TurnStart,
    UnknownConversation,
)
from storage.database import writing
from storage.schema import conversations as conversations_table
from storage.schema import questions

REPLY = {"text": "Đăng ký khai sinh cần Tờ khai.", "outcome": "answered"}


@pytest.fixture
def conversations(engine: Engine) -> Conversations:
    store = Conversations(engine)
    store.ensure("c", "test")
    return store


def turn(message_id: str = "m1", **changes: Any) -> Turn:
    given: dict[str, Any] = {"replies": [REPLY], "tracker": {"focus": "1.001193"}} | changes
    return Turn("c", message_id, {"text": "làm giấy khai sinh"}, **given)


def test_only_its_token_opens_a_conversation(conversations: Conversations) -> None:
    made, other = conversations.create("web"), conversations.create("web")
    assert conversations.check(made.id, made.token) is Access.OK
    assert conversations.check(made.id, other.token) is Access.WRONG_TOKEN
    assert conversations.check(made.id, "") is Access.WRONG_TOKEN
    assert conversations.check("nobody", made.token) is Access.UNKNOWN


@pytest.mark.parametrize("id_", ["", "a\0b", "\ud800", "mã", "' OR 1=1 --", "x" * 10_000])
def test_an_id_of_any_letters_is_just_unknown(conversations: Conversations, id_: str) -> None:
    assert conversations.check(id_, "token") is Access.UNKNOWN


@pytest.mark.parametrize("token", ["\0", "\ud800", "mã", "x" * 10_000])
def test_a_token_of_any_letters_is_just_wrong(conversations: Conversations, token: str) -> None:
    assert conversations.check(conversations.create("web").id, token) is Access.WRONG_TOKEN


def test_a_conversation_without_a_token_opens_to_no_one(conversations: Conversations) -> None:
    assert conversations.check("c", "") is Access.WRONG_TOKEN


def test_the_token_itself_is_nowhere_in_the_database(conversations: Conversations, engine: Engine) -> None:
    made = conversations.create("web")
    with engine.connect() as connection:
        rows = connection.execute(select(conversations_table)).all()
    assert made.id in str(rows)
    assert made.token not in str(rows)


def test_ensure_keeps_the_conversation_that_is_there(conversations: Conversations) -> None:
    conversations.record_turn(turn())
    conversations.ensure("c", "other")
    assert len(conversations.entries_after("c", 0)) == 2


def test_a_turn_is_read_back_as_it_was_written(conversations: Conversations) -> None:
    before = datetime.now(UTC)
    last = conversations.record_turn(turn())
    said, answered = conversations.entries_after("c", 0)
    assert (said.role, said.message_id, said.body) == ("citizen", "m1", {"text": "làm giấy khai sinh"})
    assert (answered.role, answered.message_id, answered.body) == ("assistant", "m1", REPLY)
    assert answered.id == last > said.id
    assert timedelta(0) <= answered.created_at - before < timedelta(minutes=1)


def test_the_start_of_a_turn_tells_all_that_is_known(conversations: Conversations, engine: Engine) -> None:
    assert conversations.start_turn("c", "m1") == TurnStart(held_by=None, tracker=None, replies=None)
    conversations.record_turn(turn(replies=[REPLY, {"text": "hai"}]))
    with writing(engine) as connection:
        connection.execute(update(conversations_table).values(held_by="lan"))
    assert conversations.start_turn("c", "m1") == TurnStart("lan", {"focus": "1.001193"}, [REPLY, {"text": "hai"}])
    assert conversations.start_turn("c", "m2") == TurnStart("lan", {"focus": "1.001193"}, None)
    assert conversations.held_by("c") == "lan"
    with pytest.raises(UnknownConversation):
        conversations.start_turn("nobody", "m1")


def test_a_turn_without_replies_is_not_taken_for_a_new_one(conversations: Conversations) -> None:
    assert conversations.find_turn("c", "m1") is None
    conversations.record_turn(turn(replies=[]))
    assert conversations.find_turn("c", "m1") == []


def test_delivery_ids_belong_to_their_conversation(conversations: Conversations) -> None:
    conversations.ensure("d", "test")
    conversations.record_turn(turn())
    assert conversations.find_turn("d", "m1") is None


def test_the_same_delivery_twice_leaves_the_first(conversations: Conversations) -> None:
    conversations.record_turn(turn())
    with pytest.raises(AlreadyRecorded):
        conversations.record_turn(turn(replies=[{"text": "khác"}], tracker={"focus": "khác"}))
    assert conversations.find_turn("c", "m1") == [REPLY]
    assert conversations.load_tracker("c") == {"focus": "1.001193"}


def test_of_one_delivery_sent_many_times_at_once_one_is_recorded(conversations: Conversations) -> None:
    def record(number: int) -> bool:
        try:
            conversations.record_turn(turn(replies=[{"text": str(number)}]))
        except AlreadyRecorded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(record, range(8))) == 1
    assert len(conversations.entries_after("c", 0)) == 2


def test_a_turn_that_cannot_be_written_whole_is_not_written(conversations: Conversations, engine: Engine) -> None:
    question = Question("câu", "answered", 0.9, ["1.001193", object()], "test")  # type: ignore[list-item]
    with pytest.raises(Exception, match="not JSON serializable"):
        conversations.record_turn(turn(question=question))
    assert conversations.entries_after("c", 0) == []
    assert conversations.load_tracker("c") is None


def test_a_turn_needs_its_conversation(conversations: Conversations) -> None:
    with pytest.raises(UnknownConversation):
        conversations.record_turn(Turn("nobody", "m1", {"text": "chào"}))
    with pytest.raises(UnknownConversation):
        conversations.append_reply("nobody", REPLY)


def test_the_tracker_is_replaced_or_left(conversations: Conversations) -> None:
    conversations.record_turn(turn("m1"))
    conversations.record_turn(turn("m2", tracker=None))
    assert conversations.load_tracker("c") == {"focus": "1.001193"}
    conversations.record_turn(turn("m3", tracker={"focus": "2.000635"}))
    assert conversations.load_tracker("c") == {"focus": "2.000635"}


def test_what_was_asked_is_kept_with_its_outcome(conversations: Conversations, engine: Engine) -> None:
    conversations.record_turn(turn(question=Question("số [đã che]", "clarify", 0.4, ["1.001193"], "test", "en")))
    with engine.connect() as connection:
        row = connection.execute(select(questions)).one()
    assert (row.conversation_id, row.text, row.outcome, row.confidence) == ("c", "số [đã che]", "clarify", 0.4)
    assert (row.codes, row.channel, row.language) == (["1.001193"], "test", "en")


def test_replies_of_staff_come_after_what_was_seen(conversations: Conversations) -> None:
    seen = conversations.record_turn(turn())
    first, second = (conversations.append_reply("c", {"text": words}) for words in ("Chào anh", "Tôi là Lan"))
    assert seen < first < second
    assert [(e.role, e.message_id, e.body["text"]) for e in conversations.entries_after("c", seen)] == [
        ("staff", None, "Chào anh"),
        ("staff", None, "Tôi là Lan"),
    ]
    assert [e.id for e in conversations.entries_after("c", seen, limit=1)] == [first]


def test_a_reader_misses_nothing_while_many_write(conversations: Conversations) -> None:
    finished = Event()

    def write(writer: int) -> None:
        for number in range(15):
            conversations.append_reply("c", {"text": f"{writer}.{number}"})

    def read() -> list[int]:
        seen = [0]
        while True:
            last_look = finished.is_set()
            seen += [entry.id for entry in conversations.entries_after("c", seen[-1])]
            if last_look:
                return seen[1:]

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read)
        list(pool.map(write, range(4)))
        finished.set()
        seen = reader.result()
    assert seen == [entry.id for entry in conversations.entries_after("c", 0)]
    assert len(seen) == 60


def test_a_turn_starts_with_one_query_and_is_one_transaction(conversations: Conversations, engine: Engine) -> None:
    begun: list[str] = []
    asked: list[str] = []
    event.listen(engine, "commit", lambda _: begun.append("commit"))
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    conversations.start_turn("c", "m1")
    assert len(asked) == 1
    conversations.record_turn(turn(question=Question("câu", "answered", 1.0, [], "test")))
    assert begun == ["commit"]


def test_vietnamese_stays_readable_in_the_database(conversations: Conversations, engine: Engine) -> None:
    conversations.record_turn(turn())
    with engine.connect() as connection:
        stored = connection.scalar(text("SELECT CAST(body AS TEXT) FROM messages ORDER BY id LIMIT 1"))
        assert "giấy khai sinh" in stored
        assert connection.scalar(select(func.count()).select_from(questions)) == 0

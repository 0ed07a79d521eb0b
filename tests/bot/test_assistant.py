"""The path of one message, with a scripted dialogue and the real store."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from bot.assistant import LONGEST_TEXT, Assistant
from bot.messages import File, FileKind, Location, Message, Outcome, Reply, Suggestion
from storage.conversations import Conversations, Turn, UnknownConversation
from storage.database import open_database
from storage.schema import conversations as conversations_table
from storage.schema import messages, metadata, questions, trackers

FEE = "facet:1.001193:fee"
OFFER = (Suggestion("Lệ phí", FEE), Suggestion("Mở trang", url="https://x.example"), Suggestion("Gặp cán bộ", "human"))


@dataclass
class Heard:
    """What the dialogue was given for one message."""

    text: str
    state: dict[str, Any]
    metadata: dict[str, Any]


@dataclass
class Answer:
    replies: tuple[Reply, ...]
    intent: str
    state: dict[str, Any]


@dataclass
class ScriptedDialogue:
    """Repeats what it heard, offers `OFFER` and counts in its state; waits and fails as it is told."""

    heard: list[Heard] = field(default_factory=list)
    replies: tuple[Reply, ...] | None = None
    failure: Exception | None = None
    wait: float = 0.0
    inside: int = 0
    most_inside: int = 0

    async def respond(self, conversation_id: str, text: str, state: dict[str, Any], metadata: dict[str, Any]) -> Answer:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.heard.append(Heard(text, state, metadata))
        await asyncio.sleep(self.wait)
        self.inside -= 1
        if self.failure is not None:
            raise self.failure
        said = Reply(f"nghe: {text}", Outcome.ANSWERED, "fee", ("1.001193",), suggestions=OFFER, confidence=0.5)
        count = state.get("slots", {}).get("count", 0) + 1
        return Answer((said,) if self.replies is None else self.replies, "ask", {"slots": {"count": count}})


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite file alone: what differs between databases is tested with the storage."""
    opened = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def store(engine: Engine) -> Conversations:
    return Conversations(engine)


@pytest.fixture
def dialogue() -> ScriptedDialogue:
    return ScriptedDialogue()


@dataclass
class Citizen:
    """One conversation with the assistant."""

    assistant: Assistant
    id: str
    sent: int = 0

    async def say(self, text: str = "", payload: str | None = None, id: str | None = None) -> list[Reply]:
        self.sent += 1
        return await self.assistant.handle(Message(id or f"m{self.sent}", self.id, text, payload))

    async def outcome(self, text: str = "", payload: str | None = None) -> Outcome:
        (reply,) = await self.say(text, payload)
        return reply.outcome


@pytest.fixture
def citizen(dialogue: ScriptedDialogue, store: Conversations) -> Citizen:
    return Citizen(Assistant(dialogue, store), store.create("web").id)


def kept(engine: Engine) -> str:
    """Return everything that stands in any table."""
    with engine.connect() as connection:
        rows = [list(map(str, row)) for table in metadata.sorted_tables for row in connection.execute(select(table))]
    return json.dumps(rows, ensure_ascii=False)


def hold(engine: Engine, conversation: str, staff: str | None) -> None:
    with engine.begin() as connection:
        where = conversations_table.c.id == conversation
        connection.execute(update(conversations_table).where(where).values(held_by=staff))


def count(engine: Engine, table: Any) -> int:
    with engine.connect() as connection:
        return len(connection.execute(select(table)).all())


async def test_a_message_is_answered_and_the_whole_turn_is_kept(
    citizen: Citizen, store: Conversations, engine: Engine
) -> None:
    (reply,) = await citizen.say("lệ phí khai sinh")
    assert reply.text == "nghe: lệ phí khai sinh"
    said, answered = store.entries_after(citizen.id, 0)
    assert (said.role, said.body) == ("citizen", {"text": "lệ phí khai sinh"})
    assert (answered.role, answered.body) == ("assistant", reply.to_json())
    remembered = store.load_tracker(citizen.id)
    assert remembered["slots"] == {"count": 1}
    assert remembered["offered"] == [["Lệ phí", FEE], ["Gặp cán bộ", "human"]]
    with engine.connect() as connection:
        row = connection.execute(select(questions)).one()
    asked = (row.text, row.outcome, row.confidence, row.codes, row.channel, row.language)
    assert asked == ("lệ phí khai sinh", "answered", 0.5, ["1.001193"], "web", "vi")


async def test_the_dialogue_goes_on_from_what_it_remembered(citizen: Citizen, dialogue: ScriptedDialogue) -> None:
    await citizen.say("a")
    await citizen.say("b")
    assert [heard.state for heard in dialogue.heard] == [{}, {"slots": {"count": 1}}]
    assert dialogue.heard[0].metadata == {"language": "vi", "typed": "a", "personal": []}


async def test_messages_of_one_conversation_are_answered_in_the_order_they_came(
    citizen: Citizen, dialogue: ScriptedDialogue, store: Conversations
) -> None:
    dialogue.wait = 0.02
    done: list[str] = []

    async def send(text: str) -> None:
        await citizen.say(text)
        done.append(text)

    await asyncio.gather(*(send(text) for text in ("một", "hai", "ba", "bốn")))
    assert done == ["một", "hai", "ba", "bốn"]
    assert dialogue.most_inside == 1
    texts = [entry.body["text"] for entry in store.entries_after(citizen.id, 0)]
    assert texts == ["một", "nghe: một", "hai", "nghe: hai", "ba", "nghe: ba", "bốn", "nghe: bốn"]
    assert store.load_tracker(citizen.id)["slots"] == {"count": 4}


async def test_other_conversations_need_not_wait(dialogue: ScriptedDialogue, store: Conversations) -> None:
    dialogue.wait = 0.02
    assistant = Assistant(dialogue, store)
    people = [Citizen(assistant, store.create("web").id) for _ in range(3)]
    await asyncio.gather(*(person.say("a") for person in people))
    assert dialogue.most_inside == 3


async def test_a_cancelled_message_does_not_hold_up_the_next(citizen: Citizen, dialogue: ScriptedDialogue) -> None:
    dialogue.wait = 60
    first = asyncio.ensure_future(citizen.say("a"))
    await asyncio.sleep(0)
    assert dialogue.heard
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    dialogue.wait = 0
    (reply,) = await citizen.say("b")
    assert reply.text == "nghe: b"


async def test_the_same_delivery_again_gets_the_same_replies(
    citizen: Citizen, dialogue: ScriptedDialogue, engine: Engine
) -> None:
    first = await citizen.say("a", id="d1")
    before = kept(engine)
    assert await citizen.say("a", id="d1") == first
    assert await citizen.say("something else", id="d1") == first
    assert kept(engine) == before
    assert len(dialogue.heard) == 1


async def test_the_same_delivery_twice_at_once_is_answered_once(citizen: Citizen, dialogue: ScriptedDialogue) -> None:
    dialogue.wait = 0.01
    first, second = await asyncio.gather(citizen.say("a", id="d1"), citizen.say("a", id="d1"))
    assert first == second
    assert len(dialogue.heard) == 1


async def test_when_another_process_was_quicker_its_answer_stands(
    citizen: Citizen, dialogue: ScriptedDialogue, store: Conversations
) -> None:
    theirs = Reply("câu của máy kia", Outcome.ANSWERED)
    respond = dialogue.respond

    async def overtaken(*args: Any) -> Answer:
        store.record_turn(Turn(citizen.id, "d1", {"text": "a"}, [theirs.to_json()], {"slots": {"count": 9}}))
        return await respond(*args)

    dialogue.respond = overtaken  # type: ignore[method-assign]
    assert await citizen.say("a", id="d1") == [theirs]
    assert [entry.body["text"] for entry in store.entries_after(citizen.id, 0)] == ["a", "câu của máy kia"]
    assert store.load_tracker(citizen.id) == {"slots": {"count": 9}}


async def test_an_unknown_conversation_is_told_to_the_caller(citizen: Citizen) -> None:
    citizen.id = "nobody"
    with pytest.raises(UnknownConversation):
        await citizen.say("a")


@pytest.mark.parametrize("text", ["", " \n ", "😀👍", "...", "?!", "\u200b\u200d", "🇻🇳", "/", "///"])
async def test_a_message_without_words_gets_an_example_and_not_a_guess(
    citizen: Citizen, dialogue: ScriptedDialogue, text: str
) -> None:
    (reply,) = await citizen.say(text)
    assert reply.outcome is Outcome.CLARIFY
    assert "ví dụ" in reply.text
    assert dialogue.heard == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FileKind.IMAGE, "chưa xem được ảnh"),
        (FileKind.VIDEO, "chưa xem được ảnh, video"),
        (FileKind.DOCUMENT, "viết bằng chữ"),
        (FileKind.AUDIO, "bấm hình micrô trên bàn phím"),
        (FileKind.STICKER, "chưa hiểu được hình"),
        (FileKind.CONTACT, "không giữ danh thiếp của người khác"),
    ],
)
async def test_a_file_without_words_is_declined_with_how_to_go_on_and_not_kept(
    citizen: Citizen, dialogue: ScriptedDialogue, engine: Engine, kind: FileKind, words: str
) -> None:
    sent = Message("m1", citizen.id, files=(File(kind, "REFERENCE-77", "ảnh căn cước.jpg", 900),))
    (reply,) = await citizen.assistant.handle(sent)
    assert words in reply.text
    assert reply.outcome is Outcome.CLARIFY
    assert reply.suggestions
    assert dialogue.heard == []
    assert kind.value in kept(engine)
    assert "REFERENCE-77" not in kept(engine)
    assert "căn cước.jpg" not in kept(engine)


async def test_the_words_beside_a_file_are_answered_and_the_file_is_said_to_be_unread(
    citizen: Citizen, dialogue: ScriptedDialogue
) -> None:
    (reply,) = await citizen.assistant.handle(Message("m1", citizen.id, "lệ phí", files=(File(FileKind.IMAGE),)))
    assert reply.text.startswith("nghe: lệ phí\n")
    assert "chỉ đọc phần chữ" in reply.text
    assert dialogue.heard[0].text == "lệ phí"


async def test_a_place_without_words_is_asked_about_and_where_it_lies_is_not_kept(
    citizen: Citizen, dialogue: ScriptedDialogue, engine: Engine
) -> None:
    place = Location(21.3046, 105.7052, "UBND phường Xuân Hòa")
    (reply,) = await citizen.assistant.handle(Message("m1", citizen.id, location=place))
    assert reply.outcome is Outcome.CLARIFY
    assert "phải không" in reply.text
    assert "21.3046" not in kept(engine)
    await citizen.assistant.handle(Message("m2", citizen.id, "1"))
    assert dialogue.heard[-1].text == f'/choose{{"token": "{reply.suggestions[0].payload}"}}'


async def test_a_file_in_a_conversation_held_by_staff_is_left_to_them(citizen: Citizen, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(conversations_table).values(held_by="lan"))
    assert await citizen.assistant.handle(Message("m1", citizen.id, files=(File(FileKind.IMAGE),))) == []


async def test_a_message_at_the_limit_is_read(citizen: Citizen) -> None:
    assert await citizen.outcome("a" * LONGEST_TEXT) is Outcome.ANSWERED


async def test_a_message_over_the_limit_is_refused_kindly_and_kept_short(
    citizen: Citizen, dialogue: ScriptedDialogue, store: Conversations
) -> None:
    (reply,) = await citizen.say("khai sinh, " * 300)
    assert reply.outcome is Outcome.BLOCKED
    assert "3.300" in reply.text
    assert "2.000" in reply.text
    assert dialogue.heard == []
    assert len(store.entries_after(citizen.id, 0)[0].body["text"]) == LONGEST_TEXT


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("/restart", "restart"),
        ("// request_person", "request_person"),
        ('/choose{"token": "human"}', 'choose{"token": "human"}'),
        ("\u200b/ask", "ask"),
        ("/ / start_over", "start_over"),
        ("1/7/2025", "1/7/2025"),
    ],
)
async def test_typed_text_never_reaches_rasa_as_an_intent(
    citizen: Citizen, dialogue: ScriptedDialogue, typed: str, heard: str
) -> None:
    await citizen.say(typed)
    assert dialogue.heard[0].text == heard


@pytest.mark.parametrize(
    ("payload", "heard"),
    [
        (FEE, '/choose{"token": "facet:1.001193:fee"}'),
        ("about:2.000635", '/choose{"token": "about:2.000635"}'),
        ("more:1.001193:documents:2", '/choose{"token": "more:1.001193:documents:2"}'),
        ("human", "/request_person"),
        ("restart", "/start_over"),
        ("help", "/help"),
    ],
)
async def test_a_tap_becomes_an_intent(citizen: Citizen, dialogue: ScriptedDialogue, payload: str, heard: str) -> None:
    await citizen.say(payload=payload)
    assert dialogue.heard[0].text == heard


@pytest.mark.parametrize(
    "payload", ["", "nothing", '/choose{"token": "human"}', "facet", FEE + '"}', "human\n", "x" * 500, "😀"]
)
async def test_a_payload_never_offered_is_refused(citizen: Citizen, dialogue: ScriptedDialogue, payload: str) -> None:
    (reply,) = await citizen.say(payload=payload)
    assert reply.outcome is Outcome.CLARIFY
    assert "Nút này" in reply.text
    assert dialogue.heard == []


async def test_a_strange_payload_is_not_kept_whole(citizen: Citizen, store: Conversations) -> None:
    await citizen.say(payload="x" * 500)
    assert store.entries_after(citizen.id, 0)[0].body == {"text": "", "payload": "x" * 64}


@pytest.mark.parametrize(("typed", "token"), [("1", FEE), ("số 1", FEE), ("LE PHI", FEE), ("Lệ phí.", FEE)])
async def test_a_number_or_a_label_typed_is_the_suggestion_offered(
    citizen: Citizen, dialogue: ScriptedDialogue, typed: str, token: str
) -> None:
    await citizen.say("khai sinh")
    await citizen.say(typed)
    assert dialogue.heard[1].text == f'/choose{{"token": "{token}"}}'


async def test_links_are_not_counted_among_the_choices(citizen: Citizen, dialogue: ScriptedDialogue) -> None:
    await citizen.say("khai sinh")
    await citizen.say("2")
    assert dialogue.heard[1].text == "/request_person"


async def test_a_number_is_only_a_number_when_nothing_was_offered(citizen: Citizen, dialogue: ScriptedDialogue) -> None:
    await citizen.say("2")
    await citizen.say("7")
    assert [heard.text for heard in dialogue.heard] == ["2", "7"]


async def test_choices_are_those_of_the_last_reply_only(citizen: Citizen, dialogue: ScriptedDialogue) -> None:
    await citizen.say("khai sinh")
    dialogue.replies = (Reply("không có gợi ý", Outcome.SMALLTALK),)
    await citizen.say("cảm ơn")
    await citizen.say("1")
    assert dialogue.heard[2].text == "1"


PERSONAL = (
    "số cccd 079201001234",
    "cmnd 201234567",
    "sdt 0912 345 678",
    "gọi +84 912.345.678",
    "mail a.b@example.vn",
    "stk 19031234567890",
    "hộ chiếu B1234567",
)


@pytest.mark.parametrize("text", PERSONAL)
async def test_personal_numbers_are_nowhere_kept_logged_or_understood(
    citizen: Citizen, dialogue: ScriptedDialogue, engine: Engine, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    caplog.set_level(logging.DEBUG)
    (reply,) = await citizen.say(f"tôi mất căn cước, {text}, làm lại sao")
    number = text.split(" ", 1)[1] if not text.startswith("hộ chiếu") else "B1234567"
    secret = "".join(filter(str.isalnum, number)) if "@" not in number else number
    everything = kept(engine) + caplog.text + dialogue.heard[0].text + dialogue.heard[0].metadata["typed"] + reply.text
    assert number not in everything
    assert secret not in everything
    assert "[" in dialogue.heard[0].text
    assert "Tôi đã che" in reply.text


async def test_a_failing_dialogue_does_not_put_personal_numbers_in_the_log(
    citizen: Citizen, dialogue: ScriptedDialogue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    dialogue.failure = RuntimeError("broken")
    await citizen.say("cccd của tôi 079201001234")
    assert "079201001234" not in caplog.text


async def test_a_message_too_long_is_kept_masked_too(citizen: Citizen, engine: Engine) -> None:
    assert await citizen.outcome("cccd 079201001234 " * 150) is Outcome.BLOCKED
    assert "079201001234" not in kept(engine)


async def test_a_contact_left_for_staff_needs_no_notice(citizen: Citizen, dialogue: ScriptedDialogue) -> None:
    dialogue.replies = (Reply("Đã ghi phiếu", Outcome.HANDOFF),)
    (reply,) = await citizen.say("gọi tôi 0912345678")
    assert reply.text == "Đã ghi phiếu"
    assert dialogue.heard[0].metadata["personal"] == [("số điện thoại", "0912345678")]


async def test_while_staff_write_the_assistant_keeps_silent_but_keeps_what_was_said(
    citizen: Citizen, dialogue: ScriptedDialogue, store: Conversations, engine: Engine
) -> None:
    await citizen.say("khai sinh")
    hold(engine, citizen.id, "lan")
    assert await citizen.say("cán bộ ơi, cccd tôi 079201001234", id="d2") == []
    assert await citizen.say("cán bộ ơi, cccd tôi 079201001234", id="d2") == []
    assert len(dialogue.heard) == 1
    entries = store.entries_after(citizen.id, 0)
    assert [entry.role for entry in entries] == ["citizen", "assistant", "citizen"]
    assert "079201001234" not in kept(engine)
    assert store.load_tracker(citizen.id)["slots"] == {"count": 1}
    hold(engine, citizen.id, None)
    assert await citizen.outcome("lệ phí") is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("text", "held"),
    [("cứu tôi với, nhà đang cháy to", None), ("nha dang chay to qua", None), ("nhà đang cháy to", "lan")],
)
async def test_someone_in_danger_gets_the_numbers_before_anything_else(
    citizen: Citizen, dialogue: ScriptedDialogue, engine: Engine, text: str, held: str | None
) -> None:
    hold(engine, citizen.id, held)
    (reply,) = await citizen.say(text)
    assert reply.outcome is Outcome.CRISIS
    assert "114" in reply.text
    assert reply.suggestions[0].url == "tel:114"
    assert dialogue.heard == []


async def test_a_cry_for_help_in_a_message_too_long_is_still_heard(citizen: Citizen) -> None:
    assert await citizen.outcome("nhà đang cháy to quá, " + "a " * LONGEST_TEXT) is Outcome.CRISIS


async def test_a_crisis_that_names_a_label_is_still_a_crisis(citizen: Citizen, dialogue: ScriptedDialogue) -> None:
    dialogue.replies = (Reply("chọn", Outcome.CLARIFY, suggestions=(Suggestion("nhà đang cháy to", "human"),)),)
    await citizen.say("a")
    assert await citizen.outcome("nhà đang cháy to") is Outcome.CRISIS


async def test_a_failing_dialogue_answers_honestly_and_writes_nothing(
    citizen: Citizen, dialogue: ScriptedDialogue, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    await citizen.say("a")
    before = kept(engine)
    dialogue.failure = RuntimeError("broken")
    (reply,) = await citizen.say("lệ phí khai sinh", id="d2")
    assert reply.outcome is Outcome.ERROR
    assert "1022" in reply.text
    assert kept(engine) == before
    assert "RuntimeError: broken" in caplog.text
    assert "khai sinh" not in caplog.text
    dialogue.failure = None
    assert (await citizen.say("lệ phí khai sinh", id="d2"))[0].outcome is Outcome.ANSWERED


async def test_a_failing_store_answers_honestly_and_writes_nothing(
    citizen: Citizen, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    questions.drop(engine)
    (reply,) = await citizen.say("lệ phí")
    assert reply.outcome is Outcome.ERROR
    assert (count(engine, messages), count(engine, trackers)) == (0, 0)
    assert "failed" in caplog.text
    assert "lệ phí" not in caplog.text


async def test_a_dialogue_that_says_nothing_is_a_failure(citizen: Citizen, dialogue: ScriptedDialogue) -> None:
    dialogue.replies = ()
    assert await citizen.outcome("a") is Outcome.ERROR


async def test_english_is_answered_in_english(citizen: Citizen, dialogue: ScriptedDialogue) -> None:
    await citizen.say("how much does a birth certificate cost")
    assert dialogue.heard[0].metadata["language"] == "en"
    (reply,) = await citizen.say("please help, my house is on fire")
    assert "call now" in reply.text

"""Asking whether a conversation helped: the words, and the way through the assistant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot import phrases, rating
from bot.assistant import Assistant
from bot.choices import Choice, parse_token
from bot.messages import Message, Outcome, Reply
from channels import telegram_layout, zalo_bot, zalo_parts
from channels.fit import Limits, fit
from storage.conversations import Conversations
from storage.database import open_database
from storage.ratings import Ratings
from storage.schema import metadata

BIRTH = "1.001193"


@dataclass
class Answer:
    replies: tuple[Reply, ...]
    intent: str
    state: dict[str, Any]


class Dialogue:
    """Hears thanks, farewells and a wish to start over by their English names, and answers everything else."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def respond(self, conversation_id: str, text: str, state: dict[str, Any], metadata: dict[str, Any]) -> Answer:
        self.heard.append(text)
        language = "en" if "fee" in text else state.get("slots", {}).get("language", "vi")
        slots = {"focus": BIRTH, "language": language}
        if text in ("thank", "goodbye"):
            return Answer((phrases.smalltalk(text, language, BIRTH),), text, {"slots": slots})
        if text in ("start over", "/start_over"):
            return Answer((phrases.started_over(language),), "start_over", {"slots": {"language": language}})
        if text == "unknown":
            return Answer((phrases.declined("unknown", language),), "ask", {"slots": {"language": language}})
        return Answer((Reply("8.000 đồng", Outcome.ANSWERED, "fee", (BIRTH,)),), "ask", {"slots": slots})


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(opened)
    yield opened
    opened.dispose()


@dataclass
class Citizen:
    assistant: Assistant
    dialogue: Dialogue
    ratings: Ratings
    id: str
    sent: int = 0

    async def say(self, text: str = "", payload: str | None = None, message: str | None = None) -> Reply:
        self.sent += 1
        replies = await self.assistant.handle(Message(message or f"m{self.sent}", self.id, text, payload))
        return replies[-1]


@pytest.fixture
def citizen(engine: Engine) -> Citizen:
    store, dialogue = Conversations(engine), Dialogue()
    return Citizen(Assistant(dialogue, store), dialogue, Ratings(engine), store.create("web").id)


def asks(reply: Reply) -> bool:
    return [s.payload for s in reply.suggestions] == ["rate:5", "rate:3", "rate:1"]


@pytest.mark.parametrize("ending", ["thank", "goodbye", "start over"])
async def test_an_answered_conversation_is_asked_at_its_end_and_never_again(citizen: Citizen, ending: str) -> None:
    assert not asks(await citizen.say("lệ phí"))
    reply = await citizen.say(ending)
    assert asks(reply)
    assert reply.outcome is Outcome.SMALLTALK
    assert "giúp được anh/chị" in reply.text
    await citizen.say("thời hạn")
    for again in ("thank", "goodbye", "start over"):
        assert not asks(await citizen.say(again))
    kept = citizen.ratings.get(citizen.id)
    assert kept is not None
    assert (kept.code, kept.score) == (BIRTH, None)


async def test_thanks_for_nothing_and_thanks_after_a_crisis_are_not_asked_about(citizen: Citizen) -> None:
    assert not asks(await citizen.say("unknown"))
    assert not asks(await citizen.say("thank"))
    await citizen.say("lệ phí")
    assert (await citizen.say("cứu tôi với, chồng tôi đang đánh tôi")).outcome is Outcome.CRISIS
    assert not asks(await citizen.say("thank"))


@pytest.mark.parametrize(
    ("said", "score"),
    [("hài lòng", 5), ("Rất hài lòng ạ", 5), ("1", 5), ("2", 3), ("tam duoc", 3), ("ko hai long lam", 1), ("3", 1)],
)
async def test_a_rating_may_be_typed(citizen: Citizen, said: str, score: int) -> None:
    await citizen.say("lệ phí")
    await citizen.say("thank")
    reply = await citizen.say(said)
    kept = citizen.ratings.get(citizen.id)
    assert kept is not None
    assert kept.score == score
    assert reply.text.startswith("Cảm ơn anh/chị đã cho biết.")
    assert ("Rất tiếc" in reply.text) == (score == 1)
    assert said not in citizen.dialogue.heard


async def test_a_tap_rates_and_the_next_question_is_answered_as_ever(citizen: Citizen) -> None:
    await citizen.say("lệ phí")
    await citizen.say("thank")
    assert (await citizen.say(payload="rate:5")).suggestions[0].label == "Viết góp ý"
    assert (await citizen.say("thời hạn")).outcome is Outcome.ANSWERED
    assert citizen.dialogue.heard == ["lệ phí", "thank", "thời hạn"]


async def test_a_question_instead_of_a_rating_is_answered(citizen: Citizen) -> None:
    await citizen.say("lệ phí")
    await citizen.say("thank")
    assert (await citizen.say("nộp ở đâu")).text == "8.000 đồng"
    # What is said later is no rating any more: the buttons are gone.
    await citizen.say("bình thường")
    assert citizen.dialogue.heard[-1] == "bình thường"


async def test_a_comment_is_kept_masked_and_only_the_message_after_the_button_is_one(
    citizen: Citizen, engine: Engine
) -> None:
    await citizen.say("lệ phí")
    await citizen.say("thank")
    await citizen.say("3")
    assert "một tin" in (await citizen.say("Viết góp ý")).text
    reply = await citizen.say("gọi lại cho tôi số 0912345678, câu trả lời khó hiểu")
    assert "ghi góp ý" in reply.text
    assert "Tôi đã che số điện thoại" in reply.text
    kept = citizen.ratings.get(citizen.id)
    assert kept is not None
    assert (kept.score, kept.comment) == (1, "gọi lại cho tôi số [số điện thoại], câu trả lời khó hiểu")
    assert (await citizen.say("nộp ở đâu")).text == "8.000 đồng"
    assert citizen.ratings.get(citizen.id) == kept


async def test_another_button_instead_of_the_comment_is_followed(citizen: Citizen) -> None:
    await citizen.say("lệ phí")
    await citizen.say("thank")
    await citizen.say("1")
    await citizen.say(payload="comment")
    await citizen.say(payload="help")
    assert (await citizen.say("nộp ở đâu")).text == "8.000 đồng"
    kept = citizen.ratings.get(citizen.id)
    assert kept is not None
    assert kept.comment is None


async def test_the_same_delivery_again_gets_the_same_question(citizen: Citizen) -> None:
    await citizen.say("lệ phí")
    first = await citizen.say("thank", message="same")
    assert asks(first)
    assert await citizen.say("thank", message="same") == first


async def test_a_rating_nobody_asked_for_is_an_old_button(citizen: Citizen) -> None:
    await citizen.say("lệ phí")
    assert (await citizen.say(payload="rate:5")).outcome is Outcome.CLARIFY
    assert citizen.ratings.get(citizen.id) is None


async def test_the_language_of_the_conversation_is_kept(citizen: Citizen) -> None:
    await citizen.say("what is the fee for a birth certificate")
    reply = await citizen.say("thank")
    assert "Did this help you?" in reply.text
    assert [s.label for s in reply.suggestions] == ["Satisfied", "It was okay", "Not satisfied"]
    assert (await citizen.say("not satisfied")).text.startswith("Thank you for telling us.")
    assert "comment" in (await citizen.say("write a comment")).text


@pytest.mark.parametrize("score", [5, 3, 1])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_label_can_be_typed_and_every_token_read(score: int, language: str) -> None:
    offered = rating.question(language).suggestions
    suggestion = next(s for s in offered if s.payload == f"rate:{score}")
    assert rating.said_score(suggestion.label) == parse_token(suggestion.payload or "") == Choice("rate", page=score)


def test_asking_keeps_the_words_of_the_reply() -> None:
    said = Reply("Không có gì.", Outcome.SMALLTALK)
    asked = rating.asking(said, "vi")
    assert asked.text.startswith("Không có gì.\n")
    assert replace(asked, text=said.text, suggestions=()) == said


@pytest.mark.parametrize("text", ["hài lòng không", "tôi bình thường", "lệ phí bao nhiêu", "", "5"])
def test_other_words_are_no_rating(text: str) -> None:
    assert rating.said_score(text) is None


@pytest.mark.parametrize("limits", [telegram_layout.LIMITS, zalo_parts.LIMITS, zalo_bot.LIMITS])
def test_every_channel_offers_the_three_answers(limits: Limits) -> None:
    (part,) = fit(rating.asking(phrases.smalltalk("thank", "vi", BIRTH), "vi"), limits)
    if limits.suggestions:
        assert [s.label for s in part.suggestions] == ["Hài lòng", "Bình thường", "Chưa hài lòng"]
    else:
        assert "1. Hài lòng\n2. Bình thường\n3. Chưa hài lòng" in part.text

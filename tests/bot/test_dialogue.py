"""The Rasa agent in this process: what goes in and comes out, and that it keeps and tells nothing."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.messages import Outcome

if TYPE_CHECKING:
    from bot.dialogue import Answer, Dialogue
    from tests.conftest import RealService

pytestmark = pytest.mark.model


@pytest.fixture
def dialogue(real_service: RealService) -> Dialogue:
    return real_service.assistant._dialogue


async def say(dialogue: Dialogue, text: str, state: dict[str, Any] | None = None, talk: str = "talk") -> Answer:
    metadata = {"language": "vi", "typed": text, "personal": []}
    return await dialogue.respond(talk, text, state or {}, metadata)


async def test_a_question_is_answered_and_the_state_says_what_it_was_about(dialogue: Dialogue) -> None:
    told = await say(dialogue, "đăng ký khai sinh cần giấy tờ gì")
    (reply,) = told.replies
    assert (reply.outcome, reply.procedures, told.intent) == (Outcome.ANSWERED, ("1.001193",), "ask")
    assert told.state["form"] is None
    assert (told.state["slots"]["focus"], told.state["slots"]["facet"]) == ("1.001193", "documents")


async def test_what_was_heard_and_done_is_told(dialogue: Dialogue) -> None:
    heard = (await say(dialogue, "đăng ký khai sinh cần giấy tờ gì")).heard
    assert heard.intents[0][0] == "ask"
    assert sum(share for _, share in heard.intents) <= 1.01
    assert heard.entities == (("facet", "documents"),)
    assert heard.actions == ("action_answer",)
    assert (await say(dialogue, "xin chào")).heard.actions != ("action_answer",)


async def test_a_state_that_went_through_the_database_goes_on(dialogue: Dialogue) -> None:
    first = await say(dialogue, "đăng ký khai sinh cần giấy tờ gì")
    again = json.loads(json.dumps(first.state))
    (reply,) = (await say(dialogue, "thế lệ phí bao nhiêu", again)).replies
    assert (reply.facet, reply.procedures) == ("fee", ("1.001193",))


async def test_a_form_under_way_goes_on_from_the_state(dialogue: Dialogue, real_service: RealService) -> None:
    talk = real_service.conversations.create("web").id  # the ticket belongs to it
    asked = await say(dialogue, "cho tôi gặp cán bộ", talk=talk)
    assert asked.replies[-1].outcome is Outcome.HANDOFF
    assert asked.state["form"] == "ticket_form"
    assert asked.state["slots"]["requested_slot"] == "contact"
    refused = await say(dialogue, "không", json.loads(json.dumps(asked.state)), talk)
    assert refused.state["slots"]["requested_slot"] == "reason"
    done = await say(dialogue, "giấy khai sinh ghi sai tên mẹ", json.loads(json.dumps(refused.state)), talk)
    assert done.replies[-1].outcome is Outcome.HANDOFF
    assert done.state["form"] is None
    assert not {"ticket", "contact", "reason", "requested_slot"} & set(done.state["slots"])


@pytest.mark.parametrize("state", [{}, {"slots": {}, "form": None}, {"slots": {"gone": 1, "language": "vi"}}])
async def test_an_empty_or_older_state_is_no_crash(dialogue: Dialogue, state: dict[str, Any]) -> None:
    told = await say(dialogue, "xin chào", state)
    assert told.replies[0].outcome is Outcome.SMALLTALK


async def test_nothing_is_kept_between_messages(dialogue: Dialogue) -> None:
    await say(dialogue, "đăng ký khai sinh cần giấy tờ gì")
    (reply,) = (await say(dialogue, "lệ phí bao nhiêu")).replies
    assert reply.outcome is Outcome.CLARIFY, "without its state the conversation is a new one"
    assert (dialogue._store._states, dialogue._store._trackers) == ({}, {})


async def test_conversations_at_once_are_not_mixed_up(dialogue: Dialogue) -> None:
    asked = {
        "a": ("đăng ký khai sinh lệ phí bao nhiêu", "1.001193"),
        "b": ("đăng ký tạm trú lệ phí bao nhiêu", "1.004194"),
        "c": ("đăng ký kết hôn lệ phí bao nhiêu", "1.000894"),
    }
    told = await asyncio.gather(*(say(dialogue, text, talk=talk) for talk, (text, _) in asked.items()))
    assert [answer.state["slots"]["focus"] for answer in told] == [code for _, code in asked.values()]


async def test_a_fault_in_an_action_is_told_and_leaves_nothing_behind(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("bot.answering.Answering.answer", broken)
    try:
        told = (await say(dialogue, "đăng ký khai sinh cần giấy tờ gì")).replies
    except Exception:  # whether Rasa tells of it or swallows it, nobody may be given an answer
        told = ()
    assert told == ()
    assert (dialogue._store._states, dialogue._store._trackers) == ({}, {})


async def test_what_people_write_is_neither_logged_nor_printed(
    dialogue: Dialogue, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    await say(dialogue, "đăng ký khai sinh cho bé Thỏ Trắng cần giấy tờ gì")
    printed = capfd.readouterr()
    assert "Thỏ Trắng" not in caplog.text + printed.out + printed.err


def test_no_model_no_dialogue(tmp_path: Path) -> None:
    from rasa.core.agent import Agent  # noqa: F401 - imported before, so that only the loading is tested
    from rasa.exceptions import ModelNotFound

    from bot.dialogue import Dialogue

    with pytest.raises(ModelNotFound):
        Dialogue(tmp_path / "none.tar.gz", [])


def test_a_model_belongs_to_the_sources_it_was_trained_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import bot.dialogue

    (tmp_path / "config.yml").write_text("a", encoding="utf-8")
    monkeypatch.setattr(bot.dialogue, "ROOT", tmp_path)
    first = bot.dialogue.model_path(tmp_path / "models")
    assert first == bot.dialogue.model_path(tmp_path / "models")
    (tmp_path / "config.yml").write_text("b", encoding="utf-8")
    assert bot.dialogue.model_path(tmp_path / "models") != first
    assert first.parent == tmp_path / "models"
    assert not first.parent.exists()

"""A conversation that staff close as helped is asked, once, whether it did."""

from __future__ import annotations

import pytest

from storage.conversations import Conversations
from storage.ratings import Ratings
from tests.web.desk.desk_side import Agent

RATES = ["rate:5", "rate:3", "rate:1"]


def payloads(conversations: Conversations, conversation: str) -> list[list[str]]:
    """Return what each entry offers to tap."""
    entries = conversations.entries_after(conversation, 0)
    return [[tap.get("payload", "") for tap in entry.body.get("suggestions", [])] for entry in entries]


async def answered(agent: Agent, conversation: str, key: str) -> None:
    await agent.step(conversation, "take")
    await agent.step(conversation, "reply", {"key": key, "text": "Anh/chị mang giấy tờ ra bộ phận một cửa."}, 201)


@pytest.mark.parametrize("reason", ["answered", "sent_elsewhere"])
async def test_after_closing_the_citizen_is_asked_once(
    lan: Agent, conversations: Conversations, conversation: str, reason: str
) -> None:
    await answered(lan, conversation, "a")
    await lan.step(conversation, "close", {"reason": reason})
    assert payloads(conversations, conversation)[-1] == RATES
    kept = Ratings(conversations.engine).get(conversation)
    assert kept is not None
    assert (kept.by_staff, kept.score) == (True, None)
    await answered(lan, conversation, "b")
    await lan.step(conversation, "close", {"reason": reason})
    assert payloads(conversations, conversation).count(RATES) == 1


@pytest.mark.parametrize("reason", ["no_reply", "spam"])
async def test_who_got_no_help_is_not_asked_about_it(
    lan: Agent, conversations: Conversations, conversation: str, reason: str
) -> None:
    await answered(lan, conversation, "a")
    await lan.step(conversation, "close", {"reason": reason})
    assert RATES not in payloads(conversations, conversation)


async def test_closing_without_a_word_asks_nothing(lan: Agent, conversations: Conversations, conversation: str) -> None:
    await lan.step(conversation, "take")
    await lan.step(conversation, "close", {"reason": "answered"})
    assert RATES not in payloads(conversations, conversation)


async def test_back_to_the_assistant_is_not_the_end(
    lan: Agent, conversations: Conversations, conversation: str
) -> None:
    await answered(lan, conversation, "a")
    await lan.step(conversation, "back")
    assert RATES not in payloads(conversations, conversation)

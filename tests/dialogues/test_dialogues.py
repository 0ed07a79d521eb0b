"""Whole conversations with the real assistant over the starter catalogue; each YAML file here is one theme.

A conversation is a `name` and `turns`. A turn is one of
  say: what the citizen types (`times: 300` repeats it)    tap: the label of a suggestion offered last
  payload: what a channel could send as a tapped suggestion
and what must come of it, all optional: `outcome`, `procedure` (code), `facet`, all three of one and the same reply;
`picks: 2` the procedure that stood second among the options offered before; `options` codes that must be offered;
`contains` and `lacks` in the text of the turn (a list inside the list: one of them is enough);
`offers` suggestions whose labels must be there; `stored_lacks` what may not stand in anything kept.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bot.messages import Message, Reply, Suggestion
from tests.dialogues.checks import expected_problems, standing_problems

if TYPE_CHECKING:
    from bot.assistant import Assistant
    from storage.conversations import Conversations
    from tests.conftest import RealService

FOLDER = Path(__file__).parent
KNOWN_FAILURES = "_known_failures.yml"
TURN_KEYS = {
    *("say", "times", "tap", "payload", "outcome", "procedure", "facet", "picks", "options"),
    *("contains", "lacks", "offers", "stored_lacks"),
}


@dataclass(slots=True)
class Talk:
    """One conversation under way: what was said so far and what was offered last."""

    assistant: Assistant
    conversations: Conversations
    id: str
    last: list[Reply] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)

    async def take(self, turn: dict[str, Any]) -> list[str]:
        """Send one turn and return what is wrong with what came back."""
        before = self.last
        text, payload = self._sent(turn)
        said = _short(text) if payload is None else f"[{turn.get('tap', payload)}]"
        self.transcript.append(f"  citizen: {said}")
        self.last = await self.assistant.handle(Message(str(uuid.uuid4()), self.id, text, payload))
        self.transcript += [_shown(reply) for reply in self.last] or ["  assistant: (nothing)"]
        problems = standing_problems(self.last, text) + expected_problems(turn, before, self.last)
        return problems + self._stored_problems(turn)

    def _sent(self, turn: dict[str, Any]) -> tuple[str, str | None]:
        if "tap" in turn:
            return "", self._offered(turn["tap"]).payload
        return turn.get("say", "") * turn.get("times", 1), turn.get("payload")

    def _offered(self, label: str) -> Suggestion:
        offered = [suggestion for reply in self.last for suggestion in reply.suggestions if suggestion.payload]
        found = [suggestion for suggestion in offered if label.casefold() in suggestion.label.casefold()]
        assert found, f"no suggestion {label!r} to tap among {[suggestion.label for suggestion in offered]}"
        return found[0]

    def _stored_problems(self, turn: dict[str, Any]) -> list[str]:
        if "stored_lacks" not in turn:
            return []
        entries = [entry.body for entry in self.conversations.entries_after(self.id, 0)]
        kept = json.dumps([entries, self.conversations.load_tracker(self.id)], ensure_ascii=False, default=str)
        digits = re.sub(r"[ .\-]", "", kept)
        return [f"{value} is kept" for value in turn["stored_lacks"] if value in kept or value in digits]


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:80]} … ({len(text)} characters)"


def _shown(reply: Reply) -> str:
    labels = ", ".join(suggestion.label for suggestion in reply.suggestions)
    facts = f"{reply.outcome} {reply.facet or '-'} {' '.join(reply.procedures) or '-'} {reply.confidence:.2f}"
    return f"  assistant ({facts}): " + reply.text.replace("\n", "\n    ") + (f"\n    [{labels}]" if labels else "")


def read_conversations() -> list[dict[str, Any]]:
    """Return all conversations, each with the name of its file."""
    return [
        conversation | {"file": path.stem}
        for path in sorted(FOLDER.glob("*.yml"))
        if path.name != KNOWN_FAILURES
        for conversation in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def known_failures() -> dict[str, str]:
    """Return the conversations that are known to fail, each with the reason."""
    return yaml.safe_load((FOLDER / KNOWN_FAILURES).read_text(encoding="utf-8")) or {}


CONVERSATIONS = read_conversations()


def test_files_are_well_formed() -> None:
    names = [conversation["name"] for conversation in CONVERSATIONS]
    assert len(names) == len(set(names)), "two conversations share a name"
    assert not set(known_failures()) - set(names), "a known failure names no conversation"
    for conversation in CONVERSATIONS:
        assert set(conversation) == {"name", "turns", "file"}, conversation["name"]
        for turn in conversation["turns"]:
            assert set(turn) <= TURN_KEYS, (conversation["name"], set(turn) - TURN_KEYS)
            assert len({"say", "tap", "payload"} & set(turn)) == 1, (conversation["name"], turn)
            texts = [turn.get("say", ""), turn.get("procedure", ""), *turn.get("lacks", []), *turn.get("offers", [])]
            texts += [s for item in turn.get("contains", []) for s in (item if isinstance(item, list) else [item])]
            assert all(isinstance(text, str) for text in texts), f"put quotes around numbers: {turn}"


def test_procedures_named_stand_in_the_starter_catalogue() -> None:
    known = {path.name.rsplit("/")[-1][:8] for path in (FOLDER.parents[1] / "knowledge" / "data").glob("*.yml")}
    turns = [turn for conversation in CONVERSATIONS for turn in conversation["turns"]]
    named = {code for turn in turns for code in [turn.get("procedure"), *turn.get("options", [])] if code}
    assert named <= known


@pytest.mark.model
@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda row: f"{row['file']}: {row['name']}")
def test_conversation(conversation: dict[str, Any], real_service: RealService) -> None:
    failure = asyncio.run(_run(conversation, real_service))
    reason = known_failures().get(conversation["name"])
    if reason is None:
        assert not failure, failure
    elif failure:
        pytest.xfail(reason)
    else:
        pytest.fail(f"{conversation['name']!r} passes now: take it out of {KNOWN_FAILURES}")


async def _run(conversation: dict[str, Any], service: RealService) -> str:
    """Run a conversation; return the transcript up to the first turn that went wrong, with the reasons, or nothing."""
    talk = Talk(service.assistant, service.conversations, service.conversations.create("web").id)
    for number, turn in enumerate(conversation["turns"], start=1):
        problems = await _problems(lambda turn=turn: talk.take(turn))
        if problems:
            wrong = "\n".join(f"  ✗ {problem}" for problem in problems)
            return f"{conversation['name']}, turn {number}:\n" + "\n".join(talk.transcript) + "\n" + wrong
    return ""


async def _problems(take: Callable[[], Any]) -> list[str]:
    try:
        return await take()
    except AssertionError as error:
        return [str(error)]

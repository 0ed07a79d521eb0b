"""The one way in: `Assistant.handle` takes a citizen's message through named steps to its replies.

The steps run in order and each may end the path. What a message changed (its masked text, the replies, what the
dialogue remembers) is written in one transaction at the end, and only then is it answered.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot import phrases, places
from bot.cases import match_said
from bot.choices import match_typed, parse_token
from bot.messages import Message, Outcome, Reply, Suggestion
from bot.turns import Turns
from nlu.crisis import find_crisis
from nlu.language import detect_language, self_reference
from nlu.personal import mask_personal
from nlu.text import clean, syllables
from storage.conversations import AlreadyRecorded, Conversations, Question, Turn, UnknownConversation

log = logging.getLogger(__name__)

LONGEST_TEXT = 2_000  # characters; design, section 3
_SHORTEST_REASON = 3  # syllables; fewer may be "thôi" or "hủy phiếu" and are left to Rasa
_LONGEST_READ = 2 * LONGEST_TEXT  # what is cleaned and masked of a text that is too long anyway

State = dict[str, Any]


class DialogueAnswer(Protocol):
    """What `bot.dialogue` returns; named here so that this module needs no Rasa."""

    @property
    def replies(self) -> tuple[Reply, ...]: ...
    @property
    def intent(self) -> str: ...
    @property
    def state(self) -> State: ...


class DialogueManager(Protocol):
    """The part of `bot.dialogue.Dialogue` that the path uses."""

    async def respond(
        self, conversation_id: str, text: str, state: State, metadata: dict[str, Any]
    ) -> DialogueAnswer: ...


@dataclass(slots=True)
class Path:
    """One message on its way; each step reads and may sharpen it."""

    message: Message
    text: str = ""
    payload: str | None = None
    held_by: str | None = None
    earlier: tuple[Reply, ...] | None = None
    state: State = field(default_factory=dict)
    earlier_state: State = field(default_factory=dict)
    personal: tuple[tuple[str, str], ...] = ()
    masked: tuple[str, ...] = ()
    language: str = "vi"


Step = Callable[["Assistant", Path], Awaitable[tuple[Reply, ...] | None]]


class Assistant:
    """Answers citizens' messages, those of one conversation strictly one after another."""

    def __init__(self, dialogue: DialogueManager, conversations: Conversations) -> None:
        """Join the dialogue and the store of conversations."""
        self._dialogue = dialogue
        self._conversations = conversations
        self._turns = Turns()

    async def handle(self, message: Message) -> list[Reply]:
        """Return the replies to one message; the same message id again returns the same replies.

        Raises UnknownConversation; any other fault becomes an honest reply with the outcome `error`.
        """
        async with self._turns.take(message.conversation_id):
            try:
                return list(await self._walk(Path(message)))
            except UnknownConversation:
                raise
            except Exception:
                log.exception("message %s of conversation %s failed", message.id, message.conversation_id)
                return [phrases.failure(detect_language(message.text))]

    async def _walk(self, path: Path) -> tuple[Reply, ...]:
        for step in STEPS:
            replies = await step(self, path)
            if replies is not None:
                break
        else:
            raise RuntimeError("no step answered")
        if path.earlier is not None:
            return replies
        return self._log(path, replies)

    async def repeat(self, path: Path) -> tuple[Reply, ...] | None:
        """A delivery answered before gets the same replies; a new one picks up what is remembered."""
        start = self._conversations.start_turn(path.message.conversation_id, path.message.id)
        path.held_by, path.state = start.held_by, start.tracker or {}
        path.earlier_state = path.state
        if start.replies is None:
            return None
        path.earlier = tuple(Reply.from_json(reply) for reply in start.replies)
        return path.earlier

    async def clean(self, path: Path) -> tuple[Reply, ...] | None:
        """Take out hidden characters and what Rasa would read as a command."""
        path.payload = path.message.payload
        # A leading "/" would be read by Rasa as an intent and could set slots.
        path.text = clean(path.message.text[:_LONGEST_READ]).lstrip("/ ")
        path.language = detect_language(path.text)
        return None

    async def mask(self, path: Path) -> tuple[Reply, ...] | None:
        """Replace personal numbers before anything is stored, logged or understood."""
        masked = mask_personal(path.text)
        path.text, path.masked, path.personal = masked.text, masked.kinds, masked.values
        return None

    async def length(self, path: Path) -> tuple[Reply, ...] | None:
        """Say kindly what to write when no word is left, or too many."""
        if path.payload is not None:
            return None
        if len(path.text) > LONGEST_TEXT:
            return (phrases.too_long(len(path.message.text), LONGEST_TEXT, path.language),)
        return None if syllables(path.text) else (phrases.nothing_to_read(path.language),)

    async def attached(self, path: Path) -> tuple[Reply, ...] | None:
        """Say how to go on when a file or a place comes without a word; staff who hold the conversation do that."""
        message = path.message
        if path.payload is not None or syllables(path.text) or not (message.files or message.location):
            return None
        if path.held_by:
            return ()
        if message.files:
            return (phrases.unread_file(message.files[0].kind, path.language),)
        return (places.guess(message.location, path.language),) if message.location else None

    async def crisis(self, path: Path) -> tuple[Reply, ...] | None:
        """Someone in danger gets the emergency numbers at once."""
        kind = find_crisis(path.text)
        return (phrases.emergency(kind, path.language),) if kind else None

    async def taken_over(self, path: Path) -> tuple[Reply, ...] | None:
        """While a member of staff writes, the assistant keeps silent."""
        return () if path.held_by else None

    async def typed_choice(self, path: Path) -> tuple[Reply, ...] | None:
        """A number, a label or a case typed back is the suggestion offered; a payload must be one of ours."""
        if path.payload is None:
            offered = [Suggestion(label, payload) for label, payload in path.state.get("offered", [])]
            chosen = match_typed(path.text, offered) or match_said(path.text, offered)
            path.payload = chosen.payload if chosen else None
            return None
        return None if parse_token(path.payload) else (phrases.stale_button(path.language),)

    async def dialogue(self, path: Path) -> tuple[Reply, ...] | None:
        """Hand the message to Rasa."""
        text = _intent_of(path.payload) if path.payload else "/inform" if _is_reason(path) else path.text
        answer = await self._dialogue.respond(
            path.message.conversation_id,
            text,
            {key: path.state[key] for key in ("slots", "form") if key in path.state},
            {"language": path.language, "typed": path.text, "personal": list(path.personal)},
        )
        path.state = dict(answer.state)
        return answer.replies or (phrases.failure(path.language),)

    def _log(self, path: Path, replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
        kept_in_ticket = any(reply.outcome in (Outcome.FORM, Outcome.HANDOFF) for reply in replies)
        if path.masked and replies and not kept_in_ticket:
            replies = (*replies[:-1], phrases.with_mask_notice(replies[-1], path.masked, path.language))
        if path.message.files and syllables(path.text) and replies:
            replies = (*replies[:-1], phrases.with_file_notice(replies[-1], path.language))
        address = _address(path)
        replies = tuple(phrases.addressed(reply, address) for reply in replies)
        last = replies[-1] if replies else None
        if last is not None:
            path.state |= {"address": address}
            path.state["offered"] = [[s.label, s.payload] for s in last.suggestions if s.payload is not None]
        body: dict[str, Any] = {"text": path.text[:LONGEST_TEXT]}
        if path.message.payload is not None:
            body["payload"] = path.message.payload[:64]
        if path.message.files:
            body["files"] = [file.kind.value for file in path.message.files]  # what it was, never what is in it
        question = None
        if last is not None:
            question = Question(
                body["text"], last.outcome.value, last.confidence, last.procedures, path.message.channel, path.language
            )
        try:
            self._conversations.record_turn(
                Turn(
                    path.message.conversation_id,
                    path.message.id,
                    body,
                    [reply.to_json() for reply in replies],
                    path.state,
                    question,
                )
            )
        except AlreadyRecorded:
            # Another process was quicker with the same delivery: its answer stands.
            earlier = self._conversations.find_turn(path.message.conversation_id, path.message.id)
            return tuple(Reply.from_json(reply) for reply in earlier or [])
        return replies


def _address(path: Path) -> str:
    """Return how to call the person: as they called themselves, now or before."""
    called = self_reference(path.text)
    return called if called != phrases.ADDRESS else str(path.earlier_state.get("address", phrases.ADDRESS))


def _is_reason(path: Path) -> bool:
    """Tell whether the text answers the form's question for a reason, whatever it sounds like; "thôi" gives up."""
    asked = (path.state.get("slots") or {}).get("requested_slot")
    return asked == "reason" and len(syllables(path.text)) > _SHORTEST_REASON


# What a choice means to Rasa; every other one is a procedure to tell about.
_INTENTS = {"human": "/request_person", "restart": "/start_over", "help": "/help"}


def _intent_of(token: str) -> str:
    choice = parse_token(token)
    return _INTENTS.get(choice.act if choice else "", f'/choose{{"token": "{token}"}}')


STEPS: tuple[Step, ...] = (
    Assistant.repeat,
    Assistant.clean,
    Assistant.mask,
    Assistant.crisis,
    Assistant.attached,
    Assistant.length,
    Assistant.taken_over,
    Assistant.typed_choice,
    Assistant.dialogue,
)

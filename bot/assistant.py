"""The one way in: `Assistant.handle` takes a citizen's message through named steps to its replies.

The steps run in order and each may end the path. What a message changed (its masked text, the replies, what the
dialogue remembers) is written in one transaction at the end, and only then is it answered.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bot import desk_phrases, phrases, places, rating
from bot.approval import Approval, to_check
from bot.cases import match_said
from bot.choices import match_typed, parse_token
from bot.messages import Message, Outcome, Reply, Suggestion
from bot.turns import Turns
from nlu.crisis import find_crisis
from nlu.language import detect_language, self_reference
from nlu.personal import EMAIL, PHONE, mask_personal
from nlu.text import clean, syllables
from storage.approvals import Approvals
from storage.conversations import AlreadyRecorded, Conversations, Question, TakenOver, Turn, UnknownConversation
from storage.desk_rows import APPROVAL, ASKED, LEFT, STAFF, UNANSWERED, Call, HeldAnswer
from storage.presence import Staffing
from storage.ratings import Ratings

log = logging.getLogger(__name__)

LONGEST_TEXT = 2_000  # characters; design, section 3
_SHORTEST_REASON = 3  # syllables; fewer may be "thôi" or "hủy phiếu" and are left to Rasa
REACHABLE = (PHONE, EMAIL)
"""The kinds of personal numbers by which staff can reach somebody."""
_UNANSWERED = (Outcome.ABSTAINED, Outcome.CLARIFY)
_UNANSWERED_CALLS = 2  # times in a row until somebody at the desk sees the conversation
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
    ended: str = ""
    held: HeldAnswer | None = None
    contact: str = ""


Step = Callable[["Assistant", Path], Awaitable[tuple[Reply, ...] | None]]


class Assistant:
    """Answers citizens' messages, those of one conversation strictly one after another."""

    def __init__(self, dialogue: DialogueManager, conversations: Conversations, staff_hours: str | None = None) -> None:
        """Join the dialogue and the store of conversations; `staff_hours` tells in words when staff are there."""
        self._dialogue = dialogue
        self._conversations = conversations
        self._ratings: rating.RatingStore = Ratings(conversations.engine)
        self._approval: Approval = Approvals(conversations.engine)
        self._staffing = Staffing(conversations.engine)
        self._staff_hours = staff_hours
        self._turns = Turns()

    async def handle(self, message: Message) -> list[Reply]:
        """Return the replies to one message; the same message id again returns the same replies.

        Raises UnknownConversation; any other fault becomes an honest reply with the outcome `error`.
        """
        async with self._turns.take(message.conversation_id):
            try:
                return list(await self.walk(Path(message)))
            except UnknownConversation:
                raise
            except Exception:
                log.exception("message %s of conversation %s failed", message.id, message.conversation_id)
                return [phrases.failure(detect_language(message.text))]

    async def walk(self, path: Path) -> tuple[Reply, ...]:
        """Take a message through the steps to its replies; `path` holds afterwards what each step made of it.

        Raises UnknownConversation, and whatever a step raises.
        """
        for step in STEPS:
            path.ended = step.__name__
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
        """While a member of staff writes, the assistant keeps silent; a contact goes to them and nowhere else."""
        if not path.held_by:
            return None
        if path.held_by.startswith(STAFF):
            path.contact = ", ".join(value for kind, value in path.personal if kind in REACHABLE)
        return ()

    async def typed_choice(self, path: Path) -> tuple[Reply, ...] | None:
        """A number, a label or a case typed back is the suggestion offered; a payload must be one of ours."""
        if path.payload is None:
            offered = [Suggestion(label, payload) for label, payload in path.state.get("offered", [])]
            chosen = match_typed(path.text, offered) or match_said(path.text, offered)
            path.payload = chosen.payload if chosen else None
            return None
        return None if parse_token(path.payload) else (phrases.stale_button(path.language),)

    async def rated(self, path: Path) -> tuple[Reply, ...] | None:
        """Keep a rating, or the comment just offered; every other message goes on as if nothing had been asked."""
        id, language = path.message.conversation_id, _language_of(path)
        choice = parse_token(path.payload) if path.payload else None
        commenting = path.state.pop("commenting", False)
        if choice and choice.act == "comment":
            path.state["commenting"] = True
            return (rating.ask_comment(language),)
        if choice is None and commenting and self._ratings.comment(id, path.text):
            return (rating.comment_kept(language),)
        if choice is None and rating.is_offered(path.state.get("offered", [])):
            choice = rating.said_score(path.text)
        if choice is None or choice.act != "rate":
            return None
        kept = self._ratings.rate(id, choice.page)
        return (rating.thanks(choice.page, language) if kept else phrases.stale_button(language),)

    async def dialogue(self, path: Path) -> tuple[Reply, ...] | None:
        """Hand the message to Rasa; at the end of a conversation ask once whether it helped."""
        text = _intent_of(path.payload) if path.payload else "/inform" if _is_reason(path) else path.text
        answer = await self._dialogue.respond(
            path.message.conversation_id,
            text,
            {key: path.state[key] for key in ("slots", "form") if key in path.state},
            {"language": path.language, "typed": path.text, "personal": list(path.personal)},
        )
        path.state = dict(answer.state)
        replies = answer.replies or (phrases.failure(path.language),)
        if answer.intent in rating.ENDINGS and replies[-1].outcome is Outcome.SMALLTALK:
            about = (path.earlier_state.get("slots") or {}).get("focus")
            if self._ratings.claim(path.message.conversation_id, about):
                return (*replies[:-1], rating.asking(replies[-1], _language_of(path)))
        return self._checked(path, replies)

    def _checked(self, path: Path, replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
        """Let an answer that is too uncertain for its channel wait for staff, and say so in its place."""
        addressed = tuple(phrases.addressed(reply, _address(path)) for reply in replies)
        held = to_check(addressed, self._approval.rule_of(path.message.channel))
        if held is None:
            return replies
        if not self._staffing.on_line():
            return (desk_phrases.nobody_to_check(self._staff_hours, _language_of(path)),)
        path.held = held
        return (desk_phrases.being_checked(_language_of(path)),)

    def _log(self, path: Path, replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
        kept_in_ticket = any(reply.outcome in (Outcome.FORM, Outcome.HANDOFF) for reply in replies)
        if path.masked and replies and (path.held is not None or not kept_in_ticket):
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
        called = self._call(path, last)
        turn = Turn(
            path.message.conversation_id,
            path.message.id,
            body,
            [reply.to_json() for reply in replies],
            path.state,
            _question(path, body["text"], last) if last is not None else None,
            held_by=path.held_by,
            call=called,
            settled=path.earlier_state.get("unanswered", 0) >= _UNANSWERED_CALLS and not path.state.get("unanswered"),
            contact=path.contact,
        )
        return self._record(turn, replies)

    def _record(self, turn: Turn, replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
        """Write the turn and return what the citizen gets."""
        try:
            self._conversations.record_turn(turn)
        except AlreadyRecorded:
            # Another process was quicker with the same delivery: its answer stands.
            earlier = self._conversations.find_turn(turn.conversation_id, turn.message_id)
            return tuple(Reply.from_json(reply) for reply in earlier or [])
        except TakenOver as taken:
            # A member of staff took the conversation meanwhile and sees this message; only danger is answered still.
            urgent = tuple(reply for reply in replies if reply.outcome is Outcome.CRISIS)
            told = [reply.to_json() for reply in urgent]
            kept = replace(turn, replies=told, tracker=None, question=None, call=None, held_by=taken.held_by)
            return self._record(kept, urgent)
        return replies

    def _call(self, path: Path, last: Reply | None) -> Call | None:
        """Return why this turn brings the conversation to the desk, None when it does not."""
        slots = path.state.get("slots") or {}
        focus, awaited = slots.get("focus"), slots.pop("awaited", False)
        if path.held is not None:
            return Call(APPROVAL, focus, silent=True, held=path.held)
        if slots.get("ticket") and slots["ticket"] != (path.earlier_state.get("slots") or {}).get("ticket"):
            return Call(ASKED if awaited else LEFT, focus, silent=bool(awaited))
        before = missed = path.earlier_state.get("unanswered", 0)
        if last is not None and last.outcome not in (Outcome.SMALLTALK, Outcome.CRISIS):
            missed = missed + 1 if last.outcome in _UNANSWERED else 0
        if missed:
            path.state["unanswered"] = missed
        if before < missed == _UNANSWERED_CALLS and self._staffing.on_line():
            return Call(UNANSWERED, focus, silent=False)
        return None


def _question(path: Path, text: str, last: Reply) -> Question:
    """Return what is kept of the message; of an answer that waits for staff, what it would have said."""
    told = Reply.from_json(path.held.replies[-1]) if path.held else last
    confidence = path.held.confidence if path.held else last.confidence
    channel = path.message.channel
    return Question(text, last.outcome.value, confidence, told.procedures, channel, path.language, told.facet)


def _address(path: Path) -> str:
    """Return how to call the person: as they called themselves, now or before."""
    called = self_reference(path.text)
    return called if called != phrases.ADDRESS else str(path.earlier_state.get("address", phrases.ADDRESS))


def _language_of(path: Path) -> str:
    """Return the language the conversation is held in; a choice and a word or two say nothing about it."""
    if path.payload is None and len(path.text.split()) > 2:
        return path.language
    return str((path.state.get("slots") or {}).get("language") or path.language)


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
    Assistant.rated,
    Assistant.dialogue,
)

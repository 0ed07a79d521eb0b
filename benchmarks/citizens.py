"""Citizens who talk to a server over HTTP: one message after another, or four at once, timed and checked for order."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Protocol

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, TraceConfig, TraceRequestHeadersSentParams
from flows import BURST, FLOWS, Flow, Say, Step

from nlu.language import detect_language

PATIENCE_SECONDS = 60.0  # for one answer; longer is an error
MOST_MESSAGES = 3_000  # of one citizen in one level
_BURST_GAP_SECONDS = 0.01
_PREFIX = "/api/v1/conversations"

Replies = list[dict[str, Any]]
Stored = list[tuple[str, str]]


class Conversation(Protocol):
    """One conversation with a server; `sent` are the message ids in the order they went out on the wire."""

    sent: list[str]

    async def send(self, message_id: str, text: str, payload: str | None) -> Replies:
        """Send a message and return the replies to it. Raises ClientError, TimeoutError, Refused."""

    async def stored(self) -> Stored:
        """Return what the server keeps, in order, as ("citizen" | "assistant", message id)."""


class Refused(Exception):  # noqa: N818 - a finding of the test
    """The server answered with an error, or said that something went wrong."""


@dataclass(slots=True)
class OurConversation:
    """A conversation through `POST /api/v1/conversations/{id}/messages`."""

    session: ClientSession
    url: str
    headers: dict[str, str]
    sent: list[str] = field(default_factory=list)

    @classmethod
    async def open(cls, session: ClientSession) -> OurConversation:
        """Start a conversation."""
        async with session.post(_PREFIX) as response:
            made = await response.json()
        return cls(
            session, f"{_PREFIX}/{made['conversation_id']}/messages", {"Authorization": f"Bearer {made['token']}"}
        )

    async def send(self, message_id: str, text: str, payload: str | None) -> Replies:
        """Send a message and return the replies."""
        body = {"id": message_id} | ({"payload": payload} if payload else {"text": text})
        answered = await _post(self.session, self.url, body, self.headers, (self.sent, message_id))
        replies: Replies = answered["replies"]
        return replies

    async def stored(self) -> Stored:
        """Return the history (a flow is far shorter than one page of it)."""
        async with self.session.get(self.url, headers=self.headers) as response:
            entries = (await response.json())["entries"]
        return [(entry["role"], entry["message_id"]) for entry in entries]


@dataclass(slots=True)
class RasaConversation:
    """A conversation through Rasa's REST channel; the metadata is what our assistant hands to Rasa with a message."""

    session: ClientSession
    sender: str
    sent: list[str] = field(default_factory=list)

    async def send(self, message_id: str, text: str, payload: str | None) -> Replies:
        """Send a message and return the replies."""
        typed = "" if payload else text
        metadata = {"id": message_id, "typed": typed, "language": detect_language(typed), "personal": []}
        message = f"/choose{json.dumps({'token': payload})}" if payload else text
        body = {"sender": self.sender, "message": message, "metadata": metadata}
        answered = await _post(self.session, "/webhooks/rest/webhook", body, {}, (self.sent, message_id))
        return [message["custom"] for message in answered]

    async def stored(self) -> Stored:
        """Return what Rasa's tracker holds; its replies carry no id, so they count for the message before them."""
        async with self.session.get(f"/conversations/{self.sender}/tracker") as response:
            events = (await response.json())["events"]
        stored: Stored = []
        for event in events:
            if event["event"] == "user":
                stored.append(("citizen", event["metadata"]["id"]))
            elif event["event"] == "bot":
                stored.append(("assistant", stored[-1][1]))
        return stored


Open = Callable[[], Awaitable[Conversation]]


@dataclass(slots=True)
class Tally:
    """What a level showed: seconds of each message, what went wrong, and the conversations to check."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    bursts: list[float] = field(default_factory=list)
    disorder: list[str] = field(default_factory=list)


def new_session(base_url: str) -> ClientSession:
    """Return a session whose messages note when they go out, with as many connections as there are requests."""
    trace = TraceConfig()
    trace.on_request_headers_sent.append(_note_sent)
    return ClientSession(
        base_url,
        connector=TCPConnector(limit=0),
        timeout=ClientTimeout(total=PATIENCE_SECONDS),
        trace_configs=[trace],
    )


def opener(session: ClientSession, kind: str) -> Open:
    """Return what opens conversations with our server ("ours") or with Rasa's."""
    if kind == "ours":
        return lambda: OurConversation.open(session)
    numbers = itertools.count()

    async def open_rasa() -> Conversation:
        return RasaConversation(session, f"{id(session)}-{next(numbers)}")

    return open_rasa


async def talk_until(end: float, open_one: Open, first_flow: int, tally: Tally) -> None:
    """Go through one flow after another, one message after another, until `end` on the performance counter."""
    left = MOST_MESSAGES
    for number in itertools.count(first_flow):
        if time.perf_counter() >= end or left <= 0:
            return
        left -= await _walk(FLOWS[number % len(FLOWS)], end, open_one, tally)


async def send_burst(open_one: Open, tally: Tally) -> None:
    """Send four messages without waiting, and note how long the last reply took and whether any overtook another."""
    conversation = await open_one()
    tally.conversations.append(conversation)
    answered: list[str] = []

    async def one(number: str, text: str) -> None:
        if await _timed(conversation, number, Say(text), [], tally, timing=False) is not None:
            answered.append(number)

    started = time.perf_counter()
    tasks = []
    for number, text in enumerate(BURST):
        tasks.append(asyncio.create_task(one(str(number), text)))
        # A new connection may take longer than a kept one: the next goes out only after this one has.
        while not tasks[-1].done() and len(conversation.sent) <= number:
            await asyncio.wait(tasks[-1:], timeout=_BURST_GAP_SECONDS)
    await asyncio.gather(*tasks)
    tally.bursts.append(time.perf_counter() - started)
    if answered != conversation.sent:
        tally.disorder.append(f"sent {conversation.sent}, answered {answered}")


async def check_order(tally: Tally) -> None:
    """Compare what was sent with what the server keeps, in every conversation of the level."""
    for conversation in tally.conversations:
        stored = await conversation.stored()
        if not in_order(conversation.sent, stored):
            tally.disorder.append(f"sent {conversation.sent}, stored {stored}")


def in_order(sent: Sequence[str], stored: Stored) -> bool:
    """Tell whether messages are stored as sent, each followed by its own replies before the next."""
    turns = [list(group) for _, group in itertools.groupby(stored, key=lambda entry: entry[1])]
    return [turn[0] for turn in turns] == [("citizen", message_id) for message_id in sent] and all(
        len(turn) > 1 and all(role == "assistant" for role, _ in turn[1:]) for turn in turns
    )


async def _walk(flow: Flow, end: float, open_one: Open, tally: Tally) -> int:
    """Have one conversation; return how many messages it took."""
    try:
        conversation = await open_one()
    except (ClientError, TimeoutError) as error:
        tally.errors.append(f"no conversation: {error!r}")
        return 1
    tally.conversations.append(conversation)
    replies: Replies = []
    for number, step in enumerate(flow):
        if time.perf_counter() >= end:
            return number
        replies = await _timed(conversation, str(number), step, replies, tally) or []
    return len(flow)


async def _timed(
    conversation: Conversation, number: str, step: Step, before: Replies, tally: Tally, *, timing: bool = True
) -> Replies | None:
    """Send one step and note its time; None when it failed."""
    text, payload = _words(step, before)
    started = time.perf_counter()
    try:
        replies = await conversation.send(number, text, payload)
        if not replies or any(reply["outcome"] == "error" for reply in replies):
            raise Refused(f"{text or payload}: {replies}")
    except (ClientError, TimeoutError, Refused) as error:
        tally.errors.append(repr(error))
        return None
    if timing:
        tally.seconds.append(time.perf_counter() - started)
        tally.outcomes.append(replies[-1]["outcome"])
    return replies


def _words(step: Step, before: Replies) -> tuple[str, str | None]:
    """Return the text or the payload of a step, after the replies before it."""
    if isinstance(step, Say):
        return step.text, None
    offered = [s["payload"] for reply in before for s in reply["suggestions"] if "payload" in s]
    wanted = [payload for payload in offered if payload.endswith(f":{step.facet}")] + offered
    return ("", wanted[0]) if wanted else (step.instead, None)


async def _post(
    session: ClientSession, url: str, body: dict[str, Any], headers: dict[str, str], note: tuple[list[str], str]
) -> Any:
    async with session.post(url, json=body, headers=headers, trace_request_ctx=note) as response:
        if response.status != 200:
            raise Refused(f"{response.status}: {(await response.text())[:200]}")
        return await response.json()


async def _note_sent(_session: ClientSession, context: SimpleNamespace, _params: TraceRequestHeadersSentParams) -> None:
    if context.trace_request_ctx is not None:
        sent, message_id = context.trace_request_ctx
        sent.append(message_id)

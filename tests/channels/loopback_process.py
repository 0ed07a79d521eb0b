"""A process with everything between a webhook and a send, to be killed at any moment; the service is `loopback`.

    python -m tests.channels.loopback_process '{"database": …, "data": …, "service": …, "port": …, "real": false}'

The assistant is a quick one that answers with the words it got, or the real one. Starts a child for
each line on its standard input, which writes "ready" and its number when it takes deliveries.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from sqlalchemy import Engine

from bot.messages import Message, Outcome, Reply, Suggestion
from channels.base import Assistant, Delivery, FailureKind, Limits, SendFailed
from channels.handling import Handling
from channels.inbox import Inbox
from channels.outbox import Outbox
from channels.seal import Seal
from channels.worker import Worker
from storage.conversations import AlreadyRecorded, Conversations, Turn
from storage.database import open_database
from storage.tokens import Tokens

CHANNEL = "loopback"
LEASE_S = 2.0  # what a killed process held is free again after this


class Echo:
    """Answers with the words of the message, every fourth time in two replies; records turns as the real one does."""

    ready = True

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def handle(self, message: Message) -> list[Reply]:
        return await asyncio.to_thread(self._handle, message)

    def _handle(self, message: Message) -> list[Reply]:
        count = 2 if message.id.endswith(("0", "4", "8")) else 1
        offered = (Suggestion("Lệ phí", "facet:1.001193:fee"),)
        replies = [Reply(f"{message.id} {n}", Outcome.ANSWERED, suggestions=offered) for n in range(count)]
        told = [reply.to_json() for reply in replies]
        try:
            self._conversations.record_turn(
                Turn(message.conversation_id, message.id, {"text": message.text}, told, {"last": message.id})
            )
        except AlreadyRecorded:
            found = self._conversations.find_turn(message.conversation_id, message.id) or []
            return [Reply.from_json(reply) for reply in found]
        return replies


@dataclass(frozen=True)
class Loopback:
    """The channel of the service in the parent process."""

    session: ClientSession
    service: str
    name: str = CHANNEL
    limits: Limits = Limits(text=4096, suggestions=3, label=40)  # noqa: RUF009 - frozen

    async def send(self, recipient: str, part: Reply) -> str:
        body = {"to": recipient, "text": part.text, "tokens": [s.payload for s in part.suggestions if s.payload]}
        try:
            async with self.session.post(self.service, json=body, headers={"X-Process": str(os.getpid())}) as answer:
                if answer.status == 429:
                    raise SendFailed(FailureKind.BUSY, "429", retry_after=0.1)
                if answer.status != 200:
                    raise SendFailed(FailureKind.PASSING, str(answer.status))
                return await answer.text()
        except (ClientError, TimeoutError) as error:
            raise SendFailed(FailureKind.PASSING, type(error).__name__, uncertain=True) from error


async def main(options: dict[str, object]) -> None:
    engine = open_database(str(options["database"]))
    inbox = Inbox(engine, Seal("tests"), LEASE_S)
    assistant: Assistant = _real(Path(str(options["data"])), engine) if options["real"] else Echo(Conversations(engine))
    async with ClientSession(timeout=ClientTimeout(total=5)) as session:
        outbox = Outbox(engine, {CHANNEL: Loopback(session, str(options["service"]))}, LEASE_S)
        handling = Handling(assistant, Tokens(engine))
        worker = Worker(inbox, outbox, handling, Conversations(engine), answered=lambda _: None)

        async def deliver(request: web.Request) -> web.Response:
            body = await request.json()
            sent_at = datetime.fromisoformat(body["sent_at"])
            await inbox.store([Delivery(CHANNEL, body["id"], body["sender"], text=body["text"], sent_at=sent_at)])
            return web.Response()

        app = web.Application()
        app.add_routes([web.post("/deliver", deliver)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", int(str(options["port"])), reuse_address=True).start()
        sys.stdout.write(f"ready {os.getpid()}\n")
        sys.stdout.flush()
        await worker.run()


def _real(data: Path, engine: Engine) -> Assistant:
    from web.cli import CONFIG
    from web.dialogue_thread import DialogueThread
    from web.service import open_assistant, open_knowledge
    from web.settings import load_settings

    settings = load_settings(CONFIG, {"MOTCUA_DATA": str(data)})
    dialogue = DialogueThread(lambda: open_assistant(settings, open_knowledge(settings, engine), engine))
    dialogue.start()
    dialogue.wait()
    return dialogue


def start_children() -> None:
    """For each line on the standard input start the process anew, as a fork: all is imported already."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        if os.fork() == 0:
            asyncio.run(main(json.loads(sys.argv[1])))
            return


if __name__ == "__main__":
    start_children()

"""The server that `benchmarks/desk.py` measures: the real application, with a dialogue that answers at once."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.assistant import Assistant
from bot.messages import Outcome, Reply
from channels.rates import Rates
from storage.conversations import Conversations
from storage.database import open_database
from web.app import create_app, make_runner
from web.dialogue_thread import DialogueThread
from web.settings import Settings

# Everybody comes from one address here, and writes more than a person does.
UNLIMITED = Rates(1_000_000, 1_000_000, 1_000_000)


@dataclass(frozen=True)
class Answer:
    """What the dialogue made of a message."""

    replies: tuple[Reply, ...]
    intent: str
    state: dict[str, Any]


class QuickDialogue:
    """Answers everything alike."""

    async def respond(self, conversation_id: str, text: str, state: dict[str, Any], metadata: dict[str, Any]) -> Answer:
        """Return one reply."""
        reply = Reply("Nộp trực tiếp: 8.000 đồng.", Outcome.ANSWERED, "fee", ("1.001193",))
        return Answer((reply,), "ask", {"slots": {"focus": "1.001193"}, "form": None})


async def serve(url: str, folder: str) -> None:
    """Serve on a free port and print the address."""
    engine = open_database(url)
    store = Conversations(engine)
    dialogue = DialogueThread(lambda: Assistant(QuickDialogue(), store))
    dialogue.start()
    settings = Settings(Path(folder), 0, "http://localhost", url, "", rates=UNLIMITED)
    runner = make_runner(create_app(settings, dialogue, store))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))

"""Send mutated bodies to every webhook of a server as it is served: none may break it, none unsigned may be obeyed.

    .venv/bin/python benchmarks/mutated_webhooks.py --examples 100000

Half of the bodies come without their proof (a signature of another body, a wrong secret), half with it. Prints one JSON
object: how many were sent to each address, the statuses, and how many deliveries were stored from unsigned bodies.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from channels.telegram_settings import TelegramSettings
from channels.zalo_settings import ZaloBotSettings, ZaloSettings
from storage.conversations import Conversations
from storage.database import open_database, upgrade
from storage.schema import inbox
from tests.channels.scripted import ScriptedAssistant
from tests.servers import zalo, zalo_bot
from web.app import create_app
from web.settings import Settings

SECRET = "a-secret-of-thirty-two-characters"
TELEGRAM = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1795289685,
        "chat": {"id": 77, "type": "private"},
        "from": {"id": 77, "is_bot": False, "first_name": "An"},
        "text": "đăng ký khai sinh",
    },
}
Proof = Callable[[bytes], dict[str, str]]


def mutated(raw: bytes) -> st.SearchStrategy[bytes]:
    """Bytes changed, put in, cut off, repeated, or something else altogether."""
    # Plain characters keep the body readable more often, so that what reads its fields is reached too.
    plain = st.text('aZ09 -.#:ăé\u0300😀\\"{}[],tnu', min_size=1, max_size=4).map(str.encode)
    places, noise = st.integers(0, len(raw)), st.binary(min_size=1, max_size=8) | plain
    return st.one_of(
        st.builds(lambda at, bits: raw[:at] + bits + raw[at + len(bits) :], places, noise),
        st.builds(lambda at, bits: raw[:at] + bits + raw[at:], places, noise),
        st.builds(lambda at, to: raw[:at] + raw[to:], places, places),
        st.builds(lambda at, times: raw[:at] * times, places, st.integers(0, 3)),
        st.binary(max_size=100),
    )


def zalo_proof(raw: bytes) -> dict[str, str]:
    """Sign as Zalo would, where the body still tells when."""
    try:
        stamp = str(json.loads(raw)["timestamp"])
    except (ValueError, KeyError, TypeError, RecursionError):
        stamp = "1795289685317"
    return zalo.sign(raw, stamp.encode("utf-8", "replace").decode())


def addresses() -> dict[str, tuple[bytes, Proof, dict[str, str]]]:
    """Each webhook with a sample, what proves a body, and a proof that is none: of a body that no change leads to."""
    event = json.dumps(zalo.Zalo().said("đăng ký khai sinh"), ensure_ascii=False).encode()
    update = json.dumps({"ok": True, "result": zalo_bot.ZaloBotPlatform().said("khai sinh")}).encode()
    bot, telegram = "X-Bot-Api-Secret-Token", "X-Telegram-Bot-Api-Secret-Token"
    return {
        "/webhooks/zalo": (event, zalo_proof, zalo.sign(b"{}" * 500, json.loads(event)["timestamp"])),
        "/webhooks/zalo-bot": (update, lambda _: {bot: zalo_bot.SECRET}, {bot: "wrong-secret"}),
        "/webhooks/telegram": (json.dumps(TELEGRAM).encode(), lambda _: {telegram: SECRET}, {telegram: "wrong-secret"}),
    }


def stored(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(inbox)) or 0


async def main(examples: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{folder}/motcua.db")
        upgrade(engine)
        conversations = Conversations(engine)
        shared = Settings(
            Path(folder),
            0,
            "https://hoi.example.gov.vn",
            "",
            "",
            telegram=TelegramSettings("123456789:AAinventedtoken", SECRET),
            zalo=ZaloSettings(zalo.APP_ID, zalo.APP_SECRET, zalo.OA_SECRET),
            zalo_bot=ZaloBotSettings(zalo_bot.TOKEN, zalo_bot.SECRET),
        )
        server = TestServer(create_app(shared, ScriptedAssistant(conversations), conversations))
        await server.start_server()
        started = time.perf_counter()
        report: dict[str, Any] = {}
        async with ClientSession() as session:
            for path, (sample, proof, wrong) in addresses().items():
                url = str(server.make_url(path))
                report[path] = {}
                for kind, prove in (("unsigned", lambda _, wrong=wrong: wrong), ("signed", proof)):
                    before = stored(engine)
                    statuses = await _send(session, url, sample, prove, examples // 6)
                    report[path][kind] = {"statuses": statuses, "stored": stored(engine) - before}
        await server.close()
        return report | {"seconds": round(time.perf_counter() - started, 1)}


async def _send(session: ClientSession, url: str, sample: bytes, prove: Proof, count: int) -> dict[str, int]:
    """Post `count` bodies, some dozens at a time: drawing them is what takes longest."""
    statuses: Counter[int] = Counter()
    batch: list[bytes] = []

    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(mutated(sample))
    def draw(raw: bytes) -> None:
        if raw not in (sample, b"{}"):
            batch.append(raw)

    await asyncio.to_thread(draw)

    async def post(raw: bytes) -> None:
        async with session.post(url, data=raw, headers=prove(raw)) as answer:
            statuses[answer.status] += 1

    for first in range(0, len(batch), 32):
        await asyncio.gather(*map(post, batch[first : first + 32]))
    return {str(status): number for status, number in sorted(statuses.items())}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100_000)
    logging.disable(logging.WARNING)
    found = asyncio.run(main(parser.parse_args().examples))
    print(json.dumps(found, indent=2))
    bad = [
        one for path in addresses() for one in found[path].values() if any(code >= "500" for code in one["statuses"])
    ]
    obeyed = sum(found[path]["unsigned"]["stored"] for path in addresses())
    sys.exit(bool(bad or obeyed))

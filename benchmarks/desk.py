"""Do two agents ever have one conversation, is anything lost, and how soon does a page of the desk show what happened?

    python benchmarks/desk.py [--attempts 10000] [--conversations 200] [--agents 20] [--postgres URL] [--json]

A server in a process of its own (the real web application, the real assistant with a dialogue that answers at once).
Agents, each with a session and an open event stream, attempt over HTTP to take conversations drawn at random, answer,
answer again with the same key, answer what they do not hold, and give back; meanwhile citizens write. Afterwards what
is stored is walked through. Then citizens write at a steady rate and every page notes when it was told. Exit code 1:
two agents on one conversation, an answer lost or doubled, the assistant beside an agent, or p95 over 300 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Engine, select

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deliveries import _database
from load import percentile

from storage.conversations import Conversations, NewConversation
from storage.database import open_database, upgrade
from storage.schema import messages, staff_messages
from storage.staff import StaffAccounts
from web.staff.guard import COOKIE

ALLOWED_P95_MS = 300.0
_HOT = 8
_STEADY_S = 30.0
_STEADY_PER_SECOND = 20.0


@dataclass
class Findings:
    """What came of it."""

    taken: int = 0
    refused: int = 0
    answered: int = 0
    intruded: int = 0  # answers to what the agent did not hold; each must have been refused
    written: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    busy_ms: list[float] = field(default_factory=list)
    steady_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    accepted: set[str] = field(default_factory=set)


@dataclass
class Agent:
    """One member of staff with a browser."""

    name: str
    session: aiohttp.ClientSession
    csrf: str

    async def post(self, path: str, body: dict[str, Any] | None = None) -> int:
        headers = {"X-CSRF-Token": self.csrf}
        async with self.session.post(f"/desk/api{path}", json=body or {}, headers=headers) as answer:
            await answer.read()
            return answer.status


def main() -> int:
    """Run once and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts", type=int, default=10_000)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--postgres", help="a PostgreSQL database, where a schema is made and dropped; default: SQLite")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="motcua-desk-") as folder, _database(options.postgres, folder) as url:
        engine = open_database(url)
        upgrade(engine)
        server = [sys.executable, str(Path(__file__).with_name("desk_server.py")), url, folder]
        with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                found = asyncio.run(_run(options, engine, process.stdout.readline().strip()))
            finally:
                process.terminate()
        _walk_through(engine, found)
        engine.dispose()
    return _print(found, options.json)


async def _run(options: argparse.Namespace, engine: Engine, address: str) -> Findings:
    found, store = Findings(), Conversations(engine)
    rooms = [store.create("web") for _ in range(options.conversations)]
    agents = [_hire(engine, f"agent{number}", address) for number in range(options.agents)]
    citizens = aiohttp.ClientSession(address)
    try:
        phase: dict[str, list[float]] = {"now": found.busy_ms}
        watching = [asyncio.create_task(_watch(agent, phase, found)) for agent in agents]
        for agent in agents:
            await agent.post("/presence", {"status": "online"})
        started = time.perf_counter()
        attempts = iter(range(options.attempts))
        writing = asyncio.create_task(_write(citizens, rooms, found, 10.0, None))
        await asyncio.gather(*(_work(agent, rooms, attempts, found) for agent in agents))
        writing.cancel()
        found.seconds = time.perf_counter() - started
        await asyncio.sleep(1)
        phase["now"] = found.steady_ms
        await _write(citizens, rooms, found, _STEADY_PER_SECOND, time.perf_counter() + _STEADY_S)
        await asyncio.sleep(1)
        for task in watching:
            task.cancel()
        for ended in await asyncio.gather(*watching, return_exceptions=True):
            if isinstance(ended, Exception):
                found.faults[f"a page: {ended!r}"] += 1
    finally:
        for session in [citizens, *(agent.session for agent in agents)]:
            await session.close()
    return found


def _hire(engine: Engine, login: str, address: str) -> Agent:
    accounts = StaffAccounts(engine)
    staff = accounts.add(login, f"Cán bộ {login}", "agent", "x", "benchmark", must_change=False)
    token = accounts.open_session(staff.id, "benchmark")
    signed_in = accounts.signed_in(token)
    assert signed_in is not None
    return Agent(login, aiohttp.ClientSession(address, cookies={COOKIE: token}), signed_in[1])


async def _work(agent: Agent, rooms: list[NewConversation], attempts: Any, found: Findings) -> None:
    """Attempt to take and answer, one conversation after another."""
    for number in attempts:
        # A third of all attempts meet at a few conversations.
        room = f"/conversations/{random.choice(rooms[:_HOT] if number % 3 == 0 else rooms).id}"
        text = f"{agent.name} trả lời lần {number}"
        body = {"key": f"k{number}", "text": text}
        status = await agent.post(f"{room}/take")
        if status == 409:
            found.refused += 1
            if number % 2:
                found.intruded += 1
                if await agent.post(f"{room}/reply", body) == 201:
                    found.wrong.append(f"{agent.name} answered what was refused: {number}")
            continue
        if status != 200:
            found.faults[f"take {status}"] += 1
            continue
        found.taken += 1
        # Now and then twice at once, as after a lost connection.
        sent = await asyncio.gather(*(agent.post(f"{room}/reply", body) for _ in range(1 + (number % 5 == 0))))
        if set(sent) == {201}:
            found.answered += 1
            found.accepted.add(text)
        else:
            found.faults[f"reply {sent}"] += 1
        ending = {"reason": "answered"} if number % 2 else None
        status = await agent.post(f"{room}/{'close' if ending else 'back'}", ending)
        if status != 200:
            found.faults[f"end {status}"] += 1


async def _write(
    citizens: aiohttp.ClientSession, rooms: list[NewConversation], found: Findings, rate: float, until: float | None
) -> None:
    """Let citizens write, so many messages a second."""
    due, sending = time.perf_counter(), set()
    while until is None or due < until:
        task = asyncio.create_task(_say(citizens, random.choice(rooms), found))
        sending.add(task)
        task.add_done_callback(sending.discard)
        due += 1 / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
    await asyncio.gather(*sending)


async def _say(citizens: aiohttp.ClientSession, room: NewConversation, found: Findings) -> None:
    found.written += 1
    path = f"/api/v1/conversations/{room.id}/messages"
    body = {"id": f"c{found.written}", "text": "lệ phí khai sinh bao nhiêu"}
    async with citizens.post(path, json=body, headers={"Authorization": f"Bearer {room.token}"}) as answer:
        await answer.read()
        if answer.status != 200:
            found.faults[f"message {answer.status}"] += 1


async def _watch(agent: Agent, phase: dict[str, list[float]], found: Findings) -> None:
    """Note how long after it was written each new entry is told to this page."""
    known: dict[str, int] = {}
    timeout = aiohttp.ClientTimeout(total=None)
    async with agent.session.get("/desk/events", timeout=timeout) as stream:
        kind = ""
        async for line in stream.content:
            if line.startswith(b"event: "):
                kind = line[7:].decode().strip()
            elif line.startswith(b"data: ") and kind == "conversation":
                arrived, row = time.time(), json.loads(line[6:])
                last = row["last"]
                if last and last["id"] > known.get(row["id"], 0):
                    known[row["id"]] = last["id"]
                    phase["now"].append((arrived - datetime.fromisoformat(last["at"]).timestamp()) * 1000)
    found.faults["a stream ended"] += 1


def _walk_through(engine: Engine, found: Findings) -> None:
    """Follow every conversation as it is stored: who had it, who wrote, and what is missing."""
    query = (
        select(messages.c.conversation_id, messages.c.role, messages.c.message_id, messages.c.body)
        .outerjoin(staff_messages, staff_messages.c.message_id == messages.c.id)
        .order_by(messages.c.id)
    )
    holders: dict[str, str | None] = {}
    texts: Counter[str] = Counter()
    with engine.connect() as connection:
        for room, role, message_id, body in connection.execute(query):
            holder, notice = holders.get(room), body.get("notice")
            if notice == "taken":
                if holder is not None:
                    found.wrong.append(f"{room}: taken from {holder}")
                holders[room] = body["text"].partition(" (cán bộ)")[0]
            elif notice == "back":
                holders[room] = None
            elif role == "staff":
                texts[body["text"]] += 1
                if body["author"] != holder:
                    found.wrong.append(f"{room}: {body['author']} wrote while {holder} had it")
            elif role == "assistant" and message_id is not None and holder is not None:
                found.wrong.append(f"{room}: the assistant answered while {holder} had it")
    found.wrong += [f"lost: {text}" for text in found.accepted - texts.keys()]
    found.wrong += [f"{count} times: {text}" for text, count in texts.items() if count != 1]
    found.wrong += [f"never accepted: {text}" for text in texts.keys() - found.accepted]


def _print(found: Findings, as_json: bool) -> int:
    figures = {
        "attempts": found.taken + found.refused,
        "taken": found.taken,
        "refused": found.refused,
        "answered": found.answered,
        "intrusions": found.intruded,
        "citizens_messages": found.written,
        "faults": dict(found.faults),
        "wrong": len(found.wrong),
        "seconds": round(found.seconds, 1),
        "event_to_page_busy_ms": _spread(found.busy_ms),
        "event_to_page_ms": _spread(found.steady_ms),
    }
    if as_json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:24} {value}" for name, value in figures.items()))
    print(*found.wrong[:20], sep="\n", file=sys.stderr)
    late = percentile(sorted(found.steady_ms), 0.95) > ALLOWED_P95_MS
    return int(bool(found.wrong) or bool(found.faults) or late)


def _spread(milliseconds: list[float]) -> dict[str, float]:
    told = sorted(milliseconds)
    return {"n": len(told)} | {f"p{share}": round(percentile(told, share / 100), 1) for share in (50, 95, 99)}


if __name__ == "__main__":
    sys.exit(main())

"""A chat service on this machine that keeps what it is sent, fails as real ones do, and delivers as badly as they do.

Deliveries are repeated and reordered, those that are not acknowledged come again, sends fail before or after they
arrived, and the process under test (`loopback_process`) is killed meanwhile. `check` then compares what came back.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from sqlalchemy import Engine, func, select

from channels.outbox import MOST_UNCERTAIN
from storage.queues import OPEN
from storage.schema import inbox, outbox

ROOT = Path(__file__).resolve().parents[2]
_LIFE_S = 2.0  # how long the process lives from one kill to the next, on average


@dataclass(frozen=True)
class Plan:
    """What to deliver and how badly it goes; shares are of all deliveries or sends."""

    deliveries: int
    kills: int
    people: int
    repeated: float = 0.30
    reordered: float = 0.10
    faulty: float = 0.05
    at_once: int = 12  # deliveries under way
    per_second: float | None = None  # None: spread over the kills
    real: bool = False  # the real assistant, and questions to it
    seed: int = 1


@dataclass(frozen=True)
class Note:
    """One delivery to make."""

    id: str
    sender: str
    text: str
    sent_at: datetime


@dataclass
class Arrived:
    """One send that the service took."""

    to: str
    text: str
    process: str
    told: bool  # whether the sender was told that it arrived


@dataclass
class Service:
    """Takes sends over HTTP; a share of them fails in one of the four ways there are."""

    faulty: float
    chance: random.Random
    arrived: list[Arrived] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        # Most faults are told; one in five leaves the sender in the dark.
        fault = self.chance.choices(("500", "429", "reset before", "reset after"), (4, 4, 1, 1))[0]
        fault = fault if self.chance.random() < self.faulty else ""
        self.faults[fault] += 1
        if fault in ("500", "429"):
            return web.Response(status=int(fault))
        if fault != "reset before":
            # A sender that was killed meanwhile is told nothing.
            there = request.transport is not None and not request.transport.is_closing()
            self.arrived.append(Arrived(body["to"], body["text"], request.headers["X-Process"], not fault and there))
        if fault:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(text=str(len(self.arrived)))


@dataclass
class Findings:
    """What came of a run; times in milliseconds."""

    deliveries: int = 0
    posts: int = 0
    repeats: int = 0
    kills: int = 0
    seconds: float = 0.0
    acknowledged_ms: list[float] = field(default_factory=list)
    sends: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    doubles_after_kill: int = 0
    doubles_after_reset: int = 0
    dark: int = 0  # sends given up because two attempts ended in the dark, as the outbox promises
    dark_arrived: int = 0  # of these, how many did arrive
    late: int = 0  # deliveries that came after a later one had been answered
    mended: int = 0  # deliveries that came after a later one and were answered before it
    wrong: list[str] = field(default_factory=list)


class Process:
    """The process under test: started, killed, started again on the same port, by a parent that has all imported."""

    def __init__(self, options: dict[str, Any], log: Path) -> None:
        self._options = json.dumps(options)
        self._log = log
        self._parent: asyncio.subprocess.Process | None = None
        self._pid = 0

    async def start(self) -> None:
        if self._parent is None:
            with self._log.open("ab") as log:
                self._parent = await asyncio.create_subprocess_exec(
                    sys.executable,
                    *("-m", "tests.channels.loopback_process", self._options),
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(b"start\n")
        line = await self._parent.stdout.readline()
        if not line.startswith(b"ready "):
            raise RuntimeError(f"the process did not start:\n{self._log.read_text()[-2000:]}")
        self._pid = int(line.split()[1])

    async def kill(self) -> None:
        """Kill it, and wait until its port is free."""
        try:
            while True:
                os.kill(self._pid, signal.SIGKILL)
                await asyncio.sleep(0.002)
        except ProcessLookupError:
            return

    async def end(self) -> None:
        if self._pid:
            await self.kill()
        if self._parent is not None:
            assert self._parent.stdin is not None
            self._parent.stdin.close()
            await self._parent.wait()


def notes(plan: Plan, texts: Sequence[str]) -> list[Note]:
    """Return the deliveries in the order in which they are made."""
    chance, start = random.Random(plan.seed), datetime.now(UTC)
    made: list[Note] = []
    for number in range(plan.deliveries):
        sender = f"person {chance.randrange(plan.people)}"
        text = texts[number % len(texts)]
        made.append(Note(f"d{number}", sender, text, start + timedelta(milliseconds=number)))
    # Reordered: given back some places later, also behind later ones of the same person.
    last = {note.sender: place for place, note in enumerate(made)}
    following: dict[int, int] = {}
    for place in range(len(made) - 1, -1, -1):
        following[place] = last[made[place].sender]
        last[made[place].sender] = place
    moved = set(chance.sample(range(len(made)), int(plan.reordered * len(made))))
    key = {
        place: following[place] + 0.5 if place in moved and following[place] > place else place
        for place in range(len(made))
    }
    return [made[place] for place in sorted(range(len(made)), key=key.__getitem__)]


async def run(plan: Plan, database: str, data: Path, engine: Engine, texts: Sequence[str] = ("khai sinh",)) -> Findings:
    """Deliver everything, kill the process meanwhile, wait until all is answered, and check."""
    found = Findings(deliveries=plan.deliveries)
    service = Service(plan.faulty, random.Random(plan.seed + 1))
    runner, address = await _serve(service)
    port = _free_port()
    options = {"database": database, "data": str(data), "service": address, "port": port, "real": plan.real}
    process = Process(options, data / "process.log")
    started = time.perf_counter()
    try:
        await process.start()
        await _deliver(plan, notes(plan, texts), f"http://127.0.0.1:{port}/deliver", process, found)
        await _all_answered(engine)
    finally:
        await process.end()
        await runner.cleanup()
    found.seconds = time.perf_counter() - started
    found.sends, found.faults = len(service.arrived), dict(service.faults)
    check(engine, service, found)
    return found


async def _deliver(plan: Plan, made: list[Note], url: str, process: Process, found: Findings) -> None:
    chance = random.Random(plan.seed + 2)
    copies = set(chance.sample(range(len(made)), int(plan.repeated * len(made))))
    pace = plan.per_second or (len(made) / (plan.kills * _LIFE_S) if plan.kills else math.inf)
    begun = time.perf_counter()
    places = iter(range(len(made)))
    async with ClientSession(timeout=ClientTimeout(total=10)) as session:

        async def post(note: Note) -> None:
            body = {"id": note.id, "sender": note.sender, "text": note.text, "sent_at": note.sent_at.isoformat()}
            while True:
                found.posts += 1
                began = time.perf_counter()
                try:
                    async with session.post(url, json=body) as answer:
                        if answer.status == 200:
                            found.acknowledged_ms.append(1000 * (time.perf_counter() - began))
                            return
                except (ClientError, TimeoutError):
                    pass
                await asyncio.sleep(0.05)  # not acknowledged: delivered again

        async def one_after_another() -> None:
            for place in places:
                await asyncio.sleep(max(0.0, begun + place / pace - time.perf_counter()))
                await post(made[place])
                if place in copies:
                    found.repeats += 1
                    await post(made[place])

        async def kill() -> None:
            for _ in range(plan.kills):
                await asyncio.sleep(_LIFE_S * (0.5 + chance.random()))
                await process.kill()
                found.kills += 1
                await process.start()

        await asyncio.gather(kill(), *(one_after_another() for _ in range(plan.at_once)))


async def _all_answered(engine: Engine, patience_s: float = 60.0) -> None:
    """Wait until nothing is open in inbox and outbox; it may take long, but something has to happen all the time."""
    left, moved_at = 0, time.perf_counter()
    while time.perf_counter() - moved_at < patience_s:
        with engine.connect() as connection:
            rows = [
                connection.scalar(select(func.count()).where(table.c.status.in_(OPEN))) or 0
                for table in (inbox, outbox)
            ]
        if not any(rows):
            return
        if sum(rows) != left:
            left, moved_at = sum(rows), time.perf_counter()
        await asyncio.sleep(0.2)
    raise TimeoutError(f"inbox and outbox still hold {left} rows and nothing happens")


def check(engine: Engine, service: Service, found: Findings) -> None:
    """Note in `found.wrong` what was lost, doubled without excuse, or out of order."""
    with engine.connect() as connection:
        came = connection.execute(select(inbox).order_by(inbox.c.id)).all()
        sends = connection.execute(select(outbox).order_by(outbox.c.id)).all()
    if len(came) != found.deliveries:
        found.wrong.append(f"{len(came)} deliveries in the inbox, not {found.deliveries}")
    found.wrong += [f"delivery {row.delivery_id} is {row.status}: {row.reason}" for row in came if row.status != "done"]
    took = {(arrived.to, arrived.text) for arrived in service.arrived}
    dark = [row for row in sends if row.status == "dead" and row.uncertain > MOST_UNCERTAIN]
    found.dark, found.dark_arrived = len(dark), sum((row.recipient, row.part["text"]) in took for row in dark)
    found.wrong += [
        f"send {row.key} is {row.status}: {row.reason}" for row in sends if row.status != "done" and row not in dark
    ]
    answered = {row.key.split("/")[0].removeprefix("in:") for row in sends}
    found.wrong += [f"delivery {row.delivery_id} has no answer" for row in came if row.delivery_id not in answered]
    _check_copies(service, sends, found)
    _check_order(service, came, sends, found)


def _check_copies(service: Service, sends: Sequence[Any], found: Findings) -> None:
    copies = defaultdict(list)
    for arrived in service.arrived:
        copies[arrived.to, arrived.text].append(arrived)
    given_up = {(row.recipient, row.part["text"]) for row in sends if row.status == "dead"}
    expected = Counter((row.recipient, row.part["text"]) for row in sends)
    for key in expected.keys() | copies.keys():
        surplus = len(copies[key]) - expected[key]
        if (surplus < 0 and key not in given_up) or not expected[key]:
            found.wrong.append(f"{key} arrived {len(copies[key])} times, not {expected[key]}")
        unsure = [arrived for arrived in copies[key] if not arrived.told]
        killed = len({arrived.process for arrived in copies[key]}) > 1
        if surplus == 1 and unsure:
            found.doubles_after_reset += 1
        elif surplus == 1 and killed:
            found.doubles_after_kill += 1
        elif surplus > 0:
            found.wrong.append(f"{key} arrived {len(copies[key])} times without a reason")


def _check_order(service: Service, came: Sequence[Any], sends: Sequence[Any], found: Findings) -> None:
    """What arrived at a person follows the outbox; the outbox follows the times of sending, but for what came late."""
    first: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for arrived in service.arrived:
        first[arrived.to].setdefault(arrived.text)
    written: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for row in sends:
        written[row.recipient].setdefault(row.part["text"])
    for to, texts in written.items():
        expected = [text for text in texts if text in first[to]]  # what did not arrive at all is noted elsewhere
        if list(first[to]) != expected:
            found.wrong.append(f"{to} got {list(first[to])}, not {expected}")
    place = {row.delivery_id: number for number, row in enumerate(came)}
    sent_at = {row.delivery_id: row.sent_at for row in came}
    handled: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for row in sends:
        if row.key.startswith("in:"):  # an apology is noted elsewhere
            handled[row.recipient].setdefault(row.key.split("/")[0].removeprefix("in:"))
    for to, ids in handled.items():
        order = list(ids)
        for earlier, later in itertools.pairwise(order):
            if sent_at[earlier] > sent_at[later]:
                found.late += 1
                if place[earlier] > place[later]:
                    found.wrong.append(f"{to}: {later} came first, was sent first, and was answered after {earlier}")
            elif place[earlier] > place[later]:
                found.mended += 1


async def _serve(service: Service) -> tuple[web.AppRunner, str]:
    app = web.Application()
    app.add_routes([web.post("/send", service.take)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/send"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])

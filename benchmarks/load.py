"""How many messages a second: our server, and Rasa's own, under 1, 10 and 50 citizens at once over HTTP.

    python benchmarks/load.py [--seconds 20] [--json] [--data DIR] [--skip-rasa]

All of it runs on this machine, over the loopback. Exit code 1: the floor was missed or an order was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import math
import os
import platform
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from citizens import Open, Tally, check_order, new_session, opener, send_burst, talk_until
from servers import Server, ServerError, data_folder, our_server, rasa_server

LEVELS = (1, 10, 50)
FLOOR_AT = 10  # citizens
FLOOR_PER_SECOND = 50.0
FLOOR_P95_MS = 120.0
FLOOR_HEALTH_MS = 100.0
_HEALTH_EVERY_SECONDS = 0.05
_HEADS = (
    *("server", "citizens", "messages", "msg/s", "p50", "p95", "p99", "errors", "disorder"),
    *("RSS", "CPU/msg", "client", "health", "burst4", "max"),
)


@dataclass(frozen=True, slots=True)
class Level:
    """The figures of one server under one number of citizens; times in milliseconds unless named otherwise."""

    server: str
    citizens: int
    messages: int
    seconds: float
    per_second: float
    p50: float
    p95: float
    p99: float
    errors: int
    out_of_order: int
    resident_mb: float
    cpu_ms_per_message: float
    client_cpu_share: float
    slowest_health: float
    burst_p50: float
    burst_max: float
    outcomes: dict[str, int]
    faults: tuple[str, ...]


class HealthWatch:
    """Asks a server for its health every 50 ms from a thread of its own, so that a busy client does not blur it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.slowest_ms = 0.0

    def __enter__(self) -> HealthWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        address = urlsplit(self._server.url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
        while not self._stop.wait(_HEALTH_EVERY_SECONDS):
            started = time.perf_counter()
            try:
                connection.request("GET", self._server.health)
                connection.getresponse().read()
                took = time.perf_counter() - started
            except (OSError, http.client.HTTPException):
                connection.close()
                took = math.inf
            self.slowest_ms = max(self.slowest_ms, took * 1000)


async def measure(server: Server, kind: str, seconds: float) -> list[Level]:
    """Drive one running server through every level."""
    async with new_session(server.url) as session:
        open_one = opener(session, kind)
        await talk_until(time.perf_counter() + 2.0, open_one, 0, Tally())  # warm caches and connections
        return [await _level(server, open_one, citizens, seconds) for citizens in LEVELS]


async def _level(server: Server, open_one: Open, citizens: int, seconds: float) -> Level:
    tally = Tally()
    cpu, own_cpu, started = server.cpu_seconds(), _own_cpu(), time.perf_counter()
    with HealthWatch(server) as health:
        await asyncio.gather(*(talk_until(started + seconds, open_one, n, tally) for n in range(citizens)))
        took = time.perf_counter() - started
        cpu, own_cpu = server.cpu_seconds() - cpu, _own_cpu() - own_cpu
        await asyncio.gather(*(send_burst(open_one, tally) for _ in range(citizens)))
    await check_order(tally)
    milliseconds = sorted(1000 * second for second in tally.seconds)
    return Level(
        server=server.name,
        citizens=citizens,
        messages=len(milliseconds),
        seconds=took,
        per_second=len(milliseconds) / took,
        p50=percentile(milliseconds, 0.50),
        p95=percentile(milliseconds, 0.95),
        p99=percentile(milliseconds, 0.99),
        errors=len(tally.errors),
        out_of_order=len(tally.disorder),
        resident_mb=server.resident_mb(),
        cpu_ms_per_message=1000 * cpu / max(len(milliseconds), 1),
        client_cpu_share=own_cpu / took,
        slowest_health=health.slowest_ms,
        burst_p50=1000 * percentile(sorted(tally.bursts), 0.50),
        burst_max=1000 * max(tally.bursts, default=math.nan),
        outcomes=dict(Counter(tally.outcomes).most_common()),
        faults=tuple((tally.errors + tally.disorder)[:5]),
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` of the ordered values do not exceed; NaN of none."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else math.nan


def missed_floor(levels: Sequence[Level]) -> list[str]:
    """Return in words what our server did not reach."""
    ours = [level for level in levels if level.server == "Một Cửa"]
    missed = []
    for level in ours:
        if level.citizens == FLOOR_AT and level.per_second < FLOOR_PER_SECOND:
            missed.append(f"{level.per_second:.1f} messages/s at {FLOOR_AT} citizens, floor {FLOOR_PER_SECOND:.0f}")
        if level.citizens == FLOOR_AT and not level.p95 <= FLOOR_P95_MS:
            missed.append(f"p95 {level.p95:.0f} ms at {FLOOR_AT} citizens, floor {FLOOR_P95_MS:.0f}")
        if level.slowest_health > FLOOR_HEALTH_MS:
            missed.append(f"/healthz took {level.slowest_health:.0f} ms at {level.citizens} citizens")
        if level.errors or level.out_of_order:
            missed.append(f"{level.errors} errors, {level.out_of_order} out of order at {level.citizens} citizens")
    return missed


@dataclass(slots=True)
class Findings:
    """The seconds of each start, the figures, and why Rasa's server could not be measured, if so."""

    starts: dict[str, float] = field(default_factory=dict)
    levels: list[Level] = field(default_factory=list)
    rasa_failure: str = ""


def run(data: Path | None, seconds: float, *, with_rasa: bool) -> Findings:
    """Start each server in turn and measure it. Raises ServerError when ours does not start."""
    found = Findings()
    with data_folder(data) as folder:
        with our_server(folder) as server:
            found.starts["Một Cửa, first start"] = server.started_in
        with our_server(folder) as server:
            found.starts["Một Cửa, next start"] = server.started_in
            found.levels += asyncio.run(measure(server, "ours", seconds))
        if with_rasa:
            try:
                with rasa_server(folder) as server:
                    found.starts["rasa run"] = server.started_in
                    found.levels += asyncio.run(measure(server, "rasa", seconds))
            except ServerError as error:
                found.rasa_failure = str(error)
    return found


def table(levels: Sequence[Level]) -> str:
    """Return the figures as a table."""
    heads = list(_HEADS)
    rows = [
        (
            level.server,
            level.citizens,
            level.messages,
            f"{level.per_second:.1f}",
            *(f"{value:.0f}" for value in (level.p50, level.p95, level.p99)),
            level.errors,
            level.out_of_order,
            f"{level.resident_mb:.0f}",
            f"{level.cpu_ms_per_message:.1f}",
            f"{level.client_cpu_share:.0%}",
            *(f"{value:.0f}" for value in (level.slowest_health, level.burst_p50, level.burst_max)),
        )
        for level in levels
    ]
    lines = [heads, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def main() -> int:
    """Run the test and print what it showed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each level (default 20)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--data", type=Path, help="a data folder to copy; default: a new one, starter catalogue")
    parser.add_argument("--skip-rasa", action="store_true", help="measure our server only")
    arguments = parser.parse_args()
    try:
        found = run(arguments.data, arguments.seconds, with_rasa=not arguments.skip_rasa)
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    missed = missed_floor(found.levels)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    if arguments.json:
        print(json.dumps({"machine": machine, **asdict(found), "missed": missed}, ensure_ascii=False))
        return bool(missed or found.rasa_failure)
    print(f"{machine}; {arguments.seconds:.0f} s a level; times in ms, memory in MB")
    print("\n".join(f"{name}: ready in {took:.1f} s" for name, took in found.starts.items()), end="\n\n")
    print(table(found.levels), end="\n\n")
    for level in found.levels:
        print(f"{level.server}, {level.citizens}: {level.outcomes}", *level.faults, sep="\n  ")
    if found.rasa_failure:
        print(f"rasa run was not measured: {found.rasa_failure}")
    print("floor reached" if not missed else "floor MISSED: " + "; ".join(missed))
    return bool(missed or found.rasa_failure)


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())

"""Is every message answered exactly once and in order, whatever happens to the process in between?

    python benchmarks/deliveries.py [--deliveries 10000] [--kills 50] [--postgres URL] [--rate N] [--real] [--json]

A service on the loopback delivers with repeats (30 %) and out of order (10 %), takes sends and lets 5 % of them fail,
while the process under test is killed (SIGKILL) and started again. The assistant is a quick one that records turns as
the real one does; `--real` takes the real one. `--rate` delivers so many a second instead of so that the
kills are spread over all. Exit code 1: something was lost, doubled without a reason, or out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flows import FLOWS, Say
from load import percentile

from storage.database import open_database, upgrade
from tests.channels.loopback import Findings, Plan, run


def main() -> int:
    """Run once and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deliveries", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--postgres", help="a PostgreSQL database, where a schema is made and dropped; default: SQLite")
    parser.add_argument("--rate", type=float, help="deliveries a second")
    parser.add_argument("--real", action="store_true", help="the real assistant")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    plan = Plan(
        options.deliveries,
        options.kills,
        options.people,
        per_second=options.rate,
        real=options.real,
        at_once=64 if options.rate else 12,
    )
    questions = [step.text for flow in FLOWS for step in flow if isinstance(step, Say)]
    with tempfile.TemporaryDirectory(prefix="motcua-channels-") as folder, _database(options.postgres, folder) as url:
        engine = open_database(url)
        upgrade(engine)
        found = asyncio.run(run(plan, url, Path(folder), engine, questions))
        engine.dispose()
    _print(found, options.json)
    return bool(found.wrong)


def _print(found: Findings, as_json: bool) -> None:
    milliseconds = sorted(found.acknowledged_ms)
    figures = asdict(found) | {
        "acknowledged_ms": {f"p{share}": round(percentile(milliseconds, share / 100), 1) for share in (50, 95, 99)}
        | {"max": round(milliseconds[-1], 1)},
        "wrong": len(found.wrong),
        "per_second": round(found.deliveries / found.seconds, 1),
    }
    if as_json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:20} {value}" for name, value in figures.items()))
    print(*found.wrong[:20], sep="\n", file=sys.stderr)


@contextmanager
def _database(postgres: str | None, folder: str) -> Iterator[str]:
    """Give the address of an empty database."""
    if postgres is None:
        yield f"sqlite:///{folder}/motcua.db"
        return
    schema = f"motcua_{uuid.uuid4().hex[:12]}"
    server = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    url = make_url(postgres).update_query_dict({"options": f"-csearch_path={schema}"})
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        server.dispose()


if __name__ == "__main__":
    sys.exit(main())

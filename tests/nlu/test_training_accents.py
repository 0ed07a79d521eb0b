from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nlu.accents import load_restorer
from nlu.training.accents import count, main, strings


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_every_string_inside_is_found() -> None:
    assert list(strings({"a": "x", "b": ["y", {"c": "z"}, 5, None, True]})) == ["x", "y", "z"]


def test_syllables_and_neighbours_are_counted_within_a_sentence(tmp_path: Path) -> None:
    words, pairs = count([write(tmp_path / "a.jsonl", {"ten": "Lệ phí. Lệ phí nhà đất"})])
    assert (words["lệ"], words["phí"], words["đất"], words[""]) == (2, 2, 1, 2)
    assert (pairs["lệ", "phí"], pairs["", "lệ"]) == (2, 2)
    assert ("phí", "lệ") not in pairs


def test_a_sentence_repeated_in_one_record_counts_once_and_in_two_twice(tmp_path: Path) -> None:
    row = {"a": "lệ phí", "b": ["lệ phí", "lệ phí"]}
    assert count([write(tmp_path / "a.jsonl", row)])[0]["lệ"] == 1
    assert count([write(tmp_path / "b.jsonl", row, row)])[0]["lệ"] == 2


def test_text_without_any_diacritic_teaches_nothing(tmp_path: Path) -> None:
    words, pairs = count([write(tmp_path / "a.jsonl", {"url": "https://example.gov.vn", "ten": "khai sinh"})])
    assert (words.total(), pairs.total()) == (0, 0)


def test_letters_with_separate_marks_count_as_one(tmp_path: Path) -> None:
    assert count([write(tmp_path / "a.jsonl", {"ten": "le\u0323\u0302 phi\u0301"})])[0]["lệ"] == 1


@pytest.mark.parametrize("packed", [True, False])
def test_the_command_writes_what_the_restorer_reads(tmp_path: Path, packed: bool) -> None:
    rows = [{"ten": f"lệ phí thứ {place}"} for place in range(3)] + [{"ten": "thuế"}]
    file = write(tmp_path / "a.jsonl", *rows)
    if packed:
        file = tmp_path / "a.jsonl.gz"
        file.write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes()))
    made = tmp_path / "new" / "accents.tsv.gz"
    result = CliRunner().invoke(main, [str(file), "--output", str(made)])
    assert result.exit_code == 0, result.output
    restorer = load_restorer.__wrapped__(made)
    assert restorer.restore("le phi thu") == "lệ phí thứ"
    assert restorer.restore("thue") == "thue", "counted too rarely to be kept"


def test_the_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", *[{"ten": "lệ phí nhà đất"}] * 4)
    for name in ("x", "y"):
        CliRunner().invoke(main, [str(file), "--output", str(tmp_path / name / "counts.gz")])
    assert (tmp_path / "x" / "counts.gz").read_bytes() == (tmp_path / "y" / "counts.gz").read_bytes()

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nlu.accents import load_restorer
from nlu.training.accents import count, main, spoken, strings, written


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_every_string_inside_is_found() -> None:
    assert list(strings({"a": "x", "b": ["y", {"c": "z"}, 5, None, True]})) == ["x", "y", "z"]


def test_syllables_and_neighbours_are_counted_within_a_sentence() -> None:
    words, pairs = count(["Lệ phí. Lệ phí nhà đất"])
    assert (words["lệ"], words["phí"], words["đất"], words[""]) == (2, 2, 1, 2)
    assert (pairs["lệ", "phí"], pairs["", "lệ"]) == (2, 2)
    assert ("phí", "lệ") not in pairs


def test_a_sentence_repeated_in_one_record_counts_once_and_in_two_twice(tmp_path: Path) -> None:
    row = {"a": "lệ phí", "b": ["lệ phí", "lệ phí"]}
    assert count(written([write(tmp_path / "a.jsonl", row)]))[0]["lệ"] == 1
    assert count(written([write(tmp_path / "b.jsonl", row, row)]))[0]["lệ"] == 2


def test_text_without_any_diacritic_teaches_nothing() -> None:
    words, pairs = count(["https://example.gov.vn", "khai sinh"])
    assert (words.total(), pairs.total()) == (0, 0)


def test_letters_with_separate_marks_count_as_one() -> None:
    assert count(["le\u0323\u0302 phi\u0301"])[0]["lệ"] == 1


def test_what_people_say_counts_as_often_as_told() -> None:
    words, pairs = count(["tiệm thuốc tây"], 20)
    assert (words["tiệm"], pairs["thuốc", "tây"]) == (20, 20)


def test_examples_in_a_block_are_read_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        "nlu:\n- intent: ask\n  examples: |\n    - mở tiệm\n    - ba mất\n", encoding="utf-8"
    )
    assert {"mở tiệm", "ba mất"} <= set(spoken(tmp_path))


def test_the_commands_people_outweigh_official_prose(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    (folder / "a.yml").write_text("- mở tiệm thuốc tây\n", encoding="utf-8")
    file = write(tmp_path / "a.jsonl", *[{"ten": "thuộc tây bắc"}] * 4)
    made = tmp_path / "counts.gz"
    result = CliRunner().invoke(main, [str(file), "--people", str(folder), "--output", str(made)])
    assert result.exit_code == 0, result.output
    assert load_restorer.__wrapped__(made).restore("tiem thuoc tay") == "tiệm thuốc tây"


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

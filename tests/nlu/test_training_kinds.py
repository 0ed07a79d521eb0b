from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from nlu.kinds import BUCKETS, load_kinds
from nlu.training.kinds import asked, examples, main, matrix


def write(folder: Path) -> Path:
    folder.mkdir()
    (folder / "ask.yml").write_text(
        "nlu:\n- intent: ask\n  examples: |\n    - làm khai sinh ở đâu\n    - xin sổ đỏ\n", encoding="utf-8"
    )
    (folder / "greet.txt").write_text("xin chào\n\nchào anh\n", encoding="utf-8")
    return folder


def test_examples_are_read_from_both_kinds_of_files(tmp_path: Path) -> None:
    assert list(examples(write(tmp_path / "examples"))) == [
        ("làm khai sinh ở đâu", "ask"),
        ("xin sổ đỏ", "ask"),
        ("xin chào", "greet"),
        ("chào anh", "greet"),
    ]


def test_rows_have_length_one_beside_the_vector() -> None:
    rows = matrix(["xin chào", "làm khai sinh ở đâu"])
    assert rows.shape[0] == 2
    assert rows.shape[1] > BUCKETS
    np.testing.assert_allclose(rows[:, :BUCKETS].power(2).sum(axis=1), 1.0, rtol=1e-6)


def test_names_in_english_become_english_questions() -> None:
    found = list(asked(["birth certificate for a newborn", "làm giấy khai sinh"], random.Random(1)))
    assert "birth certificate for a newborn" in found[0]
    assert len(found) == 2


def test_the_command_writes_what_the_program_reads(tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    folder.mkdir()
    for kind, words in (("ask", "làm giấy khai sinh số"), ("greet", "chào buổi sáng"), ("thank", "cảm ơn nhé")):
        lines = [f"{words} {number}" for number in ("một", "hai", "ba", "bốn", "năm", "sáu")]
        (folder / f"{kind}.txt").write_text("\n".join(lines), encoding="utf-8")
    made = tmp_path / "kinds.npz"
    result = CliRunner().invoke(main, ["--examples", str(folder), "--output", str(made)])
    assert result.exit_code == 0, result.output
    kinds = load_kinds.__wrapped__(made)
    assert set(kinds.names) == {"ask", "greet", "thank"}
    assert kinds.chances("chào buổi sáng cả nhà")["greet"] > 0.5

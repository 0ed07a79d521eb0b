"""`motcua office`: a template filled in, looked at, imported, listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli import main


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("MOTCUA_DATA", str(tmp_path / "data"))
    return CliRunner()


def test_a_template_is_filled_in_imported_and_listed(run: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "noi.csv"
    assert run.invoke(main, ["office", "template", str(file)]).exit_code == 0
    row = "26740,Công an phường Sài Gòn,xã,45 đường A,,,,Phường,2026-05-20\n99999,Sai,xã,a,,,,b,2026-05-20\n"
    file.write_text(file.read_text("utf-8-sig").splitlines()[0] + "\n" + row, encoding="utf-8")

    looked = run.invoke(main, ["office", "import", str(file), "--dry-run"])
    assert "Sẽ có 1 nơi mới" in looked.output
    assert "noi.csv:3" in looked.output
    assert "Đã có 1 nơi mới" in run.invoke(main, ["office", "import", str(file)]).output
    assert "26740" in run.invoke(main, ["office", "list", "--province", "hồ chí minh"]).output
    assert "26740" not in run.invoke(main, ["office", "list", "--province", "Hà Nội"]).output


def test_a_template_never_overwrites(run: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "noi.csv"
    file.write_text("mine", encoding="utf-8")
    result = run.invoke(main, ["office", "template", str(file)])
    assert result.exit_code == 1
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_file_that_is_no_table_is_refused_with_what_to_do(run: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "noi.csv"
    file.write_text("a,b\n", encoding="utf-8")
    result = run.invoke(main, ["office", "import", str(file)])
    assert result.exit_code == 1
    assert "motcua office template" in result.output

"""The command line as people type it: what it prints, what it changes, how it ends."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

import web.cli
import web.service
from knowledge.catalog import Catalog
from storage.database import open_database
from storage.schema import catalogue_versions, conversations
from tests.conftest import ROOT
from tests.knowledge.hashing import HashingEncoder
from web.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command with a data folder of its own; index and dialogue model are those of the other tests."""
    data = tmp_path / "var"
    data.mkdir()
    for name in ("index", "models"):
        kept = ROOT / "var" / "test-cache" / name
        kept.mkdir(parents=True, exist_ok=True)
        (data / name).symlink_to(kept)

    def invoke(*arguments: str | Path, **environment: str) -> Result:
        names = {"MOTCUA_DATA": str(data), "DATABASE_URL": "", "MOTCUA_PORT": "", "MOTCUA_ENCODER": ""}
        return CliRunner().invoke(main, [str(argument) for argument in arguments], env=names | environment)

    return invoke


@pytest.fixture
def quick(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same with an encoder that costs nothing, and an index of its own."""
    (tmp_path / "var" / "index").unlink()
    monkeypatch.setattr(web.service, "load_encoder", lambda _setting: HashingEncoder())
    return run


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Catalog]:
    engine = open_database(f"sqlite:///{tmp_path / 'var' / 'motcua.db'}")
    yield Catalog(engine)
    engine.dispose()


def plain(text: str) -> str:
    return " ".join(text.split())


def write(path: Path, *rows: dict[str, Any] | str) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def commands() -> list[str]:
    return sorted(main.commands)


def test_help_lists_every_command_with_what_it_does(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    for name in commands():
        assert re.search(rf"^  {name} +\S", result.output, re.MULTILINE), name
    assert 'motcua ask "' in result.output


@pytest.mark.parametrize("name", commands())
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_the_help_of_a_command_teaches_it(run: Run, name: str, flag: str) -> None:
    result = run(name, flag)
    assert result.exit_code == 0
    words = result.output.split("Options:")[0].split("\n", 1)[1].strip()
    assert len(words) > 20
    assert re.search("[à-ỹđ]", words), "told in Vietnamese"


@pytest.mark.parametrize("name", commands())
def test_every_option_is_explained_and_every_argument_is_named(name: str) -> None:
    command = main.commands[name]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, (name, parameter.name)
        else:
            assert str(parameter.name).upper() in (command.help or ""), (name, parameter.name)


@pytest.mark.parametrize(
    "arguments",
    [["nothing"], ["ask"], ["import"], ["evaluate"], ["serve", "--port", "x"], ["serve", "--port", "70000"], ["--no"]],
)
def test_wrong_usage_is_told_and_ends_with_2(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.output


@pytest.mark.parametrize("command", ["import", "evaluate"])
def test_a_missing_file_ends_with_2_and_is_named(run: Run, command: str, tmp_path: Path) -> None:
    result = run(command, tmp_path / "nowhere.jsonl")
    assert result.exit_code == 2
    assert "nowhere.jsonl" in result.output


@pytest.mark.parametrize(
    ("variable", "value"), [("MOTCUA_PORT", "abc"), ("MOTCUA_PUBLIC_URL", "x"), ("MOTCUA_EMBED_ORIGINS", "nonsense")]
)
def test_a_setting_that_cannot_be_used_is_named_in_plain_words(run: Run, variable: str, value: str) -> None:
    result = run("index", **{variable: value})
    assert result.exit_code == 1
    assert variable in result.output
    assert value in result.output
    assert "Traceback" not in result.output


def test_help_needs_no_usable_settings(run: Run) -> None:
    assert run("--help", MOTCUA_PORT="abc").exit_code == 0


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////proc/nowhere/motcua.db", "nosuch://x/y"])
@pytest.mark.parametrize("command", [("index",), ("import", "FILE"), ("ask", "a"), ("serve", "--port", "0")])
def test_a_database_that_cannot_be_used_is_told_plainly(
    quick: Run, tmp_path: Path, command: tuple[str, ...], url: str
) -> None:
    file = write(tmp_path / "a.jsonl", {"ma": "1.900001", "ten": "Cấp thẻ"})
    result = quick(*(str(file) if word == "FILE" else word for word in command), DATABASE_URL=url)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "DATABASE_URL" in result.output


def test_an_import_tells_what_went_in_and_what_did_not(quick: Run, stored: Catalog, tmp_path: Path) -> None:
    file = write(tmp_path / "danh-muc.jsonl", {"ma": "1.900001", "ten": "Cấp thẻ thử"}, "{broken", {"ma": "1.900002"})
    result = quick("import", file)
    assert result.exit_code == 0
    assert re.search(r"Mới\W+1\b", result.output)
    assert re.search(r"Bỏ qua\W+2\b", result.output)
    assert "danh-muc.jsonl:2" in result.output
    assert "danh-muc.jsonl:3 1.900002" in result.output
    assert stored.get("1.900001").name == "Cấp thẻ thử"


def test_an_imported_procedure_is_in_the_index_at_once(quick: Run, tmp_path: Path) -> None:
    before = quick("index").output
    quick("import", write(tmp_path / "a.jsonl", {"ma": "1.900001", "ten": "Cấp thẻ thử"}))
    after = quick("index").output
    count = [int(re.search(r"Chỉ mục có (\d+) thủ tục", text)[1]) for text in (before, after)]
    assert count[1] == count[0] + 1


def test_the_same_file_again_changes_nothing(quick: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl.gz"
    with gzip.open(file, "wt", encoding="utf-8") as lines:
        lines.write(json.dumps({"ma": "1.900001", "ten": "Cấp thẻ thử"}))
    quick("import", file)
    result = quick("import", file)
    assert re.search(r"Mới\W+0\b", result.output)
    assert re.search(r"Không đổi\W+1\b", result.output)


def test_a_dry_run_tells_the_same_and_changes_nothing(quick: Run, stored: Catalog, tmp_path: Path) -> None:
    quick("index")
    mark = stored.fingerprint()
    result = quick("import", "--dry-run", write(tmp_path / "a.jsonl", {"ma": "1.900001", "ten": "Cấp thẻ thử"}))
    assert result.exit_code == 0
    assert "Sẽ thay đổi" in result.output
    assert re.search(r"Mới\W+1\b", result.output)
    assert stored.fingerprint() == mark
    assert stored.get("1.900001") is None
    with stored._engine.connect() as connection:
        assert len(connection.execute(select(catalogue_versions)).all()) == 1


def test_many_bad_rows_are_counted_and_not_all_listed(quick: Run, tmp_path: Path) -> None:
    result = quick("import", write(tmp_path / "a.jsonl", *["{"] * 40))
    assert result.exit_code == 0
    assert "và 25 dòng nữa" in result.output


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\x81", b"PK\x03\x04", b"[1, 2]\n3\n"])
def test_a_file_that_is_no_catalogue_is_reported_and_no_crash(quick: Run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(content)
    result = quick("import", file)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.exit_code in (0, 1)


def test_a_damaged_archive_is_told_plainly(quick: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b"{}" * 1000)[:-20])
    result = quick("import", file)
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "Lỗi" in result.output


def test_a_bad_line_of_an_evaluation_file_is_named(quick: Run, tmp_path: Path) -> None:
    result = quick("evaluate", write(tmp_path / "cau-hoi.jsonl", {"id": "1", "question": "a"}, "", "{broken"))
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "cau-hoi.jsonl, dòng 3" in result.output


def test_an_evaluation_file_that_is_no_text_is_told_plainly(quick: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"\xff\xfe\x00")
    result = quick("evaluate", file)
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "a.jsonl" in result.output


def test_a_damaged_starter_file_is_named(quick: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from knowledge.records import BadRecord

    def broken(_engine: object) -> None:
        raise BadRecord("1.001193.yml: unknown key 'x'")

    monkeypatch.setattr(web.service, "ensure_starter", broken)
    result = quick("index")
    assert result.exit_code == 1
    assert "1.001193.yml" in result.output


@pytest.mark.model
def test_ask_prints_the_answer_for_people(run: Run) -> None:
    result = run("ask", "đăng ký khai sinh cần giấy tờ gì")
    assert result.exit_code == 0
    assert "Giấy chứng sinh" in result.stdout
    assert "1.001193" in result.stdout
    assert "[1] " in result.stdout


@pytest.mark.model
def test_ask_prints_replies_for_programs(run: Run) -> None:
    result = run("ask", "--json", "dang ky khai sinh can giay to gi")
    assert result.exit_code == 0
    reply = json.loads(result.stdout)
    assert reply.pop("replies") == [reply]
    assert set(reply) == {
        *("text", "outcome", "facet", "procedures", "sources", "suggestions", "attachments", "confidence"),
    }
    assert (reply["outcome"], reply["facet"], reply["procedures"]) == ("answered", "documents", ["1.001193"])
    (source,) = reply["sources"]
    assert set(source) == {"code", "title", "facet", "url", "updated_at", "version"}
    for suggestion in reply["suggestions"]:
        assert set(suggestion) in ({"label", "payload"}, {"label", "url"})


@pytest.mark.model
def test_evaluate_prints_the_figures_of_the_contract(run: Run, tmp_path: Path) -> None:
    file = write(
        tmp_path / "cau-hoi.jsonl",
        {
            "id": "a",
            "question": "đăng ký khai sinh cần giấy tờ gì",
            "gold_codes": ["1.001193"],
            "must_contain_any": [["giấy chứng sinh"]],
        },
        {"id": "b", "kind": "crisis", "question": "nhà đang cháy to quá cứu với"},
        {"id": "c", "kind": "smalltalk", "question": "xin chào"},
        {"id": "d", "kind": "pii", "question": "cccd của tôi là 079201001234, làm lại căn cước cần gì"},
        {
            "id": "e",
            "kind": "answer",
            "noise": "unaccented",
            "turns": ["dang ky tam tru", "le phi bao nhieu"],
            "procedure_codes": ["1.004194"],
            "must_not_contain": ["miễn phí"],
        },
    )
    result = run("evaluate", "--json", file)
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert {"n", "retrieval", "action_accuracy", "fact_accuracy", "by_noise", "by_kind", "latency_ms", "cases"} <= set(
        figures
    )
    assert figures["n"] == 5
    assert set(figures["retrieval"]) == {"recall@1", "recall@5", "recall@10", "mrr@10"}
    assert set(figures["latency_ms"]) == {"p50", "p95"}
    assert set(figures["by_noise"]) == {"none", "unaccented"}
    assert set(figures["by_kind"]) == {"answer", "crisis", "smalltalk", "pii"}
    cases = {case["id"]: case for case in figures["cases"]}
    assert {"id", "ok", "outcome", "procedures", "text"} <= set(cases["a"])
    assert (cases["a"]["ok"], cases["a"]["procedures"]) == (True, ["1.001193"])
    assert (cases["b"]["outcome"], cases["c"]["outcome"]) == ("crisis", "smalltalk")
    assert (cases["d"]["ok"], figures["action_accuracy"]) == (True, 1.0)
    assert figures["by_noise"]["unaccented"]["n"] == 1
    engine = open_database(f"sqlite:///{tmp_path / 'var' / 'motcua.db'}")
    with engine.connect() as connection:
        assert connection.execute(select(conversations)).all() == []
    engine.dispose()


@pytest.mark.model
def test_evaluate_prints_tables_and_fails_below_the_floor(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", {"id": "sai-1", "kind": "crisis", "question": "đăng ký khai sinh cần gì"})
    result = run("evaluate", file, "--ablate", "--strip-accents", "--floor", "0.5")
    assert result.exit_code == 1
    assert "0.500" in plain(result.output)
    assert "sai-1" in result.output
    assert "BM25" in result.output

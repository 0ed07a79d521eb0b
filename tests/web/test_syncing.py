"""`motcua sync`, `import` and `template` as people type them, against a portal of our own."""

import fcntl
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

import web.service
from knowledge.catalog import Catalog
from storage.database import open_database
from tests.knowledge.hashing import HashingEncoder
from tests.portal.local_portal import LocalPortal, served
from tests.portal.samples import UPDATED_AT, record
from web.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command with a data folder of its own, an encoder that costs nothing and no starter catalogue."""
    monkeypatch.setattr(web.service, "load_encoder", lambda _setting: HashingEncoder())
    for module in ("knowledge.starter", "web.service"):
        monkeypatch.setattr(f"{module}.ensure_starter", lambda _engine: None)

    def invoke(*arguments: object, **environment: str) -> Result:
        names = {"MOTCUA_DATA": str(tmp_path / "var"), "DATABASE_URL": "", "PORTAL_RATE": "50"}
        return CliRunner().invoke(main, [str(argument) for argument in arguments], env=names | environment)

    return invoke


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'var' / 'motcua.db'}")
    yield opened
    opened.dispose()


def plain(text: str) -> str:
    return " ".join(text.split())


def portal_of(count: int = 12) -> LocalPortal:
    return LocalPortal([record(number) for number in range(count)])


def test_a_sync_tells_what_is_new_then_what_changed(run: Run, engine: Engine) -> None:
    portal = portal_of()
    with served(portal) as base:
        first = run("sync", PORTAL_BASE=base)
        portal.records[record(3)["id"]] |= {"name": "Cấp thẻ", "updatedAt": UPDATED_AT + 86_400_000}
        del portal.records[record(5)["id"]]
        second = run("sync", PORTAL_BASE=base)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "Mới │ 12" in plain(first.output).replace("│ Mới", "Mới")
    shown = plain(second.output)
    assert "đổi 1.900003 Cấp thẻ Tên: - Cấp giấy chứng nhận số 3 + Cấp thẻ" in shown
    assert "ngừng 1.900005" in shown
    assert len(list(Catalog(engine).published())) == 11


def test_the_report_as_json_holds_everything(run: Run) -> None:
    portal = portal_of(3)
    portal.records[record(1)["id"]]["type"] = "SPECIFIC"
    with served(portal) as base:
        report = json.loads(run("sync", "--json", "--dry-run", PORTAL_BASE=base).stdout)
    assert (report["listed"], report["complete"], report["read"], report["catalogue"]["added"]) == (3, True, 3, 2)
    assert [change["code"] for change in report["added"]] == ["1.900000", "1.900002"]
    assert "không rõ tỉnh" in report["rejected"][0]["reason"]


def test_a_loss_ends_with_1_and_says_how_to_accept_it(run: Run, engine: Engine) -> None:
    portal = portal_of(4)
    with served(portal) as base:
        run("sync", PORTAL_BASE=base)
        del portal.records[record(1)["id"]]
        refused = run("sync", PORTAL_BASE=base)
        accepted = run("sync", "--accept-losses", PORTAL_BASE=base)
    assert refused.exit_code == 1
    assert "--accept-losses" in refused.output
    assert accepted.exit_code == 0
    assert len(list(Catalog(engine).published())) == 3


def test_a_portal_that_turns_us_away_is_told_plainly(run: Run) -> None:
    portal = portal_of(1)
    portal.faults = iter(["403"])
    with served(portal) as base:
        result = run("sync", PORTAL_BASE=base)
    assert result.exit_code == 1
    assert "PORTAL_RATE" in result.output
    assert "Traceback" not in result.output


def test_two_syncs_do_not_run_at_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    with (tmp_path / "var" / "sync.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = run("sync", PORTAL_BASE="http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "đang chạy" in result.output


@pytest.mark.parametrize(("name", "value"), [("PORTAL_RATE", "0"), ("PORTAL_RATE", "abc"), ("PORTAL_BASE", "x")])
def test_a_setting_of_the_portal_that_cannot_be_used_is_named(run: Run, name: str, value: str) -> None:
    result = run("sync", **{name: value})
    assert result.exit_code == 1
    assert name in result.output


def test_a_template_is_written_once_and_imported(run: Run, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "mau.csv"
    assert run("template", path).exit_code == 0
    again = run("template", path)
    assert again.exit_code == 1
    assert "chọn tên khác" in again.output
    path.write_text(path.read_text(encoding="utf-8-sig").replace("ví dụ", "1.900001"), encoding="utf-8")
    assert run("import", path).exit_code == 0
    assert [procedure.code for procedure in Catalog(engine).published()] == ["1.900001"]


def test_a_template_of_another_kind_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("template", tmp_path / "mau.ods")
    assert result.exit_code == 1
    assert ".xlsx" in result.output


def test_a_dry_run_of_an_import_shows_the_changes_field_by_field(run: Run, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Mã số,Tên,Cách nộp,Ngày cập nhật\n1.900001,Cấp thẻ,Trực tiếp | 5 ngày | 8000,1/4/2026\n")
    run("import", path)
    path.write_text(
        "Mã số,Tên,Cách nộp,Ngày cập nhật\n1.900001,Cấp thẻ,Trực tiếp | 5 ngày | 9000,2/4/2026\nx,Cấp thẻ,,\n"
    )
    shown = plain(run("import", path, "--dry-run").output)
    assert "- trực tiếp · 5 ngày · 8.000 đồng + trực tiếp · 5 ngày · 9.000 đồng" in shown
    assert "bỏ qua a.csv:3 x: mã thủ tục 'x' không đúng dạng" in shown
    (procedure,) = Catalog(engine).published()
    assert procedure.methods[0].fees[0].amount == 8000

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from knowledge.catalog import IMPORT, Catalog, ImportReport
from knowledge.records import BadRecord
from knowledge.starter import ensure_starter, load_starter
from knowledge.types import Procedure

FILE = """
code: "1.001193"
name: Đăng ký khai sinh
aliases: [giấy khai sinh]
methods:
  - channel: direct
    duration: {text: ngay trong ngày}
    fees: [{amount: 0}]
source_url: https://dichvucong.gov.vn/thu-tuc-hanh-chinh/x
updated_at: 2026-04-15
verified_on: 2026-11-21
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "starter"
    made.mkdir()
    (made / "1.001193-khai-sinh.yml").write_text(FILE, encoding="utf-8")
    return made


def test_a_file_becomes_a_procedure(folder: Path) -> None:
    (birth,) = load_starter(folder)
    assert (birth.code, birth.aliases, birth.updated_at) == ("1.001193", ("giấy khai sinh",), date(2026, 4, 15))
    assert birth.source == "Cổng Dịch vụ công quốc gia"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("code: [", "b.yml: .*line"),
        ("- 1", "b.yml: an object is needed"),
        ("code: 1.001\nname: x", "b.yml: code: str is needed, not 1.001"),
        ('code: "2"', "b.yml: key 'name' is missing"),
        ('code: "2"\nname: x\nmethods: [{chanel: direct}]', "b.yml: methods: unknown key 'chanel'"),
        ('code: "1.001193"\nname: x', "b.yml: code 1.001193 is also in 1.001193-khai-sinh.yml"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(folder: Path, wrong: str, message: str) -> None:
    (folder / "b.yml").write_text(wrong, encoding="utf-8")
    with pytest.raises(BadRecord, match="(?s)" + message):
        load_starter(folder)


def test_it_goes_in_once_and_again_when_a_file_changes(engine: Engine, folder: Path) -> None:
    assert ensure_starter(engine, folder) == ImportReport(added=1, total=1)
    assert ensure_starter(engine, folder) is None
    (folder / "1.001193-khai-sinh.yml").write_text(FILE.replace("khai sinh", "khai sanh"), encoding="utf-8")
    assert ensure_starter(engine, folder) == ImportReport(changed=1, total=1)
    assert ensure_starter(engine, folder) is None


def test_a_file_taken_away_withdraws_its_procedure(engine: Engine, folder: Path) -> None:
    ensure_starter(engine, folder)
    (folder / "1.001193-khai-sinh.yml").rename(folder / "1.001193-khai-sinh.old")
    assert ensure_starter(engine, folder) == ImportReport(withdrawn=1, total=0)


def test_an_unchanged_starter_leaves_newer_records_alone(engine: Engine, folder: Path) -> None:
    ensure_starter(engine, folder)
    Catalog(engine).put([Procedure("1.001193", "Bản mới", updated_at=date(2026, 6, 1))], IMPORT, "a")
    assert ensure_starter(engine, folder) is None
    birth = Catalog(engine).get("1.001193")
    assert birth is not None
    assert birth.name == "Bản mới"


def test_the_shipped_starter_catalogue_can_be_read() -> None:
    assert len(load_starter()) >= 40

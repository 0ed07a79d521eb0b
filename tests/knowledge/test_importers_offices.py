"""Offices from tables: what goes in, what is told, and that nothing is lost of either."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine

from knowledge.importers.offices import COLUMNS, BadFile, import_offices, read_rows, write_template
from knowledge.offices import Counts, OfficeBook

HEAD = ",".join(column.heading for column in COLUMNS)
GOOD = "26740,Công an phường Sài Gòn,xã,45 đường A,,028 1234,,Trang của phường,20/5/2026"


def table(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "noi-nhan.csv"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return path


def test_good_rows_go_in_and_the_same_file_again_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    book, path = OfficeBook(engine), table(tmp_path, GOOD)
    assert import_offices(path, book, dry_run=True).counts == Counts(1, 0, 0)
    assert book.all() == []
    assert import_offices(path, book).counts == Counts(1, 0, 0)
    assert import_offices(path, book).counts == Counts(0, 0, 1)
    assert book.at("26740")[0].address == "45 đường A"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("26740,", "99999,"), "ma_don_vi '99999'"),
        ((",xã,", ",tỉnh,"), "không phải mã của một tỉnh"),
        ((",xã,", ",huyện,"), "cap là 'huyện'"),
        (("45 đường A", ""), "thiếu dia_chi"),
        (("028 1234", "gọi tôi"), "dien_thoai"),
        (("028 1234,", "028 1234,http://x"), "https://"),
        (("20/5/2026", "mai"), "ngay_kiem 'mai'"),
        (("20/5/2026", "20/5/2999"), "tương lai"),
        (("Trang của phường", ""), "thiếu nguon"),
    ],
)
def test_a_wrong_row_is_told_with_line_and_reason_and_the_good_one_stays(
    engine: Engine, tmp_path: Path, change: tuple[str, str], reason: str
) -> None:
    wrong = GOOD.replace(*change).replace("Công an", "Nơi khác")
    report = import_offices(table(tmp_path, wrong, GOOD), OfficeBook(engine))
    assert report.counts == Counts(1, 0, 0)
    (skipped,) = report.skipped
    assert skipped.where == "noi-nhan.csv:2"
    assert reason in skipped.reason


def test_a_row_twice_is_told(engine: Engine, tmp_path: Path) -> None:
    report = import_offices(table(tmp_path, GOOD, GOOD), OfficeBook(engine))
    assert [skipped.where for skipped in report.skipped] == ["noi-nhan.csv:3"]


def test_zeros_that_excel_took_away_are_put_back(engine: Engine, tmp_path: Path) -> None:
    book = Workbook()
    book.active.append([column.heading for column in COLUMNS])
    book.active.append([4, "UBND phường Ba Đình", "xã", "1 phố A", None, None, None, "Phường", "2026-05-20"])
    book.save(tmp_path / "a.xlsx")
    assert import_offices(tmp_path / "a.xlsx", OfficeBook(engine)).skipped == ()
    assert OfficeBook(engine).at("00004")


@pytest.mark.parametrize("name", ["mau.csv", "mau.xlsx"])
def test_the_template_is_read_back_as_an_empty_table(tmp_path: Path, name: str) -> None:
    write_template(tmp_path / name)
    assert list(read_rows(tmp_path / name)) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", "tên,địa chỉ\n".encode()),
        ("a.csv", (HEAD + ",la\n").encode()),
        ("a.csv", b"\xff\xfe\x00"),
        ("a.xlsx", b"PK no"),
        ("a.pdf", b"%PDF"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadFile, match="a\\."):
        list(read_rows(tmp_path / name))

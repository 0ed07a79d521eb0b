"""Offices from a table (CSV or Excel): every good row goes in, every other one is told with its line and reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import BadZipFile, ZipFile

from knowledge.catalog import Skipped
from knowledge.days import today
from knowledge.importers.archives import check_archive
from knowledge.importers.cleaning import clean_line
from knowledge.importers.columns import cell_text
from knowledge.offices import Counts, Office, OfficeBook
from knowledge.places import Places, load_places
from knowledge.unit_types import Commune

SUFFIXES = (".csv", ".xlsx")
_LONGEST = 300  # characters of one cell: what is longer is no address


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table: its heading, what belongs in it, and an example."""

    heading: str
    help: str
    example: str
    needed: bool = True


COLUMNS = (
    Column("ma_don_vi", "Mã xã, phường (5 số) hoặc tỉnh, thành phố (2 số), từ 1/7/2025", "26740"),
    Column("ten", "Tên nơi nhận hồ sơ", "Trung tâm Phục vụ hành chính công phường Sài Gòn"),
    Column("cap", "xã hoặc tỉnh", "xã"),
    Column("dia_chi", "Số nhà, đường, xã, phường", "(ví dụ) Số 1 đường A, phường Sài Gòn"),
    Column("gio_lam_viec", "Ngày và giờ nhận hồ sơ", "Thứ hai đến thứ sáu, 7:30–11:30 và 13:00–17:00", needed=False),
    Column("dien_thoai", "Số điện thoại công khai của cơ quan", "1022", needed=False),
    Column("ban_do", "Đường dẫn https:// tới bản đồ", "", needed=False),
    Column("nguon", "Trang hoặc văn bản công bố địa chỉ", "Trang thông tin điện tử của phường"),
    Column("ngay_kiem", "Ngày đã kiểm lại, 2026-05-20 hoặc 20/5/2026", "2026-05-20"),
)
_HEADINGS = tuple(column.heading for column in COLUMNS)
_NEEDED = tuple(column.heading for column in COLUMNS if column.needed)
_EXAMPLE = {column.heading: column.example for column in COLUMNS}


class BadFile(ValueError):  # noqa: N818 - the file is what is bad
    """A file cannot be read as a table of offices; the text says why."""


class BadRow(ValueError):  # noqa: N818 - the row is what is bad
    """A row describes no office; the text says why."""


@dataclass(frozen=True, slots=True)
class OfficeReport:
    """What importing did, or would do."""

    counts: Counts
    skipped: tuple[Skipped, ...]


def import_offices(path: Path, book: OfficeBook, *, dry_run: bool = False) -> OfficeReport:
    """Put the offices of a file in, all good rows in one transaction. The same file again changes nothing.

    Raises BadFile when it is no CSV or Excel file with the columns needed.
    """
    offices, skipped = read_offices(path)
    return OfficeReport(book.put(offices, dry_run=dry_run), skipped)


def read_offices(path: Path) -> tuple[list[Office], tuple[Skipped, ...]]:
    """Return the offices of a file, and the rows that describe none. Raises BadFile."""
    offices: dict[tuple[str, str], Office] = {}
    skipped = []
    for line, cells in read_rows(path):
        try:
            office = office_of(cells, load_places())
            if (office.unit, office.name) in offices:
                raise BadRow("trùng mã đơn vị và tên với một dòng ở trên")
            offices[office.unit, office.name] = office
        except BadRow as error:
            skipped.append(Skipped(f"{path.name}:{line}", str(error)))
    return list(offices.values()), tuple(skipped)


def office_of(cells: Mapping[str, str], places: Places) -> Office:
    """Return the office that a row of `COLUMNS` describes. Raises BadRow naming the column that is wrong."""
    for heading in _NEEDED:
        if not cells.get(heading):
            raise BadRow(f"thiếu {heading}")
    for heading, text in cells.items():
        if len(text) > _LONGEST:
            raise BadRow(f"{heading} dài quá {_LONGEST} ký tự")
    return Office(
        unit=_unit(cells["ma_don_vi"], cells["cap"], places),
        name=cells["ten"],
        address=cells["dia_chi"],
        hours=cells.get("gio_lam_viec", ""),
        phone=_phone(cells.get("dien_thoai", "")),
        map_url=_link(cells.get("ban_do", "")),
        source=cells["nguon"],
        verified_on=_day(cells["ngay_kiem"]),
    )


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table with their lines, the template's example left out. Raises BadFile."""
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise BadFile(f"{path.name} phải có đuôi {' hoặc '.join(SUFFIXES)}")
    headings: list[str] = []
    for line, cells in _csv_lines(path) if kind == ".csv" else _excel_lines(path):
        if not headings:
            headings = [cell.lower() for cell in cells]
            if missing := [heading for heading in _NEEDED if heading not in headings]:
                raise BadFile(f"{path.name}: dòng đầu thiếu cột {', '.join(missing)}. Mẫu: motcua office template")
            if unknown := [heading for heading in headings if heading and heading not in _HEADINGS]:
                raise BadFile(f"{path.name}: cột {', '.join(unknown)} không có trong mẫu")
        elif any(cells):
            row = dict(zip(headings, cells, strict=False))
            if any(row.get(heading, "") != example for heading, example in _EXAMPLE.items()):
                yield line, row
    if not headings:
        raise BadFile(f"{path.name}: tệp trống. Mẫu: motcua office template")


def write_template(path: Path) -> None:
    """Write an empty table with an example row, as CSV or Excel by the end of its name. Raises OSError, BadFile."""
    if path.suffix.lower() == ".csv":
        # With the mark at its start Excel knows that it is UTF-8.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([_HEADINGS, tuple(_EXAMPLE.values())])
    elif path.suffix.lower() == ".xlsx":
        _write_excel(path)
    else:
        raise BadFile(f"{path.name} phải có đuôi {' hoặc '.join(SUFFIXES)}")


def _write_excel(path: Path) -> None:
    from openpyxl import Workbook  # half a second that only those who need it pay

    book = Workbook()
    table, guide = book.active, book.create_sheet("Hướng dẫn")
    table.title = "Nơi nhận hồ sơ"
    table.append(_HEADINGS)
    table.append(tuple(_EXAMPLE.values()))
    for place, column in enumerate(COLUMNS, start=1):
        # Codes and dates stay text: Excel would make 00097 a number and 4/5/2026 an American date.
        letter = table.cell(2, place)
        letter.number_format = "@"
        table.column_dimensions[letter.column_letter].number_format = "@"
        table.column_dimensions[letter.column_letter].width = 28
        guide.append([column.heading, column.help, "bắt buộc" if column.needed else "", column.example])
    book.save(path)


def _csv_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile(f"{path.name}: không phải UTF-8. Trong Excel, chọn lưu kiểu “CSV UTF-8” rồi nạp lại") from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        line = 1
        for cells in reader:
            yield line, [clean_line(cell) for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(f"{path.name}: không đọc được CSV gần dòng {reader.line_num} ({error})") from error


def _excel_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # half a second that only those who need it pay

    try:
        with path.open("rb") as file:
            with ZipFile(file) as archive:
                check_archive(archive, path.name)
            rows: Iterable[Sequence[object]] = load_workbook(file, read_only=True, data_only=True).worksheets[0].values
            yield from ((line, [clean_line(cell_text(value)) for value in row]) for line, row in enumerate(rows, 1))
    except (BadZipFile, KeyError, ValueError, IndexError, SyntaxError) as error:
        raise BadFile(f"{path.name}: không phải tệp Excel (.xlsx) đọc được") from error


def _unit(code: str, level: str, places: Places) -> str:
    """Return the unit's code; Excel takes the zeros off its front."""
    sizes = {"xã": 5, "tỉnh": 2}
    if level.lower() not in sizes:
        raise BadRow(f"cap là {level!r}, phải là xã hoặc tỉnh")
    whole = code.zfill(sizes[level.lower()])
    unit = places.get(whole)
    if unit is None or isinstance(unit, Commune) != (level.lower() == "xã"):
        raise BadRow(f"ma_don_vi {code!r} không phải mã của một {level.lower()} từ 1/7/2025")
    return whole


def _phone(text: str) -> str:
    if text and not (set(text) <= set("0123456789 .+-()/,") and any(map(str.isdigit, text))):
        raise BadRow(f"dien_thoai {text!r} không phải số điện thoại")
    return text


def _link(text: str) -> str:
    if text and not (urlsplit(text).scheme == "https" and urlsplit(text).hostname):
        raise BadRow("ban_do phải là đường dẫn https://")
    return text


def _day(text: str) -> date:
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            found = datetime.strptime(text[:10], pattern).date()
        except ValueError:
            continue
        if found > today():
            raise BadRow(f"ngay_kiem {text!r} ở tương lai")
        return found
    raise BadRow(f"ngay_kiem {text!r} không phải ngày như 2026-05-20 hoặc 20/5/2026")

"""Tables of procedures, one a row: CSV, and Excel including the portal's own list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from knowledge.importers.archives import check_archive
from knowledge.importers.cleaning import clean_line
from knowledge.importers.columns import COLUMNS, EXAMPLE, cell_text, row_of
from knowledge.importers.fields import Unfit
from knowledge.importers.jsonl import Row, procedure_of

_HEADINGS = {column.heading.lower(): column.heading for column in COLUMNS}
_NEEDED = {column.heading for column in COLUMNS[:2]}
_HEADING_WITHIN = 10  # rows; the portal's list has a title above it

Numbered = tuple[int, list[str]]


def read_csv(file: IO[bytes], name: str) -> Iterator[Row]:
    """Yield the rows of a CSV file in UTF-8, parted by comma, semicolon or tab. Raises OSError when it is none."""
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OSError(f"{name}: không phải UTF-8. Trong Excel, chọn lưu kiểu “CSV UTF-8” rồi nạp lại") from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        yield from _rows(_numbered(reader), name)
    except csv.Error as error:
        raise OSError(f"{name}: không đọc được CSV gần dòng {reader.line_num} ({error})") from error


def read_excel(file: IO[bytes], name: str) -> Iterator[Row]:
    """Yield the rows of the first sheet of an Excel file (.xlsx). Raises OSError when it is none."""
    from openpyxl import load_workbook  # half a second that only those who need it pay

    try:
        with ZipFile(file) as archive:
            check_archive(archive, name)
        book = load_workbook(file, read_only=True, data_only=True)
        sheet = enumerate(book.worksheets[0].iter_rows(values_only=True), start=1)
        yield from _rows(((number, [cell_text(value) for value in row]) for number, row in sheet), name)
    except (BadZipFile, KeyError, ValueError, IndexError, SyntaxError) as error:
        raise OSError(f"{name}: không phải tệp Excel (.xlsx) đọc được") from error


def _numbered(reader: Any) -> Iterator[Numbered]:
    """Yield each record with the line it begins on."""
    line = 1
    for cells in reader:
        yield line, [cell.strip() for cell in cells]
        line = reader.line_num + 1


def _rows(lines: Iterable[Numbered], name: str) -> Iterator[Row]:
    headings: list[str] = []
    for place, (number, cells) in enumerate(lines):
        if headings:
            if any(cells):
                yield from _read(number, dict(zip(headings, cells, strict=False)))
            continue
        known = [_HEADINGS.get(clean_line(cell).lower(), "") for cell in cells]
        if set(known) >= _NEEDED:
            headings = known
            yield from _unknown(number, cells, known)
        elif place >= _HEADING_WITHIN:
            break
    if not headings:
        raise OSError(
            f"{name}: không thấy dòng tiêu đề có cột {' và '.join(sorted(_NEEDED))}. "
            "Bảng mẫu ở trang Nạp từ tệp, hoặc lệnh motcua template"
        )


def _unknown(number: int, cells: list[str], known: list[str]) -> Iterator[Row]:
    for cell in (cell for cell, heading in zip(cells, known, strict=True) if cell and not heading):
        yield Row(number, "", reason=f"cột {cell!r:.40} không có trong mẫu nên không đọc")


def _read(number: int, cells: dict[str, str]) -> Iterator[Row]:
    code = cells["Mã số"][:40]
    if code.lower() == EXAMPLE:
        return
    try:
        row, told = row_of(cells)
        yield Row(number, code, procedure_of(row), told=told)
    except Unfit as error:
        yield Row(number, code, reason=str(error))

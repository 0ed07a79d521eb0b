"""The empty table to fill in: headings, one example row, and what belongs in each column."""

from __future__ import annotations

import csv
from pathlib import Path

from knowledge.importers.columns import COLUMNS

SUFFIXES = (".csv", ".xlsx")


def write_template(path: Path) -> None:
    """Write a template as CSV or Excel, by the end of its name. Raises OSError, ValueError for another end."""
    if path.suffix.lower() == ".csv":
        _write_csv(path)
    elif path.suffix.lower() == ".xlsx":
        _write_excel(path)
    else:
        raise ValueError(f"{path.name} phải có đuôi {' hoặc '.join(SUFFIXES)}")


def _write_csv(path: Path) -> None:
    # With the mark at its start Excel knows that it is UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.heading for column in COLUMNS)
        writer.writerow(column.example for column in COLUMNS)


def _write_excel(path: Path) -> None:
    from openpyxl import Workbook  # half a second that only those who need it pay
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    table, guide = book.active, book.create_sheet("Hướng dẫn")
    table.title = "Thủ tục"
    table.append([column.heading for column in COLUMNS])
    table.append([column.example for column in COLUMNS])
    table.freeze_panes = "C2"
    for place, column in enumerate(COLUMNS, start=1):
        head, example = table.cell(1, place), table.cell(2, place)
        head.font, head.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        # Codes and dates stay text: Excel would make 1.001193 a number and 4/5/2026 an American date.
        example.number_format, example.alignment = "@", Alignment(wrap_text=True, vertical="top")
        table.column_dimensions[head.column_letter].width = column.width
        table.column_dimensions[head.column_letter].number_format = "@"
        guide.append([column.heading, column.help, column.example])
    for letter, width in zip("ABC", (24, 70, 50), strict=True):
        guide.column_dimensions[letter].width = width
    book.save(path)

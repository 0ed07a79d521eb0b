"""`motcua office`: where citizens hand in, with address, hours and phone."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from web.console import Failure, errors, open_engine, output
from web.settings import Settings

_SHOWN = 15


@click.group()
def office() -> None:
    """Nơi nhận hồ sơ của xã, phường và tỉnh: địa chỉ, giờ làm việc, điện thoại."""


@office.command("list")
@click.option("--province", default="", help="Chỉ của tỉnh, thành phố này: tên hoặc mã 2 số.")
@click.pass_obj
def list_(settings: Settings, province: str) -> None:
    """Các nơi nhận hồ sơ đã nạp."""
    from knowledge.offices import OfficeBook
    from knowledge.places import load_places
    from nlu.text import fold

    places = load_places()
    wanted = fold(province)
    table = Table("Mã", "Cấp", "Tên", "Địa chỉ", "Giờ", "Điện thoại", "Kiểm ngày")
    for one in OfficeBook(open_engine(settings)).all():
        within = places.province_of(one.unit)
        if wanted and (within is None or wanted not in (within.code, fold(within.short), fold(within.name))):
            continue
        row = (one.unit, one.level, one.name, one.address, one.hours, one.phone, f"{one.verified_on:%d/%m/%Y}")
        table.add_row(*map(Text, row))
    output.print(table)


@office.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def template(file: Path) -> None:
    """Ghi bảng mẫu để điền vào FILE (.csv hoặc .xlsx), có một dòng ví dụ."""
    from knowledge.importers.offices import BadFile, write_template

    if file.exists():
        raise Failure(f"{file} đã có; chọn tên khác để không mất dữ liệu trong đó")
    try:
        write_template(file)
    except (BadFile, OSError) as error:
        raise Failure(f"không ghi được {file}: {error}") from error
    errors.print(f"Đã ghi {file}. Điền xong: motcua office import {file} --dry-run", markup=False)


@office.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Chỉ xem sẽ thay đổi những gì, không ghi.")
@click.pass_obj
def import_(settings: Settings, file: Path, dry_run: bool) -> None:
    """Nạp nơi nhận hồ sơ từ FILE (CSV UTF-8 hoặc .xlsx). Dòng hỏng được báo, dòng tốt vẫn vào."""
    from knowledge.importers.offices import BadFile, import_offices
    from knowledge.offices import OfficeBook

    try:
        report = import_offices(file, OfficeBook(open_engine(settings)), dry_run=dry_run)
    except (BadFile, OSError) as error:
        raise Failure(str(error)) from error
    for skipped in report.skipped[:_SHOWN]:
        errors.print(f"  bỏ qua {skipped.where}: {skipped.reason}", markup=False)
    if len(report.skipped) > _SHOWN:
        errors.print(f"  … và {len(report.skipped) - _SHOWN} dòng nữa")
    counts = report.counts
    errors.print(
        f"{'Sẽ có' if dry_run else 'Đã có'} {counts.added} nơi mới, {counts.changed} nơi đổi, "
        f"{counts.unchanged} nơi không đổi, {len(report.skipped)} dòng bỏ qua."
    )

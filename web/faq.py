"""`motcua faq`: questions with an answer of their own."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from web.catalogue import refusals, written
from web.console import Failure, errors, open_engine, output
from web.settings import Settings

_STATUS = {"draft": "nháp", "published": "công bố", "withdrawn": "ngừng"}


@click.group()
def faq() -> None:
    """Câu hỏi thường gặp: câu trả lời viết sẵn, có nguồn và ngày hết hạn."""


@faq.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """Mọi câu hỏi, bản mới nhất của mỗi câu."""
    from knowledge.faq import Faqs

    table = Table("Số", "Bản", "Trạng thái", "Mã thủ tục", "Câu hỏi", "Đến hết", "Người")
    for stored in Faqs(open_engine(settings)).newest():
        entry = stored.entry
        until = f"{entry.valid_until:%d/%m/%Y}" if entry.valid_until else ""
        row = (stored.id, stored.number, _STATUS[stored.status], entry.code, entry.question, until, stored.author)
        table.add_row(*(Text(str(cell)) for cell in row))
    output.print(table)


@faq.command()
@click.argument("code")
@click.argument("question")
@click.argument("answer")
@click.option("--facet", default="overview", show_default=True, help="Phần được hỏi, như fee hoặc documents.")
@click.option("--source", required=True, help="Tên văn bản hoặc trang làm nguồn.")
@click.option("--url", required=True, help="Đường dẫn https:// của nguồn.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Ngày cuối còn đúng, ví dụ 2026-12-31.")
@click.option("--publish", is_flag=True, help="Công bố ngay, không để nháp.")
@written
@click.pass_obj
def add(
    settings: Settings,
    /,
    code: str,
    question: str,
    answer: str,
    publish: bool,
    by: str,
    why: str,
    **options: str,
) -> None:
    """Thêm câu hỏi QUESTION với câu trả lời ANSWER cho thủ tục CODE."""
    from knowledge.faq import Faqs
    from knowledge.importers.faq import entry_of

    cells = {"ma_thu_tuc": code, "cau_hoi": question, "tra_loi": answer}
    cells |= {"phan": options["facet"], "nguon": options["source"], "lien_ket": options["url"]}
    cells["den_het"] = str(options["until"] or "")[:10]
    with refusals():
        stored = Faqs(open_engine(settings)).add(entry_of(cells), by, why, publish=publish)
    errors.print(f"Đã lưu câu hỏi {stored.id} ({_STATUS[stored.status]}).")
    if not publish:
        errors.print(f"Công bố: motcua faq publish {stored.id} --why …")


@faq.command()
@click.argument("number", type=int)
@written
@click.pass_obj
def publish(settings: Settings, number: int, by: str, why: str) -> None:
    """Công bố bản mới nhất của câu hỏi NUMBER."""
    from knowledge.faq import Faqs

    with refusals():
        Faqs(open_engine(settings)).publish(number, by, why)
    errors.print(f"Đã công bố câu hỏi {number}.")


@faq.command()
@click.argument("number", type=int)
@written
@click.pass_obj
def withdraw(settings: Settings, number: int, by: str, why: str) -> None:
    """Ngừng trả lời bằng câu hỏi NUMBER."""
    from knowledge.faq import Faqs

    with refusals():
        Faqs(open_engine(settings)).withdraw(number, by, why)
    errors.print(f"Đã ngừng câu hỏi {number}.")


@faq.command()
@click.argument("number", type=int)
@click.option("--to", "version", type=int, required=True, help="Phiên bản để quay lại.")
@written
@click.pass_obj
def rollback(settings: Settings, number: int, version: int, by: str, why: str) -> None:
    """Quay lại một phiên bản trước của câu hỏi NUMBER."""
    from knowledge.faq import Faqs

    with refusals():
        stored = Faqs(open_engine(settings)).rollback(number, version, by, why)
    errors.print(f"Câu hỏi {number} nay là bản {stored.number} ({_STATUS[stored.status]}).")


@faq.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--publish", is_flag=True, help="Công bố ngay, không để nháp.")
@click.option("--dry-run", is_flag=True, help="Chỉ xem sẽ thay đổi những gì, không ghi.")
@written
@click.pass_obj
def import_(settings: Settings, file: Path, publish: bool, dry_run: bool, by: str, why: str) -> None:
    """Nạp câu hỏi từ FILE CSV (UTF-8); các cột viết trong docs/catalogue.md. Dòng hỏng được báo, dòng tốt vẫn vào."""
    from knowledge.faq import Faqs
    from knowledge.importers.faq import BadFile, import_faqs

    try:
        with refusals():
            report = import_faqs(file, Faqs(open_engine(settings)), by, why, publish=publish, dry_run=dry_run)
    except BadFile as error:
        raise Failure(str(error)) from error
    for skipped in report.skipped:
        errors.print(f"  bỏ qua {skipped.where}: {skipped.reason}", markup=False)
    done = "Sẽ có" if dry_run else "Đã có"
    errors.print(
        f"{done} {report.added} câu mới, {report.changed} câu đổi, {report.unchanged} câu không đổi, "
        f"{len(report.skipped)} dòng bỏ qua."
    )

"""The command line: `motcua --help` lists what can be done, each command says the next step when it fails."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

# A question's small products gain nothing from a second thread, which then spins and takes the core from others.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from web.catalogue import catalogue
from web.channels_command import channels
from web.console import Failure, errors, output
from web.console import open_engine as _open_engine
from web.faq import faq
from web.offices import office
from web.qr_commands import qr
from web.queue_commands import NOT_LOADED, outbox, worker
from web.settings import Settings, SettingsError, load_settings
from web.telegram_commands import telegram
from web.user_commands import user
from web.zalo_commands import zalo

if TYPE_CHECKING:
    from bot.assistant import Assistant
    from bot.messages import Reply
    from knowledge.catalog import ImportReport
    from web.service import Knowledge

CONFIG = Path(__file__).resolve().parent.parent / "config.yml"
_SHOWN_REASONS = 15


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="motcua")
@click.option("-v", "--verbose", is_flag=True, help="Ghi nhật ký chi tiết hơn (không bao giờ ghi lời của người dân).")
@click.pass_context
def main(context: click.Context, verbose: bool) -> None:
    r"""Một Cửa: trợ lý trả lời câu hỏi về thủ tục hành chính Việt Nam.

    \b
    Bắt đầu:          motcua serve          rồi mở http://localhost:8080
    Hỏi một câu:      motcua ask "làm giấy khai sinh cho con cần gì"
    Nạp danh mục:     motcua import danh-muc.jsonl.gz
    Đo chất lượng:    motcua evaluate cau-hoi.jsonl
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    # Warnings are those of Rasa's libraries, nothing a user could act on; filters do not hold, Rasa sets its own.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.WARNING if verbose else logging.ERROR)
    try:
        context.obj = load_settings(CONFIG, os.environ)
    except SettingsError as error:
        raise Failure(str(error)) from error


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Cổng HTTP (mặc định MOTCUA_PORT hoặc 8080).")
@click.option("--host", default="0.0.0.0", show_default=True, help="Địa chỉ lắng nghe.")  # noqa: S104 - a server
@click.pass_obj
def serve(settings: Settings, port: int | None, host: str) -> None:
    """Chạy trang hỏi đáp và API; dừng bằng Ctrl+C."""
    _serve(settings if port is None else settings.on_port(port), host)


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Cổng HTTP (mặc định MOTCUA_PORT hoặc 8080).")
@click.option("--host", default="127.0.0.1", show_default=True, help="Địa chỉ lắng nghe.")
@click.option("--fill-only", is_flag=True, help="Chỉ ghi dữ liệu mẫu, không mở trang.")
@click.option("--remove", "removing", is_flag=True, help="Xóa dữ liệu mẫu.")
@click.pass_obj
def demo(settings: Settings, port: int | None, host: str, fill_only: bool, removing: bool) -> None:
    """Xem thử với dữ liệu mẫu: một ngày hỏi đáp giả, ghi vào thư mục riêng (var/demo), không đụng dữ liệu thật."""
    from web.demo import command

    if removing:
        errors.print("Đã xóa dữ liệu mẫu." if command.remove(settings) else "Không có dữ liệu mẫu để xóa.")
        return
    ours = command.demo_settings(settings)
    with _plain_errors():
        made = command.prepare(settings, ours, _bar)
    command.show(made)
    if not fill_only:
        _serve(ours if port is None else ours.on_port(port), host)


def _serve(settings: Settings, host: str) -> None:
    from web.serving import serve_forever

    engine = _open_engine(settings)
    try:
        asyncio.run(serve_forever(settings, engine, host, settings.port, errors.print))
    except OSError as error:
        raise Failure(f"không mở được cổng ({error}). Chọn cổng khác: motcua serve --port 8081") from error
    except RuntimeError as error:
        raise Failure(NOT_LOADED.format(error)) from error
    except KeyboardInterrupt:
        errors.print("Đã dừng.")


@main.command()
@click.pass_obj
def chat(settings: Settings) -> None:
    """Trò chuyện ngay trong cửa sổ dòng lệnh; gõ số để chọn gợi ý, Ctrl+D để thôi."""
    from bot.messages import Message
    from storage.conversations import Conversations

    knowledge = _open_knowledge(settings)
    conversations = Conversations(knowledge.engine)
    assistant = _open_assistant(settings, knowledge)
    conversation = conversations.create("terminal").id
    output.print('Anh/chị cần làm thủ tục gì? Ví dụ: "làm giấy khai sinh cho con cần gì". (Ctrl+D để thôi)')
    for line in _typed_lines():
        message = Message(str(uuid.uuid4()), conversation, line, channel="terminal")
        for reply in asyncio.run(assistant.handle(message)):
            _show(reply)


@main.command()
@click.argument("text")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="In câu trả lời dạng JSON (định dạng Reply; nhiều câu thì đủ trong replies).",
)
@click.pass_obj
def ask(settings: Settings, text: str, as_json: bool) -> None:
    """Hỏi một câu, in câu trả lời. TEXT viết có dấu hay không dấu đều được."""
    from bot.messages import Message
    from storage.conversations import Conversations

    knowledge = _open_knowledge(settings)
    conversations = Conversations(knowledge.engine)
    assistant = _open_assistant(settings, knowledge)
    conversation = conversations.create("terminal").id
    replies = asyncio.run(assistant.handle(Message("ask", conversation, text, channel="terminal")))
    if as_json:
        told = [reply.to_json() for reply in replies]
        click.echo(json.dumps({**told[-1], "replies": told}, ensure_ascii=False, indent=2))
        return
    for reply in replies:
        _show(reply)


@main.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Chỉ xem sẽ thay đổi những gì, không ghi.")
@click.pass_obj
def import_(settings: Settings, files: tuple[Path, ...], dry_run: bool) -> None:
    """Nạp danh mục thủ tục từ FILES rồi lập chỉ mục tìm kiếm.

    Đọc được JSON lines (nén .gz cũng được), CSV và Excel theo mẫu của motcua template, danh sách Excel và trang chi
    tiết .doc của Cổng Dịch vụ công quốc gia, và zip của các loại đó. Dòng hỏng được báo kèm lý do, dòng tốt vẫn vào.
    Nạp lại cùng tệp không đổi gì.
    """
    from knowledge.catalog import IMPORT, Catalog
    from knowledge.differences import Fate, foresee
    from knowledge.importers import put_reading, read_files
    from knowledge.starter import ensure_starter
    from web.changes import print_changes

    started = time.perf_counter()
    engine = _open_engine(settings)
    catalog = Catalog(engine)
    with _bar("Đọc và ghi danh mục") as step, _plain_errors():
        ensure_starter(engine)
        reading = read_files(files, catalog, lambda rows: step(rows, None))
        changes = foresee(engine, reading.procedures if dry_run else reading.drafts, IMPORT)
        report = put_reading(reading, files, catalog, dry_run)
    _report(report, dry_run)
    print_changes(changes if dry_run else (), errors)
    if reading.known:
        errors.print(f"  {reading.known} dòng chỉ nhắc đến thủ tục đã có, không thêm điều gì mới.")
    if drafts := sum(change.fate is Fate.DRAFT for change in changes):
        errors.print(f"  {drafts} thủ tục vào dạng bản nháp, chờ người xem và công bố: motcua catalogue --help")
    if not dry_run:
        _open_knowledge(settings)
    errors.print(f"Xong sau {time.perf_counter() - started:.0f} giây.")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def template(settings: Settings, file: Path) -> None:
    """Ghi bảng mẫu để điền thủ tục ra FILE (.csv hoặc .xlsx); điền xong thì motcua import."""
    from knowledge.importers.templates import write_template

    if file.exists():
        raise Failure(f"{file} đã có; chọn tên khác để không mất nội dung cũ.")
    try:
        with _plain_errors():
            write_template(file)
    except ValueError as error:
        raise Failure(str(error)) from error
    errors.print(f"Đã ghi {file}. Dòng ví dụ không được nạp, cứ để hoặc xóa.")


@main.command()
@click.option("--dry-run", is_flag=True, help="Đọc Cổng và xem sẽ thay đổi những gì, không đổi danh mục.")
@click.option(
    "--max-age",
    type=click.IntRange(0),
    default=7,
    show_default=True,
    metavar="DAYS",
    help="Đọc lại cả bản ghi đã đọc từ ngần ấy ngày; 0 là đọc lại tất cả.",
)
@click.option("--accept-losses", is_flag=True, help="Ngừng cả khi Cổng bỏ nhiều thủ tục cùng lúc (quá 10%).")
@click.option("--json", "as_json", is_flag=True, help="In báo cáo đầy đủ dạng JSON.")
@click.pass_obj
def sync(settings: Settings, dry_run: bool, max_age: int, accept_losses: bool, as_json: bool) -> None:
    """Đồng bộ danh mục với Cổng Dịch vụ công quốc gia (PORTAL_BASE) rồi lập chỉ mục tìm kiếm.

    Dừng lúc nào cũng được: lần sau chạy tiếp từ chỗ dừng. Thủ tục không còn trên Cổng được ngừng.
    """
    from knowledge.portal.client import PortalError
    from knowledge.starter import ensure_starter
    from web.syncing import print_report, report_json, run_sync, what_is_left

    engine = _open_engine(settings)
    try:
        with _bar("Đọc Cổng") as step, _plain_errors():
            ensure_starter(engine)
            report = run_sync(
                settings,
                engine,
                lambda _what, done, total: step(done, total),
                timedelta(days=max_age),
                accept_losses=accept_losses,
                dry_run=dry_run,
            )
    except PortalError as error:
        raise Failure(f"{error} Những gì đã đọc được giữ lại, lần sau không đọc lại.") from error
    except KeyboardInterrupt as error:
        raise Failure("đã dừng giữa chừng. Những gì đã đọc được giữ lại; chạy lại để tiếp tục: motcua sync") from error
    if as_json:
        click.echo(json.dumps(report_json(report), ensure_ascii=False))
    else:
        print_report(report, dry_run, errors)
    if not dry_run:
        _open_knowledge(settings)
    if left := what_is_left(report):
        raise Failure(left)


@main.command()
@click.pass_obj
def index(settings: Settings) -> None:
    """Lập (lại) chỉ mục tìm kiếm của danh mục đang công bố."""
    knowledge = _open_knowledge(settings)
    found = knowledge.live.retriever.index
    errors.print(f"Chỉ mục có {len(found.codes)} thủ tục, {len(found.entries)} cách gọi.")


@main.command()
@click.pass_obj
def train(settings: Settings) -> None:
    """Huấn luyện lại phần hội thoại (Rasa) từ config.yml, bot/ và nlu/examples/."""
    from bot.dialogue import model_path, train

    model = model_path(settings.data / "models")
    with errors.status("Đang huấn luyện (khoảng 15 giây) …"):
        train(model)
    errors.print(f"Đã ghi {model}.")


main.add_command(catalogue)
main.add_command(channels)
main.add_command(faq)
main.add_command(office)
main.add_command(outbox)
main.add_command(qr)
main.add_command(telegram)
main.add_command(user)
main.add_command(worker)
main.add_command(zalo)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="In một đối tượng JSON với mọi số đo và từng câu.")
@click.option("--strip-accents", is_flag=True, help="Bỏ dấu mọi câu hỏi trước khi đo.")
@click.option("--ablate", is_flag=True, help="Thêm bảng các cách tìm đơn giản và tìm kiếm thiếu từng phần.")
@click.option("--compare", "compared", metavar="MODEL", help="So với một mô hình sentence-transformers khác.")
@click.option("--floor", type=float, help="Thoát với mã 1 nếu tỉ lệ câu đúng thấp hơn số này (0–1).")
@click.pass_obj
def evaluate(
    settings: Settings,
    file: Path,
    as_json: bool,
    strip_accents: bool,
    ablate: bool,
    compared: str | None,
    floor: float | None,
) -> None:
    """Đo chất lượng trên FILE (JSON lines, định dạng trong docs/evaluation.md)."""
    from bot.evaluation import CaseError
    from web.evaluating import evaluate_file, print_summary

    try:
        knowledge = _open_knowledge(settings)
        with _bar("Đo") as step:
            figures = evaluate_file(
                settings,
                knowledge,
                file,
                strip_accents=strip_accents,
                ablate=ablate,
                compared=compared,
                progress=step,
            )
    except CaseError as error:
        raise Failure(f"tệp câu hỏi hỏng ở {error}") from error
    except (ImportError, OSError) as error:
        raise Failure(f"không mở được mô hình {compared}: {error}. Cài phần mô hình: make models") from error
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
    else:
        print_summary(figures, output)
    if floor is not None and figures["case_accuracy"] < floor:
        raise Failure(f"tỉ lệ câu đúng {figures['case_accuracy']:.3f} thấp hơn mức sàn {floor:.3f}")


def _open_knowledge(settings: Settings) -> Knowledge:
    from web.service import open_knowledge

    engine = _open_engine(settings)
    with _bar("Lập chỉ mục tìm kiếm") as step, _plain_errors():
        return open_knowledge(settings, engine, step)


def _open_assistant(settings: Settings, knowledge: Knowledge) -> Assistant:
    from web.service import open_assistant

    try:
        return open_assistant(settings, knowledge, knowledge.engine, errors.print)
    except RuntimeError as error:
        raise Failure(NOT_LOADED.format(error)) from error


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show a progress bar on the terminal's error stream once the first step is told."""
    columns = (SpinnerColumn(), TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task(title, total=None, visible=False)
        yield lambda done, total: progress.update(task, completed=done, total=total, visible=True)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn faults of files and databases into words that say what to do."""
    from sqlalchemy.exc import SQLAlchemyError

    from knowledge.records import BadRecord

    try:
        yield
    except BadRecord as error:
        raise Failure(f"danh mục ban đầu có tệp hỏng: {error}") from error
    except OSError as error:
        raise Failure(f"không đọc hoặc ghi được tệp: {error}") from error
    except SQLAlchemyError as error:
        raise Failure(f"cơ sở dữ liệu không dùng được ({error}). Kiểm tra DATABASE_URL và ổ đĩa.") from error


def _report(report: ImportReport, dry_run: bool) -> None:
    table = Table(title="Sẽ thay đổi" if dry_run else "Đã nạp", title_justify="left", show_header=False)
    for name, count in (
        ("Mới", report.added),
        ("Đổi nội dung", report.changed),
        ("Không đổi", report.unchanged),
        ("Giữ bản viết gọn (mới bằng)", report.kept),
        ("Ngừng", report.withdrawn),
        ("Bỏ qua", len(report.skipped)),
        ("Đang công bố", report.total),
    ):
        table.add_row(name, str(count))
    errors.print(table)
    for skipped in report.skipped[:_SHOWN_REASONS]:
        errors.print(f"  bỏ qua {skipped.where}: {skipped.reason}", markup=False)
    if len(report.skipped) > _SHOWN_REASONS:
        errors.print(f"  … và {len(report.skipped) - _SHOWN_REASONS} dòng nữa")


def _show(reply: Reply) -> None:
    output.print(reply.text, markup=False)
    numbered = [suggestion.label for suggestion in reply.suggestions if suggestion.payload is not None]
    if numbered:
        output.print("  " + "   ".join(f"[{n}] {label}" for n, label in enumerate(numbered, 1)), markup=False)


def _typed_lines() -> Iterator[str]:
    while True:
        try:
            line = input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            click.echo()
            return
        if line:
            yield line


if __name__ == "__main__":
    sys.exit(main())

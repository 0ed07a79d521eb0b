"""`motcua catalogue`: what changed in the catalogue, who changed it, and how to take it back."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.table import Table
from rich.text import Text

from web.console import Failure, errors, open_engine, output
from web.settings import Settings

if TYPE_CHECKING:
    from knowledge.history import Edition, Warned
    from knowledge.publishing import Changed
    from knowledge.types import Procedure
    from knowledge.wording import FieldChange

_Command = TypeVar("_Command", bound=Callable[..., Any])

_ORIGINS = {
    "starter": "danh mục ban đầu",
    "import": "nạp từ tệp",
    "portal": "đồng bộ cổng",
    "admin": "quản trị",
    "faq": "câu hỏi",
    "lay": "tên gọi đời thường",
}
_STATUS = {
    "draft": "nháp",
    "scheduled": "chờ ngày hiệu lực",
    "published": "công bố",
    "withdrawn": "ngừng",
}
_CONCERNS = {
    "expired": "đã hết hiệu lực từ sau",
    "expires_soon": "sắp hết hiệu lực, đến hết",
    "scheduled": "chờ có hiệu lực từ",
    "old": "nơi công bố không đổi từ",
}
_STYLES = {"same": "", "removed": "red strike", "added": "green underline"}
_NEXT = "Máy chủ đang chạy sẽ trả lời theo bản này trong vài giây."


def written(command: _Command) -> _Command:
    """Add the two options that every change needs: who, and why."""
    why = click.option("--why", required=True, help="Lý do, ghi vào lịch sử.")
    by = click.option("--by", default=_user, help="Người thực hiện (mặc định: tên đăng nhập máy này).")
    return by(why(command))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user, as in some containers
        return ""


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what cannot be done into an error of the command."""
    from knowledge.publishing import Refused

    try:
        yield
    except Refused as error:
        raise Failure(str(error)) from error


@click.group()
def catalogue() -> None:
    """Lịch sử danh mục: xem, so sánh, công bố, ngừng, quay lại."""


@catalogue.command("log")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Số lần thay đổi in ra.")
@click.pass_obj
def log_(settings: Settings, limit: int) -> None:
    """Các lần danh mục thay đổi, mới nhất trước."""
    from knowledge.history import History

    table = Table("Số", "Lúc", "Từ đâu", "Người", "Lý do", "Mới", "Đổi", "Ngừng", "Đang công bố")
    for change in History(open_engine(settings)).changes(limit):
        counts = (change.added, change.changed, change.withdrawn, change.total)
        origin = _ORIGINS.get(change.origin, change.origin)
        row = (change.id, _moment(change.created_at), origin, change.author, change.note, *counts)
        table.add_row(*(Text(str(cell)) for cell in row))
    output.print(table)


@catalogue.command()
@click.argument("code")
@click.option("--version", "number", type=int, help="Phiên bản (mặc định: bản mới nhất).")
@click.option(
    "--json", "as_json", is_flag=True, help="In bản ghi dạng JSON; sửa rồi đưa lại bằng motcua catalogue draft."
)
@click.pass_obj
def show(settings: Settings, code: str, number: int | None, as_json: bool) -> None:
    """Các phiên bản của thủ tục CODE, hoặc bản ghi của một phiên bản (--json)."""
    from knowledge.history import History
    from knowledge.records import to_json

    history = History(open_engine(settings))
    if as_json or number is not None:
        edition = history.edition(code, number)
        if edition is None:
            raise Failure(f"thủ tục {code} không có phiên bản {number or ''}. Xem: motcua catalogue show {code}")
        record = to_json(edition.procedure) | {"version": edition.number}
        click.echo(json.dumps(record, ensure_ascii=False, indent=2))
        return
    editions = history.of(code)
    if not editions:
        raise Failure(f"không có thủ tục {code}. Mã đúng có dạng 1.001193.")
    output.print(Text(editions[0].procedure.name, style="bold"))
    table = Table("Bản", "", "Trạng thái", "Lúc", "Từ đâu", "Người", "Lý do", "Lần thay đổi")
    for edition in editions:
        table.add_row(*map(Text, _row(edition)))
    output.print(table)


@catalogue.command()
@click.argument("code")
@click.argument("before", type=int, required=False)
@click.argument("after", type=int, required=False)
@click.pass_obj
def diff(settings: Settings, code: str, before: int | None, after: int | None) -> None:
    """Khác biệt từng chữ giữa hai phiên bản BEFORE và AFTER của thủ tục CODE.

    Không ghi số thì so bản mới nhất với bản ngay trước nó.
    """
    from knowledge.history import History

    history = History(open_engine(settings))
    newest = history.edition(code)
    if newest is None:
        raise Failure(f"không có thủ tục {code}. Mã đúng có dạng 1.001193.")
    after = newest.number if after is None else after
    before = after - 1 if before is None else before
    try:
        changes = history.diff(code, before, after)
    except KeyError:
        raise Failure(f"thủ tục {code} chỉ có các phiên bản từ 1 đến {newest.number}.") from None
    output.print(f"{code}: bản {before} → bản {after}")
    for change in changes:
        output.print(_told(change))
    if not changes:
        output.print("Không có gì khác.")


@catalogue.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--based-on", type=int, help="Phiên bản đã xem khi sửa (mặc định: trường version trong tệp).")
@written
@click.pass_obj
def draft(settings: Settings, file: Path, based_on: int | None, by: str, why: str) -> None:
    """Lưu FILE (JSON của motcua catalogue show --json, hoặc YAML như knowledge/data) thành bản nháp."""
    from knowledge.publishing import Publishing

    procedure, version = _read(file)
    base = version if based_on is None else based_on
    with refusals():
        number = Publishing(open_engine(settings)).draft(procedure, by, why, base)
    errors.print(f"Đã lưu bản nháp {number} của {procedure.code}. Xem: motcua catalogue diff {procedure.code}")
    errors.print(f"Công bố: motcua catalogue publish {procedure.code} --why …")


@catalogue.command()
@click.argument("code")
@click.option("--version", "number", type=int, help="Bản nháp đã xem (mặc định: bản mới nhất).")
@written
@click.pass_obj
def publish(settings: Settings, code: str, number: int | None, by: str, why: str) -> None:
    """Công bố bản nháp của thủ tục CODE; bản chưa đến ngày hiệu lực thì chờ đến ngày."""
    from knowledge.history import History
    from knowledge.publishing import Publishing

    engine = open_engine(settings)
    newest = History(engine).edition(code)
    wanted = number if number is not None else newest.number if newest else 0
    with refusals():
        _done(Publishing(engine).publish(code, wanted, by, why))


@catalogue.command()
@click.argument("code")
@written
@click.pass_obj
def withdraw(settings: Settings, code: str, by: str, why: str) -> None:
    """Ngừng công bố thủ tục CODE; dữ liệu vẫn giữ."""
    from knowledge.publishing import Publishing

    with refusals():
        _done(Publishing(open_engine(settings)).withdraw(code, by, why))


@catalogue.command()
@click.argument("code")
@written
@click.pass_obj
def restore(settings: Settings, code: str, by: str, why: str) -> None:
    """Công bố lại thủ tục CODE đã ngừng, như lúc trước khi ngừng."""
    from knowledge.publishing import Publishing

    with refusals():
        _done(Publishing(open_engine(settings)).restore(code, by, why))


@catalogue.command()
@click.argument("code", required=False)
@click.option("--to", "number", type=int, help="Phiên bản của CODE để quay lại.")
@click.option("--change", "change_id", type=int, help="Quay lại cả danh mục như ngay sau lần thay đổi này (xem log).")
@written
@click.pass_obj
def rollback(
    settings: Settings, code: str | None, number: int | None, change_id: int | None, by: str, why: str
) -> None:
    """Quay lại một phiên bản của thủ tục CODE (--to), hoặc cả danh mục (--change)."""
    from knowledge.publishing import Publishing

    if [code is None, number is None, change_id is None] not in ([False, False, True], [True, True, False]):
        raise click.UsageError("Viết CODE --to PHIÊN_BẢN, hoặc chỉ --change SỐ.")
    publishing = Publishing(open_engine(settings))
    with refusals():
        if code is not None and number is not None:
            _done(publishing.rollback(code, number, by, why))
        elif change_id is not None:
            _done(publishing.rollback_all(change_id, by, why))


@catalogue.command()
@click.option("--months", type=click.IntRange(1), help="Kể cả thủ tục mà nơi công bố không cập nhật đã N tháng.")
@click.option("--json", "as_json", is_flag=True, help="In dạng JSON.")
@click.pass_obj
def warnings(settings: Settings, months: int | None, as_json: bool) -> None:
    """Những gì cần xem lại: quá ngày, sắp hết hiệu lực, đang chờ ngày hiệu lực."""
    from knowledge.faq import Faqs
    from knowledge.history import History

    engine = open_engine(settings)
    found, entries = History(engine).warnings(months=months), Faqs(engine).past_date()
    if as_json:
        told = [_warning(warned) for warned in found]
        told += [
            {"concern": "faq_expired", "code": faq.entry.code, "id": faq.id, "day": str(faq.entry.valid_until)}
            for faq in entries
        ]
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for warned in found:
        output.print(Text(f"{warned.code}  {_CONCERNS[warned.concern]} {warned.day:%d/%m/%Y}  {warned.name}"))
    for faq in entries:
        output.print(Text(f"{faq.entry.code}  câu hỏi {faq.id} đã quá ngày  {faq.entry.question}"))
    if not found and not entries:
        output.print("Không có gì cần xem lại.")


def _moment(at: datetime) -> str:
    from knowledge.days import VIETNAM

    return f"{at.astimezone(VIETNAM):%d/%m/%Y %H:%M}"


def _row(edition: Edition) -> tuple[str, ...]:
    return (
        str(edition.number),
        "●" if edition.live else "",
        _STATUS[edition.status],
        _moment(edition.created_at),
        _ORIGINS.get(edition.origin, edition.origin),
        edition.author,
        edition.reason,
        str(edition.change_id or ""),
    )


def _told(change: FieldChange) -> Text:
    """Return one field's changes: what went struck out, what came underlined, so that it reads without colour too."""
    text = Text(f"{change.label}:\n", style="bold")
    for pieces in change.texts:
        text.append("  ", style="not bold")
        for piece in pieces:
            shown = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}[piece.mark].format(piece.text)
            text.append(shown, style=f"not bold {_STYLES[piece.mark]}".strip())
        text.append("\n")
    text.rstrip()
    return text


def _warning(warned: Warned) -> dict[str, str | int]:
    return {
        "concern": warned.concern,
        "code": warned.code,
        "name": warned.name,
        "day": warned.day.isoformat(),
    }


def _read(file: Path) -> tuple[Procedure, int]:
    """Return the procedure in a file, and the version it was made from (0 when the file does not say)."""
    import yaml

    from knowledge.records import BadRecord, from_json

    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))  # JSON is YAML too
        if not isinstance(data, dict):
            raise Failure(f"{file.name}: cần một bản ghi thủ tục")
        data.pop("verified_on", None)
        return from_json(data), data.get("version", 0)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, BadRecord) as error:
        raise Failure(f"{file.name}: {error}") from error


def _done(changed: Changed) -> None:
    if len(changed.versions) == 1:
        ((code, number),) = changed.versions.items()
        errors.print(f"Đã ghi phiên bản {number} của {code}, lần thay đổi {changed.change_id}. {_NEXT}")
    else:
        errors.print(f"Đã đổi {len(changed.versions)} thủ tục, lần thay đổi {changed.change_id}. {_NEXT}")

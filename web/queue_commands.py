"""`motcua outbox`: what waits in inbox and outbox, what was given up, and trying that again; `motcua worker`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from rich.table import Table

from web.console import Failure, errors, open_engine, output
from web.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storage.queues import Size

NOT_LOADED = "không nạp được phần hội thoại ({}). Thử: motcua train"
_NAME = re.compile(r"(vao|ra)-(\d{1,18})")
_WORDS = {"waiting": "đang chờ", "working": "đang làm", "done": "xong", "dead": "hỏng"}
_SHOWN = 200


@click.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Trả lời và gửi tin của các kênh mà không mở trang; chạy thêm bên cạnh serve khi dùng PostgreSQL."""
    from web.serving import work_forever

    try:
        asyncio.run(work_forever(settings, open_engine(settings), errors.print))
    except RuntimeError as error:
        raise Failure(NOT_LOADED.format(error)) from error
    except KeyboardInterrupt:
        errors.print("Đã dừng.")


@click.group()
def outbox() -> None:
    """Hộp đến và hộp đi của các kênh: xem tin đang chờ, tin hỏng; cho gửi lại."""


@outbox.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """Có bao nhiêu tin đang chờ, tin nào hỏng và vì sao (không hiện lời của người dân)."""
    from storage import inbox, outbox

    engine = open_engine(settings)
    output.print(_sizes([("Hộp đến", inbox.sizes(engine)), ("Hộp đi", outbox.sizes(engine))]))
    given_up = [
        *((f"vao-{row.id}", row.channel, row.received_at, row.reason) for row in inbox.dead_deliveries(engine, _SHOWN)),
        *((f"ra-{row.id}", row.channel, row.created_at, row.reason) for row in outbox.dead_sends(engine, _SHOWN)),
    ]
    if not given_up:
        output.print("Không có tin nào hỏng.")
        return
    table = Table("Số", "Kênh", "Lúc", "Lý do", title="Tin hỏng", title_justify="left")
    for name, channel, moment, reason in given_up:
        table.add_row(name, channel, f"{moment.astimezone():%d/%m/%Y %H:%M}", reason)
    output.print(table)
    output.print("Cho gửi lại: motcua outbox resend SỐ …")


@outbox.command()
@click.argument("names", nargs=-1, required=True, metavar="SỐ…")
@click.pass_obj
def resend(settings: Settings, names: tuple[str, ...]) -> None:
    """Cho làm lại những tin hỏng có SỐ như trong `motcua outbox list` (ví dụ ra-12, vao-7)."""
    count, unknown = revive(open_engine(settings), names)
    errors.print(f"{count} tin sẽ được làm lại ngay khi serve hoặc worker đang chạy.")
    if unknown:
        raise Failure(f"không có tin hỏng nào mang số {', '.join(unknown)}. Xem: motcua outbox list")


def revive(engine: Engine, names: Sequence[str]) -> tuple[int, list[str]]:
    """Let what was given up be tried again; return how much that is, and the names that nothing given up has."""
    from storage import inbox, outbox

    wanted = {name: _NAME.fullmatch(name) for name in dict.fromkeys(names)}
    revived: set[str] = set()
    for queue, again in (("vao", inbox.revive), ("ra", outbox.revive)):
        ids = [int(found[2]) for found in wanted.values() if found and found[1] == queue]
        revived |= {f"{queue}-{number}" for number in again(engine, ids)}
    return len(revived), [name for name in wanted if name not in revived]


def _sizes(queues: Sequence[tuple[str, Sequence[Size]]]) -> Table:
    table = Table("Hộp", "Kênh", "Tình trạng", "Số tin", "Cũ nhất")
    for name, sizes in queues:
        for size in sizes:
            oldest = f"{size.oldest.astimezone():%d/%m/%Y %H:%M}"
            table.add_row(name, size.channel, _WORDS[size.status], str(size.count), oldest)
    return table

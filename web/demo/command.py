"""`motcua demo`: a demonstration with made-up data, in a folder of its own."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from rich.table import Table

from storage.schema import now
from web.console import Failure, errors
from web.demo import marker
from web.demo.marker import FOLDER, Account, Demo, NotOurs
from web.settings import Settings
from web.staff.frame import ROLE_NAMES
from web.staff.guard import Role

Bar = Callable[[str], AbstractContextManager[Callable[[int, int | None], None]]]


def demo_settings(settings: Settings) -> Settings:
    """Return the settings of the demonstration: a folder and a database of its own, and no service reached."""
    data = settings.data / FOLDER
    return replace(
        settings,
        data=data,
        database_url=f"sqlite:///{data / 'motcua.db'}",
        telegram=None,
        zalo=None,
        zalo_bot=None,
        staff_hours=settings.staff_hours or "7:30–17:00, thứ Hai đến thứ Sáu",
    )


def remove(settings: Settings) -> bool:
    """Delete the demonstration; False when there is none. Raises Failure when the folder holds something else."""
    data = settings.data / FOLDER
    try:
        return marker.remove(data)
    except NotOurs as error:
        raise Failure(f"{data} không phải dữ liệu mẫu nên không bị xóa. Xem lại thư mục rồi tự xóa nếu cần.") from error


def prepare(settings: Settings, ours: Settings, bar: Bar) -> Demo:
    """Return the demonstration there is, or fill a new one. Raises Failure."""
    found = marker.read(ours.data)
    if found is not None and found.whole:
        return found
    if found is not None:  # interrupted while it was filled
        marker.remove(ours.data)
    return _fill(settings, ours, bar)


def show(demo: Demo) -> None:
    """Print who can be signed in as."""
    table = Table(title=f"Dữ liệu mẫu, làm lúc {demo.filled_at}", title_justify="left")
    for heading in ("Tên đăng nhập", "Mật khẩu", "Vai trò", "Tên"):
        table.add_column(heading)
    for one in demo.accounts:
        table.add_row(one.login, one.password, ROLE_NAMES[Role(one.role)], one.name)
    errors.print(table)


def _fill(settings: Settings, ours: Settings, bar: Bar) -> Demo:
    from web.demo.fill import PEOPLE, fill  # Rasa and the encoder take seconds to load: only who fills needs them
    from web.service import open_assistant, open_engine, open_knowledge

    started = time.perf_counter()
    accounts = tuple(Account(login, name, role, secrets.token_urlsafe(9)) for login, name, role in PEOPLE)
    try:
        marker.begin(ours.data, accounts, now())
    except NotOurs as error:
        raise Failure(f"{ours.data} có dữ liệu khác nên không ghi dữ liệu mẫu vào. Chọn MOTCUA_DATA khác.") from error
    _take_along(settings.data, ours.data)
    engine = open_engine(ours)
    with bar("Lập chỉ mục tìm kiếm") as step:
        knowledge = open_knowledge(ours, engine, step)
    assistant = open_assistant(ours, knowledge, engine, errors.print)
    with bar("Người dùng mẫu đang hỏi") as step:
        fill(ours, knowledge, assistant, accounts, step)
    engine.dispose()
    marker.finish(ours.data)
    errors.print(f"Đã ghi một ngày mẫu sau {time.perf_counter() - started:.0f} giây.")
    demo = marker.read(ours.data)
    assert demo is not None  # noqa: S101 - just written
    return demo


def _take_along(there: Path, here: Path) -> None:
    """Copy what was built for the earnest data and fits these too: the index and the trained dialogue."""
    for name in ("index", "models"):
        if (there / name).is_dir():
            shutil.copytree(there / name, here / name, ignore=shutil.ignore_patterns("rasa-cache", ".*"))

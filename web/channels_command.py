"""`motcua channels`: how each channel is doing and what to mend, and switching one off and on again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from web.channel_checks import NAMES, Check, check_channels, configured
from web.console import Failure, errors, open_engine, output
from web.settings import Settings

if TYPE_CHECKING:
    from storage.channel_state import ChannelState
    from storage.switches import Pause

LONG_S = 60.0  # whoever waits so long is waiting for a process that does not run
_ALL = "all"
_SET_UP = {
    "telegram": "chưa thiết lập: xin token ở @BotFather, đặt TELEGRAM_TOKEN",
    "zalo": "chưa thiết lập: đặt ZALO_APP_ID, ZALO_APP_SECRET, ZALO_OA_SECRET",
    "zalo_bot": "chưa thiết lập: tạo bot ở Zalo Bot Manager, đặt ZALO_BOT_TOKEN",
}
FAILURES = {
    "passing": "mạng hoặc dịch vụ lỗi tạm thời",
    "busy": "dịch vụ bảo chờ",
    "credentials": "dịch vụ không nhận mã truy cập",
    "closed": "quá hạn được trả lời",
    "unreachable": "người nhận đã chặn hoặc rời đi",
    "refused": "dịch vụ không nhận nội dung",
}
_channel = click.argument("channel", type=click.Choice([*NAMES, _ALL]))
_by = click.option("--by", required=True, help="Ai làm việc này (tên hoặc tài khoản).")


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of one channel; `findings` are what is to be mended."""

    channel: str
    configured: bool
    check: Check | None
    pause: Pause | None
    state: ChannelState
    findings: tuple[str, ...]


@click.group(invoke_without_command=True)
@click.pass_context
def channels(context: click.Context) -> None:
    """Các kênh: tình trạng từng kênh và việc phải sửa; tạm dừng hoặc mở lại một kênh."""
    if context.invoked_subcommand is None:
        context.invoke(status)


@channels.command()
@click.option("--json", "as_json", is_flag=True, help="In dạng JSON.")
@click.pass_obj
def status(settings: Settings, as_json: bool = False) -> None:
    """Kênh nào đã thiết lập, dịch vụ có nhận không, tin vào ra, hàng đợi, lỗi; thoát mã 1 khi có việc phải sửa."""
    found = reports(settings)
    if as_json:
        click.echo(json.dumps([as_data(report) for report in found], ensure_ascii=False, indent=2))
    else:
        for report in found:
            _show(report)
    if any(report.findings for report in found):
        raise Failure("còn việc phải sửa, xem các dòng có dấu •." if not as_json else "còn việc phải sửa.")


@channels.command()
@_channel
@click.option("--why", required=True, help="Lý do, người dân đọc được nguyên văn, ví dụ: bảo trì đến 14 giờ.")
@_by
@click.option("--silent", is_flag=True, help="Không gửi gì cả, kể cả lời báo tạm nghỉ và tin của cán bộ.")
@click.pass_obj
def pause(settings: Settings, channel: str, why: str, by: str, silent: bool) -> None:
    """Tạm dừng CHANNEL (hoặc all): tin đến vẫn được giữ, người nhắn được báo một lần, mở lại thì được trả lời."""
    from storage import switches

    if not why.strip() or not by.strip():
        raise Failure('--why và --by cần có chữ, ví dụ: --why "bảo trì đến 14 giờ" --by "Lan"')
    switches.pause(open_engine(settings), channel, why.strip(), by.strip(), silent=silent)
    errors.print(f"Đã tạm dừng {_called(channel)}. Máy chủ đang chạy nghe theo trong 2 giây.", markup=False)
    errors.print(f"Mở lại: motcua channels resume {channel} --by …")


@channels.command()
@_channel
@click.option("--why", default="", help="Ghi chú vào nhật ký.")
@_by
@click.pass_obj
def resume(settings: Settings, channel: str, why: str, by: str) -> None:
    """Mở lại CHANNEL (hoặc all); tin đã giữ được trả lời ngay."""
    from storage import switches

    engine = open_engine(settings)
    if not switches.resume(engine, channel, why.strip(), by.strip()):
        raise Failure(f"{_called(channel)} đang không bị tạm dừng. Xem: motcua channels")
    errors.print(f"Đã mở lại {_called(channel)}.", markup=False)
    for left in switches.pauses(engine):
        errors.print(f"Vẫn tạm dừng: {_called(left.channel)} ({left.reason})", markup=False)


def reports(settings: Settings) -> list[Report]:
    """Ask the services and the database about every channel."""
    from storage.channel_state import channel_states
    from storage.schema import now
    from storage.switches import ALL, pauses

    engine = open_engine(settings)
    states = channel_states(engine, NAMES)
    off = {one.channel: one for one in pauses(engine)}
    checks = asyncio.run(check_channels(settings, engine))
    found = []
    for channel, is_set_up in configured(settings).items():
        stopped, check = off.get(channel) or off.get(ALL), checks.get(channel)
        wrong = tuple(_findings(states[channel], check, stopped, now())) if is_set_up else ()
        found.append(Report(channel, is_set_up, check, stopped, states[channel], wrong))
    return found


def _findings(state: ChannelState, check: Check | None, stopped: Pause | None, at: datetime) -> Sequence[str]:
    """Return what is to be mended, each with what to do."""
    found = [*check.findings] if check is not None else []
    if stopped is not None:
        found.append(
            f"đang tạm dừng từ {_moment(stopped.since)} bởi {stopped.author}: {stopped.reason}. "
            f"Mở lại: motcua channels resume {stopped.channel} --by …"
        )
    for oldest, what in ((state.oldest_to_answer, "trả lời"), (state.oldest_to_send, "gửi đi")):
        if stopped is None and oldest is not None and (at - oldest).total_seconds() > LONG_S:
            found.append(f"có tin chờ {what} từ {_moment(oldest)}: motcua serve hoặc motcua worker có đang chạy không?")
    if state.dead:
        found.append(f"{state.dead} tin hỏng. Xem và cho làm lại: motcua outbox list")
    if state.failures["credentials"]:
        found.append("dịch vụ không nhận mã truy cập khi gửi: kiểm tra token của kênh này")
    return found


def as_data(report: Report) -> dict[str, Any]:
    """Return a report as plain data for programs."""
    state, stopped, check = report.state, report.pause, report.check
    return {
        "channel": report.channel,
        "configured": report.configured,
        "verified": bool(check.account) if check is not None else None,
        "account": check.account if check is not None else None,
        "paused": None
        if stopped is None
        else {
            "why": stopped.reason,
            "by": stopped.author,
            "since": stopped.since.isoformat(),
            "silent": stopped.silent,
        },
        "last_in": state.last_in.isoformat() if state.last_in else None,
        "last_out": state.last_out.isoformat() if state.last_out else None,
        "to_answer": state.to_answer,
        "to_send": state.to_send,
        "dead": state.dead,
        "retried_last_day": state.retried,
        "failures_last_day": dict(state.failures),
        "findings": list(report.findings),
    }


def _show(report: Report) -> None:
    name, state = NAMES[report.channel], report.state
    if not report.configured:
        output.print(f"{name}: {_SET_UP[report.channel]}", markup=False)
        return
    account = report.check.account if report.check is not None else ""
    output.print(f"{name}: {account or 'chưa kiểm tra được'}", markup=False)
    output.print(f"  Tin vào gần nhất {_moment(state.last_in)}; tin ra gần nhất {_moment(state.last_out)}")
    output.print(f"  Chờ trả lời {state.to_answer}, chờ gửi {state.to_send}, hỏng {state.dead}")
    if state.failures or state.retried:
        kinds = [f"{FAILURES.get(kind, 'lỗi khác')} {count}" for kind, count in sorted(state.failures.items())]
        kinds += [f"gửi lại mới được {state.retried}"] if state.retried else []
        output.print(f"  Lỗi gửi trong 24 giờ: {', '.join(kinds)}", markup=False)
    for finding in report.findings:
        output.print(f"  • {finding}", markup=False)


def _called(channel: str) -> str:
    return "tất cả các kênh" if channel == _ALL else f"kênh {NAMES[channel]}"


def _moment(at: datetime | None) -> str:
    return "chưa có" if at is None else f"{at.astimezone():%H:%M %d/%m/%Y}"

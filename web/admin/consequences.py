"""What a step would do to what citizens are told, before it is done: publish, withdraw, restore, go back, undo."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Engine

from bot.formatting import plain_name
from knowledge.editing import against_live, before
from knowledge.faq import Faqs
from knowledge.history import Edition, History
from knowledge.journeys import load_journeys
from knowledge.publishing import Refused
from knowledge.typed import read, show
from knowledge.types import Status
from knowledge.wording import FieldChange

STEPS = ("publish", "withdraw", "restore", "rollback", "undo")


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it is asked for: what it does to which version, in words, and what it changes for citizens.

    `does` is the deed itself, which "undo" finds out. `changes` are told by word, `losses` in sentences.
    """

    does: str
    code: str
    name: str
    title: str
    button: str
    consequence: str
    target: Edition | None = None
    changes: tuple[FieldChange, ...] = ()
    losses: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    checked: bool = False  # by the gate
    why: str = ""
    seen: int = 0  # the newest version there was when the page was made


def find_step(engine: Engine, name: str, code: str, number: int | None) -> Step | None:
    """Return what a step would do now, None for an unknown code. Raises Refused when it cannot be done."""
    editions = History(engine).of(code)
    if not editions:
        return None
    return replace(_found(engine, name, editions, number), seen=editions[0].number)


def _found(engine: Engine, name: str, editions: list[Edition], number: int | None) -> Step:
    live = next((edition for edition in editions if edition.live), None)
    if name == "publish":
        return _publishing(engine, editions[0], live)
    if live is None:
        raise Refused("Thủ tục này chưa được công bố lần nào.")
    if name == "undo":
        return _undoing(engine, editions, live)
    if name == "rollback":
        target = next((edition for edition in editions if edition.number == number), None)
        if target is None:
            raise Refused("Thủ tục này không có phiên bản đó.")
        return _going_back(engine, target)
    return _withdrawing(engine, live) if name == "withdraw" else _restoring(engine, live)


def _publishing(engine: Engine, newest: Edition, live: Edition | None) -> Step:
    procedure = newest.procedure
    if newest.status not in (Status.DRAFT, Status.SCHEDULED):
        raise Refused("Không có bản nháp nào để công bố.")
    told_now = (
        "Người dân đang được trả lời theo bản hiện hành" if live else "Người dân chưa được trả lời về thủ tục này"
    )
    return Step(
        "publish",
        procedure.code,
        plain_name(procedure.name),
        f"Công bố bản nháp {newest.number}",
        "Công bố",
        f"{told_now}. Sau khi công bố, câu trả lời đổi theo bản {newest.number} trong vài giây; "
        "bản hiện hành vẫn được giữ và quay lại được.",
        newest,
        against_live(engine, procedure),
        remarks=tuple(dict.fromkeys(read(show(procedure)).remarks.values())),
        checked=True,
        why=newest.reason,
    )


def _withdrawing(engine: Engine, live: Edition) -> Step:
    if live.status is not Status.PUBLISHED:
        raise Refused("Thủ tục này đang không công bố.")
    code = live.procedure.code
    entries = sum(faq.entry.code == code for faq in Faqs(engine).in_force().values())
    journeys = [journey.title for journey in load_journeys().values() if code in journey.codes]
    losses = [
        *([f"{entries} câu hỏi đáp về thủ tục này vẫn được giữ; anh/chị xem lại sau khi ngừng."] if entries else []),
        *([f"Danh sách việc theo sự kiện sẽ thiếu bước này: {', '.join(journeys)}."] if journeys else []),
    ]
    return Step(
        "withdraw",
        code,
        plain_name(live.procedure.name),
        "Ngừng công bố",
        "Ngừng công bố",
        "Người dân hỏi sẽ không được trả lời về thủ tục này nữa, trang của thủ tục báo là đã ngừng. "
        "Dữ liệu vẫn giữ và công bố lại được.",
        live,
        losses=tuple(losses),
    )


def _restoring(engine: Engine, live: Edition) -> Step:
    if live.status is not Status.WITHDRAWN:
        raise Refused("Thủ tục này đang được công bố.")
    return Step(
        "restore",
        live.procedure.code,
        plain_name(live.procedure.name),
        "Công bố lại",
        "Công bố lại",
        "Người dân lại được trả lời như lúc thủ tục còn công bố.",
        live,
        against_live(engine, live.procedure),
    )


def _going_back(engine: Engine, target: Edition) -> Step:
    if target.live:
        raise Refused(f"Phiên bản {target.number} đang là bản hiện hành.")
    return Step(
        "rollback",
        target.procedure.code,
        plain_name(target.procedure.name),
        f"Quay lại phiên bản {target.number}",
        "Quay lại bản này",
        f"Phiên bản {target.number} trở thành bản hiện hành trong vài giây. "
        "Các phiên bản sau vẫn được giữ; bản nháp đang chờ thì phải lưu lại.",
        target,
        against_live(engine, target.procedure),
        checked=target.change_id is None and target.status is Status.DRAFT,
    )


def _undoing(engine: Engine, editions: list[Edition], live: Edition) -> Step:
    """Return the step that takes the last one back."""
    earlier = before(editions, live.number)
    why = f"Hoàn tác: {live.reason}"
    if live.status is Status.WITHDRAWN:
        step = _restoring(engine, live)
    elif earlier is None or earlier.status is Status.WITHDRAWN:
        step = _withdrawing(engine, live)
    else:
        step = _going_back(engine, earlier)
    return replace(step, title="Hoàn tác thay đổi gần nhất", button="Hoàn tác", why=why)

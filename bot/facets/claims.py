"""A number someone was told ("nghe nói mất 500 nghìn"), held against the record."""

from __future__ import annotations

import re
from enum import StrEnum

from bot.facets.costs import LEAST_LIKELY, is_free, time_remarks, time_text
from knowledge.types import Duration, Procedure, Unit

_SUM = re.compile(r"(\d[\d.,]*)\s*(triệu|nghìn|ngàn|tr\b|k\b)?\s*(?:đồng|đ\b|vnđ|vnd|₫)", re.I)
_SCALE = {"triệu": 1_000_000, "tr": 1_000_000, "nghìn": 1_000, "ngàn": 1_000, "k": 1_000}
_TIME = re.compile(r"(\d+)\)?\s*(ngày làm việc|ngày|giờ|tháng|năm)", re.I)
_UNITS = {
    "ngày làm việc": Unit.WORKING_DAY,
    "ngày": Unit.DAY,
    "giờ": Unit.HOUR,
    "tháng": Unit.MONTH,
    "năm": Unit.YEAR,
}


class Verdict(StrEnum):
    """What the record says of a claim."""

    RIGHT = "right"
    WORKING_DAYS = "working_days"
    WRONG = "wrong"
    UNKNOWN = "unknown"


def judge_amount(procedure: Procedure, value: int) -> tuple[Verdict, int]:
    """Compare an amount of đồng with every amount of the record; also return the highest one."""
    fees = [fee for method in procedure.methods for fee in method.fees]
    amounts = {fee.amount for fee in fees if fee.amount}
    amounts |= {amount for fee in fees for amount in sums(fee.text)}
    amounts |= {0} if any(is_free(fee) for fee in fees) else set()
    if not amounts:
        return Verdict.UNKNOWN, 0
    return (Verdict.RIGHT if value in amounts else Verdict.WRONG), max(amounts)


def sums(text: str) -> set[int]:
    """Return the amounts of đồng a text names: "01 triệu đồng" is 1000000."""
    found: set[int] = set()
    for number, scale in _SUM.findall(text):
        digits = number.strip(".,")
        if not scale:
            found.add(int(re.sub(r"[.,]", "", digits)))
        elif re.fullmatch(r"\d+(?:,\d)?", digits):
            found.add(round(float(digits.replace(",", ".")) * _SCALE[scale.lower()]))
    return {amount for amount in found if amount >= LEAST_LIKELY}


def judge_duration(procedure: Procedure, value: int, unit: Unit | None) -> tuple[Verdict, Duration | None]:
    """Compare a time limit with those of the record; "5 ngày" against "5 ngày làm việc" is its own verdict."""
    known = [method.duration for method in procedure.methods if method.duration]
    known += [case.duration for case in procedure.case_durations]
    known = [duration for duration in known if time_text(duration, "vi")] + _written(procedure)
    same = [duration for duration in known if duration.amount == value]
    if any(unit in (None, duration.unit) for duration in same):
        return Verdict.RIGHT, next(duration for duration in same if unit in (None, duration.unit))
    working = [d for d in same if d.unit is Unit.WORKING_DAY and unit is Unit.DAY]
    if working:
        return Verdict.WORKING_DAYS, working[0]
    return (Verdict.WRONG if known else Verdict.UNKNOWN), None


def _written(procedure: Procedure) -> list[Duration]:
    """Return the time limits that stand in the record's sentences only."""
    found = [match for text in time_remarks(procedure) for match in _TIME.findall(text)]
    return [Duration(int(number), _UNITS[unit.lower()]) for number, unit in found]

"""Fee and duration: amounts exactly as recorded, and an honest word where the record is silent."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.facets.body import Body, distinct, unknown
from bot.facets.words import CHANNELS, METHOD_HEADING, UNITS, say, spoken
from bot.formatting import Line, clean, money, paragraphs, plain_name
from knowledge.types import Channel, Duration, Facet, Fee, Procedure, Unit

_FREE = re.compile(
    r"(?:không|không có|không thu|không mất|không phải nộp|miễn)(?: thu| nộp)?(?: phí| lệ phí| phí, lệ phí)?[.!]?", re.I
)
_SAYS_A_RULE = re.compile(r"\d|miễn|không|theo|quy định|thông tư|nghị|hội đồng|hđnd|mức|thỏa thuận|chưa|tự |do ", re.I)
_ABOUT_TIME = re.compile(
    r"\d+\)?\s*(?:ngày|giờ|phút|tháng|năm|tuần)|thời hạn|ngay (?:sau|khi|trong|lập)|trong ngày|buổi", re.I
)

LEAST_LIKELY = 1_000
"""Đồng; a smaller fee is nearly always a number that lost its thousands, so we say that it looks odd."""


def is_free(fee: Fee) -> bool:
    """Tell whether the record's own words say that nothing is charged."""
    return not fee.amount and bool(_FREE.fullmatch(clean(fee.text)))


def is_ambiguous(fee: Fee) -> bool:
    """Tell whether the row holds nothing but 0 or nothing at all (design, section 5)."""
    return not fee.amount and not clean(fee.text)


def fee_text(fee: Fee, language: str) -> str:
    """Return one fee row in words: the amount first, then the case it holds for."""
    text = " ".join(paragraphs(fee.text))
    if fee.amount:
        told = _amount_with_case(fee.amount, text)
        return told if fee.amount >= LEAST_LIKELY else say(language, "fee_odd", text=told)
    if not text:
        return say(language, "fee_zero") if fee.amount == 0 else ""
    if is_free(fee):
        return say(language, "fee_quote", text=text)
    if _SAYS_A_RULE.search(text):
        return text
    return say(language, "fee_no_amount" if fee.amount is None else "fee_zero_row", text=text)


def _amount_with_case(amount: int, text: str) -> str:
    spoken_amount = money(amount)
    if not text or text.casefold().rstrip(".") == spoken_amount:
        return spoken_amount
    unit = re.match(r"(?:đồng|đ|vnđ)?\s?(?=/)", text, re.I)
    if unit:
        return f"{spoken_amount}{text[unit.end() :]}"
    return f"{spoken_amount}: {text}"


def fees_by_channel(procedure: Procedure, language: str) -> dict[Channel, tuple[str, ...]]:
    """Return the fee rows of each way of handing in; a row without any fact gives way to rows that have one."""
    rows: dict[Channel, tuple[Fee, ...]] = {}
    for method in procedure.methods:
        rows[method.channel] = rows.get(method.channel, ()) + method.fees
    told: dict[Channel, tuple[str, ...]] = {}
    for channel, fees in rows.items():
        facts = [fee for fee in fees if not is_ambiguous(fee)] or fees
        told[channel] = distinct(fee_text(fee, language) for fee in facts)
    return {channel: texts for channel, texts in told.items() if texts}


def fee(procedure: Procedure, language: str) -> Body:
    """Tell the fees, grouped by way of handing in only where they differ."""
    told = fees_by_channel(procedure, language)
    if not told:
        return unknown(Facet.FEE, language)
    lines = grouped(told, "💰", language)
    facts = [fee for method in procedure.methods for fee in method.fees]
    settled = any(fee.amount or is_free(fee) for fee in facts)
    known = not all(is_ambiguous(fee) for fee in facts)
    return Body(lines=lines, notes=() if settled else (say(language, "ask_first"),), known=known)


def grouped(told: Mapping[Channel, tuple[str, ...]], marker: str, language: str) -> tuple[Line, ...]:
    """Put equal texts of several channels under one heading, and under none when all channels agree."""
    groups: dict[tuple[str, ...], list[Channel]] = {}
    for channel, texts in told.items():
        key = tuple(sorted(text.casefold() for text in texts))
        groups.setdefault(key, []).append(channel)
    lines: list[Line] = []
    for channels in groups.values():
        heading = "" if len(groups) == 1 else heading_of(channels, language)
        lines += [Line(text, marker, heading) for text in told[channels[0]]]
    return tuple(lines)


def heading_of(channels: list[Channel], language: str) -> str:
    """Return "Nộp trực tuyến, bưu chính:" for these ways of handing in."""
    names = CHANNELS[spoken(language)]
    return METHOD_HEADING[spoken(language)].format(channels=", ".join(names[channel] for channel in channels))


def time_text(duration: Duration | None, language: str) -> str:
    """Return "5 ngày làm việc", or nothing when the record gives no definite number."""
    if duration is None or not duration.amount or duration.unit is Unit.OTHER:
        return ""
    unit = UNITS[spoken(language)][duration.unit]
    return f"{duration.amount} {unit.removesuffix('s') if duration.amount == 1 and language == 'en' else unit}"


def duration(procedure: Procedure, language: str) -> Body:
    """Tell the time limit, by way of handing in or by case where they differ, then the record's own words on it."""
    told = {method.channel: time_text(method.duration, language) for method in procedure.methods}
    times = {channel: (text,) for channel, text in told.items() if text}
    lines = [*_case_lines(procedure, times, language)]
    remarks = [Line(text, "•") for text in time_remarks(procedure)]
    if not lines and not remarks:
        return unknown(Facet.DURATION, language)
    return Body(lines=(*lines, *remarks))


def _case_lines(procedure: Procedure, times: Mapping[Channel, tuple[str, ...]], language: str) -> tuple[Line, ...]:
    by_method = grouped(times, "⏱", language)
    ordered = [
        (clean(case.case), text) for case in procedure.case_durations if (text := time_text(case.duration, language))
    ]
    every = distinct([text for texts in times.values() for text in texts] + [text for _, text in ordered])
    names = {plain_name(name).casefold() for name, _ in ordered}
    if len(every) <= 1:
        return by_method or tuple(Line(text, "⏱") for text in every)
    if len(names) > 1:
        in_cases = {time for _, time in ordered}
        heads = by_method if any(line.text not in in_cases for line in by_method) else ()
        told = distinct(f"{time}: {name}" if name else time for name, time in ordered)
        return (*heads, *(Line(text, "⏱") for text in told))
    if len(by_method) > 1:
        return by_method
    joined = f" {say(language, 'or')} ".join(every)
    return (Line(say(language, "cases_unclear", times=joined), "⏱"),)


def time_remarks(procedure: Procedure) -> tuple[str, ...]:
    """Return the record's own sentences about time, which often say from when the days count."""
    texts = [text for m in procedure.methods for text in (m.duration.text if m.duration else "", m.text)]
    return distinct(part for text in texts for part in paragraphs(text) if _ABOUT_TIME.search(part))

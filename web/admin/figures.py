"""From counts to what the page of numbers shows: tiles, charts with their tables, one row a channel. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median, quantiles

from bot.messages import Outcome
from storage.numbers import MATTERS, VIETNAM, Asked, Messages, Period, Rated, Talks, Wait
from storage.ratings import TOLD
from web.channel_checks import NAMES

GROUPS = (
    ("Trả lời được", TOLD),
    ("Hỏi lại", ("clarify",)),
    ("Chưa trả lời được", ("abstained", "error")),
    ("Gặp cán bộ", ("handoff", "form")),
    ("Khác", ("smalltalk", "blocked", "crisis")),
)
"""Outcomes as the chart of days stacks them."""

OUTCOMES = {
    Outcome.ANSWERED: "Trả lời",
    Outcome.PARTIAL: "Trả lời một phần",
    Outcome.CORRECTED: "Đính chính điều nghe nói",
    Outcome.CLARIFY: "Hỏi lại cho rõ",
    Outcome.ABSTAINED: "Không đủ chắc nên không trả lời",
    Outcome.BLOCKED: "Không nhận (quá dài, yêu cầu lạ)",
    Outcome.CRISIS: "Khẩn cấp",
    Outcome.HANDOFF: "Chuyển cán bộ",
    Outcome.FORM: "Điền phiếu chờ cán bộ",
    Outcome.SMALLTALK: "Chào hỏi",
    Outcome.ERROR: "Máy trục trặc",
}
NO_FIELD = "Chưa rõ lĩnh vực"
_SCORES: tuple[tuple[str, Callable[[int], bool]], ...] = (
    ("Hài lòng", lambda score: score >= 4),
    ("Bình thường", lambda score: score == 3),
    ("Chưa hài lòng", lambda score: score <= 2),
)
_FIELDS_SHOWN = 10
_ABSENT = "–"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number in large type, and what it is of."""

    name: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each label of a chart; None: there is nothing to show there."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and the table beside it. `kind`: columns (stacked, upright) or rows (lying). `head` names the labels."""

    id: str
    title: str
    unit: str
    kind: str
    head: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing at all would be drawn."""
        return not any(value for one in self.series for value in one.values)


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """The figures of one channel, in words."""

    name: str
    messages: int
    talks: int
    contained: str
    with_staff: int
    wait: str
    satisfied: str


def outcome_name(outcome: str) -> str:
    """Return in words what became of a message."""
    return OUTCOMES[Outcome(outcome)] if outcome in set(Outcome) else outcome


def channel_name(channel: str) -> str:
    """Return what people call a channel."""
    return NAMES.get(channel, "Dòng lệnh" if channel == "terminal" else channel)


def tiles(
    counts: Sequence[Messages], talks: Sequence[Talks], waits: Sequence[Wait], rated: Sequence[Rated]
) -> list[Tile]:
    """Return the figures that sum up the period."""
    said = Counter[str]()
    for one in counts:
        said[one.outcome] += one.count
    asked = sum(said[name] for name in MATTERS)
    unanswered = said["abstained"] + said["error"]
    conversations, contained, with_staff = (
        sum(getattr(one, name) for one in talks) for name in ("count", "contained", "with_staff")
    )
    scores = [(one.score, one.count) for one in rated if one.score is not None]
    given, sent = sum(count for _, count in scores), sum(one.count for one in rated)
    happy = sum(count for score, count in scores if score >= 4)
    answered = [one.seconds for one in waits if one.seconds is not None]
    return [
        Tile("Tin nhắn của người dân", number(said.total()), f"trong {number(conversations)} cuộc có hỏi việc"),
        Tile("Tự trả lời xong", percent(contained, conversations), "cuộc được trả lời mà không cần cán bộ"),
        Tile("Chưa trả lời được", percent(unanswered, asked), f"{number(unanswered)} trong {number(asked)} câu hỏi"),
        Tile("Cần cán bộ", number(with_staff), f"{percent(with_staff, conversations)} số cuộc có hỏi việc"),
        Tile(
            "Chờ cán bộ", duration(_middle(answered)), f"trung vị của {number(len(answered))} lượt đã có người trả lời"
        ),
        Tile("Hài lòng", percent(happy, given), f"{number(given)} người chấm, {number(sent)} người được hỏi"),
    ]


def by_day(counts: Sequence[Messages], period: Period) -> Chart:
    """Return messages by day, or by hour when the period is one day, stacked by what became of them."""
    hourly = period.days == 1
    keys: list[object] = list(range(24)) if hourly else list(_days(period))
    sums: dict[tuple[object, str], int] = defaultdict(int)
    for one in counts:
        sums[(one.hour.hour if hourly else one.hour.date()), one.outcome] += one.count
    return Chart(
        "by-day",
        "Tin nhắn theo giờ" if hourly else "Tin nhắn theo ngày",
        "Số tin nhắn, theo kết quả xử lý",
        "columns",
        "Giờ" if hourly else "Ngày",
        tuple(_hour(key) if isinstance(key, int) else _short(key) for key in keys),  # type: ignore[arg-type]
        tuple(
            Series(name, tuple(sum(sums[key, outcome] for outcome in outcomes) for key in keys))
            for name, outcomes in GROUPS
        ),
    )


def by_outcome(counts: Sequence[Messages]) -> Chart:
    """Return messages by what became of them, the most frequent first."""
    said = Counter[str]()
    for one in counts:
        said[one.outcome] += one.count
    ordered = said.most_common()
    return _rows(
        "by-outcome",
        "Kết quả xử lý",
        "Số tin nhắn",
        "Kết quả",
        [(outcome_name(outcome), count) for outcome, count in ordered],
    )


def by_hour(counts: Sequence[Messages], period: Period) -> Chart:
    """Return how many messages come at which hour of a day."""
    said = Counter[int]()
    for one in counts:
        said[one.hour.hour] += one.count
    values = tuple(round(said[hour] / period.days, 1) for hour in range(24))
    return Chart(
        "by-hour",
        "Giờ trong ngày",
        "Số tin nhắn trung bình mỗi ngày, giờ Việt Nam",
        "columns",
        "Giờ",
        tuple(map(_hour, range(24))),
        (Series("Tin nhắn", values),),
    )


def top_procedures(asked: Sequence[Asked], names: Mapping[str, str]) -> Chart:
    """Return the procedures told about most often."""
    labels = [(f"{names[one.code]} ({one.code})" if one.code in names else one.code, one.count) for one in asked]
    return _rows("procedures", "Thủ tục được hỏi nhiều nhất", "Số câu trả lời", "Thủ tục", labels)


def waits_by_day(waits: Sequence[Wait], period: Period) -> Chart:
    """Return the median wait by day."""
    found: dict[date, list[float]] = defaultdict(list)
    for one in waits:
        if one.seconds is not None:
            found[one.since.astimezone(VIETNAM).date()].append(one.seconds)
    minutes = (_middle(found[day]) if day in found else None for day in _days(period))
    return Chart(
        "waits",
        "Thời gian chờ cán bộ",
        "Phút, trung vị của mỗi ngày: từ lúc vào hàng đợi đến câu đầu tiên của cán bộ",
        "columns",
        "Ngày",
        tuple(map(_short, _days(period))),
        (Series("Phút", tuple(None if one is None else round(one / 60, 1) for one in minutes)),),
    )


def satisfaction(id: str, title: str, head: str, rated: Iterable[tuple[str, Rated]]) -> Chart:
    """Return ratings by the label each comes with, the most rated first."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for label, one in rated:
        for name, fits in _SCORES:
            if one.score is not None and fits(one.score):
                sums[label][name] += one.count
    labels = sorted(sums, key=lambda label: (-sums[label].total(), label))[:_FIELDS_SHOWN]
    series = tuple(Series(name, tuple(sums[label][name] for label in labels)) for name, _ in _SCORES)
    return Chart(id, title, "Số người chấm", "rows", head, tuple(labels), series)


def channel_rows(
    counts: Sequence[Messages], talks: Sequence[Talks], waits: Sequence[Wait], rated: Sequence[Rated]
) -> list[ChannelRow]:
    """Return one row a channel, the busiest first."""
    said = Counter[str]()
    for one in counts:
        said[one.channel] += one.count
    held = {one.channel: one for one in talks}
    rows = []
    for channel, messages in said.most_common():
        talk = held.get(channel, Talks(channel, 0, 0, 0, 0))
        seconds = [one.seconds for one in waits if one.channel == channel and one.seconds is not None]
        scores = [(one.score, one.count) for one in rated if one.channel == channel and one.score is not None]
        rows.append(
            ChannelRow(
                channel_name(channel),
                messages,
                talk.count,
                percent(talk.contained, talk.count),
                talk.with_staff,
                duration(_middle(seconds)),
                percent(sum(count for score, count in scores if score >= 4), sum(count for _, count in scores)),
            )
        )
    return rows


def slowest_tenth(waits: Sequence[Wait]) -> str:
    """Return how long nine in ten waited at most, in words."""
    seconds = [one.seconds for one in waits if one.seconds is not None]
    return duration(quantiles(seconds, n=10)[-1]) if len(seconds) > 1 else _ABSENT


def number(value: float) -> str:
    """Return a number as people here write it: 1.234 or 2,5."""
    written = f"{value:,.1f}" if value % 1 else f"{value:,.0f}"
    return written.translate(str.maketrans(",.", ".,"))


def percent(part: float, whole: float) -> str:
    """Return a share in whole percent; a dash of nothing."""
    return f"{round(100 * part / whole)}%" if whole else _ABSENT


def duration(seconds: float | None) -> str:
    """Return a time span in the two units that matter."""
    if seconds is None:
        return _ABSENT
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} giờ {minutes % 60} phút"
    return (
        f"{minutes} phút {rest} giây" if minutes and minutes < 10 else f"{minutes} phút" if minutes else f"{rest} giây"
    )


def _rows(id: str, title: str, unit: str, head: str, labelled: Sequence[tuple[str, int]]) -> Chart:
    labels, values = tuple(label for label, _ in labelled), tuple(count for _, count in labelled)
    return Chart(id, title, unit, "rows", head, labels, (Series(unit, values),))


def _middle(seconds: Sequence[float]) -> float | None:
    return median(seconds) if seconds else None


def _days(period: Period) -> Iterable[date]:
    return (period.first + timedelta(days=count) for count in range(period.days))


def _short(day: date) -> str:
    return f"{day.day}/{day.month}"


def _hour(hour: int) -> str:
    return f"{hour} giờ"

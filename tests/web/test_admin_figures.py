"""From counts to tiles, charts and rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.messages import Outcome
from storage.numbers import VIETNAM, Asked, Messages, Period, Rated, Talks, Wait
from web.admin import figures

DAY = date(2026, 11, 21)
WEEK = Period(DAY - timedelta(days=6), DAY)
AT = datetime(2026, 11, 21, 9, tzinfo=VIETNAM)
COUNTS = [
    Messages(AT, "web", "answered", 30),
    Messages(AT, "web", "partial", 5),
    Messages(AT, "zalo", "clarify", 5),
    Messages(AT + timedelta(hours=2), "web", "abstained", 8),
    Messages(AT - timedelta(days=1), "web", "error", 2),
    Messages(AT, "web", "smalltalk", 9),
    Messages(AT, "web", "handoff", 1),
]
TALKS = [Talks("web", 20, 18, 2, 16), Talks("zalo", 5, 0, 0, 0)]
WAITS = [Wait("web", AT, 60.0), Wait("web", AT, 180.0), Wait("web", AT, None), Wait("zalo", AT, 600.0)]
RATED = [Rated("web", "1.1", 5, False, 6), Rated("web", "1.2", 1, False, 2), Rated("zalo", None, None, False, 4)]


def told(tiles: list[figures.Tile]) -> dict[str, str]:
    return {tile.name: tile.value for tile in tiles}


def test_the_tiles_sum_up_the_period() -> None:
    assert told(figures.tiles(COUNTS, TALKS, WAITS, RATED)) == {
        "Tin nhắn của người dân": "60",
        "Tự trả lời xong": "64%",  # 16 of 25 conversations
        "Chưa trả lời được": "20%",  # 10 of 50 questions; small talk and hand-offs are none
        "Cần cán bộ": "2",
        "Chờ cán bộ": "3 phút 0 giây",
        "Hài lòng": "75%",
    }


def test_nothing_is_a_dash_and_not_zero_percent() -> None:
    values = told(figures.tiles([], [], [], []))
    assert [values[name] for name in ("Tự trả lời xong", "Chưa trả lời được", "Chờ cán bộ", "Hài lòng")] == ["–"] * 4


def test_days_are_stacked_by_what_became_of_messages_and_none_is_left_out() -> None:
    chart = figures.by_day(COUNTS, WEEK)
    assert chart.labels == ("15/11", "16/11", "17/11", "18/11", "19/11", "20/11", "21/11")
    values = {series.name: series.values for series in chart.series}
    assert values["Trả lời được"] == (0, 0, 0, 0, 0, 0, 35)
    assert values["Chưa trả lời được"] == (0, 0, 0, 0, 0, 2, 8)
    assert sum(sum(one) for one in values.values() if one) == 60


def test_one_day_is_shown_by_the_hour() -> None:
    chart = figures.by_day(COUNTS, Period(DAY, DAY))
    assert (chart.title, len(chart.labels), chart.labels[9]) == ("Tin nhắn theo giờ", 24, "9 giờ")
    assert chart.series[0].values[9] == 35


def test_every_outcome_has_a_name_and_a_place_in_the_stack() -> None:
    assert set(figures.OUTCOMES) == set(Outcome)
    assert sorted(outcome for _, outcomes in figures.GROUPS for outcome in outcomes) == sorted(Outcome)
    assert figures.outcome_name("answered") == "Trả lời"
    assert figures.outcome_name("of a later version") == "of a later version"


def test_hours_are_averages_of_a_day() -> None:
    (series,) = figures.by_hour(COUNTS, WEEK).series
    assert (series.values[9], series.values[11], series.values[0]) == (pytest.approx(7.4), 1.1, 0)


def test_outcomes_and_procedures_come_most_frequent_first() -> None:
    assert figures.by_outcome(COUNTS).labels[:2] == ("Trả lời", "Chào hỏi")
    chart = figures.top_procedures([Asked("1.1", 9), Asked("1.2", 3)], {"1.1": "Đăng ký khai sinh"})
    assert chart.labels == ("Đăng ký khai sinh (1.1)", "1.2")
    assert chart.series[0].values == (9, 3)


def test_waits_are_medians_of_a_day_and_a_day_without_any_is_a_gap() -> None:
    (series,) = figures.waits_by_day(WAITS, WEEK).series
    assert series.values == (None, None, None, None, None, None, 3.0)
    assert figures.waits_by_day([], WEEK).empty
    assert figures.slowest_tenth(WAITS[:1]) == "–"


def test_satisfaction_leaves_out_who_did_not_answer() -> None:
    chart = figures.satisfaction("x", "Hài lòng", "Kênh", [(one.channel, one) for one in RATED])
    assert chart.labels == ("web",)
    assert [series.values for series in chart.series] == [(6,), (0,), (2,)]


def test_channels_stand_in_rows_the_busiest_first() -> None:
    web, zalo = figures.channel_rows(COUNTS, TALKS, WAITS, RATED)
    assert (web.name, web.messages, web.contained, web.wait, web.satisfied) == (
        "Trang web",
        55,
        "80%",
        "2 phút 0 giây",
        "75%",
    )
    assert (zalo.messages, zalo.talks, zalo.wait, zalo.satisfied) == (5, 5, "10 phút", "–")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (9.4, "9 giây"), (61, "1 phút 1 giây"), (660, "11 phút"), (7384, "2 giờ 3 phút")],
)
def test_a_time_span_is_told_in_two_units(seconds: float | None, words: str) -> None:
    assert figures.duration(seconds) == words


@pytest.mark.parametrize(("value", "words"), [(0, "0"), (1234567, "1.234.567"), (2.5, "2,5"), (1234.5, "1.234,5")])
def test_numbers_are_written_as_here(value: float, words: str) -> None:
    assert figures.number(value) == words

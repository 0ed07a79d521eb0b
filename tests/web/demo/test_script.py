"""What the made-up people say, and when."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from bot.rating import said_score
from knowledge.days import VIETNAM
from nlu.personal import mask_personal
from nlu.text import has_accents
from web.demo.script import DONE, HELD, LIVE, TICKETS, WAITING, plan, read

MOMENTS = [datetime(2026, 11, 22, hour, 20, tzinfo=VIETNAM) for hour in (0, 9, 23)]


@pytest.mark.parametrize("now", MOMENTS, ids=lambda now: f"{now:%H:%M}")
def test_some_250_conversations_lie_in_the_day_before_and_the_day_so_far(now: datetime) -> None:
    planned = plan(now)
    assert 230 <= len(planned) <= 280
    assert all(one.starts < one.ends <= now for one in planned)
    yesterday = datetime(now.year, now.month, now.day, tzinfo=VIETNAM) - timedelta(days=1)
    assert min(one.starts for one in planned) >= yesterday - timedelta(minutes=30)
    assert Counter(one.channel for one in planned).keys() == {"web", "zalo", "telegram", "zalo_bot"}


def test_those_at_the_desk_come_last_and_just_now() -> None:
    now = MOMENTS[1]
    planned = plan(now)
    live = [one for one in planned if one.group in LIVE]
    assert planned[-len(live) :] == live
    assert {HELD, WAITING} == {one.group for one in live}
    assert all(now - one.ends < timedelta(minutes=30) for one in live)
    rest = [one.starts for one in planned if one.group not in LIVE]
    assert rest == sorted(rest)
    assert {DONE, TICKETS} <= {one.group for one in planned}


def test_a_moment_always_gives_the_same_day() -> None:
    assert plan(MOMENTS[1]) == plan(MOMENTS[1])


def test_people_write_in_different_ways() -> None:
    first = [one.turns[0] for one in plan(MOMENTS[1])]
    unaccented = sum(not has_accents(text) for text in first)
    assert 0.1 < unaccented / len(first) < 0.5
    assert len(set(first)) > 0.9 * len(first)


def test_a_rating_comes_at_the_end_or_before_a_comment() -> None:
    for one in plan(MOMENTS[1]):
        places = [place for place, turn in enumerate(one.turns) if said_score(turn)]
        assert places in ([], [len(one.turns) - 1], [len(one.turns) - 3])


def test_no_conversation_holds_a_number_of_a_person_but_those_that_show_masking() -> None:
    for group, lines in read().items():
        kinds = {kind for turns in lines for turn in turns for kind in mask_personal(turn).kinds}
        assert bool(kinds) == (group in ("personal", TICKETS)), group

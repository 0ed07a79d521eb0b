from __future__ import annotations

import pytest

from channels import rates
from channels.rates import Buckets


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_a_burst_and_then_one_at_a_time() -> None:
    clock = Clock()
    buckets = Buckets(0.5, 3, clock)
    assert [buckets.take("lan") for _ in range(3)] == [0, 0, 0]
    assert buckets.take("lan") == pytest.approx(2.0)
    assert buckets.take("minh") == 0
    clock.at += 2
    assert buckets.take("lan") == 0
    assert buckets.take("lan") > 0


def test_who_comes_back_when_told_is_let_in_however_the_fractions_add_up() -> None:
    clock = Clock()
    buckets = Buckets(20 / 60, 40, clock)
    for _ in range(40):
        assert buckets.take("lan") == 0
    for _ in range(500):
        clock.at += buckets.take("lan")
        assert buckets.take("lan") == 0


def test_a_token_can_be_given_back() -> None:
    buckets = Buckets(1, 1, Clock())
    assert buckets.take("lan") == 0
    buckets.give_back("lan")
    assert buckets.take("lan") == 0


def test_a_flood_is_new_when_the_bucket_was_full_in_between() -> None:
    clock = Clock()
    buckets = Buckets(1, 2, clock)
    for _ in range(3):
        buckets.take("lan")
    assert buckets.first("lan")
    assert not buckets.first("lan")
    clock.at += 1
    assert not buckets.first("lan")
    clock.at += 1
    assert buckets.first("lan")


def test_full_buckets_are_forgotten_and_others_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_FORGET_FROM", 100)
    clock = Clock()
    buckets = Buckets(1, 2, clock)
    for number in range(99):
        buckets.take(number)
    clock.at += 1
    buckets.take("lan")
    buckets.take("lan")
    buckets.take("minh")
    assert len(buckets._buckets) == 2
    assert buckets.take("lan") > 0

"""Which answers wait for staff."""

from __future__ import annotations

import pytest

from bot.approval import CHECKED, to_check
from bot.messages import Outcome, Reply
from storage.approvals import Rule

RULE = Rule("web", 0.8, 120)


def reply(outcome: Outcome = Outcome.ANSWERED, confidence: float = 0.5) -> Reply:
    return Reply("8.000 đồng", outcome, "fee", ("1.001193",), confidence=confidence)


def test_nothing_waits_without_a_rule_or_above_its_confidence() -> None:
    assert to_check([reply()], None) is None
    assert to_check([reply(confidence=0.8)], RULE) is None
    assert to_check([], RULE) is None


def test_the_least_certain_part_decides_and_the_whole_answer_waits() -> None:
    parts = [reply(confidence=0.95), reply(confidence=0.4)]
    held = to_check(parts, RULE)
    assert held is not None
    assert (held.confidence, held.wait_s) == (0.4, 120)
    assert [Reply.from_json(part) for part in held.replies] == parts


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - CHECKED))
def test_what_states_nothing_never_waits(outcome: Outcome) -> None:
    assert to_check([reply(outcome, 0.0)], RULE) is None

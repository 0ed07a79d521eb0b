"""Approve mode: an answer the assistant is not sure of is looked at by staff before the citizen gets it. Pure.

An answer that waits is never sent by itself: with nobody on line the citizen is told so at once, and after the set time
by the desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.messages import Outcome, Reply
from storage.approvals import Rule
from storage.desk_rows import HeldAnswer

CHECKED = frozenset({Outcome.ANSWERED, Outcome.PARTIAL, Outcome.CORRECTED, Outcome.CLARIFY})
"""What states something about procedures; greetings, forms and emergency numbers never wait."""


class Approval(Protocol):
    """Where the rules are kept (storage.approvals)."""

    def rule_of(self, channel: str) -> Rule | None:
        """Return the rule of a channel, None where nothing waits."""


def to_check(replies: Sequence[Reply], rule: Rule | None) -> HeldAnswer | None:
    """Return the answer as it waits for staff, None when it may be sent."""
    stated = [reply.confidence for reply in replies if reply.outcome in CHECKED]
    if rule is None or not stated or min(stated) >= rule.below:
        return None
    return HeldAnswer([reply.to_json() for reply in replies], min(stated), rule.wait_s)

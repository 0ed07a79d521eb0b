"""What the desk does by itself: leases that ran out, answers nobody looked at in time, staff who all went away.

Any process may do it; each conversation is a transaction of its own, in which somebody else may have been quicker.
"""

from __future__ import annotations

import asyncio
import logging

from bot import desk_phrases
from bot.messages import Reply
from web.desk.speaking import NotConnected
from web.desk.works import Works

log = logging.getLogger(__name__)

EVERY_S = 2.0


async def sweep(works: Works, staff_hours: str | None) -> None:
    """Look every EVERY_S until cancelled."""
    while True:
        try:
            if await asyncio.to_thread(sweep_once, works, staff_hours):
                works.wake()
        except Exception:
            log.exception("what ran out at the desk could not be looked at; trying again")
        await asyncio.sleep(EVERY_S)


def sweep_once(works: Works, staff_hours: str | None) -> int:
    """Look once and return how many conversations changed."""
    changed = len(works.desk.lapse())
    for checking in works.approvals.due():
        changed += _tell_late(works, checking.conversation_id, checking.id)
    for conversation_id in works.desk.abandoned():
        changed += _let_go(works, conversation_id, staff_hours)
    return changed


def _tell_late(works: Works, conversation_id: str, number: int) -> bool:
    try:
        told = works.speaker.notice(conversation_id, "expired", desk_phrases.not_checked_in_time)
    except NotConnected:
        return False  # another process has the channel
    if not works.approvals.expire(works.approvals.get(number), told):
        return False
    works.after_saying(conversation_id, told)
    return True


def _let_go(works: Works, conversation_id: str, staff_hours: str | None) -> bool:
    asks = works.speaker.asks_contact(conversation_id)

    def words(language: str) -> Reply:
        return desk_phrases.nobody_left(staff_hours, asks, language)

    try:
        told = works.speaker.notice(conversation_id, "nobody", words)
    except NotConnected:
        return False
    if not works.desk.let_go(conversation_id, told):
        return False
    works.after_saying(conversation_id, told)
    return True

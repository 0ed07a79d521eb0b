"""What Zalo tells besides messages, as changes in the database: staff wrote in the console, a person withdrew."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from sqlalchemy import Engine

from channels.zalo_events import CHANNEL
from storage.database import writing
from storage.people import Person, conversation_of, find_conversation, forget_person
from storage.schema import now
from storage.traces import delete_traces
from storage.zalo_takeovers import release_idle, take_over

log = logging.getLogger(__name__)

# Nobody tells us that staff are done: after so long without a word of theirs the assistant answers again.
HELD = timedelta(hours=2)
_LOOK_S = 60.0


class ZaloStaff:
    """The conversations of one database, as the account's console and its users change them."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def take_over(self, user_id: str, admin_id: str) -> None:
        """Keep the assistant silent with this person, also when staff write first."""
        with writing(self._engine) as connection:
            conversation_id = conversation_of(connection, CHANNEL, user_id)
        take_over(self._engine, conversation_id, admin_id, now())

    def forget(self, user_id: str) -> None:
        """Delete the person's conversation, questions and tickets."""
        person = Person(CHANNEL, user_id)
        conversation_id = find_conversation(self._engine, person)
        if conversation_id is not None:
            delete_traces(self._engine, conversation_id)
            forget_person(self._engine, person)

    async def release_idle(self) -> None:
        """Give conversations back to the assistant that staff left, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(release_idle, self._engine, now() - HELD)
            except Exception:
                log.exception("conversations held in the Zalo console could not be looked at")
            await asyncio.sleep(_LOOK_S)

"""What an operator watches of the desk, in Prometheus' text format. Names: docs/staff.md."""

from __future__ import annotations

import logging

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.desk_queue import counts, waiting_since
from storage.presence import ONLINE, colleagues
from web.metrics import head

log = logging.getLogger(__name__)


def desk_gauges(engine: Engine, open_streams: int) -> str:
    """Return how the desk stands; waits for the database. Nothing when that cannot be read."""
    try:
        found, oldest = counts(engine), waiting_since(engine)
        on_line = sum(one.presence == ONLINE for one in colleagues(engine))
    except SQLAlchemyError:
        # Missing numbers say that something is wrong; the process's own must still be told.
        log.exception("the state of the desk could not be read")
        return ""
    samples: list[tuple[str, str, float]] = [
        ("motcua_desk_waiting", "Conversations that wait for staff.", found.waiting),
        ("motcua_desk_held", "Conversations that staff have in hand.", sum(found.held.values())),
        ("motcua_desk_on_line", "Members of staff at the desk now.", on_line),
        ("motcua_desk_streams", "Open pages of the desk in this process.", open_streams),
    ]
    if oldest is not None:
        words = "When the conversation that waits longest came, in seconds since 1970."
        samples.append(("motcua_desk_oldest_waiting_seconds", words, oldest.timestamp()))
    lines = [line for name, words, value in samples for line in (*head(name, "gauge", words), f"{name} {value}")]
    return "".join(f"{line}\n" for line in lines)

"""What day it is: laws come into force and end by the calendar of Vietnam, wherever the server stands."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))  # no summer time


def today() -> date:
    """Return the date in Vietnam."""
    return datetime.now(VIETNAM).date()

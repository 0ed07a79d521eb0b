"""What the made-up people of the demonstration say, when and in which channel. Pure, and the same for a moment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import takewhile
from pathlib import Path

from bot.rating import said_score
from knowledge.days import VIETNAM
from nlu.text import fold

FILE = Path(__file__).parent / "said.txt"

TICKETS, WAITING, HELD, DONE, ANSWERED = "tickets", "waiting", "held", "done", "answered"
LIVE = (HELD, WAITING)
"""Groups of those who are at the desk when the demonstration begins."""

_CHANNELS = {"web": 45, "zalo": 30, "telegram": 15, "zalo_bot": 10}
_HOURS = (1, 0, 0, 0, 0, 1, 3, 7, 12, 13, 11, 7, 5, 8, 11, 10, 8, 6, 5, 7, 8, 6, 4, 2)  # how busy each hour is
_AFTER_HOURS = time(20, 40)
_POLITE = ("ad ơi ", "cho em hỏi ", "dạ ", "cho tôi hỏi ", "anh chị cho hỏi ", "")
_SCORES = {"hài lòng": 62, "bình thường": 14, "chưa hài lòng": 12, "": 12}
_TEMPO = timedelta(seconds=42)  # a message to the next
_DESK_TEMPO = timedelta(seconds=100)


@dataclass(frozen=True, slots=True)
class Planned:
    """One conversation: who says what in which channel, and from when to when."""

    group: str
    channel: str
    turns: tuple[str, ...]
    starts: datetime
    ends: datetime


def read(file: Path = FILE) -> dict[str, list[tuple[str, ...]]]:
    """Return the conversations of the file by group."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    mine: list[tuple[str, ...]] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("=="):
            mine = groups.setdefault(line.strip("= "), [])
        elif line and not line.startswith("#"):
            mine.append(tuple(turn.strip() for turn in line.split(" | ")))
    return groups


def plan(now: datetime, seed: int = 1022) -> list[Planned]:
    """Return about 250 conversations of the day before `now` and of the day so far, in the order they begin."""
    chance = random.Random(seed)  # noqa: S311 - made up, hides nothing
    groups = read()
    said = [(group, turns) for group, lines in groups.items() for turns in lines]
    said += [(ANSWERED, _otherwise(turns, chance)) for turns in groups[ANSWERED]]
    planned = [_placed(group, turns, now, chance) for group, turns in said]
    # Those at the desk come last: nobody before them may find the desk as they leave it.
    return sorted(planned, key=lambda one: (LIVE.index(one.group) if one.group in LIVE else -1, one.starts))


def _placed(group: str, turns: tuple[str, ...], now: datetime, chance: random.Random) -> Planned:
    channel = chance.choices(list(_CHANNELS), list(_CHANNELS.values()))[0]
    if group in LIVE:
        ends = now - timedelta(seconds=chance.randint(*((400, 1_500) if group == HELD else (60, 900))))
        return Planned(group, channel, turns, ends - _TEMPO * len(turns), ends)
    lasts = (_DESK_TEMPO if group == DONE else _TEMPO) * (len(turns) + (2 if group == DONE else 0))
    starts = _after_hours(now) if group == TICKETS else _moment(now, chance)
    starts = min(starts + timedelta(seconds=chance.randint(0, 900)), now - lasts - timedelta(minutes=2))
    return Planned(group, channel, turns, starts, starts + lasts * chance.uniform(0.6, 1.6))


def _moment(now: datetime, chance: random.Random) -> datetime:
    """Return a moment of yesterday or of today so far, at an hour when people ask."""
    here = now.astimezone(VIETNAM)
    today = datetime.combine(here.date(), time(), VIETNAM)
    days = [(today - timedelta(days=1), hour, busy) for hour, busy in enumerate(_HOURS)]
    days += [(today, hour, busy) for hour, busy in enumerate(_HOURS[: here.hour])]
    day, hour, _ = chance.choices(days, [busy for _, _, busy in days])[0]
    return day + timedelta(hours=hour, seconds=chance.randint(0, 3_000))


def _after_hours(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(VIETNAM).date() - timedelta(days=1), _AFTER_HOURS, VIETNAM)


def _otherwise(turns: tuple[str, ...], chance: random.Random) -> tuple[str, ...]:
    """Return the same matter as somebody else would type it, and rate."""
    asked = list(_before_rating(turns))
    first = asked[0].rstrip("?. ")
    if chance.random() < 0.8:
        first = chance.choice(_POLITE) + first[0].lower() + first[1:]
    asked[0] = first
    if chance.random() < 0.4:
        asked = [fold(turn) for turn in asked]
    elif chance.random() < 0.3:
        asked = [turn.lower() for turn in asked]
    if len(asked) > 1 and fold(asked[-1]).startswith(("cam on", "thank")):
        score = chance.choices(list(_SCORES), list(_SCORES.values()))[0]
        asked += [score] if score else []
    return tuple(asked)


def _before_rating(turns: tuple[str, ...]) -> Iterator[str]:
    return takewhile(lambda turn: said_score(turn) is None, turns)

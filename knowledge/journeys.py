"""Journeys: what there is to do in an event of life, step by step, from the files of `knowledge/journeys`.

A file gives order, plain titles and the code of each step's procedure. What it says of place and deadline stands in
that procedure's record, word for word (tests/knowledge/test_journeys.py); all else is read from the record when told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "journeys"
_ORDER = (
    *("birth", "marriage", "death", "moving", "lost", "home", "building", "business", "school", "abroad"),
    *("vehicle", "jobless", "retirement", "disability", "company"),
)


class BadJourney(ValueError):  # noqa: N818 - the file is what is bad
    """A file of a journey does not have the shape needed; the text says where and why."""


@dataclass(frozen=True, slots=True)
class JourneyStep:
    """One thing to do; `code` is empty where there is no procedure, `after` are the steps (from 1) before it."""

    title: str
    code: str = ""
    who: str = ""
    where: str = ""
    within: str = ""
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Together:
    """Steps (from 1) that one linked procedure (liên thông) does in one go; `name` is what people call it."""

    steps: tuple[int, ...]
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Journey:
    """The steps of one event of life; `ask` is how a person would ask about it."""

    key: str
    title: str
    ask: str
    steps: tuple[JourneyStep, ...]
    together: tuple[Together, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The procedures of its steps, in order, then the linked ones."""
        found = [step.code for step in self.steps if step.code] + [linked.code for linked in self.together]
        return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4)
def load_journeys(folder: Path = FOLDER) -> Mapping[str, Journey]:
    """Read all journeys by key, the most asked first. Raises BadJourney naming the file and what is wrong."""
    found = {}
    for path in folder.glob("*.yml"):
        try:
            journey = _read(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
            raise BadJourney(f"{path.name}: {error}") from error
        if journey.key != path.stem:
            raise BadJourney(f"{path.name}: the key is {journey.key!r}")
        found[journey.key] = journey
    last = len(_ORDER)
    return dict(sorted(found.items(), key=lambda item: (_ORDER.index(item[0]) if item[0] in _ORDER else last, item[0])))


def _read(data: dict[str, Any]) -> Journey:
    steps = tuple(JourneyStep(**(step | {"after": tuple(step.get("after", ()))})) for step in data["steps"])
    together = tuple(Together(tuple(item["steps"]), item["code"], item["name"]) for item in data.get("together", ()))
    for place, step in enumerate(steps, start=1):
        if any(before >= place or before < 1 for before in step.after):
            raise ValueError(f"step {place} can only come after earlier ones: {step.after}")
    if any(not 1 <= place <= len(steps) for linked in together for place in linked.steps):
        raise ValueError("together names a step that is not there")
    return Journey(data["key"], data["title"], data["ask"], steps, together)

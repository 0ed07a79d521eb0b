"""What a conversation is about, read back from the slots in which Rasa's tracker keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.places import Place

_RECENT = 8
SLOTS = ("focus", "recent", "facet", "pending", "chosen", "journey", "place")


@dataclass(frozen=True, slots=True)
class Memory:
    """What a conversation is about.

    The procedure in focus, those before it (latest first), the facet last told, the one that waits (`pending`) until
    the procedure is named, the answers given to case questions (`chosen`, by procedure), the journey under way, and
    where the asker is.
    """

    focus: str | None = None
    recent: tuple[str, ...] = ()
    facet: str | None = None
    pending: str | None = None
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    journey: str | None = None
    place: Place = field(default_factory=Place)

    def turn_to(self, code: str, facet: str | None) -> Memory:
        """Return the memory after `code` was answered."""
        others = tuple(known for known in (self.focus, *self.recent) if known and known != code)
        recent = tuple(dict.fromkeys(others))[:_RECENT]
        return replace(self, focus=code, recent=recent, facet=facet, pending=None)

    def choose(self, code: str, keys: tuple[str, ...]) -> Memory:
        """Return the memory after the case questions of `code` were answered so; those of old procedures fade."""
        others = {known: chosen for known, chosen in self.chosen.items() if known != code}
        kept = dict(list(others.items())[-_RECENT:])
        return replace(self, chosen=kept | {code: keys} if keys else kept)


def memory_from(slots: Mapping[str, Any]) -> Memory:
    """Return the memory that these slots hold; what is not set is empty."""
    place = slots.get("place") or {}
    return Memory(
        slots.get("focus"),
        tuple(slots.get("recent") or ()),
        slots.get("facet"),
        slots.get("pending"),
        {code: tuple(keys) for code, keys in (slots.get("chosen") or {}).items()},
        slots.get("journey"),
        Place(tuple(place.get("codes", ())), place.get("said", "")),
    )

"""What a conversation is about, read back from the slots in which Rasa's tracker keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.answering import Memory
from bot.places import Place

SLOTS = ("focus", "recent", "facet", "pending", "chosen", "journey", "place")


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

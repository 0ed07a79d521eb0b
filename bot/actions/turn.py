"""What every action needs: the message and memory read from Rasa's tracker, and a `Reply` sent back."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.memory import SLOTS, Memory, memory_from
from bot.messages import Reply


def said(tracker: Tracker) -> str:
    """Return what the person typed, masked, also where Rasa was given an intent instead."""
    return str(tracker.latest_message.get("metadata", {}).get("typed", ""))


def language_of(tracker: Tracker) -> str:
    """Return the language to answer in: that of the message, or of the conversation when the message is too short."""
    now = str(tracker.latest_message.get("metadata", {}).get("language", "vi"))
    return now if len(said(tracker).split()) > 2 else str(tracker.get_slot("language") or now)


def intent_of(tracker: Tracker) -> str:
    """Return the intent Rasa heard."""
    return str(tracker.get_intent_of_latest_message() or "ask")


def entity(tracker: Tracker, name: str) -> str:
    """Return the value of an entity of the latest message, "" when it has none."""
    return str(next(tracker.get_latest_entity_values(name), ""))


def personal_values(tracker: Tracker) -> list[tuple[str, str]]:
    """Return the personal numbers that were masked in this message, as (kind, value); they live in memory only."""
    return [(kind, value) for kind, value in tracker.latest_message.get("metadata", {}).get("personal", [])]


def memory_of(tracker: Tracker) -> Memory:
    """Return what the conversation is about."""
    return memory_from({name: tracker.get_slot(name) for name in SLOTS})


def remember(memory: Memory, language: str) -> list[EventType]:
    """Return the events that store what the conversation is about."""
    return [
        SlotSet("focus", memory.focus),
        SlotSet("recent", list(memory.recent)),
        SlotSet("facet", memory.facet),
        SlotSet("pending", memory.pending),
        SlotSet("chosen", {code: list(keys) for code, keys in memory.chosen.items()}),
        SlotSet("journey", memory.journey),
        SlotSet("place", {"codes": list(memory.place.codes), "said": memory.place.said}),
        SlotSet("language", language),
    ]


def send(dispatcher: CollectingDispatcher, reply: Reply) -> None:
    """Send one reply whole."""
    body: dict[str, Any] = reply.to_json()
    dispatcher.utter_message(json_message=body)

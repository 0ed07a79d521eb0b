"""Actions that carry no facts: greeting, thanks, help, starting over."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot import phrases
from bot.actions.turn import intent_of, language_of, memory_of, remember, send
from bot.memory import Memory


class SmallTalk(Action):  # type: ignore[misc]
    """Answers a greeting, thanks, a farewell, a question about itself, a bare yes or no."""

    def name(self) -> str:
        """Return the name the rules call it by."""
        return "action_smalltalk"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: object) -> list[EventType]:
        """Send the phrase that fits the intent."""
        language = language_of(tracker)
        send(dispatcher, phrases.smalltalk(intent_of(tracker), language, memory_of(tracker).focus))
        return [SlotSet("language", language)]


class RestartTopic(Action):  # type: ignore[misc]
    """Forgets what was talked about."""

    def name(self) -> str:
        """Return the name the rules call it by."""
        return "action_restart_topic"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: object) -> list[EventType]:
        """Clear the memory and say so."""
        language = language_of(tracker)
        send(dispatcher, phrases.started_over(language))
        return remember(Memory(), language)

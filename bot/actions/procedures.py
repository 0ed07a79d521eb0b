"""Actions that answer from the catalogue: a question, a tapped suggestion, the way back to an earlier procedure."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from bot import phrases
from bot.actions.turn import entity, intent_of, language_of, memory_of, remember, said, send
from bot.answering import Answering
from bot.choices import parse_token
from bot.following import follow


class AnswerQuestion(Action):  # type: ignore[misc]
    """Answers what was asked, or asks back, corrects or declines."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def name(self) -> str:
        """Return the name the rules call it by."""
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: object) -> list[EventType]:
        """Send the reply and remember the procedure it is about."""
        language = language_of(tracker)
        replies, memory = self._answering.answer(said(tracker), memory_of(tracker), language, intent_of(tracker))
        for reply in replies:
            send(dispatcher, reply)
        return remember(memory, language)


class FollowChoice(Action):  # type: ignore[misc]
    """Does what a tapped or typed suggestion stands for."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def name(self) -> str:
        """Return the name the rules call it by."""
        return "action_choose"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: object) -> list[EventType]:
        """Send what was chosen: a facet, a case, an event of life."""
        language = str(tracker.get_slot("language") or "vi")
        choice = parse_token(entity(tracker, "token"))
        if choice is None:
            send(dispatcher, phrases.stale_button(language))
            return []
        reply, memory = follow(self._answering, choice, memory_of(tracker), language)
        send(dispatcher, reply)
        return remember(memory, language)


class GoBack(Action):  # type: ignore[misc]
    """Takes up a procedure that was talked about before."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def name(self) -> str:
        """Return the name the rules call it by."""
        return "action_go_back"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: object) -> list[EventType]:
        """Send what was asked of the earlier procedure, or its overview."""
        language = language_of(tracker)
        replies, memory = self._answering.back_to(said(tracker), memory_of(tracker), language)
        for reply in replies:
            send(dispatcher, reply)
        return remember(memory, language)

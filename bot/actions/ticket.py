"""Actions that pass a conversation to a person: a ticket with a contact and a reason, filled in by a form.

The contact goes into the ticket as it was typed; what the dialogue remembers, and everything that is logged, holds
only its kind ("số điện thoại").
"""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot import desk_phrases, phrases
from bot.actions.turn import intent_of, language_of, memory_of, personal_values, said, send
from bot.handoff import Handoff

# Kinds of nlu.personal by which a person can be reached.
_REACHABLE = ("số điện thoại", "địa chỉ thư điện tử")
_UNWILLING = "không để lại"


class OpenTicket(Action):  # type: ignore[misc]
    """Opens the ticket; nothing is said here, the form asks for the contact."""

    def __init__(self, handoff: Handoff) -> None:
        self._handoff = handoff

    def name(self) -> str:
        """Return the name the rules call it by."""
        return "action_open_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: object) -> list[EventType]:
        """Store a ticket that staff see even if the form is never completed."""
        number = self._handoff.open(tracker.sender_id, memory_of(tracker).focus)
        complained = intent_of(tracker) == "complain"
        return [
            SlotSet("ticket", number),
            SlotSet("contact", None),
            # A complaint tells its reason in its first words; asking again would tire people.
            SlotSet("reason", self._handoff.note_reason(number, said(tracker)) if complained else None),
            SlotSet("language", language_of(tracker)),
        ]


class AskContact(Action):  # type: ignore[misc]
    """Tells honestly when someone will answer and asks how to reach the person."""

    def __init__(self, handoff: Handoff) -> None:
        self._handoff = handoff

    def name(self) -> str:
        """Return the name Rasa's form calls it by."""
        return "action_ask_ticket_form_contact"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: object) -> list[EventType]:
        """Send the question, the first time with what will happen next; with staff on line, none is needed."""
        language = str(tracker.get_slot("language") or "vi")
        if intent_of(tracker) in ("request_person", "complain", "choose"):
            line = self._handoff.line()
            if line is not None:
                # The form stays open behind: should everybody leave the desk, it asks for the contact after all.
                send(dispatcher, desk_phrases.queued(line.waiting, line.minutes, language))
                return [SlotSet("awaited", True)]
            send(dispatcher, phrases.handed_off(int(tracker.get_slot("ticket")), self._handoff.staff_hours, language))
        else:
            send(dispatcher, phrases.ask_contact(language))
        return []


class AskReason(Action):  # type: ignore[misc]
    """Asks what the person needs."""

    def name(self) -> str:
        """Return the name Rasa's form calls it by."""
        return "action_ask_ticket_form_reason"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: object) -> list[EventType]:
        """Send the question."""
        send(dispatcher, phrases.ask_reason(str(tracker.get_slot("language") or "vi")))
        return []


class ValidateTicketForm(FormValidationAction):  # type: ignore[misc]
    """Reads the contact and the reason out of what was typed and writes them into the ticket."""

    def __init__(self, handoff: Handoff) -> None:
        self._handoff = handoff

    def name(self) -> str:
        """Return the name Rasa's form calls it by."""
        return "validate_ticket_form"

    async def extract_contact(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Take a phone number or e-mail from the message, or a refusal to leave one."""
        if tracker.get_slot("requested_slot") != "contact" or tracker.get_slot("contact"):
            return {}
        reachable = [(kind, value) for kind, value in personal_values(tracker) if kind in _REACHABLE]
        if reachable:
            self._handoff.note_contact(int(tracker.get_slot("ticket")), ", ".join(value for _, value in reachable))
            return {"contact": ", ".join(dict.fromkeys(kind for kind, _ in reachable))}
        return {"contact": _UNWILLING} if intent_of(tracker) == "deny" else {}

    async def extract_reason(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Take whatever was typed when the reason was asked for."""
        if tracker.get_slot("requested_slot") != "reason" or tracker.get_slot("reason"):
            return {}
        if intent_of(tracker) in ("stop", "start_over"):
            return {}  # no reason: the rules give the ticket up
        return {"reason": self._handoff.note_reason(int(tracker.get_slot("ticket")), said(tracker))}


class CloseTicket(Action):  # type: ignore[misc]
    """Confirms the complete ticket."""

    def __init__(self, handoff: Handoff) -> None:
        self._handoff = handoff

    def name(self) -> str:
        """Return the name the rules call it by."""
        return "action_close_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: object) -> list[EventType]:
        """Send the ticket's number and forget the form."""
        language = str(tracker.get_slot("language") or "vi")
        reachable = tracker.get_slot("contact") != _UNWILLING
        number = int(tracker.get_slot("ticket"))
        send(dispatcher, phrases.ticket_complete(number, self._handoff.staff_hours, language, reachable=reachable))
        return _FORGET


class CancelTicket(Action):  # type: ignore[misc]
    """Gives the ticket up when the person says so."""

    def __init__(self, handoff: Handoff) -> None:
        self._handoff = handoff

    def name(self) -> str:
        """Return the name the rules call it by."""
        return "action_cancel_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: object) -> list[EventType]:
        """Withdraw the ticket and confirm."""
        self._handoff.withdraw(int(tracker.get_slot("ticket")))
        send(dispatcher, phrases.ticket_cancelled(str(tracker.get_slot("language") or "vi")))
        return _FORGET


_FORGET: list[EventType] = [SlotSet("ticket", None), SlotSet("contact", None), SlotSet("reason", None)]

"""Passing a conversation to a person: the ticket that waits for staff, and what we may promise about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from storage.presence import Line

_LONGEST_REASON = 1_000


class TicketStore(Protocol):
    """Where tickets are kept (storage.tickets)."""

    def open(self, conversation_id: str, contact: str, reason: str) -> int: ...
    def update(self, number: int, *, contact: str | None = None, reason: str | None = None) -> None: ...
    def withdraw(self, number: int) -> None: ...


class Lines(Protocol):
    """Who tells how long the line at the desk is (storage.presence)."""

    def line(self) -> Line | None: ...


@dataclass(frozen=True, slots=True)
class Handoff:
    """Opens and fills in tickets. `staff_hours`: when staff look at them, in words; None when nobody is on duty.

    `desk` tells who waits for those who are on line; None where there is no desk.
    """

    tickets: TicketStore
    staff_hours: str | None = None
    desk: Lines | None = None

    def line(self) -> Line | None:
        """Return the line at the desk; None when nobody is there to answer now."""
        return self.desk.line() if self.desk else None

    def open(self, conversation_id: str, procedure: str | None) -> int:
        """Open a ticket and return its number; the procedure talked about is noted for staff."""
        return self.tickets.open(conversation_id, "", f"Thủ tục {procedure}" if procedure else "")

    def note_contact(self, number: int, contact: str) -> None:
        """Write how the person can be reached."""
        self.tickets.update(number, contact=contact)

    def note_reason(self, number: int, reason: str) -> str:
        """Write what the person needs and return it as kept."""
        kept = reason[:_LONGEST_REASON]
        self.tickets.update(number, reason=kept)
        return kept

    def withdraw(self, number: int) -> None:
        """Take the ticket back."""
        self.tickets.withdraw(number)

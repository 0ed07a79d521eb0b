"""What the dialogue can do: one file a job."""

from __future__ import annotations

from rasa_sdk import Action

from bot.actions.procedures import AnswerQuestion, FollowChoice, GoBack
from bot.actions.smalltalk import RestartTopic, SmallTalk
from bot.actions.ticket import AskContact, AskReason, CancelTicket, CloseTicket, OpenTicket, ValidateTicketForm
from bot.answering import Answering
from bot.handoff import Handoff


def all_actions(answering: Answering, handoff: Handoff) -> list[Action]:
    """Return every action of bot/domain/domain.yml, ready to run."""
    return [
        AnswerQuestion(answering),
        FollowChoice(answering),
        GoBack(answering),
        SmallTalk(),
        RestartTopic(),
        OpenTicket(handoff),
        AskContact(handoff),
        AskReason(),
        ValidateTicketForm(handoff),
        CloseTicket(handoff),
        CancelTicket(handoff),
    ]

"""What a tapped suggestion leads to: a facet, a case of a procedure, an event of life, one of its steps."""

from __future__ import annotations

from dataclasses import replace

from bot import cases, journeys, phrases
from bot.answering import Answering
from bot.choices import Choice
from bot.memory import Memory
from bot.messages import Reply
from knowledge.types import Facet


def follow(answering: Answering, choice: Choice, memory: Memory, language: str) -> tuple[Reply, Memory]:
    """Return the reply to a tapped suggestion and what the conversation is about after it."""
    match choice.act:
        case "case":
            return _in_case(answering, choice, memory, language)
        case "journeys":
            return journeys.list_journeys(language, choice.page), memory
        case "journey":
            return answering.journey(choice.option, memory, language, choice.page)
        case "place":
            return answering.at_place(choice.option, memory, language)
        case "step":
            return _step(answering, choice, memory, language)
        case _:
            return answering.about(choice.code, choice.facet, choice.page, memory, language)


def _in_case(answering: Answering, choice: Choice, memory: Memory, language: str) -> tuple[Reply, Memory]:
    """Tell a facet for the case chosen; without one, ask again."""
    procedure = answering.procedures.get(choice.code)
    if procedure is None:
        return phrases.withdrawn(choice.code, language), memory
    chosen = cases.put(procedure, memory.chosen.get(choice.code, ()), choice.option)
    instead = cases.instead_of(procedure, chosen)
    if instead and answering.procedures.get(instead):
        return answering.about(instead, choice.facet, 0, memory, language)
    return answering.about(choice.code, choice.facet, 0, memory.choose(choice.code, chosen), language)


def _step(answering: Answering, choice: Choice, memory: Memory, language: str) -> tuple[Reply, Memory]:
    """Tell about a step of a journey, which is remembered for the way back."""
    step = journeys.step_of(choice.option, choice.page)
    if step is None:
        return journeys.list_journeys(language), memory
    memory = replace(memory, journey=choice.option)
    if not step.code:
        return journeys.tell_uncoded(choice.option, step, language), memory
    return answering.about(step.code, Facet.OVERVIEW, 0, memory, language)

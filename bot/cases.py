"""A facet told for one case of a procedure: the usual case first, and the one question that tells whose case it is.

What is told is always the record's own (`knowledge.cases.narrow` only leaves out); the answers given are remembered
with the conversation, by procedure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot import answers
from bot.choices import Choice, parse_token
from bot.facets import body
from bot.facets.layout import MOST_SUGGESTIONS, PAGE_LENGTH, join_parts
from bot.facets.words import say
from bot.messages import Reply, Suggestion
from knowledge.cases import EVERY_CASE, CaseQuestion, Cases, cases_of, load_cases, narrow
from knowledge.types import Facet, Procedure
from nlu.facets import find_facets, topic
from nlu.situations import EVERY_CASE_ASKED, OTHER_CASE
from nlu.text import syllables

_BESIDE_OPTIONS = 2
"""Suggestions that stand beside the answers to a case question."""
_VAGUE = frozenset({"steps", "overview"})  # what "thì sao" and "là gì" ask for
_LITTLE = 1  # syllable that may be left of a message that does nothing but tell a case


def tell(
    procedure: Procedure, facet: Facet, language: str, chosen: Sequence[str] = (), page: int = 0, *, ask: bool = True
) -> Reply:
    """Answer one facet for the case chosen, or for the usual one with the question that matters after it.

    With `ask` off, and in a summary, nothing is asked: the record is told whole where no case is known.
    """
    cases = cases_of(procedure)
    if cases is None or not any(question.matters_for(facet) for question in cases.questions):
        return answers.answer(procedure, facet, language, page)
    question = cases.open_question(chosen, facet) if ask and facet is not Facet.OVERVIEW else None
    if EVERY_CASE in chosen or (question is None and not _chosen_case(cases, facet, chosen, language)):
        return _with_other_case(answers.answer(procedure, facet, language, page), cases, facet, chosen, language)
    told = body(narrow(procedure, cases, chosen), facet, language)
    told = replace(told, lead=join_parts(_chosen_case(cases, facet, chosen, language), told.lead))
    plain = answers.lay_out(procedure, facet, told, language, page)
    if question is None or page:
        return _with_other_case(plain, cases, facet, chosen, language)
    listed = _listed(question, language)
    # Where the question would push papers off the page, it is put in one line.
    note = listed if len(plain.text) + len(listed) < PAGE_LENGTH else _in_line(question, language)
    reply = answers.lay_out(procedure, facet, replace(told, notes=(*told.notes, note)), language, page)
    options = _options(procedure.code, facet, question, language)
    return replace(reply, suggestions=(*options, *_beside(reply.suggestions)))


def settle(procedure: Procedure, text: str, chosen: Sequence[str]) -> tuple[str, ...]:
    """Return the answers to a procedure's case questions after a message: what it says wins over what was chosen."""
    cases = cases_of(procedure)
    if cases is None:
        return ()
    if EVERY_CASE_ASKED.found_in(text):
        return (EVERY_CASE,)
    if OTHER_CASE.found_in(text):
        chosen = ()
    heard = cases.answered_by(text)
    if not heard:
        return tuple(chosen)
    return cases.choose(() if EVERY_CASE in chosen else chosen, heard)


def put(procedure: Procedure, chosen: Sequence[str], key: str) -> tuple[str, ...]:
    """Return the answers after the suggestion of `key` was tapped; "" asks everything again."""
    cases = cases_of(procedure)
    if cases is None or not key:
        return ()
    return cases.choose(() if EVERY_CASE in chosen else chosen, (key,))


def tells_case_only(procedure: Procedure, text: str) -> bool:
    """Tell whether a message is nothing but the answer to one of the procedure's case questions, or asks for another.

    "nếu nhờ người khác đi thì sao" is; "nhờ người khác làm hộ chiếu" names a matter of its own.
    """
    cases = cases_of(procedure)
    if cases is None:
        return False
    if OTHER_CASE.found_in(text) or EVERY_CASE_ASKED.found_in(text):
        return True
    if not cases.answered_by(text):
        return False
    return _says_little_else(cases, text)


def facet_of_case(procedure: Procedure, *asked: str | None) -> Facet:
    """Return the facet to tell when only a case was said: the first one asked where cases differ, or the papers."""
    cases = cases_of(procedure)
    questions = cases.questions if cases else ()
    facets = [Facet(name) for name in asked if name and name != Facet.OVERVIEW]
    differing = (facet for facet in facets if any(question.matters_for(facet) for question in questions))
    return next(differing, Facet.DOCUMENTS)


def match_said(text: str, offered: Sequence[Suggestion]) -> Suggestion | None:
    """Return the suggestion of a case question that a message answers in its own words ("em là người bán"), if any.

    A message that asks for something too is left to the dialogue.
    """
    if set(find_facets(text)) - _VAGUE:
        return None
    for suggestion in offered:
        choice = parse_token(suggestion.payload or "")
        cases = load_cases().get(choice.code) if choice and choice.act == "case" else None
        if choice and cases and choice.option in cases.answered_by(text) and _says_little_else(cases, text):
            return suggestion
    return None


def instead_of(procedure: Procedure, chosen: Sequence[str]) -> str:
    """Return the code of the procedure that is the right one in the case chosen, "" when it is this one."""
    cases = cases_of(procedure)
    options = [cases.option(key) for key in chosen] if cases else []
    return next((option.instead for option in options if option and option.instead), "")


def _says_little_else(cases: Cases, text: str) -> bool:
    for words in cases.words():
        text = words.remove_from(text)
    return len(syllables(topic(text))) <= _LITTLE


def _chosen_case(cases: Cases, facet: Facet, chosen: Sequence[str], language: str) -> str:
    """Say for which of the person's cases this is told; "" when none was chosen that matters here."""
    asked = [question for question in cases.questions if question.matters_for(facet)]
    told = [option.label for question in asked for option in question.options if option.key in chosen]
    return say(language, "case", labels="; ".join(told)) if told else ""


def _numbered(question: CaseQuestion, language: str) -> list[str]:
    """Return the answers with their numbers, the one that is told marked; the last shows every case."""
    shown = say(language, "case_shown")
    labels = [f"{option.label} ({shown})" if option.usual else option.label for option in question.options]
    return [f"{number}. {label}" for number, label in enumerate((*labels, say(language, "every_case")), start=1)]


def _listed(question: CaseQuestion, language: str) -> str:
    options = _numbered(question, language)
    how = say(language, "clarify_how", numbers=", ".join(str(number + 1) for number in range(len(options))))
    return join_parts(say(language, "case_ask", ask=question.ask), *options, how)


def _in_line(question: CaseQuestion, language: str) -> str:
    return f"{say(language, 'case_ask', ask=question.ask)} {'; '.join(_numbered(question, language))}."


def _options(code: str, facet: Facet, question: CaseQuestion, language: str) -> tuple[Suggestion, ...]:
    answered = [(option.label, option.key) for option in question.options]
    every = (say(language, "every_case"), EVERY_CASE)
    return tuple(
        Suggestion(label, Choice("case", code, facet.value, option=key).token()) for label, key in (*answered, every)
    )


def _beside(suggestions: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
    """Return the few suggestions to keep beside a case question: the first, and the official page."""
    links = tuple(suggestion for suggestion in suggestions if suggestion.url)
    others = tuple(suggestion for suggestion in suggestions if not suggestion.url)
    return (*others[: _BESIDE_OPTIONS - len(links)], *links)


def _with_other_case(reply: Reply, cases: Cases, facet: Facet, chosen: Sequence[str], language: str) -> Reply:
    """Offer to choose another case where one is chosen that matters for the facet."""
    keys = {option.key for question in cases.questions if question.matters_for(facet) for option in question.options}
    if not keys & set(chosen) and EVERY_CASE not in chosen:
        return reply
    other = Suggestion(say(language, "other_case"), Choice("case", cases.code, facet.value).token())
    links = tuple(suggestion for suggestion in reply.suggestions if suggestion.url)
    rest = tuple(suggestion for suggestion in reply.suggestions if not suggestion.url)
    return replace(reply, suggestions=(*rest[: MOST_SUGGESTIONS - 1 - len(links)], other, *links))

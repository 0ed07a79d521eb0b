"""The words of an answer: procedures and what was asked in, a complete Reply with its sources out. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.choices import Choice
from bot.facets import body
from bot.facets.body import Body
from bot.facets.claims import Verdict, judge_amount, judge_duration
from bot.facets.costs import time_text
from bot.facets.joining import combine
from bot.facets.labels import distinguishing_labels
from bot.facets.layout import LAST_PAGE, MOST_SUGGESTIONS, join_parts, pages, source, suggestions
from bot.facets.words import say
from bot.formatting import money
from bot.messages import Outcome, Reply, Suggestion
from knowledge.types import Duration, Facet, Procedure, Unit

__all__ = ["answer", "clarify", "combine", "confirm_or_correct", "lay_out"]


def answer(procedure: Procedure, facet: Facet, language: str = "vi", page: int = 0) -> Reply:
    """Answer one facet of one procedure; `page` counts from 0 and stops at the last page."""
    return lay_out(procedure, facet, body(procedure, facet, language), language, page)


def lay_out(procedure: Procedure, facet: Facet, told: Body, language: str, page: int = 0) -> Reply:
    """Make the reply that tells these facts of a facet."""
    texts = pages(procedure, facet, told, language)
    last = min(len(texts) - 1, LAST_PAGE)
    number = min(max(page, 0), last)
    return Reply(
        text=texts[number],
        outcome=Outcome.ANSWERED,
        facet=facet.value,
        procedures=(procedure.code,),
        sources=(source(procedure, facet),),
        suggestions=suggestions(procedure, facet, language, number + 1 if number < last else None),
        attachments=told.attachments,
    )


def clarify(options: Sequence[Procedure], facet: Facet | None = None, language: str = "vi") -> Reply:
    """Ask which of several procedures is meant, best first; choosing one answers `facet`, or its summary."""
    labels = distinguishing_labels(options)
    wanted = facet or Facet.OVERVIEW
    choices = [
        Suggestion(label, Choice("facet", option.code, wanted.value).token())
        for label, option in zip(labels, options, strict=True)
    ]
    numbered = [f"{number}. {label}" for number, label in enumerate(labels, 1)]
    none_of_these = say(language, "none_of_these")
    numbered.append(f"{len(labels) + 1}. {none_of_these}")
    how = say(language, "clarify_how", numbers=", ".join(str(number) for number in range(1, len(numbered) + 1)))
    return Reply(
        text=join_parts(say(language, "clarify"), *numbered, how),
        outcome=Outcome.CLARIFY,
        facet=facet.value if facet else None,
        procedures=tuple(option.code for option in options),
        suggestions=(*choices, Suggestion(none_of_these, Choice("human").token())),
    )


def confirm_or_correct(
    procedure: Procedure, claim_kind: str, value: int, unit: str | None = None, language: str = "vi"
) -> Reply:
    """Hold a number someone was told against the record: confirm it, correct it, or say that it cannot be known.

    `claim_kind` is "amount" (`value` in đồng) or "duration" (`unit` a `Unit` value, None when not said).
    """
    if claim_kind == "amount":
        return _about_amount(procedure, value, language)
    return _about_duration(procedure, value, Unit(unit) if unit else None, language)


def _about_amount(procedure: Procedure, value: int, language: str) -> Reply:
    verdict, highest = judge_amount(procedure, value)
    keys = {Verdict.RIGHT: "claim_right", Verdict.WRONG: "claim_wrong", Verdict.UNKNOWN: "claim_fee_unknown"}
    lead = say(language, keys[verdict], claim=money(value))
    too_high = verdict is Verdict.WRONG and value > highest
    reply = _judged(procedure, Facet.FEE, verdict, lead, say(language, "claim_report") if too_high else "", language)
    if not too_high:
        return reply
    report = Suggestion(say(language, "report"), Choice("human").token())
    return replace(reply, suggestions=(report, *reply.suggestions)[:MOST_SUGGESTIONS])


def _about_duration(procedure: Procedure, value: int, unit: Unit | None, language: str) -> Reply:
    verdict, meant = judge_duration(procedure, value, unit)
    claim = time_text(meant or Duration(value, unit or Unit.DAY), language)
    keys = {
        Verdict.RIGHT: "claim_right",
        Verdict.WORKING_DAYS: "claim_working_days",
        Verdict.WRONG: "claim_wrong",
        Verdict.UNKNOWN: "claim_time_unknown",
    }
    return _judged(procedure, Facet.DURATION, verdict, say(language, keys[verdict], claim=claim), "", language)


def _judged(procedure: Procedure, facet: Facet, verdict: Verdict, lead: str, note: str, language: str) -> Reply:
    """Put the verdict before the facts of the facet."""
    told = body(procedure, facet, language)
    advice = say(language, "ask_first") if verdict is Verdict.UNKNOWN else ""
    notes = dict.fromkeys(part for part in (*told.notes, note, advice) if part)
    lines = told.lines if len(told.lines) > 1 or (told.lines[:1] != () and told.lines[0].text not in lead) else ()
    texts = pages(procedure, facet, replace(told, lead=lead, lines=lines, notes=tuple(notes)), language)
    outcomes = {Verdict.WRONG: Outcome.CORRECTED, Verdict.UNKNOWN: Outcome.ABSTAINED}
    return Reply(
        text=texts[0],
        outcome=outcomes.get(verdict, Outcome.ANSWERED),
        facet=facet.value,
        procedures=(procedure.code,),
        sources=(source(procedure, facet),),
        # "Xem đủ" begins again: with the verdict on top, this page holds less than the facet's own first page.
        suggestions=suggestions(procedure, facet, language, 0 if len(texts) > 1 else None),
    )

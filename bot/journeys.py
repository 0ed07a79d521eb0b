"""Events of life in words: the steps of a journey with their sources, the list of all journeys, the way back to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.choices import Choice
from bot.facets.layout import MOST_SUGGESTIONS, PAGE_LENGTH, join_parts, source
from bot.facets.words import say
from bot.formatting import PAGE_LINES, day
from bot.messages import Outcome, Reply, Suggestion
from knowledge.journeys import Journey, JourneyStep, Together, load_journeys
from knowledge.types import Facet, Procedure

Get = Callable[[str], Procedure | None]


@dataclass(frozen=True, slots=True)
class _Told:
    """A step as it is told: its place in the file, and what it says without its number."""

    place: int
    step: JourneyStep


def tell_journey(key: str, get: Get, language: str, page: int = 0) -> Reply | None:
    """Tell the steps of a journey, with a suggestion for each; None when there is no such journey.

    Steps whose procedure is not published are left out: nothing could be told of them. `page` counts from 0 and stops
    at the last page. The steps of earlier pages are offered again, so that "2" always means the second.
    """
    journey = load_journeys().get(key)
    if journey is None:
        return None
    records = {code: record for code in journey.codes if (record := get(code))}
    told = [_Told(place, step) for place, step in enumerate(journey.steps, 1) if not step.code or step.code in records]
    together = [linked for linked in journey.together if linked.code in records]
    shown = _pages(journey, told, together, records, language)
    number = min(max(page, 0), len(shown) - 1)
    text, codes, last = shown[number]
    more = number < len(shown) - 1
    return Reply(
        text=text,
        outcome=Outcome.ANSWERED,
        facet=Facet.STEPS.value,
        procedures=codes,
        sources=tuple(source(records[code], Facet.STEPS) for code in codes),
        suggestions=(
            *(Suggestion(step.step.title, Choice("step", option=key, page=step.place).token()) for step in told[:last]),
            *(
                Suggestion(linked.name, Choice("facet", linked.code, Facet.OVERVIEW.value).token())
                for linked in together
            ),
            *(
                [Suggestion(say(language, "more"), Choice("journey", option=key, page=number + 1).token())]
                if more
                else []
            ),
        ),
    )


def step_of(key: str, place: int) -> JourneyStep | None:
    """Return a step of a journey by its place, from 1."""
    journey = load_journeys().get(key)
    return journey.steps[place - 1] if journey and 1 <= place <= len(journey.steps) else None


def tell_uncoded(key: str, step: JourneyStep, language: str) -> Reply:
    """Say of a step without a procedure that there is nothing more to tell."""
    text = join_parts(step.title, say(language, "journey_uncoded"))
    return with_way_back(Reply(text, Outcome.ANSWERED, Facet.STEPS.value), key, language)


def list_journeys(language: str, page: int = 0) -> Reply:
    """Ask which event of life it is; what does not fit on seven lines is behind "Xem đủ"."""
    journeys = list(load_journeys().values())
    most = PAGE_LINES - 1  # the last line leads to the next page
    number = min(max(page, 0), (len(journeys) - 1) // most)
    shown = journeys[number * most : (number + 1) * most]
    offers = [Suggestion(journey.title, Choice("journey", option=journey.key).token()) for journey in shown]
    if (number + 1) * most < len(journeys):
        offers.append(Suggestion(say(language, "more"), Choice("journeys", page=number + 1).token()))
    lines = [f"{place}. {offer.label}" for place, offer in enumerate(offers, start=1)]
    how = say(language, "clarify_how", numbers=", ".join(str(place) for place in range(1, len(offers) + 1)))
    return Reply(join_parts(say(language, "journeys"), *lines, how), Outcome.SMALLTALK, suggestions=tuple(offers))


def with_way_back(reply: Reply, key: str | None, language: str) -> Reply:
    """Offer the way back to the journey that the reply's procedure is a step of."""
    journey = load_journeys().get(key or "")
    if journey is None or not (set(reply.procedures) <= set(journey.codes)):
        return reply
    back = Suggestion(say(language, "journey_back", title=journey.title), Choice("journey", option=journey.key).token())
    links = tuple(suggestion for suggestion in reply.suggestions if suggestion.url)
    others = tuple(suggestion for suggestion in reply.suggestions if not suggestion.url)
    room = max(MOST_SUGGESTIONS, len(reply.suggestions)) - 1 - len(links)
    return replace(reply, suggestions=(*others[:room], back, *links))


def belongs_to(code: str | None, key: str | None) -> bool:
    """Tell whether a procedure is part of a journey."""
    journey = load_journeys().get(key or "")
    return journey is not None and code in journey.codes


def _pages(
    journey: Journey,
    told: Sequence[_Told],
    together: Sequence[Together],
    records: Mapping[str, Procedure],
    language: str,
) -> list[tuple[str, tuple[str, ...], int]]:
    """Return each page with the codes it names and how many steps are told by its end.

    A page has as many steps as fit on seven lines and in `PAGE_LENGTH`.
    """
    numbers = {step.place: number for number, step in enumerate(told, start=1)}
    joint = [_together(linked, numbers, language) for linked in together]
    pages: list[tuple[str, tuple[str, ...], int]] = []
    left = list(told)
    while left:
        extra, linked = (joint, [item.code for item in together]) if not pages else ([], [])
        for count in range(min(len(left), PAGE_LINES - len(extra)), 0, -1):
            shown = left[:count]
            codes = tuple(dict.fromkeys([step.step.code for step in shown if step.step.code] + linked))
            lines = [f"{numbers[step.place]}. {_line(step.step, numbers, language)}" for step in shown]
            hint = say(language, "more_hint") if count < len(left) else ""
            text = _laid_out(journey, [*lines, *extra], [hint], [records[code] for code in codes], language)
            if len(text) <= PAGE_LENGTH:
                break
        left = left[count:]
        pages.append((text, codes, len(told) - len(left)))
    return pages


def _laid_out(
    journey: Journey, lines: Sequence[str], notes: Sequence[str], records: Sequence[Procedure], language: str
) -> str:
    dates = sorted(record.updated_at for record in records if record.updated_at)
    span = [day(dates[0]), day(dates[-1])] if dates else ["–"]
    sources = say(
        language,
        "journey_sources",
        publisher=say(language, "portal"),
        codes=", ".join(record.code for record in records),
        dates=f" {say(language, 'to')} ".join(dict.fromkeys(span)),
    )
    head = say(language, "journey", title=journey.title)
    return join_parts(head, *lines, *notes, say(language, "journey_how"), sources if records else "")


def _line(step: JourneyStep, numbers: Mapping[int, int], language: str) -> str:
    """Say what, who, where, until when and after which other step."""
    before = [str(numbers[place]) for place in step.after if place in numbers]
    order = say(language, "journey_after", numbers=", ".join(before)) if before else ""
    details = "; ".join(part for part in (step.who, step.where, step.within, order) if part)
    return f"{step.title} – {details}" if details else step.title


def _together(linked: Together, numbers: Mapping[int, int], language: str) -> str:
    places = ", ".join(str(numbers[place]) for place in linked.steps if place in numbers)
    return say(language, "journey_together", numbers=places, name=linked.name)

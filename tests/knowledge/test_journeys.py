"""The shipped journeys: every fact in them stands in the record of the step's procedure."""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from pathlib import Path

import pytest

from knowledge.journeys import BadJourney, Journey, JourneyStep, load_journeys
from knowledge.records import to_json
from knowledge.starter import load_starter
from nlu.life_events import LIFE_EVENTS, find_life_event
from nlu.text import fold

SHARED = Path(os.environ.get("MOTCUA_SHARED", Path(__file__).parents[3] / "shared"))
CATALOGUE = SHARED / "data" / "catalogue.jsonl.gz"
AT_LEAST = 12
STARTER = {procedure.code: json.dumps(to_json(procedure), ensure_ascii=False) for procedure in load_starter()}
JOURNEYS = load_journeys()
STEPS = [(journey.key, place, step) for journey in JOURNEYS.values() for place, step in enumerate(journey.steps, 1)]


@cache
def national() -> dict[str, str]:
    """The lines of the national catalogue, by code, for the codes used here."""
    if not CATALOGUE.exists():
        pytest.skip(f"no catalogue at {CATALOGUE} (set MOTCUA_SHARED)")
    wanted = {code for journey in JOURNEYS.values() for code in journey.codes}
    with gzip.open(CATALOGUE, "rt", encoding="utf-8") as lines:
        rows = ((json.loads(line)["ma"].strip(), line) for line in lines)
        return {code: line for code, line in rows if code in wanted}


def test_there_are_journeys_for_what_happens_in_life() -> None:
    assert len(JOURNEYS) >= AT_LEAST
    assert list(JOURNEYS)[:3] == ["birth", "marriage", "death"]


def test_every_code_is_in_a_catalogue() -> None:
    unknown = {code for journey in JOURNEYS.values() for code in journey.codes} - STARTER.keys()
    assert unknown <= national().keys()


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=lambda journey: journey.key)
def test_most_steps_can_be_told_from_the_starter_catalogue(journey: Journey) -> None:
    coded = [step for step in journey.steps if step.code]
    told = [step for step in coded if step.code in STARTER]
    assert len(told) >= 4
    assert len(told) >= len(coded) - 1
    assert {linked.code for linked in journey.together} <= STARTER.keys()


@pytest.mark.parametrize(("key", "place", "step"), [row for row in STEPS if row[2].code in STARTER])
def test_place_and_deadline_stand_in_the_record_word_for_word(key: str, place: int, step: JourneyStep) -> None:
    record = STARTER[step.code].casefold()
    assert step.where.casefold() in record
    assert step.within.casefold() in record


@pytest.mark.parametrize(("key", "place", "step"), [row for row in STEPS if row[2].code not in STARTER])
def test_what_no_starter_record_states_is_not_stated_here(key: str, place: int, step: JourneyStep) -> None:
    assert not step.within
    assert not step.who
    assert not step.where or step.where.casefold() in national()[step.code].casefold()


def test_steps_hold_no_numbers_but_deadlines() -> None:
    texts = [(key, text) for key, _, step in STEPS for text in (step.title, step.who, step.where)]
    assert not [row for row in texts if any(char.isdigit() for char in row[1])]


def test_life_events_are_heard_for_exactly_these_journeys() -> None:
    assert set(LIFE_EVENTS) == set(JOURNEYS)


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=lambda journey: journey.key)
def test_its_own_question_leads_to_it_with_and_without_accents(journey: Journey) -> None:
    assert find_life_event(journey.ask) == journey.key
    assert find_life_event(fold(journey.ask)) == journey.key


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("key: move\ntitle: A\nask: B\nsteps: [{title: C}]", "the key is 'move'"),
        ("key: home\ntitle: A\nask: B\nsteps: [{title: C, after: [1]}]", "only come after earlier"),
        ("key: home\ntitle: A\nask: B\nsteps: [{title: C, price: 1}]", "price"),
        ("key: home\ntitle: A\nsteps: []", "ask"),
        (
            "key: home\ntitle: A\nask: B\nsteps: [{title: C}]\ntogether: [{steps: [2], code: x, name: y}]",
            "a step that is not there",
        ),
        ("key: [", "while parsing"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "home.yml").write_text(text, encoding="utf-8")
    with pytest.raises(BadJourney, match=rf"(?s)home\.yml: .*{told}"):
        load_journeys(tmp_path)


def test_journeys_of_another_folder_come_in_order_of_their_keys(tmp_path: Path) -> None:
    for key in ("zoo", "death", "ark"):
        (tmp_path / f"{key}.yml").write_text(f"key: {key}\ntitle: T\nask: Q\nsteps: [{{title: S}}]", encoding="utf-8")
    assert list(load_journeys(tmp_path)) == ["death", "ark", "zoo"]

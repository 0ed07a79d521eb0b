"""The regression questions are well formed and ask about procedures that the starter catalogue holds."""

import json
from collections import Counter
from pathlib import Path

import yaml

from bot.evaluation import read_cases
from nlu.text import fold

FILES = [Path(__file__).with_name(name) for name in ("regression.jsonl", "hard.jsonl", "wild.jsonl")]
DATA = Path(__file__).parents[2] / "knowledge" / "data"
KINDS = {"answer", "clarify", "abstain", "partial", "correct_premise", "crisis", "smalltalk", "human", "pii"}
NOISES = {"none", "unaccented", "teencode", "typo", "dialect", "colloquial", "english"}
KEYS = {"id", "kind", "noise", "question", "turns", "gold_codes", "facet", "must_contain_any", "must_not_contain"}
FACETS = {"overview", "documents", "fee", "duration", "where", "online"} | {
    *("steps", "conditions", "result", "legal", "forms"),
}

ROWS = [json.loads(line) for file in FILES for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_evaluation_reads_every_line() -> None:
    assert sum(len(read_cases(file)) for file in FILES) == len(ROWS) >= 400


def test_rows_use_the_words_of_the_contract() -> None:
    for row in ROWS:
        assert set(row) <= KEYS, row
        assert ("question" in row) != ("turns" in row), row
        assert row["kind"] in KINDS, row
        assert row["noise"] in NOISES, row
        assert row.get("facet", "overview") in FACETS, row


def test_ids_and_single_questions_are_unique() -> None:
    assert not [name for name, times in Counter(row["id"] for row in ROWS).items() if times > 1]
    asked = Counter(fold(row["question"]) for row in ROWS if "question" in row)
    assert not [question for question, times in asked.items() if times > 1]


def test_gold_codes_stand_in_the_starter_catalogue() -> None:
    known = {path.name[:8] for path in DATA.glob("*.yml")}
    named = {code for row in ROWS for code in row.get("gold_codes", [])}
    assert named <= known
    assert len(named) >= 150


def test_what_must_be_answered_names_its_procedure() -> None:
    for row in ROWS:
        if row["kind"] in ("answer", "partial", "correct_premise"):
            assert row.get("gold_codes"), row["id"]


def test_unaccented_questions_have_no_diacritics() -> None:
    for row in ROWS:
        if row["noise"] == "unaccented":
            said = row.get("turns") or [row["question"]]
            assert all(turn.lower() == fold(turn) for turn in said), row["id"]


def test_no_question_is_a_name_or_question_of_the_catalogue() -> None:
    records = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(DATA.glob("*.yml"))]
    written = {fold(text).strip(" ?.") for record in records for text in record["aliases"] + record["questions"]}
    asked = [turn for row in ROWS for turn in row.get("turns") or [row["question"]] if len(turn) > 25]
    assert not [turn for turn in asked if fold(turn).strip(" ?.") in written]

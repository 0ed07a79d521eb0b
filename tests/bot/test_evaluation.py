from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from bot.evaluation import (
    Case,
    CaseError,
    Result,
    contains,
    facts_hold,
    read_cases,
    reliability,
    retrieval,
    run_case,
    summary,
)
from bot.messages import Message, Outcome, Reply


def write(path: Path, *rows: Any) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def case(**values: Any) -> Case:
    filled = {"id": "a", "kind": "answer", "noise": "none", "turns": ("lệ phí",), "gold": frozenset({"1.1"})}
    return Case(**filled | {"must_contain_any": (), "must_not_contain": ()} | values)


def reply(text: str = "x", outcome: Outcome = Outcome.ANSWERED, code: str = "1.1", confidence: float = 0.9) -> Reply:
    return Reply(text, outcome, procedures=(code,), confidence=confidence)


def result(of: Case, *replies: Reply, rank: int | None = 1, action: bool = True, facts: bool = True) -> Result:
    return Result(of, rank, action, facts, replies, (0.01,))


def test_a_line_is_read_with_every_name_the_contract_allows(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "kind": "clarify", "noise": "typo", "question": "a", "gold_codes": ["1.1", "1.2"]},
        {"id": "b", "style": "teencode", "turns": ["a", {"text": "b"}], "procedure_codes": ["1.3"]},
        {"id": "c", "question": "a", "must_contain_any": [["x", "y"]], "must_not_contain": ["z"], "other": None},
    ]
    first, second, third = read_cases(write(tmp_path / "a.jsonl", *rows))
    assert (first.id, first.kind, first.noise, first.turns) == ("1", "clarify", "typo", ("a",))
    assert first.gold == {"1.1", "1.2"}
    assert (second.kind, second.noise, second.turns, second.gold) == ("answer", "teencode", ("a", "b"), {"1.3"})
    assert (third.noise, third.gold) == ("none", frozenset())
    assert (third.must_contain_any, third.must_not_contain) == ((("x", "y"),), ("z",))


def test_empty_lines_do_not_count_but_are_counted(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", "", {"id": "1", "question": "a"}, " ", "{")
    with pytest.raises(CaseError, match=r"a\.jsonl, dòng 4"):
        read_cases(file)
    assert read_cases(write(tmp_path / "b.jsonl", "")) == []


@pytest.mark.parametrize(
    "row",
    [
        *("{broken", '"text"', "5", "[]", "null", '{"id": "1"}', '{"question": "a"}', '{"id": "1", "turns": []}'),
        *('{"id": "1", "turns": [{}]}', '{"id": "1", "turns": "abc"}', '{"id": "1", "question": 5}'),
        *('{"id": "1", "question": "a", "kind": "nothing"}', '{"id": "1", "question": "a", "gold_codes": 5}'),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, row: str) -> None:
    with pytest.raises(CaseError, match=r"a\.jsonl, dòng 2: ."):
        read_cases(write(tmp_path / "a.jsonl", {"id": "1", "question": "a"}, row))


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CaseError, match=r"a\.jsonl"):
        read_cases(file)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_are_taken_off_every_turn(tmp_path: Path, form: Literal["NFC", "NFD"]) -> None:
    turns = [unicodedata.normalize(form, text) for text in ("Đăng ký Lệ phí", "đổi")]
    (read,) = read_cases(write(tmp_path / "a.jsonl", {"id": "1", "turns": turns}), strip_accents=True)
    assert read.turns == ("Dang ky Le phi", "doi")


@pytest.mark.parametrize(
    ("text", "string", "there"),
    [
        ("thời hạn 15 ngày", "5 ngày", False),
        ("thời hạn 5 ngày", "5 ngày", True),
        ("1.500.000 đồng", "500.000", False),
        ("500.000 đồng", "500.000", True),
        ("8.000.000 đồng", "8.000", False),
        ("phí 8.000.", "8.000", True),
        ("Giấy Chứng Sinh", "giấy chứng sinh", True),
        (unicodedata.normalize("NFD", "giấy"), "giấy", True),
        ("mã 1.001193", "1.001193", True),
        ("mã 1.0011931", "1.001193", False),
        ("a+b", "a+b", True),
        ("anything", "", True),
    ],
)
def test_a_string_stands_in_a_text(text: str, string: str, there: bool) -> None:
    assert contains(text, string) is there


def test_every_group_needs_one_and_none_may_be_forbidden() -> None:
    of = case(must_contain_any=(("a", "b"), ("c",)), must_not_contain=("d",))
    assert facts_hold("b c", of)
    assert not facts_hold("a b", of)
    assert not facts_hold("a c d", of)


@pytest.mark.parametrize(
    ("kind", "outcome", "right"),
    [
        ("answer", Outcome.ANSWERED, True),
        ("answer", Outcome.CLARIFY, False),
        ("clarify", Outcome.CLARIFY, True),
        ("abstain", Outcome.ABSTAINED, True),
        ("abstain", Outcome.BLOCKED, True),
        ("abstain", Outcome.ANSWERED, False),
        ("partial", Outcome.PARTIAL, True),
        ("correct_premise", Outcome.CORRECTED, True),
        ("crisis", Outcome.CRISIS, True),
        ("smalltalk", Outcome.SMALLTALK, True),
        ("human", Outcome.HANDOFF, True),
        ("pii", Outcome.ERROR, True),
    ],
)
async def test_what_counts_as_the_right_deed(kind: str, outcome: Outcome, right: bool) -> None:
    done = await run_case(case(kind=kind), Scripted(reply(outcome=outcome)), lambda _q: ["1.1"], fresh(), lambda _c: "")
    assert done.action is right


class Scripted:
    """An assistant that always says the same and remembers what it heard."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.heard: list[Message] = []

    async def handle(self, message: Message) -> list[Reply]:
        self.heard.append(message)
        return self.replies


def fresh() -> Callable[[], str]:
    return lambda: "talk"


async def test_turns_run_in_one_fresh_conversation_and_the_last_question_is_ranked() -> None:
    assistant, ranked = Scripted(reply("8.000 đồng")), []

    def rank(question: str) -> list[str]:
        ranked.append(question)
        return ["1.9", "1.1"]

    of = case(turns=("khai sinh", "lệ phí"), must_contain_any=(("8.000",),))
    done = await run_case(of, assistant, rank, fresh(), lambda _c: "")
    assert [(message.text, message.conversation_id) for message in assistant.heard] == [
        ("khai sinh", "talk"),
        ("lệ phí", "talk"),
    ]
    assert len({message.id for message in assistant.heard}) == 2
    assert (ranked, done.rank, done.ok, len(done.seconds)) == (["lệ phí"], 2, True, 2)


async def test_beyond_ten_is_not_found() -> None:
    done = await run_case(case(), Scripted(reply()), lambda _q: [*map(str, range(10)), "1.1"], fresh(), lambda _c: "")
    assert done.rank is None


@pytest.mark.parametrize(("kept", "right"), [("cccd [số căn cước]", True), ("cccd 079201001234", False)])
async def test_a_number_left_in_storage_is_a_failure(kept: str, right: bool) -> None:
    done = await run_case(case(kind="pii"), Scripted(reply()), lambda _q: [], fresh(), lambda _c: kept)
    assert done.action is right


async def test_no_reply_at_all_is_a_failure() -> None:
    done = await run_case(case(), Scripted(), lambda _q: [], fresh(), lambda _c: "")
    assert (done.action, done.ok) == (False, False)


def test_the_right_deed_about_the_wrong_procedure_is_not_ok() -> None:
    assert result(case(), reply(code="1.1")).ok
    assert not result(case(), reply(code="1.2")).ok
    assert result(case(gold=frozenset()), reply(code="1.2")).ok
    assert result(case(kind="clarify"), reply(code="1.2", outcome=Outcome.CLARIFY)).ok


def test_figures_of_retrieval() -> None:
    assert retrieval([1, 2, 6, None]) == {"recall@1": 0.25, "recall@5": 0.5, "recall@10": 0.75, "mrr@10": 0.4167}
    assert retrieval([]) == {"recall@1": None, "recall@5": None, "recall@10": None, "mrr@10": None}


def test_a_summary_counts_by_kind_and_noise() -> None:
    figures = summary(
        [
            result(case(id="a", must_contain_any=(("x",),)), reply()),
            result(case(id="b", noise="typo"), reply(code="1.2"), rank=None),
            result(case(id="c", kind="crisis", gold=frozenset()), reply(outcome=Outcome.CRISIS), rank=None),
            result(case(id="d", kind="crisis", gold=frozenset()), rank=None, action=False),
        ]
    )
    assert (figures["n"], figures["action_accuracy"], figures["fact_accuracy"]) == (4, 0.75, 1.0)
    assert figures["case_accuracy"] == 0.5
    assert figures["retrieval"]["recall@1"] == 0.5
    assert figures["by_noise"]["typo"]["recall@1"] == 0.0
    assert figures["by_kind"]["crisis"] == {
        "n": 2,
        "action_accuracy": 0.5,
        "case_accuracy": 0.5,
        "recall@1": None,
        "recall@5": None,
    }
    assert figures["latency_ms"] == {"p50": 10.0, "p95": 10.0}
    assert figures["cases"][3] == {
        "id": "d",
        "ok": False,
        "kind": "crisis",
        "question": "lệ phí",
        "wanted": [],
        "outcome": None,
        "procedures": [],
        "text": "",
        "rank": None,
        "confidence": 0.0,
    }
    json.dumps(figures)


def test_a_summary_of_nothing_is_made_of_nothing() -> None:
    figures = summary([])
    assert (figures["n"], figures["action_accuracy"], figures["latency_ms"]["p50"]) == (0, None, None)


def test_confidence_told_is_held_against_what_came_true() -> None:
    results = [
        result(case(), reply(confidence=0.95)),
        result(case(), reply(confidence=0.91, code="1.2")),
        result(case(), reply(confidence=1.0)),
        result(case(), reply(confidence=0.3, code="1.2")),
        result(case(), reply(confidence=0.3, outcome=Outcome.CLARIFY)),
        result(case(gold=frozenset()), reply(confidence=0.3)),
    ]
    assert reliability(results) == [
        {"from": 0.3, "n": 1, "stated": 0.3, "right": 0},
        {"from": 0.9, "n": 3, "stated": 0.953, "right": 0.667},
    ]

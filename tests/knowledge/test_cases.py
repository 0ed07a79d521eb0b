"""The shipped cases against the starter catalogue, and what `narrow` leaves of a record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.cases import EVERY_CASE, BadCases, CaseOption, Cases, cases_of, load_cases, narrow
from knowledge.starter import load_starter
from knowledge.types import (
    CaseDuration,
    Channel,
    Document,
    DocumentSet,
    Duration,
    Facet,
    Fee,
    Method,
    Procedure,
    Unit,
)
from nlu.text import fold

STARTER = {procedure.code: procedure for procedure in load_starter()}
SHIPPED = load_cases()
AT_LEAST = 40

RECORD = Procedure(
    code="1.000001",
    name="Cấp thẻ",
    methods=(
        Method(
            Channel.DIRECT,
            Duration(3, Unit.WORKING_DAY),
            (Fee(10_000, "mỗi thẻ"), Fee(20_000, "thẻ làm lại"), Fee(None, "phí khác")),
        ),
    ),
    document_sets=(
        DocumentSet("", (Document("Tờ khai"), Document("Thẻ cũ, bản chính"))),
        DocumentSet("Bị mất", (Document("Đơn báo mất"),)),
        DocumentSet("Khi ủy quyền", (Document("Giấy ủy quyền"),)),
        DocumentSet("Ở đảo", (Document("Giấy của đảo"),)),
    ),
    case_durations=(
        CaseDuration("Đổi", Duration(3, Unit.WORKING_DAY)),
        CaseDuration("Làm lại", Duration(8, Unit.WORKING_DAY)),
    ),
)
FILE = """
"1.000001":
  questions:
    - ask: Thẻ bị làm sao?
      options:
        - {key: worn, label: Bị hỏng, usual: true, situation: damaged, fees: [mỗi thẻ], durations: [Đổi]}
        - {key: lost, label: Bị mất, situation: lost, documents: [Bị mất], without: [Thẻ cũ],
           fees: [thẻ làm], durations: [Làm lại]}
    - ask: Ai đi?
      options:
        - {key: self, label: Tự đi, situation: self, usual: true}
        - {key: proxy, label: Nhờ người, situation: proxy, documents: [Khi ủy quyền]}
  rare: [Ở đảo]
"""


@pytest.fixture
def cases(tmp_path: Path) -> Cases:
    (tmp_path / "cards.yml").write_text(FILE, encoding="utf-8")
    return load_cases(tmp_path)["1.000001"]


def sets(procedure: Procedure) -> list[str]:
    return [group.case for group in procedure.document_sets]


def fees(procedure: Procedure) -> list[str]:
    return [fee.text for method in procedure.methods for fee in method.fees]


def test_nothing_chosen_leaves_the_usual_case(cases: Cases) -> None:
    usual = narrow(RECORD, cases, ())
    assert sets(usual) == [""]
    assert fees(usual) == ["mỗi thẻ", "phí khác"]
    assert [case.case for case in usual.case_durations] == ["Đổi"]
    assert usual.methods[0].duration == Duration(3, Unit.WORKING_DAY)


def test_a_chosen_case_has_its_own_papers_fees_and_time_only(cases: Cases) -> None:
    lost = narrow(RECORD, cases, ("lost", "proxy"))
    assert sets(lost) == ["", "Bị mất", "Khi ủy quyền"]
    assert [paper.name for paper in lost.document_sets[0].documents] == ["Tờ khai"]
    assert fees(lost) == ["thẻ làm lại", "phí khác"]
    assert [case.case for case in lost.case_durations] == ["Làm lại"]
    assert lost.methods[0].duration is None, "3 days are those of the other case"


def test_every_case_is_the_record_itself(cases: Cases) -> None:
    assert narrow(RECORD, cases, (EVERY_CASE,)) == RECORD


def test_without_a_usual_case_nothing_is_left_out_before_it_is_chosen(cases: Cases) -> None:
    options = tuple(replace(option, usual=False) for option in cases.questions[0].options)
    unsure = replace(cases, questions=(replace(cases.questions[0], options=options),))
    assert fees(narrow(RECORD, unsure, ())) == fees(RECORD)


def test_a_question_is_asked_once_and_only_where_it_matters(cases: Cases) -> None:
    first, second = cases.questions
    assert cases.open_question((), Facet.DOCUMENTS) == first
    assert cases.open_question(("lost",), Facet.DOCUMENTS) == second
    assert cases.open_question(("lost",), Facet.FEE) is None
    assert cases.open_question(("lost", "self"), Facet.DOCUMENTS) is None
    assert cases.open_question((EVERY_CASE,), Facet.DOCUMENTS) is None
    assert not any(question.matters_for(Facet.WHERE) for question in cases.questions)


def test_a_new_answer_takes_the_place_of_the_old_one(cases: Cases) -> None:
    assert cases.choose(("worn", "proxy"), ("lost",)) == ("lost", "proxy")
    assert cases.choose(("lost",), (EVERY_CASE,)) == (EVERY_CASE,)
    assert cases.choose((), ("nothing of ours",)) == ()


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("thẻ bị mất rồi", ("lost",)),
        ("the bi mat roi, nho nguoi nha di lam", ("lost", "proxy")),
        ("Thẻ em bị rách nát", ("worn",)),
        ("làm mất bao lâu", ()),
        ("lam mat bao nhieu tien", ()),
        ("tự đi nộp", ("self",)),
        ("nơi nộp ở đâu", ()),
    ],
)
def test_the_case_is_heard_in_the_words_of_a_message(cases: Cases, said: str, keys: tuple[str, ...]) -> None:
    assert cases.answered_by(said) == keys


def test_another_edition_whose_names_differ_has_no_cases(cases: Cases) -> None:
    assert cases.fits(RECORD)
    renamed = tuple(replace(group, case=group.case.upper()) for group in RECORD.document_sets)
    assert not cases.fits(replace(RECORD, document_sets=renamed))
    assert not cases.fits(replace(RECORD, case_durations=()))
    assert not cases.fits(replace(RECORD, methods=()))
    assert not cases.fits(
        replace(RECORD, document_sets=(DocumentSet("", (Document("Tờ khai"),)), *RECORD.document_sets[1:]))
    )
    birth = STARTER["1.001193"]
    assert cases_of(birth) is not None
    assert cases_of(replace(birth, document_sets=birth.document_sets[:1])) is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("{key: worn, label: Hỏng}, {key: worn, label: Mất}", "keys must differ"),
        ("{key: all, label: Hỏng}", "keys must differ"),
        ("{key: worn, label: Hỏng, paper: [x]}", "paper"),
        ("{key: worn, label: Hỏng, situation: nowhere}", "nowhere"),
        ("{label: Hỏng}", "key"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(tmp_path: Path, wrong: str, told: str) -> None:
    text = f'"1.000001":\n  questions:\n    - ask: Sao?\n      options: [{wrong}]\n'
    (tmp_path / "wrong.yml").write_text(text, encoding="utf-8")
    with pytest.raises(BadCases, match=rf"wrong\.yml: 1\.000001: .*{told}"):
        load_cases(tmp_path)


# ---- what is shipped


def options() -> Iterator[tuple[str, CaseOption]]:
    for code, known in SHIPPED.items():
        for question in known.questions:
            for option in question.options:
                yield code, option


def test_many_starter_procedures_have_cases() -> None:
    used = [code for code in SHIPPED if code in STARTER and cases_of(STARTER[code])]
    assert len(used) >= AT_LEAST


@pytest.mark.parametrize("code", SHIPPED)
def test_every_name_stands_in_the_starter_record(code: str) -> None:
    assert code in STARTER
    assert SHIPPED[code].fits(STARTER[code])


def test_every_procedure_named_instead_is_in_the_starter_catalogue() -> None:
    assert {option.instead for _, option in options()} - {""} <= STARTER.keys()


@pytest.mark.parametrize("code", SHIPPED)
def test_each_question_can_be_answered_and_matters(code: str) -> None:
    for question in SHIPPED[code].questions:
        assert question.ask.endswith("?")
        assert len(question.options) in range(2, 6)
        assert sum(option.usual for option in question.options) <= 1
        assert any(question.matters_for(facet) for facet in (Facet.DOCUMENTS, Facet.FEE, Facet.DURATION))
        for option in question.options:
            assert option.said, f"{option.key} cannot be said"
            assert len(option.label) <= 75


def test_numbers_of_questions_and_labels_stand_in_the_record() -> None:
    from tests.bot.test_truth import numbers, record

    for code, known in SHIPPED.items():
        words = " ".join([*(q.ask for q in known.questions), *(o.label for q in known.questions for o in q.options)])
        wrong = {number for number in numbers(words) if number not in numbers(record(STARTER[code]))}
        assert not wrong, (code, wrong)


@pytest.mark.parametrize("code", SHIPPED)
def test_no_case_is_left_without_papers_or_fees_that_the_record_has(code: str) -> None:
    known, procedure = SHIPPED[code], STARTER[code]
    for chosen in [(), *((option.key,) for question in known.questions for option in question.options)]:
        shown = narrow(procedure, known, chosen)
        assert bool(shown.document_sets) == bool(procedure.document_sets), chosen
        assert all(group.documents for group in shown.document_sets), chosen
        assert bool(fees(shown)) == bool(fees(procedure)), chosen


def test_labels_name_their_own_option() -> None:
    """A label typed back is matched whole; its words must at least not mean another answer of the question."""
    wrong = []
    for code, known in SHIPPED.items():
        for question in known.questions:
            for option in (option for option in question.options if len(option.label.split()) > 2):
                heard = set(replace(known, questions=(question,)).answered_by(fold(option.label)))
                if heard - {option.key}:
                    wrong.append((code, option.label, heard))
    assert not wrong

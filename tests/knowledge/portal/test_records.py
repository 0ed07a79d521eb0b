import gzip
import json

import pytest

from knowledge.importers.fields import Unfit
from knowledge.importers.jsonl import procedure_of
from knowledge.portal.records import row_of
from knowledge.records import fingerprint, to_json
from knowledge.types import Channel, Fee, Kind, Unit
from tests.portal.samples import CATALOGUE, real_records, record


def test_a_record_becomes_the_procedure_it_describes() -> None:
    procedure = procedure_of(row_of(record(7)))
    assert (procedure.code, procedure.name) == ("1.900007", "Cấp giấy chứng nhận số 7")
    assert procedure.levels == ("Cấp tỉnh", "Cấp xã")
    direct, online = procedure.methods
    assert (direct.channel, direct.fees) == (Channel.DIRECT, (Fee(8007, "mỗi bản"),))
    assert online.fees == (Fee(0),)  # ambiguous, and stays so
    assert procedure.document_sets[0].documents[0].forms[0].name == "to-khai.docx"
    assert procedure.case_durations[0].duration.unit is Unit.WORKING_DAY
    assert procedure.agencies == ("Ủy ban nhân dân cấp xã",)
    assert procedure.decision == "361/QĐ-BTP"
    assert str(procedure.updated_at) == "2026-04-21"
    assert procedure.source_url == "https://dichvucong.gov.vn/thu-tuc-hanh-chinh/019d2bfd-0000-7000-8000-000000000007"


def test_an_internal_one_is_internal_whatever_its_type_says() -> None:
    assert procedure_of(row_of(record(1, isInternal=True))).kind is Kind.INTERNAL


def test_nulls_in_arrays_and_missing_parts_are_borne() -> None:
    data = record(1, executionSteps=[None, {"name": None, "description": "Nộp"}], executionMethods=None)
    del data["cases"]
    procedure = procedure_of(row_of(data | {"unitGroupsExecuting": [None], "procedureProposal": None}))
    assert [step.text for step in procedure.steps] == ["Nộp"]
    assert procedure.methods == ()
    assert procedure.decision == ""


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"executionSteps": "abc"}, "executionSteps"),
        ({"executionMethods": ["abc"]}, "executionMethods"),
        ({"updatedAt": "hôm qua"}, "updatedAt"),
        ({"updatedAt": 10**30}, "updatedAt"),
        ({"cases": [{"name": "a", "processingDay": "5"}]}, "processingDay"),
        ({"name": ["a"]}, "ten"),
        ({"code": "1.014955-Xoa"}, "xóa"),
    ],
)
def test_a_record_of_the_wrong_shape_is_refused_with_a_reason(broken: dict[str, object], reason: str) -> None:
    with pytest.raises(Unfit, match=reason):
        procedure_of(row_of(record(1, **broken)))


def test_real_records_say_the_same_as_the_rows_of_the_national_file() -> None:
    details = real_records()
    with gzip.open(CATALOGUE, "rt", encoding="utf-8") as lines:
        rows = {row["uuid"]: row for row in map(json.loads, lines)}
    unlike, compared = [], 0
    for detail in details:
        if detail["id"] not in rows or detail["code"].endswith("-Xoa"):
            continue
        ours, theirs = procedure_of(row_of(detail)), procedure_of(rows[detail["id"]])
        compared += 1
        if fingerprint(ours) != fingerprint(theirs):
            unlike.append((ours.code, to_json(ours), to_json(theirs)))
    assert unlike == []
    assert compared == 300


def test_numbered_steps_are_put_in_order_and_others_are_left_alone() -> None:
    def steps(*texts: str) -> list[str]:
        data = record(1, executionSteps=[{"name": "", "description": text} for text in texts])
        return [step.text for step in procedure_of(row_of(data)).steps]

    assert steps("Bước 10: nhận", "- Bước 2: nộp", "Bước 1: ghi") == ["Bước 1: ghi", "- Bước 2: nộp", "Bước 10: nhận"]
    assert steps("Bước 2: nộp", "Ghi tờ khai") == ["Bước 2: nộp", "Ghi tờ khai"]


def test_methods_that_differ_in_the_order_of_their_fees_only_are_one() -> None:
    (method, _) = record(1)["executionMethods"]
    fees = [{"type": "FEE", "value": value, "description": ""} for value in (1000, 2000)]
    data = record(1, executionMethods=[method | {"fees": fees}, method | {"fees": fees[::-1]}])
    assert len(procedure_of(row_of(data)).methods) == 1

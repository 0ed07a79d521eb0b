from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.records import BadRecord, fingerprint, from_json, to_json
from knowledge.types import (
    CaseDuration,
    Channel,
    Document,
    DocumentSet,
    Duration,
    Fee,
    Form,
    Kind,
    LegalReference,
    Method,
    Procedure,
    Status,
    Step,
    Unit,
)

FULL = Procedure(
    code="1.001193",
    name="Đăng ký khai sinh",
    kind=Kind.PROVINCIAL,
    scope="Huế",
    aliases=("giấy khai sinh",),
    questions=("khai sinh ở đâu",),
    levels=("Cấp xã",),
    methods=(
        Method(Channel.ONLINE, Duration(1, Unit.WORKING_DAY), (Fee(0), Fee(8000, "mỗi bản"), Fee(None, "tùy tỉnh"))),
        Method(Channel.DIRECT, None),
    ),
    steps=(Step("Nộp", "Nộp hồ sơ."), Step("Nhận", "Nhận kết quả.")),
    document_sets=(DocumentSet("", (Document("Tờ khai", 1, 0, (Form("Mẫu 01"),)), Document("Giấy chứng sinh"))),),
    case_durations=(CaseDuration("phải xác minh", Duration(None, Unit.OTHER, "theo quy chế")),),
    legal=(LegalReference("60/2014/QH13", "Luật Hộ tịch"),),
    fully_online=False,
    updated_at=date(2026, 4, 15),
    version=3,
    status=Status.DRAFT,
)

texts = st.text(max_size=8)
durations = st.builds(Duration, st.none() | st.integers(), st.sampled_from(Unit), texts)
fees = st.builds(Fee, st.none() | st.integers(), texts, texts)
documents = st.builds(Document, texts, st.integers(), st.integers(), st.tuples(st.builds(Form, texts, texts)))
procedures = st.builds(
    Procedure,
    code=texts,
    name=texts,
    kind=st.sampled_from(Kind),
    methods=st.tuples(st.builds(Method, st.sampled_from(Channel), st.none() | durations, st.tuples(fees), texts)),
    document_sets=st.tuples(st.builds(DocumentSet, texts, st.tuples(documents))),
    case_durations=st.tuples(st.builds(CaseDuration, texts, durations)),
    fully_online=st.none() | st.booleans(),
    updated_at=st.none() | st.dates(),
    status=st.sampled_from(Status),
)


def test_every_field_of_the_type_survives_json() -> None:
    assert from_json(to_json(FULL)) == FULL


@settings(max_examples=60)
@given(procedures)
def test_any_procedure_survives_json(procedure: Procedure) -> None:
    assert from_json(to_json(procedure)) == procedure


def test_what_is_at_its_default_is_left_out() -> None:
    assert to_json(Procedure("1.000001", "Tên")) == {"code": "1.000001", "name": "Tên"}
    # An amount of 0 is what a record says; None is what it does not.
    assert to_json(Fee(0)) == {"amount": 0}
    assert to_json(Fee(None, "tùy tỉnh")) == {"amount": None, "text": "tùy tỉnh"}


def test_a_duration_may_be_words_alone() -> None:
    data = {"code": "1", "name": "n", "methods": [{"channel": "direct", "duration": {"text": "ngay trong buổi"}}]}
    assert from_json(data).methods[0].duration == Duration(None, Unit.OTHER, "ngay trong buổi")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nme": "x"}, "unknown key 'nme'"),
        ({"name": None}, "name: str is needed"),
        ({"aliases": "khai sinh"}, "aliases: a list is needed"),
        ({"updated_at": "15/4/2026"}, "updated_at: a date like 2026-04-15 is needed"),
        ({"fully_online": "yes"}, "fully_online: bool is needed"),
        ({"methods": [{"channel": "fax"}]}, "methods: channel: 'fax' is none of online, direct, postal"),
        ({"methods": [{}]}, "methods: key 'channel' is missing"),
        ({"methods": [{"channel": "direct", "fees": [{"amount": 8000.5}]}]}, "methods: fees: amount: int is needed"),
        ({"document_sets": [{"case": "", "documents": [{"name": "a", "copies": True}]}]}, "copies: int is needed"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRecord, match="(?s).*" + message.replace("(", r"\(")):
        from_json({"code": "1", "name": "n"} | change)


def test_a_record_needs_code_and_name() -> None:
    with pytest.raises(BadRecord, match="key 'code' is missing"):
        from_json({"name": "n"})


def reversed_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_lists(value[key]) for key in reversed(value)}
    return [reversed_lists(item) for item in reversed(value)] if isinstance(value, list) else value


def test_the_fingerprint_does_not_mind_order_or_our_version() -> None:
    again = from_json(reversed_lists(to_json(FULL)) | {"version": 9})
    assert again != FULL
    assert fingerprint(again) == fingerprint(FULL)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Đăng ký khai tử"},
        {"updated_at": "2026-04-16"},
        {"aliases": []},
        {"methods": [{"channel": "online", "fees": [{"amount": 0}]}]},
        {"status": "published"},
    ],
)
def test_the_fingerprint_minds_everything_that_is_said(change: dict[str, Any]) -> None:
    assert fingerprint(from_json(to_json(FULL) | change)) != fingerprint(FULL)


def test_the_fingerprint_tells_a_value_from_its_neighbour() -> None:
    here = from_json({"code": "1", "name": "n", "document_sets": [{"case": "a", "documents": [{"name": "b"}]}]})
    there = from_json({"code": "1", "name": "n", "document_sets": [{"case": "b", "documents": [{"name": "a"}]}]})
    assert fingerprint(here) != fingerprint(there)

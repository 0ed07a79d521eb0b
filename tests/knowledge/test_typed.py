"""A procedure as a form and back: nothing of a record is lost, and what cannot be read is told at its field."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from knowledge.days import today
from knowledge.starter import load_starter
from knowledge.typed import Typed, read, show, tree
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

WHOLE = Procedure(
    "1.001193.H56",
    "Đăng ký khai sinh",
    Kind.PROVINCIAL,
    "Bắc Ninh",
    "Ghi việc sinh của trẻ vào sổ hộ tịch.",
    ("giấy khai sinh", "làm khai sinh"),
    ("Con mới sinh thì làm giấy gì?",),
    ("Hộ tịch",),
    ("Cấp xã",),
    ("Công dân Việt Nam",),
    (
        Method(
            Channel.ONLINE, Duration(1, Unit.WORKING_DAY, "ngay trong ngày"), (Fee(8000, "mỗi bản"), Fee(None, "miễn"))
        ),
        Method(
            Channel.DIRECT, Duration(None, Unit.OTHER, "theo giấy hẹn"), (Fee(0), Fee(5, "", "service_fee")), "a\nb"
        ),
        Method(Channel.POSTAL),
    ),
    (Step("", "Nộp hồ sơ\nở xã"), Step("Nhận", "Đến lấy")),
    (
        DocumentSet("", (Document("Tờ khai", 1, 0, (Form("Mẫu 01", "https://x.vn/1.doc"), Form("Mẫu 02"))),)),
        DocumentSet("Nhờ người khác", (Document("Giấy ủy quyền", 0, 2), Document("Căn cước"))),
    ),
    (CaseDuration("Bình thường", Duration(5, Unit.DAY)), CaseDuration("", Duration(2, Unit.HOUR, "hai giờ"))),
    ("Giấy khai sinh",),
    (LegalReference("60/2014/QH13", "Luật Hộ tịch"), LegalReference("123/2015/NĐ-CP")),
    "Trẻ chưa có khai sinh.\n- Có cha mẹ.",
    ("Ủy ban nhân dân cấp xã",),
    "Bộ phận một cửa",
    "Bộ Tư pháp",
    "1872/QĐ-BTP",
    False,
    "Cổng Dịch vụ công quốc gia",
    "https://dichvucong.gov.vn/x",
    date(2026, 4, 15),
    date(2026, 7, 1),
    date(2030, 1, 31),
    status=Status.DRAFT,
)


def flat(values: dict[str, Any], path: str = "") -> list[tuple[str, str]]:
    """Return what a browser posts of a form."""
    pairs: list[tuple[str, str]] = []
    for key, value in values.items():
        name = f"{path}{key}"
        pairs += flat(value, f"{name}.") if isinstance(value, dict) else [(name, value.replace("\n", "\r\n"))]
    return pairs


def posted(procedure: Procedure, **changed: str) -> Typed:
    pairs = dict(flat(show(procedure))) | {name.replace("__", "."): value for name, value in changed.items()}
    return read(tree(pairs.items()))


def test_nothing_of_a_record_is_lost_in_the_form() -> None:
    assert posted(WHOLE) == Typed(WHOLE, {}, posted(WHOLE).remarks)


def test_every_starter_procedure_survives_the_form() -> None:
    for procedure in load_starter():
        typed = posted(procedure)
        assert not typed.faults, procedure.code
        assert typed.procedure == replace(procedure, version=1, status=Status.DRAFT)


def test_rows_stand_in_the_order_in_which_they_are_posted() -> None:
    pairs = [("steps.b.name", "hai"), ("steps.b.text", ""), ("steps.a.name", "một"), ("steps.a.text", "x")]
    steps = read(tree([("code", "1.1"), ("name", "n"), *pairs])).procedure.steps
    assert [step.name for step in steps] == ["hai", "một"]


def test_rows_in_which_nothing_is_typed_are_left_out() -> None:
    empty = [
        ("methods.0.channel", "online"),
        ("methods.0.duration.unit", ""),
        ("methods.0.fees.0.amount", " "),
        ("methods.0.fees.0.kind", "fee"),
        ("document_sets.0.case", ""),
        ("document_sets.0.documents.0.name", ""),
        ("document_sets.0.documents.0.forms.0.url", ""),
    ]
    read_ = read(tree([("code", "1.1"), ("name", "n"), *empty])).procedure
    assert read_.methods == (Method(Channel.ONLINE),)  # a way of handing in says something by itself
    assert read_.document_sets == ()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("methods__0__fees__0__amount", "tám nghìn", "Ghi số tiền bằng chữ số"),
        ("methods__0__duration__amount", "5 ngày", "Ghi bằng chữ số"),
        ("methods__0__duration__unit", "", "Chọn đơn vị"),
        ("methods__0__channel", "fax", "Chọn một mục"),
        ("document_sets__0__documents__0__copies", "-1", "Ghi bằng chữ số"),
        ("updated_at", "31/2/2026", "Ghi ngày/tháng/năm"),
        ("expires_on", "1/1/2020", "Ngày cuối phải sau"),
        ("name", "  ", "Ghi tên"),
        ("code", "mã số", "Ghi mã"),
        ("code", "new", "Ghi mã"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(name: str, value: str, words: str) -> None:
    faults = posted(WHOLE, **{name: value}).faults
    assert list(faults) == [name.replace("__", ".")]
    assert words in faults[name.replace("__", ".")]


@pytest.mark.parametrize("text", ["8000", "8.000", "8,000", "8 000", "8.000 đồng", "8000đ"])
def test_amounts_are_read_as_people_write_them(text: str) -> None:
    typed = posted(WHOLE, methods__0__fees__0__amount=text)
    assert typed.procedure.methods[0].fees[0].amount == 8000


@pytest.mark.parametrize("text", ["15/4/2026", "15/04/2026", "2026-04-15", "15-4-2026"])
def test_days_are_read_as_people_write_them(text: str) -> None:
    assert posted(WHOLE, updated_at=text).procedure.updated_at == date(2026, 4, 15)


def test_what_can_be_saved_but_looks_wrong_is_remarked() -> None:
    past = today() - timedelta(days=1)
    typed = posted(
        replace(WHOLE, agencies=(), document_sets=(), effective_on=None, expires_on=past, scope="national"),
        source_url="javascript:alert(1)",
        source="",
    )
    assert not typed.faults
    told = {"agencies", "document_sets", "expires_on", "scope", "source", "source_url", "methods"}
    assert told == set(typed.remarks)


def test_a_faulty_field_leaves_the_rest_to_be_previewed() -> None:
    typed = posted(WHOLE, methods__0__fees__0__amount="x")
    assert typed.procedure.methods[0].fees == (Fee(None, "mỗi bản"), Fee(None, "miễn"))
    assert typed.procedure.name == WHOLE.name


def test_names_that_no_form_has_do_no_harm() -> None:
    strange = [
        ("", "x"),
        ("a" * 99, "x"),
        (".".join("a" * 20), "x"),
        ("name.deeper", "x"),
        ("steps", "x"),
        ("csrf", "x"),
    ]
    typed = read(tree([("name", "Tên"), ("code", "1.1"), *strange, ("steps.0.name", "x"), ("__proto__.x", "y")]))
    assert (typed.procedure.name, typed.procedure.steps) == ("Tên", ())


def test_hidden_characters_are_left_out() -> None:
    assert posted(WHOLE, name="Đăng\u200b ký\x00").procedure.name == "Đăng ký"

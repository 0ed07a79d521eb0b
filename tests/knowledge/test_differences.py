from dataclasses import fields, replace
from datetime import date

from sqlalchemy import Engine

from knowledge.catalog import ADMIN, IMPORT, STARTER, Catalog
from knowledge.differences import FIELD_NAMES, Difference, Fate, differences, foresee
from knowledge.types import (
    Channel,
    Document,
    DocumentSet,
    Duration,
    Fee,
    Form,
    Method,
    Procedure,
    Status,
    Unit,
)

PLAIN = Procedure("1.900001", "Cấp thẻ", updated_at=date(2026, 4, 15))


def test_every_field_of_a_record_is_compared() -> None:
    beside = {"code", "aliases", "questions", "version"}
    assert FIELD_NAMES.keys() == {field.name for field in fields(Procedure)} - beside


def test_a_list_tells_only_what_went_and_what_came() -> None:
    old = replace(PLAIN, fields=("Hộ tịch", "Cư trú"))
    new = replace(PLAIN, fields=("Căn cước", "Hộ tịch"))
    assert differences(old, new) == (Difference("fields", ("Cư trú",), ("Căn cước",)),)
    assert differences(old, replace(old, fields=("Cư trú", "Hộ tịch"))) == ()


def test_values_read_as_people_write_them() -> None:
    method = Method(Channel.DIRECT, Duration(5, Unit.WORKING_DAY), (Fee(8000, "mỗi bản"), Fee(None, "theo quy định")))
    papers = DocumentSet("", (Document("Tờ khai", 1, 0, (Form("to-khai.docx"),)),))
    new = replace(PLAIN, methods=(method,), document_sets=(papers,), fully_online=False, updated_at=date(2026, 5, 1))
    told = {difference.field: difference.after for difference in differences(PLAIN, new)}
    assert told == {
        "methods": ("trực tiếp · 5 ngày làm việc · 8.000 đồng (mỗi bản); theo quy định",),
        "document_sets": ("Tờ khai (1 bản chính, 0 bản sao) to-khai.docx",),
        "fully_online": ("không",),
        "updated_at": ("1/5/2026",),
    }


def test_two_fees_that_differ_in_kind_only_are_told() -> None:
    old, new = (
        replace(PLAIN, methods=(Method(Channel.DIRECT, fees=(Fee(1, kind=kind),)),)) for kind in ("fee", "service_fee")
    )
    assert [difference.field for difference in differences(old, new)] == ["methods"]


def test_what_is_foreseen_is_what_happens(engine: Engine) -> None:
    catalog = Catalog(engine)
    held = {number: replace(PLAIN, code=f"1.90000{number}") for number in range(1, 7)}
    catalog.put([held[1], held[2]], STARTER, "ban đầu")
    catalog.put([held[3], held[4]], IMPORT, "nạp")
    catalog.put([held[5]], ADMIN, "sửa")
    offered = [
        replace(held[1], name="Tên khác"),
        replace(held[2], name="Tên khác", updated_at=date(2026, 5, 1)),
        held[3],
        replace(held[4], status=Status.WITHDRAWN),
        replace(held[5], status=Status.DRAFT, name="Tên khác"),
        held[6],
    ]
    fates = [change.fate for change in foresee(engine, offered, IMPORT)]
    assert fates == [Fate.KEPT, Fate.CHANGED, Fate.UNCHANGED, Fate.WITHDRAWN, Fate.DRAFT, Fate.ADDED]
    report = catalog.put(offered, IMPORT, "nạp")
    counted = (report.kept, report.changed, report.unchanged, report.withdrawn, report.added)
    assert counted == (1, 1, 1, 1, 1)
    assert [change.fate for change in foresee(engine, offered, IMPORT)] == [
        Fate.KEPT,
        *[Fate.UNCHANGED] * 5,
    ]

"""What putting procedures in would change, procedure by procedure and field by field, for people to read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine

from knowledge.catalog import Catalog, replaces
from knowledge.records import fingerprint
from knowledge.types import Channel, Document, Fee, Kind, Procedure, Status, Unit
from storage.procedures import State, fetch_states
from storage.versions import fetch_waiting

# What citizens may be told, in the order in which a person would look at it. Names people use and our own version
# number are no part of a record.
FIELD_NAMES = {
    "name": "Tên",
    "status": "Trạng thái",
    "kind": "Loại",
    "scope": "Phạm vi",
    "methods": "Cách nộp, thời hạn, lệ phí",
    "case_durations": "Thời hạn theo trường hợp",
    "document_sets": "Hồ sơ",
    "steps": "Các bước",
    "results": "Kết quả",
    "conditions": "Yêu cầu, điều kiện",
    "agencies": "Cơ quan thực hiện",
    "address": "Nơi tiếp nhận",
    "levels": "Cấp thực hiện",
    "audience": "Đối tượng",
    "fields": "Lĩnh vực",
    "legal": "Căn cứ pháp lý",
    "fully_online": "Toàn trình",
    "issuer": "Cơ quan công bố",
    "decision": "Số quyết định",
    "summary": "Tóm tắt",
    "source": "Nguồn",
    "source_url": "Đường dẫn",
    "updated_at": "Ngày cập nhật",
    "effective_on": "Có hiệu lực từ",
    "expires_on": "Có hiệu lực đến hết",
}

_FEE_KINDS = {"fee": "", "service_fee": "phí dịch vụ", "price_level": "mức giá"}
_WORDS: dict[Any, str] = {
    Channel.DIRECT: "trực tiếp",
    Channel.ONLINE: "trực tuyến",
    Channel.POSTAL: "bưu chính",
    Unit.WORKING_DAY: "ngày làm việc",
    Unit.DAY: "ngày",
    Unit.HOUR: "giờ",
    Unit.MONTH: "tháng",
    Unit.YEAR: "năm",
    Unit.OTHER: "",
    Kind.NATIONAL: "cả nước",
    Kind.PROVINCIAL: "riêng một tỉnh",
    Kind.INTERNAL: "nội bộ",
    Status.DRAFT: "nháp",
    Status.SCHEDULED: "chờ ngày hiệu lực",
    Status.PUBLISHED: "công bố",
    Status.WITHDRAWN: "ngừng",
    True: "có",
    False: "không",
    None: "",
}


class Fate(StrEnum):
    """What becomes of a procedure that is put in."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"  # a plain or corrected edition is as new, and stays
    DRAFT = "draft"  # waits for a person to publish it
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two editions tell differently, as texts: what only the old one says, what only the new one."""

    field: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What putting one procedure in does; `differences` tells where something stored is changed."""

    code: str
    name: str
    fate: Fate
    differences: tuple[Difference, ...] = ()


def foresee(engine: Engine, procedures: Iterable[Procedure], origin: str) -> tuple[Change, ...]:
    """Return what `Catalog.put` would do with each of these procedures."""
    with engine.connect() as connection:
        states = fetch_states(connection)
        waiting = {(row.code, row.status, row.fingerprint) for row in fetch_waiting(connection)}
    catalog = Catalog(engine)
    found = []
    for procedure in procedures:
        is_waiting = (procedure.code, procedure.status, fingerprint(procedure)) in waiting
        fate = Fate.UNCHANGED if is_waiting else _fate(procedure, states.get(procedure.code), origin)
        found.append(_change(procedure, fate, catalog))
    return tuple(found)


def differences(old: Procedure, new: Procedure) -> tuple[Difference, ...]:
    """Return the fields in which two editions differ; the order within a list does not count."""
    found = []
    for field in FIELD_NAMES:
        before, after = (_texts(getattr(edition, field)) for edition in (old, new))
        gone, come = (
            {text: None for text in one if text not in other} for one, other in ((before, after), (after, before))
        )
        if gone or come:
            found.append(Difference(field, tuple(gone), tuple(come)))
    return tuple(found)


def _change(procedure: Procedure, fate: Fate, catalog: Catalog) -> Change:
    stored = catalog.get(procedure.code) if fate in (Fate.CHANGED, Fate.DRAFT) else None
    told = differences(stored, replace(procedure, status=stored.status)) if stored else ()
    return Change(procedure.code, procedure.name, fate, told)


def _fate(procedure: Procedure, held: State | None, origin: str) -> Fate:
    if procedure.status is Status.DRAFT:
        return Fate.DRAFT
    if held is None:
        return Fate.ADDED
    if (fingerprint(procedure), procedure.status) == (held.fingerprint, held.status):
        return Fate.UNCHANGED
    if not replaces(origin, procedure.updated_at, held):
        return Fate.KEPT
    return Fate.WITHDRAWN if procedure.status is Status.WITHDRAWN else Fate.CHANGED


def _texts(value: Any) -> tuple[str, ...]:
    """Return a field as the texts to compare: the items of a list, or the one value."""
    if isinstance(value, tuple):
        return tuple(_text(item) for item in value)
    text = _text(value)
    return (text,) if text else ()


def _text(value: Any) -> str:
    if isinstance(value, Fee):
        amount = "" if value.amount is None else f"{value.amount:,} đồng".replace(",", ".")
        kind = _FEE_KINDS.get(value.kind, value.kind)
        return " ".join(filter(None, (kind, amount, f"({value.text})" if amount and value.text else value.text)))
    if isinstance(value, Document):
        count = f"({value.originals} bản chính, {value.copies} bản sao)"
        return " ".join(filter(None, (value.name, count, _text(value.forms))))
    if is_dataclass(value):
        separator = " " if any(isinstance(getattr(value, field.name), Unit) for field in fields(value)) else " · "
        return separator.join(filter(None, (_text(getattr(value, field.name)) for field in fields(value))))
    if isinstance(value, tuple):
        return "; ".join(_text(item) for item in value)
    if value is None or isinstance(value, bool | StrEnum):
        return _WORDS[value]
    if isinstance(value, date):
        return f"{value.day}/{value.month}/{value.year}"
    return str(value)

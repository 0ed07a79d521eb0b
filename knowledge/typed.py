"""A procedure as texts in a form, and back: what was typed becomes a record, or is told where it cannot.

Pure. Values are a tree of dicts by part: a text for a field, a dict for a group, for rows a dict by the row's key, in
the order in which they stand. Paths join keys by dots ("methods.0.fees.2.amount"); so the page names its fields.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from knowledge.days import today
from knowledge.forms import CODE, SECTIONS, Fault, Field, Group, Input, Part, Rows
from knowledge.types import Kind, Procedure, Status

Values = dict[str, Any]

_PARTS: tuple[Part, ...] = (CODE, *(part for section in SECTIONS for part in section.parts))
_KEY = re.compile(r"[A-Za-z0-9_]{1,40}")
_DEEPEST = 8
_CODE = re.compile(r"(?=.*\d)[0-9A-Za-z.\-]{1,40}")
_NUMBER = re.compile(r"\d{1,9}")
_MONEY = re.compile(r"(\d{1,3}(?:[., ]\d{3})+|\d{1,13})(?: ?(?:đồng|đ|vnđ|vnd))?", re.IGNORECASE)
_LINK = re.compile(r"https?://\S+")
_HIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, as a record.

    `faults` (by path) are what could not be read, and is left out of `procedure`: with one of them nothing may be
    saved. `remarks` are what can be saved but somebody should look at.
    """

    procedure: Procedure
    faults: Mapping[str, str]
    remarks: Mapping[str, str]


def tree(pairs: Iterable[tuple[str, str]]) -> Values:
    """Return the posted fields as a tree; names that no form of ours has are left out."""
    values: Values = {}
    for name, text in pairs:
        path = name.split(".")
        if len(path) > _DEEPEST or not all(map(_KEY.fullmatch, path)):
            continue
        place = values
        for key in path[:-1]:
            inner = place.setdefault(key, {})
            place = inner if isinstance(inner, dict) else {}
        place.setdefault(path[-1], text)
    return values


def show(procedure: Procedure) -> Values:
    """Return the texts that a form over this procedure begins with."""
    return {part.key: _shown(part, getattr(procedure, part.key)) for part in _PARTS}


def read(values: Values) -> Typed:
    """Read a form. Never raises: what is wrong is told by path."""
    reading = _Reading()
    made = reading.parts(_PARTS, values, "")
    procedure = Procedure(**made, status=Status.DRAFT)
    reading.check(procedure)
    return Typed(procedure, reading.faults, {path: text for path, text in reading.remarks.items() if text})


@dataclass(slots=True)
class _Reading:
    faults: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)

    def parts(self, parts: Iterable[Part], values: Values, path: str) -> dict[str, Any]:
        return {part.key: self.part(part, values.get(part.key), f"{path}{part.key}") for part in parts}

    def part(self, part: Part, value: Any, path: str) -> Any:
        if isinstance(part, Field):
            return self.field(part, value if isinstance(value, str) else "", path)
        inner = value if isinstance(value, dict) else {}
        if isinstance(part, Group):
            return self.made(part, inner, path)
        rows = {key: row for key, row in inner.items() if isinstance(row, dict) and (part.bare or _filled(part, row))}
        found = [self.made(part, row, f"{path}.{key}") for key, row in rows.items()]
        return tuple(item for item in found if item is not None)

    def made(self, part: Group | Rows, values: Values, path: str) -> Any:
        made = self.parts(part.parts, values, f"{path}.")
        try:
            return part.make(**made)
        except Fault as fault:
            self.faults.setdefault(f"{path}.{fault.key}", str(fault))
            return None

    def field(self, part: Field, value: str, path: str) -> Any:
        text = _clean(value)
        if not text:
            self.remarks[path] = part.needed
        try:
            return _READERS[part.input](part, text) if text or part.options else part.empty
        except Fault as fault:
            self.faults[path] = str(fault)
            return part.empty
        finally:
            if part.input is Input.LINK and text and not _LINK.fullmatch(text):
                self.remarks[path] = (
                    "Đường dẫn này người dân không mở được: cần bắt đầu bằng https:// và không có dấu cách."
                )

    def check(self, procedure: Procedure) -> None:
        """Find what single fields cannot tell."""
        if not _CODE.fullmatch(procedure.code):
            self.faults["code"] = "Ghi mã gồm chữ số, chữ cái không dấu, dấu chấm; ví dụ 1.001193."
        if not procedure.name:
            self.faults["name"] = "Ghi tên thủ tục."
        first, last = procedure.effective_on, procedure.expires_on
        if first and last and last < first:
            self.faults["expires_on"] = "Ngày cuối phải sau ngày có hiệu lực."
        elif last and last < today():
            self.remarks["expires_on"] = "Ngày này đã qua: câu trả lời sẽ báo là thông tin có thể đã cũ."
        if procedure.updated_at and procedure.updated_at > today():
            self.remarks["updated_at"] = "Ngày này còn ở phía trước."
        if procedure.kind is Kind.PROVINCIAL and procedure.scope == "national":
            self.remarks["scope"] = "Ghi tên tỉnh, thành phố có thủ tục riêng này."
        self._told_unclear(procedure)

    def _told_unclear(self, procedure: Procedure) -> None:
        """Remark what citizens will be told is not clear in the catalogue."""
        unclear = "Người dân hỏi sẽ được báo là danh mục chưa ghi rõ."
        if not any(group.documents for group in procedure.document_sets):
            self.remarks["document_sets"] = f"Chưa có giấy tờ nào. {unclear}"
        if not procedure.methods:
            self.remarks["methods"] = f"Chưa có cách nộp, thời hạn, lệ phí. {unclear}"
        if not procedure.agencies:
            self.remarks["agencies"] = f"Chưa có cơ quan nào. {unclear}"
        if any(fee.amount == 0 and not fee.text for method in procedure.methods for fee in method.fees):
            self.remarks["methods"] = (
                "Có khoản thu 0 đồng mà không có lời. Nếu được miễn thì ghi rõ bằng lời; để vậy người dân sẽ được báo "
                "là danh mục không nói có thu hay không."
            )


def _filled(part: Group | Rows, values: Values) -> bool:
    """Tell whether anything was typed; a choice alone is nothing typed."""
    for inner in part.parts:
        value = values.get(inner.key)
        if isinstance(inner, Field):
            if inner.input is not Input.CHOICE and isinstance(value, str) and value.strip():
                return True
        elif isinstance(value, dict):
            rows = value.values() if isinstance(inner, Rows) else (value,)
            if any(_filled(inner, row) for row in rows if isinstance(row, dict)):
                return True
    return False


def _remark(part: Field, text: str) -> str:
    opens = part.input is not Input.LINK or _LINK.fullmatch(text)
    return "" if opens else "Đường dẫn này người dân không mở được: cần bắt đầu bằng https:// và không có dấu cách."


def _clean(text: str) -> str:
    """Return a text without hidden characters, in NFC, with plain line ends."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _HIDDEN.sub("", plain).strip()


def _one_line(_field: Field, text: str) -> str:
    return " ".join(text.split())


def _lines(_field: Field, text: str) -> tuple[str, ...]:
    found = (" ".join(line.split()) for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in found if line))


def _number(_field: Field, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise Fault("Ghi bằng chữ số, ví dụ 5.")
    return int(text)


def _money(_field: Field, text: str) -> int:
    found = _MONEY.fullmatch(text)
    if not found:
        raise Fault("Ghi số tiền bằng chữ số, ví dụ 8.000; phần lời ghi ở ô bên cạnh.")
    return int(re.sub(r"\D", "", found[1]))


def read_day(text: str) -> date:
    """Read a date as people write it (15/4/2026), or as programs do. Raises Fault."""
    for shape in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, shape).date()
        except ValueError:
            continue
    raise Fault("Ghi ngày/tháng/năm, ví dụ 15/4/2026.")


def _choice(field_: Field, text: str) -> Any:
    for option in field_.options:
        if option.key == text:
            return option.value
    if not text:
        return field_.empty
    raise Fault("Chọn một mục trong danh sách.")


_READERS: dict[Input, Callable[[Field, str], Any]] = {
    Input.TEXT: _one_line,
    Input.LONG: lambda _field, text: text,
    Input.LINES: _lines,
    Input.NUMBER: _number,
    Input.MONEY: _money,
    Input.DAY: lambda _field, text: read_day(text),
    Input.LINK: _one_line,
    Input.CHOICE: _choice,
}


def _shown(part: Part, value: Any) -> Any:
    if isinstance(part, Field):
        return _text(part, value)
    if isinstance(part, Group):
        return {} if value is None else {inner.key: _shown(inner, getattr(value, inner.key)) for inner in part.parts}
    return {
        str(place): {inner.key: _shown(inner, getattr(row, inner.key)) for inner in part.parts}
        for place, row in enumerate(value)
    }


def _text(part: Field, value: Any) -> str:
    if part.options:
        return next((option.key for option in part.options if option.value == value), "")
    if value == part.empty:
        return ""
    if part.input is Input.LINES:
        return "\n".join(value)
    if part.input is Input.MONEY:
        return f"{value:,}".replace(",", ".")
    return f"{value.day}/{value.month}/{value.year}" if isinstance(value, date) else str(value)

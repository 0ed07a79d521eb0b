"""What a person may fill in about a procedure: the form as data, from its largest part to the smallest field.

`knowledge.typed` reads it. The names of parts are those of `knowledge.types`; what they are called is for editors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from knowledge.types import (
    CaseDuration,
    Channel,
    Document,
    DocumentSet,
    Duration,
    Facet,
    Fee,
    Form,
    Kind,
    LegalReference,
    Method,
    Step,
    Unit,
)


class Input(StrEnum):
    """How something is typed."""

    TEXT = "text"
    LONG = "long"
    LINES = "lines"  # any number of short texts, one a line
    NUMBER = "number"
    MONEY = "money"
    DAY = "day"
    LINK = "link"
    CHOICE = "choice"


class Fault(ValueError):  # noqa: N818 - a finding about what was typed, not a failure of ours
    """What was typed cannot be read; `key` names the part that is wrong, "" the one that was read."""

    def __init__(self, text: str, key: str = "") -> None:
        """Tell in Vietnamese what to write instead."""
        super().__init__(text)
        self.key = key


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice: how it is sent, what it is called, and what it means in the record."""

    key: str
    label: str
    value: Any


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to type; `empty` is what the record holds when nothing is, `needed` what an editor is reminded of."""

    shape: ClassVar[str] = "field"
    key: str
    label: str
    input: Input = Input.TEXT
    hint: str = ""
    empty: Any = ""
    options: tuple[Option, ...] = ()
    needed: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that make one value together, or None where nothing is typed."""

    shape: ClassVar[str] = "group"
    key: str
    label: str
    make: Callable[..., Any]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Any number of like values, each called `one`; `bare`: its choices alone say something."""

    shape: ClassVar[str] = "rows"
    key: str
    label: str
    one: str
    make: Callable[..., Any]
    parts: tuple[Part, ...]
    bare: bool = False


Part = Field | Group | Rows


@dataclass(frozen=True, slots=True)
class Section:
    """Parts that an editor looks at together, and the facet that tells them to citizens."""

    key: str
    title: str
    facet: Facet
    parts: tuple[Part, ...]


def _duration(amount: int | None, unit: Unit | None, text: str) -> Duration | None:
    if unit is None and amount is not None:
        raise Fault("Chọn đơn vị của thời hạn: ngày làm việc, ngày, giờ …", "unit")
    if amount is None and unit not in (None, Unit.OTHER) and not text:
        raise Fault("Ghi số của thời hạn, hoặc ghi bằng lời.", "amount")
    return Duration(amount, unit or Unit.OTHER, text) if unit or text else None


def _case_duration(case: str, duration: Duration | None) -> CaseDuration:
    return CaseDuration(case, duration or Duration(None, Unit.OTHER))


_UNITS = (
    Option("", "– đơn vị –", None),
    Option("working_day", "ngày làm việc", Unit.WORKING_DAY),
    Option("day", "ngày", Unit.DAY),
    Option("hour", "giờ", Unit.HOUR),
    Option("month", "tháng", Unit.MONTH),
    Option("year", "năm", Unit.YEAR),
    Option("other", "như lời ghi", Unit.OTHER),
)
_CHANNELS = (
    Option("direct", "Trực tiếp", Channel.DIRECT),
    Option("online", "Trực tuyến", Channel.ONLINE),
    Option("postal", "Bưu chính", Channel.POSTAL),
)
_FEES = (
    Option("fee", "lệ phí", "fee"),
    Option("service_fee", "phí dịch vụ", "service_fee"),
    Option("price_level", "mức giá", "price_level"),
)
_KINDS = (
    Option("national", "Chung cả nước", Kind.NATIONAL),
    Option("provincial", "Riêng một tỉnh", Kind.PROVINCIAL),
    Option("internal", "Nội bộ cơ quan (không trả lời người dân)", Kind.INTERNAL),
)
_ONLINE = (
    Option("", "Danh mục không nói", None),
    Option("yes", "Có, làm trọn trên mạng", True),
    Option("no", "Không", False),
)
_ONE_A_LINE = "Mỗi dòng một mục."
_DURATION = Group(
    "duration",
    "Thời hạn",
    _duration,
    (
        Field("amount", "Số", Input.NUMBER, empty=None),
        Field("unit", "Đơn vị", Input.CHOICE, empty=None, options=_UNITS),
        Field("text", "Bằng lời, như danh mục ghi"),
    ),
)
_FORM_ROWS = Rows(
    "forms",
    "Mẫu đơn, tờ khai",
    "mẫu",
    Form,
    (
        Field("name", "Tên mẫu", needed="Chưa ghi tên mẫu."),
        Field("url", "Đường dẫn tải", Input.LINK, "https://…"),
    ),
)
_DOCUMENTS = Rows(
    "documents",
    "Giấy tờ",
    "giấy tờ",
    Document,
    (
        Field("name", "Tên giấy tờ", Input.LONG, needed="Chưa ghi tên giấy tờ."),
        Field("originals", "Bản chính", Input.NUMBER, empty=0),
        Field("copies", "Bản sao", Input.NUMBER, empty=0),
        _FORM_ROWS,
    ),
)
_METHODS = Rows(
    "methods",
    "Cách nộp",
    "cách nộp",
    Method,
    (
        Field("channel", "Nộp bằng cách", Input.CHOICE, empty=Channel.DIRECT, options=_CHANNELS),
        _DURATION,
        Rows(
            "fees",
            "Lệ phí",
            "khoản thu",
            Fee,
            (
                Field("amount", "Số tiền (đồng)", Input.MONEY, "Để trống nếu chỉ có lời.", empty=None),
                Field("kind", "Loại", Input.CHOICE, empty="fee", options=_FEES),
                Field("text", "Bằng lời: thu khi nào, ai được miễn", Input.LONG),
            ),
        ),
        Field("text", "Ghi chú của cách nộp này", Input.LONG),
    ),
    bare=True,
)

CODE = Field("code", "Mã thủ tục", hint="Như trên Cổng Dịch vụ công quốc gia, ví dụ 1.001193.")

SECTIONS: tuple[Section, ...] = (
    Section(
        "about",
        "Tên và loại",
        Facet.OVERVIEW,
        (
            Field("name", "Tên thủ tục", Input.LONG),
            Field("summary", "Tóm tắt", Input.LONG, "Một câu dễ hiểu: thủ tục này để làm gì."),
            Field("kind", "Của ai", Input.CHOICE, empty=Kind.NATIONAL, options=_KINDS),
            Field("scope", "Tỉnh, thành phố", hint="Để trống: cả nước.", empty="national"),
            Field("fields", "Lĩnh vực", Input.LINES, _ONE_A_LINE, ()),
            Field("levels", "Cấp thực hiện", Input.LINES, _ONE_A_LINE, ()),
            Field("audience", "Dành cho", Input.LINES, _ONE_A_LINE, ()),
        ),
    ),
    Section("methods", "Cách nộp, thời hạn, lệ phí", Facet.FEE, (_METHODS,)),
    Section(
        "durations",
        "Thời hạn theo trường hợp",
        Facet.DURATION,
        (
            Rows(
                "case_durations",
                "Thời hạn",
                "trường hợp",
                _case_duration,
                (Field("case", "Trường hợp", Input.LONG, "Để trống: mọi trường hợp."), _DURATION),
            ),
        ),
    ),
    Section(
        "documents",
        "Hồ sơ",
        Facet.DOCUMENTS,
        (
            Rows(
                "document_sets",
                "Bộ hồ sơ",
                "bộ hồ sơ",
                DocumentSet,
                (Field("case", "Dùng cho trường hợp", hint="Để trống: mọi trường hợp."), _DOCUMENTS),
            ),
        ),
    ),
    Section(
        "steps",
        "Các bước",
        Facet.STEPS,
        (Rows("steps", "Bước", "bước", Step, (Field("name", "Tên bước"), Field("text", "Phải làm gì", Input.LONG))),),
    ),
    Section(
        "result",
        "Điều kiện và kết quả",
        Facet.CONDITIONS,
        (
            Field("conditions", "Yêu cầu, điều kiện", Input.LONG),
            Field("results", "Kết quả", Input.LINES, _ONE_A_LINE, ()),
        ),
    ),
    Section(
        "where",
        "Nơi giải quyết",
        Facet.WHERE,
        (
            Field("agencies", "Cơ quan thực hiện", Input.LINES, _ONE_A_LINE, ()),
            Field("address", "Nơi tiếp nhận", Input.LONG),
            Field("fully_online", "Toàn trình", Input.CHOICE, empty=None, options=_ONLINE),
        ),
    ),
    Section(
        "legal",
        "Căn cứ pháp lý",
        Facet.LEGAL,
        (
            Rows(
                "legal",
                "Văn bản",
                "văn bản",
                LegalReference,
                (Field("number", "Số, ký hiệu", needed="Chưa ghi số văn bản."), Field("title", "Tên văn bản")),
            ),
        ),
    ),
    Section(
        "source",
        "Nguồn và hiệu lực",
        Facet.OVERVIEW,
        (
            Field("source", "Nguồn", needed="Chưa ghi nguồn: câu trả lời nào cũng phải nêu nguồn."),
            Field("source_url", "Đường dẫn nguồn", Input.LINK, "https://…", needed="Chưa có đường dẫn tới nguồn."),
            Field("issuer", "Cơ quan công bố"),
            Field("decision", "Số quyết định"),
            Field("updated_at", "Ngày cập nhật", Input.DAY, "Theo nơi công bố.", None, needed="Chưa có ngày cập nhật."),
            Field("effective_on", "Có hiệu lực từ", Input.DAY, "Để trống: có hiệu lực ngay.", None),
            Field("expires_on", "Có hiệu lực đến hết", Input.DAY, "Để trống: không định trước.", None),
        ),
    ),
    Section(
        "names",
        "Cách người dân gọi",
        Facet.OVERVIEW,
        (
            Field("aliases", "Cách gọi", Input.LINES, "Giúp tìm ra thủ tục, không hiện trong câu trả lời.", ()),
            Field("questions", "Câu hỏi thường gặp", Input.LINES, "Câu mà thủ tục này trả lời được.", ()),
        ),
    ),
)

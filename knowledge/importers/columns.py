"""The columns of a table of procedures (CSV or Excel): what each is called, how a cell is written, what it fills.

The first five are those of the portal's own list, under the portal's headings. Only the code and the name must be
there; an empty cell says nothing, a single dash empties what is stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from knowledge.importers.cleaning import clean_line
from knowledge.importers.fields import Json, Unfit

_KINDS = {"cả nước": "STANDARD", "riêng một tỉnh": "SPECIFIC", "nội bộ": "STANDARD_INTERNAL"}
_FLAGS = {"có": True, "không": False}
_CHANNELS = {
    "trực tiếp": "truc_tiep",
    "trực tuyến": "truc_tuyen",
    "bưu chính": "buu_chinh",
    "dịch vụ bưu chính": "buu_chinh",
}
_UNITS = {"ngày làm việc": "WORKING_DAY", "ngày": "DAY", "giờ": "HOUR", "tháng": "MONTH", "năm": "YEAR"}
_LIMIT = re.compile(r"(\d+(?:[.,]\d+)?)\s+(ngày làm việc|ngày|giờ|tháng|năm)", re.IGNORECASE)
_AMOUNT = re.compile(r"(\d{1,3}(?:\.\d{3})+|\d+)\s*(?:đồng|đ|vnđ)?\s*(?:\((.*)\))?", re.IGNORECASE | re.DOTALL)
_NEXT_FEE = re.compile(r";\s*(?![^()]*\))")  # a semicolon in brackets belongs to the words
_COUNT = re.compile(r"(\d+)\s*(bản chính|bản sao)", re.IGNORECASE)
_CASE = re.compile(r"\[(.+)\]$")
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})$")

EXAMPLE = "ví dụ"
"""The code of the template's example row, which is passed over."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, the key of the row it fills, the field of `Procedure` that follows from it."""

    heading: str
    key: str
    field: str
    read: Callable[[str], Any]
    help: str
    example: str
    width: int = 30


def fees_of(text: str) -> list[Json]:
    """Return the fees of one cell, parted by semicolons: amounts in đồng with words in brackets, or words alone."""
    return [fee_of(part) for part in _NEXT_FEE.split(text) if part.strip()]


def fee_of(text: str) -> Json:
    """Return one fee. Words stay words: what is not a plain amount is never made into a number."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        return {"so_tien": None, "mo_ta": text}
    return {"so_tien": int(found[1].replace(".", "")), "mo_ta": found[2] or ""}


def limit_of(text: str) -> Json:
    """Return a time limit as number and unit; what is none of that stays in words."""
    found = _LIMIT.fullmatch(clean_line(text))
    if found is None:
        return {"thoi_han_so": text or None, "thoi_han_don_vi": "OTHER"}
    amount = float(found[1].replace(",", "."))
    number = int(amount) if amount.is_integer() else amount
    return {"thoi_han_so": number, "thoi_han_don_vi": _UNITS[found[2].lower()]}


def channel_of(text: str) -> str:
    """Return the way of handing in. Raises Unfit for a word that is none."""
    word = clean_line(text).lower()
    if word not in _CHANNELS:
        raise Unfit(f"cách nộp {text!r:.40} chưa biết; viết một trong: {', '.join(_CHANNELS)}")
    return _CHANNELS[word]


def day_of(text: str) -> str:
    """Return a day written as 15/4/2026 or 2026-04-15 in the second way. Raises Unfit."""
    found = _DAY.match(text)
    try:
        return str(date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text))
    except ValueError:
        raise Unfit(f"ngày {text!r:.40} không đúng dạng, ví dụ đúng: 15/4/2026") from None


def cell_text(value: Any) -> str:
    """Return what a cell of a spreadsheet holds, as it would be typed."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return str(value.date())
    return str(value).strip()


def _text(text: str) -> str:
    return text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _names(text: str) -> list[str]:
    return [name.strip() for line in text.splitlines() for name in line.split(";") if name.strip()]


def _parts(line: str, count: int) -> list[str]:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) > count:
        raise Unfit(f"dòng {line!r:.60} có quá {count} phần (ngăn bằng dấu |)")
    return parts + [""] * (count - len(parts))


def _choice(known: dict[str, Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        word = clean_line(text).lower()
        if word not in known:
            raise Unfit(f"{text!r:.40} không hợp lệ; viết một trong: {', '.join(known)}")
        return known[word]

    return read


def _methods(text: str) -> list[Json]:
    found = []
    for line in _lines(text):
        channel, limit, fees, words = _parts(line, 4)
        found.append({"hinh_thuc": channel_of(channel), **limit_of(limit), "phi": fees_of(fees), "mo_ta": words})
    return found


def _document_sets(text: str) -> list[Json]:
    sets: list[Json] = []
    for line in _lines(text):
        if case := _CASE.match(line):
            sets.append({"truong_hop": case[1], "giay_to": []})
            continue
        if not sets:
            sets.append({"truong_hop": "", "giay_to": []})
        name, counts, forms = _parts(line, 3)
        told = {kind.lower(): int(number) for number, kind in _COUNT.findall(counts)}
        paper = {"ten": name, "ban_chinh": told.get("bản chính", 0), "ban_sao": told.get("bản sao", 0)}
        sets[-1]["giay_to"].append(paper | {"mau": _names(forms)})
    return sets


def _legal(text: str) -> list[Json]:
    return [{"so_hieu": number, "ten": title} for number, title in (_parts(line, 2) for line in _lines(text))]


COLUMNS = (
    Column("Mã số", "ma", "code", _text, "Mã của thủ tục. Bắt buộc.", EXAMPLE, 14),
    Column("Tên", "ten", "name", _text, "Tên chính thức. Bắt buộc.", "Cấp bản sao giấy tờ", 40),
    Column("Cơ quan ban hành", "co_quan_cong_bo", "issuer", _text, "Nơi công bố thủ tục.", "Bộ Tư pháp"),
    Column(
        "Cơ quan thực hiện",
        "co_quan_thuc_hien",
        "agencies",
        _names,
        "Mỗi dòng một cơ quan (hoặc ngăn bằng dấu ;).",
        "Ủy ban nhân dân cấp xã",
    ),
    Column("Lĩnh vực", "linh_vuc", "fields", _names, "Mỗi dòng một lĩnh vực (hoặc ngăn bằng dấu ;).", "Hộ tịch"),
    Column(
        "Loại",
        "loai",
        "kind",
        _choice(_KINDS),
        "cả nước, riêng một tỉnh (theo Cơ quan ban hành) hoặc nội bộ. Trống: cả nước.",
        "cả nước",
        16,
    ),
    Column("Cấp thực hiện", "cap_thuc_hien", "levels", _names, "Ví dụ: Cấp xã; Cấp tỉnh.", "Cấp xã", 16),
    Column("Đối tượng", "doi_tuong", "audience", _names, "Ai làm được thủ tục này.", "Công dân Việt Nam"),
    Column(
        "Cách nộp",
        "cach_thuc",
        "methods",
        _methods,
        "Mỗi dòng một cách: cách nộp | thời hạn | lệ phí | mô tả. Lệ phí là số đồng, thêm chữ trong ngoặc; "
        "nhiều mức ngăn bằng dấu ;. Không biết thì để trống, đừng ghi 0.",
        "Trực tiếp | 5 ngày làm việc | 8.000 đồng (mỗi bản) | Nộp tại bộ phận một cửa\nTrực tuyến | 3 ngày làm việc",
        50,
    ),
    Column(
        "Hồ sơ",
        "thanh_phan_ho_so",
        "document_sets",
        _document_sets,
        "Mỗi dòng một giấy tờ: tên | 1 bản chính, 1 bản sao | mẫu. Một dòng [tên trường hợp] mở đầu hồ sơ riêng "
        "của trường hợp đó.",
        "Tờ khai | 1 bản chính | to-khai.docx\nGiấy tờ tùy thân | 1 bản sao",
        50,
    ),
    Column(
        "Các bước",
        "trinh_tu",
        "steps",
        lambda text: [{"ten": "", "noi_dung": line} for line in _lines(text)],
        "Mỗi dòng một bước, theo thứ tự.",
        "Nộp hồ sơ tại bộ phận một cửa\nNhận kết quả theo giấy hẹn",
        40,
    ),
    Column(
        "Kết quả",
        "ket_qua",
        "results",
        lambda text: [{"ten": name} for name in _names(text)],
        "Mỗi dòng một kết quả.",
        "Bản sao giấy tờ",
    ),
    Column(
        "Căn cứ pháp lý",
        "can_cu_phap_ly",
        "legal",
        _legal,
        "Mỗi dòng một văn bản: số hiệu | trích yếu.",
        "60/2014/QH13 | Luật Hộ tịch",
        40,
    ),
    Column("Yêu cầu, điều kiện", "yeu_cau_dieu_kien", "conditions", _text, "Điều kiện phải có.", ""),
    Column("Nơi tiếp nhận", "dia_chi_tiep_nhan", "address", _text, "Địa chỉ nhận hồ sơ, nếu khác thường lệ.", ""),
    Column("Số quyết định", "so_quyet_dinh", "decision", _text, "Quyết định công bố thủ tục.", "", 16),
    Column("Toàn trình", "toan_trinh", "fully_online", _choice(_FLAGS), "có hoặc không.", "không", 12),
    Column("Đường dẫn", "url", "source_url", _text, "Trang công bố, bắt đầu bằng https://.", ""),
    Column("Ngày cập nhật", "ngay_cap_nhat", "updated_at", day_of, "Ngày nơi công bố sửa, ví dụ 15/4/2026.", "", 14),
)
"""All columns that are understood, in the order of the template."""

LIST_FIELDS = frozenset(column.field for column in COLUMNS[:5])
"""What the portal's list tells; a row that tells no more is a mention of a procedure and no record of it."""


def row_of(cells: dict[str, str]) -> tuple[Json, frozenset[str]]:
    """Return the row that the cells of one line (by heading) describe, and the fields of `Procedure` they tell.

    Raises Unfit naming the column.
    """
    row: Json = {}
    told: set[str] = set()
    for column in COLUMNS:
        text = cells.get(column.heading, "")
        if not text:
            continue
        try:
            row[column.key] = None if text == "-" else column.read(text)
        except Unfit as error:
            raise Unfit(f"cột {column.heading}: {error}") from None
        told |= {column.field, "scope"} if column.field == "kind" else {column.field}
    return row, frozenset(told)

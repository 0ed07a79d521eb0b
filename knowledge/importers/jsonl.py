"""The catalogue as JSON lines with Vietnamese keys, plain or gzipped: one procedure a line.

The rows follow the national portal's own fields. Nothing is taken on trust: a row of the wrong shape is reported with
its line and reason, and the others go on.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from knowledge.importers.cleaning import clean_code, clean_line, clean_name, clean_text
from knowledge.importers.fields import Json, Unfit, count_of, date_of, each, flag_of, line_of, lines_of, text_of
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

_CHANNELS = {"truc_tuyen": Channel.ONLINE, "truc_tiep": Channel.DIRECT, "buu_chinh": Channel.POSTAL}
_KINDS = {"STANDARD": Kind.NATIONAL, "SPECIFIC": Kind.PROVINCIAL, "STANDARD_INTERNAL": Kind.INTERNAL}
_IN_FORCE = {"", "ACTIVE", "UPDATED"}
_UNIT_WORDS = {
    Unit.WORKING_DAY: "ngày làm việc",
    Unit.DAY: "ngày",
    Unit.HOUR: "giờ",
    Unit.MONTH: "tháng",
    Unit.YEAR: "năm",
}
_PROVINCE = re.compile(r"(?:tỉnh|thành phố)\s+(\w[\w\s]*)$", re.IGNORECASE)
_DELETED = re.compile(r"-\s*x[oó]a$", re.IGNORECASE)
_LONGEST_LINE = 8_000_000  # bytes; the longest record of the national file has 0.4 million
_PORTAL = "https://dichvucong.gov.vn/"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: the procedure it holds, or the reason why it holds none (for the administrator).

    `told` are the fields of the procedure that the line speaks of; None: all, it is a whole record.
    """

    line: int
    code: str
    procedure: Procedure | None = None
    reason: str = ""
    told: frozenset[str] | None = None


def read_jsonl(path: Path) -> Iterator[Row]:
    """Yield the rows of a file, good and bad, empty lines left out. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        yield from read_json_lines(file, path.name)


def read_json_lines(file: IO[bytes], name: str) -> Iterator[Row]:
    """Yield the rows of an open file, plain or gzipped; `name` is what an OSError calls it."""
    is_gzip = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    lines = gzip.open(file) if is_gzip else file  # noqa: SIM115 - the caller closes the file
    try:
        # A line longer than any record comes in pieces, each of them broken: it cannot fill the memory.
        for number, line in enumerate(iter(lambda: lines.readline(_LONGEST_LINE), b""), start=1):
            if line.strip():
                yield _read_line(number, line)
    except (EOFError, zlib.error) as error:
        raise OSError(f"{name}: tệp nén bị hỏng hoặc thiếu phần cuối") from error


def _read_line(number: int, line: bytes) -> Row:
    try:
        # Decoded here, so that a broken letter costs one row; a file from Windows may begin with a mark.
        data = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return Row(number, "", reason=f"không đọc được JSON: {error}")
    if not isinstance(data, dict):
        return Row(number, "", reason="dòng này không phải một đối tượng JSON")
    code = clean_line(str(data.get("ma") or ""))[:40]
    try:
        return Row(number, code, procedure=procedure_of(data))
    except Unfit as error:
        return Row(number, code, reason=str(error))


def procedure_of(data: Json) -> Procedure:
    """Return the procedure that a row describes."""
    kind, issuer = _kind(data), line_of(data, "co_quan_cong_bo")
    province = _PROVINCE.search(issuer)
    if kind is Kind.NATIONAL and province:
        # What a province decided holds in that province, whatever the row calls it.
        kind = Kind.PROVINCIAL
    if kind is Kind.PROVINCIAL and not province:
        raise Unfit(f"thủ tục riêng của địa phương nhưng không rõ tỉnh nào (co_quan_cong_bo: {issuer!r})")
    url = line_of(data, "url")
    return Procedure(
        code=_code(data),
        name=_name(data),
        kind=kind,
        scope=province[1].strip() if kind is Kind.PROVINCIAL and province else "national",
        fields=lines_of(data, "linh_vuc"),
        levels=lines_of(data, "cap_thuc_hien"),
        audience=lines_of(data, "doi_tuong"),
        methods=each(data, "cach_thuc", _method),
        steps=each(data, "trinh_tu", _step),
        document_sets=each(data, "thanh_phan_ho_so", _document_set),
        case_durations=_case_durations(data),
        results=each(data, "ket_qua", lambda item: line_of(item, "ten")),
        legal=each(data, "can_cu_phap_ly", _legal),
        conditions=text_of(data, "yeu_cau_dieu_kien"),
        agencies=lines_of(data, "co_quan_thuc_hien"),
        address=text_of(data, "dia_chi_tiep_nhan"),
        issuer=issuer,
        decision=line_of(data, "so_quyet_dinh"),
        fully_online=flag_of(data, "toan_trinh"),
        source="Cổng Dịch vụ công quốc gia" if url.startswith(_PORTAL) else line_of(data, "nguon"),
        source_url=url if url.startswith("https://") else "",
        updated_at=date_of(data, "ngay_cap_nhat"),
        status=Status.PUBLISHED if line_of(data, "trang_thai") in _IN_FORCE else Status.WITHDRAWN,
    )


def _code(data: Json) -> str:
    raw = line_of(data, "ma")
    if not raw:
        raise Unfit("thiếu mã thủ tục (ma)")
    if _DELETED.search(raw):
        raise Unfit("mã có đuôi “xóa”: nơi công bố đã bỏ thủ tục này")
    code = clean_code(raw)
    if code is None:
        raise Unfit(f"mã thủ tục {raw!r} không đúng dạng, ví dụ đúng: 1.001193")
    return code


def _name(data: Json) -> str:
    name = clean_name(text_of(data, "ten"))
    if not name:
        raise Unfit("thiếu tên thủ tục (ten)")
    return name


def _kind(data: Json) -> Kind:
    word = line_of(data, "loai") or "STANDARD"
    if word not in _KINDS:
        raise Unfit(f"loại thủ tục {word!r} chưa biết (loai)")
    return _KINDS[word]


def _method(data: Json) -> Method:
    word = line_of(data, "hinh_thuc")
    if word not in _CHANNELS:
        raise Unfit(f"hình thức nộp {word!r} chưa biết (cach_thuc.hinh_thuc)")
    return Method(
        channel=_CHANNELS[word],
        duration=_duration(data.get("thoi_han_so"), line_of(data, "thoi_han_don_vi")),
        fees=each(data, "phi", _fee),
        text=text_of(data, "mo_ta"),
    )


def _duration(amount: Any, word: str) -> Duration | None:
    """Return a time limit, None when the row gives none.

    With the unit OTHER a number says nothing (the portal puts 0 or 1 there); a text instead of the number does.
    """
    unit = _unit(word)
    if isinstance(amount, str):
        text = clean_text(amount)
        return Duration(None, Unit.OTHER, text) if re.search(r"[^\W\d]{2}", text) and text != "Theo mô tả" else None
    if amount is None or unit is Unit.OTHER:
        return None
    if not isinstance(amount, int | float) or isinstance(amount, bool) or not math.isfinite(amount):
        raise Unfit(f"thời hạn {amount!r} không phải số")
    if amount <= 0:
        return None
    if amount == int(amount):
        return Duration(int(amount), unit)
    return Duration(None, Unit.OTHER, f"{str(amount).replace('.', ',')} {_UNIT_WORDS[unit]}")


def _unit(word: str) -> Unit:
    try:
        return Unit(word.lower() or "other")
    except ValueError:
        raise Unfit(f"đơn vị thời hạn {word!r} chưa biết") from None


def _fee(data: Json) -> Fee | None:
    amount, text = data.get("so_tien"), text_of(data, "mo_ta")
    if amount is not None and (not isinstance(amount, int) or isinstance(amount, bool) or amount < 0):
        raise Unfit(f"số tiền {amount!r} không phải số nguyên (phi.so_tien)")
    if amount is None and not text:
        return None
    return Fee(amount, text, line_of(data, "loai").lower() or "fee")


def _step(data: Json) -> Step | None:
    name, text = line_of(data, "ten"), text_of(data, "noi_dung")
    return Step(name, text) if name or text else None


def _document_set(data: Json) -> DocumentSet | None:
    case, documents = text_of(data, "truong_hop"), each(data, "giay_to", _document)
    return DocumentSet(case, documents) if case or documents else None


def _document(data: Json) -> Document | None:
    name = text_of(data, "ten")
    forms = tuple(Form(form) for form in lines_of(data, "mau"))
    if not name:
        return None
    return Document(name, count_of(data, "ban_chinh"), count_of(data, "ban_sao"), forms)


def _case_durations(data: Json) -> tuple[CaseDuration, ...]:
    # Most procedures have one case that bears their own name: that is no case to tell apart.
    own_names = {line_of(data, "ten"), line_of(data, "ten_goc")}

    def read(item: Json) -> CaseDuration | None:
        case, duration = line_of(item, "ten"), _duration(item.get("so"), line_of(item, "don_vi"))
        return CaseDuration("" if case in own_names else case, duration) if duration else None

    return each(data, "thoi_han_truong_hop", read)


def _legal(data: Json) -> LegalReference | None:
    number, title = line_of(data, "so_hieu"), line_of(data, "ten")
    return LegalReference(number, title) if number or title else None

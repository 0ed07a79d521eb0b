"""The page that the portal gives out for one procedure: called `.doc`, but a Word file of the newer kind (docx).

Its parts are told by headings in bold ("Cách thức thực hiện: ") with text or tables behind them. It does not say who
published the procedure, for which province, or when, so it fills a record that is held rather than replacing it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from defusedxml import ElementTree

from knowledge.importers.archives import check_archive
from knowledge.importers.cleaning import clean_line, clean_text
from knowledge.importers.columns import channel_of, fee_of, limit_of
from knowledge.importers.fields import Json, Unfit
from knowledge.importers.jsonl import Row, procedure_of
from knowledge.types import Procedure

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY = "word/document.xml"
_LABEL = re.compile(r"([^:]{2,40}):\s*(.*)", re.DOTALL)
_FEE = re.compile(r"(?P<kind>[^:]+?)\s*:\s*(?P<amount>[\d.]+|Miễn phí)\s*Đồng\s*(?:\((?P<text>.*)\))?", re.DOTALL)
_COUNT = re.compile(r"Bản (chính|sao):\s*(\d+)")
# Commas part a list only before a capital outside brackets: "Đăng ký, quản lý cư trú" is one field.
_NEXT = re.compile(r",\s+(?=[^\W\d_a-zà-ỹđ])(?![^()]*\))")
_PROVINCE_DECISION = re.compile("UBND", re.IGNORECASE)
_NO_CASE = "Bao gồm"

_TEXTS = {
    "Mã thủ tục": "ma",
    "Số quyết định": "so_quyet_dinh",
    "Tên thủ tục": "ten",
    "Trình tự thực hiện": "trinh_tu",
    "Địa chỉ tiếp nhận HS": "dia_chi_tiep_nhan",
    "Kết quả thực hiện": "ket_qua",
    "Yêu cầu, điều kiện thực hiện": "yeu_cau_dieu_kien",
}
_LISTS = {
    "Cấp thực hiện": "cap_thuc_hien",
    "Lĩnh vực": "linh_vuc",
    "Đối tượng thực hiện": "doi_tuong",
    "Cơ quan thực hiện": "co_quan_thuc_hien",
}
_TABLES = {"Cách thức thực hiện", "Thành phần hồ sơ", "Căn cứ pháp lý"}
_UNREAD = {"Loại thủ tục", "Cơ quan có thẩm quyền", "Cơ quan được ủy quyền", "Cơ quan phối hợp", "Từ khóa", "Mô tả"}
_FIELDS = {
    "ma": "code",
    "so_quyet_dinh": "decision",
    "ten": "name",
    "trinh_tu": "steps",
    "dia_chi_tiep_nhan": "address",
    "ket_qua": "results",
    "yeu_cau_dieu_kien": "conditions",
    "cap_thuc_hien": "levels",
    "linh_vuc": "fields",
    "doi_tuong": "audience",
    "co_quan_thuc_hien": "agencies",
    "cach_thuc": "methods",
    "thanh_phan_ho_so": "document_sets",
    "can_cu_phap_ly": "legal",
}

Table = list[list[list[str]]]
"""The rows of a table, the cells of a row, the paragraphs of a cell."""


def read_word(file: IO[bytes], name: str) -> Iterator[Row]:
    """Yield the one row of a procedure's page. Raises OSError when the file is none."""
    try:
        with zipfile.ZipFile(file) as archive:
            check_archive(archive, name)
            body = ElementTree.fromstring(archive.read(_BODY)).find(f"{_W}body")
    except (zipfile.BadZipFile, KeyError, SyntaxError, ValueError) as error:
        raise OSError(f"{name}: không phải trang chi tiết thủ tục (docx) đọc được") from error
    parts = _parts(body if body is not None else ())
    row = _row(parts)
    code = clean_line(str(row.get("ma", "")))[:40]
    try:
        told = frozenset(_FIELDS[key] for key, value in row.items() if value)
        yield Row(1, code, _checked(procedure_of(row)), told=told)
    except Unfit as error:
        yield Row(1, code, reason=str(error))


def _checked(procedure: Procedure) -> Procedure:
    if _PROVINCE_DECISION.search(procedure.decision):
        raise Unfit("trang này không ghi tỉnh nào công bố; hãy đồng bộ từ Cổng hoặc dùng bảng có cột Cơ quan ban hành")
    return procedure


def _parts(body: Any) -> dict[str, list[str | Table]]:
    """Return what stands behind each heading: texts and tables in order."""
    known = _TEXTS.keys() | _LISTS.keys() | _TABLES | _UNREAD
    parts: dict[str, list[str | Table]] = {}
    current: list[str | Table] = []
    for element in body:
        if element.tag == f"{_W}tbl":
            current.append([[_paragraphs(cell) for cell in row.iter(f"{_W}tc")] for row in element.iter(f"{_W}tr")])
            continue
        text = _text(element)
        label = _LABEL.match(text)
        if label and label[1].strip() in known:
            current = parts.setdefault(label[1].strip(), [])
            text = label[2]
        if text.strip():
            current.append(text.strip())
    return parts


def _row(parts: dict[str, list[str | Table]]) -> Json:
    row: Json = {key: _joined(parts.get(label, [])) for label, key in _TEXTS.items()}
    row |= {key: _list(_joined(parts.get(label, []))) for label, key in _LISTS.items()}
    row["cap_thuc_hien"] = [level.capitalize() for level in row["cap_thuc_hien"]]
    row["trinh_tu"] = [{"ten": "", "noi_dung": row["trinh_tu"]}] if row["trinh_tu"] else []
    # Several results are run together with commas that stand within them too: they stay one text.
    row["ket_qua"] = [{"ten": row["ket_qua"]}] if row["ket_qua"] else []
    row["cach_thuc"] = [_method(cells) for cells in _cells(parts.get("Cách thức thực hiện", []), 4)]
    row["thanh_phan_ho_so"] = _document_sets(parts.get("Thành phần hồ sơ", []))
    legal = _cells(parts.get("Căn cứ pháp lý", []), 2)
    row["can_cu_phap_ly"] = [{"so_hieu": " ".join(cells[0]), "ten": " ".join(cells[1])} for cells in legal]
    return row


def _method(cells: list[list[str]]) -> Json:
    channel, limit, fees, words = cells[:4]
    return {
        "hinh_thuc": channel_of(" ".join(channel)),
        **limit_of(" ".join(limit)),
        "phi": [_fee(text) for text in fees],
        "mo_ta": "\n".join(words),
    }


def _fee(text: str) -> Json:
    """Return one fee. The page writes "Miễn phí" for 0, whether it is free or was never entered."""
    found = _FEE.fullmatch(text.strip())
    if found is None:
        return fee_of(text)
    amount = 0 if found["amount"] == "Miễn phí" else int(found["amount"].replace(".", ""))
    return {"loai": "FEE", "so_tien": amount, "mo_ta": found["text"] or ""}


def _document_sets(content: list[str | Table]) -> list[Json]:
    sets, case = [], ""
    for part in content:
        if isinstance(part, str):
            case = "" if part == _NO_CASE else part
            continue
        papers = [_paper(cells) for cells in _cells([part], 3)]
        sets.append({"truong_hop": case, "giay_to": papers})
    return sets


def _paper(cells: list[list[str]]) -> Json:
    counts = dict(_COUNT.findall(" ".join(cells[2])))
    number = {kind: int(counts.get(kind, 0)) for kind in ("chính", "sao")}
    return {
        "ten": "\n".join(cells[0]),
        "mau": cells[1],
        "ban_chinh": number["chính"],
        "ban_sao": number["sao"],
    }


def _cells(content: list[str | Table], count: int) -> Iterator[list[list[str]]]:
    """Yield the rows of the tables, without their headings, with at least `count` cells."""
    for part in content:
        for cells in part[1:] if isinstance(part, list) else ():
            yield cells + [[] for _ in range(count - len(cells))]


def _joined(content: list[str | Table]) -> str:
    return clean_text("\n".join(part for part in content if isinstance(part, str)))


def _list(text: str) -> list[str]:
    return [part for part in _NEXT.split(text) if part]


def _paragraphs(cell: Any) -> list[str]:
    return [text for paragraph in cell.iter(f"{_W}p") if (text := _text(paragraph).strip())]


def _text(element: Any) -> str:
    return "".join(part.text or "" for part in element.iter(f"{_W}t"))

"""One record of the portal as the row that our importer reads.

The keys are those of the portal's detail call (July 2026, 71–72 of them); what nobody reads here is left out.
Top-level `fees` and `profileComponents` are always empty there, so they are not looked at.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

from knowledge.importers.fields import Json, Unfit

PORTAL = "Cổng Dịch vụ công quốc gia"
PAGE = "https://dichvucong.gov.vn/thu-tuc-hanh-chinh/"

_CHANNELS = {"ONLINE": "truc_tuyen", "DIRECT": "truc_tiep", "POSTAL": "buu_chinh"}
_LEVELS = {
    "isMinistry": "Cấp bộ",
    "isProvince": "Cấp tỉnh",
    "isWard": "Cấp xã",
    "isVertical": "Cơ quan ngành dọc",
    "isOtherAgency": "Cơ quan khác",
}

_STEP_NUMBER = re.compile(r"\W*bước\s*(\d+)", re.IGNORECASE)


def row_of(detail: Json) -> Json:
    """Return the row (Vietnamese keys, as in `importers.jsonl`) of a portal record. Raises Unfit for a wrong shape."""
    proposal = detail.get("procedureProposal") or {}
    return {
        "ma": detail.get("code"),
        "ten": detail.get("name"),
        "linh_vuc": _names(detail, "categoriesDetails") or _names({"category": [detail.get("category")]}, "category"),
        "cap_thuc_hien": [level for key, level in _LEVELS.items() if detail.get(key)],
        "loai": "STANDARD_INTERNAL" if detail.get("isInternal") else detail.get("type"),
        "trang_thai": detail.get("state"),
        "co_quan_cong_bo": detail.get("departmentPromulgateName"),
        "so_quyet_dinh": detail.get("decisionNo") or (proposal.get("proposalNumber") if proposal else ""),
        "doi_tuong": _names(detail, "subjectTypesDetails"),
        "trinh_tu": _steps(_objects(detail, "executionSteps")),
        "cach_thuc": [_method(item) for item in _objects(detail, "executionMethods")],
        "thanh_phan_ho_so": [_document_set(item) for item in _objects(detail, "executionCases")],
        "thoi_han_truong_hop": [_case_duration(item) for item in _objects(detail, "cases")],
        "co_quan_thuc_hien": _agencies(detail),
        "dia_chi_tiep_nhan": detail.get("dossierReceivingAddresses"),
        "ket_qua": [{"ten": name} for name in _names(detail, "resultsDetails")],
        "can_cu_phap_ly": [
            {"so_hieu": item.get("code"), "ten": item.get("name")} for item in _objects(detail, "legalBasisesDetails")
        ],
        "yeu_cau_dieu_kien": detail.get("requirementsAndConditions"),
        "toan_trinh": detail.get("isFullProcess"),
        "url": f"{PAGE}{detail.get('id')}",
        "ngay_cap_nhat": str(_day(detail.get("updatedAt")) or ""),
    }


def updated_at(data: Json) -> int | None:
    """Return when a record or list item was last changed (milliseconds since 1970), None when it does not say."""
    value = data.get("updatedAt")
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _day(milliseconds: Any) -> date | None:
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).date()
    except (TypeError, ValueError, OverflowError, OSError):
        raise Unfit(f"updatedAt: {milliseconds!r:.40} không phải thời điểm") from None


def _steps(items: list[Json]) -> list[Json]:
    """Return the steps, in the order of their numbers where all bear one: the portal gives them in any order."""
    steps = [{"ten": item.get("name"), "noi_dung": item.get("description")} for item in items]
    texts = [f"{step['ten'] or ''} {step['noi_dung'] or ''}" for step in steps]
    numbers = [int(found[1]) for text in texts if (found := _STEP_NUMBER.match(text))]
    if len(numbers) < len(steps):
        return steps
    return [step for _, step in sorted(zip(numbers, steps, strict=True), key=itemgetter(0))]


def _method(item: Json) -> Json:
    word = item.get("submissionMethod")
    return {
        "hinh_thuc": _CHANNELS.get(str(word), word),
        "thoi_han_so": item.get("processingTime"),
        "thoi_han_don_vi": item.get("processingTimeUnit"),
        "mo_ta": item.get("description"),
        "phi": [
            {"loai": fee.get("type"), "so_tien": fee.get("value"), "mo_ta": fee.get("description")}
            for fee in _objects(item, "fees")
        ],
    }


def _document_set(item: Json) -> Json:
    return {
        "truong_hop": item.get("name"),
        "giay_to": [
            {
                "ten": paper.get("name"),
                "ban_chinh": paper.get("originalQty"),
                "ban_sao": paper.get("copyQty"),
                "mau": [file.get("fileName") for file in _objects(paper, "attachments")],
            }
            for paper in _objects(item, "profileComponents")
        ],
    }


def _case_duration(item: Json) -> Json:
    limit = item.get("processingDay") or {}
    if not isinstance(limit, dict):
        raise Unfit(f"cases.processingDay: cần đối tượng, không phải {limit!r:.40}")
    return {"ten": item.get("name"), "so": limit.get("qty"), "don_vi": limit.get("type")}


def _agencies(detail: Json) -> list[str]:
    # Groups ("các sở", "UBND cấp xã") and single agencies stand in two lists; the text repeats both.
    told = _names(detail, "departmentsExecuting") + _names(detail, "unitGroupsExecuting")
    return told or [name for name in [detail.get("executingAgencies")] if name]


def _names(data: Json, key: str) -> list[Any]:
    return [item.get("name") for item in _objects(data, key) if item.get("name")]


def _objects(data: Json, key: str) -> list[Json]:
    """Return the objects of a list; the portal's lists may hold nulls."""
    value = data.get(key) or []
    if not isinstance(value, list) or not all(item is None or isinstance(item, dict) for item in value):
        raise Unfit(f"{key}: cần danh sách đối tượng, không phải {value!r:.40}")
    return [item for item in value if item is not None]

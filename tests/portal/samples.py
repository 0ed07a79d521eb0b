"""Portal records of our own making, and the real ones where the shared folder stands beside the checkout."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("MOTCUA_SHARED", Path(__file__).parents[3] / "shared"))
DETAILS = SHARED / "data" / "portal_samples" / "details_300.jsonl.gz"
CATALOGUE = SHARED / "data" / "catalogue.jsonl.gz"
UPDATED_AT = 1_776_763_561_895  # 21 April 2026

Json = dict[str, Any]


def real_records() -> list[Json]:
    """Return the 302 real records, or skip the test where they are not at hand."""
    if not DETAILS.exists():
        pytest.skip(f"the portal's records are not at {DETAILS} (set MOTCUA_SHARED)")
    with gzip.open(DETAILS, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["detail"] for line in lines]


def record(number: int, **more: Any) -> Json:
    """Return a portal record with the keys that carry content; `number` makes its id and code."""
    name = f"Cấp giấy chứng nhận số {number}"
    limit = {"processingTime": 5, "processingTimeUnit": "WORKING_DAY"}
    fee = {"type": "FEE", "value": 8000 + number, "currencyId": "", "attachment": None, "description": "mỗi bản"}
    paper = {"name": "Tờ khai", "code": "TK", "originalQty": 1, "copyQty": 0, "required": False}
    return {
        "id": f"019d2bfd-0000-7000-8000-{number:012d}",
        "code": f"1.9{number:05d}",
        "name": name,
        "type": "STANDARD",
        "state": "ACTIVE",
        "isInternal": False,
        "isMinistry": False,
        "isProvince": True,
        "isWard": True,
        "isVertical": False,
        "isOtherAgency": False,
        "isFullProcess": True,
        "categoriesDetails": [{"id": "c", "name": "Hộ tịch", "code": "G15"}],
        "executionSteps": [
            {"name": "", "description": "Bước 1: nộp hồ sơ"},
            {"name": "", "description": "Bước 2: nhận kết quả"},
        ],
        "executionMethods": [
            {"submissionMethod": "DIRECT", **limit, "description": "Nộp tại bộ phận một cửa", "fees": [fee]},
            {"submissionMethod": "ONLINE", **limit, "description": "", "fees": [{"type": "FEE", "value": 0}]},
        ],
        "executionCases": [
            {
                "name": "",
                "profileComponents": [
                    paper | {"attachments": [{"fileName": "to-khai.docx"}]},
                    paper | {"name": "Giấy chứng sinh", "attachments": []},
                ],
            }
        ],
        "cases": [{"name": name, "code": "x", "processingDay": {"qty": 5, "type": "WORKING_DAY"}}],
        "legalBasisesDetails": [{"name": "Luật Hộ tịch", "code": "60/2014/QH13"}],
        "resultsDetails": [{"name": "Giấy chứng nhận", "code": "KQ"}],
        "subjectTypesDetails": [{"name": "Công dân Việt Nam", "code": "ĐT1"}],
        "departmentsExecuting": [{"name": "Ủy ban nhân dân cấp xã", "code": "x"}],
        "unitGroupsExecuting": [],
        "executingAgencies": "Ủy ban nhân dân cấp xã",
        "departmentPromulgateName": "Bộ Tư pháp",
        "procedureProposal": {"proposalNumber": "361/QĐ-BTP", "decisionDate": UPDATED_AT},
        "dossierReceivingAddresses": "",
        "requirementsAndConditions": "",
        "decisionNo": "",
        "fees": [],
        "profileComponents": [],
        "updatedAt": UPDATED_AT,
    } | more

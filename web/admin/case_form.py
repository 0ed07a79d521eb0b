"""The form of a regression case: what was typed, read into a line of an evaluation file, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.assistant import LONGEST_TEXT
from nlu.personal import mask_personal
from nlu.text import clean
from storage.regressions import Regression
from web.admin.cases import case_row

KIND_NAMES = {
    "answer": "Trả lời",
    "clarify": "Hỏi lại cho rõ",
    "abstain": "Không trả lời (ngoài phạm vi, không đủ chắc)",
    "partial": "Trả lời một phần",
    "correct_premise": "Đính chính điều nghe nói",
    "human": "Chuyển cán bộ",
    "smalltalk": "Chào hỏi",
    "crisis": "Cho số khẩn cấp",
    "pii": "Che số riêng trong câu",
}
_ABOUT = ("answer", "partial", "correct_premise")  # kinds that need a procedure
_MOST_TURNS = 6
_MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class CaseForm:
    """What stands in the form, as typed; `errors` says by field what is wrong with it."""

    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the procedures that are right."""
        return tuple(dict.fromkeys(self.values["codes"].replace(",", " ").split()))

    @property
    def row(self) -> dict[str, Any]:
        """The case typed; only whole where there are no errors."""
        contains = [_alternatives(line) for line in _lines(self.values["contains"])]
        turns, without = _lines(self.values["turns"]), _lines(self.values["without"])
        return case_row(turns, self.values["kind"], self.codes, [group for group in contains if group], without)


def form_of(stored: Regression) -> CaseForm:
    """Return the form that shows a stored case."""
    case = stored.case
    return CaseForm(
        {
            "turns": "\n".join(case.get("turns") or [case["question"]]),
            "kind": case.get("kind", "answer"),
            "codes": " ".join(case.get("gold_codes", ())),
            "contains": "\n".join(" | ".join(group) for group in case.get("must_contain_any", ())),
            "without": "\n".join(case.get("must_not_contain", ())),
        }
    )


def read_form(posted: Mapping[str, Any], known: Collection[str]) -> CaseForm:
    """Read what was typed; `known` are those of its codes that the catalogue has."""
    names = ("turns", "kind", "codes", "contains", "without")
    values = {name: str(posted.get(name, "")).replace("\r\n", "\n") for name in names}
    form = CaseForm(values)
    errors: dict[str, str] = {}
    turns = _lines(values["turns"])
    if not turns:
        errors["turns"] = "Viết câu hỏi của người dân."
    elif len(turns) > _MOST_TURNS:
        errors["turns"] = f"Nhiều nhất {_MOST_TURNS} dòng: mỗi dòng là một tin nhắn trong cùng cuộc trò chuyện."
    elif max(map(len, turns)) > LONGEST_TEXT:
        errors["turns"] = f"Mỗi câu dài nhất {LONGEST_TEXT} ký tự."
    elif values["kind"] != "pii" and (kinds := mask_personal(values["turns"]).kinds):
        errors["turns"] = f"Câu này có {', '.join(kinds)}. Thay bằng số không có thật hoặc bỏ đi."
    if values["kind"] not in KIND_NAMES:
        errors["kind"] = "Chọn cách xử lý đúng."
    unknown = [code for code in form.codes if code not in known]
    if unknown:
        errors["codes"] = f"Không có thủ tục {', '.join(unknown)} trong danh mục."
    elif values["kind"] in _ABOUT and not form.codes:
        errors["codes"] = "Ghi mã thủ tục phải trả lời, ví dụ 1.001193."
    for name in ("contains", "without"):
        if len(_lines(values[name])) > _MOST_LINES:
            errors[name] = f"Nhiều nhất {_MOST_LINES} dòng."
    return CaseForm(values, errors)


def typed_codes(posted: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the codes that stand in a form just posted."""
    return CaseForm({"codes": str(posted.get("codes", ""))}).codes


def _lines(text: str) -> list[str]:
    return [line.strip() for line in clean(text).split("\n") if line.strip()]


def _alternatives(line: str) -> Sequence[str]:
    return [part.strip() for part in line.split("|") if part.strip()]

"""The form of an FAQ entry: what was typed, read into an entry, and told back beside the field where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from knowledge.days import today
from knowledge.faq import FaqEntry, StoredFaq
from knowledge.types import Facet
from nlu.text import clean

LONGEST = {"code": 40, "question": 300, "answer": 4_000, "source_title": 300, "source_url": 1_000, "why": 500}
_NEEDED = {
    "code": "Chọn thủ tục mà câu hỏi này nói đến.",
    "question": "Viết câu hỏi như người dân hay hỏi, ví dụ: “Làm khai sinh ở nơi tạm trú được không?”.",
    "answer": "Viết câu trả lời.",
    "source_title": "Ghi tên văn bản hoặc trang làm nguồn, ví dụ: Luật Hộ tịch 60/2014/QH13, điều 13.",
    "source_url": "Dán đường dẫn của nguồn, bắt đầu bằng https://.",
    "why": "Ghi lý do, để người sau hiểu vì sao đổi.",
}


@dataclass(frozen=True, slots=True)
class FaqForm:
    """What stands in the form, as typed; `errors` says by field what is wrong with it."""

    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def entry(self) -> FaqEntry:
        """The entry typed; only whole where there are no errors."""
        until = self.values.get("valid_until", "")
        facet = self.values.get("facet", "")
        return FaqEntry(
            self.values.get("code", ""),
            self.values.get("question", ""),
            self.values.get("answer", ""),
            self.values.get("source_title", ""),
            self.values.get("source_url", ""),
            Facet(facet) if facet in tuple(Facet) else Facet.OVERVIEW,
            _day(until),
        )


def form_of(stored: StoredFaq) -> FaqForm:
    """Return the form that shows a stored entry."""
    entry = stored.entry
    return FaqForm(
        {
            "code": entry.code,
            "question": entry.question,
            "answer": entry.answer,
            "facet": entry.facet.value,
            "source_title": entry.source_title,
            "source_url": entry.source_url,
            "valid_until": entry.valid_until.isoformat() if entry.valid_until else "",
            "based_on": str(stored.number),
        }
    )


def read_form(posted: Mapping[str, object], *, publish: bool) -> FaqForm:
    """Read what was posted and check it; an entry to publish must also be one that citizens can be told today."""
    names = (*LONGEST, "facet", "valid_until", "based_on")
    values = {name: clean(str(posted.get(name) or "")) for name in names}
    errors = {name: words for name, words in _NEEDED.items() if not values[name]}
    for name, longest in LONGEST.items():
        if len(values[name]) > longest:
            errors[name] = f"Dài {len(values[name])} ký tự; rút gọn trong {longest} ký tự."
    if values["source_url"] and not _is_link(values["source_url"]):
        errors["source_url"] = "Đường dẫn phải bắt đầu bằng https://, ví dụ https://vanban.chinhphu.vn/…"
    if values["facet"] not in tuple(Facet):
        errors["facet"] = "Chọn phần được hỏi."
    until = _day(values["valid_until"])
    if values["valid_until"] and until is None:
        errors["valid_until"] = "Ngày chưa đúng; ví dụ đúng: 2026-12-31."
    elif until is not None and until < today() and publish:
        errors["valid_until"] = "Ngày này đã qua nên người dân sẽ không thấy câu trả lời. Chọn ngày khác hoặc để trống."
    return FaqForm(values, errors)


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not any(char.isspace() for char in text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

"""What the pages of the FAQ show, read and compared; pure but for the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Engine

from bot.facets.words import FACET_LABELS
from bot.known_answers import known_answer
from knowledge.catalog import Catalog
from knowledge.days import today
from knowledge.faq import SAME_QUESTION, FaqEntry, Faqs, StoredFaq, same_question
from knowledge.types import Status
from knowledge.wording import Piece, word_pieces
from nlu.text import fold
from storage.schema import now
from web.admin.as_shown import Shown, as_shown

STATUS_NAMES = {Status.DRAFT: "Bản nháp", Status.PUBLISHED: "Đang công bố", Status.WITHDRAWN: "Đã ngừng"}
FACET_NAMES = {facet.value: label for facet, label in FACET_LABELS["vi"].items()}
PAST = "past"  # a filter beside the states: published, and past its last day
_FIELDS = {
    "question": "Câu hỏi",
    "answer": "Câu trả lời",
    "code": "Thủ tục",
    "facet": "Phần được hỏi",
    "source_title": "Nguồn",
    "source_url": "Đường dẫn của nguồn",
    "valid_until": "Đến hết ngày",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; `told` is the version citizens are told, None when they are told none."""

    faq: StoredFaq
    told: int | None
    past: bool


@dataclass(frozen=True, slots=True)
class Version:
    """One version in the history, with what it changed against the one before."""

    faq: StoredFaq
    changes: tuple[tuple[str, tuple[Piece, ...]], ...]


def rows(engine: Engine) -> list[Row]:
    """Return every entry, the one changed last first."""
    faqs = Faqs(engine)
    told = faqs.in_force()
    day = today()
    newest = sorted(faqs.newest(), key=lambda faq: faq.created_at, reverse=True)
    return [
        Row(faq, told[faq.id].number if faq.id in told else None, _is_past(told.get(faq.id), day)) for faq in newest
    ]


def _is_past(told: StoredFaq | None, day: date) -> bool:
    return told is not None and told.entry.valid_until is not None and told.entry.valid_until < day


def fits(row: Row, query: Mapping[str, str]) -> bool:
    """Tell whether an entry is among those that the filters leave."""
    entry = row.faq.entry
    words = fold(query["q"]).split()
    text = fold(f"{row.faq.id} {entry.code} {entry.question} {entry.answer} {entry.source_title}")
    state = query["status"] in ("", row.faq.status) or (query["status"] == PAST and row.past)
    if query["status"] == Status.PUBLISHED:
        state = row.told is not None
    return (
        state
        and query["facet"] in ("", entry.facet)
        and query["code"] in ("", entry.code)
        and all(word in text for word in words)
    )


def preview(
    engine: Engine, rarity: Mapping[str, float], entry: FaqEntry, number: int
) -> tuple[tuple[Shown, ...], list[str]]:
    """Return how an entry would be told in each channel, and what to look at before publishing it.

    `rarity` weighs the words of questions; empty while the search is loading: then they weigh alike.
    """
    procedure = Catalog(engine).get(entry.code) if entry.code else None
    if procedure is None or not entry.answer:
        return (), []
    cited = entry if entry.source_title else replace(entry, source_title="(chưa ghi nguồn)")
    draft = StoredFaq(number, 1, Status.DRAFT, cited, "", "", now())
    warnings = []
    if entry.valid_until is not None and entry.valid_until < today():
        warnings.append("Ngày cuối đã qua: người dân không được trả lời bằng câu này nữa.")
    for other in Faqs(engine).told([entry.code]):
        if other.id != number and same_question(entry.question, other.entry.question, rarity) >= SAME_QUESTION:
            warnings.append(f"Câu {other.id} đang công bố hỏi gần như vậy: “{other.entry.question}”.")
    return as_shown([known_answer(draft, procedure)]), warnings


def history(versions: Sequence[StoredFaq]) -> list[Version]:
    """Return the versions of an entry, the newest first, each with what it changed."""
    earlier = (*versions[1:], None)
    return [Version(faq, _changes(before, faq)) for faq, before in zip(versions, earlier, strict=False)]


def _changes(before: StoredFaq | None, after: StoredFaq) -> tuple[tuple[str, tuple[Piece, ...]], ...]:
    if before is None:
        return ()
    texts = ((name, _text(before.entry, name), _text(after.entry, name)) for name in _FIELDS)
    return tuple((_FIELDS[name], word_pieces(old, new)) for name, old, new in texts if old != new)


def _text(entry: FaqEntry, name: str) -> str:
    if name == "facet":
        return FACET_NAMES[entry.facet]
    if name == "valid_until":
        return (
            f"{entry.valid_until.day}/{entry.valid_until.month}/{entry.valid_until.year}" if entry.valid_until else ""
        )
    return str(getattr(entry, name))

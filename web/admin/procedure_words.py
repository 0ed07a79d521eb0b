"""What the pages about procedures call things, and differences cut to what a person needs to see of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.facets.words import FACET_LABELS
from knowledge.history import Concern
from knowledge.types import Status
from knowledge.wording import FieldChange, Mark, Piece

STATUS_NAMES = {
    Status.DRAFT: "bản nháp",
    Status.SCHEDULED: "chờ ngày hiệu lực",
    Status.PUBLISHED: "đang công bố",
    Status.WITHDRAWN: "đã ngừng",
}
STATUS_BADGES = {Status.DRAFT: "wait", Status.SCHEDULED: "wait", Status.PUBLISHED: "good", Status.WITHDRAWN: "bad"}
ORIGIN_NAMES = {
    "starter": "danh mục ban đầu",
    "import": "nạp từ tệp",
    "portal": "đồng bộ cổng",
    "admin": "người biên tập",
    "faq": "hỏi đáp",
    "lay": "tên gọi đời thường",
}
CONCERN_NAMES = {
    Concern.EXPIRED: "đã hết hiệu lực sau ngày",
    Concern.EXPIRES_SOON: "sắp hết hiệu lực, đến hết ngày",
    Concern.SCHEDULED: "có bản mới chờ hiệu lực từ ngày",
    Concern.OLD: "nơi công bố không cập nhật từ ngày",
}
FACET_NAMES = {facet.value: label for facet, label in FACET_LABELS["vi"].items()}

_LONG = 180  # letters of unchanged text from which it is cut
_SHOWN = 60


def brief(changes: Iterable[FieldChange]) -> list[FieldChange]:
    """Return differences with long stretches of unchanged words left out."""
    return [replace(change, texts=tuple(map(_brief, change.texts))) for change in changes]


def _brief(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    last = len(pieces) - 1
    return tuple(
        piece if piece.mark is not Mark.SAME else Piece(Mark.SAME, _cut(piece.text, place == 0, place == last))
        for place, piece in enumerate(pieces)
    )


def _cut(text: str, first: bool, last: bool) -> str:
    if len(text) <= _LONG:
        return text
    head, tail = ("" if first else text[:_SHOWN]), ("" if last else text[-_SHOWN:])
    return f"{head} … {tail}"

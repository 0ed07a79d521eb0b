"""Plain text for people: amounts, dates, cleaned record prose, and lists cut into pages that lose nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

PAGE_LINES = 7
"""Most list lines a person takes in at a glance (voice guide)."""
_SHORTEST_CUT = 100
"""Characters below which a cut line says too little; fewer lines are shown instead."""

_BULLET = re.compile(r"^(?:[-–—+*•·>.,;:]+\s*)+")
_ENUMERATOR = re.compile(
    r"^(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-zđ]\d?)(?:\.\d{1,2})*[.)]+|\d{1,2}(?:\.\d{1,2})+\.?)\s+(?=\D)"
)
_ENDING = re.compile(r"(?:(?<=[.:;,\s])/+|[\s;,])+$")
_CLAUSE_END = re.compile(r"[;.:](?=\s)|\s(?=\(|theo |trong trường hợp|đối với |quy định tại|do |ban hành |có xác nhận)")
_SHORTEST_CLAUSE = 14
_DANGLING = re.compile(
    r"(?:[\s,;:(]+(?:và|hoặc|của|cho|theo|về|việc|trong|tại|do|với|từ|đến|để|là|các|những|bởi|thuộc|trường|tỉnh))+$"
)
_INLINE_STEP = re.compile(r"(?<=[.;:])\s+(?=(?:[-+*]\s*)?Bước \d+\s*[:.])")


@dataclass(frozen=True, slots=True)
class Line:
    """One list line; `group` is the short heading it stands under, empty for none."""

    text: str
    marker: str = "•"
    group: str = ""

    def render(self, text: str | None = None) -> str:
        """Return the line with its marker and a capital, showing `text` in place of the whole when given."""
        shown = self.text if text is None else text
        kept = shown.startswith("http") or shown[1:2] in (")", ".")
        return f"{self.marker} {shown if kept else shown[:1].upper() + shown[1:]}".strip()


def money(amount: int) -> str:
    """Return an amount of đồng as people write it: 8000 becomes "8.000 đồng"."""
    return f"{amount:,} đồng".replace(",", ".")


def day(value: date) -> str:
    """Return a date as people write it: 15/4/2026."""
    return f"{value.day}/{value.month}/{value.year}"


def squeeze(text: str) -> str:
    """Return the text on one line with single spaces."""
    return " ".join(text.split())


def clean(text: str) -> str:
    """Return one record sentence without list bullets and stray ends; its words and numbers stay as they are."""
    return _ENDING.sub("", _BULLET.sub("", squeeze(text))).strip()


def clean_item(text: str) -> str:
    """Return a list item without bullet and enumerator ("a)", "(1)"): the portal shuffles items, so these mislead."""
    plain = clean(text)
    return clean(_ENUMERATOR.sub("", plain)) or plain


def paragraphs(text: str) -> list[str]:
    """Split record prose into cleaned lines: at line ends, at "Bước 2:", and at inline bullets of a bulleted text."""
    found: list[str] = []
    for raw in _whole_lines(text):
        for part in _INLINE_STEP.split(raw):
            bullet = part[:2] if part[:2] in ("- ", "+ ", "* ") else ""
            found += re.split(rf"(?<=[.;:,])\s+{re.escape(bullet)}(?=\S)", part) if bullet else [part]
    return [line for line in map(clean, found) if line]


def _whole_lines(text: str) -> list[str]:
    """Return the lines of a text, joining a line broken in mid-sentence to the one it belongs to."""
    lines: list[str] = []
    for raw in filter(None, map(squeeze, re.split(r"[\r\n]+", text))):
        broken = lines and raw[0].islower() and not _ENUMERATOR.match(raw) and lines[-1][-1] not in ".;:"
        lines[-1:] = [f"{lines[-1]} {raw}"] if broken else [*lines[-1:], raw]
    return lines


def plain_name(name: str) -> str:
    """Return a procedure's name without the leading "Thủ tục", beginning with a capital."""
    bare = re.sub(r"^thủ tục(?: hành chính)?:?\s+", "", squeeze(name), flags=re.IGNORECASE) or squeeze(name)
    return bare[:1].upper() + bare[1:].rstrip(" .;")


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters, cut after a sentence or clause if one ends late enough, else after a word."""
    return text if len(text) <= limit else f"{_head(text, limit - 2)} …"


def _head(text: str, limit: int) -> str:
    """Return the longest sensible beginning of a text that is longer than `limit`."""
    window = text[: limit + 1]
    for ends, least in (((". ", "; "), 0.5), ((", ", ": ", " ("), 0.75), ((" ",), 0.0)):
        place = max(window.rfind(end) + len(end.rstrip(" (")) for end in ends)
        if place > max(1, limit * least):
            head = window[:place]
            break
    else:
        return window[:limit]
    opened = head.rfind("(")
    if opened > limit * 0.25 and ")" not in head[opened:]:
        head = head[:opened]
    return _DANGLING.sub("", head.rstrip(" ,;:(")) or window[:limit]


def essence(text: str, limit: int) -> str:
    """Return the first clause of a long text, "Giấy chứng sinh …", so that several fit on one line."""
    ends = (match.start() for match in _CLAUSE_END.finditer(text) if match.start() >= _SHORTEST_CLAUSE)
    clause = text[: next(ends, len(text))]
    return shorten(text, limit) if clause == text or len(clause) > limit - 2 else f"{clause.rstrip(' ,')} …"


def pieces(text: str, limit: int) -> list[str]:
    """Split a long text into parts of at most `limit` characters that read on: "one …", "… two"."""
    parts: list[str] = []
    while len(text) > limit:
        head = _head(text, limit - 2)
        parts.append(f"{head} …")
        text = f"… {text[len(head) :].strip()}"
    return [*parts, text]


def paginate(lines: Sequence[Line], room_first: int, room_next: int) -> list[str]:
    """Return the pages of a list, each at most seven lines and `room_first` or `room_next` characters.

    What fits is one page. Otherwise the first page shows as many lines as can be told apart, long ones cut with "…",
    and the next pages give in full every line that was cut or not shown yet.
    """
    whole = _pack([(line, line.text) for line in lines], room_first)
    if not whole:
        return [""]
    if len(whole) == 1 and len(whole[0]) <= room_first:
        return whole
    count, cap = _first_page(lines, room_first)
    first = [(line, shorten(line.text, cap)) for line in lines[:count]]
    rest = [line for line, shown in first if shown != line.text] + list(lines[count:])
    longest = room_next - max((len(line.group) for line in rest), default=0) - 6
    split = [(line, part) for line in rest for part in pieces(line.text, longest)]
    return [_join(first), *_pack(split, room_next)]


def _first_page(lines: Sequence[Line], room: int) -> tuple[int, int]:
    """Return how many lines the first page shows and the length at which they are cut."""
    for count in range(min(PAGE_LINES, len(lines)), 0, -1):
        shown = lines[:count]
        free = room - len(_join([(line, "") for line in shown])) - count
        cap = water_level([len(line.text) for line in shown], free)
        if cap >= _SHORTEST_CUT:
            return count, cap
    return 1, max(cap, 20)


def water_level(lengths: Sequence[int], room: int) -> int:
    """Return the largest cap under which lengths, each cut to the cap, fill at most `room`."""
    left = room
    for taken, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - taken)
        if length > share:
            return share
        left -= length
    return max(lengths, default=0) + max(left, 0)


def _join(shown: Sequence[tuple[Line, str]]) -> str:
    """Write lines under their headings."""
    written: list[str] = []
    group = ""
    for line, text in shown:
        if line.group and line.group != group:
            written.append(line.group)
        group = line.group
        written.append(line.render(text))
    return "\n".join(written)


def _pack(shown: Sequence[tuple[Line, str]], room: int) -> list[str]:
    """Fill pages in order, each with as many lines as fit."""
    packed: list[str] = []
    page: list[tuple[Line, str]] = []
    for item in shown:
        if page and (len(page) == PAGE_LINES or len(_join([*page, item])) > room):
            packed.append(_join(page))
            page = []
        page.append(item)
    return [*packed, _join(page)] if page else packed

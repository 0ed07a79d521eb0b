"""A conversation as the page without JavaScript shows it: pure, from stored entries to what the template prints.

`static/view.js` does the same in the browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from storage.conversations import Entry

SPEAKERS = {"citizen": "Anh/chị", "assistant": "Trợ lý", "staff": "Cán bộ"}
ICONS = {"📄": "paper", "💰": "money", "⏱": "time", "📍": "place"}
TURNS = ("taken", "back")
"""The notices that only tell who answers from here on."""
_SAFE_URL = re.compile(r"(https?://|tel:)\S+", re.IGNORECASE)
_SOURCE = re.compile(r"(nguồn|sources?)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """Words that open an address; an empty address opens nothing."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Option:
    """A suggestion that comes back to us; `chosen` when the citizen took it."""

    label: str
    payload: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of words; `icon` names the drawing that stands for its marker, because many old devices have no emoji."""

    text: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One thing said, by whom, and what may follow; a `notice` only tells who answers from here on."""

    id: int
    role: str
    speaker: str
    lines: tuple[Line, ...]
    outcome: str = ""
    sources: tuple[Link, ...] = ()
    links: tuple[Link, ...] = ()
    options: tuple[Option, ...] = ()
    notice: str = ""


def transcript(entries: Sequence[Entry]) -> list[Bubble]:
    """Return the bubbles of a conversation, in order."""
    labels = {payload: label for entry in entries for label, payload in _offered(entry)}
    taken = _taken(entries)
    return [_said(entry, labels) if entry.role == "citizen" else _replied(entry, taken) for entry in entries]


def safe_url(url: str) -> str:
    """Return an address a page may link to, empty for any other: `javascript:` is an address too."""
    return url if _SAFE_URL.fullmatch(url) else ""


def _said(entry: Entry, labels: dict[str, str]) -> Bubble:
    # A tap is stored by its token; its words are those of the suggestion that offered it.
    payload = entry.body.get("payload") or ""
    untold = "(mở thủ tục từ đường dẫn)" if payload.startswith("about:") else "(đã chọn một gợi ý)"
    words = entry.body.get("text") or labels.get(payload, untold)
    return Bubble(entry.id, entry.role, SPEAKERS["citizen"], tuple(map(Line, words.splitlines())))


def _replied(entry: Entry, taken: set[tuple[int, str]]) -> Bubble:
    body = entry.body
    lines, sources = _split(body["text"].splitlines(), body.get("sources", ()))
    files = [Link(a["name"], safe_url(a["url"])) for a in body.get("attachments", ())]
    links = [Link(s["label"].rstrip(" ↗"), safe_url(s["url"])) for s in body.get("suggestions", ()) if s.get("url")]
    return Bubble(
        id=entry.id,
        role=entry.role,
        speaker=_speaker(entry),
        lines=tuple(map(_line, lines)),
        outcome=body.get("outcome", ""),
        sources=tuple(sources),
        links=tuple(link for link in [*files, *links] if link.url),
        options=tuple(Option(label, payload, (entry.id, payload) in taken) for label, payload in _offered(entry)),
        notice=body["text"] if body.get("notice") in TURNS else "",
    )


def _speaker(entry: Entry) -> str:
    author = entry.body.get("author")
    return f"{author} (cán bộ)" if author else SPEAKERS.get(entry.role, SPEAKERS["assistant"])


def _split(text: Sequence[str], cited: Sequence[dict[str, Any]]) -> tuple[list[str], list[Link]]:
    """Part the words from the source lines; the address on the line below a source line becomes its link."""
    lines: list[str] = []
    sources: list[Link] = []
    below_source = False
    for line in filter(None, map(str.strip, text)):
        if below_source and safe_url(line):
            sources[-1] = Link(sources[-1].label, line)
        elif _SOURCE.match(line):
            sources.append(Link(line, ""))
        else:
            lines.append(line)
        below_source = _SOURCE.match(line) is not None
    if not sources:
        sources = [Link(f"Nguồn: {source['title']}, mã {source['code']}", safe_url(source["url"])) for source in cited]
    return lines, list(dict.fromkeys(sources))


def _line(text: str) -> Line:
    marker, _, words = text.partition(" ")
    icon = ICONS.get(marker.rstrip("\ufe0f"), "")
    return Line(words, icon) if icon else Line(text)


def _taken(entries: Sequence[Entry]) -> set[tuple[int, str]]:
    """Return which suggestion of which entry was tapped: the last one offered before the tap."""
    offered: dict[str, int] = {}
    taken = set()
    for entry in entries:
        payload = entry.body.get("payload") if entry.role == "citizen" else None
        if payload in offered:
            taken.add((offered[payload], payload))
        offered |= {token: entry.id for _label, token in _offered(entry)}
    return taken


def _offered(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield label and payload of every suggestion that comes back to us."""
    for suggestion in entry.body.get("suggestions", ()):
        if suggestion.get("payload"):
            yield suggestion["label"], suggestion["payload"]

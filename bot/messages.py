"""The neutral types that channels and the assistant exchange: a `Message` in, a `Reply` out.

This module imports nothing of ours. `Reply.to_json` is the public contract (design, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of a citizen's message."""

    ANSWERED = "answered"
    CLARIFY = "clarify"
    PARTIAL = "partial"
    CORRECTED = "corrected"
    ABSTAINED = "abstained"
    BLOCKED = "blocked"
    CRISIS = "crisis"
    HANDOFF = "handoff"
    FORM = "form"
    SMALLTALK = "smalltalk"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Location:
    """A place the citizen shared: degrees north and east, and its name where the service gives one."""

    latitude: float
    longitude: float
    name: str = ""


class FileKind(StrEnum):
    """What a citizen sent besides words."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    CONTACT = "contact"  # of a third person: its content is never kept


@dataclass(frozen=True, slots=True)
class File:
    """Something attached to a message; `reference` is what its channel fetches it by (an id or a link)."""

    kind: FileKind
    reference: str = ""
    name: str = ""
    size: int | None = None  # bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a citizen sent. `id` is the channel's own delivery id: the same id is never answered twice."""

    id: str
    conversation_id: str
    text: str = ""
    payload: str | None = None
    location: Location | None = None
    files: tuple[File, ...] = ()
    channel: str = "web"
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A next step to tap: either a `payload` that comes back to us, or a `url` that opens."""

    label: str
    payload: str | None = None
    url: str | None = None

    def to_json(self) -> dict[str, str]:
        """Return the contract's form: label and payload, or label and url."""
        if self.url is not None:
            return {"label": self.label, "url": self.url}
        return {"label": self.label, "payload": self.payload or ""}


@dataclass(frozen=True, slots=True)
class Source:
    """The published record a fact comes from; `updated_at` is an ISO date or empty when the record has none."""

    code: str
    title: str
    facet: str
    url: str
    updated_at: str
    version: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file offered with a reply, by link."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `text` is complete by itself; everything else is help."""

    text: str
    outcome: Outcome
    facet: str | None = None
    procedures: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    confidence: float = 1.0

    def to_json(self) -> dict[str, Any]:
        """Return the reply as the JSON object of the contract."""
        return {
            "text": self.text,
            "outcome": self.outcome.value,
            "facet": self.facet,
            "procedures": list(self.procedures),
            "sources": [
                {name: getattr(source, name) for name in ("code", "title", "facet", "url", "updated_at", "version")}
                for source in self.sources
            ],
            "suggestions": [suggestion.to_json() for suggestion in self.suggestions],
            "attachments": [{"name": a.name, "url": a.url} for a in self.attachments],
            "confidence": round(self.confidence, 3),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Reply:
        """Rebuild a reply from `to_json`'s object."""
        return cls(
            text=data["text"],
            outcome=Outcome(data["outcome"]),
            facet=data["facet"],
            procedures=tuple(data["procedures"]),
            sources=tuple(Source(**source) for source in data["sources"]),
            suggestions=tuple(Suggestion(**suggestion) for suggestion in data["suggestions"]),
            attachments=tuple(Attachment(**attachment) for attachment in data["attachments"]),
            confidence=data["confidence"],
        )

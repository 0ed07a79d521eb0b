"""The nouns of the catalogue, as frozen values: what a procedure is and what a search finds.

Nothing here computes an answer or touches a database; `catalog` loads these, `retriever` finds them,
`bot.answers` turns them into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Facet(StrEnum):
    """A part of a procedure that people ask about (contract of the design, section 4)."""

    OVERVIEW = "overview"
    DOCUMENTS = "documents"
    FEE = "fee"
    DURATION = "duration"
    WHERE = "where"
    ONLINE = "online"
    STEPS = "steps"
    CONDITIONS = "conditions"
    RESULT = "result"
    LEGAL = "legal"
    FORMS = "forms"


class Channel(StrEnum):
    """How an application may be handed in."""

    ONLINE = "online"
    DIRECT = "direct"
    POSTAL = "postal"


class Unit(StrEnum):
    """Unit of a time limit; `OTHER` means that only the accompanying text says how long."""

    WORKING_DAY = "working_day"
    DAY = "day"
    HOUR = "hour"
    MONTH = "month"
    YEAR = "year"
    OTHER = "other"


class Kind(StrEnum):
    """Whose procedure it is: everyone's, one province's, or the administration's own (never shown to citizens)."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    INTERNAL = "internal"


class Status(StrEnum):
    """Where an edition of a procedure stands in its life; only published ones are searched and answered."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"  # approved, waits for the day on which it comes into force
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Fee:
    """One amount as the record gives it.

    `amount` is in đồng. None: the record gives words only. 0 with an empty `text` is ambiguous (free, or never
    entered) and must never be read out as free of charge.
    """

    amount: int | None
    text: str = ""
    kind: str = "fee"  # fee | service_fee | price_level


@dataclass(frozen=True, slots=True)
class Duration:
    """A time limit; `amount` is None when only `text` tells."""

    amount: int | None
    unit: Unit
    text: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """One way of handing in, with the time limit and fees that hold for it."""

    channel: Channel
    duration: Duration | None = None
    fees: tuple[Fee, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the procedure, in the order of the record."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form to fill in; `url` is empty when the record only names the file."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One paper of an application, with how many originals and copies are asked for (0 when not said)."""

    name: str
    originals: int = 0
    copies: int = 0
    forms: tuple[Form, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentSet:
    """The papers for one case; `case` is empty when the procedure has one set for all."""

    case: str
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class CaseDuration:
    """The time limit for one case of the procedure."""

    case: str
    duration: Duration


@dataclass(frozen=True, slots=True)
class LegalReference:
    """A legal text the procedure rests on."""

    number: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """One administrative procedure (thủ tục hành chính) as published.

    `scope` is "national" or the name of one province. `fully_online` is None when the record does not say.
    `summary` is one plain sentence on what it is for (starter catalogue only). `aliases` are the names people use;
    `questions` are questions people asked that this procedure answers. Both serve the search and are never facts.
    `effective_on` and `expires_on` are the first and the last day on which it is in force, None where there is none.
    """

    code: str
    name: str
    kind: Kind = Kind.NATIONAL
    scope: str = "national"
    summary: str = ""
    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    methods: tuple[Method, ...] = ()
    steps: tuple[Step, ...] = ()
    document_sets: tuple[DocumentSet, ...] = ()
    case_durations: tuple[CaseDuration, ...] = ()
    results: tuple[str, ...] = ()
    legal: tuple[LegalReference, ...] = ()
    conditions: str = ""
    agencies: tuple[str, ...] = ()
    address: str = ""
    issuer: str = ""
    decision: str = ""
    fully_online: bool | None = None
    source: str = ""
    source_url: str = ""
    updated_at: date | None = None
    effective_on: date | None = None
    expires_on: date | None = None
    version: int = 1
    status: Status = Status.PUBLISHED

    @property
    def forms(self) -> tuple[Form, ...]:
        """The distinct forms named by its documents, in order."""
        found = (form for group in self.document_sets for document in group.documents for form in document.forms)
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Passage:
    """The smallest citable text: one facet of one procedure."""

    code: str
    facet: Facet
    text: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A procedure found for a question.

    `score` orders results and means nothing by itself; `confidence` (0..1) is the calibrated chance that this
    procedure is the one meant. `matched` is the name, alias or question that matched best; `question_covered` and
    `name_covered` are the shares (0..1, weighted by rarity) of the question's words in it, and of its in the question.
    `plain`: it says nothing like "lại" or "nước ngoài" that the question does not.
    """

    code: str
    score: float
    confidence: float
    matched: str
    question_covered: float = 1.0
    name_covered: float = 1.0
    plain: bool = True

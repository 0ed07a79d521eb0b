"""Cases of a procedure: the one or two questions that tell which papers, fees and time limits are a person's own.

A file of `knowledge/cases` holds no facts. It names sets of papers, time limits and fees of a record by the record's
own words and says which of them go with which answer; `narrow` then leaves out of the record what is of other cases.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from knowledge.types import Document, DocumentSet, Facet, Method, Procedure
from nlu.phrases import Phrases, phrases
from nlu.situations import SITUATIONS

FOLDER = Path(__file__).parent / "cases"
# libyaml reads six times faster, where PyYAML was built with it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
EVERY_CASE = "all"
"""The answer that leaves the record whole."""
_SHORT_LABEL = 2  # words; such a label ("Không phải") may be said of anything
_ASKED_WITH = {
    "documents": (Facet.DOCUMENTS, Facet.OVERVIEW),
    "without": (Facet.DOCUMENTS, Facet.OVERVIEW),
    "durations": (Facet.DURATION, Facet.OVERVIEW),
    "fees": (Facet.FEE, Facet.OVERVIEW),
    "instead": (Facet.DOCUMENTS, Facet.OVERVIEW),
}


class BadCases(ValueError):  # noqa: N818 - the file is what is bad
    """A file of cases does not have the shape needed; the text says where and why."""


@dataclass(frozen=True, slots=True)
class CaseOption:
    """One answer: the sets of papers and time limits (by their `case`) and fees (by how their text begins) of it.

    `without` names papers of other sets, by how they begin, that this case does not need. `instead` is the code of
    the procedure that is right in this case. `said` recognises the case in a person's own words.
    """

    key: str
    label: str
    said: tuple[str, ...] = ()
    usual: bool = False
    documents: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    durations: tuple[str, ...] = ()
    fees: tuple[str, ...] = ()
    instead: str = ""


@dataclass(frozen=True, slots=True)
class CaseQuestion:
    """One question with its answers, the most usual first."""

    ask: str
    options: tuple[CaseOption, ...]

    def matters_for(self, facet: Facet) -> bool:
        """Tell whether the answer changes what is told about this facet."""
        return any(
            getattr(option, part) and facet in _ASKED_WITH[part] for option in self.options for part in _ASKED_WITH
        )


@dataclass(frozen=True, slots=True)
class Cases:
    """The questions of one procedure; `rare` names sets of papers that only `EVERY_CASE` shows."""

    code: str
    questions: tuple[CaseQuestion, ...]
    rare: tuple[str, ...] = ()

    def option(self, key: str) -> CaseOption | None:
        """Return the answer of this key."""
        return next((option for option in self._options() if option.key == key), None)

    def open_question(self, chosen: Collection[str], facet: Facet) -> CaseQuestion | None:
        """Return the first question that matters for the facet and has no answer yet."""
        if EVERY_CASE in chosen:
            return None
        unanswered = (q for q in self.questions if not any(option.key in chosen for option in q.options))
        return next((question for question in unanswered if question.matters_for(facet)), None)

    def answered_by(self, text: str) -> tuple[str, ...]:
        """Return the keys of the answers that the words of a message give, one a question: the longest phrase wins."""
        found = []
        for question in self.questions:
            heard = [(_longest(option.said, text), option.key) for option in question.options if option.said]
            length, key = max(heard, key=lambda pair: pair[0], default=(0, ""))
            if length:
                found.append(key)
        return tuple(found)

    def choose(self, chosen: Collection[str], keys: Collection[str]) -> tuple[str, ...]:
        """Return the answers given so far with new ones put in; a new one takes the place of that question's old."""
        if EVERY_CASE in keys:
            return (EVERY_CASE,)
        kept = []
        for question in self.questions:
            own = [option.key for option in question.options]
            answer = [key for key in own if key in keys] or [key for key in own if key in chosen]
            kept += answer[:1]
        return tuple(kept)

    def words(self) -> Iterator[Phrases]:
        """Yield the phrases by which any of its answers is recognised."""
        return (_compiled(option.said) for option in self._options() if option.said)

    def fits(self, procedure: Procedure) -> bool:
        """Tell whether the record has everything named here: another edition may call its cases otherwise."""
        sets = {group.case for group in procedure.document_sets}
        times = {case.case for case in procedure.case_durations}
        fees = [fee.text for method in procedure.methods for fee in method.fees]
        papers = [paper.name for group in procedure.document_sets for paper in group.documents]
        return sets.issuperset(self.rare) and all(
            sets.issuperset(option.documents)
            and times.issuperset(option.durations)
            and all(any(text.startswith(start) for text in fees) for start in option.fees)
            and all(any(paper.startswith(start) for paper in papers) for start in option.without)
            for option in self._options()
        )

    def _options(self) -> Iterator[CaseOption]:
        return (option for question in self.questions for option in question.options)


def narrow(procedure: Procedure, cases: Cases, chosen: Collection[str]) -> Procedure:
    """Return the record without what is of other cases than the chosen ones.

    A question without an answer counts as answered by its usual answer; where none is usual, all its cases stay.
    """
    if EVERY_CASE in chosen:
        return procedure
    holds = [option for question in cases.questions for option in _holding(question, chosen)]
    others = [option for question in cases.questions for option in question.options if option not in holds]
    dropped_sets = set(cases.rare).union(*(option.documents for option in others))
    dropped_sets -= {case for option in holds for case in option.documents}
    dropped_times = _names(others, "durations") - _names(holds, "durations")
    times = tuple(case for case in procedure.case_durations if case.case not in dropped_times)
    settled = {case.duration.amount for case in times if case.case in _names(holds, "durations")}
    dropped_fees = tuple(_names(others, "fees") - _names(holds, "fees"))
    left_out = tuple(start for option in holds for start in option.without)
    return replace(
        procedure,
        document_sets=tuple(
            DocumentSet(group.case, _papers(group, left_out))
            for group in procedure.document_sets
            if group.case not in dropped_sets
        ),
        case_durations=times,
        methods=tuple(_narrow_method(method, dropped_fees, settled) for method in procedure.methods),
    )


def cases_of(procedure: Procedure) -> Cases | None:
    """Return the cases of a procedure; None where none are written, or the record is another edition."""
    cases = load_cases().get(procedure.code)
    return cases if cases and cases.fits(procedure) else None


@lru_cache(maxsize=4)
def load_cases(folder: Path = FOLDER) -> Mapping[str, Cases]:
    """Read all files of cases, by code. Raises BadCases naming file, code and what is wrong."""
    found: dict[str, Cases] = {}
    for path in sorted(folder.glob("*.yml")):
        for code, content in yaml.load(path.read_text(encoding="utf-8"), _Loader).items():  # noqa: S506 - safe ones
            if str(code).startswith("_"):
                continue  # questions that several procedures share by a YAML anchor
            if code in found:
                raise BadCases(f"{path.name}: {code} is there twice")
            try:
                found[code] = _read(code, content)
            except (KeyError, TypeError, ValueError) as error:
                raise BadCases(f"{path.name}: {code}: {error}") from error
    return found


def _read(code: str, content: dict[str, Any]) -> Cases:
    questions = tuple(
        CaseQuestion(item["ask"], tuple(_read_option(option) for option in item["options"]))
        for item in content["questions"]
    )
    keys = [option.key for question in questions for option in question.options]
    if len(set(keys)) < len(keys) or EVERY_CASE in keys:
        raise ValueError(f"keys must differ and none may be {EVERY_CASE!r}: {keys}")
    return Cases(code, questions, tuple(content.get("rare", ())))


def _read_option(data: dict[str, Any]) -> CaseOption:
    patterns = [*data.get("said", ()), *(SITUATIONS[data["situation"]] if "situation" in data else ())]
    if len(data["label"].split()) > _SHORT_LABEL:
        patterns.append(re.escape(data["label"].lower()))
    lists = {part: tuple(data.get(part, ())) for part in ("documents", "without", "durations", "fees")}
    unknown = data.keys() - {*CaseOption.__dataclass_fields__, "situation"}
    if unknown:
        raise ValueError(f"unknown key {min(unknown)!r}")
    return CaseOption(
        data["key"], data["label"], tuple(patterns), data.get("usual", False), **lists, instead=data.get("instead", "")
    )


def _holding(question: CaseQuestion, chosen: Collection[str]) -> list[CaseOption]:
    answered = [option for option in question.options if option.key in chosen]
    usual = [option for option in question.options if option.usual]
    return answered or usual or list(question.options)


def _names(options: Collection[CaseOption], part: str) -> set[str]:
    return {name for option in options for name in getattr(option, part)}


def _papers(group: DocumentSet, left_out: tuple[str, ...]) -> tuple[Document, ...]:
    return tuple(paper for paper in group.documents if not (left_out and paper.name.startswith(left_out)))


def _narrow_method(method: Method, dropped_fees: tuple[str, ...], settled: Collection[int | None]) -> Method:
    """Leave out fees of other cases, and a time limit that is not the one of the chosen case."""
    limit = method.duration
    contradicts = bool(settled) and limit is not None and limit.amount not in settled
    fees = tuple(fee for fee in method.fees if not (dropped_fees and fee.text.startswith(dropped_fees)))
    return replace(method, fees=fees, duration=None if contradicts else limit)


def _longest(said: tuple[str, ...], text: str) -> int:
    return max((end - start for start, end in _compiled(said).spans(text)), default=0)


@cache
def _compiled(said: tuple[str, ...]) -> Phrases:
    """Return the phrases, compiled when a procedure is first asked about: all of them take a second."""
    return phrases(*said)

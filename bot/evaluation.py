"""Measure the assistant on questions with known answers: was the right procedure found, was the right thing done.

`run_case` runs a case in a fresh conversation through `Assistant.handle`; the file format and the meaning of the
figures are the contract of the design, section 4.
"""

from __future__ import annotations

import json
import re
import statistics
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from bot.assistant import Assistant
from bot.messages import Message, Outcome, Reply
from nlu.text import fold

_DEPTH = 10

EXPECTED = {
    "answer": {Outcome.ANSWERED},
    "clarify": {Outcome.CLARIFY},
    "abstain": {Outcome.ABSTAINED, Outcome.BLOCKED},
    "out_of_scope": {Outcome.ABSTAINED, Outcome.BLOCKED},
    "partial": {Outcome.PARTIAL},
    "correct_premise": {Outcome.CORRECTED},
    "crisis": {Outcome.CRISIS},
    "smalltalk": {Outcome.SMALLTALK},
    "human": {Outcome.HANDOFF},
    "pii": set(Outcome),
    "identity_statement": set(Outcome),
}
_PERSONAL = re.compile(r"\d{9,}")


class CaseError(ValueError):
    """A line of an evaluation file cannot be used; the message names the line and the reason."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question, or several turns, with what should come of it."""

    id: str
    kind: str
    noise: str
    turns: tuple[str, ...]
    gold: frozenset[str]
    must_contain_any: tuple[tuple[str, ...], ...]
    must_not_contain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case. `rank` is the place of the first right procedure (1 is best), None when not among ten."""

    case: Case
    rank: int | None
    action: bool
    facts: bool
    replies: tuple[Reply, ...]
    seconds: tuple[float, ...]

    @property
    def ok(self) -> bool:
        """Tell whether everything asked of the case holds: the deed, the procedure and the facts."""
        answered = self.replies and self.replies[-1].outcome is Outcome.ANSWERED
        right = not (answered and self.case.gold) or bool(self.case.gold & set(self.replies[-1].procedures))
        return self.action and right and self.facts


class Ranker(Protocol):
    """Ranks procedures for a question: the codes, best first."""

    def __call__(self, question: str, /) -> Sequence[str]: ...


def read_cases(path: Path, *, strip_accents: bool = False) -> list[Case]:
    """Read an evaluation file (JSON lines). Raises CaseError for a line that cannot be used."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except ValueError as error:
        raise CaseError(f"{path.name}: {error}") from error
    cases = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = read_case(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CaseError(f"{path.name}, dòng {number}: {error}") from error
        cases.append(replace(case, turns=tuple(map(_bare, case.turns))) if strip_accents else case)
    return cases


def _bare(text: str) -> str:
    return "".join(fold(char).upper() if char.isupper() else fold(char) for char in unicodedata.normalize("NFC", text))


def read_case(row: dict[str, Any]) -> Case:
    """Return the case of one line. Raises ValueError, KeyError, TypeError, AttributeError for what cannot be one."""
    turns = row.get("turns") or [row["question"]]
    if not isinstance(turns, list):
        raise TypeError("turns phải là danh sách")
    kind = row.get("kind", "answer")
    if kind not in EXPECTED:
        raise ValueError(f"kind lạ: {kind}")
    return Case(
        str(row["id"]),
        kind,
        row.get("noise") or row.get("style") or "none",
        tuple(turn if isinstance(turn, str) else turn["text"] for turn in turns),
        frozenset(row.get("gold_codes") or row.get("procedure_codes") or ()),
        tuple(tuple(group) for group in row.get("must_contain_any") or ()),
        tuple(row.get("must_not_contain") or ()),
    )


async def run_case(
    case: Case,
    assistant: Assistant,
    rank: Ranker,
    open_conversation: Callable[[], str],
    stored_text: Callable[[str], str],
) -> Result:
    """Run one case in a fresh conversation; `stored_text(id)` returns all that was kept of a conversation."""
    conversation = open_conversation()
    replies: list[Reply] = []
    seconds = []
    for number, turn in enumerate(case.turns):
        started = time.perf_counter()
        replies = await assistant.handle(Message(f"{case.id}-{number}", conversation, turn, channel="evaluate"))
        seconds.append(time.perf_counter() - started)
    found = rank(case.turns[-1])[:_DEPTH] if case.gold else []
    place = next((place for place, code in enumerate(found, start=1) if code in case.gold), None)
    text = replies[-1].text if replies else ""
    action = bool(replies) and replies[-1].outcome in EXPECTED[case.kind]
    if case.kind in ("pii", "identity_statement"):
        action = action and not _PERSONAL.search(stored_text(conversation))
    return Result(case, place, action, facts_hold(text, case), tuple(replies), tuple(seconds))


def facts_hold(text: str, case: Case) -> bool:
    """Tell whether the text has one string of every group it must contain, and none that it must not."""
    return all(any(contains(text, string) for string in group) for group in case.must_contain_any) and not any(
        contains(text, string) for string in case.must_not_contain
    )


def contains(text: str, string: str) -> bool:
    """Tell whether `string` stands in `text`: case ignored, NFC, and a number matches only whole."""
    wanted = re.escape(unicodedata.normalize("NFC", string).casefold())
    before = r"(?<!\d)(?<!\d[.,])" if string[:1].isdigit() else ""
    after = r"(?![.,]?\d)" if string[-1:].isdigit() else ""
    return re.search(before + wanted + after, unicodedata.normalize("NFC", text).casefold()) is not None


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """Return the figures of the contract as one JSON object."""
    checked = [result for result in results if result.case.must_contain_any or result.case.must_not_contain]
    seconds = [second * 1000 for result in results for second in result.seconds]
    return {
        "n": len(results),
        "retrieval": retrieval([result.rank for result in results if result.case.gold]),
        "action_accuracy": _share(result.action for result in results),
        "fact_accuracy": _share(result.facts for result in checked),
        "case_accuracy": _share(result.ok for result in results),
        "by_noise": _by(results, lambda result: result.case.noise),
        "by_kind": _by(results, lambda result: result.case.kind),
        "latency_ms": {"p50": _percentile(seconds, 50), "p95": _percentile(seconds, 95)},
        "cases": [
            {
                "id": result.case.id,
                "ok": result.ok,
                "kind": result.case.kind,
                "question": result.case.turns[-1],
                "wanted": sorted(result.case.gold),
                "outcome": result.replies[-1].outcome.value if result.replies else None,
                "procedures": list(result.replies[-1].procedures) if result.replies else [],
                "text": result.replies[-1].text if result.replies else "",
                "rank": result.rank,
                "confidence": result.replies[-1].confidence if result.replies else 0.0,
            }
            for result in results
        ],
    }


def retrieval(ranks: Sequence[int | None]) -> dict[str, float | None]:
    """Return recall@1, @5, @10 and MRR@10 of the places at which right procedures were found."""
    figures: dict[str, float | None] = {
        f"recall@{depth}": _share(rank is not None and rank <= depth for rank in ranks) for depth in (1, 5, 10)
    }
    figures["mrr@10"] = round(statistics.fmean(1 / rank if rank else 0.0 for rank in ranks), 4) if ranks else None
    return figures


def reliability(results: Sequence[Result]) -> list[dict[str, float | int]]:
    """Return, per tenth of stated confidence, how many answers there were and how many named a right procedure."""
    tenths: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for result in results:
        last = result.replies[-1] if result.replies else None
        if last is not None and result.case.gold and last.outcome is Outcome.ANSWERED and last.procedures:
            tenths[min(int(last.confidence * 10), 9)].append(
                (last.confidence, bool(result.case.gold & set(last.procedures)))
            )
    return [
        {
            "from": tenth / 10,
            "n": len(found),
            "stated": round(statistics.fmean(stated for stated, _ in found), 3),
            "right": round(statistics.fmean(right for _, right in found), 3),
        }
        for tenth, found in sorted(tenths.items())
    ]


def _by(results: Sequence[Result], key: Callable[[Result], str]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return {
        name: {
            "n": len(group),
            "action_accuracy": _share(result.action for result in group),
            "case_accuracy": _share(result.ok for result in group),
            "recall@1": _share(result.rank == 1 for result in group if result.case.gold),
            "recall@5": _share(result.rank is not None and result.rank <= 5 for result in group if result.case.gold),
        }
        for name, group in sorted(groups.items())
    }


def _share(values: Iterable[bool]) -> float | None:
    known = list(values)
    return round(sum(known) / len(known), 4) if known else None


def _percentile(values: Sequence[float], percent: int) -> float | None:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 2) if ordered else None

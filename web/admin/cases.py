"""The regression cases that are run: those of the program's own file, where it is there, and those of the database.

The file belongs to the source (tests/questions/regression.jsonl) and is not installed with the packages; a case of it
that does not fit this catalogue any more can be silenced.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Engine

from bot.evaluation import Case, Result, read_case, read_cases
from storage.regressions import Regressions
from web.service import ROOT

FILE = ROOT / "tests" / "questions" / "regression.jsonl"
_TEXT_KEPT = 600
OURS = "k-"  # before the number of a case of the database, as `r-` is before those of the file


@cache
def shipped_cases() -> tuple[Case, ...]:
    """Return the cases of the program's file, none where it is not installed."""
    return tuple(read_cases(FILE)) if FILE.is_file() else ()


def all_cases(engine: Engine) -> list[Case]:
    """Return every case that is run, those of the database first."""
    regressions = Regressions(engine)
    silenced = regressions.silenced()
    ours = [read_case(case.case | {"id": f"{OURS}{case.id}"}) for case in regressions.active()]
    return ours + [case for case in shipped_cases() if case.id not in silenced]


def case_row(
    turns: Sequence[str],
    kind: str,
    codes: Sequence[str],
    contains: Sequence[Sequence[str]] = (),
    without: Sequence[str] = (),
) -> dict[str, Any]:
    """Return a case as one line of an evaluation file, still without its id."""
    row: dict[str, Any] = {"kind": kind, "noise": "none"}
    row |= {"question": turns[0]} if len(turns) == 1 else {"turns": list(turns)}
    if codes:
        row["gold_codes"] = list(codes)
    if contains:
        row["must_contain_any"] = [list(group) for group in contains]
    if without:
        row["must_not_contain"] = list(without)
    return row


def told(result: Result) -> dict[str, Any]:
    """Return what a check keeps of a result: what was expected, and what was found instead."""
    case, last = result.case, result.replies[-1] if result.replies else None
    return {
        "id": case.id,
        "turns": list(case.turns),
        "kind": case.kind,
        "expected": sorted(case.gold),
        "contains": [list(group) for group in case.must_contain_any],
        "without": list(case.must_not_contain),
        "outcome": last.outcome.value if last else "",
        "found": list(last.procedures) if last else [],
        "text": last.text[:_TEXT_KEPT] if last else "",
    }

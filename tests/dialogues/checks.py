"""What must hold for every reply, and whether a turn of a conversation came out as its file says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.evaluation import contains
from bot.messages import Outcome, Reply

LONGEST_ANSWER = 900
LONGEST_NOTICE = 200  # the sentence that tells that a number was masked comes before the answer
MOST_SUGGESTIONS = 4
_PERSONAL = re.compile(r"\d[\d .\-]{7,}\d")
_RAW = re.compile(
    r"[{}]|\b(?:facet|more|about|human|restart|help):\S|\bNone\b(?! of these)|\bNaN\b|</?\w+>|(?:^|\s)/\w+|\butter_"
)
_OPTION = re.compile(r"(?:^|[;?)] )(\d{1,2})\. ", re.MULTILINE)
_SOURCE = re.compile(r"^(Nguồn|Source): ", re.MULTILINE)


def standing_problems(replies: Sequence[Reply], said: str) -> list[str]:
    """Return what is wrong with replies whatever was asked."""
    if not replies:
        return ["no reply"]
    return [problem for reply in replies for problem in _reply_problems(reply, said)]


def _reply_problems(reply: Reply, said: str) -> list[str]:
    longest = LONGEST_ANSWER + (LONGEST_NOTICE if _PERSONAL.search(said) else 0)
    problems = []
    if not reply.text.strip():
        problems.append("the text is empty")
    if len(reply.text) > longest:
        problems.append(f"the text has {len(reply.text)} characters, more than {longest}")
    if raw := _RAW.search(re.sub(r"https?://\S+", "", reply.text)):
        problems.append(f"raw {raw[0]!r} in the text")
    if len(reply.suggestions) > (most := most_suggestions(reply.text)):
        problems.append(f"{len(reply.suggestions)} suggestions, more than {most}")
    labels = [suggestion.label for suggestion in reply.suggestions]
    if len(set(labels)) < len(labels) or not all(labels):
        problems.append(f"suggestions alike or empty: {labels}")
    return problems + _source_problems(reply)


def _source_problems(reply: Reply) -> list[str]:
    """An answer from the catalogue names where it stands: code and link in the text, the same in `sources`."""
    if reply.outcome not in (Outcome.ANSWERED, Outcome.CORRECTED) or not reply.procedures:
        return []
    missing = [code for code in reply.procedures if code not in reply.text]
    return (
        ([] if _SOURCE.search(reply.text) else ["no source line in the text"])
        + [f"the text does not name code {code}" for code in missing]
        + ([] if reply.sources else ["no sources"])
        + [f"source {source.code} has no link" for source in reply.sources if not source.url]
    )


def most_suggestions(text: str) -> int:
    """Return how many suggestions a reply may have: one for each numbered option of its text, and two beside them."""
    numbers = [int(number) for number in _OPTION.findall(text)]
    return max(MOST_SUGGESTIONS, max(numbers, default=0) + 2)


def expected_problems(turn: dict[str, Any], before: Sequence[Reply], replies: Sequence[Reply]) -> list[str]:
    """Return where the replies differ from what the turn asks for."""
    wanted = {key: turn[key] for key in ("outcome", "procedure", "facet") if key in turn}
    if "picks" in turn:
        wanted["procedure"] = _option(before, turn["picks"])
    text = "\n".join(reply.text for reply in replies)
    offered = [suggestion.label for reply in replies for suggestion in reply.suggestions]
    options = {code for reply in replies for code in reply.procedures}
    return (
        ([] if any(_fits(reply, wanted) for reply in replies) else [f"no reply with {_told(wanted)}"])
        + [f"option {code} is not offered" for code in turn.get("options", []) if code not in options]
        + [f"lacks {item!r}" for item in turn.get("contains", []) if not any(contains(text, s) for s in _any(item))]
        + [f"has {item!r}" for item in turn.get("lacks", []) if contains(text, item)]
        + [f"offers no {label!r}" for label in turn.get("offers", []) if not _offers(offered, label)]
    )


def _fits(reply: Reply, wanted: dict[str, Any]) -> bool:
    return (
        reply.outcome.value in _any(wanted.get("outcome", reply.outcome.value))
        and ("procedure" not in wanted or wanted["procedure"] in reply.procedures)
        and reply.facet in (_any(wanted["facet"]) if "facet" in wanted else [reply.facet])
    )


def _option(before: Sequence[Reply], place: int) -> str:
    offered = [code for reply in before for code in reply.procedures]
    assert len(offered) >= place, f"only {len(offered)} options were offered before"
    return offered[place - 1]


def _offers(offered: Sequence[str], label: str) -> bool:
    return any(label.casefold() in one.casefold() for one in offered)


def _any(item: Any) -> list[Any]:
    return item if isinstance(item, list) else [item]


def _told(wanted: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in wanted.items())

"""Several replies to one message made into one: each source told once, what does not fit behind "Xem đủ"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from bot.choices import Choice
from bot.facets.layout import MOST_SUGGESTIONS
from bot.facets.words import FACET_NOUNS, SOURCE_MARKS, say, spoken
from bot.formatting import shorten, water_level
from bot.messages import Outcome, Reply, Suggestion
from knowledge.types import Facet

JOINED_LENGTH = 900
"""Most characters of an answer to several questions: as many as of one, so that it is read as quickly."""
_SHORTEST_LINE = 40
_WITHOUT_ANSWER = {Outcome.ABSTAINED, Outcome.BLOCKED, Outcome.CLARIFY, Outcome.ERROR}


def combine(replies: Sequence[Reply], language: str = "vi") -> Reply:
    """Join the replies to the parts of one message."""
    parts = [_split_source(reply) for reply in replies]
    endings = tuple(dict.fromkeys(ending for _, ending in parts if ending))
    room = JOINED_LENGTH - sum(len(ending) + 1 for ending in endings) - 2 * len(parts)
    cap = water_level([len(text) for text, _ in parts], room)
    texts = [_fit(text, cap) for text, _ in parts]
    cut = [reply for reply, text, part in zip(replies, texts, parts, strict=True) if text != part[0] and reply.facet]
    whole = [reply.suggestions for reply in replies if reply not in cut]
    told = {Choice("facet", code, reply.facet or "").token() for reply in replies for code in reply.procedures}
    mixed = [offer for turn in zip_longest(*whole) for offer in turn if offer and offer.payload not in told]
    offers: dict[str, Suggestion] = {}
    for offer in (*(_rest(reply, language) for reply in cut), *mixed):
        offers.setdefault(offer.label, offer)  # of two procedures' equal labels nobody could tell which is which
    facets = [reply.facet for reply in replies if reply.facet]
    return Reply(
        text="\n".join(("\n\n".join(texts), *endings)),
        outcome=_joint_outcome([reply.outcome for reply in replies]),
        facet=facets[0] if facets else None,
        procedures=tuple(dict.fromkeys(code for reply in replies for code in reply.procedures)),
        sources=tuple(dict.fromkeys(source for reply in replies for source in reply.sources)),
        suggestions=tuple(offers.values())[:MOST_SUGGESTIONS],
        attachments=tuple(dict.fromkeys(file for reply in replies for file in reply.attachments)),
        confidence=min(reply.confidence for reply in replies),
    )


def _split_source(reply: Reply) -> tuple[str, str]:
    """Return the text and the source lines that close it."""
    place = max(reply.text.rfind(f"\n{mark}") for mark in SOURCE_MARKS) if reply.sources else -1
    return (reply.text, "") if place < 0 else (reply.text[:place], reply.text[place + 1 :])


def _fit(text: str, limit: int) -> str:
    """Return the lines that fit; the first that does not is cut short rather than left out."""
    if len(text) <= limit:
        return text
    kept: list[str] = []
    for line in text.splitlines():
        left = limit - len("\n".join(kept)) - 3
        if len(line) > left:
            return "\n".join((*kept, shorten(line, left) if left >= _SHORTEST_LINE else "…"))
        kept.append(line)
    return "\n".join(kept)


def _rest(reply: Reply, language: str) -> Suggestion:
    """Offer the whole of a reply that was cut."""
    noun = FACET_NOUNS[spoken(language)][Facet(reply.facet or "overview")]
    label = f"{say(language, 'more')}: {noun}"
    return Suggestion(label, Choice("facet", reply.procedures[0], reply.facet or "overview").token())


def _joint_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    """Corrected if any part was; answered if all were; partial if some were; else the first part's outcome."""
    if Outcome.CORRECTED in outcomes:
        return Outcome.CORRECTED
    missing = [outcome for outcome in outcomes if outcome in _WITHOUT_ANSWER]
    if len(missing) == len(outcomes):
        return outcomes[0]
    return Outcome.PARTIAL if missing else outcomes[0]

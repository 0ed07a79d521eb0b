"""Asking whether a conversation helped: once at most, at its end, and never in the way of the next question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot import phrases
from bot.choices import Choice, parse_token
from bot.messages import Outcome, Reply, Suggestion
from nlu.text import fold

BEST, MIDDLE, WORST = 5, 3, 1

# The intents with which people end a conversation, or at least a matter.
ENDINGS = frozenset({"thank", "goodbye", "start_over"})

_LABELS = {
    BEST: ("Hài lòng", "Satisfied"),
    MIDDLE: ("Bình thường", "It was okay"),
    WORST: ("Chưa hài lòng", "Not satisfied"),
}
# How people say it where there is no button; compared without diacritics and with the whole message only.
_SAID = {
    "hai long": BEST,
    "rat hai long": BEST,
    "toi hai long": BEST,
    "satisfied": BEST,
    "very satisfied": BEST,
    "binh thuong": MIDDLE,
    "tam duoc": MIDDLE,
    "tam on": MIDDLE,
    "it was okay": MIDDLE,
    "chua hai long": WORST,
    "khong hai long": WORST,
    "ko hai long": WORST,
    "k hai long": WORST,
    "rat khong hai long": WORST,
    "not satisfied": WORST,
    "unsatisfied": WORST,
}
_POLITE = (" a", " nhe", " nha", " lam")


class RatingStore(Protocol):
    """Where ratings are kept (storage.ratings)."""

    def claim(self, conversation_id: str, code: str | None) -> bool: ...
    def rate(self, conversation_id: str, score: int) -> bool: ...
    def comment(self, conversation_id: str, text: str) -> bool: ...


def asking(reply: Reply, language: str) -> Reply:
    """Return the reply that ends a conversation with the question whether it helped."""
    return replace(reply, text=f"{reply.text}\n{_question(language)}", suggestions=_scores(language))


def question(language: str) -> Reply:
    """Ask by itself, where a person has just ended the conversation."""
    return Reply(_question(language), Outcome.SMALLTALK, suggestions=_scores(language))


def is_offered(offered: Sequence[Sequence[str]]) -> bool:
    """Tell whether the suggestions offered last, as (label, payload), ask for a rating."""
    return any((choice := parse_token(payload)) and choice.act == "rate" for _, payload in offered)


def said_score(text: str) -> Choice | None:
    """Return the rating that a whole message states in words ("rất hài lòng ạ"), None for anything else."""
    folded = fold(text).strip(" .!?")
    for ending in _POLITE:
        folded = folded.removesuffix(ending)
    score = _SAID.get(folded)
    return Choice("rate", page=score) if score else None


def thanks(score: int, language: str) -> Reply:
    """Thank for a rating and offer to say more; nothing more is asked."""
    unhappy = score <= WORST + 1
    text = _pick(
        language,
        "Cảm ơn anh/chị đã cho biết. Rất tiếc lần này chưa giúp được như anh/chị cần."
        if unhappy
        else "Cảm ơn anh/chị đã cho biết.",
        "Thank you for telling us. We are sorry that this did not help enough." if unhappy else "Thank you.",
    )
    more = Suggestion(_pick(language, "Viết góp ý", "Write a comment"), Choice("comment").token())
    offered = (more, phrases.person(language)) if unhappy else (more, phrases.more_help(language))
    return Reply(text, Outcome.SMALLTALK, suggestions=offered)


def ask_comment(language: str) -> Reply:
    """Ask for the comment."""
    text = _pick(
        language,
        "Anh/chị viết góp ý trong một tin, đừng ghi số giấy tờ. Không muốn viết nữa thì cứ hỏi tiếp bằng nút bên dưới.",
        "Please write your comment in one message, without personal numbers. Or go on with the button below.",
    )
    return Reply(text, Outcome.SMALLTALK, suggestions=(_no_comment(language),))


def comment_kept(language: str) -> Reply:
    """Confirm the comment."""
    text = _pick(
        language,
        "Tôi đã ghi góp ý để cán bộ xem. Anh/chị cần hỏi thủ tục nào thì viết tiếp.",
        "Your comment is noted for our staff. Ask about any procedure whenever you like.",
    )
    return Reply(text, Outcome.SMALLTALK, suggestions=(phrases.more_help(language),))


def _question(language: str) -> str:
    return _pick(
        language,
        "Lần hỏi này có giúp được anh/chị không? Bấm một nút để cho biết; bỏ qua cũng được.",
        "Did this help you? Tap a button to tell us, or simply go on.",
    )


def _scores(language: str) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(_pick(language, *labels), Choice("rate", page=score).token()) for score, labels in _LABELS.items()
    )


def _no_comment(language: str) -> Suggestion:
    return Suggestion(_pick(language, "Hỏi tiếp", "Go on"), Choice("help").token())


def _pick(language: str, vietnamese: str, english: str) -> str:
    return english if language == "en" else vietnamese

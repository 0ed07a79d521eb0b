"""What citizens are told of the desk: who waits, who answers, when the assistant is back."""

from __future__ import annotations

from typing import Any

from bot.messages import Outcome, Reply
from bot.phrases import HOTLINE, addressed, call_hotline


def _pick(language: str, vietnamese: str, english: str) -> str:
    return english if language == "en" else vietnamese


def queued(waiting: int, minutes: int | None, language: str) -> Reply:
    """Say that a person will answer, how many wait before, and for how long where that is known."""
    if waiting:
        about = _pick(language, f", khoảng {minutes} phút", f", about {minutes} minutes") if minutes else ""
        line = _pick(language, f"Hiện có {waiting} người đang chờ{about}.", f"{waiting} people are waiting{about}.")
    else:
        about = _pick(language, f", khoảng {minutes} phút", f", in about {minutes} minutes") if minutes else ""
        line = _pick(language, f"Anh/chị là người kế tiếp{about}.", f"You are next{about}.")
    text = _pick(
        language,
        f"Tôi chuyển anh/chị sang cán bộ. {line} Trong lúc chờ, anh/chị cứ viết thêm; tôi không trả lời chen vào.",
        f"I am passing you to a member of staff. {line} Meanwhile, write as you like; I will not interrupt.",
    )
    return Reply(text, Outcome.HANDOFF, suggestions=(call_hotline(language),))


def taken(name: str, language: str) -> Reply:
    """Say who answers from now on."""
    text = _pick(language, f"{name} (cán bộ) đang trả lời anh/chị.", f"{name} (staff) is answering you now.")
    return Reply(text, Outcome.HANDOFF)


def back(language: str) -> Reply:
    """Say that the assistant answers again."""
    text = _pick(
        language,
        "Tôi là trợ lý tự động, từ đây tôi lại trả lời anh/chị.",
        "This is the automatic assistant; from here on I answer you again.",
    )
    return Reply(text, Outcome.SMALLTALK)


def nobody_left(staff_hours: str | None, asks_contact: bool, language: str) -> Reply:
    """Say that the staff went away before one could answer, and how it goes on."""
    when = _hours(staff_hours, language)
    contact = _pick(
        language,
        ' Anh/chị để lại số điện thoại hoặc e-mail để cán bộ liên hệ; không muốn để lại thì viết "không".',
        ' Please leave a phone number or e-mail so that they can reach you, or write "no".',
    )
    rest = _pick(
        language,
        "Yêu cầu của anh/chị vẫn được giữ lại. Trong lúc chờ, tôi lại trả lời về thủ tục.",
        "Your request is kept. Meanwhile, I answer about procedures again.",
    )
    text = _pick(
        language,
        f"Hiện không còn cán bộ trực trong khung chat này.{when} {rest} Cần gấp, anh/chị gọi {HOTLINE}.",
        f"No member of staff is in this chat any more.{when} {rest} If it is urgent, call {HOTLINE}.",
    )
    return Reply(text + (contact if asks_contact else ""), Outcome.HANDOFF, suggestions=(call_hotline(language),))


def being_checked(language: str) -> Reply:
    """Say that a person looks at the answer before it is sent."""
    text = _pick(
        language,
        "Tôi nhờ cán bộ xem lại câu trả lời trước khi gửi, để anh/chị khỏi nhận thông tin chưa chắc. "
        "Anh/chị chờ một chút.",
        "I asked a member of staff to check my answer before I send it, so that you get nothing uncertain. "
        "One moment, please.",
    )
    return Reply(text, Outcome.HANDOFF, suggestions=(call_hotline(language),))


def nobody_to_check(staff_hours: str | None, language: str) -> Reply:
    """Say that the answer is uncertain and nobody is there to check it; it is not given."""
    when = _hours(staff_hours, language)
    text = _pick(
        language,
        f"Tôi chưa đủ chắc để trả lời câu này, mà hiện chưa có cán bộ nào xem lại giúp.{when} "
        f"Anh/chị gọi {HOTLINE} để hỏi, hoặc viết rõ hơn việc cần làm.",
        f"I am not sure enough to answer this, and no member of staff is here to check.{when} "
        f"Please call {HOTLINE}, or write more exactly what you need.",
    )
    return Reply(text, Outcome.ABSTAINED, suggestions=(call_hotline(language),), confidence=0.0)


def not_checked_in_time(language: str) -> Reply:
    """Say that nobody could look at the answer in time."""
    text = _pick(
        language,
        f"Cán bộ chưa kịp xem câu trả lời này. Anh/chị gọi {HOTLINE} để được trả lời ngay; khi có cán bộ xem, "
        "câu trả lời sẽ hiện ở đây. Việc khác anh/chị cứ hỏi tiếp.",
        f"Nobody could check that answer yet. Call {HOTLINE} to be answered at once; when somebody has checked it, "
        "it will appear here. Feel free to ask about other things.",
    )
    return Reply(text, Outcome.ABSTAINED, suggestions=(call_hotline(language),), confidence=0.0)


def _hours(staff_hours: str | None, language: str) -> str:
    if not staff_hours:
        return ""
    return _pick(language, f" Cán bộ trực vào {staff_hours}.", f" Staff are here: {staff_hours}.")


def by_staff(text: str) -> Reply:
    """Return what a member of staff wrote, as a reply."""
    return Reply(text, Outcome.HANDOFF)


def signed(reply: Reply, name: str) -> Reply:
    """Return a reply by staff for services that do not show who wrote: with the name above it."""
    return Reply(f"{name} (cán bộ):\n{reply.text}", reply.outcome, suggestions=reply.suggestions)


def told(reply: Reply, state: dict[str, Any]) -> Reply:
    """Return a reply with the person called as they call themselves, by what the dialogue remembers."""
    return addressed(reply, str(state.get("address") or "anh/chị"))


def language_in(state: dict[str, Any]) -> str:
    """Return the language of a conversation, by what the dialogue remembers."""
    return str((state.get("slots") or {}).get("language") or "vi")

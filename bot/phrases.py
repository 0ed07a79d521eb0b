"""The assistant's own sentences, in Vietnamese and English: everything it says that is not a fact of the catalogue."""

from __future__ import annotations

from dataclasses import replace

from bot.choices import Choice
from bot.messages import FileKind, Outcome, Reply, Suggestion

HOTLINE = "1022"
ADDRESS = "anh/chị"


def _pick(language: str, vietnamese: str, english: str) -> str:
    return english if language == "en" else vietnamese


def person(language: str) -> Suggestion:
    """Return the suggestion that asks for a person."""
    return Suggestion(_pick(language, "Gặp cán bộ", "Talk to a person"), Choice("human").token())


def call_hotline(language: str) -> Suggestion:
    """Return the suggestion that calls the hotline."""
    return Suggestion(_pick(language, f"Gọi {HOTLINE}", f"Call {HOTLINE}"), url=f"tel:{HOTLINE}")


def more_help(language: str) -> Suggestion:
    """Return the suggestion that shows what can be asked."""
    return Suggestion(_pick(language, "Hỏi được những gì", "What can I ask"), Choice("help").token())


def life_events(language: str) -> Suggestion:
    """Return the suggestion that lists what there is to do in events of life."""
    return Suggestion(_pick(language, "Việc theo sự kiện", "Life events"), Choice("journeys").token())


def failure(language: str) -> Reply:
    """Say that something broke here; nothing of the message was lost on the citizen's side."""
    text = _pick(
        language,
        "Máy của tôi vừa gặp trục trặc nên chưa trả lời được. Anh/chị gửi lại tin vừa rồi sau ít phút, "
        f"hoặc gọi {HOTLINE} nếu cần gấp.",
        f"Something failed on our side. Please send that message again in a few minutes, or call {HOTLINE}.",
    )
    return Reply(text, Outcome.ERROR, suggestions=(call_hotline(language),), confidence=0.0)


def too_long(length: int, limit: int, language: str) -> Reply:
    """Ask for a shorter message."""
    shown, most = f"{length:,}".replace(",", "."), f"{limit:,}".replace(",", ".")
    text = _pick(
        language,
        f"Tin nhắn dài {shown} ký tự, tôi chỉ đọc được tối đa {most}. Anh/chị viết gọn lại, mỗi lần một việc, "
        'ví dụ: "làm lại căn cước bị mất cần giấy tờ gì".',
        f"Your message has {length:,} characters; I can read {limit:,}. Please ask one thing at a time, "
        'for example: "documents to replace a lost ID card".',
    )
    return Reply(text, Outcome.BLOCKED, suggestions=(person(language),))


def nothing_to_read(language: str) -> Reply:
    """Say what to write when a message holds no word."""
    text = _pick(
        language,
        "Tôi đọc được chữ, chưa hiểu được hình hay ký hiệu. Anh/chị viết việc cần làm, "
        'ví dụ: "đăng ký tạm trú hết bao nhiêu tiền".',
        'I can read words only. Please write what you need, for example: "fee for a temporary residence registration".',
    )
    return Reply(text, Outcome.CLARIFY, suggestions=(more_help(language), person(language)))


_UNREAD = {
    FileKind.AUDIO: (
        "Tôi chưa nghe được tin thoại nên không giữ lại. Anh/chị gõ chữ, hoặc bấm hình micrô trên bàn phím điện thoại "
        'để nói thành chữ, ví dụ: "làm lại căn cước bị mất".',
        "I cannot listen to voice messages, so I did not keep it. Please type, or tap the microphone on your phone's "
        'keyboard to turn speech into text, for example: "replace a lost ID card".',
    ),
    FileKind.CONTACT: (
        "Tôi không giữ danh thiếp của người khác. Anh/chị cần hỏi thủ tục nào thì viết bằng chữ; muốn để lại số điện "
        "thoại của mình cho cán bộ thì gõ số đó.",
        "I do not keep other people's contacts. Please write what you need; to leave your own number for staff, "
        "type it.",
    ),
}
_UNREAD_FILE = (
    "Tôi chưa xem được ảnh, video và tệp nên không giữ lại. Anh/chị viết bằng chữ điều cần hỏi, ví dụ: "
    '"đăng ký tạm trú cần giấy tờ gì". Ảnh giấy tờ thì chỉ nộp cho cơ quan hoặc trên Cổng Dịch vụ công, '
    "đừng gửi vào khung chat.",
    "I cannot look at pictures, videos and files, so I did not keep it. Please write your question, for example: "
    '"documents for temporary residence". Hand pictures of papers in at the authority or its portal only, not here.',
)


def unread_file(kind: FileKind, language: str) -> Reply:
    """Say that something sent without words was not read and not kept, and how to go on."""
    if kind is FileKind.STICKER:
        return nothing_to_read(language)
    text = _pick(language, *_UNREAD.get(kind, _UNREAD_FILE))
    return Reply(text, Outcome.CLARIFY, suggestions=(more_help(language), person(language)))


def with_file_notice(reply: Reply, language: str) -> Reply:
    """Add to the reply to a message's words that what came with them was not looked at."""
    notice = _pick(
        language,
        "Tôi chỉ đọc phần chữ; ảnh hoặc tệp gửi kèm tôi chưa xem được và không giữ lại.",
        "I read the words only; I cannot look at what you sent with them, and did not keep it.",
    )
    return replace(reply, text=f"{reply.text}\n{notice}")


def stale_button(language: str) -> Reply:
    """Say that a button is no longer known."""
    text = _pick(
        language,
        "Nút này không còn dùng được. Anh/chị viết lại điều cần hỏi giúp tôi.",
        "That button no longer works. Please type your question.",
    )
    return Reply(text, Outcome.CLARIFY, suggestions=(more_help(language), person(language)))


_EMERGENCY_VI = (
    "Nếu có người đang gặp nguy hiểm, hãy gọi ngay 115 (cấp cứu), 113 (công an), 114 (cháy, cứu nạn) "
    "hoặc 111 (bảo vệ trẻ em). Gọi miễn phí, cả ngày đêm."
)
_EMERGENCY_EN = (
    "If someone is in danger, call now: 115 (ambulance), 113 (police), 114 (fire and rescue) or "
    "111 (child protection). The calls are free, day and night."
)
_FIRST_NUMBER = {"medical": "115", "violence": "113", "fire": "114", "child": "111", "suicide": "115"}
_ALSO = {
    "suicide": (
        "Anh/chị đừng ở một mình lúc này: hãy gọi người thân đến ngay.",
        "Please do not stay alone: ask someone close to come now.",
    ),
    "fire": ("Ra khỏi nhà trước, gọi sau; đừng quay lại lấy đồ.", "Get out first, then call; do not go back in."),
}


def emergency(kind: str, language: str) -> Reply:
    """Give the emergency numbers first, the one that fits best as the first button."""
    lines = [_pick(language, _EMERGENCY_VI, _EMERGENCY_EN)]
    if kind in _ALSO:
        lines.append(_pick(language, *_ALSO[kind]))
    lines.append(
        _pick(
            language,
            "Khi mọi người đã an toàn, tôi vẫn ở đây để trả lời về thủ tục.",
            "When everyone is safe, I am here for your questions about procedures.",
        )
    )
    numbers = dict.fromkeys([_FIRST_NUMBER[kind], "115", "113", "114", "111"])
    calls = [Suggestion(_pick(language, f"Gọi {n}", f"Call {n}"), url=f"tel:{n}") for n in numbers][:4]
    return Reply("\n".join(lines), Outcome.CRISIS, suggestions=tuple(calls))


def with_mask_notice(reply: Reply, kinds: tuple[str, ...], language: str) -> Reply:
    """Add to a reply that personal numbers were hidden and are not kept."""
    notice = _pick(
        language,
        f"Tôi đã che {', '.join(kinds)} trong tin nhắn và không lưu lại.",
        "I hid the personal numbers in your message and did not keep them.",
    )
    return replace(reply, text=f"{reply.text}\n{notice}")


def withdrawn(code: str, language: str) -> Reply:
    """Say that a procedure is no longer in the catalogue."""
    text = _pick(
        language,
        f"Thủ tục mã {code} không còn trong danh mục đang dùng. Anh/chị viết việc cần làm để tôi tìm thủ tục thay thế.",
        f"Procedure {code} is no longer in the catalogue. Write what you need and I will look for its successor.",
    )
    return Reply(text, Outcome.ABSTAINED, suggestions=(more_help(language), person(language)), confidence=0.0)


def which_procedure(language: str) -> Reply:
    """Ask which procedure a question without a topic is about."""
    text = _pick(
        language,
        "Anh/chị hỏi về thủ tục nào? Viết tên việc cần làm, ví dụ: "
        '"lệ phí đăng ký tạm trú", "làm lại giấy khai sinh bị mất".',
        'Which procedure do you mean? For example: "fee for temporary residence", "replace a lost birth certificate".',
    )
    return Reply(text, Outcome.CLARIFY, suggestions=(more_help(language), person(language)), confidence=0.0)


_DECLINED = {
    "unknown": (
        "Tôi chưa tìm thấy thủ tục nào khớp chắc với câu này nên không dám đoán. Anh/chị viết rõ hơn việc cần làm, "
        'ví dụ: "làm lại căn cước bị mất", hoặc gặp cán bộ.',
        "I found no procedure that surely fits, so I will not guess. Please say more exactly what you need, "
        'for example "replace a lost ID card", or talk to a person.',
    ),
    "chitchat_other": (
        "Việc này nằm ngoài danh mục thủ tục hành chính nên tôi không dám đoán. Tôi giúp được về giấy tờ, lệ phí, "
        'thời hạn, nơi nộp. Ví dụ: "đăng ký tạm trú cần giấy tờ gì".',
        "That is not an administrative procedure, so I will not guess. I can help with documents, fees, time limits "
        'and places, for example "documents for temporary residence".',
    ),
    "other_country": (
        "Tôi chỉ có danh mục thủ tục của cơ quan Việt Nam. Thủ tục của nước khác, anh/chị hỏi đại sứ quán hoặc "
        "cơ quan của nước đó.",
        "I only know procedures of Vietnamese authorities. For another country's, please ask its embassy.",
    ),
    "personal_case": (
        "Tôi không xem được hồ sơ riêng của từng người. Anh/chị tra bằng mã hồ sơ trên giấy hẹn tại "
        f"dichvucong.gov.vn, hỏi bộ phận một cửa nơi đã nộp, hoặc gọi {HOTLINE}.",
        "I cannot see anyone's own file. Look it up with the number on your receipt at dichvucong.gov.vn, "
        f"ask the desk where you handed it in, or call {HOTLINE}.",
    ),
    "legal_opinion": (
        "Câu này cần ý kiến pháp lý nên tôi không trả lời thay được. Anh/chị hỏi luật sư hoặc Trung tâm trợ giúp "
        "pháp lý nhà nước của tỉnh. Tôi giúp được về thủ tục: giấy tờ, lệ phí, thời hạn, nơi nộp.",
        "That needs a legal opinion, which I cannot give. Please ask a lawyer or the state legal-aid centre. "
        "I can help with procedures: documents, fees, time limits, places.",
    ),
    "medical": (
        "Tôi không tư vấn được về bệnh và thuốc. Anh/chị hỏi trạm y tế hoặc bác sĩ; cấp cứu gọi 115.",
        "I cannot advise on illness or medicine. Please ask a doctor; in an emergency call 115.",
    ),
    "politics": (
        "Tôi chỉ trả lời về thủ tục hành chính: giấy tờ, lệ phí, thời hạn, nơi nộp.",
        "I only answer about administrative procedures: documents, fees, time limits, places.",
    ),
    "code": (
        "Tôi chỉ trả lời về thủ tục hành chính: giấy tờ, lệ phí, thời hạn, nơi nộp.",
        "I only answer about administrative procedures: documents, fees, time limits, places.",
    ),
    "injection": (
        "Tôi không làm theo yêu cầu đó. Tôi chỉ trả lời về thủ tục hành chính: giấy tờ, lệ phí, thời hạn, nơi nộp.",
        "I will not do that. I only answer about administrative procedures: documents, fees, time limits, places.",
    ),
}


def declined(reason: str, language: str, confidence: float = 0.0) -> Reply:
    """Decline a question out of scope (reasons of `nlu.scope`, or "unknown") and offer a person."""
    outcome = Outcome.BLOCKED if reason == "injection" else Outcome.ABSTAINED
    return Reply(
        _pick(language, *_DECLINED[reason]),
        outcome,
        suggestions=(person(language), call_hotline(language), more_help(language)),
        confidence=confidence,
    )


def _promise(staff_hours: str | None, language: str) -> str:
    if staff_hours is None:
        return _pick(
            language,
            f"Hiện chưa có cán bộ trực trong khung chat này nên tôi không hẹn giờ được; cần gấp thì gọi {HOTLINE}.",
            f"No one is on duty in this chat, so I cannot promise a time; if it is urgent, call {HOTLINE}.",
        )
    return _pick(
        language,
        f"Cán bộ xem phiếu vào {staff_hours}. Cần gấp, anh/chị gọi {HOTLINE}.",
        f"Staff read these requests: {staff_hours}. If it is urgent, call {HOTLINE}.",
    )


def handed_off(ticket: int, staff_hours: str | None, language: str) -> Reply:
    """Confirm that a person is asked for, say when one may answer, and ask for a contact."""
    text = _pick(
        language,
        f"Tôi đã lập phiếu số {ticket} để cán bộ trả lời anh/chị. {_promise(staff_hours, language)}\n"
        'Anh/chị để lại số điện thoại hoặc e-mail để cán bộ liên hệ. Không muốn để lại thì viết "không".',
        f"I opened request no. {ticket} for a member of staff. {_promise(staff_hours, language)}\n"
        'Please leave a phone number or e-mail so that they can reach you, or write "no".',
    )
    return Reply(text, Outcome.HANDOFF, suggestions=(call_hotline(language),))


def ask_contact(language: str) -> Reply:
    """Ask again for a contact."""
    text = _pick(
        language,
        'Anh/chị để lại số điện thoại hoặc e-mail cho cán bộ liên hệ, viết "không" nếu không muốn để lại, '
        'hoặc "thôi" để hủy phiếu.',
        'Please leave a phone number or e-mail for staff, write "no" to leave none, or "cancel" to drop the request.',
    )
    return Reply(text, Outcome.FORM, suggestions=(call_hotline(language),))


def ask_reason(language: str) -> Reply:
    """Ask what the person needs."""
    text = _pick(
        language,
        "Anh/chị cần cán bộ giúp việc gì? Viết ngắn trong một tin.",
        "What do you need help with? One short message is enough.",
    )
    return Reply(text, Outcome.FORM)


def ticket_complete(ticket: int, staff_hours: str | None, language: str, *, reachable: bool) -> Reply:
    """Confirm the ticket and say how the answer will come."""
    way = (
        _pick(language, "Cán bộ sẽ liên hệ theo cách anh/chị để lại.", "Staff will use the contact you left.")
        if reachable
        else _pick(
            language,
            "Khi có cán bộ trả lời, anh/chị sẽ thấy ngay trong khung chat này.",
            "When staff answer, you will see it in this chat.",
        )
    )
    text = _pick(
        language,
        f"Đã ghi xong phiếu số {ticket}. {way} {_promise(staff_hours, language)} "
        "Trong lúc chờ, anh/chị cứ hỏi tiếp về thủ tục.",
        f"Request no. {ticket} is complete. {way} {_promise(staff_hours, language)} "
        "Meanwhile, feel free to ask about procedures.",
    )
    return Reply(text, Outcome.HANDOFF, suggestions=(call_hotline(language),))


def ticket_cancelled(language: str) -> Reply:
    """Confirm that the ticket was dropped."""
    text = _pick(
        language,
        "Đã hủy phiếu. Anh/chị cần hỏi thủ tục nào thì viết tiếp.",
        "The request is dropped. Please go on with your question.",
    )
    return Reply(text, Outcome.SMALLTALK, suggestions=(more_help(language),))


_EXAMPLES_VI = ("Làm giấy khai sinh cho con", "Đăng ký tạm trú", "Mở hộ kinh doanh", "Làm lại căn cước bị mất")
_EXAMPLES_EN = ("birth certificate", "temporary residence", "open a household business", "replace a lost ID card")


def what_can_be_asked(language: str) -> Reply:
    """Show what can be asked."""
    text = _pick(
        language,
        "Anh/chị viết việc cần làm bằng lời của mình, có dấu hay không dấu đều được. Tôi trả lời theo danh mục thủ tục "
        "của Cổng Dịch vụ công quốc gia: giấy tờ, lệ phí, thời hạn, nơi nộp, nộp trực tuyến, các bước, điều kiện, "
        "kết quả, căn cứ pháp lý, mẫu đơn. Ví dụ:\n" + "\n".join(f"• {example}" for example in _EXAMPLES_VI),
        "Write what you need in your own words. I answer from the national catalogue of procedures: documents, fees, "
        "time limits, where and how to apply, steps, conditions, results, legal basis, forms. For example:\n"
        + "\n".join(f"• {example}" for example in _EXAMPLES_EN),
    )
    return Reply(text, Outcome.SMALLTALK, suggestions=(life_events(language), person(language), call_hotline(language)))


_SMALLTALK = {
    "greet": (
        'Chào anh/chị. Anh/chị cần làm thủ tục gì? Ví dụ: "làm giấy khai sinh cho con cần gì".',
        'Hello. Which procedure do you need? For example: "documents for a birth certificate".',
    ),
    "thank": (
        "Không có gì. Anh/chị cần hỏi thêm thì cứ viết.",
        "You are welcome. Ask again whenever you need.",
    ),
    "goodbye": (
        "Chào anh/chị. Khi cần, anh/chị cứ viết vào đây.",
        "Goodbye. Write here whenever you need.",
    ),
    "bot_challenge": (
        "Tôi là trợ lý tự động, trả lời theo danh mục thủ tục của Cổng Dịch vụ công quốc gia. Anh/chị muốn gặp người "
        'thì viết "gặp cán bộ".',
        "I am an automatic assistant and answer from the national catalogue of procedures. "
        'To reach a person, write "talk to a person".',
    ),
    "affirm": (
        "Anh/chị viết rõ giúp tôi điều cần hỏi tiếp nhé.",
        "Please tell me what you would like to know next.",
    ),
    "deny": (
        "Vâng. Anh/chị viết lại việc cần làm, tôi tìm thủ tục khác.",
        "All right. Please write what you need and I will look for another procedure.",
    ),
    "stop": (
        "Vâng. Khi cần, anh/chị cứ viết tiếp.",
        "All right. Write again whenever you need.",
    ),
}


def smalltalk(intent: str, language: str, focus: str | None) -> Reply:
    """Answer small talk; with a procedure in focus, its next steps stay one tap away."""
    if intent == "help":
        return what_can_be_asked(language)
    text = _pick(language, *_SMALLTALK.get(intent, _SMALLTALK["affirm"]))
    if focus is None:
        return Reply(text, Outcome.SMALLTALK, suggestions=(more_help(language), person(language)))
    next_steps = (
        Suggestion(_pick(language, "Giấy tờ", "Documents"), Choice("facet", focus, "documents").token()),
        Suggestion(_pick(language, "Lệ phí", "Fee"), Choice("facet", focus, "fee").token()),
        Suggestion(_pick(language, "Nộp ở đâu", "Where"), Choice("facet", focus, "where").token()),
    )
    return Reply(text, Outcome.SMALLTALK, suggestions=next_steps)


def started_over(language: str) -> Reply:
    """Confirm that what was talked about is forgotten."""
    text = _pick(
        language,
        "Ta bắt đầu lại. Anh/chị cần làm thủ tục gì?",
        "Let us start over. Which procedure do you need?",
    )
    return Reply(text, Outcome.SMALLTALK, suggestions=(more_help(language), person(language)))


def addressed(reply: Reply, address: str) -> Reply:
    """Return the reply with the person called as they call themselves ("bác", "cô", "em") instead of "anh/chị"."""
    if address == ADDRESS:
        return reply
    text = reply.text.replace("Anh/chị", address.capitalize()).replace(ADDRESS, address)
    return replace(reply, text=text)

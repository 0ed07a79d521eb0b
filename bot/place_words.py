"""The sentences about places, in Vietnamese and English; names and facts are put in, never written here."""

from __future__ import annotations

from bot.facets.words import spoken

_VI: dict[str, str] = {
    "now_in": "{old} cũ nay thuộc {now}.",
    "divided": "{old} cũ nay chia cho nhiều xã, phường.",
    "yours": "Nơi của anh/chị",
    "office": "Địa chỉ: {address}",
    "hours": "Giờ làm việc: {hours}",
    "phone": "Điện thoại: {phone}",
    "map": "Bản đồ: {url}",
    "office_source": "{name} (nguồn: {source}, kiểm ngày {date})",
    "no_office": "Tôi chưa có địa chỉ, giờ làm việc của nơi này: gọi 1022, hoặc xem Cổng Dịch vụ công quốc gia{link}.",
    "ask_any": "Anh/chị ở xã, phường nào? Nhắn tên kèm tỉnh, thành phố, tôi chỉ đúng nơi.",
    "ask_commune": "Anh/chị ở xã, phường nào của {province}? Nhắn tên, tôi chỉ đúng nơi.",
    "ask_province": "Tên “{named}” có ở nhiều nơi. Anh/chị ở tỉnh, thành phố nào?",
    "ask_which": "Anh/chị ở đâu trong các nơi này?",
    "ask_own": "Việc này mỗi tỉnh quy định riêng. Anh/chị ở tỉnh, thành phố nào?",
    "only_there": "Thủ tục này chỉ áp dụng ở {province}. Anh/chị có ở đó không?",
    "in_province": "Ở {province}: {name}",
    "elsewhere": "Tôi ở nơi khác",
    "how": "Bấm chọn, hoặc trả lời {numbers}.",
    "noted": "Tôi nhớ anh/chị ở {place}.",
    "which_matter": 'Anh/chị cần làm thủ tục gì? Ví dụ: "đăng ký tạm trú nộp ở đâu".',
    "near": "Anh/chị đang ở gần {place} phải không? Tôi chỉ đoán theo vị trí, nên nhờ anh/chị chọn:",
    "far": "Vị trí này không gần xã, phường nào của Việt Nam. Anh/chị nhắn tên xã, phường và tỉnh, thành phố.",
    "write": "Anh/chị nhắn tên xã, phường và tỉnh, thành phố, ví dụ: “phường Bến Thành, TP Hồ Chí Minh”.",
}

_EN: dict[str, str] = {
    "now_in": "The former {old} now belongs to {now}.",
    "divided": "The former {old} is now shared by several communes.",
    "yours": "For you",
    "office": "Address: {address}",
    "hours": "Hours: {hours}",
    "phone": "Phone: {phone}",
    "map": "Map: {url}",
    "office_source": "{name} (source: {source}, checked on {date})",
    "no_office": "I do not have this office's address and hours: call 1022, or see the National Public Service "
    "Portal{link}.",
    "ask_any": "Which commune (xã, phường) do you live in? Send its name with the province.",
    "ask_commune": "Which commune (xã, phường) of {province} do you live in? Send its name.",
    "ask_province": "There are several places called “{named}”. Which province or city is yours in?",
    "ask_which": "Which of these places do you live in?",
    "ask_own": "Each province has its own rules for this. Which province or city do you live in?",
    "only_there": "This procedure exists in {province} only. Do you live there?",
    "in_province": "In {province}: {name}",
    "elsewhere": "Somewhere else",
    "how": "Tap one, or answer {numbers}.",
    "noted": "I will remember that you live in {place}.",
    "which_matter": 'Which procedure do you need? For example: "where to register temporary residence".',
    "near": "Are you near {place}? I am guessing from the position, so please choose:",
    "far": "This position is not near any commune of Việt Nam. Please send the names of your commune and province.",
    "write": "Please send the names of your commune and province, for example “phường Bến Thành, TP Hồ Chí Minh”.",
}


def say_place(language: str, key: str, **values: object) -> str:
    """Return our sentence `key` in the language of the conversation."""
    return (_EN if spoken(language) == "en" else _VI)[key].format(**values)

"""The names of stages, intents and outcomes on the page that tries a question, in plain Vietnamese."""

from __future__ import annotations

from bot.messages import Outcome

STEPS = {
    "repeat": "Câu đã trả lời trước đó",
    "clean": "Làm sạch",
    "mask": "Che số giấy tờ",
    "crisis": "Khẩn cấp",
    "attached": "Tệp hoặc vị trí gửi kèm",
    "length": "Kiểm tra độ dài",
    "taken_over": "Cán bộ đang giữ",
    "typed_choice": "Chọn gợi ý",
    "rated": "Chấm điểm",
    "dialogue": "Hội thoại (Rasa)",
}
OUTCOMES = {
    Outcome.ANSWERED: "Trả lời",
    Outcome.CLARIFY: "Hỏi lại",
    Outcome.PARTIAL: "Trả lời một phần",
    Outcome.CORRECTED: "Đính chính",
    Outcome.ABSTAINED: "Không đoán",
    Outcome.BLOCKED: "Không trả lời",
    Outcome.CRISIS: "Khẩn cấp",
    Outcome.HANDOFF: "Chuyển cán bộ",
    Outcome.FORM: "Đang điền phiếu",
    Outcome.SMALLTALK: "Chào hỏi",
    Outcome.ERROR: "Lỗi",
}
GOOD = (Outcome.ANSWERED, Outcome.CORRECTED, Outcome.PARTIAL)
INTENTS = {
    "ask": "hỏi",
    "choose": "chọn gợi ý",
    "inform": "trả lời phiếu",
    "go_back": "quay lại việc trước",
    "greet": "chào",
    "thank": "cảm ơn",
    "goodbye": "tạm biệt",
    "help": "hỏi cách dùng",
    "bot_challenge": "hỏi có phải máy",
    "request_person": "gặp cán bộ",
    "complain": "phản ánh",
    "start_over": "làm lại từ đầu",
    "affirm": "đồng ý",
    "deny": "không đồng ý",
    "stop": "thôi",
    "out_of_scope": "ngoài phạm vi",
}
SCOPE = {
    "other_country": "thủ tục nước khác",
    "personal_case": "hỏi hồ sơ riêng",
    "legal_opinion": "hỏi ý kiến pháp lý",
    "medical": "hỏi về bệnh",
    "politics": "chính trị",
    "code": "nhờ viết chương trình",
    "injection": "tìm cách lái trợ lý",
    "chitchat_other": "chuyện khác",
}
CRISES = {
    "suicide": "muốn tự hại mình",
    "child": "trẻ em gặp nguy",
    "fire": "cháy, mắc kẹt",
    "violence": "bạo lực",
    "medical": "cấp cứu",
}
TIMINGS = {
    "expand": "Viết đủ chữ tắt",
    "restore": "Thêm dấu",
    "keyword": "Tìm theo từ (BM25)",
    "encode": "Mã hóa thành vectơ",
    "dense": "Tìm theo nghĩa (vectơ)",
    "fuse": "Gộp và xếp hạng",
    "confidence": "Tính độ tin cậy",
}
REMEMBERED = {
    "focus": "Thủ tục đang nói đến",
    "recent": "Các thủ tục trước đó",
    "facet": "Phần vừa trả lời",
    "pending": "Phần còn chờ",
    "chosen": "Trường hợp đã chọn",
    "journey": "Việc theo sự kiện",
    "place": "Nơi của người hỏi",
    "language": "Ngôn ngữ",
}

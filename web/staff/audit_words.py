"""What the actions in the audit are called. Pure."""

from __future__ import annotations

from storage.asked import Mended
from web.channel_checks import NAMES
from web.staff.frame import ROLE_NAMES

AREAS = {
    "staff": "Tài khoản",
    "procedure": "Thủ tục",
    "catalogue": "Danh mục",
    "faq": "Hỏi đáp",
    "import": "Nạp từ tệp",
    "sync": "Đồng bộ",
    "office": "Nơi nộp",
    "question": "Câu đã hỏi",
    "asked": "Câu đã hỏi",
    "mark": "Góp ý",
    "regression": "Câu kiểm tra",
    "check": "Kiểm tra",
    "desk": "Bàn trực",
    "canned": "Câu soạn sẵn",
    "approval": "Duyệt trước khi gửi",
    "channel": "Kênh",
    "queue": "Hàng đợi",
}
_DEEDS = {
    "add": "thêm",
    "change": "sửa",
    "revise": "sửa",
    "remove": "xóa",
    "role": "đổi vai trò",
    "rename": "đổi tên",
    "enable": "mở lại",
    "disable": "khóa",
    "password": "đổi mật khẩu",
    "totp_on": "bật xác thực hai bước",
    "totp_off": "tắt xác thực hai bước",
    "sign_in": "đăng nhập",
    "end_sessions": "đăng xuất các nơi",
    "draft": "lưu bản nháp",
    "publish": "công bố",
    "override": "công bố dù kiểm tra không đạt",
    "withdraw": "ngừng",
    "restore": "dùng lại",
    "rollback": "quay về bản trước",
    "rollback_all": "quay về trước cả đợt",
    "names": "sửa cách gọi",
    "archive": "cất đi",
    "mend": "xử lý",
    "reopen": "mở lại",
    "dismiss": "bỏ qua",
    "dismissed": "bỏ qua",
    "done": "làm xong",
    "put": "ghi",
    "take_back": "rút lại",
    "silence": "tạm bỏ",
    "voice": "dùng lại",
    "off": "tắt",
    "set": "đặt",
    "takeover": "tiếp quản cuộc trò chuyện",
    "handover": "giao cho người khác",
    "close": "kết thúc cuộc trò chuyện",
    "pause": "tạm dừng",
    "resume": "mở lại",
    "retry": "cho làm lại",
    "start": "bắt đầu",
    "stop": "dừng",
    "export": "tải về",
    "undo": "hủy lần thay đổi",
    "procedures": "thủ tục",
    "offices": "nơi nộp",
    "faq": "hỏi đáp",
    "activate": "dùng",
    "deactivate": "thôi dùng",
}
_REASONS = {
    "wrong_procedure": "sai thủ tục",
    "missing": "thiếu thông tin",
    "good": "câu trả lời tốt",
    "answered": "đã trả lời xong",
    "sent_elsewhere": "đã chỉ sang cơ quan khác",
    "no_reply": "người dân không trả lời lại",
    "spam": "nhầm hoặc quấy rối",
    "other": "việc khác",
    "admin": "viết ở trang kiểm tra",
}
_REASONED = ("mark.put", "desk.close", "regression.add")
_MENDED = {
    "alias": "thêm cách gọi",
    "question": "thêm câu hỏi",
    "faq": "có câu hỏi đáp",
    "procedure": "sửa thủ tục",
    "dismissed": "bỏ qua",
}


def action_words(action: str) -> str:
    """Return such as "Kênh: tạm dừng"; a word that nobody translated stays as it is."""
    area, _, deed = action.partition(".")
    return f"{AREAS.get(area, area)}: {_DEEDS.get(deed, deed)}"


def subject_words(action: str, subject: str) -> str:
    """Return what was acted on: a channel by its name, anything else as it was noted."""
    return NAMES.get(subject, subject) if action.startswith(("channel.", "approval.")) else subject


def reason_words(action: str, reason: str) -> str:
    """Return what was noted besides, where it was noted as a word of the program; else as somebody wrote it."""
    if action in _REASONED:
        return _REASONS.get(reason, reason)
    if action in ("staff.add", "staff.role"):
        return {role.value: name for role, name in ROLE_NAMES.items()}.get(reason, reason)
    if action == "question.mend":
        how = Mended.read(reason)
        return ", ".join(part for part in (_MENDED.get(how.kind, how.kind), how.code, how.text) if part)
    return reason

"""What the citizens of the load test say: conversations of four to six turns, as people type them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Say:
    """Something typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on the suggestion for `facet`, else on the first suggestion; typed as `instead` when none was offered."""

    facet: str
    instead: str


Step = Say | Tap
Flow = tuple[Step, ...]

FLOWS: tuple[Flow, ...] = (
    (
        Say("chào bạn"),
        Say("làm giấy khai sinh cho con cần những gì"),
        Tap("fee", "lệ phí bao nhiêu"),
        Say("thế bao lâu thì có"),
        Say("còn đăng ký kết hôn thì cần giấy tờ gì"),
        Say("cảm ơn nhé"),
    ),
    (
        Say("lam lai can cuoc bi mat o dau"),
        Say("le phi bao nhieu"),
        Tap("duration", "mat bao lau"),
        Say("cam on"),
    ),
    (
        Say("mới cưới xong, muốn chuyển hộ khẩu về nhà chồng thì làm sao"),
        Tap("documents", "cần giấy tờ gì"),
        Say("nộp online được không"),
        Say("còn tạm trú thì cần gì"),
        Say("ok cảm ơn"),
    ),
    (
        Say("bố tôi vừa mất, đăng ký khai tử cần giấy tờ gì"),
        Say("nộp ở đâu"),
        Say("nghe nói mất 500 nghìn phải không"),
        Say("trợ cấp mai táng xin thế nào"),
        Tap("conditions", "điều kiện là gì"),
    ),
    (
        Say("mở quán ăn nhỏ cần đăng ký gì"),
        Tap("documents", "giấy tờ gồm những gì"),
        Say("mất bao nhiêu tiền"),
        Say("bao nhiêu ngày có giấy phép"),
        Say("thời tiết hôm nay thế nào"),
    ),
    (
        Say("sang tên sổ đỏ cần giấy tờ gì"),
        Tap("fee", "lệ phí thế nào"),
        Say("bao lâu"),
        Say("xin giấy phép xây dựng nhà ở thì sao"),
        Say("quay lại cái sổ đỏ lúc nãy, nộp ở đâu"),
        Say("cảm ơn em"),
    ),
    (
        Say("xin chào"),
        Say("doi bang lai xe can gi, bao nhieu tien"),
        Say("thi the ho chieu lam o dau"),
        Tap("documents", "can giay to gi"),
    ),
    (
        Say("how do I register a birth"),
        Say("what is the fee"),
        Say("how long does it take"),
        Say("thanks"),
    ),
    (
        Say("xin giấy xác nhận độc thân để cưới"),
        Tap("documents", "cần giấy tờ gì"),
        Say("lệ phí"),
        Say("bạn là ai vậy"),
        Say("chứng thực bản sao bằng đại học ở đâu"),
    ),
    (
        Say("làm lại thẻ bảo hiểm y tế bị mất"),
        Say("có mất tiền không"),
        Tap("where", "nộp ở đâu"),
        Say("hưởng trợ cấp thất nghiệp cần gì"),
        Say("thời hạn bao lâu"),
        Say("tks"),
    ),
)

# Four messages sent one after another without waiting for an answer, as people do.
BURST = ("alo", "cho hỏi", "làm lý lịch tư pháp", "cần giấy tờ gì")

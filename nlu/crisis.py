"""Emergencies happening now, told apart from procedures that only name such things.

`_SURE` is enough by itself, whatever else the message asks. `_LIKELY` counts only in a message without words of
procedures: "chồng đánh tôi" is a cry, "trợ cấp cho nạn nhân bị chồng đánh" is a question. What no rule knows is judged
by `nlu.kinds`.
"""

from __future__ import annotations

from nlu.keyboard import release_keys
from nlu.kinds import chance_of, chances
from nlu.life_events import find_life_event
from nlu.phrases import Phrases, phrases

_CRY = "crisis"
# Chances from which a message is a cry for help though no rule knows it; chosen on written examples, not on the tests.
_CLEAR, _BESIDE_PROCEDURES = 0.5, 0.85
_SELF = "(?:tôi|tui|em|mình|con|cháu|chị|anh|mẹ|bà)"
_KIN = (
    "(?:con|bé|cháu|mẹ|má|ba|bố|cha|ông|bà|vợ|chồng|anh|chị|em|bạn|hàng xóm|người|cô|chú|bác|đứa bé|học sinh"
    "|thằng bé|trẻ)"
)
_HOME = "(?:nhà|căn hộ|chung cư|phòng|bếp|kho|xưởng|chợ|tòa nhà|quán|trọ|cửa hàng|điện|bình ga|rừng)"
_HIT = (
    "(?:đánh|chém|đâm|bóp cổ|hành hung|đe dọa|bạo hành|hiếp|hiếp dâm|cưỡng hiếp|truy sát|cầm dao|rút dao|dí dao"
    "|đánh đập|giết)"
)
_STRANGER = (
    "(?:người lạ|kẻ lạ|kẻ xấu|ai đó|người ta|mấy người|(?:một |hai |mấy )(?:ông|thằng|bà|người|đứa|tên)(?: lạ)?"
    "|thằng nào|thanh niên lạ|đàn ông lạ|phụ nữ lạ)"
)
_TAKES = "(?:kéo|lôi|bế|bồng|chở|dắt|ẵm|bắt|đưa lên xe|dẫn|chộp|ôm)(?: (?:đi|lên|mất|chạy|vào|xe|ra|theo))*"
_NOT_HIT = "(?! (?:giá|máy|văn|số|bài|bắt|cá|thuế|dấu|răng|vi|cầu|bóng|đổi|rơi|mất))"

_SURE: dict[str, Phrases] = {
    "suicide": phrases(
        r"(?:muốn|định|sắp|đòi|tính|chỉ muốn|đang) (?:tự tử|tự sát|kết liễu|quyên sinh)(?! (?:nộp|làm|tính|hỏi|đăng"
        r"|xem))",
        r"(?:không|chẳng|hết) (?:còn )?(?:muốn|thiết) sống(?! (?:ở|chung|với|cùng))(?: nữa)?",
        r"chán sống",
        r"(?<!mệt )(?<!nóng )(?<!đói )(?<!lâu )(?<!chờ )(?<!khổ )(?:chỉ )?muốn chết(?: đi| quách| cho xong| luôn)",
        r"(?:tôi|em|mình|con|cháu) (?:chỉ )?muốn chết(?! (?:mệt|đi được))",
        r"(?:sắp|định|muốn|đang) (?:nhảy (?:cầu|lầu)|cắt cổ tay|cắt tay|treo cổ|uống thuốc (?:sâu|ngủ|chuột|trừ sâu"
        r"|cỏ))",
        r"(?:vừa|mới|đã) uống (?:cả vỉ|nhiều)? ?thuốc (?:sâu|chuột|trừ sâu|diệt cỏ|cỏ|ngủ)",
        r"(?:want|going|about) to (?:kill myself|die|end my life|commit suicide)",
        r"i(?: am|'m|m)? suicidal",
    ),
    "child": phrases(
        r"(?:con|bé|cháu|em|đứa bé|trẻ|học sinh)(?: (?:gái|trai|tôi|em|mình|nhà|nhỏ))* (?:vừa |mới |đang "
        r"|đã )?bị (?:bắt cóc|bắt đi|dụ dỗ bắt)",
        r"(?:đang|vừa|mới) (?:bắt cóc|bắt trộm) (?:con|bé|cháu|trẻ|em|một|đứa)",
        r"(?:con|bé|cháu|trẻ)(?: \w+){0,3} đang bị (?:\w+ ){0,3}?(?:xâm hại|hiếp dâm|bạo hành|đánh đập|đánh|nhốt"
        r"|bỏ đói)",
        r"đang (?:đánh đập|bạo hành|xâm hại|hành hạ|nhốt) (?:con|bé|cháu|trẻ|đứa|em bé|một)",
        rf"(?:con|bé|cháu|em gái|em trai|trẻ|học sinh|đứa bé)(?: \w+){{0,4}} (?:vừa |mới |đang |đã )?bị (?:\w+ ){{0,2}}"
        rf"{_STRANGER}(?: \w+){{0,4}} {_TAKES}",
        rf"{_STRANGER}(?: \w+){{0,3}} (?:vừa |mới |đang |đã )?{_TAKES} (?:\w+ )?(?:con|bé|cháu|đứa|trẻ|em bé|học sinh)",
        r"(?:my|a) (?:child|son|daughter|kid|baby)(?: \w+){0,3} (?:kidnapped|abducted|taken away)",
        r"(?:someone|a stranger|a man|strangers) (?:just |has |have )?(?:took|taken|grabbed|kidnapped"
        r"|snatched) (?:my|a)"
        r" (?:\w+ )?(?:child|son|daughter|kid|baby|girl|boy)",
    ),
    "fire": phrases(
        rf"{_HOME}(?: \w+){{0,3}} (?:đang )?(?:bị |bốc )?cháy (?:to|lớn|rồi|kìa|dữ|quá|rực|ngùn ngụt)",
        rf"{_HOME}(?: (?!máy)\w+){{0,3}} đang (?:bị |bốc )?cháy",
        r"(?:đang có|có đám|xảy ra) (?:hỏa hoạn|cháy)(?: lớn| to)?",
        r"đang bốc (?:cháy|khói)",
        r"cháy (?:nhà )?(?:rồi|to quá|lớn quá)(?! (?:giờ|thì|làm|xin|cấp))",
        r"cháy (?:nhà|quán|xưởng|chợ|phòng) (?:rồi|với|bà con|cứu)",
        r"có người (?:bị )?(?:mắc )?kẹt (?:trong|dưới) (?:đám cháy|lửa|nhà cháy|thang máy|đống đổ nát)",
        r"(?:is|are|caught) on fire",
        r"(?:house|building|apartment|kitchen) (?:is )?burning",
    ),
    "violence": phrases(
        rf"đang (?:bị )?(?:\w+ ){{0,3}}?{_HIT}{_NOT_HIT} (?:vợ|chồng|con|mẹ|má|tôi|em|tui|mình|bà|người|nhau|cháu"
        r"|chị|anh|bé|đập)",
        r"đang bị (?:\w+ ){0,3}?(?:đánh|chém|đâm|bóp cổ|hành hung|hiếp|truy sát|giết|bắt giữ|giam giữ|nhốt|cướp)"
        + _NOT_HIT,
        r"(?:đang|vừa) (?:cầm|rút|vác|dí|xách) (?:con )?(?:dao|súng|mã tấu|rựa|búa)",
        r"(?:cầm|vác) (?:dao|súng|mã tấu|rựa) (?:đến|qua|vào|đuổi|dọa|đòi|chém|rượt)",
        r"(?:đòi|dọa|sắp|định) (?:giết|chém|đâm) (?:tôi|em|tui|mình|vợ|con|cả nhà|mẹ|người|chồng|chị)",
        r"(?:đang|vừa) có (?:\w+ ){0,3}(?:cướp|trộm|đánh nhau|xả súng|đâm chém)",
        r"(?:trộm|cướp|kẻ gian) đang (?:\w+ ){0,2}(?:nhà|phá|cạy|trong)",
        r"đang (?:đột nhập|phá cửa|cạy cửa)",
        r"(?:is|are) (?:beating|hitting|stabbing|attacking|choking|killing|threatening|raping) (?:me|my|his|her"
        r"|someone|us|a)",
        r"(?:he|she|someone|husband|man) (?:has|with) a (?:knife|gun)",
        r"trying to kill (?:me|us|my|her|him)",
        r"being (?:attacked|beaten|robbed|raped|held)",
    ),
    "medical": phrases(
        rf"{_KIN}(?: \w+){{0,4}} (?:không|ngừng|ngưng|hết|khó) thở(?: được)?",
        rf"{_KIN}(?: \w+){{0,4}} (?:đang |vừa |mới |bị )+(?:ngất|bất tỉnh|co giật|đột quỵ|hôn mê|nguy kịch"
        r"|đuối nước|điện giật|ngừng tim|hóc (?:xương|dị vật|hạt|nghẹn))",
        r"(?:ngất xỉu|bất tỉnh|ngừng tim|ngưng tim|co giật) (?:\w+ ){0,2}(?:rồi|không thở|không dậy|với|giờ sao"
        r"|gọi ai|làm sao)",
        r"(?:đang|bị) (?:chảy|mất|ra) (?:\w+ )?máu (?:nhiều|quá|không cầm|ồ ạt|dữ)",
        r"(?:chảy|mất) (?:rất )?nhiều máu|máu (?:chảy|ra|tuôn|phun) (?:rất |quá )?(?:nhiều|dữ|lênh láng|không cầm"
        r"|xối xả|khắp)",
        r"(?:có|xảy ra|vừa|mới|gặp|bị) (?:\w+ ){0,2}(?:tai nạn|tông xe|đụng xe)(?:,? \w+){0,12}? (?:chảy máu|máu chảy"
        r"|bất tỉnh|nằm im|bất động|giữa đường|mắc kẹt|nguy kịch|gọi ai|gọi số nào|không thở|ngất)",
        r"(?:cần|gọi|kêu) (?:xe )?cấp cứu (?:gấp|ngay|với|nhanh|khẩn)",
        r"(?:bị )?tai nạn (?:\w+ ){0,4}(?:nguy kịch|chảy máu|bất tỉnh|đang nằm|gọi ai|cứu với|không thở)",
        r"(?:rắn|rắn độc) (?:vừa |mới )?cắn(?: \w+){0,3} (?:rồi|giờ|sưng|làm sao)",
        r"đang (?:đẻ rơi|chuyển dạ|sắp sinh|đau đẻ|lên cơn đau tim|đau tim|lên cơn)",
        r"(?:not|stopped|can't|cannot) breath(?:e|ing)",
        r"(?:is|are|fell|lying) unconscious",
        r"(?:having|had) a (?:heart attack|stroke|seizure)",
        r"(?:call|need) an ambulance(?: now)?",
        r"bleeding (?:badly|heavily|a lot)",
    ),
}

_LIKELY: dict[str, Phrases] = {
    "suicide": phrases(
        r"(?:con|em|bạn|vợ|chồng|mẹ|bố|anh|chị)(?: \w+){0,3} (?:tự tử|tự sát|cắt cổ tay|nhảy lầu|treo cổ)"
    ),
    "child": phrases(
        r"(?:con|bé|cháu|trẻ|học sinh|đứa bé)(?: \w+){0,3} bị (?:\w+ ){0,3}(?:xâm hại|hiếp dâm|bạo hành|đánh đập"
        r"|lạc|mất tích|dụ dỗ)",
        r"bắt cóc",
        r"(?:lạc|không tìm thấy|không thấy) (?:mất )?(?:con|cháu|bé)(?! (?:dấu|số|nuôi))",
        r"(?:child|son|daughter|kid) is missing",
    ),
    "fire": phrases(
        r"(?:cháy nhà|nhà cháy|cháy rừng|(?:có|bị|xảy ra) hỏa hoạn|cháy to|bốc khói|rò rỉ (?:ga|gas)|xì ga"
        rf"|{_HOME}(?: \w+){{0,3}} bị cháy)",
        r"fire in my (?:house|building|kitchen)",
    ),
    "violence": phrases(
        rf"(?:chồng|vợ|bố|cha|anh|nó|hắn|người ta|hàng xóm|côn đồ|con trai)(?: \w+){{0,3}} (?:đánh|chém|đâm"
        rf"|bạo hành|bóp cổ|đe dọa|dọa giết|hành hung){_NOT_HIT} (?:tôi|em|tui|mình|vợ|con|mẹ|chị|bà|cháu|đập)",
        rf"{_SELF} (?:vừa |mới |đang )?bị (?:\w+ ){{0,2}}(?:đánh|chém|đâm|hành hung|đánh đập|bạo hành|hiếp|hiếp dâm"
        rf"|cưỡng bức|dọa giết|đe dọa|cướp|khống chế){_NOT_HIT}",
        r"(?:có|bị) (?:trộm|cướp)(?: (?:vào|đột nhập|trong) nhà)?",
        r"(?:đang|có) (?:\w+ ){0,2}đánh nhau",
        r"giết người",
        r"(?<!nghiên )(?<!tra )(?<!cấp )cứu (?:tôi|em|tui|con|mẹ|chúng tôi|mình) (?:với|đi|nhanh)",
        r"(?:cứu (?:với|tôi với|người)|help me please|i(?: am|'m) in danger)",
        r"(?:husband|boyfriend|father) (?:beats|hits|beat|hit) me",
    ),
    "medical": phrases(
        r"(?:ngất xỉu|bất tỉnh|khó thở|không thở|ngừng thở|co giật|đột quỵ|bị đuối nước|bị điện giật|ngộ độc|hôn mê"
        r"|hóc xương|sốc phản vệ)",
        r"(?:gọi|cần|kêu) (?:xe )?cấp cứu",
        r"uống nhầm (?:thuốc|xăng|axit|hóa chất)",
        r"(?:vừa|mới|đang) (?:bị|có|gặp) tai nạn",
        r"(?:emergency|ambulance|heart attack|overdose)",
    ),
}

_PROCEDURE = phrases(
    r"giấy(?: tờ)?|hồ sơ|thủ tục|đăng ký|trợ cấp|phụ cấp|bảo hiểm|bhyt|chế độ|khai tử|khai sinh|xác nhận|chứng nhận",
    r"cấp (?:lại|mới|đổi|phép|giấy|thẻ)|làm lại|làm (?:sổ|thẻ|đơn)|sổ (?:đỏ|hồng|hộ khẩu)|căn cước|cccd|hộ chiếu"
    r"|bằng lái|mẫu đơn|tờ khai",
    r"quy định|nghị định|thông tư|luật|mức phạt|xử phạt|phạt bao nhiêu|phạt tù|hỗ trợ|bồi thường|mai táng|thừa kế"
    r"|di chúc",
    r"giám định|khuyết tật|giám hộ|tuất|thai sản|thương tật|liệt sĩ|nạn nhân|trích lục|lệ phí|phí|nộp|cần gì"
    r"|điều kiện",
    r"tập huấn|đào tạo|khóa học|huấn luyện|diễn tập|pccc|phòng cháy|chữa cháy|nghiệm thu|thẩm duyệt|cơ sở"
    r"|kinh doanh|dịch vụ|hành nghề",
    r"nhà tạm lánh|cấm tiếp xúc|tư vấn|phòng chống|phòng ngừa|tuyên truyền|thống kê|báo cáo|khiếu nại|ly hôn"
    r"|con nuôi|nhận nuôi|xin (?:phép|cấp|xác)",
    r"viện phí|chuyển (?:viện|tuyến)|đúng tuyến|trái tuyến|thanh toán|hưởng|xây dựng|giấy phép|năm (?:ngoái|trước)"
    r"|hồi (?:trước|xưa|nhỏ)|ngày xưa",
    r"procedure|certificate|allowance|insurance|permit|license|register|apply|fee|number",
)


# Said of waiting, heat or laughter: no wish to die.
_FIGURE_OF_SPEECH = phrases(
    r"(?:chờ|đợi|mệt|nóng|đói|lạnh|cười|mắc cười|lâu|rối)(?: \w+){0,3} (?:muốn|gần|phát) chết|muốn chết mệt|chịu chết"
)


def find_crisis(text: str) -> str | None:
    """Return "suicide", "child", "fire", "violence" or "medical" for an emergency happening now, None otherwise."""
    text = release_keys(text)
    for kind, sure in _SURE.items():
        if sure.found_in(text):
            return kind
    about_procedures = _PROCEDURE.found_in(text)
    if not about_procedures and (named := [kind for kind, likely in _LIKELY.items() if likely.found_in(text)]):
        return named[0]
    if find_life_event(text) or _FIGURE_OF_SPEECH.found_in(text):
        return None
    if chance_of(_CRY, text) < (_BESIDE_PROCEDURES if about_procedures else _CLEAR):
        return None
    cries = {name: chance for name, chance in chances(text).items() if name.startswith(_CRY)}
    return max(cries, key=lambda name: cries[name]).removeprefix(f"{_CRY}_")

"""What people say of their own situation that changes papers, fee or time, whatever the procedure.

Patterns as in `nlu.phrases`: accented, lower case. Files of `knowledge/cases` name these groups by key.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nlu.phrases import Phrases, phrases

_SOMEBODY = (
    r"(?:tôi|em|mình|anh|chị|ông|bà|bố|ba|mẹ|má|con|cháu|cô|chú|bác|dì|cậu|vợ|chồng|bạn|người (?:khác|nhà|thân|quen|ta)"
    r"|họ hàng|hàng xóm)"
)
# "mất bao lâu", "mất mấy ngày", "mất bao nhiêu" ask for time and money; nothing is lost there.
_NO_COST = r"(?! bao| mấy| nhiêu| tiền| phí| lệ phí| nhiều| lâu| thời gian| công| khoảng| thêm| gì| \d)"
_HERE_TOO = r"(?:trong nước|việt nam|vn)"

SITUATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "self": (
            r"tự (?:đi|mình|tôi|em|làm|nộp)(?: đi| làm| nộp){0,4}|chính (?:tôi|em|mình)|đích thân|trực tiếp đi|tự nộp",
            r"(?:đi|nộp) trực tiếp|ra tận nơi",
            r"myself|in person",
        ),
        "proxy": (
            r"ủy quyền|giấy ủy quyền|được ủy quyền",
            rf"(?:nhờ|thuê|mượn|cử) (?:\w+ )?{_SOMEBODY}(?: \w+){{0,3}} (?:đi|làm|nộp|lấy)",
            rf"nhờ (?:\w+ )?{_SOMEBODY}",
            rf"{_SOMEBODY}(?: \w+){{0,3}} (?:đi|làm|nộp|lấy) (?:thay|hộ(?! chiếu| khẩu| kinh| nghèo| tịch)|giùm|dùm|giúp)",
            r"(?:đi|làm|nộp|lấy) (?:thay|hộ(?! chiếu| khẩu| kinh| nghèo| tịch)|giùm|dùm)|không (?:tự )?(?:đi|về|đến)(?: làm| nộp)? được",
            r"someone else|on (?:my|his|her|their|\w+'s) behalf|authori[sz]ed person|proxy|power of attorney",
        ),
        "post": (r"(?:qua|gửi|bằng|theo|nộp) (?:đường )?(?:bưu điện|bưu chính)|gửi (?:thư|bưu)|by (?:post|mail)",),
        "lost": (
            rf"(?:bị |làm |đánh |rơi |rớt |lỡ ){{1,4}}mất{_NO_COST}|mất{_NO_COST}|thất lạc|bị (?:trộm|cướp|móc túi)|rơi|rớt",
            r"(?:không|hổng|chẳng) (?:còn )?(?:tìm )?thấy|lost|stolen",
        ),
        "damaged": (
            r"(?:bị |đã )?(?:hỏng|hư|rách|nát|mờ|cháy|ướt|gãy|bong|tróc|phai|nhòe|mối (?:ăn|mọt))(?: hỏng| nát| rồi){0,4}",
            r"damaged|broken|torn|worn",
        ),
        "late": (
            r"(?:quá|trễ|muộn|hết|lố) (?:thời )?hạn|quá (?:\d+|mấy) (?:ngày|tháng|năm)|(?:làm|khai|đăng ký) (?:trễ|muộn)"
            r"|để lâu|lâu rồi (?:chưa|không)",
            r"too late|overdue|past the deadline",
        ),
        "on_time": (r"(?:đúng|trong|còn|kịp) (?:thời )?hạn|mới mất|vừa mất|on time",),
        "abroad": (
            rf"nước ngoài|(?:ở|bên|từ|tại|sang) (?!{_HERE_TOO})(?:mỹ|nhật|hàn|đài loan|úc|đức|pháp|canada|trung quốc|anh quốc)"
            r"|(?:ông|bà|người|chồng|vợ) tây|ngoại kiều|việt kiều",
            r"foreign(?:er)?|abroad|overseas",
        ),
        "foreigner": (r"người nước ngoài|ngoại quốc|quốc tịch (?:nước ngoài|khác)|foreigner|expat",),
        "organisation": (
            r"(?:công ty|doanh nghiệp|tổ chức|cơ quan|đơn vị|hợp tác xã|nhà máy|xí nghiệp)(?: \w+)?",
            r"company|organi[sz]ation|employer",
        ),
        "child": (
            r"(?:bé|trẻ|con|cháu|em bé)(?: \w+){0,3} (?:dưới 14|chưa đủ 14|[1-9] tuổi|1[0-3] tuổi)",
            r"dưới 14(?: tuổi)?|chưa đủ 14(?: tuổi)?|(?:[1-9]|1[0-3]) tuổi|trẻ em|em bé|con nít|trẻ con|under 14",
        ),
        "adult": (r"(?:trên|đủ|từ) 14(?: tuổi)?|người lớn|(?:1[4-9]|[2-9]\d) tuổi",),
        "list": (r"theo danh sách|nhiều người(?: một lượt)?|cả (?:nhóm|xóm trọ|dãy trọ|công ty)|danh sách",),
    }
)

OTHER_CASE: Phrases = phrases(
    r"(?:những |các |một )?trường hợp (?:khác|nào nữa)|không phải trường hợp (?:này|đó|của (?:tôi|em|mình))"
    r"|(?:đổi|chọn lại|sai) trường hợp|chọn lại|another case|other cases?",
)
EVERY_CASE_ASKED: Phrases = phrases(
    r"(?:xem |liệt kê |cho xem )?(?:đủ |hết |tất cả |mọi |toàn bộ |đầy đủ |cả ){1,4}(?:các )?trường hợp"
    r"|xem (?:đủ|hết|tất cả)|all cases|every case",
)

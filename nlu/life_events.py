"""Which event of life a message asks about as a whole: "vợ em mới sinh thì phải làm những gì".

A message that names one paper or procedure ("vợ em mới sinh, làm giấy khai sinh cần gì") asks about that and no event.
The keys are those of `knowledge/journeys`. Patterns as in `nlu.phrases`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from nlu.facets import find_facets, topic
from nlu.phrases import Phrases, phrases
from nlu.text import syllables, written_out

_KIN = (
    r"(?:vợ|chồng|bố|ba|cha|tía|mẹ|má|ông|bà|ngoại|nội|con|cháu|anh|chị|em|cô|chú|bác|dì|cậu|cụ|dâu|rể|thầy|u|bu|thân"
    r"|nhà|bạn|tôi|tui|mình)"
)
# "em mất …", "con mất …" tell what the speaker lost.
_RELATIVE = (
    r"(?:vợ|chồng|bố|ba|cha|tía|mẹ|má|ông|bà|cụ|thầy|u|bu|chú|bác|dì|cậu|cô|(?:anh|chị|em|con|cháu)(?= (?:trai|gái|tôi|em|mình"
    r"|tui|rể|dâu|ruột|họ)))(?: (?:nội|ngoại|vợ|chồng|trai|gái|dâu|rể|ruột|họ|tôi|tui|em|mình|anh|chị|con|cháu|nhà)){0,4}"
)
_SOON = r"(?:sắp|chuẩn bị|định|tính|muốn|cần|mới|vừa|đang|đã|sẽ|vừa mới|mới vừa|được)"
_NOT_A_THING = (
    # What is lost, or what costs time and money. Without accents "ví" is also "vì", "căn" also "cần".
    r"(?! (?:giấy|cccd|cmnd|căn cước|chứng minh|ví(?! bệnh| tai| già| tuổi)|bóp|xe|sổ|thẻ (?:căn|bảo|bhyt|ngân)|bằng lái|hộ chiếu"
    r"|hộ khẩu|passport|tiền|điện thoại|cắp|trộm|bao|mấy|nhiêu|hết|việc|sim|biển|phí|lệ phí|thời gian|tích|năng lực|sức|cà vẹt"
    r"|gplx|bhyt|\d))"
)
# Without accents "đẻ" is also "để", "đề".
_BORN = (
    r"(?:(?:sinh|sanh)(?! (?:hoạt|viên|sống|học|năm|ngày|sản|vật|hóa|thái|lý|tử|kế|trưởng|lợi|quán|thiết|phẩm))"
    r"|đẻ(?= (?:con|em|bé|cháu|xong|mổ|thường|trai|gái|rồi|hôm|tuần|thì)|\s*(?:[,.?!]|$)))"
)
_HOUSE = r"(?:căn |miếng |mảnh |lô |thửa |một |cái |ngôi ){0,4}(?:nhà đất|đất đai|nhà|đất|căn hộ|chung cư)(?! ở xã hội| thuốc| hàng| nghỉ| xưởng)"
_SHOP = (
    r"(?:quán(?: ăn| cà phê| nước| nhậu| cơm| phở| bún)?|tiệm(?: tạp hóa| tóc| vàng| sửa xe| bánh)?|cửa hàng|cửa tiệm|shop"
    r"|sạp|tạp hóa|hàng ăn|hộ kinh doanh|ki ốt)"
)

LIFE_EVENTS: Mapping[str, Phrases] = MappingProxyType(
    {
        "birth": phrases(
            rf"(?:{_KIN} ){{0,4}}(?:{_SOON} ){{1,4}}(?:được )?{_BORN}(?: (?:con|em bé|bé|cháu|trai|gái|mổ|xong|thường|đôi|đầu lòng)){{0,4}}",
            rf"(?:{_KIN} ){{0,4}}(?:{_SOON} ){{0,4}}có (?:em bé|thêm con|con nhỏ|thêm em bé|con đầu lòng)",
            r"(?:khi |sau khi |lúc |nhà )?(?:sinh|đẻ|sanh) (?:con|em bé|bé)(?: xong| đầu lòng| thứ hai)?(?! (?:thứ ba|theo))",
            r"(?:just )?(?:had|having|have) a (?:new )?baby|new ?born baby|gave birth|new baby",
        ),
        "marriage": phrases(
            rf"(?:{_KIN} ){{0,4}}(?:{_SOON} ){{1,4}}(?:làm )?(?:kết hôn|cưới(?: vợ| chồng| xin| nhau)?|lấy (?:vợ|chồng|nhau)|đám cưới|nên vợ nên chồng)",
            r"(?:khi |sau khi )(?:kết hôn|cưới|lấy vợ|lấy chồng)|(?:am |is |are )?(?:getting|about to get|just got) married",
        ),
        "death": phrases(
            rf"{_RELATIVE} (?:{_SOON} |bị |thì |không may ){{0,4}}(?:qua đời|mất|chết|tạ thế|từ trần|khuất núi){_NOT_A_THING}(?: rồi)?",
            rf"(?:trong )?(?:nhà|gia đình|họ hàng)(?: {_KIN}){{0,4}} (?:{_SOON} ){{0,4}}có (?:người|tang)(?: (?:thân|nhà))?(?: (?:{_SOON} ){{0,4}}(?:qua đời|mất|chết){_NOT_A_THING})?",
            rf"(?:có )?người (?:thân|nhà|trong nhà)(?: \w+){{0,2}} (?:{_SOON} ){{0,4}}(?:qua đời|mất|chết){_NOT_A_THING}",
            r"(?:my |our )?(?:\w+ )(?:just |has |recently ){0,4}(?:passed away|died)|death in (?:the|my|our) family",
        ),
        "home": phrases(
            rf"(?:{_SOON} ){{0,4}}(?:mua bán|sang nhượng|chuyển nhượng|mua|bán) {_HOUSE}(?: đất| mới| cũ){{0,4}}(?! (?:có|ở) )",
            r"(?:buying|selling|bought|sold|buy|sell) (?:a |an |my |our )?(?:house|home|land|apartment|flat|property)",
        ),
        "building": phrases(
            rf"(?:{_SOON} ){{0,4}}(?:xây|cất|dựng|xây dựng|xây cất|làm)(?: lại| mới)? (?:căn |cái |ngôi )?nhà(?: mới| ở| riêng| cửa| cấp 4| cấp bốn){{0,4}}(?! nước| nghỉ| hàng| xưởng)",
            r"(?:building|build) (?:a |my |our )(?:new )?(?:house|home)",
        ),
        "business": phrases(
            rf"(?:{_SOON} ){{0,4}}(?:mở|khai trương|ra)(?: (?:một|cái|thêm)){{0,4}} {_SHOP}(?: \w+)?|(?:{_SOON} ){{0,4}}(?:buôn bán|kinh doanh|bán hàng)(?: (?:nhỏ|tại nhà|lặt vặt)){{1,4}}",
            r"(?:opening|open|starting|start|set up) (?:a |my |our )?(?:small |new |household ){0,4}(?:shop|restaurant|business|store|cafe|coffee shop)",
        ),
        "company": phrases(
            rf"(?:{_SOON} ){{0,4}}(?:mở|thành lập|lập|khởi nghiệp)(?: (?:một|cái)){{0,4}} (?:công ty|doanh nghiệp)(?: riêng| nhỏ| mới){{0,4}}|khởi nghiệp",
            r"(?:opening|open|starting|start|set up|found) (?:a |my |our )?(?:new )?company",
        ),
        "moving": phrases(
            rf"(?:{_SOON} ){{0,4}}(?:chuyển|dọn|đổi|dời|thay đổi)(?: (?:đến|tới|sang|qua|ra|vào|về|lên|đi)){{0,4}} (?:nhà|chỗ ở|nơi ở|nhà mới|chỗ mới|nơi mới|trọ|phòng trọ|chỗ trọ)(?: (?:mới|khác|ở|đi)){{0,4}}",
            r"(?:just )?(?:moved|moving|move) (?:house|home|to a new (?:house|place|home|city)|in to a new \w+)",
        ),
        "school": phrases(
            r"(?:(?:con|cháu|bé|em|nhỏ|thằng cu|đứa nhỏ)(?: \w+){0,3} )?(?:năm nay |sang năm )?(?:sắp |chuẩn bị |đến tuổi |tới tuổi |được ){0,4}(?:vào|lên|vô|học|đi học)(?: học)? (?:lớp (?:1|một)|tiểu học)",
            r"(?:first|1st) grade|start(?:s|ing)? (?:primary )?school",
        ),
        "lost": phrases(
            r"(?:lỡ |bị |làm |đánh |vừa |mới ){0,4}(?:mất|rơi|rớt|thất lạc|trộm|cướp|móc)(?: (?:túi|mất|cắp|sạch|hết|cả|cái|toàn bộ|nhiều|các|lấy|luôn|trộm)){0,4}"
            r" (?:giấy tờ(?: tùy thân| cá nhân)?(?! xe| nhà| đất)|ví|bóp|giỏ xách|túi xách|giỏ)(?: (?:tiền|có|đựng|toàn bộ|hết|cả|mọi|giấy tờ|tùy thân|trong|rồi)){0,4}",
            r"(?:lost|stole|stolen)(?: \w+){0,2} (?:wallet|purse|papers|documents|bag)",
        ),
        "abroad": phrases(
            rf"(?:{_SOON} ){{0,4}}(?:đi|ra|sang)(?: \w+)? (?:nước ngoài|du học|xuất khẩu lao động|lao động nước ngoài)(?: (?:làm|học|chơi|du lịch|định cư|làm việc|sinh sống)){{0,4}}",
            rf"(?:{_SOON} ){{1,4}}du học|(?:going|moving|go|travel(?:l?ing)?) (?:abroad|overseas)",
        ),
        "retirement": phrases(
            rf"(?:{_KIN} ){{0,4}}(?:{_SOON} |đến tuổi |đủ tuổi |tới tuổi ){{0,4}}(?:về hưu|nghỉ hưu|hưu trí)(?: rồi)?|(?:about to |just )?retir(?:e|ed|ing)",
        ),
        "jobless": phrases(
            rf"(?:{_KIN} ){{0,4}}(?:{_SOON} |bị ){{0,4}}(?:thất nghiệp|mất việc(?: làm)?|cho (?:nghỉ|thôi) việc|nghỉ việc|thôi việc|sa thải|đuổi việc)(?: rồi| ở công ty)?",
            r"(?:just |i )?(?:lost (?:my|his|her) job|was (?:fired|laid off)|unemployed)",
        ),
        "vehicle": phrases(
            rf"(?:{_SOON} ){{1,4}}(?:mua|tậu|sắm) (?:chiếc |cái |con |một ){{0,4}}(?:xe(?: máy| hơi| ô tô| điện| mới| cũ| tải){{0,4}}|ô tô)|mua xe(?: máy| hơi| mới| cũ){{0,4}}",
            r"(?:bought|buying|buy) (?:a |my )?(?:new |used )?(?:car|motorbike|motorcycle|vehicle)",
        ),
        "disability": phrases(
            rf"(?:nhà |trong nhà )?(?:có )?(?:{_KIN} ){{1,4}}(?:tôi |em |mình )?(?:{_SOON} ){{0,4}}(?:là |bị ){{0,4}}(?:người )?(?:khuyết tật|tàn tật)(?: nặng| bẩm sinh){{0,4}}",
            r"(?:nhà|gia đình)(?: \w+)? có người (?:khuyết tật|tàn tật)",
        ),
    }
)

# "What must be done" of a whole event; "cần giấy tờ gì" alone asks for the papers of one procedure.
_ASKS_FOR_ALL = phrases(
    r"(?:thì |giờ |bây giờ |vậy ){0,4}(?:cần|phải|nên|sẽ)? ?(?:đi )?(?:làm|mần|lo|khai báo|đăng ký|thực hiện|hoàn tất|giải quyết)"
    r"(?: (?:những|các|mấy|thêm|cái|loại|ra|hết)){0,4}(?: (?:thủ tục|giấy tờ|giấy|việc|hồ sơ|thứ|khoản|bước)){0,4}(?: (?:hành chính|pháp lý|nhà nước))?"
    r" (?:gì|nào|chi)(?: (?:hết|trước|đây|vậy|hè|hả|nữa)){0,4}",
    r"(?:thì |cần |có |phải có |gồm |làm ){0,4}(?:những |các |mấy )?(?:thủ tục|việc|bước)(?: (?:hành chính|pháp lý))? (?:gì|nào|chi|cần làm|phải làm|cần thiết)",
    r"(?:nên |phải |cần ){0,4}bắt đầu (?:từ đâu|thế nào|từ cái gì)|cần (?:những )?thủ tục|trọn bộ (?:thủ tục|giấy tờ)|từ a (?:đến|tới) z",
    r"(?:thì |có ){0,4}(?:được |sẽ ){0,4}(?:làm được|được hưởng|hưởng được|được)(?: (?:những|các|mấy)){0,4} (?:gì|chế độ gì|quyền lợi gì)",
    r"what (?:do|should|must|shall) (?:i|we)(?: have to| need to)? do|what(?: paperwork| procedures| to do| formalities)(?: \w+){0,4}"
    r"|which procedures|what are the steps|where (?:do|should) (?:i|we) start",
)
# "phải làm sao" asks about anything: only where the message holds little beside the event.
_ASKS_HOW = phrases(
    r"(?:thì |giờ |bây giờ ){0,4}(?:cần |phải |nên ){0,4}(?:làm|mần|tính|giải quyết|xử lý|xoay|lo liệu|lo)(?: lại)?(?: thủ tục)? (?:sao|thế nào|như thế nào|răng|ra sao|kiểu gì)",
    r"(?:thủ tục|giấy tờ)(?: thì)? (?:thế nào|như thế nào|ra sao|làm sao|sao)|đăng ký (?:thế nào|gì|sao|như thế nào)",
)
# A paper or procedure named: the question is about that one.
_NAMED = phrases(
    r"(?:giấy )?(?:khai|chứng) sinh|gks|khai tử|chứng tử|báo tử|(?:đăng ký|giấy|giấy đăng ký) kết hôn|độc thân|tình trạng hôn nhân",
    r"thường trú|tạm trú|tạm vắng|lưu trú|hộ khẩu|nhập khẩu|tách hộ|cắt khẩu|căn cước|cccd|cmnd|chứng minh nhân dân|vneid|định danh",
    r"hộ chiếu|passport|visa|thị thực|lý lịch tư pháp|trích lục|bản sao|hợp pháp hóa|chứng thực|công chứng|di chúc|di sản|thừa kế|từ chối",
    r"bảo hiểm|bhyt|bhxh|thai sản|lương hưu|trợ cấp|mai táng|tuất|hỗ trợ|benefit|pension|allowance",
    r"sổ đỏ|sổ hồng|sang tên|tách thửa|thế chấp|chuyển mục đích|đất nông nghiệp|thổ cư|giấy phép|xin phép|giấy chứng nhận",
    r"thuế|mã số thuế|trước bạ|vệ sinh an toàn|an toàn thực phẩm|phòng cháy|môn bài|con dấu|vốn|hóa đơn",
    r"bằng lái|gplx|đăng ký xe|biển số|cà vẹt|đăng kiểm|học bạ|chuyển trường|trái tuyến|tước|phạt",
    r"birth certificate|death certificate|marriage (?:certificate|registration)|passport|licen[sc]e|permit|insurance|residence|id card",
)
_TIMELY = phrases(_SOON, r"(?:bị|lỡ|sau khi|khi)", r"just|about to|passed away|lost")
_WHEN = phrases(
    r"(?:hôm|bữa) (?:qua|nay|kia|trước)|(?:sáng|trưa|chiều|tối|đêm) (?:nay|qua|hôm qua)|(?:tuần|tháng) (?:trước|rồi|này|vừa rồi)"
    r"|(?:mấy|vài) (?:ngày|hôm|bữa) (?:nay|trước)|yesterday|last (?:night|week|month)|this (?:week|month)",
)
_OTHER_FACETS = frozenset({"fee", "duration", "where", "online", "result", "legal", "forms"})
_LONGEST = 500  # characters; who asks about an event as a whole tells no longer story
_LITTLE, _MORE = 1, 4  # syllables that may stand beside an event that is all a message says, or in "phải làm sao"

LISTED: Phrases = phrases(
    r"(?:có |xem |liệt kê |cho xem ){0,4}(?:những |các |mấy ){0,4}(?:sự kiện|việc)(?: \w+){0,2} (?:trong đời|đời người|theo sự kiện)(?: \w+){0,3}",
    r"(?:bạn |bot |ở đây |tôi |em ){0,4}(?:có|hỏi được|giúp được|làm được|hướng dẫn được) (?:những|các|mấy) (?:việc|sự kiện|tình huống|hành trình)(?: \w+)? (?:gì|nào)",
    r"(?:xem |danh sách )?(?:các )?(?:sự kiện|việc) (?:cuộc )?đời|life events?",
)
NEXT_STEP: Phrases = phrases(
    r"(?:bước|việc) (?:tiếp theo|kế tiếp|sau đó|kế|tiếp)(?: là)?(?: gì| nào| sao)?|(?:còn )?(?:phải )?làm (?:gì|những gì|chi) (?:nữa|tiếp|tiếp theo)",
    r"(?:xem lại|quay lại|trở lại|về) (?:các|những|danh sách)(?: các| những)? (?:việc|bước)(?: \w+){0,2}|các việc còn lại|what(?:'s| is) next|next step",
)


@lru_cache(maxsize=512)
def find_life_event(text: str) -> str | None:
    """Return the key of the event of life that the message asks about as a whole; None when it asks something else."""
    if len(text) > _LONGEST:
        return None
    written = written_out(text)
    heard = [
        (end - start, key, (start, end))
        for key, pattern in LIFE_EVENTS.items()
        for start, end in pattern.spans(written)
    ]
    if not heard:
        return None
    _, key, (start, end) = max(heard)
    rest = _WHEN.remove_from(f"{written[:start]} , {written[end:]}")
    named = len(list(_NAMED.spans(rest)))
    if named and not (key == "lost" and named > 1):
        return None
    asks = next((asks for asks in (_ASKS_FOR_ALL, _ASKS_HOW) if asks.found_in(rest)), None)
    if asks is not None:
        rest = asks.remove_from(rest)
        if _OTHER_FACETS & set(find_facets(rest)):
            return None
        return key if asks is _ASKS_FOR_ALL or named or len(syllables(topic(rest))) <= _MORE else None
    alone = _TIMELY.found_in(written[start:end]) and not find_facets(written)
    return key if alone and len(syllables(topic(rest))) <= _LITTLE else None

"""What the assistant does not answer: other countries' procedures, a filed case, opinions, illness, chat, tricks.

Precision matters more than reach: a question wrongly refused is worse than one that finds no procedure. Words of
our own procedures keep a message in scope, except where the trick or the wish is beyond doubt.
"""

from __future__ import annotations

from functools import lru_cache

from nlu.kinds import chance_of, chances
from nlu.phrases import Phrases, phrases
from nlu.text import written_out

_STRANGE = "out_of_scope"
# What the kinds of `nlu.kinds` that are not ours mean.
_REASONS = {
    f"{_STRANGE}_case": "personal_case",
    f"{_STRANGE}_foreign": "other_country",
    f"{_STRANGE}_law": "legal_opinion",
    f"{_STRANGE}_medical": "medical",
    f"{_STRANGE}_other": "chitchat_other",
    f"{_STRANGE}_politics": "politics",
    f"{_STRANGE}_trick": "injection",
}
_COUNTRY = (
    r"(?:mỹ(?! phẩm| thuật| tho| đình| đức| hào| viện)|hoa kỳ|nhật(?: bản)?(?! \w* báo)|hàn(?: quốc)|hàn(?! \w)"
    r"|trung quốc|đài loan|singapore|singapo"
    r"|thái lan|úc|canada|anh quốc|nước anh|pháp(?! luật| lý| nhân| y| danh| chế)|đức|nga|lào(?! \w)|campuchia"
    r"|malaysia|châu âu|schengen|new zealand"
    r"|dubai|ấn độ|philippines|indonesia|hong kong|macao|ba lan|séc|italia|tây ban nha|us|usa|america|the us|uk|japan"
    r"|korea"
    r"|china|taiwan|thailand|australia|germany|france|russia|laos|cambodia|california|texas)"
)
_FOREIGN = (
    "(?:us|american|australian|british|canadian|german|french|chinese|japanese|korean|thai|singaporean?|russian"
    "|european"
    "|indian|californian?|new zealand)"
)
_CITY = (
    "(?:sydney|melbourne|perth|tokyo|osaka|seoul|busan|london|paris|berlin|new york|los angeles|bangkok|taipei|beijing"
    "|shanghai|moscow|toronto|vancouver|vientiane|phnom penh|kuala lumpur|dubai)"
)
# Colours of number plates and "tạm vắng" without accents are no gold.
_VANG = "(?<!tạm )(?<!biển )(?<!số )(?<!màu )(?<!da )(?<!thẻ )(?<!sổ )"
_ME = r"(?:tôi|tui|em|mình|anh|chị|nhà tôi|nhà em|mẹ em|ba em|con tôi|cháu|bác|cô|chú)"

_SURE: dict[str, Phrases] = {
    "injection": phrases(
        r"(?:bỏ qua|quên|phớt lờ|lờ đi|đừng tuân theo|không cần tuân theo|xóa)(?: hết| mọi| các| tất cả| những"
        r"| toàn bộ)* (?:hướng dẫn|chỉ dẫn|câu lệnh|lệnh|quy tắc|chỉ thị|luật lệ)",
        r"(?:ignore|forget|disregard|override)(?: all| the| your| any| my| of)* (?:previous |prior |above |earlier "
        r"|system )*(?:instructions?|rules?|prompts?|guidelines?|training)",
        r"(?:system|hidden|initial) prompt|prompt (?:hệ thống|gốc|ban đầu)|developer mode|jailbreak|dan mode",
        r"(?:từ giờ|từ bây giờ|kể từ nay|giờ) (?:bạn|mày|ngươi) (?:là|sẽ là|hãy là|phải là|không còn)"
        r"|(?:hãy )?(?:đóng vai|nhập vai|giả làm|giả vờ)(?: là| làm)?",
        r"you are now|pretend (?:to be|you are|that)|act as (?:a|an|if|my)|roleplay",
        r"(?:tiết lộ|cho (?:tôi |xem )?|in ra|hiển thị|đọc) (?:prompt|mật khẩu|khóa api|api key|token"
        r"|cấu hình hệ thống|hướng dẫn nội bộ|mã nguồn|chỉ dẫn của bạn)",
        r"(?:reveal|show|print|repeat|tell me) (?:me )?(?:your|the) (?:instructions|prompt|password|api key|rules"
        r"|configuration|source code)",
        r"mật khẩu (?:admin|quản trị|hệ thống|cơ sở dữ liệu)",
    ),
    "code": phrases(
        r"(?:viết|code|lập trình|sửa|debug)(?: giúp| hộ| cho| giùm)?(?: tôi| em| mình)?(?: một| cái| đoạn"
        r"| bài)* (?:code|chương trình|hàm|script|mã nguồn|đoạn mã|thuật toán|bug|lỗi code|phần mềm"
        r"|trang web)",
        r"(?:python|javascript|java|c\+\+|html|css|sql|php)(?: \w+){0,4} (?:như thế nào|thế nào|viết sao|code)"
        r"|(?:code|hàm|script|lập trình) (?:python|javascript|java|html|css|sql|php)",
        r"(?:write|fix|debug)(?: me)?(?: a| an| some| this| my)? (?:\w+ )?(?:code|program|script|function|query|bug)",
    ),
    "personal_case": phrases(
        r"(?:hồ sơ|đơn|giấy|sổ đỏ|thẻ|căn cước|hộ chiếu"
        rf"|bằng lái)(?: \w+){{0,4}} (?:của )?{_ME}(?: \w+){{0,6}} (?:tới đâu|đến đâu|ai (?:đang )?giữ|đang ở đâu"
        r"|xong chưa|có chưa|duyệt chưa|được chưa|kẹt ở đâu|nằm ở đâu|giải quyết chưa|có kết quả chưa"
        r"|sao chưa)(?: rồi)?",
        r"hồ sơ (?:mã|số|của tôi mã|mã số)(?: \w+){0,4} ?[^ ]*\d[^ ]*(?: \w+){0,4} (?:tới đâu|đến đâu|xong chưa"
        r"|có chưa|thế nào|ra sao|sao rồi|đâu rồi|chưa)(?: rồi)?",
        rf"(?:tra|tra cứu|kiểm tra|xem|check|coi)(?: giúp| hộ| giùm)?(?: {_ME})? (?:hồ sơ|đơn)(?: \w+){{0,3}} (?:mã"
        rf"|số|của {_ME}|tới đâu|đến đâu|xong chưa)(?: \w+)?",
        rf"(?:ai|cán bộ nào|người nào)(?: đang)? (?:giữ|thụ lý|xử lý|cầm)(?: bộ)? hồ sơ(?: của)? {_ME}",
        r"(?:hồ sơ|đơn)(?: \w+){0,12} (?:nằm|kẹt|ngâm|ở)(?: ở)? (?:bàn|tay|chỗ|khâu) (?:ai|nào|cán bộ nào|người nào)",
        rf"(?:hồ sơ|đơn|giấy)(?: \w+){{0,3}} {_ME} (?:nộp|gửi) (?:từ|hồi|cách đây|được|đã"
        rf"|hôm)(?: \w+){{0,8}} (?:chưa (?:có|thấy|xong)"
        r"|tới đâu|đến đâu|ai giữ|đang ở đâu|sao chưa)",
        r"(?:hồ sơ|đơn) (?:tới đâu rồi|đến đâu rồi|của tôi đâu|của em đâu|sao rồi)",
        rf"(?:sao|tại sao|vì sao) (?:hồ sơ|đơn)(?: của)? {_ME}(?: \w+){{0,4}} (?:chưa|bị trả|bị từ chối)",
        r"(?:check|track)(?: the status of)? my (?:application|case|file)|where is my (?:application|passport|card"
        r"|case)|status of my (?:application|case)|is my (?:application|passport|card|license) ready",
    ),
}

_UNLESS_PROCEDURE: dict[str, Phrases] = {
    "medical": phrases(
        r"(?:uống|dùng|mua|bôi) thuốc (?:gì|nào|chi)|thuốc (?:gì|nào) (?:trị|chữa|cho|tốt)|(?:là|bị|mắc) bệnh gì"
        r"|triệu chứng",
        r"(?:đau|nhức|sốt|ho|tiêu chảy|mất ngủ|chóng mặt|ngứa)(?: \w+){0,6} (?:thuốc gì|làm sao (?:cho )?hết"
        r"|bệnh gì|chữa sao|trị sao|có sao không|uống gì|khám khoa nào)",
        r"(?<!khám bệnh, )(?<!khám )(?:chữa|trị) (?:bệnh|đau|ho|sốt|mất ngủ|ung thư|viêm)(?: \w+){0,4} (?:thế nào"
        r"|như thế nào|sao|bằng gì|ra sao)",
        r"(?:panadol|paracetamol|efferalgan|aspirin|kháng sinh|thuốc (?:tây|cảm|ho|ngủ|giảm đau|hạ sốt|bổ|nam|bắc))"
        r"(?: \w+){0,6} (?:được không|có sao không|mấy viên|bao nhiêu viên|liều|hay là)|uống (?:\w+ ){1,4}(?:với"
        r"|chung với"
        r"|cùng|cùng với) (?:\w+ ){1,3}(?:được không|có sao không|có được)|(?:nên )?uống (?:gì"
        r"|thuốc)(?: \w+){0,3} (?:cho )?"
        r"(?:mau|nhanh|chóng|hết) (?:lành|khỏi|hết|đau|bệnh)",
        r"what (?:medicine|medication|drug)|i have a (?:headache|fever|cough)|which (?:medicine|pill|drug)",
    ),
    "legal_opinion": phrases(
        r"(?:có )?(?:thắng|thua) (?:kiện|được không|không)|(?:kiện|ra tòa)(?: \w+){0,5} (?:có thắng|thắng không"
        r"|ai thắng|thua không|thắng được)|ai (?:đúng|sai)(?:,)? ai (?:sai|đúng)|ai (?:là người )?(?:đúng"
        r"|sai) (?:trong|vậy|hơn)",
        r"(?:có )?(?:bị )?(?:đi tù|ở tù|phạt tù|truy tố|khởi tố)(?: \w+){0,5} (?:không|bao lâu|mấy năm"
        r"|bao nhiêu năm)|(?:phạm|là) tội gì|tội này (?:bị|xử|phạt|tù|đi tù)|tù mấy năm",
        r"(?:theo bạn|bạn nghĩ|bạn thấy|ý bạn)(?: \w+){0,6} (?:đúng|sai|nên|hợp lý|công bằng)|tôi có nên (?:kiện"
        r"|ly hôn|ký|mua|bán)",
        r"(?:ai|bên nào|vợ hay chồng)(?: sẽ| thì)? được (?:nuôi con|quyền nuôi con|chia)"
        r"|chia tài sản(?: \w+){0,6} (?:thế nào|ra sao|như thế nào|sao)",
        r"(?:kiện|khởi kiện|đâm đơn)(?: \w+){1,8} (?:thắng không|có thắng|thua không|ăn không|có được tiền)"
        r"|cãi (?:được )?thắng",
        r"(?:trả|gánh) (?:nợ )?thay|(?:để lại|mang|vỡ) nợ(?: \w+){0,6} (?:phải trả|có phải trả|ai trả|trả không)",
        r"(?:will|would|can|could) (?:i|we|my \w+) win|who is right|can i sue|am i guilty|should i (?:sue|divorce)"
        r"|go to (?:jail|prison)",
    ),
    "politics": phrases(
        r"(?:chủ tịch nước|tổng bí thư|thủ tướng|tổng thống|bộ trưởng)(?: \w+){0,4} (?:là ai|tên gì|giỏi không"
        r"|tốt không|thế nào|bao nhiêu tuổi)|ai (?:là|làm) (?:chủ tịch nước|tổng bí thư|thủ tướng|tổng thống)",
        r"(?:đảng|phe|chính phủ|chế độ)(?: \w+){0,4} (?:tốt hay xấu|có tốt không|tốt không|nào tốt|độc tài"
        r"|tham nhũng không)|biểu tình|lật đổ|đa đảng(?! sinh| dạng)|dân chủ giả hiệu",
        r"(?:hoàng sa|trường sa|biển đông)(?: \w+){0,4} (?:của ai|thuộc|nước nào)|(?:chiến tranh|xung đột) (?:nga"
        r"|ukraine|israel|trung đông)|bầu (?:cho )?ai|nên bầu",
        r"bầu cử(?: tổng thống| quốc hội)?(?: ở| bên| nước| của)* (?:mỹ|hoa kỳ|pháp|anh|nga|đài loan|hàn quốc"
        r"|nhật bản|nước ngoài)"
        r"|(?:ai|ông nào|bà nào)(?: sẽ)? (?:đắc cử|thắng cử|trúng cử tổng thống)|bầu cử tổng thống",
        r"(?:nghĩ (?:sao|gì|thế nào)|thấy sao|thấy thế nào|nhận xét|đánh giá)(?: gì| sao| thế nào)? (?:về )?(?:ông "
        r"|bà )?(?:\w+ )?"
        r"(?:chủ tịch|bí thư|thủ tướng|bộ trưởng|lãnh đạo|đảng|chính phủ|nhà nước)(?! \w+ phí)",
        r"(?:chủ tịch|bí thư|bộ trưởng|lãnh đạo)(?: \w+){0,5},? (?:có )?(?:giỏi|tốt|liêm khiết|tham nhũng) không",
        r"(?:presidential|general|us|american|french|british|parliamentary) election|win the (?:\w+ )?election",
        r"(?:donald )?trump|putin|who (?:is|should be) (?:the )?(?:president|prime minister)|which party"
        r"|communis[tm]",
    ),
    "chitchat_other": phrases(
        r"(?:thời tiết|trời|mưa|nắng)(?: \w+){0,5} (?:thế nào|ra sao|mưa không|nắng không|bao nhiêu độ|sao|có mưa)"
        r"|dự báo thời tiết|(?:hôm nay|ngày mai|chiều nay|mai)(?: \w+){0,3} (?:có )?mưa không|thời tiết",
        r"(?<!đấu )(?<!tham )giá (?:vàng|xăng|dầu|usd|bitcoin|heo hơi|cà phê|gas)(?! thô)|tỷ giá|(?:chơi|giá|mua"
        r"|đầu tư) chứng khoán(?: \w+)* (?:thế nào|nào|không)|bitcoin|xổ số|kết quả (?:xổ số|bóng đá)|(?:số )?lô đề"
        r"|vietlott",
        r"(?:hôm nay|ngày mai|mai|chiều nay|tối nay|cuối tuần)(?: \w+){0,4} (?:mưa|nắng|bão|lạnh|nóng)(?: to"
        r"| lắm)? (?:không|chưa)",
        rf"{_VANG}vàng(?: (?:hôm nay|sáng nay|chiều nay|bữa nay|bây giờ|giờ|sjc|9999|nhẫn|miếng|trong nước|thế giới"
        rf"|đang|ta))*"
        r" (?:giá(?! trị)|lên giá|xuống giá|tăng giá|giảm giá|bao nhiêu một|bao nhiêu 1)|xăng(?: (?:hôm nay|bữa nay"
        r"|giờ|đang))*"
        r" (?:giá|lên giá|tăng|giảm|xuống|bao nhiêu)",
        r"(?:mua|chọn|sắm|đi)(?: xe)?(?: \w+){0,2} (?:xe|hãng|hiệu|dòng|loại|điện thoại|laptop) (?:nào|gì)(?: \w+){0,3}"
        r" (?:tốt|bền|ngon|đẹp|rẻ|đáng|tiết kiệm)|(?:mua|đi) xe (?:gì|nào|hãng nào|hãng gì)(?: \w+){0,3} (?:tốt|bền"
        r"|ngon|đẹp|rẻ)"
        r"|nên (?:mua|đi|chọn) (?:xe|điện thoại|laptop|iphone|máy tính|nhà hàng|hãng)(?: \w+){0,4} (?:hay|hay là) \w+"
        r"|(?:honda|yamaha|vespa|toyota|vinfast|suzuki)(?: \w+){0,3} (?:tốt hơn|bền hơn|ngon hơn|có bền|có tốt|hay)",
        r"hợp (?:tuổi|mệnh|phong thủy|hướng)|(?:xem|coi) (?:bói|tuổi|tử vi|quẻ|chỉ tay|hướng nhà|ngày (?:cưới|tốt|đẹp"
        r"|động thổ|khai trương|nhập trạch|dọn nhà))|bói (?:giùm|giúp|cho em|cho tôi|toán|tình|bài|duyên)|số đào hoa"
        r"|(?:ngày|giờ) (?:lành|hoàng đạo|tốt)|xông đất|hướng nào(?: thì)?(?: \w+){0,2} (?:tốt|hợp|phong thủy)",
        r"(?:thuê|mua|đặt|bán|ăn)(?: \w+){0,4} (?:ở đâu|chỗ nào|đâu)(?: thì| là)? (?:rẻ|ngon|đẹp|uy tín|xịn)|(?:váy"
        r"|áo) cưới"
        r"|vé (?:máy bay|tàu|xe khách|xem phim|concert|xem đá)(?: \w+){0,6} (?:bao nhiêu|giá|rẻ|mấy giờ|ở đâu"
        r"|còn không)",
        r"(?:bán|buôn|mở)(?: \w+){1,5} (?:lời|lãi|lỗ)(?: được)? (?:bao nhiêu|nhiêu|không|nhiều không)"
        r"|việc (?:nhẹ )?lương cao",
        r"hết giận|làm lành với|tán (?:gái|tỉnh)|cưa đổ|người yêu cũ|nhắn tin cho crush|crush",
        r"(?:chơi|nạp|hack|cày|leo rank)(?: \w+){0,2} (?:game|liên quân|free fire|pubg|liên minh|roblox|minecraft"
        r"|ma sói|cờ tướng"
        r"|cờ vua|caro)|chơi (?:cờ|đố vui|nối từ|oẳn tù tì)|liên quân mobile|free fire|pubg|roblox",
        r"(?:best|good|nice|cheap|cheapest) (?:\w+ )?(?:restaurants?|hotels?|caf[eé]s?|coffee shops?|beach(?:es)?"
        r"|places to (?:eat"
        r"|visit|stay)|phones?|laptops?|car|motorbikes?|food|movies?|games?)|play (?:a |some )?(?:\w+ )?(?:game"
        r"|games|chess|music)"
        r"|video games?|where (?:can|should) i (?:eat|drink|shop)",
        r"bóng đá|world cup|ngoại hạng anh|tỷ số|đội (?:nào|tuyển)(?: \w+){0,4} (?:thắng|đá)|(?:tuyển việt nam|mu"
        r"|real|barca)(?: \w+){0,3} đá|\bđá (?:với (?:ai|đội)|gặp ai|trận|mấy giờ|lúc mấy|kênh|sân nào)",
        r"(?:công thức|cách) (?:nấu|làm bánh|nấu ăn|làm món|pha|kho|chiên)|nấu (?:phở|bún|cơm|món|canh)|(?:ăn gì"
        r"|quán ăn|nhà hàng)(?: \w+){0,4} (?:ngon|hôm nay|tối nay)|hôm nay ăn gì",
        r"kể(?: cho)?(?: tôi| em| mình| nghe)*(?: một| câu)* (?:chuyện|truyện)(?: cười| vui| ma| cổ tích)?"
        r"|hát (?:cho|một|bài)|làm (?:một )?(?:bài )?thơ|viết (?:bài )?(?:thơ|văn|luận|bài văn|truyện)",
        r"(?:giải|làm) (?:giúp |hộ |giùm )?(?:tôi |em )?(?:bài tập|bài toán|toán|phương trình|đề thi)"
        r"|bài tập (?:toán|văn|về nhà|tiếng anh|lý|hóa)|dịch (?:giúp|hộ)(?: \w+){0,3} (?:câu|đoạn|bài)",
        r"tử vi|cung hoàng đạo|xem bói|phong thủy|ngày (?:đẹp|tốt) (?:để )?(?:cưới|khai trương|động thổ)|giải mộng"
        r"|(?:yêu|thích) (?:em|anh|tôi|bạn) không|có người yêu chưa|bạn gái|(?:chơi|tải) game|phim (?:hay|gì|nào)"
        r"|bài hát|ca sĩ|nghe nhạc",
        r"(?:mua|bán) (?:điện thoại|iphone|laptop|quần áo|son)|đặt (?:vé máy bay|đồ ăn|khách sạn|grab|taxi|xe)"
        r"|vay tiền nhanh|thủ đô (?:của )?(?:nước )?\w+|1 ?\+ ?1",
        r"weather|gold price|price of gold|football|soccer|lottery|recipe|tell me a joke|joke|homework|horoscope"
        r"|movie|sing (?:me )?a song|capital of|stock price|bitcoin|write (?:me )?(?:a|an) (?:poem|essay|story)"
        r"|who won",
    ),
}

_ABROAD = phrases(
    r"(?<!miễn )(?:visa|thị thực)(?: du lịch| du học| công tác| lao động| định cư| thăm thân| đi| sang| qua| vào"
    rf"| nhập cảnh| của| nước)* {_COUNTRY}",
    rf"luật(?: \w+){{1,3}} (?:ở|tại|bên|của)(?: nước)? {_COUNTRY}",
    rf"{_COUNTRY} visa|visa (?:to|for) (?:the )?{_COUNTRY}",
    r"(?:nhập quốc tịch|xin quốc tịch|thi quốc tịch|vào quốc tịch|nhập tịch|thẻ xanh|thẻ định cư|xin định cư"
    rf"|định cư)(?: ở| tại| bên| sang| của| nước)* {_COUNTRY}",
    r"(?:thủ tục|luật|quy định|giấy tờ|đăng ký kết hôn|kết hôn|ly hôn|đăng ký xe|mua xe|bằng lái|bằng lái xe"
    r"|giấy phép lái xe|mở công ty|đóng thuế|khai thuế|mua nhà|khai sinh|làm căn cước|bảo hiểm)"
    rf"(?: \w+)? (?:ở|tại|bên|của|theo luật)(?: bên| nước)* {_COUNTRY}",
    rf"(?:renew|replace|extend|get)(?: (?:my|an?|the|our))? {_FOREIGN} (?:driv\w+ |driver'?s )?(?:licen[sc]e"
    rf"|passport|visa|id"
    r"|citizenship|green card)(?! (?:in|into|to|for) (?:a )?vietnam)",
    rf"(?:renew|replace|extend|get|apply|register|pay|open|buy|obtain|live|work|marry)(?: [\w']+){{0,8}} in {_CITY}",
    r"(?:green card|social security number|driver'?s licen[sc]e in (?:the )?(?:us|usa|uk|california|texas|japan"
    r"|korea|australia))",
    r"(?:in|of|to) (?:the )?(?:us|usa|uk|america|japan|korea|china|thailand|australia|germany|france|canada"
    r"|singapore)(?: \w+)? (?:citizenship|law|tax|visa)|(?:apply|register|get|open"
    rf"|buy)(?: \w+){{0,6}} in {_COUNTRY}",
)
_HERE = phrases(
    r"việt nam|vn|vietnam(?:ese)?|về nước|về quê|trong nước|lãnh sự|đại sứ quán|ghi chú|trích lục|thôi quốc tịch"
    r"|hộ chiếu|passport|người|quốc tế|hợp pháp hóa|lý lịch tư pháp|công chứng|chứng thực|dịch thuật"
    r"|xuất khẩu lao động|embassy"
)
_PROCEDURE = phrases(
    r"giấy phép|cấp phép|thủ tục|đăng ký|hồ sơ|cấp (?:lại|mới|đổi|giấy|thẻ|bản)|chứng nhận|chứng chỉ|xác nhận"
    r"|trích lục|căn cước|hộ chiếu",
    r"bảo hiểm|trợ cấp|hành nghề|kinh doanh|xin phép|phê duyệt|công bố|lưu hành|nộp đơn|đơn|lệ phí|vốn góp|công ty"
    r"|cơ sở|khai (?:sinh|tử|báo)|giám định|khuyết tật|chế độ",
    r"license|permit|certificate|register|procedure|documents?|apply",
)


@lru_cache(maxsize=512)
def out_of_scope(text: str) -> str | None:
    """Return why the message is out of scope; None when it may be about a procedure of ours.

    The reasons: other_country, personal_case, legal_opinion, medical, politics, code, injection, chitchat_other.
    """
    text = written_out(text)
    for reason, pattern in _SURE.items():
        if pattern.found_in(text):
            return reason
    if _ABROAD.found_in(text) and not _HERE.found_in(text):
        return "other_country"
    if _PROCEDURE.found_in(text):
        return None
    return next((reason for reason, pattern in _UNLESS_PROCEDURE.items() if pattern.found_in(text)), None)


def strangeness(text: str) -> float:
    """Return the chance that a message which no rule knows is not about a procedure of ours."""
    return chance_of(_STRANGE, text)


def own_case(text: str) -> float:
    """Return the chance that a message asks what only an office can know of somebody's own dossier."""
    return chance_of(f"{_STRANGE}_case", text)


def strange_reason(text: str) -> str:
    """Return why a message that no rule knows is out of scope, if it is."""
    likely = {name: chance for name, chance in chances(text).items() if name in _REASONS}
    return _REASONS[max(likely, key=lambda name: likely[name])]

"""How people ask for each part of a procedure: the phrases behind `nlu.facets`, in Vietnamese and English."""

from __future__ import annotations

from nlu.phrases import Phrases, phrases

_HOW = r"(?:như thế nào|thế nào|như nào|ra sao|làm sao|kiểu gì|sao)"
_ACT = (
    r"(?:xin |đi |để )?(?:làm|nộp|xin|cấp|đăng ký|đổi|lấy|nhận|khai|chứng thực|công chứng|sang tên|gia hạn|tách"
    r"|nhập|xóa|chuyển|mở|thành lập)"
)
_NEED = (
    r"(?:thì )?(?:(?:cần|phải) )*(?:cần|phải|mang|đem|cầm|chuẩn bị|nộp|có|mang theo|đem theo|cầm theo|nộp kèm|yêu cầu)"
)
_PAPERS = r"(?:giấy tờ|giấy|hồ sơ|tài liệu|thứ|loại giấy tờ|loại giấy|bằng cấp|chứng chỉ|cái|bản|tờ)"
CLAUSE_ENDS = r"(?=\s*(?:$|[?,.;!\n]|(?:ạ|vậy|nhỉ|nhé|hả|hở|nha|hen|rứa|z)(?!\w)))"
_AGENCY = r"(?:cơ quan|xã|phường|quận|huyện|tỉnh|sở|công an|cấp|phòng|bộ phận|đơn vị|ủy ban|ubnd)"
_VALID = r"(?:có )?(?:giá trị|hiệu lực|thời hạn|hạn)(?: sử dụng)?(?: trong| là| được)*"
_FIRST = r"(?:(?:còn|thế|vậy|về|thì|và|cần|phải nộp|cần có|hỏi|biết) |(?<!\w ))"
_NAMES_A_PAYMENT = "".join(
    f"(?<!{word} )" for word in ("học", "viện", "án", "táng", "miễn", "giảm", "công", "kinh", "hiểm", "hoàn", "tạm ứng")
)
_MONEY_VERB = r"(?:hết|mất|tốn|đóng|nộp|trả|giá|tiền|là|khoảng|thu|phí|lệ phí|chi phí|trước bạ)"

# Order matters only between facets that match the same words equally far: the earlier one wins.
FACETS: dict[str, Phrases] = {
    "forms": phrases(
        r"(?:xin |tải |lấy |cho (?:tôi |em |mình )?(?:xin )?)?(?:cái )?(?:biểu mẫu|mẫu đơn|mẫu tờ khai|mẫu giấy"
        r"|đơn mẫu|mẫu văn bản)"
        rf"(?: (?:nào|gì|số mấy|ở đâu|chỗ nào|đâu|{_HOW}))?",
        r"(?:tải|xin|lấy|mua|in|điền|viết|ghi|dùng) (?:cái |bản )?(?:mẫu|tờ khai|đơn(?! vị)|form)(?: (?:nào|gì"
        r"|số mấy|ở đâu|chỗ nào|đâu))?",
        rf"(?:tờ khai|mẫu|đơn)(?: xin)? (?:nào|gì|số mấy|ở đâu|mấy){CLAUSE_ENDS}",
        rf"{_FIRST}(?:mẫu|tờ khai){CLAUSE_ENDS}",
        r"cách (?:điền|ghi|viết) (?:mẫu|tờ khai|đơn)",
        r"(?:which|what|application|where is the|download the|download|the) forms?(?: do i (?:need|use|fill in))?",
    ),
    "legal": phrases(
        r"(?:căn cứ|cơ sở) (?:pháp lý|pháp luật|luật|nào|vào đâu|vào luật nào)(?: là)?(?: gì| nào| ở đâu)?(?: của)?",
        r"(?:theo |dựa vào |do |căn cứ vào )?(?:luật|nghị định|thông tư|văn bản|quy định|điều|quyết định) (?:nào"
        r"|mấy|gì)(?: quy định)?",
        r"(?:được )?quy định (?:ở|tại) (?:đâu|văn bản nào|luật nào|điều nào|nghị định nào|thông tư nào)",
        r"(?:what|which) (?:law|decree|regulation|circular|legal basis)"
        r"(?: (?:or|and) (?:law|decree|regulation|circular))*(?: is it based on)?|legal basis",
    ),
    "fee": phrases(
        r"(?:mức )?(?:thu )?(?:phí|lệ phí|chi phí)(?: trước bạ)?(?: phải nộp| phải đóng| hết"
        rf"| mất)?(?: là)? (?:bao nhiêu|mấy|nhiêu|thế nào|{_HOW})(?: tiền)?",
        rf"{_MONEY_VERB}(?: khoảng| tầm| là| hết)? (?:bao nhiêu|nhiêu|(?<!là )mấy)(?! ngày| lâu| thời gian| năm| tháng"
        r"| tuổi| giờ| hôm| tuần| bản| người| giấy| bước| loại)(?: tiền| phí| lệ phí| đồng)?",
        r"(?:hết |mất |tốn |đóng |nộp |trả |phải )*(?:bao nhiêu|mấy|nhiêu|bao) (?:tiền|lệ phí|phí|đồng)",
        r"(?:có )?(?:phải )?(?:mất|tốn|đóng|nộp|thu|trả|bị thu|chịu) (?:thêm |nhiều )?(?:tiền|phí|lệ phí)(?: gì"
        r"| nào)?(?: cho ai)?(?: không| chưa)",
        r"(?:có )?(?:được )?(?:miễn phí|miễn lệ phí|miễn giảm lệ phí|free)(?: hay)?(?: không| mất tiền)",
        rf"{_NAMES_A_PAYMENT}(?:các )?(?:lệ phí|phí|chi phí|tiền phí|tiền nong"
        rf"|tiền lệ phí)(?: thì)?(?: sao)?{CLAUSE_ENDS}",
        rf"{_NAMES_A_PAYMENT}(?:mức )?(?:lệ phí|phí|chi phí|biểu phí)(?: khi| của| cho| để)?(?= (?:thủ tục )?{_ACT} |(?: thủ tục)? \d\.\d{{6}})",
        r"(?:mức|biểu|các loại|những khoản) (?:lệ phí|phí)",
        rf"thì (?:là )?(?:bao nhiêu|nhiêu){CLAUSE_ENDS}",
        r"giá (?:cả )?(?:bao nhiêu|nhiêu|sao|thế nào)",
        r"what (?:does it cost|do i (?:have to )?pay)(?: to| for)?|how much(?: does it cost| is it| is the fee"
        r"| do i (?:have to )?pay| money| to pay| does)?|(?:what(?:'s"
        r"| is| are) the )?(?:fees?|cost|costs|price)|is it free",
    ),
    "result": phrases(
        rf"{_VALID} (?:bao lâu|mấy năm|bao nhiêu năm|mấy tháng|bao nhiêu tháng|đến khi nào|đến bao giờ)",
        r"kết quả (?:là|nhận được là|nhận được|trả về là|gồm|ra)? ?(?:gì|những gì|giấy gì|cái gì|loại gì|thế nào"
        r"|ra sao)",
        r"(?:sẽ |thì )?(?:được )?(?:nhận|(?<!bằng )cấp|trả|cầm về|đem về)(?: được| về| lại| cho(?: tôi| em| mình| bà| anh"
        r"| chị| con| cháu| tui)?)* (?:cái gì|(?:cái )?(?:giấy tờ|giấy) gì|gì|loại giấy gì)",
        rf"{_AGENCY}(?: sẽ)? (?:đưa|phát|giao|trả|cấp)(?: lại| cho)*(?: tôi| em| mình| bà| anh| chị| con| cháu| tui)?"
        r" (?:cái )?(?:giấy tờ |giấy )?gì",
        rf"(?:xong|làm xong)(?: thì)?(?: được| có| ra)? (?:gì|giấy gì|cái gì|nhận gì|được gì){CLAUSE_ENDS}",
        rf"kết quả(?: thì sao| thế nào)?{CLAUSE_ENDS}|{_FIRST}kết quả(?: của)?(?= (?:thủ tục|{_ACT}) )",
        r"what (?:will|do|would) i (?:get|receive)|how long is it valid",
        r"(?:what|which) (?:papers?|documents?|certificate)(?: (?:do|will|would|does))?(?: \w+)? (?:they|the office|the ward"
        r"|police)(?: will)? (?:give|issue|send)(?: me| us| you)?",
    ),
    "duration": phrases(
        r"(?:là |trong |mất |hết |tốn |khoảng |chờ |đợi |phải đợi |phải chờ |thời gian |trước |vòng |thời hạn "
        r"|chậm nhất |luật cho )*(?:bao lâu|bao nhiêu lâu"
        r"|bao nhiêu thời gian)(?: thì)?(?: nữa)?(?: (?:có|lấy được|nhận được) (?:thẻ|sổ|bằng)(?! \w)| xong| có"
        r"| được| lấy được| lấy| nhận được| có kết quả"
        r"| giải quyết)*",
        r"(?:mất |hết |tốn |khoảng |chờ |đợi |hẹn |sau |trong |phải |trước |vòng |thời hạn |chậm nhất "
        r"|luật cho )*(?:mấy|bao nhiêu) (?:ngày|hôm|bữa|tuần|tháng"
        r"|tiếng|giờ)(?! tuổi)(?: làm việc)?(?: thì| mới)?(?: (?:có|lấy được|nhận được) (?:thẻ|sổ|bằng)(?! \w)"
        r"| xong| có| được| lấy được| lấy| có kết quả)*",
        r"(?:thời gian|thời hạn)(?: là)?(?: giải quyết| xử lý| làm| chờ| trả kết quả| cấp| thực hiện"
        rf"| nhận kết quả)*(?: là)?(?: bao lâu| mấy ngày| {_HOW})",
        r"(?:thời gian|thời hạn) (?:giải quyết|xử lý|trả kết quả|chờ|thực hiện|nhận kết quả|làm)(?: hồ sơ| thủ tục)?",
        rf"thời gian{CLAUSE_ENDS}",
        r"(?:khi nào|bao giờ|chừng nào|hôm nào|ngày nào|lúc nào)(?: thì)?(?: tôi| em| mình)? (?:có kết quả|xong|có"
        r"|lấy được|nhận được|được nhận|được lấy|lấy|nhận|trả)",
        rf"(?:có |mất )?(?:lâu|nhanh)(?: lắm)?(?: không){CLAUSE_ENDS}",
        r"(?:có |làm )?(?:lấy |xong |có )?(?:liền|ngay|trong ngày|cùng ngày) (?:được )?không",
        r"how (?:long|many days?)(?: does it take| will it take| do i (?:have to )?wait| does)?|processing time"
        r"|when (?:will|do|can) i (?:get|receive)(?: it)?",
    ),
    "conditions": phrases(
        r"by (?:what|which) (?:time|date|day)(?: must i| do i have to| should i)?|within how (?:many days|long)"
        r"|(?:what is the )?deadline",
        rf"(?:cần |có |phải |đáp ứng |thỏa |những |các )*(?:điều kiện|yêu cầu)(?: là| để| gồm)? (?:gì|nào|{_HOW}"
        r"|những gì)",
        rf"(?:những |các |cần )?điều kiện{CLAUSE_ENDS}",
        rf"(?<!đủ )(?:những |các )?điều kiện(?: để)?(?= (?:{_ACT}|được|hưởng|kết hôn) )",
        rf"(?<!đủ )điều kiện(?= (?:kết hôn|nhận con nuôi|nhập quốc tịch|hưởng \w+|ly hôn){CLAUSE_ENDS})",
        r"(?:những )?(?:ai|đối tượng nào|người nào|trường hợp nào)(?: thì)?(?: mới)? (?:được|phải|cần|có thể"
        r"|mới được|đủ)",
        r"(?:từ |đủ |phải |trên |phải đủ |bao nhiêu |mấy )*(?:mấy"
        r"|bao nhiêu) tuổi(?: trở lên)?(?: thì)?(?: mới)?(?: được| phải)?",
        r"(?:tôi |em |mình )?có đủ điều kiện(?: để)?",
        rf"(?:bắt buộc |cần |phải )+có (?:chuyên môn|bằng cấp|trình độ|tay nghề)(?: gì| nào| {_HOW}| không)?",
        rf"(?:khi nào|bao giờ|lúc nào)(?: thì)?(?: mới)?(?: phải| cần|{CLAUSE_ENDS})"
        r"|(?:được )?quy định (?:như thế nào|thế nào|ra sao)",
        r"(?:what are the )?(?:requirements?|conditions)|(?:am i|who is) eligible(?: for)?|who can",
    ),
    "online": phrases(
        r"(?:có )?(?:thể )?(?:làm |nộp |khai |thực hiện |gửi )?(?:hồ sơ |thủ tục )?"
        r"(?<!trò chơi )(?<!điện tử )(?<!bán hàng )(?<!kinh doanh )(?<!thông tin )(?<!họp )(?<!học )(?<!dạy )"
        r"(?:online|onl|trực tuyến|qua mạng|trên mạng|tại nhà qua mạng|(?:qua|trên|bằng|dùng) (?:app "
        r"|ứng dụng )?(?:vneid|điện thoại|cổng dịch vụ công|dịch vụ công|web|internet|app))"
        rf"(?: thì)?(?: {_HOW})?(?: có)?(?: được| rẻ hơn| nhanh hơn)?(?: không| chưa)?",
        r"(?:(?<=hộ kinh doanh )(?:online|onl|trực tuyến|qua mạng|trên mạng)|(?:online|onl|trực tuyến|qua mạng)(?= được"
        r" (?:không|chưa)))(?: có)?(?: được)?(?: không| chưa)?",
        r"(?:ngồi )?(?:ở nhà|tại nhà) (?:làm|nộp) (?:được )?không",
        r"(?:ngồi (?:ở |tại )?nhà )?(?:bấm|dùng|làm trên|làm bằng|làm qua|nộp qua) điện thoại(?: \w+){0,3} được không",
        r"(?:gọi điện(?: thoại)?|gửi (?:mail|email|thư điện tử))(?: \w+){0,10} được không",
        r"hay (?:là )?(?:vẫn )?(?:phải|bắt buộc) (?:lên|ra|đến|tới)(?: \w+){0,3} (?:tận nơi|trực tiếp)",
        r"(?:can i |could i |is it possible to )?(?:apply |do it |do this |submit |register |submit it "
        r"|apply for it )?online",
    ),
    "documents": phrases(
        rf"{_NEED}(?: theo| thêm| phải)?(?: những| các| mấy)?(?: {_PAPERS})? (?:gì|nào)(?: không)?(?: để| khi)?",
        rf"(?:những |các |mấy )*{_PAPERS} (?:gì|nào)(?: (?:cần|phải) (?:nộp|mang|có|chuẩn bị))?",
        rf"(?:cần |phải |mang |chuẩn bị )+(?:những |các |mấy )(?:giấy tờ|giấy|hồ sơ|thứ|loại)(?: gì| nào| {_HOW})?",
        r"(?:bộ |thành phần |số lượng )*hồ sơ(?: cần| phải| có| thì)? (?:bao gồm|gồm có|gồm|có|cần|phải có"
        r"|là)(?: những| các)? (?:giấy tờ|giấy|loại giấy tờ|loại|gì|tài liệu)(?: gì| nào)?",
        r"(?:bao gồm|gồm có|gồm)(?: những| các)? (?:giấy tờ|gì|giấy|loại giấy tờ)(?: gì| nào)?",
        r"(?:thành phần|bộ|danh mục|số lượng) hồ sơ(?: gồm(?: những)? gì)?",
        rf"(?:giấy tờ|hồ sơ)(?: cần thiết| cần nộp| phải nộp| cần)?(?: thì)? {_HOW}{CLAUSE_ENDS}",
        rf"{_FIRST}(?:giấy tờ|hồ sơ)(?: cần thiết| cần nộp| phải nộp| cần)?{CLAUSE_ENDS}",
        r"(?:giấy tờ|hồ sơ) (?:cần thiết|cần nộp|phải nộp|cần có|cần chuẩn bị|cần)(?: để| khi| cho)?",
        rf"{_FIRST}hồ sơ(?= (?:{_ACT}|đề nghị) )",
        r"(?:photo |sao y |nộp |cần )*(?:mấy|bao nhiêu) (?:bản|bộ)(?: photo| sao)?",
        r"how many (?:sets?|copies)(?: of (?:drawings?|documents?|papers?|the file))?"
        r"|what (?:documents?|papers?|paperwork)(?: (?:we|they|he|she) (?:submit|need|bring|prepare|hand in)| do i need| are needed| are required| should i (?:bring"
        r"|prepare))?(?: to| for)?|which (?:documents?|papers?)(?: do i need| are needed)?(?: to| for)?"
        r"|what (?:(?:do|should|must|can) i (?:need|bring|submit|provide|prepare|hand in|show)(?: to)?|to bring"
        r"|is needed|is required)(?: to| for)?|(?:required )?(?:documents"
        r"|paperwork)(?: needed| required)?(?: to| for)?",
    ),
    "where": phrases(
        r"(?:thì )?(?:nộp |làm |xin |lấy |đăng ký |hỏi |(?<!xác )(?<!chứng )nhận |gặp )?(?:hồ sơ |giấy tờ |đơn "
        r"|kết quả |giấy )?(?:ở "
        r"|tại |đến |tới |đi |ra |lên |qua |cho )?(?:chỗ nào|nơi nào|chỗ mô)",
        r"(?:thì )?(?:nộp |làm |xin |lấy |đăng ký |hỏi |(?<!xác )(?<!chứng )nhận |gặp |phải |cần )*(?:hồ sơ "
        r"|giấy tờ |đơn |kết quả "
        r"|giấy )?(?:ở đâu|tại đâu|đến đâu(?! tư)|tới đâu|đi đâu|ra đâu|lên đâu|qua đâu|vô đâu|gửi đâu|nộp đâu"
        r"|làm đâu|xin đâu|lấy đâu)(?: làm| nộp| xin| lấy| đăng ký| thì được)?",
        rf"(?:do |nộp |ở |tại |đến |lên |ra |gặp |cho |làm ở |nộp ở |nộp cho )*{_AGENCY} (?:nào|mấy)(?: cấp| làm"
        r"| giải quyết| có thẩm quyền| thực hiện| nhận)*",
        r"(?:ai|cơ quan nào)(?: có)? (?:thẩm quyền|cấp|giải quyết|làm|ký)(?: cấp| giải quyết)?",
        r"(?:địa chỉ|nơi|chỗ|địa điểm) (?:nộp|tiếp nhận|giải quyết)(?: hồ sơ| đơn)?(?: ở đâu| là đâu)?",
        r"(?:phường|xã|công an|ủy ban|quận|huyện|tỉnh|trên phường|ra phường|ra xã|lên phường"
        r"|lên xã) hay (?:là )?(?:lên |ra |ở )?(?:\w+ )?(?:phường|xã|công an|ủy ban|quận|huyện|tỉnh)",
        r"(?:nộp|gửi|đưa|gặp|hỏi) (?:cho )?ai(?: vậy)?",
        r"(?:thì )?(?:đi|ra|lên) (?:đâu|chỗ nào) (?:làm|nộp|xin)",
        r"(?:có )?(?:phải|cần) về quê(?: làm| nộp)?(?: không)?",
        r"where (?:do|can|should|to|is|are|must)(?: i| we)?(?: go)?(?: to)?(?: apply| submit)?(?: for)?"
        r"|which (?:office|agency|place)|where",
    ),
    "steps": phrases(
        r"(?:thì |cách |phải |giờ |bây giờ )*(?:làm|nộp|thực hiện|đăng ký|khai|xử lý|tiến hành) (?:như thế nào"
        r"|thế nào|như nào|ra sao|kiểu gì|sao|làm sao)(?! nhãng)",
        rf"(?:thì )?(?:phải |cần )?làm (?:sao|thế nào|gì)(?: để)?(?: đây| bây giờ)?{CLAUSE_ENDS}",
        r"(?:làm sao|làm thế nào|làm cách nào|bằng cách nào)(?: để)?",
        r"(?:cho (?:tôi |em |mình )?(?:biết|xin) )?(?:các bước|mấy bước|những bước|từng bước|trình tự|quy trình"
        r"|cách thức)"
        rf"(?:(?: để| thực hiện| thủ tục)*(?: gồm| là)?(?: gì| những gì| nào| {_HOW}|{CLAUSE_ENDS})|(?: để"
        rf"| thực hiện| thủ tục)+|(?= {_ACT} ))",
        r"(?:hướng dẫn|chỉ|bày)(?: giúp)?(?: tôi| em| mình| cháu| dùm| giùm)?(?: cách)?(?= (?:làm|nộp|thủ tục"
        r"|đăng ký|cách))(?: cách)?",
        rf"cách(?: để)?(?= {_ACT} )",
        rf"(?:thủ tục|giờ|thì)(?: phải| cần)? (?:làm )?{_HOW}{CLAUSE_ENDS}",
        r"(?:cần |phải |làm |phải làm )(?:những |các )?thủ tục (?:gì|nào)",
        r"(?:phải |cần )?(?:làm )?lần lượt (?:những |các )?(?:gì|bước nào|việc gì|bước gì|việc nào)",
        rf"(?<!bản )(?<!vì )(?<!tại )(?<!ngôi )(?:làm lại |tính |xử lý )?sao{CLAUSE_ENDS}",
        rf"(?<!phạt )(?:như thế nào|thế nào|như nào|ra sao|kiểu gì){CLAUSE_ENDS}",
        r"how (?:do|can|should|to|would)(?: i| we)?|what are the steps(?: to| for)?|steps(?: to| for)?",
    ),
    "overview": phrases(
        rf"(?:nghĩa |được hiểu )?là (?:gì|sao){CLAUSE_ENDS}|được hiểu (?:như thế nào|thế nào|ra sao)",
        r"(?:dùng )?để làm gì|nghĩa là gì|giới thiệu về|(?:xin |cần |hỏi |biết )thông tin (?:chung )?về"
        r"|tổng quan(?: về)?",
        r"(?:what is|what's|tell me about)(?: an?| the)?",
    ),
}

# A time asked for is the citizen's own deadline, a condition, where something must be done within or before it; how
# long the office takes is another matter.
_NOT_THE_OFFICE = r"(?:(?!chờ |đợi |mất |giải quyết|kết quả|xử lý|xong|lấy|nhận|cấp |trả )\w+ ){0,8}"
_TIME = r"(?:bao lâu|(?:mấy|bao nhiêu) (?:ngày|hôm|tháng|tuần|năm|giờ|tiếng))"
DEADLINE = phrases(
    rf"(?:trước|chậm nhất)(?: là| khoảng)? {_TIME}",
    rf"(?:phải|trình báo|khai báo|thông báo|báo|khai tử|gia hạn|đi khai|hạn) {_NOT_THE_OFFICE}(?:trong|vòng|thời hạn)"
    rf" {_TIME}",
    rf"(?:luật|quy định) (?:cho|bắt)(?: phép)?(?: trong)?(?: vòng)? {_TIME}",
    rf"(?:trễ|muộn|lâu) nhất(?: là)? {_TIME}",
    rf"(?:đóng|tham gia)(?: đủ)? {_NOT_THE_OFFICE}(?:bao nhiêu|mấy) (?:tháng|năm)",
)
# Somebody must act before the time asked for, and nothing is said of the office's work.
OBLIGED = phrases(
    r"phải|được nộp|nộp (?:đơn|hồ sơ|giấy)|trình báo|khai báo|thông báo|đi báo|báo (?:mất|tử|cho)|đi khai|làm đơn"
    r"|hạn nộp|must|have to|allowed to"
)
OFFICE_WORKS = phrases(
    r"phải (?:chờ|đợi)|(?:chờ|đợi|mất|hết)(?: \w+)?(?: trong| khoảng)?$|giải quyết|kết quả|xử lý|xong|lấy được|nhận được"
    r"|được (?:nhận|trả|cấp)|hẹn|trả kết quả|trả lời"
)
WITHIN = phrases(r"(?:trong|vòng|thời hạn|trước|within)")
# "How" without a verb: asks for the steps only where nothing else is asked.
BARE_HOW = phrases(rf"(?:thì )?{_HOW}")

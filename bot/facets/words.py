"""The assistant's own sentences in answers, in Vietnamese and English; facts are put in, never written here."""

from __future__ import annotations

from knowledge.types import Channel, Facet, Unit

VI: dict[str, str] = {
    "more": "Xem đủ",
    "more_hint": "Còn nữa: bấm hoặc nhắn “Xem đủ”.",
    "continued": "tiếp",
    "more_on_page": "Danh sách còn dài, xem đủ ở trang thủ tục (đường dẫn bên dưới).",
    "rest_on_page": "Còn {n} dòng nữa, xem ở trang thủ tục (đường dẫn bên dưới).",
    "source": "Nguồn: {publisher}, mã {code}, cập nhật {date}",
    "source_undated": "Nguồn: {publisher}, mã {code}, danh mục không ghi ngày cập nhật",
    "past_date": (
        "Lưu ý: thông tin này chỉ có hiệu lực đến hết {date}, nay đã quá ngày đó. "
        "Anh/chị hỏi bộ phận một cửa hoặc gọi 1022 trước khi đi."
    ),
    "faq_source": "Nguồn: {title}, cập nhật {date}",
    "faq_until": "Áp dụng đến hết {date}.",
    "faq_about": "Thủ tục: {name}, mã {code}",
    "portal": "Cổng Dịch vụ công quốc gia",
    "publisher": "danh mục thủ tục hành chính",
    "ask_first": "Anh/chị hỏi bộ phận một cửa hoặc gọi 1022 trước khi đi.",
    "unknown": "Danh mục chưa ghi rõ {what}. Anh/chị hỏi bộ phận một cửa hoặc gọi 1022 trước khi đi.",
    "open_page": "Mở trang thủ tục ↗",
    "apply_online": "Nộp trực tuyến ↗",
    "original": "{n} bản chính",
    "copy": "{n} bản sao",
    "fee_zero": "Danh mục ghi 0 đồng mà không nói rõ có thu hay không",
    "fee_zero_row": "{text}: danh mục ghi 0 đồng mà không nói rõ có thu hay không",
    "fee_no_amount": "{text} (danh mục không ghi số tiền)",
    "fee_odd": "{text} (danh mục ghi như vậy nhưng con số này lạ, anh/chị hỏi lại trước khi đi)",
    "fee_quote": "Danh mục ghi: “{text}”",
    "cases_unclear": "{times}; danh mục không nói rõ trường hợp nào",
    "or": "hoặc",
    "agencies": "Cơ quan giải quyết",
    "address": "Nơi nhận hồ sơ",
    "levels": "Cấp giải quyết: {levels}",
    "channels": "Cách nộp: {channels}",
    "district": (
        "Bản ghi còn nhắc cấp huyện, mà cấp này đã bỏ từ 1/7/2025. Anh/chị hỏi Ủy ban nhân dân xã, phường "
        "hoặc gọi 1022 xem nay nơi nào nhận."
    ),
    "online_yes": "Được, danh mục có ghi cách nộp trực tuyến.",
    "online_full": "Xếp loại: toàn trình, tức là làm trọn trên mạng.",
    "online_part": "Danh mục không xếp loại toàn trình, nên anh/chị hỏi trước có bước nào phải đến tận nơi không.",
    "online_unsaid": "Danh mục không nói có làm trọn trên mạng được không; anh/chị hỏi trước khi nộp.",
    "online_no": "Danh mục không ghi cách nộp trực tuyến. Cách nộp được ghi: {channels}.",
    "online_time": "Thời hạn khi nộp trực tuyến: {text}",
    "online_fee": "Lệ phí khi nộp trực tuyến: {text}",
    "step": "Bước {n}",
    "conditions_none": "Danh mục ghi: “{text}”",
    "form_for": "{form}: dùng cho “{document}”",
    "forms_hint": "Tệp mẫu tải ở trang thủ tục (đường dẫn bên dưới).",
    "forms_no_file": "Danh mục không kèm tệp mẫu. Anh/chị xin mẫu ở bộ phận một cửa hoặc gọi 1022.",
    "overview_field": "Lĩnh vực: {fields}",
    "overview_result": "Nhận được: {results}",
    "overview_documents": "Giấy tờ: {text}",
    "overview_fee": "Lệ phí: {text}",
    "overview_time": "Thời hạn: {text}",
    "overview_where": "Nơi giải quyết: {text}",
    "unsaid": "danh mục chưa ghi rõ",
    "clarify": "Anh/chị cần làm việc nào?",
    "clarify_how": "Bấm chọn, hoặc trả lời {numbers}.",
    "none_of_these": "Không phải các việc trên",
    "claim_right": "Đúng, danh mục có ghi {claim}.",
    "claim_wrong": "Không phải {claim}. Danh mục ghi:",
    "claim_working_days": "Đúng con số, nhưng là {claim} (không tính ngày nghỉ).",
    "claim_fee_unknown": "Danh mục chưa ghi rõ lệ phí nên tôi không xác nhận được con số {claim}.",
    "claim_time_unknown": "Danh mục chưa ghi rõ thời hạn nên tôi không xác nhận được con số {claim}.",
    "claim_report": "Nếu có người đòi cao hơn mức này, anh/chị có thể phản ánh: bấm “Phản ánh”.",
    "report": "Phản ánh",
    "case": "Trường hợp của anh/chị: {labels}.",
    "case_shown": "trên đây",
    "case_ask": "{ask}",
    "every_case": "Xem mọi trường hợp",
    "other_case": "Trường hợp khác",
    "journey": "{title}: những việc cần làm",
    "journey_after": "sau việc {numbers}",
    "journey_together": "Làm chung một lần được: việc {numbers}, thủ tục “{name}”.",
    "journey_how": "Bấm hoặc nhắn số của việc để biết giấy tờ, lệ phí và đường dẫn.",
    "journey_back": "Quay lại: {title}",
    "journey_sources": "Nguồn: {publisher}, mã {codes}, cập nhật {dates}",
    "journey_uncoded": "Danh mục không có thủ tục riêng cho việc này nên tôi không có thông tin chi tiết.",
    "journeys": "Anh/chị đang có việc nào?",
    "to": "đến",
}

EN: dict[str, str] = {
    "more": "Show all",
    "more_hint": "There is more: tap or type “Show all”.",
    "continued": "continued",
    "more_on_page": "There is more on the official page (link below).",
    "rest_on_page": "{n} more lines are on the official page (link below).",
    "source": "Source: {publisher}, code {code}, updated {date}",
    "source_undated": "Source: {publisher}, code {code}, no update date in the record",
    "past_date": (
        "Please note: this was in force until {date} only, and that day has passed. "
        "Ask at the one-stop desk or call 1022 before you go."
    ),
    "faq_source": "Source: {title}, updated {date}",
    "faq_until": "Holds until {date}.",
    "faq_about": "Procedure: {name}, code {code}",
    "portal": "National Public Service Portal (Cổng Dịch vụ công quốc gia)",
    "publisher": "catalogue of administrative procedures",
    "ask_first": "Please ask the one-stop desk (bộ phận một cửa) or call 1022 before you go.",
    "unknown": (
        "The catalogue does not clearly state {what}. Please ask the one-stop desk (bộ phận một cửa) "
        "or call 1022 before you go."
    ),
    "open_page": "Official page ↗",
    "apply_online": "Apply online ↗",
    "original": "{n} original",
    "copy": "{n} copy",
    "fee_zero": "The catalogue says 0 đồng without saying whether anything is charged",
    "fee_zero_row": "{text}: the catalogue says 0 đồng without saying whether anything is charged",
    "fee_no_amount": "{text} (the catalogue gives no amount)",
    "fee_odd": "{text} (so the catalogue says, but this number looks odd; please ask before you go)",
    "fee_quote": "The catalogue says: “{text}”",
    "cases_unclear": "{times}; the catalogue does not say which case is which",
    "or": "or",
    "agencies": "Handled by",
    "address": "Where to hand in",
    "levels": "Level: {levels}",
    "channels": "How to apply: {channels}",
    "district": (
        "The record still mentions the district level, which ended on 1/7/2025. Please ask the commune office "
        "or call 1022 who receives it now."
    ),
    "online_yes": "Yes, the catalogue lists applying online.",
    "online_full": "Classed as “toàn trình”: everything is done online.",
    "online_part": "It is not classed as fully online, so please ask whether some step has to be done in person.",
    "online_unsaid": "The catalogue does not say whether everything can be done online; please ask first.",
    "online_no": "The catalogue does not list applying online. Ways it lists: {channels}.",
    "online_time": "Time when applying online: {text}",
    "online_fee": "Fee when applying online: {text}",
    "step": "Step {n}",
    "conditions_none": "The catalogue says: “{text}”",
    "form_for": "{form}: used for “{document}”",
    "forms_hint": "The files can be downloaded from the official page (link below).",
    "forms_no_file": "The catalogue has no form file. Please ask the one-stop desk (bộ phận một cửa) or call 1022.",
    "overview_field": "Field: {fields}",
    "overview_result": "You receive: {results}",
    "overview_documents": "Documents: {text}",
    "overview_fee": "Fee: {text}",
    "overview_time": "Time: {text}",
    "overview_where": "Handled by: {text}",
    "unsaid": "not clearly stated",
    "clarify": "Which of these do you need?",
    "clarify_how": "Tap one, or answer {numbers}.",
    "none_of_these": "None of these",
    "claim_right": "Yes, the catalogue gives {claim}.",
    "claim_wrong": "Not {claim}. The catalogue says:",
    "claim_working_days": "The number is right, but it is {claim} (days off do not count).",
    "claim_fee_unknown": "The catalogue does not clearly state the fee, so I cannot confirm {claim}.",
    "claim_time_unknown": "The catalogue does not clearly state the time limit, so I cannot confirm {claim}.",
    "claim_report": "If someone asks for more than this, you can report it: tap “Report it”.",
    "report": "Report it",
    "case": "Your case: {labels}.",
    "case_shown": "shown above",
    "case_ask": "Which case is yours? ({ask})",
    "every_case": "Show every case",
    "other_case": "Another case",
    "journey": "{title}: what there is to do",
    "journey_after": "after no. {numbers}",
    "journey_together": "Can be done in one go: no. {numbers}, by “{name}”.",
    "journey_how": "Tap or send the number of a step for its documents, fee and link.",
    "journey_back": "Back to: {title}",
    "journey_sources": "Source: {publisher}, code {codes}, updated {dates}",
    "journey_uncoded": "The catalogue has no procedure of its own for this, so I have no details.",
    "journeys": "What is happening in your life?",
    "to": "to",
}

FACET_LABELS: dict[str, dict[Facet, str]] = {
    "vi": {
        Facet.OVERVIEW: "Tóm tắt",
        Facet.DOCUMENTS: "Giấy tờ",
        Facet.FEE: "Lệ phí",
        Facet.DURATION: "Bao lâu",
        Facet.WHERE: "Nộp ở đâu",
        Facet.ONLINE: "Nộp trực tuyến",
        Facet.STEPS: "Các bước",
        Facet.CONDITIONS: "Điều kiện",
        Facet.RESULT: "Kết quả",
        Facet.LEGAL: "Căn cứ pháp lý",
        Facet.FORMS: "Mẫu đơn",
    },
    "en": {
        Facet.OVERVIEW: "Summary",
        Facet.DOCUMENTS: "Documents",
        Facet.FEE: "Fee",
        Facet.DURATION: "How long",
        Facet.WHERE: "Where",
        Facet.ONLINE: "Apply online",
        Facet.STEPS: "Steps",
        Facet.CONDITIONS: "Conditions",
        Facet.RESULT: "Result",
        Facet.LEGAL: "Legal basis",
        Facet.FORMS: "Forms",
    },
}
"""Short labels for buttons."""

FACET_NOUNS: dict[str, dict[Facet, str]] = {
    "vi": {
        Facet.OVERVIEW: "tóm tắt",
        Facet.DOCUMENTS: "giấy tờ cần có",
        Facet.FEE: "lệ phí",
        Facet.DURATION: "thời hạn giải quyết",
        Facet.WHERE: "nơi nộp",
        Facet.ONLINE: "nộp trực tuyến",
        Facet.STEPS: "các bước",
        Facet.CONDITIONS: "yêu cầu, điều kiện",
        Facet.RESULT: "kết quả nhận được",
        Facet.LEGAL: "căn cứ pháp lý",
        Facet.FORMS: "mẫu đơn, tờ khai",
    },
    "en": {
        Facet.OVERVIEW: "summary",
        Facet.DOCUMENTS: "required documents",
        Facet.FEE: "fee",
        Facet.DURATION: "processing time",
        Facet.WHERE: "where to apply",
        Facet.ONLINE: "applying online",
        Facet.STEPS: "steps",
        Facet.CONDITIONS: "conditions",
        Facet.RESULT: "what you receive",
        Facet.LEGAL: "legal basis",
        Facet.FORMS: "forms",
    },
}
"""What a facet is called inside a sentence."""

CHANNELS: dict[str, dict[Channel, str]] = {
    "vi": {Channel.ONLINE: "trực tuyến", Channel.DIRECT: "trực tiếp", Channel.POSTAL: "bưu chính"},
    "en": {Channel.ONLINE: "online", Channel.DIRECT: "in person", Channel.POSTAL: "by post"},
}
METHOD_HEADING: dict[str, str] = {"vi": "Nộp {channels}:", "en": "Applying {channels}:"}

UNITS: dict[str, dict[Unit, str]] = {
    "vi": {
        Unit.WORKING_DAY: "ngày làm việc",
        Unit.DAY: "ngày",
        Unit.HOUR: "giờ",
        Unit.MONTH: "tháng",
        Unit.YEAR: "năm",
        Unit.OTHER: "",
    },
    "en": {
        Unit.WORKING_DAY: "working days",
        Unit.DAY: "days",
        Unit.HOUR: "hours",
        Unit.MONTH: "months",
        Unit.YEAR: "years",
        Unit.OTHER: "",
    },
}


def say(language: str, key: str, **values: object) -> str:
    """Return our sentence `key` in "en", or in Vietnamese for any other language."""
    return (EN if language == "en" else VI)[key].format(**values)


def spoken(language: str) -> str:
    """Return the language answers are written in: "en" or "vi"."""
    return "en" if language == "en" else "vi"


SOURCE_MARKS: tuple[str, ...] = tuple(table["source"].split("{")[0] for table in (VI, EN))
"""How the source line begins in each language."""

"""A sum or a time that somebody was told and wants checked: "nghe nói mất 500 nghìn phải không".

A number alone is no claim: it may be the asker's wage, a child's age or a late date. There must be a word of
hearsay or doubt, and none of the words that tie the number to the asker's own situation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from nlu.phrases import comparable, phrases, words
from nlu.text import clean, fold, has_accents

_SPELT_ONE = "một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười"
_END = r"(?=\s*(?:$|[?!.,]|ạ|vậy|a$|vay|z$))"
_CUE = phrases(
    r"(?:có )?(?:phải|đúng|chuẩn|thật|chính xác)(?: vậy| thế| rứa| như vậy| như thế| là vậy)?(?: hay)? (?:không|ko|hk|kh|khum|hôn"
    r"|k|hok|hông|hong|hem|chưa)",
    r"(?:phải|đúng)(?: không)? (?:ạ|vậy|hả|chứ)|phải (?:ko|k)|đúng (?:ko|k)|pk|phk|pko",
    r"(?:tôi |em |mình )?(?:có )?(?:nghe|thấy|đọc)(?: được)?(?: người ta| mọi người| họ| bạn| ai đó| đâu| hàng xóm"
    r"| trên mạng)?(?: nói| bảo| đồn| kể| là| rằng| đâu)+",
    r"nghe (?:nói|đâu|đồn|bảo|người ta|mấy)|(?:người ta|mọi người|hàng xóm|bạn (?:em|tôi|mình)|họ(?! (?:kinh|nghèo"
    r"|cận|khẩu|gia|tịch|chiếu|dân|sơ|tên|nhập|hàng))|ai cũng|bên kia"
    r"|cò|dịch vụ|cán bộ|chị kia|anh kia|người quen)(?: \w+){0,3}? (?:bảo|nói|kêu|đòi|thu|lấy|báo|hét|đồn|hẹn|kể)",
    r"có thật|thật (?:không|là|vậy)|sao (?:lại|mà|bảo|nói|tới|đến|những|thu|đòi|lấy|mất|hết)|(?:cao|đắt|mắc|lâu"
    r"|nhiều) (?:vậy|thế|dữ|quá)",
    r"(?:bị )?(?:đòi|hét|thu tôi|thu em|lấy tôi|lấy em|kêu đóng|bắt đóng)",
    rf"có phải [^?!;\n]{{0,120}}?(?:mất|tốn|hết|chờ|đợi|đóng|nộp|trả|thu|phí|là|tới|lên)(?: khoảng| tận| tới| đến| hết"
    rf"| tiền| phí| lệ phí)* (?:\d|(?:{_SPELT_ONE}) |nửa |triệu )[^?!;\n]{{0,40}} (?:không|ko|k|hông|hong){_END}",
    rf"có (?:mất|tốn|hết|thu)(?: tới| đến| tận| đúng)? \d[^?!;\n]{{0,30}} (?:không|ko|k|hông|hong){_END}",
    r"(?:luôn|lận|dữ|lâu|nhiều|vậy|thế|cơ) (?:hả|hở|sao)",
    r"(?:ra|hét|kêu|báo) giá|(?:thu|lấy|tốn|mất|đóng)(?: đúng)? (?:mức|số tiền|giá|ngần) (?:đó|này|ấy|đấy|vậy)",
    r"hay (?:bao nhiêu|sao|như nào|thế nào)|(?:xác nhận|kiểm tra) (?:giúp|lại|giùm)",
    r"(?:is it|is that|is this) (?:true|right|correct)|i (?:heard|read|was told)|they (?:said|told|asked|charge"
    r"|charged)|someone (?:said|told)|really|right\?|correct\?",
)
_DOUBT_AT_END = re.compile(r"(?:\b(?:à|ạ|hả|hở|sao|chứ|ư|phải)\b|\bright|\bcorrect)\s*\?+\s*$")
_DOUBT_AT_END_BARE = re.compile(r"\b(?:ha|ah|phai|right|correct)\s*\?+\s*$|\ba\s*\?+\s*$")

_SITUATION = phrases(
    r"(?:lương|thu nhập|vốn(?: điều lệ)?|doanh thu|trị giá|giá trị|tài sản|trợ cấp|tiền công|vay|nợ|mua nhà|mua xe"
    r"|mua đất|mua)(?: \w+){0,4}",
    r"(?:quá|trễ|muộn|chậm|hơn|đã|được|cách đây|sinh được|mới sinh|mất được|con|bé|cháu|đi|ở|sống|tạm trú"
    r"|thường trú|nghỉ(?: bán| làm| việc| kinh doanh)?|(?:tạm )?(?:ngừng|dừng)(?: \w+){0,3}|làm việc|thuê|kết hôn"
    r"|cưới|ly hôn|sau|trước|trong vòng)(?: hơn| gần| khoảng| tròn| mới| được"
    r"| thuê| thêm)*",
)
_AFTER = phrases(r"tuổi|trước|qua|rồi|nay|cc|phân khối|mét|m2|chỗ|tháng tuổi")
_CLAIMS_ANYWAY = phrases(
    r"(?:lệ phí|phí|mất|tốn|hết|đóng|nộp|thu|trả|giá|tiền|đòi|lấy|chờ|đợi|hẹn|xong|giải quyết|kết quả|fee|cost"
    r"|takes?|pay|charge[sd]?)"
    r"(?: (?!lương|vốn|thu nhập)\w+){0,4}"
)

_UNITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6, "bay": 7, "tam": 8,
    "chin": 9, "muoi": 10,
}  # fmt: skip
_LONGEST_WAIT = 5  # years; a longer time is a length of service or an age
_SPELT_NUMBERS = words("một hai ba bốn năm sáu bảy bẩy tám chín mười")
_DIGIT = "(?:mot|hai|ba|bon|tu|nam|sau|bay|tam|chin)"
_SPELT = rf"(?:{_DIGIT} (?:tram|muoi)(?: (?:muoi )?(?:ruoi|{_DIGIT}|lam|muoi))*|muoi(?: (?:{_DIGIT}|lam))?|{_DIGIT})"
_NUMBER = rf"(?:\d+(?:[.,]\d+)*|{_SPELT})"
_AMOUNT = re.compile(
    rf"(?<![\w.,/])(?:(?P<bare>trieu ruoi)|(?P<million>{_NUMBER}) ?(?:trieu|tr|cu)(?: ?(?P<rest>ruoi"
    rf"|(?!mot (?!tram|nghin|ngan|k\b)\w){_NUMBER})(?: ?(?:k|nghin|ngan|tram"
    r"|ca)\b)?)?"
    rf"|(?P<thousand>{_NUMBER}) ?(?:nghin|ngan|k|ca|xi)(?P<half> ruoi)?"
    rf"|(?P<hundred>{_DIGIT}|\d) (?:tram|lit|xi)(?! (?:ngay|nam|tuoi|met|{_DIGIT}|nghin|ngan))"
    r"|(?P<plain>\d{1,3}(?:[.,]\d{3})+|\d{4,}) ?(?:d|dong|vnd|vnđ|vn dong)?"
    r")(?: ?(?:dong|d|vnd))?(?![\w/]|[.,]\d)"
)
_DURATION = re.compile(
    rf"(?<![\w.,/])(?P<number>{_NUMBER}|nua)(?: ?(?:-|den|toi) ?{_NUMBER})? "
    r"?(?P<unit>ngay|hom|bua|tuan|thang|nam|gio|tieng|days?|weeks?|months?|hours?|years?"
    r"|working days?)(?: (?P<work>lam viec))?(?P<half> ruoi)?(?!\w| \d)"
)
_UNIT_NAMES = {
    "ngay": "day", "hom": "day", "bua": "day", "day": "day", "tuan": "week", "week": "week", "thang": "month",
    "month": "month", "nam": "year", "year": "year", "gio": "hour", "tieng": "hour", "hour": "hour",
    "working day": "working_day",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """What was heard: đồng (`unit` None), or a number of `unit`s (working_day, day, hour, month, year)."""

    kind: Literal["amount", "duration"]
    value: int
    unit: str | None
    text: str


@lru_cache(maxsize=512)
def find_claim(text: str) -> Claim | None:
    """Return the amount or the time limit the person wants checked; None when there is none."""
    text = clean(text)
    if not _doubts(text):
        return None
    folded = fold(comparable(text))
    for pattern, read in ((_AMOUNT, _amount), (_DURATION, _duration)):
        for match in pattern.finditer(folded):
            claim = read(match, text) if _is_number(text[slice(*match.span())], has_accents(text)) else None
            if claim and not _describes_asker(text, *match.span()):
                return claim
    return None


def _is_number(piece: str, accented: bool) -> bool:
    """Tell "sáu ngày" from "sau ngày", "tư" from "từ": spelt numbers by their accents, or never those without any."""
    first = comparable(piece).split()[0]
    if first[0].isdigit() or fold(first) not in _UNITS:
        return True
    return first in _SPELT_NUMBERS if accented else first not in {"sau", "tu"}


def _doubts(text: str) -> bool:
    end = comparable(text)
    at_end = _DOUBT_AT_END.search(end) if has_accents(text) else _DOUBT_AT_END_BARE.search(fold(end))
    return bool(at_end) or _CUE.found_in(text)


def _describes_asker(text: str, start: int, end: int) -> bool:
    """Tell whether the number belongs to the person's story ("lương 5 triệu", "quá 60 ngày") and not to a claim."""
    if any(first == 0 for first, _ in _AFTER.spans(text[end:].lstrip())):
        return True
    clause = re.split(r"[,;?!\n]", text[:start])[-1]
    ties = [span for span in _SITUATION.spans(clause) if span[1] >= len(clause.rstrip())]
    claims = [span for span in _CLAIMS_ANYWAY.spans(clause) if span[1] >= len(clause.rstrip())]
    return bool(ties) and (not claims or claims[-1][0] < ties[-1][0])


def _amount(match: re.Match[str], text: str) -> Claim | None:
    value = 0
    if match["bare"]:
        value = 1_500_000
    elif million := match["million"]:
        value = round(_read(million, decimals=True) * 1_000_000) + _rest(match["rest"])
    elif thousand := match["thousand"]:
        value = round(_read(thousand, decimals=True) * 1_000) + (500 if match["half"] else 0)
    elif hundred := match["hundred"]:
        value = int(_read(hundred)) * 100_000
    elif plain := match["plain"]:
        value = int(re.sub(r"\D", "", plain))
        if not re.search(r"[.,]\d{3}|(?:d|dong|vnd)$", match[0]) and (value < 10_000 or value % 1000):
            return None  # a year, a code
    return Claim("amount", value, None, text[slice(*match.span())].strip()) if value else None


def _rest(words: str | None) -> int:
    """Return what follows "triệu": "rưỡi", hundreds of thousands ("1tr5") or thousands ("1 triệu 200")."""
    if not words:
        return 0
    if words == "ruoi":
        return 500_000
    number = int(_read(words))
    return number * (
        100_000 if number < 10 else 10_000 if number < 100 and words.isdigit() and len(words) == 2 else 1_000
    )


def _duration(match: re.Match[str], text: str) -> Claim | None:
    unit = _UNIT_NAMES[match["unit"].removesuffix("s")]
    value = 0 if match["number"] == "nua" else round(_read(match["number"]))
    if match["number"] == "nua" and unit in {"month", "year"}:
        value, unit = (15, "day") if unit == "month" else (6, "month")
    elif match["half"] and unit in {"month", "year"}:
        value, unit = (value * 30 + 15, "day") if unit == "month" else (value * 12 + 6, "month")
    elif unit == "week":
        value, unit = value * 7, "day"
    if unit == "year" and value > _LONGEST_WAIT:
        return None
    if match["work"]:
        unit = "working_day"
    return Claim("duration", value, unit, text[slice(*match.span())].strip()) if value else None


def _read(words: str, *, decimals: bool = False) -> float:
    """Return the number written in digits ("1,5" a fraction, "1.500" thousands) or in folded words."""
    if words[0].isdigit():
        fraction = re.fullmatch(r"(\d+)[.,](\d{1,2})", words)
        if decimals and fraction:
            return float(f"{fraction[1]}.{fraction[2]}")
        return int(re.sub(r"\D", "", words))
    total, last = 0, 0
    for word in words.split():
        if word == "tram":
            total, last = total + last * 100, 0
        elif word == "muoi":
            total, last = total + (last or 1) * 10, 0
        elif word == "ruoi":
            total, last = total + 50, 0
        else:
            last = _UNITS[word]
    return total + last

"""Which parts of a procedure a message asks about, and what remains of it: the matter itself.

A facet's word counts only where it is the question: "lệ phí bao nhiêu" asks for the fee, "khai lệ phí trước bạ" is
the name of a procedure.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nlu.claims import find_claim
from nlu.facet_phrases import BARE_HOW, CLAUSE_ENDS, DEADLINE, FACETS, OBLIGED, OFFICE_WORKS, WITHIN
from nlu.language import detect_language
from nlu.phrases import Phrases, phrases, words
from nlu.text import has_accents, syllables, written_out

# "bao nhiêu" far from its noun ("phí đăng ký thường trú bao nhiêu") asks for the fee where a payment is named, and
# any "bao nhiêu" for something else where money comes to the person or is a fine.
_SOLD_ONLINE = phrases(
    r"trò chơi|game|thương mại điện tử|bán hàng|quảng cáo|báo điện tử|sàn giao dịch|mạng xã hội|biểu diễn|viễn thông"
)
_HOW_MUCH = phrases(rf"(?:là |hết |mất )?bao nhiêu(?: tiền)?{CLAUSE_ENDS}")
_PAYMENT = phrases(r"phí|lệ phí|chi phí|tốn|thuế|giá|mất bao nhiêu|hết bao nhiêu|đóng bao nhiêu")
_NOT_A_FEE = phrases(
    r"trợ cấp|hưởng|được nhận|hỗ trợ|phụ cấp|phạt|lương|vốn|đền bù|bồi thường|được cấp|trợ giúp|chế độ"
)

# Words to take off the ends. Those that would be another word without accents ("còn", "thế", "nhà") only with them.
_OPENING = phrases(
    r"(?:dạ|vâng|alo|hello|hi|chào|xin chào|ad|admin|shop|bot|ơi|ừm|ok|ủa|thưa|kính gửi|bạn)",
    r"(?:xin |làm ơn |vui lòng |nhờ )?(?:cho|giúp|hỏi)(?: giúp| giùm)?(?: tôi| em| mình| anh| chị| cháu| con| bác"
    r"| cô| chú"
    r"| tụi em| chúng tôi)?(?: xin)? (?:hỏi|biết|hỏi thăm)(?: chút| tí| xíu| là| về| thêm)*",
    r"(?:tôi|em|mình|anh|chị|cháu|con|bác|cô|chú|chúng tôi|tụi em|bên em)(?: đang| thì)? (?:muốn|cần(?! cước)"
    r"|định(?! cư| danh)"
    r"|tính)(?: hỏi| biết| đi)*(?: về)?",
    r"(?:muốn|cần(?! cước)|định(?! cư| danh))(?: hỏi| biết)*(?: về)?|xin hỏi|hỏi(?: chút| về)|cho biết",
    r"(?:vậy còn|thế còn|vậy thì|thế thì|với lại|ngoài ra|bây giờ|vậy|tôi|em|mình|nếu|khi|phải|được|và)",
)
_OPENING_ACCENTED = phrases(r"còn|thế|là|thì|mà|rồi|về|của|để|có|lúc|giờ|hỏi|à|ờ|ừ|ạ|anh|chị|cô|chú|bác|nhờ|ad ơi")
_CLOSING = phrases(
    r"(?:vậy|ạ|nhỉ|nhé|hen|nghen|được không|không|thì sao|thì|khi|và|cần|phải|xin cảm ơn|cảm ơn(?: nhiều| bạn)*)",
    r"(?:anh|chị|ad|bạn|bot|shop|cô|chú) (?:ơi|à|nhỉ)|(?:hả|hở|vậy|ạ|không) (?:anh|chị|cô|chú|bác|em|ad|bạn)"
    r"|giúp (?:tôi|em|mình|cháu) với|giúp với|please|thanks|thank you",
)
_CLOSING_ACCENTED = phrases(
    r"nha|nhe|hen|thế|hả|hở|ha|đây|đó|á|với|luôn|nữa|chứ|à|được|là|có|để|còn|của|hết|ơi|chưa|tốn|giúp (?:tôi|em"
    r"|mình|cháu)"
)
# Many of these are Vietnamese syllables too ("an", "the", "to"): for English messages only.
_OPENING_ENGLISH = phrases(
    r"please|and|also|so|then|i|i'd|i'm|want|would like|would|like|need|does|do|to|for|the|a|an|if|is|it|take",
    r"about|what about|how about|get|can",
)
_CLOSING_ENGLISH = phrases(r"does it|do i need|to|for|is|it|take|cost|please")
_AND_THIS = phrases(
    rf"(?<!\w )(?:(?:thế|vậy|thì|à|rồi|dạ) )?còn [^?!;\n]{{1,80}} (?:sao|thế nào|như thế nào|ra sao){CLAUSE_ENDS}"
)
# Right before a sum or a time; "bị mất" is something lost.
_PAID = phrases(
    r"(?:phải |bị )?(?:(?<!bị )mất|hết|tốn|thu|đòi|đóng|nộp|trả|đợi|chờ|lên)(?: (?:phí|lệ phí|tiền|tới|đến|khoảng"
    r"|cả))*",
    r"(?:lệ phí|phí|tới|khoảng|mất tới)(?: (?:là|tới|hết|mất))*",
)
# What is said around a sum or a time that was heard of; see nlu.claims.
_HEARSAY = phrases(
    r"(?:tôi |em |mình )?nghe (?:nói|bảo|đồn|đâu|người ta nói)(?: là)?|(?:thằng |con |nhỏ |ông |bà |anh "
    r"|chị )?(?:người ta"
    r"|họ|cán bộ|cò(?: giấy tờ)?|dịch vụ|bạn em|bạn tôi|bạn mình|hàng xóm|người quen) (?:ra giá|hét giá|báo giá|bảo"
    r"|nói|kêu|đòi|thu|lấy|hẹn)(?: là)?|có thật(?: là)?|sao (?:lại|mà)|có đúng|(?:phải|đúng|chuẩn"
    r"|thật)(?: là| vậy| thế| rứa| như vậy)? không|có phải|(?:nhà nước )?(?:có )?(?:thu|lấy) (?:mức|giá"
    r"|số tiền) (?:đó|này|ấy)"
    r"(?: không)?|(?:cả tháng )?tức(?: là)?|lận|cả tháng",
    r"mới (?:xong|có)|cao (?:thế|vậy|quá)|lâu (?:thế|vậy|quá)|hả|à|tới|is it true(?: that)?|i (?:heard|was told)"
    r"|costs?|takes?",
)
_TEXTS_KEPT = 512  # what was worked out for them is asked for by several modules
_MOST_TRIMS = 20  # words; more is no courtesy but noise
_KIN = frozenset({"em", "anh", "chi", "co", "chu", "bac"})
_OF_KIN = words("gai trai be toi dau re ho em minh ta ruot ay")
# Words that say nothing by themselves, when they are all that is left.
_GENERIC = phrases(
    r"làm|nộp|đăng ký|xin|thủ tục|giấy tờ|giấy|hồ sơ|đi|cái|này|đó|việc|lấy|nhận|cấp|khai|thực hiện|gửi|vụ|thì|có"
    r"|cần|phải",
    r"được|không|ai|gì|mình|em|tôi|anh|chị|bạn|người ta|cho|và|nữa|luôn|mới|vậy|sao|rồi|tiền|thêm|khác|nào|nhỉ|ạ|ơi"
    r"|trên|ở",
    r"apply|submit|register|it|this|that|do|get|one|them|there",
)
_GENERIC_ACCENTED = phrases(r"còn|thế|là|mất|hết|kia|nó|đây|giá|lại|về|để|của|với|cả")


@lru_cache(maxsize=_TEXTS_KEPT)
def find_facets(text: str) -> tuple[str, ...]:
    """Return the facets the message asks about, in order of appearance.

    "còn X thì sao?" asks for none of its own: it means the one asked before.
    """
    written = written_out(text)
    asked = _asked(written)
    meant = {facet for start, end, facet in asked if not _is_bare_how(written[start:end])}
    if not meant and not _AND_THIS.found_in(written):
        meant = {facet for _, _, facet in asked}
    return tuple(dict.fromkeys(facet for _, _, facet in asked if facet in meant))


def _is_bare_how(piece: str) -> bool:
    return any(end - start == len(piece) for start, end in BARE_HOW.spans(piece))


@lru_cache(maxsize=_TEXTS_KEPT)
def topic(text: str) -> str:
    """Return what the message is about, without its question words and courtesies; "" when nothing else is said.

    Abbreviations come back written out; text typed without accents comes back folded.
    """
    written = _without_claim(_COVERED.sub(" ", written_out(text)))
    kept, end = [], 0
    asked = _asked(written)
    for start, stop, _ in asked:
        kept.append(written[end:start])
        end = stop
    english = detect_language(text) == "en"
    pieces = (_trim(piece, english) for part in [*kept, written[end:]] for piece in _CLAUSE_MARK.split(part))
    left = " ".join(piece for piece in pieces if piece)
    if any(facet == "documents" for _, _, facet in asked):
        left = _PAPERS_FIRST.sub("", left)
    matter = _GENERIC.remove_from(left)
    if has_accents(text):
        matter = _GENERIC_ACCENTED.remove_from(matter)
    # "the", "con" left alone by "the le phi?" are "thế", "còn".
    return left if syllables(matter) and matter not in {"the", "con"} else ""


def search_words(text: str) -> str:
    """Return what of a message is searched for: its topic, without who is asking."""
    return topic(_ABOUT_ONESELF.sub(" ", text))


# The name people give of themselves ("tui tên Trần Văn Tám").
_ABOUT_ONESELF = re.compile(
    r"(?i:\b(?:tôi|toi|tui|em|mình|minh|cháu|chau|con)\s+(?:tên|ten|là|la)\s+(?:là\s+|la\s+)?)(?:[^\W\d_a-zà-ỹ][^\W\d_]*\s*){2,5}"
)
# A personal number as nlu.personal leaves it: it says nothing about the matter.
_COVERED = re.compile(
    r"(?:(?:^|[,;.(]|\bvà\b|\bva\b)\s*(?:(?:số|so) )?(?:căn cước|can cuoc|chứng minh|chung minh)(?: của"
    r"| cua)? (?:bố|bo|mẹ|me"
    r"|ba|má|ma|cha|vợ|vo|chồng|chong|con|em|anh|chị|chi|tôi|toi|ông|ong|bà|cháu|chau)(?: là| la)? ?:? ?)?\[(?:số"
    r"|so|biển số|bien so|mã số|ma so|địa chỉ|dia chi|dãy số|day so)\b[^\]]*\]"
)
_CLAUSE_MARK = re.compile(r"[?!;,\n]|\.(?=\s|$)")
_PAPERS_FIRST = re.compile(r"^(?:bộ |bo )?(?:hồ sơ|ho so) (?:xin |để |de )?", re.IGNORECASE)


def _without_claim(text: str) -> str:
    """Take "nghe nói ... mất 500 nghìn phải không" out: what was heard is not what the question is about."""
    claim = find_claim(text)
    if claim is None:
        return text
    before, _, after = text.partition(claim.text)
    return _HEARSAY.remove_from(f"{_without_end(before.rstrip(), _PAID)} {after}")


@lru_cache(maxsize=_TEXTS_KEPT)
def _asked(text: str) -> list[tuple[int, int, str]]:
    """Return the spans of the question phrases; where two overlap the longer one stays."""
    found = [(start, end, facet) for facet, pattern in FACETS.items() for start, end in pattern.spans(text)]
    pays = _PAYMENT.found_in(text)
    if pays:
        found += [(start, end, "fee") for start, end in _HOW_MUCH.spans(text)]
    elif _NOT_A_FEE.found_in(text):
        found = [span for span in found if span[2] != "fee"]
    if _SOLD_ONLINE.found_in(text):
        found = [span for span in found if span[2] != "online"]
    if any(facet == "duration" for _, _, facet in found):
        deadlines = list(DEADLINE.spans(text))
        found = [(start, end, _deadline_or(facet, text, (start, end), deadlines)) for start, end, facet in found]
    # "là gì" tells what is asked only where no other word does.
    if any(facet != "overview" for _, _, facet in found):
        found = [(start, end, facet) for start, end, facet in found if facet != "overview"]
    taken: list[tuple[int, int, str]] = []
    for span in sorted(found, key=lambda item: item[0] - item[1]):
        if all(span[1] <= start or end <= span[0] for start, end, _ in taken):
            taken.append(span)
    return sorted(taken)


def _deadline_or(facet: str, text: str, span: tuple[int, int], deadlines: list[tuple[int, int]]) -> str:
    """Return "conditions" for a time asked for within which the person must act, the facet itself otherwise."""
    if facet != "duration":
        return facet
    said = _CLAUSE_MARK.split(text[: span[0]])[-1]
    must = WITHIN.found_in(text[slice(*span)]) and OBLIGED.found_in(said) and not OFFICE_WORKS.found_in(said)
    return "conditions" if must or any(start <= span[0] < end for start, end in deadlines) else facet


def _trim(text: str, english: bool) -> str:
    """Take courtesies, pronouns and particles off both ends, as long as there are any."""
    text = text.strip(_EDGE)
    ends = [(_OPENING, _CLOSING)]
    if has_accents(text):
        ends.append((_OPENING_ACCENTED, _CLOSING_ACCENTED))
    elif english:
        ends.append((_OPENING_ENGLISH, _CLOSING_ENGLISH))
    for _ in range(_MOST_TRIMS):
        shorter = text
        for opening, closing in ends:
            shorter = _without_end(_without_start(shorter, opening), closing)
        if shorter == text:
            break
        text = shorter
    return text


_EDGE = " .:,-–\"'()"


def _without_start(text: str, words: Phrases) -> str:
    first = next(words.spans(text), None)
    if first is None or first[0] != 0 or _speaks_of_kin(text, first[1]):
        return text
    return text[first[1] :].strip(_EDGE)


def _without_end(text: str, words: Phrases) -> str:
    last = [start for start, end in words.spans(text) if end == len(text)]
    return text[: last[-1]].strip(_EDGE) if last else text


def _speaks_of_kin(text: str, end: int) -> bool:
    """Tell "em gái tôi", "chị dâu" (the person spoken of) from "em", "chị" (the speaker)."""
    said, following = syllables(text[:end]), syllables(text[end:])
    return bool(said and following) and said[-1] in _KIN and following[0] in _OF_KIN

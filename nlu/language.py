"""Which language a person writes in, and how to address them."""

from __future__ import annotations

import re
from typing import Literal

from nlu.phrases import phrases, words
from nlu.text import has_accents, syllables

Language = Literal["vi", "en"]

# No word here is also an unaccented Vietnamese syllable.
_ENGLISH = words(
    """
    how what where when which who why whose is are was were does did will would could should shall might must
    i'm its this these those there here of and or for from with without about into your you she they we our
    their not don't get getting have has had need needs want wants apply applying register registering
    registration renew renewal replace lost document documents paper papers paperwork fee fees cost costs
    price much many days birth death marriage divorce certificate license licence driving vehicle residence
    temporary permanent resident citizen identity card household business company land house property tax
    insurance office submit forms please help talk speak human person someone agent real robot it's question
    tell show give child baby daughter wife husband foreigner vietnamese work permit extend again back start
    over required requirement requirements eligible conditions steps procedure procedures process thank yes
    """
)
# Words of both: they side with whoever else is there.
_SHARED = words("the to a an i in on at can do me my if no so be us by as am he it that long may son")
_VIETNAMESE = words(
    """
    toi tui minh em anh chi chu bac ong ba khong ko hong hok duoc dc lam giay nop phi bao nhieu nhiu dau gi
    nao sao thi la va cho con cua voi nhe nha vay z ntn xin hoi muon cap lai mat doi dang ky dk tam tru thuong
    khai sinh ket hon ho khau cuoc cccd gplx lai xe so do nha dat phuong xa huyen tinh cong chung bi roi chua
    tien le mien phai may ngay lau het cu moi neu khi giup thu tuc
    """
)

_WILL = r"(?:muốn|cần|định|đang|mới|vừa|tính|hỏi|chưa|không|bị|làm|già|lớn tuổi|nhờ|xin|ở)"
_ASKS = phrases(
    r"(?:cho|giúp|chỉ|hướng dẫn|báo|nói|bày|giùm|trả lời) (?:cô|chú|bác|em)(?: (?:hỏi|với|biết|xin|cách|làm))"
)
_SAYS = phrases(rf"(?:cô|chú|bác|em) {_WILL}")
_CLAUSE_START = re.compile(r"(?:^|[.,;!?\n])\s*(?:(?:dạ|da|chào|xin chào|ừ|à|vâng)[ ,]+)*$", re.IGNORECASE)


def detect_language(text: str) -> Language:
    """Return "en" when English words outnumber the Vietnamese ones, otherwise "vi" (also without accents)."""
    words = re.findall(r"[^\W\d_]+(?:'[a-z]+)?", text)
    english = sum(word.lower() in _ENGLISH for word in words)
    vietnamese = sum(has_accents(word) or word.lower() in _VIETNAMESE for word in words)
    shared = sum(word.lower() in _SHARED for word in words)
    return "en" if english and english + shared / 2 > vietnamese else "vi"


def self_reference(text: str) -> str:
    """Return how to address the person: "cô", "chú", "bác" or "em" when they call themselves so, else "anh/chị"."""
    for start, end in _ASKS.spans(text):
        return _canonical(syllables(text[start:end]))
    for start, end in _SAYS.spans(text):
        word = syllables(text[start:end])[0]
        # "co can" without accents is "có cần" far more often than "cô cần"; "chu can" may be "chủ".
        typed = has_accents(text) or word in {"em", "bac"}
        if typed and _CLAUSE_START.search(text[:start]):
            return _canonical([word])
    return "anh/chị"


def _canonical(words: list[str]) -> str:
    names = {"co": "cô", "chu": "chú", "bac": "bác", "em": "em"}
    return next(names[word] for word in words if word in names)

"""Personal numbers in a message, found and covered before anything is stored or logged.

Numbers that are everybody's stay: procedure codes, amounts, dates, legal numbers, hotlines. A row of nine digits and
more that is none of these is covered even when nothing tells what it is: a number too many covered costs a question,
a number too few costs somebody's data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import is_normalized

from nlu.text import fold

IDENTITY, OLD_IDENTITY, PHONE = "số căn cước", "số chứng minh nhân dân", "số điện thoại"
ACCOUNT, PLATE, TAX, EMAIL, PASSPORT = "số tài khoản", "biển số xe", "mã số thuế", "địa chỉ thư điện tử", "số hộ chiếu"
OTHER = "dãy số riêng"

_MONEY = r"(?:dong|vnd|nghin|ngan|trieu|ty|usd|do la)\b"
_GROUPED = r"[1-9]\d{0,2}(?:\.\d{3})+"
# Searched in folded text (đ is d there); what they match is never covered.
_PUBLIC = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # identifier of a procedure's page
    r"|(?<![\d.])[1-3]\.0\d{5,8}(?:\.\d{3}(?:\.\d{2}){2}\.h\d{2})?(?![\d.]*\d)"  # procedure code
    r"|\b[\d.]*h\d{2}(?:\.\d+)*-\d{6}-\d{3,5}\b"  # code of a filed application
    r"|(?<!\d)\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}(?!\d)"  # date
    rf"|(?<![\d.+])(?<!\d[ .-])[1-9][\d.,]*(?:(?:\s\d{{3}})*\s?{_MONEY}|d\b)"  # amount with its unit
    r"|(?<![\d.+])(?<!\d[ .-])[1-9]\d{0,4} ?k\b"  # 500k
    r"|(?:phi|gia|luong|von|tien|thu nhap|doanh thu|khoang)(?: la| khoang| hon| toi)?:? [1-9][\d.,]*00(?!\d)(?! \d)"
    rf"|(?<!\d)(?<!\d[ .-])(?:{_GROUPED}(?:[ ,;–-]+|$))*{_GROUPED}(?<=\.000)(?![\d.])(?! \d)"  # 15.000 20.000
    r"|(?<![\d.])(?:[1-9]\d{0,2}|[1-9]\d?\.\d{3})\.\d{3}(?!\d|[ .-]\d)"  # 50.000; 1.500.000
    r"|(?<![\d.-])1[89]00(?:[ .]?\d{4}|[ .]?\d{2}(?:[ .]?\d{2}){2}|[ .]?\d{3}[ .]?\d{3})(?![ .]?\d)"  # hotline
    r"|(?<!\d)(?:19|20)\d{2}(?:[ -]+(?:19|20)\d{2})*(?![ .-]?\d)"  # years
)
_RUN = re.compile(r"(?<!\d)\+?\(?\d(?:[ .()\-–]{0,3}\d){7,}")
_GROUP = re.compile(r"\d+")
_EMAIL = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[\w.+-]+ ?@ ?(?:gmail|yahoo|hotmail|outlook|icloud)\b(?: ?(?:\.|cham|dot) ?com\b)?"
)
_PASSPORT = re.compile(
    r"(?:ho chieu|passport)[^\d\n]{0,30}?\b([a-z]\s?\d{7,8})\b|\b([a-z]\d{7,8})\b(?=.{0,15}(?:ho chieu|passport))"
)
_PLATE = re.compile(
    r"(?<![\w.])[1-9]\d(?:\s?-\s?[a-z]{1,2}\d?|[a-z]{1,2}\d?)(?:\s?[-.]\s?|\s|)(?:\d{3}[. ]?\d{2}|\d{4})(?![\w]|\.\d)"
)

_CUES = re.compile(
    r"(?P<tax>\bmst|ma so thue|ma thue|tax code)"
    r"|(?P<account>\bstk|so tk|\btk\b|tai khoan(?! vneid| dinh danh| dich vu)|ngan hang|bank|\bvcb|\bbidv|\bacb"
    r"|account)"
    r"|(?P<identity>cccd|can cuoc|dinh danh|cmnd|cmt|chung minh|id card)"
    r"|(?P<phone>sdt|dien thoai|\bdt\b|so dt|\bsddt|zalo|lien he|hotline|phone|\btel\b|goi)"
)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with its personal numbers covered; `kinds` names them once each, `values` pairs kind and number."""

    text: str
    kinds: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    kind: str


def mask_personal(text: str) -> Masked:
    """Return the text (as `clean` leaves it) with personal numbers replaced by "[số căn cước]" and the like."""
    found = sorted(_find(text), key=lambda item: item.start)
    parts: list[str] = []
    end = 0
    for item in found:
        parts += [text[end : item.start], f"[{item.kind}]"]
        end = item.end
    values = tuple((item.kind, text[item.start : item.end]) for item in found)
    return Masked("".join(parts) + text[end:], tuple(dict.fromkeys(kind for kind, _ in values)), values)


def _find(text: str) -> list[_Found]:
    """Return what to cover; each finder sees what the ones before it took as blanks."""
    left = _same_length_fold(text)
    found: list[_Found] = []

    def take(items: list[_Found]) -> None:
        nonlocal left
        for item in items:
            left = left[: item.start] + "\0" * (item.end - item.start) + left[item.end :]
        found.extend(items)

    take([_Found(*match.span(), EMAIL) for match in _EMAIL.finditer(left)])
    take([_Found(*match.span(match.lastindex or 0), PASSPORT) for match in _PASSPORT.finditer(left)])
    take([_Found(*match.span(), PLATE) for match in _PLATE.finditer(left) if _is_plate(match, left)])
    covered = _PUBLIC.sub(lambda match: "\1" * len(match[0]), left)
    take([item for run in _RUN.finditer(covered) for item in _numbers(run, left)])
    return found


def _same_length_fold(text: str) -> str:
    whole = fold(text)
    if len(whole) == len(text) and is_normalized("NFC", text):
        return whole
    return "".join(folded if len(folded := fold(char)) == 1 else " " for char in text)


def _is_plate(match: re.Match[str], text: str) -> bool:
    """Accept five digits or a dash; a bare "12a 2024" only beside the word for a plate."""
    digits = re.sub(r"\D", "", match[0])
    near = text[max(0, match.start() - 25) : match.start()]
    return len(digits) >= 7 or "-" in match[0] or bool(re.search(r"bien so|bien xe|\bbsx?\b|\bbks\b|plate", near))


def _numbers(run: re.Match[str], text: str) -> list[_Found]:
    """Return the personal numbers of one row of digits: each long group by itself, or all short groups together."""
    groups = list(_GROUP.finditer(run[0]))
    spans = [group.span() for group in groups if len(group[0]) >= 9]
    if spans and _cue(text, run.start(), run.end()) == "tax" and len(groups) == 2 and len(groups[1][0]) == 3:
        spans = [(groups[0].start(), groups[1].end())]
    found = []
    for start, end in spans or [(groups[0].start(), groups[-1].end())]:
        first, last = run.start() + start, run.start() + end
        opening = run[0][:start].strip("0123456789 ")
        kind = _kind(re.sub(r"\D", "", run[0][start:end]), _cue(text, first, last), opening.startswith("+"))
        if kind:
            found.append(_Found(first - len(opening), last, kind))
    return found


def _cue(text: str, start: int, end: int) -> str | None:
    """Return what the nearest word before the number (else just after it) says it is."""
    before = re.split(r"[\n\0]|\d{6,}", text[max(0, start - 40) : start])[-1]
    named = [match.lastgroup for match in _CUES.finditer(before)]
    if named:
        return named[-1]
    after = _CUES.search(re.split(r"[\n\0]|\d", text[end : end + 25])[0])
    return after.lastgroup if after else None


def _kind(digits: str, cue: str | None, plus: bool) -> str | None:
    """Return the kind of a number by what is said of it and by its shape; None when it is too short to be one."""
    size = len(digits)
    if cue == "tax" and size in {10, 12, 13}:
        return TAX
    if cue == "account":
        return ACCOUNT
    if size < 9:
        return PHONE if cue == "phone" and digits[0] == "0" else None
    if cue == "identity" and size <= 13:
        return OLD_IDENTITY if size == 9 else IDENTITY
    if plus or re.fullmatch(r"0[235789]\d{8,9}|84[235789]\d{8,9}", digits) or (cue == "phone" and size <= 11):
        return PHONE
    return {9: OLD_IDENTITY, 12: IDENTITY}.get(size, OTHER)

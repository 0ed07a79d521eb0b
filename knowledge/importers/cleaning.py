"""Cleaning of texts that come from elsewhere: their letters and spaces, never their words."""

from __future__ import annotations

import html
import re
import unicodedata

# What is only there to be laid out. Anything else in angle brackets ("< 5 tấn") is text.
_TAG = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|i|li|ol|p|span|strong|sub|sup|table|tbody|td|th|tr|u|ul)\b[^<>]*>", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]+);", re.IGNORECASE)
_UNUSUAL = re.compile(r"[^\w\n !-~]")
_SPACES = re.compile(r" {2,}")
_LINE_BREAKS = re.compile(r" ?\n[ \n]*")
_PARENTHESES = re.compile(r"\([^()]*\)")
_PROVINCIAL_SUFFIX = re.compile(r"(?:\.\d{3}\.\d{2}\.\d{2}(?:\.[A-Z]\d+)?)$")
_CODE = re.compile(r"\d\.\d{6,9}$")

# Words that keep their capitals when a name written in capitals is put into ordinary letters.
_ABBREVIATIONS = ("ASEAN", "BHXH", "BHYT", "BHTN", "CCCD", "CITES", "HTX", "ODA", "TNHH", "UBND")
_PROPER_NAMES = ("Việt Nam", "Hà Nội", "Hồ Chí Minh", "Campuchia", "Trung Quốc")
_CAPITALS = {word.lower(): word for word in (*_ABBREVIATIONS, *_PROPER_NAMES)}
_CAPITALS_PATTERN = re.compile(rf"\b(?:{'|'.join(map(re.escape, _CAPITALS))})\b")

# What sources write where they have nothing to say.
_NOTHING = {"không có thông tin", "-", "."}


def clean_text(text: str) -> str:
    """Return the text in NFC without markup, hidden characters and doubled spaces; line breaks stay."""
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    # Hidden characters go first: one between a letter and its accent would keep them apart.
    text = unicodedata.normalize("NFC", _UNUSUAL.sub(lambda found: _visible(found[0]), text))
    text = _LINE_BREAKS.sub("\n", _SPACES.sub(" ", text)).strip()
    return "" if text.lower() in _NOTHING else text


def clean_line(text: str) -> str:
    """Return the text cleaned and on one line."""
    return clean_text(text).replace("\n", " ")


def clean_name(text: str) -> str:
    """Return a procedure's name on one line, with ordinary capitals, without list numbers and closing punctuation."""
    name = re.sub(r"^(?:\d{1,2}[.)] |[\s.,;:\-–•*+])+", "", clean_line(text)).rstrip(" .;:,-–")
    name = _ordinary_case(name) if _is_shouted(name) else name
    return name[:1].upper() + name[1:]


def clean_code(text: str) -> str | None:
    """Return a procedure's code, None when it is no code.

    A province's suffix is dropped: 2.000575.000.00.00.H35 is that province's number for 2.000575.
    """
    code = _PROVINCIAL_SUFFIX.sub("", clean_line(text))
    return code if _CODE.match(code) else None


def _visible(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Co":
        return _symbol(letter)
    if category in ("Zl", "Zp"):
        return "\n"
    if category == "Zs" or letter == "\t":
        return " "
    return "" if category in ("Cc", "Cf", "Cs", "Cn") else letter


def _symbol(letter: str) -> str:
    # Word's symbol fonts sit at U+F000: the signs of ASCII in their places, and bullets of all shapes.
    place = ord(letter) - 0xF000
    return chr(place) if place in (ord("+"), ord("-")) else "-"


def _is_shouted(name: str) -> bool:
    outside = _PARENTHESES.sub("", name)
    return " " in outside.strip() and outside.isupper()


def _ordinary_case(name: str) -> str:
    return _CAPITALS_PATTERN.sub(lambda found: _CAPITALS[found[0]], name.lower())

"""What people type, made comparable: hidden characters out, diacritics folded, abbreviations written out.

Vietnamese is typed with and without accents, so matching is done on folded text; `fold` keeps one character for
each character of a text from `clean`, which lets callers find a place in the folded text and cut the original there.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from nlu.abbreviations import write_out
from nlu.keyboard import read_keystrokes, release_keys

# Invisible though Unicode calls them letters or marks: grapheme joiner, Hangul and Khmer fillers, Braille blank.
_HIDDEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\u180b-\u180d\U000e0100-\U000e01ef]")
_LINE_BREAK = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Letters drawn otherwise (full width, mathematical, ligatures). NFKC on everything would also turn ½ or ² into digits.
_STYLED = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff\ufb00-\ufb06]+")
_SHAPE_MARKS = "\u0302\u0306\u031b"  # circumflex, breve, horn
_TONE_THEN_SHAPE = re.compile(f"([\u0300\u0301\u0303\u0309\u0323]+)([{_SHAPE_MARKS}]+)")
_STACKED_MARKS = re.compile("([\u0300-\u036f]{2})[\u0300-\u036f]+")
# A message is read by several modules, whole and in parts; what was worked out for it is kept for a moment.
_TEXTS_KEPT = 512

_TOKEN = re.compile(
    r"\d+/\d{4}/[a-z]{1,5}\d{0,2}(?:-[a-z]{1,6})*"  # 60/2014/qh13, 123/2015/nd-cp
    r"|\d+(?:\.\d+)+\.h\d+"  # 2.000575.000.00.00.h35
    r"|\d{1,2}-\d{1,2}-\d{4}"  # 15-4-2026
    r"|\d+(?:[./,]\d+)+[a-z]*"  # 1.001193, 15/4/2026, 500.000d
    r"|[^\W_]+"
)


def clean(text: str) -> str:
    """Return the text as NFC without hidden characters, spaces collapsed, line breaks kept (at most one empty line)."""
    text = _STYLED.sub(lambda match: unicodedata.normalize("NFKC", match[0]), _LINE_BREAK.sub("\n", text))
    visible = "".join(_visible(char) for char in _VARIATION_SELECTORS.sub("", text))
    lines = (" ".join(line.split()) for line in _compose(visible).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


@lru_cache(maxsize=_TEXTS_KEPT)
def fold(text: str) -> str:
    """Return the text in lower case without diacritics, đ as d."""
    return "".join(map(_fold_char, unicodedata.normalize("NFC", text)))


def syllables(text: str) -> list[str]:
    """Return the folded syllables and numbers of the text; codes, dates and amounts stay whole."""
    return _TOKEN.findall(fold(text))


@lru_cache(maxsize=_TEXTS_KEPT)
def has_accents(text: str) -> bool:
    """Tell whether the person typed any Vietnamese diacritic."""
    return any(char != _fold_char(char) for char in unicodedata.normalize("NFC", text).lower() if char.isalpha())


@lru_cache(maxsize=_TEXTS_KEPT)
def expand(text: str) -> str:
    """Return the text with abbreviations, chat spellings, held keys and raw Telex or VNI keystrokes written out."""
    return write_out(release_keys(read_keystrokes(text)))


@lru_cache(maxsize=_TEXTS_KEPT)
def written_out(text: str) -> str:
    """Return the text expanded; without accents where the person typed none, so that it stays of one kind."""
    return expand(text) if has_accents(text) else fold(expand(text))


def _visible(char: str) -> str:
    if char == "\n":
        return char
    if char == "\t" or unicodedata.category(char) == "Zs":
        return " "
    hidden = char in _HIDDEN or unicodedata.category(char) in _HIDDEN_CATEGORIES
    return "" if hidden else char


def _compose(text: str) -> str:
    """Return NFC, also where a tone was typed before the circumflex, and without heaps of combining marks."""
    apart = unicodedata.normalize("NFD", text)
    apart = _TONE_THEN_SHAPE.sub(r"\2\1", apart)
    return unicodedata.normalize("NFC", _STACKED_MARKS.sub(r"\1", apart))


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    apart = unicodedata.normalize("NFD", char.lower())
    bare = "".join(part for part in apart if unicodedata.category(part) != "Mn")
    return unicodedata.normalize("NFC", bare).replace("đ", "d")

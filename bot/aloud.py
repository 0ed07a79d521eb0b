"""An answer as it is read out on the phone: sentences without signs, links or brackets, long lists counted.

The words and numbers are those of the written answer; nothing is added that the record does not say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.facets.words import SOURCE_MARKS
from bot.formatting import shorten

MOST_READ = 5
"""Items of a list that somebody can keep in mind while writing them down."""
_LONGEST_ITEM = 180
_MARKS = "📄💰⏱📍•"
_FEE = "💰"
_LINK = re.compile(r"\s*\(?https?://[^\s)]+\)?")
_ADDRESS_ONLY = re.compile(r"https?://\S+")
_DATE = re.compile(r"(?:ngày )?(?<![\d/])0?(\d{1,2})/0?(\d{1,2})/(\d{4})(?!\d)")
_CODE = re.compile(r"\bmã (?=\d\.\d)")
_TAPPING = re.compile(r"bấm |Bấm |nhắn “|tap ")
_SAID = (
    ("UBND", "Ủy ban nhân dân"),
    ("và/hoặc", "và hoặc"),
    ("↗", ""),
    ("“", ""),
    ("”", ""),
    (" – ", ", "),
    (" …", ""),
    (" (", ", "),
    (")", ""),
)


def aloud(text: str) -> str:
    """Return a written answer in Vietnamese as sentences to read out, one a line, its source last."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not _ADDRESS_ONLY.fullmatch(line.strip())]
    sources = [line for line in lines if line.startswith(SOURCE_MARKS)]
    told = [line for line in lines if not line.startswith(SOURCE_MARKS) and not _TAPPING.search(line)]
    sentences = [sentence for listed, group in groupby(told, _is_item) for sentence in _read(listed, list(group))]
    sentences += [_sentence(f"Theo {source.partition(': ')[2]}") for source in dict.fromkeys(sources)]
    return "\n".join(sentence for sentence in sentences if sentence)


def _is_item(line: str) -> bool:
    return line[0] in _MARKS


def _read(listed: bool, lines: Sequence[str]) -> Iterator[str]:
    if not listed:
        yield from map(_sentence, lines)
        return
    items = [_item(line) for line in lines]
    if len(items) == 1 or len({line[0] for line in lines}) > 1:
        yield from map(_sentence, items)
        return
    shown = items if len(items) <= MOST_READ else items[: MOST_READ - 1]
    yield f"Có {len(items)} mục."
    yield from (_sentence(f"{number}, {item}") for number, item in enumerate(shown, start=1))
    if len(shown) < len(items):
        yield f"Còn {len(items) - len(shown)} mục nữa."


def _item(line: str) -> str:
    """Return an item of a list; where a fee was cut short that is said, for what follows may halve it."""
    text = shorten(line.lstrip(_MARKS + "\ufe0f "), _LONGEST_ITEM)
    if not line.startswith(_FEE) or "…" not in text:
        return text
    return f"{text.replace('; …', '').replace(' …', ' (còn nữa)')}; xem phần lệ phí"


def _sentence(text: str) -> str:
    """Return a line as one sentence in plain letters."""
    text = _CODE.sub("mã số ", _LINK.sub("", text))
    text = _DATE.sub(r"ngày \1 tháng \2 năm \3", text)
    for written, said in _SAID:
        text = text.replace(written, said)
    text = " ".join(text.split()).replace(" ,", ",").rstrip(" .;,…")
    ending = "" if not text or text[-1] in "?!:" else "."
    return f"{text}{ending}"

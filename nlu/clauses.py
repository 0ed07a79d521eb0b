"""Two or three questions in one message, taken apart; one question stays whole, with its story before it."""

from __future__ import annotations

import re

from nlu.facets import find_facets, topic
from nlu.phrases import comparable, phrases
from nlu.scope import out_of_scope, strangeness
from nlu.text import clean

_MOST = 3
_STRANGE, _OURS = 0.75, 0.4  # chances of not being a question of ours that tell two halves of a message apart
_MOST_MARKS = 12  # a message of endless commas must not take seconds
_BOUNDARY = re.compile(r"(?P<full>[?;\n]+|\.(?=\s|$))|,\s|\s(?:và|còn|rồi|and|va|con|roi)\s")
_ADDS = phrases(
    r"ngoài ra|với lại|(?:cho|xin)(?: \w+)? hỏi thêm|hỏi thêm(?: là)?|thêm nữa|còn một việc nữa"
    r"|tiện(?: thể)? (?:cho )?(?:\w+ )?hỏi|à mà",
    r"and also|also|one more (?:thing|question)|another question",
)
_LEADING = re.compile(
    r"^(?:(?:và|còn|với|rồi|thì|and|also|va"
    # Without accents "con" is a child as well as "còn".
    r"|con(?= (?:dang ky|lam|le phi|phi|giay|ho so|ho chieu|can cuoc|cccd|thoi gian|nop|thu tuc|the|ket hon|tam tru"
    r"|bang lai))"
    r")\s+)+",
    re.IGNORECASE,
)
_END = r"(?=\s*(?:$|[?.,;!]|ạ|vậy|nhỉ|a$|vay|z$))"
_ASKS = phrases(
    r"(?:giấy |tờ |cái |làm |cần |là |những )gì|(?:ở|đi|đến|ra|lên|tới) đâu|(?:cái|loại|nơi|chỗ|khi|ai|giấy|cơ quan"
    r"|trường hợp|mẫu) nào",
    r"bao (?:lâu|nhiêu|giờ)|mấy (?:ngày|bản|tiền|giờ|năm|tuổi)|(?:thì |làm |phải |tính |báo |xử lý )sao|thế nào"
    r"|ra sao",
    rf"(?:được|phải|có|cần|bị)(?: \w+){{0,10}} (?:không|chưa){_END}",
    rf"(?<!bản )sao{_END}",
    r"what|how|where|which|when|can i|do i|is it|should i|who",
)


def split_questions(text: str) -> list[str]:
    """Return the questions of the message, three at most, in order; one question comes back as it was written."""
    text = clean(text)
    parts: list[str] = []
    rest = text
    while len(parts) < _MOST - 1:
        cut = _first_cut(rest)
        if cut is None:
            break
        parts.append(_tidy(rest[: cut[0]]))
        rest = rest[cut[1] :]
    return [*parts, _tidy(rest)] if parts else [text]


def _first_cut(text: str) -> tuple[int, int] | None:
    """Return where the first question ends and the next part begins; None when the text is one question."""
    added = [span for span in _ADDS.spans(text) if span[0] > 0]
    marks = [(match.span(), bool(match["full"])) for match in _BOUNDARY.finditer(comparable(text))]
    for (start, end), full_stop in sorted([(span, True) for span in added] + marks)[:_MOST_MARKS]:
        before, after = text[:start], text[end:]
        if (start, end) in added:
            splits = _says_something(before) and _says_something(after)
        else:
            asks = _asks(before, full_stop)
            both_ask = asks and _asks(after, full_stop) and not _same_question(before, after)
            splits = both_ask or _changes_scope(before, after, asks=asks)
        if splits:
            return start, end
    return None


def _asks(text: str, full_stop: bool) -> bool:
    """Tell whether the part asks; beside a mere comma or "và" only a question word will do, names are full of those."""
    return _ASKS.found_in(text) or (full_stop and bool(find_facets(text)))


def _says_something(text: str) -> bool:
    return bool(find_facets(text) or topic(text))


def _changes_scope(before: str, after: str, *, asks: bool) -> bool:
    """Tell that only one half is a question of ours; `asks`: the first half asks something.

    What the words tell is looked at first, for the scope may cost two runs of the encoder.
    """
    if (asks or find_facets(before)) and _leaves_our_scope(before, after):
        return True
    # A story may begin strangely; a question of another matter before ours asks something.
    return asks and bool(find_facets(after)) and _leaves_our_scope(after, before)


def _leaves_our_scope(ours: str, other: str) -> bool:
    """Tell that one half is a question of ours and the other is none, however it is put."""
    if out_of_scope(ours) is not None:
        return False
    return out_of_scope(other) is not None or (strangeness(other) >= _STRANGE and strangeness(ours) < _OURS)


def _same_question(before: str, after: str) -> bool:
    """Tell "trình tự, cách thức thế nào" and "phí, lệ phí bao nhiêu" (one question) from two."""
    asked = set(find_facets(after))
    return bool(asked) and asked <= set(find_facets(before)) and not topic(after)


def _tidy(text: str) -> str:
    return _LEADING.sub("", text.strip(" ,.;?\n")).strip()

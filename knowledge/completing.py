"""Finish the word somebody is still typing, so that a search finds while they type: "khai si" is "khai sinh".

What may stand there is what stands in the texts procedures are found by, after the same word, the most frequent first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from nlu.text import fold, has_accents

_WORD = re.compile(r"[^\W\d_]+")
_LAST = re.compile(r"(?:(?P<before>[^\W\d_]+)\s+)?(?P<word>[^\W\d_]+)$")
_SHORTEST = 2  # letters without a word before them; one alone may begin anything
# How people go on when they ask for a part of a procedure.
_ASKING = (
    "cần giấy tờ gì",
    "giấy tờ cần có",
    "hồ sơ gồm những gì",
    "lệ phí bao nhiêu tiền",
    "mất bao nhiêu tiền",
    "mất bao lâu",
    "thời hạn giải quyết bao lâu",
    "nộp ở đâu",
    "nộp trực tuyến được không",
    "các bước làm thế nào",
    "điều kiện gì",
    "kết quả là gì",
    "căn cứ pháp lý",
    "mẫu đơn tờ khai",
)


class Completions:
    """The words that may follow one another, from the texts of one index."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Count words and pairs of neighbouring words."""
        words: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for text in (*texts, *_ASKING):
            found = _WORD.findall(text.lower())
            words.update(found)
            pairs.update((fold(first), second) for first, second in pairwise(found))
        self._words = _by_fold(words.most_common())
        followers: dict[str, list[tuple[str, int]]] = {}
        for (first, second), count in pairs.most_common():
            followers.setdefault(first, []).append((second, count))
        self._followers = {first: _by_fold(found) for first, found in followers.items()}

    def finish(self, text: str) -> str:
        """Return the text with its last word finished; unchanged where it is a word, or begins none."""
        last = _LAST.search(text)
        if last is None:
            return text
        typed = fold(last["word"])
        following = self._followers.get(fold(last["before"] or ""), {})
        if typed in following:
            return text
        finished = _begun(following, typed)
        if finished is None and typed not in self._words and len(typed) >= _SHORTEST:
            finished = _begun(self._words, typed)
        if finished is None:
            return text
        return text[: last.start("word")] + (finished if has_accents(text) else fold(finished))

    def knows(self, text: str) -> bool:
        """Tell whether any word of the text stands in the index."""
        return any(fold(word) in self._words for word in _WORD.findall(text))


def _by_fold(counted: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Return the most frequent spelling of each folded word, the most frequent words first."""
    found: dict[str, str] = {}
    for word, _ in counted:
        found.setdefault(fold(word), word)
    return found


def _begun(words: dict[str, str], typed: str) -> str | None:
    return next((written for folded, written in words.items() if folded.startswith(typed)), None)

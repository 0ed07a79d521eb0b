"""Find the names of provinces, districts and communes in a message; what they are today is `knowledge.places`' matter.

A name counts when a word says what it is ("phường Bến Nghé", "q1"), when "ở" or "tại" stands before it, or when it is
a province's and can hardly be anything else. So "hòa bình", "anh Bình" and "gia đình" stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from nlu.phrases import comparable
from nlu.place_words import (
    BEFORE_A_PERSON,
    BORN,
    LEADS,
    MARKERS,
    NEEDS_DOT,
    NO_NAME,
    NOT_AFTER,
    OFTEN_OTHER,
    SHORT,
    SHORT_FORMS,
    STRONG_LEADS,
    SURNAMES,
    Kind,
)
from nlu.text import fold, has_accents

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 5  # syllables of a name
_NAMES_KEPT = 1024  # while the table is read the same districts and provinces come again and again
_GAP = re.compile(r"[\s,.;()\-–/]*(?:(?:thuoc|cua|o|tai) )?", re.IGNORECASE)
_NUMBERED = re.compile(r"(quan|phuong|q|p|f)(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Names:
    """The names to look for: by kind, each folded name with its spellings (in `comparable` form).

    `ordinary` are folded names that are also ordinary words.
    """

    by_kind: Mapping[Kind, Mapping[str, frozenset[str]]]
    ordinary: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found: where it stands, marker included, what it is said to be (`unit`: "phường", "" when unsaid).

    `name` is folded; `spelt` is as typed, in `comparable` form; `exact`: the person types accents, so `spelt` counts.
    `led`: "ở" or "tại" stands before it, as before where somebody lives.
    """

    start: int
    end: int
    kind: Kind
    unit: str
    name: str
    spelt: str
    exact: bool
    led: bool = False


@lru_cache(maxsize=_NAMES_KEPT)
def name_key(name: str) -> str:
    """Return a unit's name folded, its words parted by one space and numbers without leading zeros."""
    return " ".join(str(int(word)) if word.isdigit() else word for word in _WORD.findall(fold(name)))


def find_places(text: str, names: Names, *, expected: bool = False) -> list[list[Mention]]:
    """Return the addresses in a message: neighbouring mentions belong together, the smallest unit usually first.

    `expected`: we asked where the person lives, so a bare name is one too. `text` must be NFC.
    """
    addresses: list[list[Mention]] = []
    for mention in _Reading(text, names, expected).mentions():
        last = addresses[-1][-1] if addresses else None
        if last and _GAP.fullmatch(fold(text[last.end : mention.start])):
            addresses[-1].append(mention)
        else:
            addresses.append([mention])
    return addresses


class _Reading:
    """One text as words, with its spelling beside its folded form."""

    def __init__(self, text: str, names: Names, expected: bool) -> None:
        self.text, self.spelt, self.folded = text, comparable(text), fold(text)
        self.names, self.expected = names, expected
        self.words = list(_WORD.finditer(self.folded))
        self.accented = has_accents(text)

    def mentions(self) -> Iterator[Mention]:
        place = 0
        while place < len(self.words):
            found = self._numbered(place) or self._marked(place) or self._bare(place)
            if found is None:
                place += 1
                continue
            mention, place = found
            if not BORN.search(self.folded[: mention.start]):
                yield mention

    def _numbered(self, place: int) -> tuple[Mention, int] | None:
        """Read "q1", "p.5" written as one word."""
        match = _NUMBERED.fullmatch(self.words[place][0])
        if match is None:
            return None
        kind, unit = MARKERS[match[1]]
        name = str(int(match[2]))
        if name not in self.names.by_kind[kind]:
            return None
        word = self.words[place]
        led = self._lead(place) in STRONG_LEADS
        return Mention(word.start(), word.end(), kind, unit, name, name, self.accented, led), place + 1

    def _marked(self, place: int) -> tuple[Mention, int] | None:
        size, marker = self._marker(place)
        if (
            not size
            or self._before(place) in NOT_AFTER
            or (not self.accented and NO_NAME.match(self.folded, self.words[place].start()))
        ):
            return None
        kind, unit = MARKERS[marker]
        kinds = (Kind.PROVINCE, Kind.DISTRICT) if kind is Kind.CITY else (kind,)
        count, name = self._longest(place + size, kinds, after_marker=True)
        gap = self.folded[self.words[place + size - 1].end() : self.words[place + size].start()]
        if not count or gap.strip(" ." if marker in SHORT else " ") or self._is_ordinary(place + size, count, name):
            return None
        start, end = self.words[place].start(), self.words[place + size + count - 1].end()
        spelt = self.spelt[self.words[place + size].start() : end]
        led = self._lead(place) in STRONG_LEADS
        return Mention(start, end, kind, unit, name, _spaced(spelt), self.accented, led), place + size + count

    def _marker(self, place: int) -> tuple[int, str]:
        """Return how many words the marker at this place has, and which it is; (0, "") for none."""
        for size in (2, 1):
            marker = " ".join(word[0] for word in self.words[place : place + size])
            if marker not in MARKERS or len(self.words) <= place + size:
                continue
            last = self.words[place + size - 1]
            dotted = self.folded[last.end() : last.end() + 1] == "."
            spelt = _spaced(self.spelt[self.words[place].start() : last.end()])
            if marker in NEEDS_DOT and not dotted:
                continue
            if marker in SHORT or not self.accented or spelt == comparable(MARKERS[marker][1]):
                return size, marker
        return 0, ""

    def _longest(self, place: int, kinds: tuple[Kind, ...], *, after_marker: bool) -> tuple[int, str]:
        """Return how many words the longest name at this place has, and the name; (0, "") for none."""
        for count in range(min(_LONGEST, len(self.words) - place), 0, -1):
            run = self.words[place : place + count]
            if not after_marker and count == 1 and not self._alone(place):
                break
            gaps = (self.folded[one.end() : two.start()] for one, two in pairwise(run))
            if not all(gap.strip(" -–'’") == "" for gap in gaps):
                continue
            name = name_key(" ".join(word[0] for word in run))
            spellings = [self.names.by_kind[kind].get(name, frozenset()) for kind in kinds]
            known = frozenset().union(*spellings)
            spelt = _spaced(self.spelt[run[0].start() : run[-1].end()])
            if known and (not has_accents(spelt) or spelt in known):
                return count, name
        return 0, ""

    def _bare(self, place: int) -> tuple[Mention, int] | None:
        """Read a name without a word for what it is: a province's, or any after "ở"."""
        lead = self._lead(place)
        count, name = self._longest(place, (Kind.PROVINCE,), after_marker=False)
        kind = Kind.PROVINCE
        if not (count and self._is_province(place, count, name, lead)):
            count, name = self._longest(place, (Kind.COMMUNE, Kind.DISTRICT), after_marker=False)
            kind = Kind.ANY
            if not (count and self._is_unit(place, count, name, lead)):
                return None
        start, end = self.words[place].start(), self.words[place + count - 1].end()
        spelt = _spaced(self.spelt[start:end])
        return Mention(start, end, kind, "", name, spelt, self.accented, lead in STRONG_LEADS), place + count

    def _is_province(self, place: int, count: int, name: str, lead: str) -> bool:
        if self._before(place) in NOT_AFTER or self._after_marker(place):
            return False
        if lead or self._whole(place, count):
            return True
        if self._in_a_name(place, count):
            return False
        ambiguous = name in self.names.ordinary or name in OFTEN_OTHER
        return not ambiguous or self._is_proper(place, count)

    def _is_unit(self, place: int, count: int, name: str, lead: str) -> bool:
        if self.expected and self._whole(place, count) and not name.isdigit():
            # One syllable is more often a "dạ" or "đúng" than a commune; of districts there are few ("Vinh").
            one = count == 1 and name not in self.names.by_kind[Kind.DISTRICT]
            return not one and (name not in self.names.ordinary or self._is_proper(place, count))
        if lead not in STRONG_LEADS or self._in_a_name(place, count):
            return False
        return name not in self.names.ordinary or self._is_proper(place, count)

    def _is_ordinary(self, place: int, count: int, name: str) -> bool:
        """Tell whether a name after a marker is rather ordinary words: "cán bộ xã thành công chức huyện".

        Without accents a single syllable with words after it is one too: "ra phuong dang ky ket hon".
        """
        if not self.accented and count == 1 and not name.isdigit():
            after = self.folded[self.words[place].end() :].lstrip()
            return after[:1].isalnum() and not self._marker(place + 1)[0]
        return self.accented and name in self.names.ordinary and not self._is_proper(place, count)

    def _is_proper(self, place: int, count: int) -> bool:
        """Tell whether words are written as a name: each with a capital."""
        return all(self.text[word.start()].isupper() for word in self.words[place : place + count])

    def _after_marker(self, place: int) -> bool:
        """Tell whether a marker stands before this place, with which the name was not taken for a unit's."""
        before = [word[0] for word in self.words[max(place - 2, 0) : place]]
        return any(" ".join(before[-size:]) in MARKERS for size in (1, 2))

    def _before(self, place: int) -> str:
        """Return the word before this place, "" at the beginning."""
        return self.words[place - 1][0] if place else ""

    def _lead(self, place: int) -> str:
        """Return the word such as "ở" before this place, "" when another one stands there."""
        if place == 0:
            return ""
        before = self.words[place - 1]
        if before[0] not in LEADS or self.folded[before.end() : self.words[place].start()].strip():
            return ""
        spelt = self.spelt[before.start() : before.end()]
        return before[0] if not self.accented or spelt == LEADS[before[0]] else ""

    def _in_a_name(self, place: int, count: int) -> bool:
        """Tell whether a person's or company's name goes on around these words ("Nguyễn Thái Bình")."""
        after = place + count
        if after < len(self.words):
            start = self.words[after].start()
            beside = not self.folded[self.words[after - 1].end() : start].strip()
            if beside and self.text[start].isupper() and not self._marker(after)[0]:
                return True
        if place == 0:
            return False
        before = self.words[place - 1]
        if self.folded[before.end() : self.words[place].start()].strip():
            return False
        proper = self.text[before.start()].isupper() and place > 1
        return proper or before[0] in SURNAMES or before[0] in BEFORE_A_PERSON

    def _whole(self, place: int, count: int) -> bool:
        """Tell whether the name begins its message or part of it and ends it too."""
        before = self.folded[: self.words[place].start()].rstrip()
        after = self.folded[self.words[place + count - 1].end() :].lstrip()
        return before[-1:] in ("", ",", ".", "-") and after[:1] in ("", ",", ".", "-", "!")

    def _alone(self, place: int) -> bool:
        """Tell whether one syllable may be a name: it stands alone, or is spelt with capital and accents ("Huế")."""
        word = self.words[place]
        typed = self.text[word.start() : word.end()]
        if word[0] in SHORT_FORMS:
            return True
        return (self.expected and self._whole(place, 1)) or (has_accents(typed) and typed[0].isupper() and place > 0)


def _spaced(spelt: str) -> str:
    """Return a spelling with its words parted by one space, as `name_key` parts them."""
    return " ".join(str(int(word)) if word.isdigit() else word for word in _WORD.findall(spelt))


@lru_cache(maxsize=_NAMES_KEPT)
def spelling(name: str) -> str:
    """Return a unit's name in the form that typed ones are compared in."""
    return _spaced(comparable(name))

"""Makes training pairs (what somebody asks, what the index holds) from a catalogue, its aliases and known questions.

Batches put look-alike procedures side by side, so that the encoder learns what tells siblings apart.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
import yaml

from nlu.accents import AccentRestorer
from nlu.text import fold, syllables
from nlu.training.noise import as_people_say, as_search_sees, ask_about, plain_name, shorten

TRAINING_SHARE = 70  # per cent of the procedures whose questions are learned from; the others measure
SIBLINGS_KEPT = 8
# Two siblings beside each procedure were measured too: the encoder then tells names apart by their smallest words and
# loses what a question has in common with the right one (held-out FAQ, first place: .541 against .60).
SIBLING_SHARE = 0.3
# Of the pairs that begin a batch: portal questions, people's names, questions written by us; the rest is from records.
PORTAL, PEOPLE, WRITTEN = 0.3, 0.15, 0.35
# A wording that more procedures share (a form, a rule of procedure) does not tell which one is meant.
MOST_SHARED = 3
_SENTENCE = re.compile(r"[.;\n]+")
# "(thực hiện tại cấp tỉnh)": the same procedure once more for another office; a question hardly ever tells which.
_OFFICE = re.compile(r"\([^()]*\bcấp (?:tỉnh|xã|bộ|trung ương|địa phương)[^()]*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A real question, with every procedure code that is a right answer."""

    text: str
    codes: tuple[str, ...]
    lay: bool


@dataclass(slots=True)
class Topic:
    """A procedure as training sees it."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    written: tuple[str, ...] = ()  # questions of ours
    wordings: tuple[str, ...] = ()  # results, papers and sentences that hardly any other procedure has
    words: frozenset[str] = frozenset()  # of the name, folded
    siblings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of a batch: a query, the passage it must find, and the codes it must not be pushed away from."""

    query: str
    passage: str
    code: str
    right: frozenset[str]


def is_training(code: str) -> bool:
    """Whether questions about this procedure may be learned from; decided by a hash, so that it never changes."""
    digest = hashlib.sha1(f"v{code}".encode(), usedforsecurity=False).hexdigest()
    return int(digest, 16) % 100 < TRAINING_SHARE


def read_questions(file: Path) -> list[Question]:
    """The labelled questions that have an answer (JSON lines)."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        Question(row["question"], tuple(row["procedure_codes"]), row["set"] == "lay")
        for row in rows
        if row["kind"] == "answer" and row["procedure_codes"]
    ]


def read_topics(catalogue: Path, people: Iterable[Path], written: Path | None = None) -> dict[str, Topic]:
    """Every procedure by code: the catalogue (JSON lines, .gz) with what people say for it in those folders.

    A folder holds starter procedures (`knowledge/data`) or lists of names by code (`knowledge/aliases`); `written`
    holds questions by code (`knowledge/questions.tsv`).
    """
    with gzip.open(catalogue, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    by_people = {code: said for folder in people for code, said in _peoples_wordings(folder)}
    asked = read_written(written) if written else {}
    wordings = _distinctive({record["ma"]: set(_wordings(record)) for record in records})
    topics = {}
    for record in records:
        code, name = record["ma"], " ".join(record["ten"].split())
        aliases, questions = by_people.get(code, ((), ()))
        topics[code] = Topic(code, name, aliases, questions, asked.get(code, ()), wordings[code], name_words(name))
    _find_siblings(topics)
    return topics


def read_written(file: Path) -> dict[str, tuple[str, ...]]:
    """The questions of a .tsv file (code, tab, question), by code."""
    found: dict[str, list[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        code, _, question = line.partition("\t")
        found.setdefault(code, []).append(question)
    return {code: tuple(questions) for code, questions in found.items()}


def _peoples_wordings(folder: Path) -> Iterator[tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]]:
    for file in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "code" in content:
            aliases = (content["name"], *content.get("aliases", ()))
            yield str(content["code"]), (aliases, tuple(content.get("questions", ())))
        else:
            for code, names in content.items():
                yield str(code), (tuple(names), ())


def _wordings(record: Mapping[str, Any]) -> Iterator[str]:
    """Results, papers, and sentences of the conditions, 4 to 30 words long."""
    texts = [result["ten"] for result in record["ket_qua"]]
    texts += [paper["ten"] for group in record["thanh_phan_ho_so"] for paper in group["giay_to"]]
    texts += _SENTENCE.split(str(record.get("yeu_cau_dieu_kien") or ""))
    for text in texts:
        tidy = " ".join((text or "").split()).strip(" -+*•.,:;")
        if 4 <= len(tidy.split()) <= 30:
            yield tidy


def _distinctive(wordings: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    used = Counter(fold(text) for texts in wordings.values() for text in texts)
    return {
        code: tuple(sorted(text for text in texts if used[fold(text)] <= MOST_SHARED))
        for code, texts in wordings.items()
    }


def _find_siblings(topics: Mapping[str, Topic]) -> None:
    """Gives each topic the procedures whose names BM25 finds nearest, identical names left out."""
    codes = list(topics)
    terms = [keyword_terms(topics[code].name) for code in codes]
    ranker = bm25s.BM25()
    ranker.index(terms, show_progress=False)
    for code, query in zip(codes, terms, strict=True):
        nearest = np.argsort(-ranker.get_scores(query), kind="stable")[: 4 * SIBLINGS_KEPT]
        near = (codes[place] for place in nearest if topics[codes[place]].words != topics[code].words)
        topics[code].siblings = tuple(near)[:SIBLINGS_KEPT]


def keyword_terms(text: str) -> list[str]:
    """Folded syllables and their neighbouring pairs, as the search's BM25 has them."""
    words = syllables(text)
    return words + [f"{first}_{second}" for first, second in pairwise(words)]


def name_words(name: str) -> frozenset[str]:
    """The folded syllables that set a procedure apart: without "thủ tục" and the office's level in brackets."""
    return _words(plain_name(_OFFICE.sub(" ", name)))


def _words(text: str) -> frozenset[str]:
    return frozenset(syllables(text))


class PairMaker:
    """Draws batches without end; the seed decides them all."""

    def __init__(
        self, topics: Mapping[str, Topic], questions: Iterable[Question], restorer: AccentRestorer, seed: int
    ) -> None:
        self._topics = topics
        self._restorer = restorer
        self._rng = random.Random(seed)  # noqa: S311 - not for secrets
        self._codes = sorted(topics)
        self._with_aliases = [code for code in self._codes if topics[code].aliases]
        self._with_written = [code for code in self._codes if topics[code].written]
        self._questions = [
            Question(question.text, codes, question.lay)
            for question in questions
            if (codes := tuple(code for code in question.codes if code in topics))
        ]
        self._asked: dict[str, list[Question]] = {}
        for question in self._questions:
            for code in question.codes:
                self._asked.setdefault(code, []).append(question)
        self._same_name: dict[frozenset[str], set[str]] = {}
        for topic in topics.values():
            self._same_name.setdefault(topic.words, set()).add(topic.code)

    def batch(self, size: int) -> list[Pair]:
        """`size` pairs of different procedures; at times a drawn procedure's sibling comes along."""
        pairs: dict[str, Pair] = {}
        while len(pairs) < size:
            first = self._first()
            pairs.setdefault(first.code, first)
            siblings = self._topics[first.code].siblings
            if siblings and self._rng.random() < SIBLING_SHARE:
                code = self._rng.choice(siblings)
                pairs.setdefault(code, self._any_pair(code))
        return list(pairs.values())[:size]

    def _first(self) -> Pair:
        """Real questions and people's own words far more often than their share of the catalogue."""
        draw = self._rng.random()
        if draw < PORTAL and self._questions:
            question = self._rng.choice(self._questions)
            return self._from_question(question, self._rng.choice(question.codes))
        if draw < PORTAL + PEOPLE and self._with_aliases:
            return self._from_people(self._rng.choice(self._with_aliases))
        if draw < PORTAL + PEOPLE + WRITTEN and self._with_written:
            return self._from_written(self._rng.choice(self._with_written))
        return self._from_record(self._rng.choice(self._codes))

    def _any_pair(self, code: str) -> Pair:
        if code in self._asked and self._rng.random() < 0.5:
            return self._from_question(self._rng.choice(self._asked[code]), code)
        if self._topics[code].aliases and self._rng.random() < 0.6:
            return self._from_people(code)
        if self._topics[code].written and self._rng.random() < 0.6:
            return self._from_written(code)
        return self._from_record(code)

    def _from_question(self, question: Question, code: str) -> Pair:
        text = question.text
        if self._rng.random() < 0.5:
            text = shorten(as_people_say(text, self._rng, 0.3), self._rng)
        return self._pair(text, code, frozenset(question.codes))

    def _from_people(self, code: str) -> Pair:
        topic = self._topics[code]
        text = self._rng.choice((*topic.aliases, *topic.questions))
        if self._rng.random() < 0.3:
            text = as_people_say(text, self._rng, 0.3)
        if text in topic.aliases and self._rng.random() < 0.4:
            text = ask_about(text, self._rng)
        return self._pair(text, code, frozenset())

    def _from_written(self, code: str) -> Pair:
        text = self._rng.choice(self._topics[code].written)
        if self._rng.random() < 0.3:
            text = shorten(as_people_say(text, self._rng, 0.3), self._rng)
        return self._pair(text, code, frozenset())

    def _from_record(self, code: str) -> Pair:
        topic = self._topics[code]
        if topic.wordings and self._rng.random() < 0.3:
            text = self._rng.choice(topic.wordings)
        else:
            text = ask_about(topic.name, self._rng)
        if self._rng.random() < 0.8:
            text = shorten(as_people_say(text, self._rng), self._rng)
        return self._pair(text, code, self._as_near(text, topic))

    def _as_near(self, text: str, topic: Topic) -> frozenset[str]:
        """Siblings whose names fit a shortened text no worse than the topic's own: the text means them as well."""
        words = _words(text)
        own = _overlap(words, topic.words)
        return frozenset(code for code in topic.siblings if _overlap(words, self._topics[code].words) >= own)

    def _pair(self, text: str, code: str, right: frozenset[str]) -> Pair:
        topic = self._topics[code]
        every = right | {code}
        same = (self._same_name[self._topics[other].words] for other in every)
        return Pair(
            as_search_sees(text, self._rng, self._restorer), self._passage(topic, text), code, every.union(*same)
        )

    def _passage(self, topic: Topic, query: str) -> str:
        """The name; for procedures that have them, at times another alias or question: the index holds those too."""
        others = [text for text in (*topic.aliases, *topic.questions) if text != query]
        return self._rng.choice(others) if others and self._rng.random() < 0.4 else topic.name


def false_negatives(pairs: Sequence[Pair]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(n, n) mask: True where passage j would also be right for query i, so that it must not count against it."""
    mask = np.array([[passage.code in query.right for passage in pairs] for query in pairs])
    np.fill_diagonal(mask, False)
    return mask


def _overlap(some: frozenset[str], others: frozenset[str]) -> float:
    return len(some & others) / max(len(some | others), 1)

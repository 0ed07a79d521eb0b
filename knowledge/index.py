"""What the search matches on: every name, alias, question and result, as words (BM25) and as vectors (faiss).

An `Index` is immutable: publishing makes a new one of the old and swaps it, so that answers under way finish on the
old. The new one is the same as if it were built of the whole catalogue (a test compares them), in a small part of the
time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import math
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import bm25s
import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge.qualifiers import qualifiers
from knowledge.types import Kind, Procedure
from nlu import abbreviations, keyboard
from nlu import text as nlu_text
from nlu.encoder import Encoder
from nlu.text import expand, fold, syllables

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG

Scores = NDArray[np.float32]
Progress = Callable[[int, int], None]

# Words folded by other rules than the question's are other words: an index made by them would find nothing.
_READING = b"".join(Path(str(module.__file__)).read_bytes() for module in (nlu_text, abbreviations, keyboard))
_FORMAT = f"5-{hashlib.sha256(_READING).hexdigest()[:16]}"
_Y = re.compile(r"(?<=^[bcdghklmnpqstvx])y$")  # the two spellings of ký, lý, mỹ, tỷ, quý
_PROCEDURE = re.compile(r"\bthu tuc(?: hanh chinh)?\b")
_META = "meta.json"
_BATCH = 256
_NEAREST = 400


@dataclass(frozen=True, slots=True)
class Entry:
    """One text that a procedure may be found by."""

    code: str
    text: str


def entries_of(procedure: Procedure) -> Iterator[Entry]:
    """Yield the texts a procedure is found by: its name, what people call it and what they asked about it.

    Short forms are written out as in questions, so that "TNHH" meets "trách nhiệm hữu hạn".
    """
    for text in dict.fromkeys(map(expand, (procedure.name, *procedure.aliases, *procedure.questions))):
        yield Entry(procedure.code, text)


def keywords(text: str) -> list[str]:
    """Return the folded syllables of a text, "ký" as "kí", without "thủ tục", which every name could carry."""
    return [_Y.sub("i", word) for word in syllables(_PROCEDURE.sub(" ", fold(text)))]


def terms(text: str) -> list[str]:
    """Return the folded syllables of a text and their neighbouring pairs: pairs keep "khai sinh" apart from "sinh"."""
    return _with_pairs(keywords(text))


def _with_pairs(words: list[str]) -> list[str]:
    return words + [f"{first}_{second}" for first, second in pairwise(words)]


class Index:
    """The searchable form of a set of procedures. Scores come one an entry; the best entry of a procedure counts.

    `marks` tell by code what the catalogue said of a procedure when it was indexed; `words` are the keywords of each
    entry, kept so that a later index need not make them again.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        scopes: dict[str, str],
        keyword: bm25s.BM25,
        vectors: faiss.Index,
        marks: Mapping[str, str] | None = None,
        words: Sequence[list[str]] | None = None,
        carried: NDArray[np.float32] | None = None,
    ) -> None:
        self.entries = entries
        self.scopes = scopes
        self.marks = dict(marks or {})
        self.codes = list(dict.fromkeys(entry.code for entry in entries))
        self.words = [keywords(entry.text) for entry in entries] if words is None else words
        self.rarity = _rarity(self.words)
        self.qualifiers = qualifiers([entry.text for entry in entries]) if carried is None else carried
        self.qualified = self.qualifiers.sum(axis=1)
        self._starts = [
            place for place, entry in enumerate(entries) if place == 0 or entries[place - 1].code != entry.code
        ]
        # What a procedure's name says (with a foreign element) holds of it by whatever name it is found.
        starts = np.array(self._starts, dtype=np.int64)
        named = np.repeat(self.qualifiers[starts], np.diff(starts, append=len(entries)), axis=0)
        self.inherited = np.maximum(self.qualifiers, named)
        # The first entry of a procedure is its official name (`entries_of`).
        self.unofficial = np.ones(len(entries), dtype=np.float32)
        self.unofficial[self._starts] = 0
        self._keyword = keyword
        self._vectors = vectors
        # The folded name of a province, and the places in `codes` of the procedures that are only its own.
        self.provincial: dict[str, NDArray[np.int64]] = {
            fold(scope): np.array([n for n, code in enumerate(self.codes) if scopes[code] == scope], dtype=np.int64)
            for scope in sorted(set(scopes.values()) - {"national"})
        }

    def keyword_scores(self, text: str) -> Scores:
        """Return each entry's BM25 score; 0: no word in common."""
        return score_words(self._keyword, terms(text), len(self.entries))

    def dense_scores(self, vector: Scores) -> Scores:
        """Return each entry's cosine to an L2-normalised vector of shape (d,).

        Entries beyond the nearest `_NEAREST` all get the cosine of the last of these: so far down it says nothing.
        """
        scores, found = self._vectors.search(vector[None, :], min(_NEAREST, len(self.entries)))
        flat = np.full(len(self.entries), scores[0, -1], dtype=np.float32)
        flat[found[0]] = scores[0]
        return flat

    def best_of_each(self, scores: Scores) -> Scores:
        """Return each procedure's best score, in the order of `codes`, from one score an entry."""
        return np.asarray(np.maximum.reduceat(scores, self._starts), dtype=np.float32)

    def best_entry(self, procedure: int, scores: Scores) -> int:
        """Return the entry that gave the procedure at this place in `codes` its best score."""
        start = self._starts[procedure]
        end = self._starts[procedure + 1] if procedure + 1 < len(self._starts) else len(self.entries)
        return start + int(scores[start:end].argmax())

    def first_entry(self, procedure: int) -> Entry:
        """Return the first entry of the procedure at this place in `codes`: its name."""
        return self.entries[self._starts[procedure]]

    def vectors_by_text(self) -> dict[str, Scores]:
        """Return the vector of every text, so that a later index need not encode it again."""
        vectors = self._vectors.reconstruct_n(0, len(self.entries)) if self.entries else ()
        return {entry.text: vector for entry, vector in zip(self.entries, vectors, strict=True)}

    def save(self, folder: Path, fingerprint: str) -> None:
        """Write the index to `folder`, whole or not at all, in place of one that is there."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as temporary:
            self._write(Path(temporary), fingerprint)
            # Whoever saves could not read what is there: it is damaged, or of an older format.
            shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):  # another process was quicker with the same
                Path(temporary).rename(folder)
            Path(temporary).mkdir(exist_ok=True)  # for the clean-up to remove

    def _write(self, folder: Path, fingerprint: str) -> None:
        self._keyword.save(str(folder / "bm25"), show_progress=False)
        faiss.write_index(self._vectors, str(folder / "vectors.faiss"))
        meta = {
            "format": _FORMAT,
            "fingerprint": fingerprint,
            "scopes": self.scopes,
            "marks": self.marks,
            "entries": [[entry.code, entry.text] for entry in self.entries],
        }
        (folder / _META).write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")


def score_words(model: bm25s.BM25, words: list[str], documents: int) -> Scores:
    """Return the BM25 score of each of the model's documents: 0 for those that have none of the words."""
    matrix = model.scores
    data, rows, starts = matrix["data"], matrix["indices"], matrix["indptr"]
    found = np.zeros(documents, dtype=np.float32)
    # As bm25s adds them, five times as fast: it goes through the rows one by one.
    for token in model.get_tokens_ids(words):
        place = slice(starts[token], starts[token + 1])
        found[rows[place]] += data[place]
    return found


def _rarity(words: Sequence[Sequence[str]]) -> dict[str, float]:
    """Return the inverse document frequency of every syllable."""
    count = Counter(word for said in words for word in set(said))
    return {word: math.log(1 + len(words) / n) for word, n in count.items()}


def load_index(folder: Path, fingerprint: str | None = None) -> Index | None:
    """Read the index from `folder`; None when there is none, or not one of this fingerprint."""
    try:
        meta = json.loads((folder / _META).read_text(encoding="utf-8"))
        if meta["format"] != _FORMAT or fingerprint not in (None, meta["fingerprint"]):
            return None
        return Index(
            [Entry(code, text) for code, text in meta["entries"]],
            meta["scopes"],
            bm25s.BM25.load(str(folder / "bm25")),
            faiss.read_index(str(folder / "vectors.faiss")),
            meta["marks"],
        )
    except (OSError, ValueError, KeyError, RuntimeError):  # the last is faiss's word for a damaged or missing file
        return None


def build_index(
    procedures: Iterable[Procedure],
    encoder: Encoder,
    earlier: Index | None = None,
    progress: Progress | None = None,
    marks: Mapping[str, str] | None = None,
) -> Index:
    """Build the index of the procedures that citizens may see, in order of their codes.

    Texts that an `earlier` index of the same encoder holds are not encoded again. `progress(done, total)` counts texts.
    """
    empty = Index((), {}, bm25s.BM25(method="lucene"), _no_vectors(encoder.dimension))
    known = earlier.vectors_by_text() if earlier is not None else {}
    return _with(empty, procedures, (), known, encoder, progress, marks)


def update_index(
    index: Index,
    changed: Iterable[Procedure],
    gone: Collection[str],
    encoder: Encoder,
    progress: Progress | None = None,
    marks: Mapping[str, str] | None = None,
) -> Index:
    """Return the index that `build_index` would make, from one of the same encoder in which little has changed.

    What is kept of the old one is neither read, cut into words nor encoded again; only BM25's weights are counted
    anew, because they depend on all entries together.
    """
    return _with(index, changed, gone, index.vectors_by_text(), encoder, progress, marks)


def _with(
    index: Index,
    changed: Iterable[Procedure],
    gone: Collection[str],
    known: dict[str, Scores],
    encoder: Encoder,
    progress: Progress | None,
    marks: Mapping[str, str] | None,
) -> Index:
    new: dict[str, list[Entry]] = {}
    scopes = {code: scope for code, scope in index.scopes.items() if code not in gone}
    for procedure in changed:
        scopes.pop(procedure.code, None)
        if procedure.kind is not Kind.INTERNAL:
            new[procedure.code] = list(entries_of(procedure))
            scopes[procedure.code] = procedure.scope
    kept = [place for place, entry in enumerate(index.entries) if entry.code in scopes and entry.code not in new]
    fresh = [entry for entries in new.values() for entry in entries]
    entries = [*(index.entries[place] for place in kept), *fresh]
    words = [*(index.words[place] for place in kept), *(keywords(entry.text) for entry in fresh)]
    carried = np.concatenate([index.qualifiers[kept], qualifiers([entry.text for entry in fresh])])
    order = sorted(range(len(entries)), key=lambda place: entries[place].code)
    entries, words = [entries[place] for place in order], [words[place] for place in order]
    keyword = bm25s.BM25(method="lucene")
    keyword.index([_with_pairs(said) for said in words] or [[""]], show_progress=False)
    vectors = _no_vectors(encoder.dimension)
    if entries:
        vectors.add(_vectors([entry.text for entry in entries], encoder, known, progress))
    return Index(entries, scopes, keyword, vectors, marks, words, carried[order])


def _no_vectors(dimension: int) -> faiss.Index:
    """Return an empty index; vectors of half precision find the same in half the memory and two thirds of the time."""
    return faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)


def _vectors(texts: Sequence[str], encoder: Encoder, known: dict[str, Scores], progress: Progress | None) -> Scores:
    new = sorted({text for text in texts if text not in known}, key=len)  # alike lengths waste no padding
    for start in range(0, len(new), _BATCH):
        batch = new[start : start + _BATCH]
        known.update(zip(batch, encoder.encode_passages(batch), strict=True))
        if progress:
            progress(start + len(batch), len(new))
    return np.stack([known[text] for text in texts])

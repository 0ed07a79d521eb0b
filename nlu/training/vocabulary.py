"""Chooses the word pieces a Vietnamese and English assistant needs, and makes the tokenizer of them.

The full vocabulary serves a hundred languages: 250,002 pieces, most of the model's weight.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
UNKNOWN = "<unk>"
SPACE = "▁"
# Where the model's own normalisation map differs from NFKC: these vanish, and those become a space.
CONTROL = "[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
BLANK = "[\\s\u1680\u200b-\u200f\u2028\u2029\ufeff\ufffd▁]+"
VIETNAMESE_LETTERS = frozenset(
    "aăâbcdđeêfghijklmnoôơpqrstuưvwxyzàằầèềìòồờùừỳáắấéếíóốớúứýảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹạặậẹệịọộợụựỵ"
)


def make_tokenizer(pieces: Sequence[str], scores: Sequence[float]) -> Tokenizer:
    """The SentencePiece unigram tokenizer of XLM-RoBERTa over these pieces; texts become <s> … </s>."""
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=pieces.index(UNKNOWN)))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(CONTROL), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(BLANK), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(piece, pieces.index(piece)) for piece in ("<s>", "</s>")],
    )
    tokenizer.add_special_tokens([AddedToken(piece, special=True) for piece in SPECIAL])
    return tokenizer


def used_pieces(tokenizer: Tokenizer, texts: Iterable[str]) -> set[int]:
    """Ids the texts need as written, in lower case, in capitals, and typed without accents."""
    forms = {form for text in texts for form in _forms(text)}
    used: set[int] = set()
    for batch in _chunks(sorted(forms), 1000):
        used.update(i for encoding in tokenizer.encode_batch_fast(batch) for i in encoding.ids)
    return used


def choose_pieces(pieces: Sequence[str], scores: Sequence[float], used: set[int], budget: int) -> list[int]:
    """Ids to keep, in their old order: special, used, every spelling character, then likely words up to the budget.

    Tokenising a text whose pieces are all kept gives the same pieces as before: its best path is still there and
    no new one appeared.
    """
    kept = {i for i, piece in enumerate(pieces) if piece in SPECIAL or _is_spelling(piece)} | used
    likely = sorted((i for i, piece in enumerate(pieces) if _is_our_word(piece)), key=lambda i: -scores[i])
    for i in likely:
        if len(kept) >= budget:
            break
        kept.add(i)
    return sorted(kept)


def strip_accents(text: str) -> str:
    """Vietnamese as typed without diacritics; case is kept."""
    plain = text.replace("đ", "d").replace("Đ", "D")
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))


def sample_texts() -> list[str]:
    """Forty questions and names of ours: accented, not accented, English, capitals, numbers."""
    return Path(__file__).with_name("sample.txt").read_text(encoding="utf-8").splitlines()


def _forms(text: str) -> set[str]:
    plain = strip_accents(text)
    return {text, text.lower(), plain, plain.lower()}


def _is_spelling(piece: str) -> bool:
    """One character of a Latin letter, digit, mark or symbol: with these any of our words can be spelled."""
    body = piece.removeprefix(SPACE)
    if len(body) != 1:
        return piece == SPACE
    return unicodedata.category(body)[0] in "PSN" or "LATIN" in unicodedata.name(body, "")


def _is_our_word(piece: str) -> bool:
    body = piece.removeprefix(SPACE).lower()
    return bool(body) and set(body) <= VIETNAMESE_LETTERS


def _chunks(items: Sequence[str], size: int) -> Iterable[list[str]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])

"""Truth rules of the design, section 5, over every facet of every published procedure we can get hold of.

Every number, link and legal number of an answer stands in the record it cites. By default one in five of the whole
catalogue is read; MOTCUA_TRUTH=all reads all of it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.facets import body, layout
from bot.facets.papers import paper_text
from bot.formatting import PAGE_LINES, clean_item
from knowledge.importers.jsonl import read_jsonl
from knowledge.starter import load_starter
from knowledge.types import Facet, Kind, Procedure

SHARED = Path(os.environ.get("MOTCUA_SHARED", Path(__file__).parents[3] / "shared"))
CATALOGUE = SHARED / "data" / "catalogue.jsonl.gz"
STEP = 1 if os.environ.get("MOTCUA_TRUTH") == "all" else 5

OURS = re.compile(r"gọi 1022|call 1022|từ 1/7/2025|on 1/7/2025|^(?:Bước|Step) \d+$", re.MULTILINE)
"""Numbers that are ours: the hotline, the day the district level ended, the count of unnamed steps."""
FREE = re.compile(r"miễn phí|miễn lệ phí|không thu", re.IGNORECASE)
LEGAL = re.compile(r"\d+/\d{4}/[A-ZĐ][A-ZĐ\-]*\d*")
LINK = re.compile(r'https?://[^\s)”"\\]+')
AMOUNT = re.compile(r"(\d[\d.]*) đồng")


@cache
def starter() -> tuple[Procedure, ...]:
    return tuple(load_starter())


@cache
def whole() -> tuple[Procedure, ...]:
    if not CATALOGUE.exists():
        pytest.skip(f"the whole catalogue is not at {CATALOGUE} (set MOTCUA_SHARED)")
    found = [row.procedure for row in read_jsonl(CATALOGUE) if row.procedure]
    return tuple([procedure for procedure in found if procedure.kind is not Kind.INTERNAL][::STEP])


def numbers(text: str) -> set[str]:
    """Return the numbers of a text without thousand separators and leading zeros."""
    joined = re.sub(r"(?<=\d)[.,](?=\d{3}(?!\d))", "", text)
    return {digits.lstrip("0") or "0" for digits in re.findall(r"\d+", joined)}


def record(procedure: Procedure) -> str:
    """Return every word of the record, and its date as people write it."""
    words = json.dumps(dataclasses.asdict(procedure), ensure_ascii=False, default=str)
    return words.replace("\\n", " ").replace("\\t", " ").replace("\\r", " ")


def pages(procedure: Procedure, facet: Facet, language: str = "vi") -> list[str]:
    """Return every page of a facet, laid out once."""
    return layout.pages(procedure, facet, body(procedure, facet, language), language)


def faults(procedure: Procedure, language: str = "vi") -> Iterator[str]:
    words = record(procedure)
    known = numbers(words) | {digits.lstrip("0") for digits in re.findall(r"\d+", words)}
    lowered = words.casefold()
    links, legal = links_of(words), set(LEGAL.findall(words))
    for facet in Facet:
        for text in pages(procedure, facet, language):
            facts = OURS.sub("", text)
            foreign = numbers(facts) - known
            foreign |= {amount for amount in AMOUNT.findall(facts) if not amount_stands(amount, words, procedure)}
            foreign |= links_of(facts) - links
            foreign |= {number for number in LEGAL.findall(facts) if number not in legal and "…" not in facts}
            if foreign:
                yield f"{procedure.code} {facet}: not in the record: {sorted(foreign)}\n{text}"
            if any(word.casefold() not in lowered for word in FREE.findall(text)):
                yield f"{procedure.code} {facet}: says free of charge, the record does not\n{text}"
            if len(text) > layout.PAGE_LENGTH:
                yield f"{procedure.code} {facet}: {len(text)} characters\n{text}"
            if f"mã {procedure.code}" not in text and f"code {procedure.code}" not in text:
                yield f"{procedure.code} {facet}: no source line\n{text}"
            if procedure.source_url not in text:
                yield f"{procedure.code} {facet}: no link\n{text}"
            if len(re.findall(r"^[📄💰⏱📍•]", text, re.MULTILINE)) > PAGE_LINES:
                yield f"{procedure.code} {facet}: more than {PAGE_LINES} lines\n{text}"


def links_of(text: str) -> set[str]:
    """Return the links of a text without the punctuation that ends a sentence."""
    return {link.rstrip(".,;:'") for link in LINK.findall(text)}


def amount_stands(amount: str, words: str, procedure: Procedure) -> bool:
    """Tell whether an amount read out is one of the record's fees or is written in its words."""
    value = amount.replace(".", "")
    fees = {str(fee.amount) for method in procedure.methods for fee in method.fees}
    return value in fees or amount in words or value in words


def lost_papers(procedure: Procedure) -> list[str]:
    """Return the papers that no page of the documents facet tells in full; only very long ones are split."""
    shown = " ".join("\n".join(pages(procedure, Facet.DOCUMENTS)).casefold().split())
    papers = [paper for group in procedure.document_sets for paper in group.documents]
    names = [clean_item(paper.name).rstrip(".") for paper in papers if paper_text(paper, "vi")]
    return [name for name in names if len(name) < 300 and name.casefold() not in shown]


def test_every_fact_of_the_starter_catalogue_stands_in_its_record() -> None:
    found = [fault for procedure in starter() for language in ("vi", "en") for fault in faults(procedure, language)]
    assert not found, "\n\n".join(found[:5])


def test_every_fact_of_the_whole_catalogue_stands_in_its_record() -> None:
    found = [fault for procedure in whole() for fault in faults(procedure)]
    assert not found, f"{len(found)} faults\n" + "\n\n".join(found[:5])


def test_no_paper_is_lost_between_pages() -> None:
    found = [f"{procedure.code}: {name}" for procedure in whole() for name in lost_papers(procedure)]
    assert not found, f"{len(found)} papers\n" + "\n".join(found[:5])

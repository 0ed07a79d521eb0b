"""The starter catalogue against the record of the national catalogue that each file was written from.

The sentences are ours; the facts are the record's. Checked is what a citizen acts on: every number, every paper's
count, every legal number, who decides and who receives, the link and the date.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from knowledge.records import to_json
from knowledge.starter import load_starter
from knowledge.types import Channel, Duration, Procedure, Unit
from nlu.text import fold

SHARED = Path(os.environ.get("MOTCUA_SHARED", Path(__file__).parents[3] / "shared"))
CATALOGUE = SHARED / "data" / "catalogue.jsonl.gz"
CHANNELS = {"truc_tuyen": Channel.ONLINE, "truc_tiep": Channel.DIRECT, "buu_chinh": Channel.POSTAL}
UNIT_WORDS = {
    Unit.WORKING_DAY: r"ngày\s+làm\s+việc",
    Unit.DAY: r"ngày",
    Unit.HOUR: r"giờ",
    Unit.MONTH: r"tháng",
    Unit.YEAR: r"năm",
}
STARTER = load_starter()
needs_record = pytest.mark.skipif(not CATALOGUE.exists(), reason=f"no catalogue at {CATALOGUE} (set MOTCUA_SHARED)")

# What a file says otherwise than its record: (code, what) and the reason.
WRITTEN_OTHERWISE = {
    ("2.001610", "fees"): "the record's field for online filing says 100, its words 100.000 đồng as for the other ways",
    ("1.003677", "channels"): "the record lists only online rows, but their words also name the desk (trực tiếp)",
    ("1.013076", "copies"): 'the record names the paper "Bản sao …" but counts it in the field for originals',
}


@cache
def records() -> dict[str, dict[str, Any]]:
    codes = {procedure.code for procedure in STARTER}
    found: dict[str, dict[str, Any]] = {}
    with gzip.open(CATALOGUE, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["ma"].strip() in codes:
                found.setdefault(row["ma"].strip(), row)
    return found


@cache
def words_of(code: str) -> str:
    """Return all a record says as one line: NFC, one blank between words."""
    text = json.dumps(records()[code], ensure_ascii=False).replace("\\n", " ").replace("\\t", " ").replace("\\r", " ")
    return one_line(text)


@cache
def numbers_of(code: str) -> set[str]:
    return numbers(words_of(code))


def one_line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def numbers(text: str) -> set[str]:
    """Return the numbers of a text without thousand separators and leading zeros."""
    joined = re.sub(r"(?<=\d)[.,](?=\d{3}(?!\d))", "", text)
    return {digits.lstrip("0") or "0" for digits in re.findall(r"\d+", joined)}


def written(value: object) -> str:
    return json.dumps(to_json(value), ensure_ascii=False)


def check(what: str, wrong: Callable[[Procedure, dict[str, Any]], Iterable[str]]) -> None:
    """Hold every procedure against its record; `wrong` tells what is not as it should be."""
    found = {procedure.code: sorted(wrong(procedure, records()[procedure.code])) for procedure in STARTER}
    excused = {code for code, topic in WRITTEN_OTHERWISE if topic == what}
    assert {code: problems for code, problems in found.items() if problems and code not in excused} == {}
    assert all(found[code] for code in excused), f"{what}: agrees with its record now, take it out of WRITTEN_OTHERWISE"


def test_enough_procedures_with_enough_names() -> None:
    assert len(STARTER) >= 40
    assert {procedure.code: procedure.aliases for procedure in STARTER if len(procedure.aliases) < 6} == {}


def test_a_name_belongs_to_one_procedure() -> None:
    names = Counter(fold(name) for procedure in STARTER for name in (procedure.name, *procedure.aliases))
    assert [name for name, times in names.items() if times > 1] == []


def test_a_question_belongs_to_one_procedure() -> None:
    questions = Counter(fold(question) for procedure in STARTER for question in procedure.questions)
    assert [question for question, times in questions.items() if times > 1] == []


@pytest.mark.parametrize("field", ["summary", "questions", "document_sets", "methods", "steps", "legal", "updated_at"])
def test_every_file_tells_what_citizens_ask_first(field: str) -> None:
    assert [procedure.code for procedure in STARTER if not getattr(procedure, field)] == []


@needs_record
def test_every_code_exists_and_is_everyones() -> None:
    kinds = {procedure.code: records().get(procedure.code, {}).get("loai") for procedure in STARTER}
    assert {code: kind for code, kind in kinds.items() if kind != "STANDARD"} == {}


@needs_record
@pytest.mark.parametrize("field", ["methods", "case_durations", "document_sets", "steps", "legal", "results"])
def test_every_number_of_a_list_stands_in_the_record(field: str) -> None:
    def wrong(procedure: Procedure, _record: dict[str, Any]) -> set[str]:
        told = re.sub(
            r'"(?:originals|copies)": \d+', "", written(getattr(procedure, field))
        )  # they have their own test
        return numbers(told) - numbers_of(procedure.code)

    check(field, wrong)


@needs_record
@pytest.mark.parametrize("field", ["name", "summary", "conditions", "address"])
def test_every_number_of_a_sentence_stands_in_the_record(field: str) -> None:
    check(field, lambda procedure, _record: numbers(getattr(procedure, field)) - numbers_of(procedure.code))


@needs_record
def test_every_amount_is_one_of_the_record() -> None:
    def wrong(procedure: Procedure, record: dict[str, Any]) -> list[str]:
        told = {fee.amount for method in procedure.methods for fee in method.fees if fee.amount}
        spelt = {amount for amount in told if f"{amount:,}".replace(",", ".") in words_of(procedure.code)}
        return [f"{amount} đồng" for amount in told - amounts(record) - spelt]

    check("amounts", wrong)


@needs_record
def test_no_amount_of_the_record_is_kept_back() -> None:
    def wrong(procedure: Procedure, record: dict[str, Any]) -> set[str]:
        return {str(amount) for amount in amounts(record) - {0}} - numbers(written(procedure.methods))

    check("fees", wrong)


def amounts(record: dict[str, Any]) -> set[int]:
    return {fee["so_tien"] for method in record["cach_thuc"] for fee in method["phi"] if fee["so_tien"] is not None}


@needs_record
def test_nothing_is_called_free_that_the_record_does_not() -> None:
    def wrong(procedure: Procedure, _record: dict[str, Any]) -> list[str]:
        claims = set(re.findall(r"miễn phí|miễn lệ phí|không thu|không mất", written(procedure.methods).casefold()))
        return [claim for claim in claims if claim not in words_of(procedure.code).casefold()]

    check("free", wrong)


@needs_record
def test_every_time_limit_is_one_of_the_record() -> None:
    def wrong(procedure: Procedure, record: dict[str, Any]) -> set[str]:
        told = [method.duration for method in procedure.methods if method.duration]
        told += [case.duration for case in procedure.case_durations]
        return {f"{limit.amount} {limit.unit}" for limit in told if not limit_stands(limit, record)}

    check("durations", wrong)


def limit_stands(limit: Duration, record: dict[str, Any]) -> bool:
    """Tell whether an amount with its unit is a field of the record, or is written in its words."""
    if limit.amount is None:
        return bool(limit.text)
    listed = [(method["thoi_han_so"], method["thoi_han_don_vi"]) for method in record["cach_thuc"]]
    listed += [(case["so"], case["don_vi"]) for case in record["thoi_han_truong_hop"]]
    if (limit.amount, limit.unit.upper()) in listed:
        return True
    if limit.unit is Unit.OTHER:
        return False
    spelt = rf"(?<!\d)0?{limit.amount}\s*(?:\([^)]*\)\s*)?{UNIT_WORDS[limit.unit]}"
    return re.search(spelt, words_of(record["ma"].strip()), re.IGNORECASE) is not None


@needs_record
def test_the_ways_to_hand_in_are_the_records() -> None:
    def wrong(procedure: Procedure, record: dict[str, Any]) -> set[str]:
        told = {method.channel for method in procedure.methods}
        return {str(channel) for channel in told ^ {CHANNELS[method["hinh_thuc"]] for method in record["cach_thuc"]}}

    check("channels", wrong)


@needs_record
def test_no_more_of_a_paper_is_asked_for_than_in_the_record() -> None:
    def wrong(procedure: Procedure, record: dict[str, Any]) -> list[str]:
        papers = [paper for group in record["thanh_phan_ho_so"] for paper in group["giay_to"]]
        originals = max((paper["ban_chinh"] or 0 for paper in papers), default=0)
        copies = max((paper["ban_sao"] or 0 for paper in papers), default=0)
        told = [paper for group in procedure.document_sets for paper in group.documents]
        return [paper.name for paper in told if paper.originals > originals or paper.copies > copies]

    check("copies", wrong)


@needs_record
def test_the_legal_basis_is_the_records() -> None:
    def wrong(procedure: Procedure, record: dict[str, Any]) -> list[str]:
        basis = " ; ".join(one_line(f"{law['so_hieu']} {law.get('ten') or ''}") for law in record["can_cu_phap_ly"])
        known = set(
            re.findall(r"\d[\d.]*/\d{4}/[\w\-/]+", " ; ".join(law["so_hieu"] for law in record["can_cu_phap_ly"]))
        )
        told = [law.number for law in procedure.legal]
        strange = [f"{number} is not there" for number in told if number.casefold() not in basis.casefold()]
        left_out = [f"{number} is left out" for number in known if not any(number in other for other in told)]
        return strange + left_out + [f"{number} twice" for number, times in Counter(told).items() if times > 1]

    check("legal basis", wrong)


@needs_record
@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("fields", "linh_vuc"),
        ("levels", "cap_thuc_hien"),
        ("audience", "doi_tuong"),
        ("issuer", "co_quan_cong_bo"),
        ("decision", "so_quyet_dinh"),
        ("source_url", "url"),
        ("fully_online", "toan_trinh"),
    ],
)
def test_whose_procedure_it_is(field: str, key: str) -> None:
    def wrong(procedure: Procedure, record: dict[str, Any]) -> list[str]:
        told, known = getattr(procedure, field), record[key]
        same = sorted(told) == sorted(known) if isinstance(told, tuple) else told == known
        return [] if same else [f"{told!r} instead of {known!r}"]

    check(field, wrong)


@needs_record
def test_the_date_is_the_records() -> None:
    def wrong(procedure: Procedure, record: dict[str, Any]) -> list[str]:
        return [] if str(procedure.updated_at) == record["ngay_cap_nhat"][:10] else [str(procedure.updated_at)]

    check("updated_at", wrong)


@needs_record
def test_who_does_it() -> None:
    def wrong(procedure: Procedure, record: dict[str, Any]) -> set[str]:
        return set(map(agency, procedure.agencies)) ^ set(map(agency, record["co_quan_thuc_hien"]))

    check("agencies", wrong)


def agency(name: str) -> str:
    """Return a name without the ways in which the record's writers differ."""
    plain = one_line(name).rstrip(".").casefold()
    return re.sub(r"^(?:ủy|uỷ) ban nhân dân (?:cấp )?xã.*", "ủy ban nhân dân cấp xã", plain)


@needs_record
def test_the_results_are_the_records() -> None:
    def wrong(procedure: Procedure, record: dict[str, Any]) -> list[str]:
        known = [one_line(result["ten"]).casefold() for result in record["ket_qua"]]
        return [result for result in procedure.results if not any(one_line(result).casefold() in one for one in known)]

    check("results named", wrong)


@needs_record
def test_the_forms_are_named_in_the_record() -> None:
    def wrong(procedure: Procedure, _record: dict[str, Any]) -> list[str]:
        named = " ".join([form.name for form in procedure.forms] + [written(procedure.document_sets)])
        codes = set(re.findall(r"\b(?:CT|TK|DC|CC|ĐKX|VB)\d{1,3}[a-z]?\b", named))
        return [code for code in codes if code.casefold() not in words_of(procedure.code).casefold()]

    check("forms", wrong)


@needs_record
def test_the_district_level_is_named_only_where_the_record_does() -> None:
    def wrong(procedure: Procedure, _record: dict[str, Any]) -> list[str]:
        named = "cấp huyện" in written(procedure).casefold()
        return ["cấp huyện"] if named and "cấp huyện" not in words_of(procedure.code).casefold() else []

    check("district", wrong)

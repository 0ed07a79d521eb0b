from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from knowledge.catalog import IMPORT, Catalog
from knowledge.faq import Faqs
from knowledge.importers.faq import COLUMNS, BadFile, entry_of, import_faqs
from knowledge.publishing import Refused
from knowledge.types import Facet, Procedure, Status

HEAD = ",".join(COLUMNS)
GOOD = '1.001193,Khai sinh trễ có sao không?,"Không sao, vẫn được.",fee,Luật,https://vbpl.vn,2027-01-31'


@pytest.fixture
def faqs(engine: Engine) -> Faqs:
    Catalog(engine).put([Procedure("1.001193", "Đăng ký khai sinh")], IMPORT, "đầu")
    return Faqs(engine)


def written(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "hoi.csv"
    path.write_text("\n".join(lines), encoding=encoding)
    return path


def counts(path: Path, faqs: Faqs, *, publish: bool = False, dry_run: bool = False) -> tuple[int, int, int, int]:
    report = import_faqs(path, faqs, "lan", "nạp", publish=publish, dry_run=dry_run)
    return report.added, report.changed, report.unchanged, len(report.skipped)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_good_rows_go_in_and_the_same_file_again_changes_nothing(tmp_path: Path, faqs: Faqs, encoding: str) -> None:
    path = written(tmp_path, HEAD, GOOD, encoding=encoding)
    assert counts(path, faqs, dry_run=True) == (1, 0, 0, 0)
    assert faqs.newest() == []
    assert counts(path, faqs) == (1, 0, 0, 0)
    assert counts(path, faqs) == (0, 0, 1, 0)
    (stored,) = faqs.newest()
    assert (stored.status, stored.entry.facet, stored.entry.valid_until) == (
        Status.DRAFT,
        Facet.FEE,
        date(2027, 1, 31),
    )
    assert stored.entry.answer == "Không sao, vẫn được."


def test_publishing_a_draft_by_the_file_again_counts_as_a_change(tmp_path: Path, faqs: Faqs) -> None:
    path = written(tmp_path, HEAD, GOOD)
    counts(path, faqs)
    assert counts(path, faqs, publish=True) == (0, 1, 0, 0)
    assert counts(path, faqs, publish=True) == (0, 0, 1, 0)
    assert len(faqs.told(["1.001193"], date(2026, 1, 1))) == 1


def test_a_changed_answer_is_a_new_version_of_the_same_entry(tmp_path: Path, faqs: Faqs) -> None:
    counts(written(tmp_path, HEAD, GOOD), faqs)
    assert counts(written(tmp_path, HEAD, GOOD.replace("vẫn được", "được")), faqs) == (0, 1, 0, 0)
    (stored,) = faqs.newest()
    assert stored.number == 2


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (GOOD.replace("1.001193", "9.999999"), "Không có thủ tục 9.999999"),
        (GOOD.replace("fee", "gia"), "phan 'gia' chưa biết"),
        (GOOD.replace("2027-01-31", "31/1/2027"), "den_het '31/1/2027' không phải ngày"),
        (GOOD.replace("https://vbpl.vn", "").replace("trễ", "muộn"), "https://"),
        ("1.001193", "Thiếu câu hỏi"),
        (GOOD.replace("Khai sinh trễ có sao không?", "khai sinh tre CÓ sao không?"), "trùng câu hỏi"),
    ],
)
def test_a_wrong_row_is_told_with_line_and_reason_and_the_good_ones_go_in(
    tmp_path: Path, faqs: Faqs, row: str, words: str
) -> None:
    report = import_faqs(written(tmp_path, HEAD, GOOD, row), faqs, "lan", "nạp")
    assert report.added == 1
    (skipped,) = report.skipped
    assert skipped.where == "hoi.csv:3"
    assert words in skipped.reason


def test_what_is_no_list_of_questions_is_refused(tmp_path: Path, faqs: Faqs) -> None:
    with pytest.raises(BadFile, match="thiếu cột cau_hoi, tra_loi"):
        import_faqs(written(tmp_path, "ma_thu_tuc,nguon,lien_ket", "1,2,3"), faqs, "lan", "nạp")
    binary = tmp_path / "a.csv"
    binary.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadFile, match="không đọc được CSV"):
        import_faqs(binary, faqs, "lan", "nạp")


def test_a_row_without_facet_and_day_is_about_the_whole_for_good() -> None:
    entry = entry_of({"ma_thu_tuc": "1", "cau_hoi": "a", "tra_loi": "b", "nguon": "c", "lien_ket": "https://d"})
    assert (entry.facet, entry.valid_until) == (Facet.OVERVIEW, None)
    with pytest.raises(Refused, match="phan"):
        entry_of({"phan": "x"})

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import Engine

from knowledge.catalog import STARTER, Catalog, ImportReport
from knowledge.differences import Fate, foresee
from knowledge.importers import IMPORT, import_files, read_files
from knowledge.importers.columns import COLUMNS, EXAMPLE, fees_of, limit_of
from knowledge.importers.templates import write_template
from knowledge.types import Channel, Duration, Fee, Kind, Procedure, Status, Unit
from storage.versions import fetch_waiting
from tests.portal.samples import SHARED

SAMPLES = SHARED / "data" / "portal_samples"
HEADINGS = [column.heading for column in COLUMNS]


def csv(path: Path, *lines: str, heading: str = "Mã số,Tên,Cách nộp,Ngày cập nhật", mark: str = "") -> Path:
    path.write_text(mark + "\n".join((heading, *lines)), encoding="utf-8")
    return path


def excel(path: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def get(engine: Engine, code: str) -> Procedure:
    found = Catalog(engine).get(code)
    assert found is not None
    return found


def reasons(report: ImportReport) -> dict[str, str]:
    return {skipped.where: skipped.reason for skipped in report.skipped}


# ---- cells


@pytest.mark.parametrize(
    ("text", "fees"),
    [
        ("8.000 đồng (mỗi bản)", [(8000, "mỗi bản")]),
        ("15000", [(15000, "")]),
        ("8.000 đồng (a; b); 5.000 đ", [(8000, "a; b"), (5000, "")]),
        ("Theo nghị quyết của tỉnh", [(None, "Theo nghị quyết của tỉnh")]),
        ("từ 5.000 đến 8.000 đồng", [(None, "từ 5.000 đến 8.000 đồng")]),
        ("0", [(0, "")]),
        ("", []),
    ],
)
def test_fees_are_read_and_words_are_never_made_into_numbers(text: str, fees: list[tuple[int | None, str]]) -> None:
    assert [(fee["so_tien"], fee["mo_ta"]) for fee in fees_of(text)] == fees


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("03 Ngày làm việc", (3, "WORKING_DAY")),
        ("3,5 ngày", (3.5, "DAY")),
        ("trong ngày", ("trong ngày", "OTHER")),
        ("5 ngày kể từ khi nhận đủ hồ sơ", ("5 ngày kể từ khi nhận đủ hồ sơ", "OTHER")),
        ("", (None, "OTHER")),
    ],
)
def test_time_limits_are_read(text: str, limit: tuple[object, str]) -> None:
    assert tuple(limit_of(text).values()) == limit


# ---- tables


def test_a_plain_starter_edition_holds_no_draft_back(engine: Engine, tmp_path: Path) -> None:
    Catalog(engine).put([Procedure("1.900001", "Cấp thẻ", updated_at=date(2026, 4, 15))], STARTER, "ban đầu")
    undated = csv(tmp_path / "b.csv", "1.900001,Cấp thẻ,Trực tiếp | 9 ngày,")
    report = import_files([undated], Catalog(engine))
    assert (report.kept, report.added, report.changed) == (0, 0, 0)
    with engine.connect() as connection:
        assert [(row.code, row.status) for row in fetch_waiting(connection)] == [("1.900001", Status.DRAFT)]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_filled_template_goes_in_whole(engine: Engine, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mau{suffix}"
    write_template(path)
    assert import_files([path], Catalog(engine)) == ImportReport(), "the example row is passed over"
    if suffix == ".csv":
        path.write_text(path.read_text(encoding="utf-8-sig").replace(EXAMPLE, "1.900001"), encoding="utf-8-sig")
    else:
        book = load_workbook(path)
        book.worksheets[0]["A2"] = "1.900001"
        book.save(path)
    assert import_files([path], Catalog(engine)).added == 1
    procedure = get(engine, "1.900001")
    direct, online = procedure.methods
    assert direct.duration == Duration(5, Unit.WORKING_DAY)
    assert direct.fees == (Fee(8000, "mỗi bản"),)
    assert (online.channel, online.fees) == (Channel.ONLINE, ())
    (papers,) = procedure.document_sets
    assert [(paper.name, paper.originals, paper.copies) for paper in papers.documents] == [
        ("Tờ khai", 1, 0),
        ("Giấy tờ tùy thân", 0, 1),
    ]
    assert [form.name for form in procedure.forms] == ["to-khai.docx"]
    assert len(procedure.steps) == 2
    assert procedure.legal[0].number == "60/2014/QH13"
    assert (procedure.kind, procedure.fully_online) == (Kind.NATIONAL, False)
    assert import_files([path], Catalog(engine)).added == 0


def test_bad_rows_are_told_with_line_column_and_reason_and_good_ones_go_in(engine: Engine, tmp_path: Path) -> None:
    path = csv(
        tmp_path / "a.csv",
        "1.900001,Cấp thẻ,Trực tiếp | 5 ngày,15/4/2026",
        "1.900002,Cấp thẻ,Bay | 5 ngày,",
        "1.900003,,,",
        "abc,Cấp thẻ,,",
        '1.900004,"Cấp\nthẻ",,31/2/2026',
        "1.900001,Cấp thẻ,,",
    )
    report = import_files([path], Catalog(engine))
    assert report.added == 1
    told = reasons(report)
    assert "cột Cách nộp" in told["a.csv:3 1.900002"]
    assert "thiếu tên" in told["a.csv:4 1.900003"]
    assert "không đúng dạng" in told["a.csv:5 abc"]
    assert "15/4/2026" in told["a.csv:6 1.900004"]
    assert "trùng mã" in told["a.csv:8 1.900001"]
    assert get(engine, "1.900001").updated_at == date(2026, 4, 15)


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_csv_parted_by_any_usual_sign_and_marked_by_excel_is_read(engine: Engine, tmp_path: Path, sign: str) -> None:
    path = csv(tmp_path / "a.csv", f"1.900001{sign}Cấp thẻ", heading=f"MÃ SỐ{sign}tên", mark="\ufeff")
    assert import_files([path], Catalog(engine), dry_run=True).skipped == ()
    assert len(read_files([path], Catalog(engine)).procedures) == 1


def test_a_column_that_nobody_reads_is_told(engine: Engine, tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", "1.900001,Cấp thẻ,x", heading="Mã số,Tên,Ghi chú")
    assert "Ghi chú" in import_files([path], Catalog(engine)).skipped[0].reason


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "Mã số,Tên\n1,Cấp".encode("utf-16"), "UTF-8"),
        ("a.csv", b"a,b\n1,2\n", "tiêu đề"),
        ("a.csv", b"", "tiêu đề"),
        ("a.xlsx", b"PK\x03\x04 broken", "Excel"),
        ("a.doc", b"\xd0\xcf\x11\xe0 an old Word file", "docx"),
        ("a.zip", b"no archive", "zip"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_plain_words(
    engine: Engine, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(OSError, match=words):
        import_files([path], Catalog(engine))


# ---- partial rows


def test_a_partial_row_with_a_date_changes_only_what_it_tells(engine: Engine, tmp_path: Path) -> None:
    import_files([csv(tmp_path / "a.csv", "1.900001,Cấp thẻ,Trực tiếp | 5 ngày,15/4/2026")], Catalog(engine))
    later = csv(tmp_path / "b.csv", "1.900001,Cấp thẻ mới,,20/5/2026")
    assert import_files([later], Catalog(engine)).changed == 1
    procedure = get(engine, "1.900001")
    assert (procedure.name, procedure.updated_at) == ("Cấp thẻ mới", date(2026, 5, 20))
    assert procedure.methods[0].duration == Duration(5, Unit.DAY)


def test_a_dash_empties_what_is_held(engine: Engine, tmp_path: Path) -> None:
    import_files([csv(tmp_path / "a.csv", "1.900001,Cấp thẻ,Trực tiếp | 5 ngày,15/4/2026")], Catalog(engine))
    import_files([csv(tmp_path / "b.csv", "1.900001,Cấp thẻ,-,20/5/2026")], Catalog(engine))
    assert get(engine, "1.900001").methods == ()


def test_new_facts_without_a_date_wait_as_a_draft(engine: Engine, tmp_path: Path) -> None:
    import_files([csv(tmp_path / "a.csv", "1.900001,Cấp thẻ,Trực tiếp | 5 ngày,15/4/2026")], Catalog(engine))
    undated = csv(tmp_path / "b.csv", "1.900001,Cấp thẻ,Trực tiếp | 9 ngày,")
    reading = read_files([undated], Catalog(engine))
    assert reading.drafts == reading.procedures
    (change,) = foresee(engine, reading.procedures, IMPORT)
    assert change.fate is Fate.DRAFT
    assert [difference.field for difference in change.differences] == ["methods"]
    import_files([undated], Catalog(engine))
    assert get(engine, "1.900001").methods[0].duration == Duration(5, Unit.DAY), "citizens see no draft"
    again = read_files([undated], Catalog(engine))
    assert [change.fate for change in foresee(engine, again.procedures, IMPORT)] == [Fate.UNCHANGED]
    report = import_files([undated], Catalog(engine))
    assert (report.unchanged, report.changed) == (1, 0)


LIST = (
    ["DANH SÁCH THỦ TỤC HÀNH CHÍNH"],
    ["Mã số", "Tên", "Cơ quan ban hành", "Cơ quan thực hiện", "Lĩnh vực"],
)


def test_the_portals_list_never_publishes_a_procedure_without_facts(engine: Engine, tmp_path: Path) -> None:
    import_files([csv(tmp_path / "a.csv", "1.900001,Cấp thẻ,Trực tiếp | 5 ngày,15/4/2026")], Catalog(engine))
    path = excel(
        tmp_path / "list.xlsx",
        *LIST,
        ["1.900001", "Tên khác", "Bộ Tư pháp", "Sở Tư pháp\nSở Tư pháp", "Hộ tịch"],
        ["1.900002", "Cấp giấy", "Bộ Tư pháp", "", "Hộ tịch"],
    )
    reading = read_files([path], Catalog(engine))
    assert (reading.known, [draft.code for draft in reading.drafts]) == (1, ["1.900002"])
    for _ in range(2):
        import_files([path], Catalog(engine))
        assert [procedure.code for procedure in Catalog(engine).published()] == ["1.900001"]
    assert get(engine, "1.900001").name == "Cấp thẻ"
    assert read_files([path], Catalog(engine)).known == 2


def test_numbers_and_dates_of_a_spreadsheet_are_read(engine: Engine, tmp_path: Path) -> None:
    rows = [
        ["Mã số", "Tên", "Cách nộp", "Ngày cập nhật"],
        [1.900001, "Cấp thẻ", "Trực tiếp | 5 ngày", date(2026, 4, 5)],
    ]
    import_files([excel(tmp_path / "a.xlsx", *rows)], Catalog(engine))
    assert get(engine, "1.900001").updated_at == date(2026, 4, 5)


# ---- zip


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_zip_of_files_is_read_and_what_cannot_be_is_told(engine: Engine, tmp_path: Path) -> None:
    table = csv(tmp_path / "a.csv", "1.900001,Cấp thẻ,Trực tiếp | 5 ngày,15/4/2026", "x,Cấp thẻ,,").read_bytes()
    inner = zipped(tmp_path / "inner.zip", **{"a.csv": table}).read_bytes()
    path = zipped(
        tmp_path / "a.zip",
        **{
            "danh-muc/a.csv": table,
            "b.jsonl": '{"ma": "1.900002", "ten": "Cấp giấy"}'.encode(),
            "../../etc/c.csv": table,
            "/d.csv": table,
            "inner.zip": inner,
            "read.me": b"text",
            "broken.xlsx": b"PK",
            "__MACOSX/a.csv": b"",
            ".hidden.csv": b"",
        },
    )
    report = import_files([path], Catalog(engine))
    assert report.added == 2
    told = reasons(report)
    assert told.keys() == {
        "a.zip/danh-muc/a.csv:3 x",
        "a.zip/../../etc/c.csv",
        "a.zip//d.csv",
        "a.zip/inner.zip",
        "a.zip/read.me",
        "a.zip/broken.xlsx",
    }
    assert "chỉ ra ngoài" in told["a.zip/../../etc/c.csv"]
    assert "zip lồng" in told["a.zip/inner.zip"]
    assert "Excel" in told["a.zip/broken.xlsx"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["a.csv", "a.zip", "inner.zip"]


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.xlsx", "bomb.docx"])
def test_a_bomb_is_refused(engine: Engine, tmp_path: Path, name: str) -> None:
    member = {"bomb.zip": "a.jsonl", "bomb.xlsx": "xl/worksheets/sheet1.xml", "bomb.docx": "word/document.xml"}[name]
    path = zipped(tmp_path / name, **{member: b"0" * 50_000_000})
    with pytest.raises(OSError, match="quá lớn"):
        import_files([path], Catalog(engine))


def test_entities_of_a_word_file_are_not_expanded(engine: Engine, tmp_path: Path) -> None:
    evil = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    with pytest.raises(OSError, match="docx"):
        import_files([zipped(tmp_path / "a.docx", **{"word/document.xml": evil})], Catalog(engine))


# ---- the portal's own files


def sample(name: str) -> Path:
    if not (SAMPLES / name).exists():
        pytest.skip(f"{name} is not in {SAMPLES} (set MOTCUA_SHARED)")
    return SAMPLES / name


def test_the_portals_page_of_a_procedure_is_read(engine: Engine) -> None:
    path = sample("ChiTietTTHC_1.004194.doc")
    assert import_files([path], Catalog(engine)).added == 1
    procedure = get(engine, "1.004194")
    assert (procedure.name, procedure.decision) == ("Đăng ký tạm trú", "370/QĐ-BCA-C06")
    assert procedure.fields == ("Đăng ký, quản lý cư trú",)
    assert procedure.audience[2:] == ("Tổ chức (không bao gồm doanh nghiệp, HTX)", "Hợp tác xã")
    direct, online = procedure.methods
    assert (direct.duration, [fee.amount for fee in direct.fees]) == (Duration(3, Unit.WORKING_DAY), [10000, 15000, 0])
    assert [fee.amount for fee in online.fees] == [5000, 7000, 0]
    assert all(fee.text for fee in online.fees)
    assert [len(group.documents) for group in procedure.document_sets] == [3, 2, 3, 1]
    assert procedure.document_sets[3].case == ""
    assert procedure.document_sets[0].documents[0].forms[0].name == "1.MuCT01banhnhkmtheoThngts53.doc"
    assert len(procedure.legal) == 11
    assert import_files([path], Catalog(engine)).added == 0


def test_the_portals_list_is_read(engine: Engine) -> None:
    path = sample("danh-sach-tthc-BoTuPhap.xlsx")
    reading = read_files([path], Catalog(engine))
    assert (len(reading.procedures), reading.skipped) == (271, ())
    assert {procedure.status for procedure in reading.procedures} == {Status.DRAFT}
    content = io.BytesIO(path.read_bytes())
    assert load_workbook(content).active.max_row == 273

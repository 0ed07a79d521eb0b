import gzip
import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.importers.jsonl import Row, read_jsonl
from knowledge.types import (
    CaseDuration,
    Channel,
    Document,
    DocumentSet,
    Duration,
    Fee,
    Form,
    Kind,
    LegalReference,
    Method,
    Procedure,
    Status,
    Step,
    Unit,
)

ROW: dict[str, Any] = {
    "ma": "1.009999",
    "ten": "Cấp thẻ thư viện",
    "ten_goc": "Cấp  thẻ\nthư viện",
    "linh_vuc": ["Thư viện", None],
    "cap_thuc_hien": ["Cấp xã"],
    "loai": "STANDARD",
    "trang_thai": "ACTIVE",
    "co_quan_cong_bo": "Bộ Văn hóa",
    "so_quyet_dinh": "12/QĐ-BVH",
    "doi_tuong": ["Công dân Việt Nam"],
    "trinh_tu": [{"ten": "Bước 1", "noi_dung": "Nộp đơn\ntại quầy"}, {"ten": "", "noi_dung": ""}],
    "cach_thuc": [
        {
            "hinh_thuc": "truc_tiep",
            "thoi_han_so": 2,
            "thoi_han_don_vi": "WORKING_DAY",
            "mo_ta": "Tại quầy",
            "phi": [
                {"loai": "FEE", "so_tien": 20000, "mo_ta": "mỗi  thẻ"},
                {"loai": "SERVICE_FEE", "so_tien": 0, "mo_ta": ""},
                {"loai": "FEE", "so_tien": None, "mo_ta": "theo nghị quyết của tỉnh"},
                {"loai": "FEE", "so_tien": None, "mo_ta": ""},
                None,
            ],
        },
    ],
    "thoi_han_truong_hop": [{"ma": "1", "ten": "Làm lại thẻ", "so": 3, "don_vi": "DAY"}],
    "thanh_phan_ho_so": [
        {
            "truong_hop": "",
            "giay_to": [{"ten": "Đơn xin cấp thẻ", "ma": "x", "ban_chinh": 1, "ban_sao": 0, "mau": ["mau 1.docx"]}],
        },
        {"truong_hop": "", "giay_to": []},
        {"truong_hop": "Lưu ý: mang ảnh", "giay_to": [{"ten": "", "ban_chinh": 1, "ban_sao": 0, "mau": []}]},
    ],
    "co_quan_thuc_hien": ["Thư viện xã"],
    "dia_chi_tiep_nhan": "Không có thông tin",
    "ket_qua": [{"ten": "Thẻ thư viện", "ma": "k"}, {"ten": "Thẻ thư viện", "ma": "k2"}],
    "can_cu_phap_ly": [{"so_hieu": "46/2019/QH14", "ten": "Luật Thư viện"}],
    "yeu_cau_dieu_kien": "Không",
    "toan_trinh": True,
    "url": "https://dichvucong.gov.vn/thu-tuc-hanh-chinh/abc",
    "ngay_cap_nhat": "2026-03-02",
    "nguon": "nơi khác",
    "khoa_moi": {"khong": "biết"},
}


def read(folder: Path, *rows: object) -> list[Row]:
    path = folder / "catalogue.jsonl"
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass")
    return list(read_jsonl(path))


def one(folder: Path, **changes: Any) -> Procedure:
    (row,) = read(folder, ROW | changes)
    assert row.procedure is not None, row.reason
    return row.procedure


def refused(folder: Path, **changes: Any) -> str:
    (row,) = read(folder, ROW | changes)
    assert row.procedure is None
    return row.reason


def durations(folder: Path, amount: Any, unit: Any) -> Duration | None:
    method = {"hinh_thuc": "truc_tiep", "thoi_han_so": amount, "thoi_han_don_vi": unit, "phi": []}
    return one(folder, cach_thuc=[method]).methods[0].duration


def test_a_row_becomes_a_procedure(tmp_path: Path) -> None:
    assert one(tmp_path) == Procedure(
        code="1.009999",
        name="Cấp thẻ thư viện",
        fields=("Thư viện",),
        levels=("Cấp xã",),
        audience=("Công dân Việt Nam",),
        methods=(
            Method(
                Channel.DIRECT,
                Duration(2, Unit.WORKING_DAY),
                (Fee(20000, "mỗi thẻ"), Fee(0, "", "service_fee"), Fee(None, "theo nghị quyết của tỉnh")),
                "Tại quầy",
            ),
        ),
        steps=(Step("Bước 1", "Nộp đơn\ntại quầy"),),
        document_sets=(
            DocumentSet("", (Document("Đơn xin cấp thẻ", 1, 0, (Form("mau 1.docx"),)),)),
            DocumentSet("Lưu ý: mang ảnh", ()),
        ),
        case_durations=(CaseDuration("Làm lại thẻ", Duration(3, Unit.DAY)),),
        results=("Thẻ thư viện",),
        legal=(LegalReference("46/2019/QH14", "Luật Thư viện"),),
        conditions="Không",
        agencies=("Thư viện xã",),
        issuer="Bộ Văn hóa",
        decision="12/QĐ-BVH",
        fully_online=True,
        source="Cổng Dịch vụ công quốc gia",
        source_url="https://dichvucong.gov.vn/thu-tuc-hanh-chinh/abc",
        updated_at=date(2026, 3, 2),
    )


def test_code_and_name_are_enough(tmp_path: Path) -> None:
    (row,) = read(tmp_path, {"ma": "1.009999", "ten": "Cấp thẻ", "cach_thuc": None, "toan_trinh": None})
    assert row == Row(1, "1.009999", Procedure("1.009999", "Cấp thẻ"))


def test_a_gzipped_file_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.gz"
    path.write_bytes(gzip.compress(json.dumps(ROW).encode()))
    assert [row.procedure for row in read_jsonl(path)] == [one(tmp_path)]


def test_a_gzipped_file_cut_short_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.gz"
    path.write_bytes(gzip.compress(json.dumps(ROW).encode())[:-20])
    with pytest.raises(OSError, match=r"catalogue\.gz: tệp nén bị hỏng"):
        list(read_jsonl(path))


def test_letters_no_database_takes_are_left_out(tmp_path: Path) -> None:
    (row,) = read(tmp_path, '{"ma": "1.009999", "ten": "Cấp\\ud800 thẻ\\u0000", "ket_qua": [{"ten": "Thẻ\\udfff"}]}')
    assert row.procedure == Procedure("1.009999", "Cấp thẻ", results=("Thẻ",))


def test_bad_lines_are_told_and_the_others_read(tmp_path: Path) -> None:
    rows = read(
        tmp_path, "\ufeff" + json.dumps(ROW), "{broken", "", "[1]", "[" * 100_000, "\udce1", ROW | {"ma": "1.000002"}
    )
    assert [(row.line, row.code, row.procedure is None) for row in rows] == [
        (1, "1.009999", False),
        (2, "", True),
        (4, "", True),
        (5, "", True),
        (6, "", True),
        (7, "1.000002", False),
    ]
    assert "không đọc được JSON" in rows[1].reason
    assert "không phải một đối tượng JSON" in rows[2].reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ma": None}, "thiếu mã"),
        ({"ma": "  "}, "thiếu mã"),
        ({"ma": 1.009999}, "ma: cần chữ"),
        ({"ma": "khai-sinh"}, "không đúng dạng"),
        ({"ma": "1.014955-Xoa"}, "đã bỏ thủ tục này"),
        ({"ten": ""}, "thiếu tên"),
        ({"ten": ["a"]}, "ten: cần chữ"),
        ({"loai": "NEW"}, "loại thủ tục 'NEW' chưa biết"),
        ({"linh_vuc": "Thư viện"}, "linh_vuc: cần danh sách"),
        ({"linh_vuc": [1]}, "linh_vuc: cần chữ"),
        ({"trinh_tu": ["Nộp"]}, "trinh_tu: cần đối tượng"),
        ({"trinh_tu": {"ten": "Nộp"}}, "trinh_tu: cần danh sách"),
        ({"toan_trinh": "có"}, "toan_trinh: cần true"),
        ({"ngay_cap_nhat": "02/03/2026"}, "ngày '02/03/2026' không đúng dạng"),
        ({"cach_thuc": [{"hinh_thuc": "fax"}]}, "hình thức nộp 'fax'"),
        ({"cach_thuc": [{"hinh_thuc": "truc_tiep", "thoi_han_so": [1], "thoi_han_don_vi": "DAY"}]}, "thời hạn [1]"),
        ({"cach_thuc": [{"hinh_thuc": "truc_tiep", "thoi_han_so": 1, "thoi_han_don_vi": "WEEK"}]}, "đơn vị thời hạn"),
        ({"cach_thuc": [{"hinh_thuc": "truc_tiep", "phi": [{"so_tien": "8.000"}]}]}, "số tiền '8.000'"),
        ({"cach_thuc": [{"hinh_thuc": "truc_tiep", "phi": [{"so_tien": -1}]}]}, "số tiền -1"),
        ({"thanh_phan_ho_so": [{"giay_to": [{"ten": "a", "ban_sao": "1"}]}]}, "ban_sao: cần số"),
        (
            {"cach_thuc": [{"hinh_thuc": "truc_tiep", "thoi_han_so": math.inf, "thoi_han_don_vi": "DAY"}]},
            "thời hạn inf",
        ),
        ({"loai": "SPECIFIC"}, "không rõ tỉnh nào"),
    ],
)
def test_a_row_of_the_wrong_shape_is_refused_with_its_reason(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    assert reason in refused(tmp_path, **changes)


@pytest.mark.parametrize(
    ("kind", "issuer", "expected"),
    [
        ("STANDARD", "Bộ Tư pháp", (Kind.NATIONAL, "national")),
        ("SPECIFIC", "UBND tỉnh Bắc Ninh", (Kind.PROVINCIAL, "Bắc Ninh")),
        ("SPECIFIC", "UBND Thành phố Hồ Chí Minh", (Kind.PROVINCIAL, "Hồ Chí Minh")),
        ("SPECIFIC", "Trung tâm phục vụ hành chính công Thành phố Hà Nội", (Kind.PROVINCIAL, "Hà Nội")),
        ("SPECIFIC", "Sở Xây dựng - tỉnh Quảng Ngãi", (Kind.PROVINCIAL, "Quảng Ngãi")),
        ("STANDARD", "UBND tỉnh Đắk Lắk", (Kind.PROVINCIAL, "Đắk Lắk")),
        ("STANDARD_INTERNAL", "UBND tỉnh Lào Cai", (Kind.INTERNAL, "national")),
        (None, "Bộ Tư pháp", (Kind.NATIONAL, "national")),
    ],
)
def test_whose_procedure_it_is(tmp_path: Path, kind: str | None, issuer: str, expected: tuple[Kind, str]) -> None:
    procedure = one(tmp_path, loai=kind, co_quan_cong_bo=issuer)
    assert (procedure.kind, procedure.scope) == expected


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (5, "DAY", Duration(5, Unit.DAY)),
        (5.0, "HOUR", Duration(5, Unit.HOUR)),
        (3.5, "WORKING_DAY", Duration(None, Unit.OTHER, "3,5 ngày làm việc")),
        (0, "WORKING_DAY", None),
        (1, "OTHER", None),
        (1, None, None),
        (None, "DAY", None),
        ("1", "OTHER", None),
        ("-", "OTHER", None),
        ("Theo mô tả", "OTHER", None),
        ("Không quá  15 ngày", "OTHER", Duration(None, Unit.OTHER, "Không quá 15 ngày")),
    ],
)
def test_time_limits_say_only_what_is_known(
    tmp_path: Path, amount: Any, unit: str | None, expected: Duration | None
) -> None:
    assert durations(tmp_path, amount, unit) == expected


def test_a_case_with_the_procedure_s_own_name_is_no_case(tmp_path: Path) -> None:
    cases = [
        {"ten": "Cấp thẻ thư viện", "so": 1, "don_vi": "DAY"},
        {"ten": "Cấp thẻ thư viện", "so": 1, "don_vi": "DAY"},
        {"ten": "Không rõ", "so": 1, "don_vi": "OTHER"},
    ]
    assert one(tmp_path, thoi_han_truong_hop=cases).case_durations == (CaseDuration("", Duration(1, Unit.DAY)),)


@pytest.mark.parametrize(("state", "status"), [("UPDATED", Status.PUBLISHED), ("INACTIVE", Status.WITHDRAWN)])
def test_only_what_is_in_force_is_published(tmp_path: Path, state: str, status: Status) -> None:
    assert one(tmp_path, trang_thai=state).status is status


def test_links_are_only_links(tmp_path: Path) -> None:
    procedure = one(tmp_path, url="javascript:alert(1)")
    assert (procedure.source, procedure.source_url) == ("nơi khác", "")

"""Procedures made by hand, each with one trap of the real catalogue. Every fact in them is invented."""

from __future__ import annotations

from datetime import date

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
    Step,
    Unit,
)

LINK = "https://dichvucong.gov.vn/thu-tuc-hanh-chinh/mau"

RESIDENCE = Procedure(
    code="1.900001",
    name="Thủ tục đăng ký thử",
    summary="Báo nơi ở mới của gia đình.",
    fields=("Cư trú",),
    levels=("Cấp xã",),
    methods=(
        Method(Channel.ONLINE, Duration(5, Unit.WORKING_DAY), (Fee(7000),), "Nộp trên ứng dụng VNeID"),
        Method(Channel.DIRECT, Duration(5, Unit.WORKING_DAY), (Fee(15000, "mỗi lần đăng ký"),)),
    ),
    steps=(Step("", "Bước 1: Nộp hồ sơ.\nBước 2: Nhận phiếu hẹn."),),
    document_sets=(
        DocumentSet("* Giấy tờ phải xuất trình:", (Document("- Căn cước;", 1),)),
        DocumentSet(
            "* Giấy tờ phải nộp:",
            (
                Document("b) Giấy tờ về chỗ ở hợp pháp;", 0, 1),
                Document("a) Tờ khai theo mẫu CT90", 1, forms=(Form("CT90.docx"),)),
            ),
        ),
    ),
    results=("Thông báo từ chối", "- Giấy xác nhận"),
    legal=(LegalReference("68/2020/QH14", "Luật Cư trú"), LegalReference("62/2021/NĐ-CP", "Nghị định 62/2021/NĐ-CP")),
    conditions="Không có",
    agencies=("Công an cấp xã",),
    fully_online=True,
    source_url=LINK,
    updated_at=date(2026, 4, 15),
    version=3,
)

SILENT = Procedure(code="1.900002", name="Việc danh mục không ghi gì", source="Sổ tay của sở")

ZERO_FEE = Procedure(
    code="1.900003",
    name="Việc có lệ phí 0 đồng không lời",
    methods=(Method(Channel.DIRECT, Duration(None, Unit.OTHER), (Fee(0),)),),
    agencies=("Ủy ban nhân dân cấp huyện",),
    source_url=LINK,
)

FREE = Procedure(
    code="1.900004",
    name="Việc ghi rõ là không thu",
    methods=(Method(Channel.DIRECT, Duration(3, Unit.DAY), (Fee(0, "Không"), Fee(None, "Không"))),),
    source_url=LINK,
)

MIXED = Procedure(
    code="1.900005",
    name="Việc có nhiều dòng lệ phí",
    methods=(
        Method(
            Channel.DIRECT,
            Duration(30, Unit.DAY),
            (
                Fee(2000, "/trang"),
                Fee(0),
                Fee(0, "Gia hạn"),
                Fee(25, "25.000.000đ/giấy"),
                Fee(None, "01 triệu đồng/lần"),
            ),
        ),
    ),
    case_durations=(
        CaseDuration("Có sai lệch thông tin cần xác minh", Duration(2, Unit.MONTH)),
        CaseDuration("Thông thường", Duration(10, Unit.WORKING_DAY)),
    ),
    source_url=LINK,
)

PROVINCIAL = Procedure(
    code="1.900006", name="Đăng ký thử tại tỉnh", kind=Kind.PROVINCIAL, scope="Lào Cai", source_url=LINK
)


def with_papers(count: int, length: int) -> Procedure:
    """Return a procedure with so many papers, each with a name of about so many characters."""
    words = "giấy tờ chứng minh nội dung kê khai trong hồ sơ của người đề nghị, "
    papers = tuple(
        Document(f"Giấy số {number} gồm {words * (length // len(words) + 1)}"[:length].strip(" ,"))
        for number in range(count)
    )
    return Procedure(
        code="1.900007", name="Việc nhiều giấy tờ", document_sets=(DocumentSet("", papers),), source_url=LINK
    )

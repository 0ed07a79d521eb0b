from datetime import date

import pytest

from bot.formatting import (
    Line,
    clean,
    clean_item,
    day,
    essence,
    money,
    paginate,
    paragraphs,
    pieces,
    plain_name,
    shorten,
    water_level,
)


def test_amounts_and_dates_are_written_as_people_write_them() -> None:
    assert money(8000) == "8.000 đồng"
    assert money(1_250_000) == "1.250.000 đồng"
    assert day(date(2026, 4, 5)) == "5/4/2026"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("- Đơn đề nghị;", "Đơn đề nghị"),
        ("+ .Cơ cấu  tổ chức;//", "Cơ cấu tổ chức"),
        ("* Lưu ý:", "Lưu ý:"),
        ("nộp tại https://a.vn/;", "nộp tại https://a.vn/"),
        ("02 ảnh 3×4 cm", "02 ảnh 3×4 cm"),
    ],
)
def test_bullets_and_stray_ends_go_and_words_stay(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a) Tờ khai", "Tờ khai"),
        ("(12) Tờ khai", "Tờ khai"),
        ("1.2. Tờ khai", "Tờ khai"),
        ("- (iv) Tờ khai", "Tờ khai"),
        ("3 bản chụp", "3 bản chụp"),
        ("1. 02 ảnh", "1. 02 ảnh"),
    ],
)
def test_enumerators_of_items_go_but_counts_stay(raw: str, shown: str) -> None:
    assert clean_item(raw) == shown


def test_prose_is_split_at_lines_steps_and_its_own_bullets_only() -> None:
    assert paragraphs("Bước 1: Nộp. Bước 2: Nhận.\n\n- Một; - Hai") == ["Bước 1: Nộp.", "Bước 2: Nhận.", "Một", "Hai"]
    assert paragraphs("- Công chức tư pháp - hộ tịch kiểm tra.") == ["Công chức tư pháp - hộ tịch kiểm tra."]


def test_a_line_broken_in_mid_sentence_is_made_whole() -> None:
    assert paragraphs("Người dân đến\nnộp hồ sơ.\na) Một") == ["Người dân đến nộp hồ sơ.", "a) Một"]


def test_the_name_goes_without_the_word_procedure() -> None:
    assert plain_name("Thủ tục đăng ký\n khai sinh.") == "Đăng ký khai sinh"
    assert plain_name("Thủ tục") == "Thủ tục"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("Giấy chứng sinh", 15, "Giấy chứng sinh"),
        ("Nộp hồ sơ tại quầy. Chờ nhận phiếu hẹn trả", 30, "Nộp hồ sơ tại quầy. …"),
        ("Tờ khai theo mẫu của cơ quan (nếu nộp trực tiếp)", 40, "Tờ khai theo mẫu của cơ quan …"),
        ("Giấy xác nhận của cơ quan và của người làm", 30, "Giấy xác nhận của cơ quan …"),
    ],
)
def test_cutting_keeps_whole_words_and_clauses(text: str, limit: int, shown: str) -> None:
    assert shorten(text, limit) == shown


def test_a_word_longer_than_the_room_is_cut_anyway() -> None:
    assert len(shorten("x" * 50, 20)) == 20


def test_the_first_clause_stands_for_a_paper() -> None:
    assert essence("Giấy chứng sinh; không có thì nộp văn bản của người làm chứng", 60) == "Giấy chứng sinh …"
    assert essence("Hộ chiếu", 60) == "Hộ chiếu"


def test_pieces_read_on_and_lose_nothing() -> None:
    text = "Người dân nộp hồ sơ tại quầy, nhận phiếu hẹn và chờ kết quả. Quá hạn thì gọi tổng đài để hỏi."
    parts = pieces(text, 40)
    assert max(map(len, parts)) <= 40
    assert "".join(part.strip("… ").replace(" ", "") for part in parts) == text.replace(" ", "")


def test_room_is_shared_so_that_short_ones_are_whole() -> None:
    assert water_level([10, 100, 100], 110) == 50
    assert water_level([10, 20], 100) >= 20


def test_what_fits_is_one_page_and_nothing_is_one_empty_page() -> None:
    assert paginate([Line("một"), Line("hai")], 100, 100) == ["• Một\n• Hai"]
    assert paginate([], 100, 100) == [""]


def test_a_heading_is_repeated_where_its_list_goes_on() -> None:
    lines = [Line(f"giấy {'x' * 60}{number}", group="Phải nộp:") for number in range(9)]
    first, *rest = paginate(lines, 300, 300)
    assert first.startswith("Phải nộp:\n• Giấy")
    assert all(page.startswith("Phải nộp:\n") for page in rest)
    assert sum(page.count("Giấy") for page in (first, *rest)) == 9

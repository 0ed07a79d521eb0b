import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.importers.cleaning import clean_code, clean_line, clean_name, clean_text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Giấy\u00a0khai\u202fsinh  cho\tcon ", "Giấy khai sinh cho con"),
        ("dòng một \r\n\n  dòng hai\u2028dòng ba", "dòng một\ndòng hai\ndòng ba"),
        ("khai\u200b \u200esinh\u00ad\ufeff\x00", "khai sinh"),
        (unicodedata.normalize("NFD", "Đăng ký"), "Đăng ký"),
        ("\uf0fc Tờ khai\n\uf02d Giấy\n\uf02b Ảnh", "- Tờ khai\n- Giấy\n+ Ảnh"),
        ("<p>Tờ <b>khai</b></p>", "Tờ khai"),
        ("xe < 5 tấn và > 2 tấn", "xe < 5 tấn và > 2 tấn"),
        ("R&amp;D &#39;x&#39; &lt; 5", "R&D 'x' < 5"),
        ("AT&T; P&ID", "AT&T; P&ID"),
        ("Không có thông tin", ""),
        ("Không", "Không"),
        ("“30 m²”, 5–7 ngày…", "“30 m²”, 5–7 ngày…"),
    ],
)
def test_letters_and_spaces_are_cleaned_and_words_are_not(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@given(st.text(alphabet=st.characters(exclude_characters="&<")))
def test_cleaning_again_changes_nothing(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text())
def test_a_line_is_one_line_of_visible_letters(text: str) -> None:
    assert {unicodedata.category(letter) for letter in clean_line(text)}.isdisjoint(
        {"Cc", "Cf", "Cs", "Co", "Cn", "Zl"}
    )


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("HƯỞNG TRỢ CẤP ỐM ĐAU", "Hưởng trợ cấp ốm đau"),
        ("THỦ TỤC THÀNH LẬP HỘI (CẤP TỈNH).", "Thủ tục thành lập hội (cấp tỉnh)"),
        ("THỦ TỤC QUỸ TỰ GIẢI THỂ (Cấp xã)", "Thủ tục quỹ tự giải thể (cấp xã)"),
        ("CẤP THẺ BHYT CHO NGƯỜI NƯỚC NGOÀI TẠI VIỆT NAM", "Cấp thẻ BHYT cho người nước ngoài tại Việt Nam"),
        ("CẤP HTXX", "Cấp htxx"),
        ("Cấp sổ BHXH, thẻ BHYT", "Cấp sổ BHXH, thẻ BHYT"),
        ("CITES", "CITES"),
        ("Cấp giấy phép\nxây dựng ", "Cấp giấy phép xây dựng"),
        ("cấp giấy phép", "Cấp giấy phép"),
        (". Cấp giấy phép -", "Cấp giấy phép"),
        ("1. Hỗ trợ hỏa táng;", "Hỗ trợ hỏa táng"),
        ("2 bánh: đăng ký xe", "2 bánh: đăng ký xe"),
        ("Xác nhận “đúng hạn”", "Xác nhận “đúng hạn”"),
        (" . ", ""),
    ],
)
def test_names_read_like_names(raw: str, name: str) -> None:
    assert clean_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (" 1.014325", "1.014325"),
        ("1.001193", "1.001193"),
        ("1.0133611", "1.0133611"),
        ("2.009182739", "2.009182739"),
        ("2.000575.000.00.00.H35", "2.000575"),
        ("2.000575.000.00.00", "2.000575"),
        ("1.014955-Xoa", None),
        ("khai sinh", None),
        ("1.001193 2", None),
        ("", None),
    ],
)
def test_codes_lose_spaces_and_a_province_s_suffix(raw: str, code: str | None) -> None:
    assert clean_code(raw) == code

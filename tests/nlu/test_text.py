import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.text import clean, fold, has_accents, syllables

VIETNAMESE = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("đăng ký", "đăng ký"),
        (unicodedata.normalize("NFD", "đăng ký kết hôn"), "đăng ký kết hôn"),
        ("khai\u200b\u200d\ufeff sinh", "khai sinh"),
        ("\u202ekhai\u202c \u2066sinh\u2069", "khai sinh"),
        ("thẻ\U000e0041\U000e0042 bhyt", "thẻ bhyt"),
        ("ho\u00adso", "hoso"),
        ("hộ\u00a0chiếu\u3000mới", "hộ chiếu mới"),
        ("a  \t b", "a b"),
        ("dòng 1\r\ndòng 2", "dòng 1\ndòng 2"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("  x \n y  ", "x\ny"),
        ("ＣＣＣＤ　１２３", "CCCD 123"),
        ("𝐤𝐡𝐚𝐢 𝐬𝐢𝐧𝐡", "khai sinh"),
        ("½ m²", "½ m²"),
        ("❤\ufe0f", "❤"),
        ("\x00\x07tạm trú\x7f", "tạm trú"),
        ("é\u0302", "ế"),
        ("z\u0335\u0321\u0322\u0327\u0328a", "z\u0335\u0321a"),
        ("\u3164\u2800", ""),
        ("", ""),
    ],
)
def test_clean(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(st.text())
def test_clean_is_idempotent_and_leaves_nothing_hidden(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not {char for char in once if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Cn"}}


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ĐĂNG KÝ Thường Trú", "dang ky thuong tru"),
        ("Nguyễn Thị Ỷ Ỵ", "nguyen thi y y"),
        ("đ Đ ð", "d d ð"),
        (unicodedata.normalize("NFD", "giấy tờ"), "giay to"),
        ("CT01 – 60/2014/QH13", "ct01 – 60/2014/qh13"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(alphabet=VIETNAMESE + VIETNAMESE.upper() + " 0123456789.,?"))
def test_fold_keeps_places_and_leaves_ascii(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert folded.isascii()
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Mã 1.001193.", ["ma", "1.001193"]),
        ("2.000575.000.00.00.H35", ["2.000575.000.00.00.h35"]),
        ("theo 60/2014/QH13, 123/2015/NĐ-CP", ["theo", "60/2014/qh13", "123/2015/nd-cp"]),
        ("tờ khai CT01, ngày 15/4/2026", ["to", "khai", "ct01", "ngay", "15/4/2026"]),
        ("phí 500.000đ hay 500k?", ["phi", "500.000d", "hay", "500k"]),
        ("6-8 ngày", ["6", "8", "ngay"]),
        ("15-4-2026", ["15-4-2026"]),
        ("vợ/chồng, (con)", ["vo", "chong", "con"]),
        ("1.Nộp đơn", ["1", "nop", "don"]),
        ("", []),
    ],
)
def test_syllables(text: str, tokens: list[str]) -> None:
    assert syllables(text) == tokens


@pytest.mark.parametrize(
    ("text", "expected"), [("khong dau", False), ("có dấu", True), ("đ", True), ("ĐK", True), ("ok 123 ?", False)]
)
def test_has_accents(text: str, expected: bool) -> None:
    assert has_accents(text) is expected

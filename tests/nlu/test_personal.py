import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.personal import mask_personal

MASKED = """
CCCD 012345678901 | CCCD [số căn cước]
cccd: 001 203 004 567 | cccd: [số căn cước]
cccd 001203.004567 nhé | cccd [số căn cước] nhé
CCCD012345678901 | CCCD[số căn cước]
số định danh 001203004567 | số định danh [số căn cước]
012345678901 012345678902 | [số căn cước] [số căn cước]
cmnd 123.456.789 | cmnd [số chứng minh nhân dân]
123456789 | [số chứng minh nhân dân]
cmnd 123 456 789 cấp 2010 | cmnd [số chứng minh nhân dân] cấp 2010
gọi 0912345678 | gọi [số điện thoại]
gọi 0912.345.678 nhé | gọi [số điện thoại] nhé
zalo 0912 345 678 | zalo [số điện thoại]
+84 912 345 678 | [số điện thoại]
+84912345678 | [số điện thoại]
(028) 3822 1234 | [số điện thoại]
024.62754188 | [số điện thoại]
sdt 0912-345-678 | sdt [số điện thoại]
0912345678 hoặc 0987654321 | [số điện thoại] hoặc [số điện thoại]
stk 12345678 | stk [số tài khoản]
số tk 0011 0022 33445 vietcombank | số tk [số tài khoản] vietcombank
so tai khoan 19036789012345 | so tai khoan [số tài khoản]
0123456789012 ngân hàng ACB | [số tài khoản] ngân hàng ACB
chuyển tiền 19036789012345 | chuyển tiền [dãy số riêng]
xe 51A-123.45 | xe [biển số xe]
xe 29-B1 234.56 | xe [biển số xe]
xe 59X3-12345 | xe [biển số xe]
xe 30F-1234 | xe [biển số xe]
biển số 51F12345 | biển số [biển số xe]
bien so 29b1 23456 | bien so [biển số xe]
mst 0101234567 | mst [mã số thuế]
mã số thuế 0101234567-001 | mã số thuế [mã số thuế]
ma so thue 8012345678 cua toi | ma so thue [mã số thuế] cua toi
mail a.b+c@ubnd.gov.vn nhé | mail [địa chỉ thư điện tử] nhé
hộ chiếu C1234567 | hộ chiếu [số hộ chiếu]
ho chieu so b12345678 | ho chieu so [số hộ chiếu]
số C12345678 là hộ chiếu | số [số hộ chiếu] là hộ chiếu
thẻ 9704 1234 5678 9012 | thẻ [dãy số riêng]
912345678 k biết | [số chứng minh nhân dân] k biết
Tám CCCD 012345678901 sinh 7/8/1970, số 0901234567 | Tám CCCD [số căn cước] sinh 7/8/1970, số [số điện thoại]
""".strip().splitlines()

KEPT = """
mã thủ tục 1.001193 cần gì
2.000575.000.00.00.H35
1.0133611
500.000 đồng
15000000đ
15000000 dong
phí 1.500.000 thì cao quá
150 000 000 đồng
150.000.000
vốn 150000000 mở công ty
500k
15.000 20.000 30.000
50.000 - 100.000 đồng
lương 12000000
sinh ngày 15/4/2026
15.04.2026
15-4-2026
theo luật 60/2014/QH13
nghị định 123/2015/NĐ-CP ngày 15/11/2015
năm 2020 2021 2022
từ 2020-2021
gọi 1022, 113, 114, 115 hay 111
tổng đài 19001234
tổng đài 1900 96 96 99 hay 1800 599 920
hồ sơ 000.00.19.H26-230415-0001
phòng 12A 2024
tờ khai CT01, mẫu số 01
hạng A1, B2
trang /thu-tuc-hanh-chinh/1a2b3c4d-1111-2222-3333-123456789012
diện tích 30 m2 cho 2 người
con 14 tuổi, 3 anh em
""".strip().splitlines()


@pytest.mark.parametrize("row", MASKED)
def test_masks(row: str) -> None:
    text, masked = row.split(" | ")
    assert mask_personal(text).text == masked


@pytest.mark.parametrize("text", KEPT)
def test_keeps_what_is_everybodys(text: str) -> None:
    found = mask_personal(text)
    assert found.text == text
    assert found.kinds == ()
    assert found.values == ()


def test_names_kinds_once_and_gives_the_values() -> None:
    found = mask_personal("cccd 012345678901, gọi 0912345678 hoặc 0987 654 321")
    assert found.kinds == ("số căn cước", "số điện thoại")
    assert found.values == (
        ("số căn cước", "012345678901"),
        ("số điện thoại", "0912345678"),
        ("số điện thoại", "0987 654 321"),
    )


def test_masking_twice_changes_nothing() -> None:
    once = mask_personal("cccd 012345678901 xe 51A-123.45 mail a@b.vn").text
    assert mask_personal(once).text == once


CARRIERS = st.sampled_from(
    [
        "{}",
        "cccd {}",
        "so cua toi la {} nhe",
        "{} k biết",
        "tôi tên Lan, {}, sinh 1990",
        "sđt {}.",
        "({})",
        "làm khai sinh {} bao lâu?",
    ]
)
PHONES = st.from_regex(r"0[35789][0-9]{8}", fullmatch=True)
IDENTITIES = st.from_regex(r"0[0-9]{11}", fullmatch=True)
OLD_IDENTITIES = st.from_regex(r"[0-9]{6}[1-9]{3}", fullmatch=True)
SEPARATORS = st.sampled_from(["", " ", ".", "-"])


def _grouped(digits: str, separator: str) -> str:
    return separator.join(digits[place : place + 3] for place in range(0, len(digits), 3))


@given(CARRIERS, st.one_of(PHONES, IDENTITIES, OLD_IDENTITIES), SEPARATORS)
def test_no_personal_number_survives(carrier: str, digits: str, separator: str) -> None:
    found = mask_personal(carrier.format(_grouped(digits, separator)))
    left = re.sub(r"\D", "", found.text.replace("1990", ""))
    assert left == "", found.text
    assert found.kinds


@given(st.integers(1, 99), st.integers(0, 999), st.sampled_from(["đồng", "đ", "d", "vnđ"]))
def test_amounts_survive(millions: int, thousands: int, unit: str) -> None:
    text = f"phí {millions}.{thousands:03}.000 {unit} hả"
    assert mask_personal(text).text == text

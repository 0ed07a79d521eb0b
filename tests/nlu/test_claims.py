import pytest

from nlu.claims import find_claim
from nlu.text import fold

CLAIMS = """
nghe nói làm căn cước mất 500 nghìn phải không | 500000 đồng
nghe noi lam can cuoc mat 500k phai ko | 500000 đồng
người ta bảo hết 1 triệu rưỡi | 1500000 đồng
lệ phí 1tr5 đúng không | 1500000 đồng
lệ phí 1.5 triệu đúng không | 1500000 đồng
đăng ký kết hôn mất 1 triệu 2 phải không | 1200000 đồng
làm hộ chiếu 200.000đ phải không ạ | 200000 đồng
phí năm trăm nghìn đúng không | 500000 đồng
mất hai trăm năm mươi nghìn phải không | 250000 đồng
sao lại thu 50.000 đồng | 50000 đồng
cán bộ đòi 300 ngàn có đúng không | 300000 đồng
lam lai cccd 70 nghin dung k | 70000 đồng
nộp 8.000 đồng đúng không | 8000 đồng
lệ phí 20000 phải không | 20000 đồng
trước bạ 10 triệu sao cao thế | 10000000 đồng
làm bằng lái mất 2 triệu hả? | 2000000 đồng
is it true that it costs 500,000 VND | 500000 đồng
they charged 200k, is that right | 200000 đồng
cấp lại bằng lái hết 300k pk ạ | 300000 đồng
nghe đâu mất triệu rưỡi, có đúng rứa không | 1500000 đồng
dịch vụ ra giá 3 triệu, nhà nước có lấy mức đó không | 3000000 đồng
có phải đổi căn cước mất 3 tháng không | 3 month
làm hộ chiếu có mất 500 nghìn không | 500000 đồng
có thật là mất 15 ngày không | 15 day
15 ngày làm việc mới xong à? | 15 working_day
nghe nói phải đợi 1 tháng | 1 month
ba ngày làm việc phải không | 3 working_day
nghe nói phải chờ 3 tuần | 21 day
nửa tháng mới xong hả? | 15 day
bạn em nói 1 tháng mới có sổ đỏ | 1 month
i heard it takes 30 days | 30 day
hẹn 10 ngày mà chưa có, sao lâu thế | 10 day
""".strip().splitlines()

NO_CLAIMS = """
tôi tạm nghỉ bán hai tháng, báo ngừng hộ kinh doanh thì bao giờ được xác nhận
khai tử sau 30 ngày có phải nộp phạt không
mức lương 5 triệu có phải đóng thuế không
lương 5 triệu có được trợ cấp phải không
xe 50cc có cần bằng lái phải không
con 3 tháng tuổi làm khai sinh được không
con tôi 14 tuổi phải làm căn cước đúng không
quá 60 ngày chưa khai sinh có bị phạt không
tôi tạm trú 6 tháng rồi, đăng ký thường trú được phải không
nghe nói phải có vốn 100 triệu mới mở công ty
sinh năm 1990 phải không
mã 1.001193 phải không
nghị định 15/2020/NĐ-CP đúng không
nghe nói luật mới từ năm 2025 phải không
nghe nói sau ngày 1/7 khác phải không
nghe nói đến 15 tháng 7 hết hạn phải không
mua xe 40 triệu thì lệ phí bao nhiêu, nghe nói cao lắm
chậm 2 tháng có sao không
nghe nói đóng đủ 20 năm mới có lương hưu phải không
làm khai sinh cần gì
phí bao nhiêu
mất 500 nghìn
5 ngày làm việc
""".strip().splitlines()


@pytest.mark.parametrize("row", CLAIMS)
def test_finds_what_was_heard(row: str) -> None:
    text, expected = row.split(" | ")
    claim = find_claim(text)
    assert claim is not None
    assert f"{claim.value} {claim.unit or 'đồng'}" == expected
    assert claim.kind == ("duration" if claim.unit else "amount")
    assert claim.text in text


@pytest.mark.parametrize("row", CLAIMS)
def test_finds_it_without_accents(row: str) -> None:
    text, expected = row.split(" | ")
    claim = find_claim(fold(text))
    assert claim is not None
    assert f"{claim.value} {claim.unit or 'đồng'}" == expected


@pytest.mark.parametrize("text", NO_CLAIMS)
def test_a_number_alone_is_no_claim(text: str) -> None:
    assert find_claim(text) is None
    assert find_claim(fold(text)) is None

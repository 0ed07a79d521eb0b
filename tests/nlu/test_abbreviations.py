import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.abbreviations import _IN_CONTEXT, _WORDS
from nlu.text import expand

ROWS = [
    row.split(" => ")
    for row in """
làm cccd => làm căn cước
CCCD mất => căn cước mất
đổi cmnd => đổi chứng minh nhân dân
cccd/cmnd => căn cước/chứng minh nhân dân
làm gks => làm giấy khai sinh
đổi gplx => đổi giấy phép lái xe
mất shk => mất sổ hộ khẩu
thẻ bhyt => thẻ bảo hiểm y tế
sổ bhxh => sổ bảo hiểm xã hội
mở hkd => mở hộ kinh doanh
cấp gcn => cấp giấy chứng nhận
chuyển qsdđ => chuyển quyền sử dụng đất
chuyen qsdd => chuyen quyền sử dụng đất
GCNQSDĐ lần đầu => giấy chứng nhận quyền sử dụng đất lần đầu
ra ubnd xã => ra ủy ban nhân dân xã
giấy đkkd => giấy đăng ký kinh doanh
giay dkkd => giay đăng ký kinh doanh
đk tạm trú => đăng ký tạm trú
dk thuong tru => đăng ký thuong tru
ko đk thì sao => không được thì sao
làm online đk ko => làm online được không
có đk k => có được không
có cần đk ko => có cần đăng ký không
phải đk ko => phải đăng ký không
đk dc ko => đăng ký được không
muốn đk kết hôn => muốn đăng ký kết hôn
nhập hk cho con => nhập hộ khẩu cho con
tách hk => tách hộ khẩu
nộp online dc hk => nộp online được không
làm vậy hk? => làm vậy không?
sổ hk => sổ hộ khẩu
tt làm hộ chiếu => thủ tục làm hộ chiếu
đk tt online => đăng ký tạm trú online
đổi tt trên thẻ => đổi thông tin trên thẻ
TT 01/2024/TT-BCA => thông tư 01/2024/TT-BCA
có cần k => có cần không
có cần ko ạ => có cần không ạ
được hok => được không
cần hông => cần không
có mất phí hong => có mất phí không
500 k => 500 k
500k => 500k
nộp dc chưa => nộp được chưa
nộp đc chưa => nộp được chưa
đổi dc trên cccd => đổi địa chỉ trên căn cước
đổi dc ko => đổi được không
mất bn tiền => mất bao nhiêu tiền
phí bnhiu => phí bao nhiêu
phí bnhiêu => phí bao nhiêu
bao nhiu tiền => bao nhiêu tiền
cho mk hỏi => cho mình hỏi
cho mik hỏi => cho mình hỏi
cần giấy j => cần giấy gì
cần giấy ji => cần giấy gì
cần gì z => cần gì vậy
ở đâu zậy => ở đâu vậy
em vs chồng => em với chồng
làm ntn => làm như thế nào
lm giấy => làm giấy
ng nước ngoài => người nước ngoài
ng nn => người nước ngoài
nc ngoài => nước ngoài
gtờ cần có => giấy tờ cần có
tgian bao lâu => thời gian bao lâu
đăng ký oto => đăng ký ô tô
đổi sđt => đổi số điện thoại
doi sdt => doi số điện thoại
vk e mới sinh => vợ em mới sinh
ck em => chồng em
hạng E => hạng E
cho e hỏi => cho em hỏi
xin e-visa => xin e-visa
tui muốn => tôi muốn
mần giấy ở mô => làm giấy ở đâu
mần răng => làm sao
cần chi => cần gì
làm giấy chi => làm giấy gì
mở chi nhánh => mở chi nhánh
cần chi phí => cần chi phí
tôi nỏ biết => tôi không biết
muốn làm tạm chú => muốn làm tạm trú
xin bảo sao giấy khai sinh => xin bản sao giấy khai sinh
khám răng hàm mặt => khám răng hàm mặt
lltp số 2 => lý lịch tư pháp số 2
xin xntthn => xin xác nhận tình trạng hôn nhân
đi nvqs => đi nghĩa vụ quân sự
thẻ cc => thẻ căn cước
ở cc mini => ở cc mini
giấy ks => giấy khai sinh
ra ca phường => ra công an phường
hs gồm gì => hồ sơ gồm gì
lp bn => lệ phí bao nhiêu
lm s => làm sao
mấy h làm => mấy giờ làm
fải nộp fí => phải nộp phí
ở tp hồ chí minh => ở thành phố hồ chí minh
ng vn => người Việt Nam
mã 1.001193 => mã 1.001193
theo 60/2014/QH13 => theo 60/2014/QH13
tờ khai CT01 => tờ khai CT01
vào dichvucong.gov.vn => vào dichvucong.gov.vn
mail a.k@tt.vn => mail a.k@tt.vn
ngày 15/4/2026 => ngày 15/4/2026
khai sinh cho con => khai sinh cho con
how much is it => how much is it
""".strip().splitlines()
]


def test_the_table_is_as_large_as_promised() -> None:
    assert len(ROWS) >= 80


@pytest.mark.parametrize(("typed", "meant"), ROWS)
def test_expand(typed: str, meant: str) -> None:
    assert expand(typed) == meant


@pytest.mark.parametrize(("typed", "meant"), ROWS)
def test_expand_twice_changes_nothing(typed: str, meant: str) -> None:
    assert expand(meant) == meant


WORDS = sorted({*_WORDS, *_IN_CONTEXT, "làm", "có", "cần", "đổi", "không", "500", "?", "sổ", "số", "chi", "mô", "được"})


@given(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
def test_expand_is_idempotent_in_any_neighbourhood(text: str) -> None:
    assert expand(expand(text)) == expand(text)

import pytest

from knowledge.types import Facet
from nlu.facets import find_facets, topic
from nlu.text import fold

# what is typed | facets | what is left
ROWS = """
thế lệ phí? | fee |
the le phi? | fee |
nộp online được không | online |
nop online dc ko | online |
còn giấy tờ? | documents |
con giay to? | documents |
vậy mất mấy ngày | duration |
bao lâu có | duration |
ở đâu vậy | where |
nop o dau | where |
phí sao ạ | fee |
tải mẫu tờ khai ở đâu | forms |
kết quả là gì | result |
cần giấy gì nữa không | documents |
how long does it take | duration |
can I apply online? | online |
lam giay khai sinh cho con can gi | documents | lam giay khai sinh cho con
làm giấy khai sinh cho con cần gì | documents | làm giấy khai sinh cho con
lệ phí làm hộ chiếu | fee | làm hộ chiếu
đăng ký thường trú mất bao lâu | duration | đăng ký thường trú
khai lệ phí trước bạ xe máy | | khai lệ phí trước bạ xe máy
khai lệ phí trước bạ xe máy cần gì | documents | khai lệ phí trước bạ xe máy
lệ phí trước bạ xe máy bao nhiêu | fee | lệ phí trước bạ xe máy
mất giấy tờ xe làm lại cần gì | documents | mất giấy tờ xe làm lại
gia hạn tạm trú phí bao nhiêu | fee | gia hạn tạm trú
giấy phép kinh doanh karaoke điều kiện gì | conditions | giấy phép kinh doanh karaoke
cấp chứng nhận đủ điều kiện an toàn thực phẩm cần gì | documents | cấp chứng nhận đủ điều kiện an toàn thực phẩm
cap giay chung nhan du dieu kien an toan thuc pham | | cap giay chung nhan du dieu kien an toan thuc pham
dk tam tru can j z | documents | dang ky tam tru
khai tu mat bn tien vay | fee | khai tu
thuong tru online dc ko | online | thuong tru
ho so ket hon gom gi | documents | ket hon
tach ho bao lau | duration | tach ho
xin trích lục khai sinh bản sao | | xin trích lục khai sinh bản sao
Phí đăng ký thường trú bao nhiêu? | fee | đăng ký thường trú
Phí đăng ký thường trú bao nhiêu? Nộp online có rẻ hơn không? | fee online | đăng ký thường trú
cho con 14 tuổi làm thẻ căn cước thì đi đâu | where | cho con 14 tuổi làm thẻ căn cước
bà ngoại em 80 tuổi muốn nhận trợ cấp hàng tháng thì làm sao | steps | bà ngoại em 80 tuổi muốn nhận trợ cấp hàng tháng
căn cứ pháp lý của đăng ký khai sinh | legal | đăng ký khai sinh
thời hạn tạm trú là bao lâu | duration | thời hạn tạm trú
căn cước có giá trị bao lâu | result | căn cước
điều kiện kết hôn | conditions | kết hôn
mấy tuổi được kết hôn | conditions | kết hôn
miễn giảm học phí | | miễn giảm học phí
em muốn đăng ký tạm trú online | online | đăng ký tạm trú
trò chơi điện tử trực tuyến xin phép ở đâu | where | trò chơi điện tử trực tuyến xin phép
quy trình sang tên sổ đỏ | steps | sang tên sổ đỏ
phê duyệt quy trình vận hành hồ chứa | | phê duyệt quy trình vận hành hồ chứa
làm căn cước cần gì và phí bao nhiêu | documents fee | làm căn cước
làm thẻ căn cước cho con, lệ phí thế nào, bao lâu lấy | fee duration | làm thẻ căn cước cho con
em gái tôi muốn kết hôn với người Nhật thì cần gì | documents | em gái tôi muốn kết hôn với người Nhật
hộ nghèo được hưởng bao nhiêu tiền | | hộ nghèo được hưởng bao nhiêu tiền
phí bảo vệ môi trường | | phí bảo vệ môi trường
thuế đất phi nông nghiệp nộp ở đâu | where | thuế đất phi nông nghiệp
đổi bằng lái xe | | đổi bằng lái xe
thu tuc dau tu ra nuoc ngoai lien quan den dau tu | | thu tuc dau tu ra nuoc ngoai lien quan den dau tu
xác nhận thông tin về cư trú | | xác nhận thông tin về cư trú
đăng ký tạm trú là gì | overview | đăng ký tạm trú
dzậy tốn nhiêu? | fee |
Khai sinh cho con cần giấy tờ gì | documents | Khai sinh cho con
thi bằng C phí sát hạch bn v ạ | fee | thi bằng C phí sát hạch
đóng cửa hộ kinh doanh qua mạng được không | online | đóng cửa hộ kinh doanh
còn lệ phí thì sao? | fee |
mất thẻ căn cước thì sao | steps | mất thẻ căn cước
điều kiện nhận con nuôi ra sao | conditions | nhận con nuôi
phải đi khai sinh trong vòng mấy ngày | conditions | đi khai sinh
gia hạn tạm trú trước bao nhiêu ngày | conditions | gia hạn tạm trú
đóng bảo hiểm mấy tháng mới được trợ cấp thất nghiệp | conditions | đóng bảo hiểm trợ cấp thất nghiệp
làm hộ chiếu phải chờ trong bao lâu | duration | làm hộ chiếu
người dịch cần bằng cấp gì | documents | người dịch
by what date must I report a lost passport | conditions | report a lost passport
what do I submit to register a marriage | documents | register a marriage
how much is the fee for a passport | fee | passport
what documents do I need to register a birth | documents | register a birth
how do I register a marriage | steps | register a marriage
where do I apply for a driving license | where | driving license
""".strip().splitlines()


@pytest.mark.parametrize("row", ROWS)
def test_facets_and_topic(row: str) -> None:
    text, facets, left = (part.strip() for part in row.split("|"))
    assert " ".join(find_facets(text)) == facets
    assert topic(text) == left


@pytest.mark.parametrize("row", [row for row in ROWS if "phi nông nghiệp" not in row])
def test_accents_make_no_difference(row: str) -> None:
    text, facets, left = (part.strip() for part in row.split("|"))
    assert " ".join(find_facets(fold(text))) == facets
    assert topic(fold(text)) == fold(left)


@pytest.mark.parametrize("text", ["còn trẻ dưới 6 tuổi thì sao?", "con tre duoi 6 tuoi thi sao"])
def test_another_matter_leaves_the_facet_to_the_one_before(text: str) -> None:
    assert find_facets(text) == ()
    assert "duoi 6 tuoi" in fold(topic(text))


def test_every_facet_of_the_contract_can_be_asked_for() -> None:
    asked = {facet for row in ROWS for facet in row.split("|")[1].split()}
    assert asked == {facet.value for facet in Facet}

import pytest

from nlu.crisis import find_crisis
from nlu.text import fold

NOW = """
violence: có người đang đánh vợ
violence: co nguoi dang danh vo
violence: chồng tôi đang đánh tôi
violence: chong em dang cam dao doi giet em
violence: cứu tôi với
violence: cuu toi voi
violence: nhà hàng xóm đang có đánh nhau, có người cầm dao
violence: trộm đang cạy cửa nhà tôi
violence: tôi bị chồng đánh
violence: bố em đánh em chảy máu đầu rồi
violence: em bi nguoi yeu doa giet
violence: co trom vao nha
violence: có cướp
violence: đang bị người ta đuổi chém
violence: my husband is beating me
violence: someone has a knife, please help
violence: có thằng đang đột nhập nhà em
violence: tôi đang bị nhốt trong nhà, làm giấy tờ sau
fire: cháy nhà
fire: chay nha roi
fire: nhà tôi đang cháy
fire: nha hang xom dang chay lon
fire: chung cư đang bốc cháy, gọi số nào
fire: cháy to quá bà con ơi
fire: bếp nhà em đang bốc khói
fire: my house is on fire
child: con tôi bị bắt cóc
child: con gai toi bi bat coc
child: có người vừa bắt cóc cháu bé trước cổng trường
child: cháu nhà bên đang bị bố dượng đánh đập
child: con em bị lạc ở chợ
child: bé nhà tôi mất tích từ sáng, bé bị mất tích rồi
child: my son was just kidnapped
child: bé gái nhà em vừa bị hai người lạ lôi lên xe chạy mất
child: a stranger took my daughter
fire: nhà cháyy rồiii
medical: ngoài đường có tai nạn, một bà cụ nằm bất động, máu chảy nhiều
suicide: muốn tự tử
suicide: toi muon tu tu
suicide: em không muốn sống nữa
suicide: em khong muon song nua
suicide: con tôi đòi tự tử
suicide: tôi muốn chết cho xong, làm giấy tờ hoài không được
suicide: bạn em vừa uống thuốc sâu
suicide: i want to kill myself
suicide: chán sống quá
medical: mẹ tôi ngất xỉu không thở
medical: me toi ngat xiu khong tho
medical: ngat xiu khong tho
medical: ba em bị đột quỵ
medical: con em đang co giật
medical: có người bị tai nạn đang nằm giữa đường chảy máu
medical: gọi cấp cứu giúp tôi
medical: vợ tôi đang chuyển dạ, thủ tục nhập viện thế nào
medical: bé nhà em uống nhầm thuốc diệt chuột
medical: chảy nhiều máu quá
medical: my father is not breathing
"""

CALM = """
con em đang học lớp 3 theo mẹ lên thành phố, chuyển trường trên mạng được không
con tôi bị khai sai ngày sinh, người ta dắt đi sửa ở đâu
giấy phép phòng cháy chữa cháy
giay phep phong chay chua chay can gi
trợ cấp cho nạn nhân bạo lực
khai tử cho người bị tai nạn
bảo hiểm tai nạn
bao hiem tai nan lao dong huong the nao
trẻ em bị bỏ rơi làm khai sinh
trẻ em bị xâm hại được hỗ trợ gì
tre em bi bao hanh duoc tro cap gi
nhà bị cháy mất hết giấy tờ, làm lại sổ đỏ sao
nha bi chay mat so ho khau lam lai o dau
thẩm duyệt thiết kế phòng cháy
bố em mất tuần trước vì đột quỵ, giờ khai tử cần gì
bo em mat vi dot quy, khai tu can gi
hỗ trợ người bị tai nạn lao động
tôi bị tai nạn lao động thì được hưởng chế độ gì
chồng tôi đánh vợ thì bị xử phạt bao nhiêu
thủ tục tố cáo người đánh tôi, cần hồ sơ gì
đánh giá mức độ khuyết tật
xe đang chạy grab cần giấy phép gì
dang chay xe om can giay phep lai xe hang nao
tôi muốn từ từ nộp hồ sơ được không
toi muon tu tu nop ho so duoc khong
chứng nhận cựu chiến binh
cuu chien binh duoc tro cap gi
nghiên cứu khoa học cần đăng ký gì
tra cứu hồ sơ
tra cuu cho toi voi
cấp giấy phép xe cấp cứu
dịch vụ cấp cứu cần điều kiện gì
chuyển viện cấp cứu có được bảo hiểm y tế thanh toán không
cấm tiếp xúc với người bạo lực gia đình
mất tích 2 năm thì tuyên bố mất tích ở đâu và cần giấy gì
tuyên bố một người đã chết
giám hộ cho trẻ mồ côi
đăng ký nuôi con nuôi là trẻ bị bỏ rơi
đánh bắt cá xa bờ cần giấy phép gì
dang danh may van ban thi mat dien
chờ lâu mệt muốn chết
cho lau muon chet met
lệ phí thi bằng lái xe
em muốn sống ở thành phố, đăng ký tạm trú ở đâu
không muốn sống chung với chồng nữa, ly hôn nộp đơn ở đâu
khong muon song chung voi chong nua, ly hon o dau
mất căn cước làm lại ở đâu
con tôi bị khuyết tật nặng
con bi mat giay khai sinh
tố giác tội phạm ở đâu
thủ tục cho người tự tử chết, khai tử thế nào
kinh doanh karaoke cần điều kiện chữa cháy gì
mẹ em bị bệnh tim xin trợ cấp
ba toi mat, lam giay chung tu o dau
how do I get a fire safety certificate
emergency contact number on the form
con tôi học lớp 1 cần giấy gì
xin chào
""".strip().splitlines()

ROWS = [row.split(": ", 1) for row in NOW.strip().splitlines()]


@pytest.mark.parametrize(("kind", "text"), ROWS)
def test_finds_an_emergency(kind: str, text: str) -> None:
    assert find_crisis(text) == kind


@pytest.mark.parametrize("text", CALM)
def test_leaves_procedures_alone(text: str) -> None:
    assert find_crisis(text) is None


@pytest.mark.parametrize(("kind", "text"), ROWS)
def test_finds_it_without_accents_too(kind: str, text: str) -> None:
    assert find_crisis(fold(text)) is not None


@pytest.mark.parametrize("text", CALM)
def test_leaves_procedures_alone_without_accents(text: str) -> None:
    assert find_crisis(fold(text)) is None

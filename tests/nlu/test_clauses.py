import pytest

from nlu.clauses import split_questions
from nlu.text import fold

SEVERAL = """
làm khai sinh cần gì, còn đăng ký kết hôn mất bao lâu | làm khai sinh cần gì | đăng ký kết hôn mất bao lâu
làm căn cước cần gì và phí bao nhiêu | làm căn cước cần gì | phí bao nhiêu
đăng ký tạm trú cần gì? Ngoài ra làm bằng lái xe | đăng ký tạm trú cần gì | làm bằng lái xe
làm khai sinh cần gì còn giá vàng hôm nay bao nhiêu | làm khai sinh cần gì | giá vàng hôm nay bao nhiêu
thủ tục thế nào, nộp ở đâu, bao lâu | thủ tục thế nào | nộp ở đâu | bao lâu
Phí nhập khẩu bao nhiêu? Nộp online có rẻ hơn không? | Phí nhập khẩu bao nhiêu | Nộp online có rẻ hơn không
làm lại căn cước ở đâu, còn hộ chiếu thì bao nhiêu tiền | làm lại căn cước ở đâu | hộ chiếu thì bao nhiêu tiền
làm hộ chiếu cần gì và năm nay hướng nào hợp tuổi | làm hộ chiếu cần gì | năm nay hướng nào hợp tuổi
thai sản gồm những gì, và sinh xong uống thuốc gì mau khỏe | thai sản gồm những gì | sinh xong uống thuốc gì mau khỏe
how much is a passport and how long does it take | how much is a passport | how long does it take
""".strip().splitlines()

ONE = """
em ở quê lên, mới sinh con, giờ làm giấy khai sinh ở đâu
trình tự, cách thức thực hiện như thế nào
phí, lệ phí bao nhiêu
cần giấy tờ gì, mấy bản
ba em mới mất tuần trước, gia đình cần làm giấy gì với phường ạ
bé nhà mình làm giấy khai sinh không có tên bố, giờ bố bé muốn nhận con thì làm sao
xin bản sao trích lục khai sinh và kết hôn cần gì
tách hộ, nhập khẩu cho con cần gì
cấp, cấp lại giấy phép xây dựng nhà ở
hồ sơ cấp giấy phép hoạt động đo đạc và bản đồ gồm những gì
làm khai sinh cần gì?
xin chào

""".splitlines()[1:]


@pytest.mark.parametrize("row", SEVERAL)
def test_takes_questions_apart(row: str) -> None:
    text, *parts = row.split(" | ")
    assert split_questions(text) == parts
    assert split_questions(fold(text)) == [fold(part) for part in parts]


@pytest.mark.parametrize("text", ONE)
def test_one_question_stays_whole(text: str) -> None:
    assert split_questions(text) == [text]
    assert split_questions(fold(text)) == [fold(text)]


def test_three_parts_at_most_and_nothing_lost() -> None:
    parts = split_questions("thủ tục thế nào, nộp ở đâu, bao lâu, bao nhiêu tiền")
    assert parts == ["thủ tục thế nào", "nộp ở đâu", "bao lâu, bao nhiêu tiền"]

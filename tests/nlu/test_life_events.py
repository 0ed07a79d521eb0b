from __future__ import annotations

import pytest

from nlu.life_events import LISTED, NEXT_STEP, find_life_event
from nlu.text import fold

WHOLE = """
birth: vợ em mới sinh thì phải làm những gì
birth: vợ tui mới sanh em bé, giờ mần chi trước
birth: chị dâu em vừa đẻ con trai thì cần làm thủ tục gì
birth: vợ em mới sinh
marriage: tụi em sắp cưới, cần làm những thủ tục gì
marriage: mới lấy chồng thì phải làm giấy tờ gì
death: bố em vừa mất cần làm thủ tục gì
death: tía tui mới chết giờ phải mần chi
death: nhà có người mới qua đời thì phải làm sao
death: em trai em mất, gia đình phải lo những giấy tờ gì
death: ba tui mới mất hôm qua
death: mẹ em vừa qua đời tuần trước
home: mua nhà thì phải làm những thủ tục gì
building: sắp xây nhà cần làm thủ tục gì
business: tôi muốn mở quán cà phê thì phải làm sao
company: mở công ty cần làm gì
moving: mới chuyển chỗ ở thì cần đăng ký gì
school: con tôi năm nay vào lớp 1 thì cần làm gì
lost: bị mất ví có hết giấy tờ phải làm sao
lost: mất ví có căn cước với bằng lái thì phải làm sao
abroad: sắp đi du học cần làm thủ tục gì
retirement: mẹ em sắp về hưu cần làm những thủ tục gì
jobless: em bị mất việc phải làm gì
vehicle: mới mua xe máy thì phải làm gì
disability: nhà có người khuyết tật thì làm được những gì
""".strip().splitlines()

ENGLISH = """
birth: my wife just had a baby, what should I do
death: my father passed away, what do we have to do
lost: I lost my wallet, what should I do
moving: I just moved house, what do I need to do
""".strip().splitlines()

ONE_PROCEDURE = """
vợ em mới sinh, làm giấy khai sinh cần gì
mới sinh con thì đăng ký thường trú ở đâu
bố em mất, làm khai tử cần giấy tờ gì
mẹ em mất căn cước thì phải làm sao
em bị mất bằng lái phải làm sao
công ty tôi bị mất giấy chứng nhận, cần làm những thủ tục gì
đăng ký kết hôn cần làm gì
xây nhà có phải xin giấy phép không
mua bán nhà đất lệ phí bao nhiêu
bị mất việc thì trợ cấp thất nghiệp cần gì
làm hộ chiếu mất bao lâu
quán ăn cần giấy gì về vệ sinh an toàn thực phẩm
sinh viên cần làm gì
học sinh chuyển trường làm thế nào
thay đổi địa chỉ, tôi muốn đề nghị cấp lại thì phải làm gì
was laid off, which papers do I hand in to claim unemployment benefit
""".strip().splitlines()


@pytest.mark.parametrize("row", [*WHOLE, *ENGLISH])
def test_an_event_as_a_whole_is_heard(row: str) -> None:
    key, _, text = row.partition(": ")
    assert find_life_event(text) == key


@pytest.mark.parametrize("row", WHOLE)
def test_an_event_is_heard_without_accents(row: str) -> None:
    key, _, text = row.partition(": ")
    assert find_life_event(fold(text)) == key


@pytest.mark.parametrize("text", ONE_PROCEDURE)
def test_a_question_about_one_procedure_is_no_event(text: str) -> None:
    assert find_life_event(text) is None
    assert find_life_event(fold(text)) is None


def test_a_birth_and_a_place_asked_for_is_no_event() -> None:
    assert find_life_event("vợ mới sinh thì nộp ở đâu, phải làm gì") is None


@pytest.mark.parametrize("text", ["có những việc gì", "bạn hỏi được những việc gì", "co nhung viec nao theo su kien"])
def test_the_list_is_asked_for(text: str) -> None:
    assert LISTED.found_in(text)


@pytest.mark.parametrize("text", ["bước tiếp theo là gì", "còn phải làm gì nữa", "buoc tiep theo", "xem lại các việc"])
def test_the_next_step_is_asked_for(text: str) -> None:
    assert NEXT_STEP.found_in(text)


@pytest.mark.parametrize("text", ["làm khai sinh cần gì", "lệ phí bao nhiêu"])
def test_a_plain_question_asks_for_neither(text: str) -> None:
    assert not LISTED.found_in(text)
    assert not NEXT_STEP.found_in(text)


@pytest.mark.parametrize(
    "word", ["bà nội ", "vợ chồng con mới sắp ", "sắp chuẩn bị định ", "cần phải làm những các ", "x "]
)
def test_a_long_message_tells_a_story_and_is_read_no_further(word: str) -> None:
    assert find_life_event(word * 400 + "vợ em mới sinh thì phải làm những gì") is None

import pytest

from nlu.keyboard import read_keystrokes, release_keys


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ddawng kys", "đăng ký"),
        ("ddawng kys khai sinh", "đăng ký khai sinh"),
        ("Ddawng kys", "Đăng ký"),
        ("lamf thur tucj", "làm thủ tục"),
        ("hooj khaaur", "hộ khẩu"),
        ("giaays pheps lais xe", "giấy phép lái xe"),
        ("dduwowngf", "đường"),
        ("ddaats ddai", "đất đai"),
        ("nguwowif nuwowcs ngoaif", "người nước ngoài"),
        ("quyeenf suwr dungj ddaats", "quyền sử dụng đất"),
        ("d9a8ng ky1 ke61t ho6n", "đăng ký kết hôn"),
        ("d9ang8 ky1", "đăng ký"),
        ("thu3 tu5c d9a61t d9ai", "thủ tục đất đai"),
        ("gia61y to72", "giấy tờ"),
        ("tuye6n1 d9o7n", "tuyến đơn"),
    ],
)
def test_reads_leftover_keystrokes(typed: str, meant: str) -> None:
    assert read_keystrokes(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "how much is the fee",
        "do you need to see the room",
        "teen seems down towns beef",
        "tờ khai NA5, CT01, A4",
        "mau na5 va ct01",
        "bang lai a1 b2 hang c1",
        "lam giay khai sinh cho con",
        "đăng ký khai sinh",
        "mst 0101234567",
        "visa for wife",
        "1.001193 60/2014/qh13",
        "vneid k9 x5",
        "",
    ],
)
def test_leaves_other_text_alone(text: str) -> None:
    assert read_keystrokes(text) == text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cháyy nhà rồiii", "cháy nhà rồi"),
        ("xinn chàoo", "xin chào"),
        ("nhaaa", "nha"),
        ("tra cuu nghia vu luu tru", "tra cuu nghia vu luu tru"),
        ("cccd, CCCD, đkkd, hạng III", "cccd, CCCD, đkkd, hạng III"),
        ("see the free office too", "see the free office too"),
    ],
)
def test_held_keys_are_released(typed: str, meant: str) -> None:
    assert release_keys(typed) == meant

import pytest

from nlu.language import detect_language, self_reference

ENGLISH = """
how much is the fee
what documents do I need to register a birth
How do I get a temporary residence card in Hà Nội?
where do I apply for a passport
can I apply online?
i lost my driving license
birth certificate
is it free
I want to talk to a human
marriage registration with a foreigner in Đà Nẵng
how long does it take
what about the fee?
thank you so much
which office issues the land use certificate
are you a robot
""".strip().splitlines()

VIETNAMESE = """
lam giay khai sinh cho con can gi
dk tam tru can j z
can nhung giay to gi
the le phi
phi bao nhieu
online dc ko
xin visa cho vo nguoi My
me em mat lam gi
thuong tru online dc ko
birth certificate là gì
làm passport mất bao lâu
hello
ok
thanks
hi shop
toi muon lam ho chieu
doi bang lai xe
t muon dk tam vang, mat may ngay
form ct01 tai o dau

123
an ninh trat tu
in the bhyt o dau
""".splitlines()[1:]


@pytest.mark.parametrize("text", ENGLISH)
def test_english(text: str) -> None:
    assert detect_language(text) == "en"


@pytest.mark.parametrize("text", VIETNAMESE)
def test_vietnamese(text: str) -> None:
    assert detect_language(text) == "vi"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("cho em hỏi làm căn cước ở đâu", "em"),
        ("cho em hoi lam can cuoc o dau", "em"),
        ("cô ơi cho em hỏi", "em"),
        ("em ơi cho bác hỏi chút", "bác"),
        ("bac muon lam lai the bhyt", "bác"),
        ("chú cần làm lại bằng lái", "chú"),
        ("cho co hoi lam can cuoc", "cô"),
        ("Dạ em muốn đăng ký tạm trú", "em"),
        ("em gái tôi muốn kết hôn", "anh/chị"),
        ("bác tôi mới mất", "anh/chị"),
        ("cô có thể giúp tôi không", "anh/chị"),
        ("co can giay khai sinh khong", "anh/chị"),
        ("có cần chủ nhà ký không", "anh/chị"),
        ("tôi muốn hỏi", "anh/chị"),
        ("bác sĩ muốn hành nghề cần gì", "anh/chị"),
        ("lam giay khai sinh cho em be", "anh/chị"),
        ("", "anh/chị"),
    ],
)
def test_self_reference(text: str, address: str) -> None:
    assert self_reference(text) == address

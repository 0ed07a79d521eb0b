from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup

from bot.messages import Outcome, Reply, Source, Suggestion
from channels.base import APOLOGY
from channels.fit import fit
from channels.telegram_layout import LIMITS, as_html, keyboard, marked
from tests.channels.scripted import BIRTH, CLARIFY, CRISIS, DOCUMENTS
from tests.channels.scripted import FEE as FEE_ANSWER
from tests.servers.telegram import check_keyboard, read_html

FEE = Suggestion("Lệ phí", payload="t:1")
LINK = Suggestion("Nộp trực tuyến", url="https://dichvucong.gov.vn/x?a=1&b=2")


def reply(text: str, *titles: str) -> Reply:
    sources = tuple(Source("1", title, "fee", "https://a.vn", "", 1) for title in titles)
    return Reply(text, Outcome.ANSWERED, sources=sources)


def labels(board: InlineKeyboardMarkup | None) -> list[list[str]]:
    assert board is not None
    return [[button.text for button in row] for row in board.inline_keyboard]


def test_an_answer_has_its_name_bold_and_its_link_in_the_source_line() -> None:
    shown, marks = read_html(as_html(DOCUMENTS))
    assert shown.splitlines()[0] == "Đăng ký khai sinh – giấy tờ:"
    source = "Nguồn: Cổng Dịch vụ công quốc gia, mã 1.001193, cập nhật 15/4/2026"
    assert shown.splitlines()[-1] == source
    assert [mark["type"] for mark in marks] == ["b", "a", "i"]
    assert marks[0]["text"] == "Đăng ký khai sinh"
    assert (marks[1]["text"], marks[1]["href"]) == (source, BIRTH)


def test_a_source_without_an_address_and_an_address_without_a_source_stay_as_they_are() -> None:
    text = "https://a.vn\nNguồn: danh mục\nHết."
    shown, marks = read_html(as_html(reply(text)))
    assert shown == text
    assert [mark["type"] for mark in marks] == ["i"]


def test_what_means_something_in_html_is_escaped() -> None:
    text = 'Phí < 5.000 & > 1.000 "đồng" <b>không</b> &amp; </a>\nNguồn: A & B <i>\nhttps://a.vn/?x=1&y="2"'
    shown, marks = read_html(as_html(reply(text, "Phí < 5.000")))
    assert shown == text.rpartition("\n")[0]
    assert [mark["type"] for mark in marks] == ["b", "a", "i"]
    assert marks[1]["href"] == 'https://a.vn/?x=1&y="2"'


@given(st.text(st.sampled_from("aô<>&;\"'/b \n😀") | st.sampled_from("Nguồn: https://"), max_size=120))
@settings(max_examples=300, deadline=None)
def test_no_text_can_break_the_html(text: str) -> None:
    shown, _ = read_html(as_html(reply(f"x{text}")))
    assert shown == "\n".join(f"x{text}".splitlines())


def test_short_buttons_stand_side_by_side_and_links_alone() -> None:
    offers = (FEE, Suggestion("Bao lâu", payload="t:2"), Suggestion("Nộp ở đâu", payload="t:3"), LINK)
    board = keyboard(offers)
    assert labels(board) == [["Lệ phí", "Bao lâu", "Nộp ở đâu"], ["Nộp trực tuyến"]]
    assert board is not None
    assert board.inline_keyboard[0][0].callback_data == "t:1"
    assert board.inline_keyboard[1][0].url == LINK.url
    check_keyboard(board.to_dict())


def test_long_buttons_stand_one_below_another() -> None:
    first, second = (Suggestion(f"{word} khai sinh lần đầu cho con", payload=word) for word in ("Một", "Hai"))
    assert labels(keyboard((first, second, FEE))) == [[first.label], [second.label], ["Lệ phí"]]


def test_no_suggestions_no_keyboard() -> None:
    assert keyboard(()) is None


offers = st.lists(
    st.builds(Suggestion, st.text("abc đ", min_size=1, max_size=40), payload=st.text("ab", min_size=1, max_size=64))
    | st.builds(Suggestion, st.text("abc đ", min_size=1, max_size=40), url=st.just("https://a.vn")),
    min_size=1,
    max_size=LIMITS.suggestions,
)


@given(offers)
@settings(max_examples=100, deadline=None)
def test_every_keyboard_is_one_that_telegram_takes_in_the_order_offered(offered: list[Suggestion]) -> None:
    board = keyboard(offered)
    assert [label for row in labels(board) for label in row] == [offer.label for offer in offered]
    assert board is not None
    check_keyboard(board.to_dict())


def test_the_tapped_button_is_marked_once() -> None:
    board = keyboard((FEE, LINK, Suggestion("Bao lâu", payload="t:2")))
    assert board is not None
    once = marked(board, "t:1")
    assert labels(once) == [["✓ Lệ phí"], ["Nộp trực tuyến"], ["Bao lâu"]]
    assert once is not None
    assert marked(once, "t:1") is None
    assert marked(board, "t:9") is None
    assert labels(marked(once, "t:2")) == [["✓ Lệ phí"], ["Nộp trực tuyến"], ["✓ Bao lâu"]]


# ---- what it looks like, as somebody looked at it

SNAPSHOT = Path(__file__).parent / "snapshots" / "telegram.txt"


def drawn(whole: Reply) -> str:
    """A reply as its messages show it: marks as tags, buttons in brackets, one row a line."""
    shown = []
    for part in fit(whole, LIMITS):
        board = keyboard(part.suggestions)
        rows = [" ".join(f"[{button.text}]" for button in row) for row in board.inline_keyboard] if board else []
        shown.append("\n".join((as_html(part), *rows)))
    return "\n--- next message ---\n".join(shown)


def test_answers_look_as_somebody_saw_and_approved() -> None:
    """After a wanted change: look at what is drawn, then write it to the file."""
    drawings = "\n\n==========\n\n".join(map(drawn, (DOCUMENTS, FEE_ANSWER, CLARIFY, CRISIS, APOLOGY)))
    assert f"{drawings}\n" == SNAPSHOT.read_text(encoding="utf-8")

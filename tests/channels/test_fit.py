from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.choices import match_typed
from bot.facets.words import EN, VI
from bot.messages import Attachment, Outcome, Reply, Source, Suggestion
from channels.base import Limits
from channels.fit import TYPED, fit, length

BUTTONS = Limits(text=4000, suggestions=8, label=40)
FEW = Limits(text=4000, suggestions=2, label=40)
PLAIN = Limits(text=1900, suggestions=0, label=0, links_as_buttons=False)

FEE = Suggestion("Lệ phí", payload="facet:1.001193:fee")
TIME = Suggestion("Bao lâu", payload="facet:1.001193:duration")
WHERE = Suggestion("Nộp ở đâu", payload="facet:1.001193:where")
ONLINE = Suggestion("Nộp trực tuyến", url="https://dichvucong.gov.vn/x")
CALL = Suggestion("Gọi 1022", url="tel:1022")
SOURCE_LINES = "Nguồn: Cổng Dịch vụ công quốc gia, mã 1.001193, cập nhật 15/4/2026\nhttps://dichvucong.gov.vn/1.001193"
LONG_LABEL = "Đăng ký khai sinh cho trẻ em sinh ra ở nước ngoài chưa được đăng ký"


def reply(text: str = "Không mất tiền.", *suggestions: Suggestion, files: tuple[Attachment, ...] = ()) -> Reply:
    source = Source("1.001193", "Đăng ký khai sinh", "fee", "https://dichvucong.gov.vn", "2026-04-15", 1)
    return Reply(text, Outcome.ANSWERED, "fee", ("1.001193",), (source,), suggestions, files, 0.9)


def texts(*parts: Reply) -> list[str]:
    return [part.text for part in parts]


# ---- suggestions


def test_what_fits_stays_as_it_is() -> None:
    whole = reply("Không mất tiền.", FEE, ONLINE)
    assert fit(whole, BUTTONS) == (whole,)


@pytest.mark.parametrize(
    ("limits", "suggestions", "buttons", "menu"),
    [
        (FEW, (FEE, TIME), ["Lệ phí", "Bao lâu"], ""),
        (FEW, (FEE, TIME, WHERE), ["Lệ phí", "Bao lâu"], "\nNhắn số để chọn:\n3. Nộp ở đâu"),
        (FEW, (FEE, ONLINE, TIME), ["Lệ phí", "Nộp trực tuyến"], "\nNhắn số để chọn:\n2. Bao lâu"),
        (FEW, (FEE, TIME, ONLINE), ["Lệ phí", "Bao lâu"], "\nNộp trực tuyến: https://dichvucong.gov.vn/x"),
        (PLAIN, (FEE, ONLINE, TIME), [], "\nNhắn số để chọn:\n1. Lệ phí\n2. Bao lâu\nNộp trực tuyến: https://dichvucong.gov.vn/x"),
        (PLAIN, (Suggestion("Fee", "a"),), [], "\nSend a number to choose:\n1. Fee"),
        (BUTTONS, (CALL, FEE), ["Lệ phí"], "\nGọi 1022"),
        (BUTTONS, (Suggestion("Gọi ủy ban", url="tel:02438253536"),), [], "\nGọi ủy ban: 02438253536"),
        (PLAIN, (), [], ""),
    ],
)  # fmt: skip
def test_suggestions_become_buttons_as_far_as_there_are_any_and_lines_otherwise(
    limits: Limits, suggestions: tuple[Suggestion, ...], buttons: list[str], menu: str
) -> None:
    (part,) = fit(reply("Không mất tiền.", *suggestions), limits)
    assert [suggestion.label for suggestion in part.suggestions] == buttons
    assert part.text == f"Không mất tiền.{menu}"


def test_the_mark_of_a_link_is_left_to_the_service() -> None:
    marked = Suggestion("Nộp trực tuyến ↗", url="https://a.vn/b")
    assert fit(reply("Nộp được.", marked), BUTTONS)[0].suggestions[0].label == "Nộp trực tuyến"
    assert fit(reply("Nộp được.", marked), PLAIN)[0].text == "Nộp được.\nNộp trực tuyến: https://a.vn/b"


def test_a_number_to_call_is_a_button_where_buttons_dial() -> None:
    (part,) = fit(reply("Không mất tiền.", CALL), Limits(text=1900, suggestions=5, label=35, calls_as_buttons=True))
    assert part.suggestions == (CALL,)
    assert part.text == "Không mất tiền."


def test_a_number_to_call_that_the_text_names_is_not_named_again() -> None:
    assert texts(*fit(reply("Cần gấp thì gọi 1022.", CALL), BUTTONS)) == ["Cần gấp thì gọi 1022."]
    assert texts(*fit(reply("Mã 10225.", CALL), BUTTONS)) == ["Mã 10225.\nGọi 1022"]


def test_a_list_that_the_text_holds_already_is_not_told_twice() -> None:
    text = "Anh/chị cần làm việc nào?\n1. Lệ phí\n2. Bao lâu\nTrả lời 1, 2."
    assert texts(*fit(reply(text, FEE, TIME), PLAIN)) == [text]


def test_a_list_in_the_text_may_say_more_of_a_choice_than_its_label() -> None:
    text = "Bé thuộc trường hợp nào?\n1. Lệ phí (trên đây)\n 2. Bao lâu: tùy trường hợp"
    assert texts(*fit(reply(text, FEE, TIME), PLAIN)) == [text]
    other = "1. Lệ phíx\n12. Bao lâu"
    assert texts(*fit(reply(other, FEE, TIME), PLAIN)) == [f"{other}\nNhắn số để chọn:\n1. Lệ phí\n2. Bao lâu"]


def test_where_a_label_is_cut_all_choices_are_numbered_and_it_is_told_in_full() -> None:
    (part,) = fit(reply("Việc nào?", FEE, ONLINE, Suggestion(LONG_LABEL, payload="x")), BUTTONS)
    assert part.text == f"Việc nào?\nNhắn số để chọn:\n2. {LONG_LABEL}"
    assert [offer.label for offer in part.suggestions[:2]] == ["1. Lệ phí", "Nộp trực tuyến"]
    assert part.suggestions[2].label.startswith("2. Đăng ký khai sinh")
    assert len(part.suggestions[2].label) <= BUTTONS.label
    assert part.suggestions[2].payload == "x"


def test_a_link_whose_label_is_cut_is_told_in_full_without_a_number() -> None:
    (part,) = fit(reply("Xem đây.", Suggestion(LONG_LABEL, url="https://a.vn/b")), BUTTONS)
    assert part.text == f"Xem đây.\n{LONG_LABEL}: https://a.vn/b"
    assert part.suggestions[0].label.startswith("Đăng ký khai sinh")


def test_a_number_in_the_menu_is_the_one_that_typing_chooses() -> None:
    offered = (CALL, FEE, ONLINE, TIME, WHERE)
    (part,) = fit(reply("Không mất tiền.", *offered), PLAIN)
    for number, label in re.findall(r"^(\d)\. (.+)$", part.text, re.MULTILINE):
        chosen = match_typed(number, offered)
        assert chosen is not None
        assert chosen.label == label


# ---- attachments

FORM = Attachment("Tờ khai đăng ký khai sinh", "https://dichvucong.gov.vn/form.docx")


def test_files_are_told_as_links_where_a_channel_has_no_place_for_them() -> None:
    (part,) = fit(reply("Có một mẫu.", files=(FORM,)), BUTTONS)
    assert part.text == "Có một mẫu.\n📄 Tờ khai đăng ký khai sinh: https://dichvucong.gov.vn/form.docx"
    assert part.attachments == ()


def test_files_that_the_text_links_already_are_not_linked_again() -> None:
    text = f"📄 {FORM.name} {FORM.url}"
    assert texts(*fit(reply(text, files=(FORM,)), BUTTONS)) == [text]


def test_files_stay_files_where_a_channel_takes_them() -> None:
    whole = reply("Có một mẫu.", files=(FORM,))
    assert fit(whole, Limits(text=100, suggestions=1, label=20, attachments=True)) == (whole,)


# ---- length


@pytest.mark.parametrize(
    ("limit", "text", "parts"),
    [
        (30, "Một hai ba bốn.\n\nNăm sáu bảy tám chín.", ["Một hai ba bốn.", "Năm sáu bảy tám chín."]),
        (30, "Một hai ba bốn năm.\nSáu bảy tám chín.", ["Một hai ba bốn năm.", "Sáu bảy tám chín."]),
        (28, "Một hai ba bốn. Năm sáu bảy tám chín.", ["Một hai ba bốn.", "Năm sáu bảy tám chín."]),
        (24, "Một hai ba bốn, năm sáu bảy", ["Một hai ba bốn,", "năm sáu bảy"]),
        (12, "một hai ba bốn", ["một hai ba", "bốn"]),
        (11, "mất tám 15 ngày làm việc", ["mất tám", "15 ngày làm", "việc"]),
        (16, "phí là 8.000 đồng một bản", ["phí là", "8.000 đồng một", "bản"]),
        (17, "phí là 8.000.000 đồng", ["phí là", "8.000.000 đồng"]),
        (10, "abcdefghijklmnopqrstuvwxyz", ["abcdefghij", "klmnopqrst", "uvwxyz"]),
        (10, "😀😀😀😀😀😀😀", ["😀😀😀😀😀", "😀😀"]),
    ],
)
def test_a_long_text_is_parted_where_it_hurts_least(limit: int, text: str, parts: list[str]) -> None:
    assert texts(*fit(reply(text), Limits(text=limit, suggestions=0, label=0))) == parts


def test_the_source_stays_with_the_last_words_of_the_text() -> None:
    text = "Câu thứ nhất khá dài. Câu thứ hai cũng dài. Câu thứ ba.\n" + SOURCE_LINES
    for limit in range(length(SOURCE_LINES) * 2, length(text)):
        parts = texts(*fit(reply(text), Limits(text=limit, suggestions=0, label=0)))
        assert len(parts) == 2
        assert re.search(r"Câu thứ ba\.\n" + re.escape(SOURCE_LINES) + "$", parts[-1])


def test_suggestions_and_sources_come_with_the_last_part_only() -> None:
    parts = fit(reply("Một hai ba bốn.\nNăm sáu bảy tám chín mười.", FEE), Limits(text=30, suggestions=3, label=20))
    assert [part.suggestions for part in parts] == [(), (FEE,)]
    assert [len(part.sources) for part in parts] == [0, 1]
    assert {part.outcome for part in parts} == {Outcome.ANSWERED}


def test_letters_typed_as_two_characters_count_as_one() -> None:
    text = unicodedata.normalize("NFD", "Đăng ký tạm trú")
    assert texts(*fit(reply(text), Limits(text=15, suggestions=0, label=0))) == ["Đăng ký tạm trú"]


# ---- for any reply and any limits

words = st.text(st.sampled_from("aăâbcdđeêgiốộơưừ.,:;!?0123456789 \n😀"), min_size=1, max_size=400)
labels = st.text(st.sampled_from("Lệ phí khai sinh đăng ký 12"), min_size=1, max_size=90).filter(
    lambda label: label == " ".join(label.split()) != ""
)
choices = st.builds(Suggestion, labels, payload=st.sampled_from(["a", "b", "c"]))
links = st.builds(Suggestion, labels, url=st.sampled_from(["https://a.vn/b", "tel:1022", "tel:113"]))
files = st.builds(Attachment, labels, st.sampled_from(["https://a.vn/1.docx", "https://a.vn/2.docx"]))
any_reply = st.builds(
    lambda text, offered, attached, sourced: reply(
        text + ("\n" + SOURCE_LINES if sourced else ""), *offered, files=tuple(attached)
    ),
    words.filter(str.strip),
    st.lists(choices | links, max_size=9),
    st.lists(files, max_size=3),
    st.booleans(),
)
any_limits = st.builds(
    Limits,
    text=st.integers(120, 900),
    suggestions=st.integers(0, 6),
    label=st.integers(12, 40),
    links_as_buttons=st.booleans(),
    attachments=st.booleans(),
    calls_as_buttons=st.booleans(),
)


@given(any_reply, any_limits)
@settings(max_examples=300, deadline=None)
def test_every_part_is_within_the_limits(whole: Reply, limits: Limits) -> None:
    for part in fit(whole, limits):
        assert 0 < len(part.text.encode("utf-16-le")) // 2 <= limits.text
        assert part.text == part.text.strip()
        assert len(part.suggestions) <= limits.suggestions
        assert all(0 < len(offer.label) <= limits.label for offer in part.suggestions)
        assert limits.attachments or not part.attachments
        for offer in part.suggestions:
            if offer.url:
                assert limits.calls_as_buttons if offer.url.startswith("tel:") else limits.links_as_buttons


@given(any_reply, any_limits)
@settings(max_examples=300, deadline=None)
def test_nothing_is_lost_and_no_word_is_cut(whole: Reply, limits: Limits) -> None:
    parts = fit(whole, limits)
    told = [word for part in parts for word in part.text.split()]
    if all(length(word) <= limits.text for word in whole.text.split()):
        assert told[: len(whole.text.split())] == whole.text.split()
    lines = " ".join(told)
    shown = [(offer.label, offer.payload, offer.url) for offer in parts[-1].suggestions]
    buttons = {*shown, *((re.sub(r"^\d+\. ", "", label), payload, url) for label, payload, url in shown)}
    for offer in whole.suggestions:
        as_button = (offer.label, offer.payload, offer.url) in buttons
        number = (offer.url or "").removeprefix("tel:")
        assert as_button or offer.label in lines or (offer.url != number and number in lines)
        assert as_button or offer.url is None or number in lines
    for file in whole.attachments:
        assert file in parts[-1].attachments or (file.name in lines and file.url in lines)


@given(any_reply, any_limits)
@settings(max_examples=300, deadline=None)
def test_there_are_as_few_parts_as_whole_words_and_half_filled_messages_allow(whole: Reply, limits: Limits) -> None:
    parts = fit(whole, limits)
    total = sum(length(part.text) for part in parts)
    assert len(parts) <= 2 + total // (limits.text * 0.5)
    assert len(parts) == 1 or total + len(parts) - 1 > limits.text


@given(any_reply)
@settings(max_examples=200, deadline=None)
def test_without_buttons_every_choice_is_told_by_the_number_that_chooses_it(whole: Reply) -> None:
    lines = [line for part in fit(whole, Limits(text=900, suggestions=0, label=0)) for line in part.text.splitlines()]
    choosable = [offer for offer in whole.suggestions if offer.payload]
    for number, offer in enumerate(choosable, 1):
        assert match_typed(str(number), whole.suggestions) == offer
        assert f"{number}. {offer.label}" in lines


def test_where_nothing_can_be_tapped_nobody_is_told_to() -> None:
    said = "Việc nào?\n1. Lệ phí\nBấm chọn, hoặc trả lời 1."
    (plain,) = fit(reply(said, FEE), PLAIN)
    assert plain.text == "Việc nào?\n1. Lệ phí\nAnh/chị trả lời 1."
    assert "Bấm chọn" in fit(reply(said, FEE), FEW)[0].text


@pytest.mark.parametrize(("tapped", "typed"), TYPED)
def test_what_is_said_of_tapping_is_what_the_assistant_says(tapped: str, typed: str) -> None:
    assert any(tapped in words for words in (*VI.values(), *EN.values()))
    assert not re.search("bấm|tap", typed, re.IGNORECASE)


def test_a_link_that_the_text_shows_is_not_repeated() -> None:
    said = "Lệ phí: 8.000 đồng\nNguồn: Cổng Dịch vụ công quốc gia, mã 1\nhttps://dichvucong.gov.vn/x"
    (plain,) = fit(reply(said, ONLINE), PLAIN)
    assert plain.text == f"{said}\nNộp trực tuyến: ở đường dẫn trên"


def test_an_english_answer_has_an_english_menu_whatever_its_choices_are_called() -> None:
    said = "Fee: 8.000 đồng\nSource: National Public Service Portal, code 1"
    (plain,) = fit(reply(said, FEE), PLAIN)
    assert plain.text == f"{said}\nSend a number to choose:\n1. Lệ phí"


def test_choices_beside_those_of_the_text_are_an_alternative() -> None:
    (plain,) = fit(reply("Bé nào?\n1. Lệ phí", FEE, TIME), PLAIN)
    assert plain.text == "Bé nào?\n1. Lệ phí\nHoặc nhắn số:\n2. Bao lâu"

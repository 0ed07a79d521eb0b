from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from storage.conversations import Entry
from tests.channels.scripted import BIRTH, CLARIFY, DOCUMENTS
from web.assets import load_assets
from web.transcript import ICONS, Line, Link, safe_url, transcript


def entry(number: int, role: str, body: dict[str, Any]) -> Entry:
    return Entry(number, role, None, body, datetime.now(UTC))


def reply(**parts: Any) -> dict[str, Any]:
    return {"text": "Câu trả lời", "outcome": "answered"} | parts


def test_the_source_is_parted_from_the_words_and_opens_its_page() -> None:
    (bubble,) = transcript([entry(1, "assistant", DOCUMENTS.to_json())])
    assert bubble.lines[0] == Line("Đăng ký khai sinh – giấy tờ:")
    assert bubble.lines[1] == Line("Tờ khai đăng ký khai sinh (điền tại quầy hoặc trên mạng)", "paper")
    assert bubble.lines[-1] == Line("Nộp trực tuyến thì chụp ảnh các giấy trên.")
    assert bubble.sources == (Link("Nguồn: Cổng Dịch vụ công quốc gia, mã 1.001193, cập nhật 15/4/2026", BIRTH),)
    assert bubble.links == (Link("Nộp trực tuyến", BIRTH),)
    assert (bubble.speaker, bubble.outcome) == ("Trợ lý", "answered")


def test_a_reply_that_names_no_source_gets_the_ones_it_cites() -> None:
    cited = DOCUMENTS.to_json()["sources"]
    (bubble,) = transcript([entry(1, "assistant", reply(sources=cited + cited))])
    assert bubble.sources == (Link("Nguồn: Đăng ký khai sinh, mã 1.001193", BIRTH),)


def test_two_sources_keep_their_own_links() -> None:
    text = "Một\nNguồn: A, mã 1\nhttps://a.vn/1\nHai\nNguồn: B, mã 2\nhttps://a.vn/2\nhttps://a.vn/3"
    (bubble,) = transcript([entry(1, "assistant", reply(text=text))])
    assert [line.text for line in bubble.lines] == ["Một", "Hai", "https://a.vn/3"]
    assert [source.url for source in bubble.sources] == ["https://a.vn/1", "https://a.vn/2"]


def test_a_tap_reads_as_its_label_and_stays_marked() -> None:
    said = [
        entry(1, "assistant", CLARIFY.to_json()),
        entry(2, "assistant", CLARIFY.to_json()),
        entry(3, "citizen", {"text": "", "payload": "about:2.000635"}),
    ]
    earlier, offer, tap = transcript(said)
    assert tap.lines == (Line("Làm lại giấy khai sinh đã mất"),)
    assert [option.chosen for option in offer.options] == [False, True, False, False]
    assert not any(option.chosen for option in earlier.options)


def test_a_tap_that_was_never_offered_still_reads_as_something() -> None:
    (tap,) = transcript([entry(1, "citizen", {"text": "", "payload": "help"})])
    assert tap.lines == (Line("(đã chọn một gợi ý)"),)


def test_staff_are_named_and_need_no_more_than_words() -> None:
    (bubble,) = transcript([entry(1, "staff", {"text": "Chào anh/chị"})])
    assert (bubble.speaker, bubble.lines) == ("Cán bộ", (Line("Chào anh/chị"),))


def test_page_and_module_draw_the_same_markers() -> None:
    script = load_assets().files["view.js"].body.decode()
    style = load_assets().files["icons.css"].body.decode()
    assert all(f'"{marker}": "{icon}"' in script and f".{icon} {{ --icon" in style for marker, icon in ICONS.items())


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//a.vn", "/embed", "https://a b", ""])
def test_only_web_and_telephone_addresses_are_opened(url: str) -> None:
    assert safe_url(url) == ""
    (bubble,) = transcript([entry(1, "assistant", reply(suggestions=[{"label": "x", "url": url}]))])
    assert bubble.links == ()
    assert safe_url("tel:1022") == "tel:1022"


def test_a_member_of_staff_who_writes_is_named() -> None:
    (bubble,) = transcript([entry(1, "staff", {"text": "Chào anh/chị", "author": "Nguyễn Thị Lan"})])
    assert bubble.speaker == "Nguyễn Thị Lan (cán bộ)"


def test_who_answers_from_here_on_is_a_line_and_no_bubble() -> None:
    told = reply(text="Lan (cán bộ) đang trả lời anh/chị.", notice="taken")
    late = reply(text="Cán bộ chưa kịp xem câu trả lời này.", notice="expired")
    first, second = transcript([entry(1, "assistant", told), entry(2, "assistant", late)])
    assert first.notice == "Lan (cán bộ) đang trả lời anh/chị."
    assert second.notice == ""
    assert second.lines

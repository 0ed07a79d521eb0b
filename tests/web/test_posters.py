from __future__ import annotations

import pypdfium2
import pytest
import zxingcpp

from web.posters import Card, card_pages, posters

LONG = (
    "Xét, cấp học bổng chính sách đối với sinh viên theo chế độ cử tuyển; học sinh trường dự bị đại học, trường phổ "
    "thông dân tộc nội trú; học viên cơ sở giáo dục nghề nghiệp dành cho thương binh, người khuyết tật"
)
HOST = "hoidap-thutuchanhchinh.thanhphohochiminh.gov.vn"


def card(number: int, name: str = "Đăng ký khai sinh", hint: str = "") -> Card:
    return Card(f"1.{number:06}", name, f"https://{HOST}/?p=1.{number:06}", hint)


def words(page: pypdfium2.PdfPage) -> str:
    return " ".join(page.get_textpage().get_text_bounded().split())


def codes(page: pypdfium2.PdfPage) -> set[str]:
    return {found.text for found in zxingcpp.read_barcodes(page.render(scale=2).to_pil())}


def boxes(page: pypdfium2.PdfPage) -> list[tuple[float, float, float, float]]:
    text = page.get_textpage()
    return [text.get_rect(number) for number in range(text.count_rects())]


def test_a_poster_has_the_code_the_name_and_an_address_to_type() -> None:
    document = pypdfium2.PdfDocument(posters([card(1), card(2, LONG)], "Ủy ban nhân dân xã Bình An"))
    assert len(document) == 2
    assert [round(side) for side in document[0].get_size()] == [595, 842]  # A4 in points
    first = words(document[0])
    for said in ("Đăng ký khai sinh", "1.000001", f"{HOST}/?p=1.000001", "Ủy ban nhân dân xã Bình An", "1022"):
        assert said in first
    assert [codes(page) for page in document] == [{card(1).address}, {card(2).address}]
    assert LONG in words(document[1])


def test_cards_stand_eight_to_a_page() -> None:
    cards = [card(number) for number in range(11)]
    document = pypdfium2.PdfDocument(card_pages(cards, "Hộ tịch"))
    assert [codes(page) for page in document] == [
        {c.address for c in cards[:8]},
        {c.address for c in cards[8:]},
    ]
    assert all("Hộ tịch" in words(page) for page in document)
    assert "trang 2" in words(document[1])
    assert all(f"Mã {c.code}" in words(document[0]) for c in cards[:8])


@pytest.mark.parametrize("make", [posters, card_pages])
def test_nothing_is_written_over_anything_else_or_off_the_page(make) -> None:
    document = pypdfium2.PdfDocument(
        make([card(1, LONG, "Nhắn số 1.000001"), card(2, LONG * 4), card(3)], "Trung tâm Phục vụ " * 6)
    )
    for page in document:
        found = boxes(page)
        assert found
        assert all(left > 0 and right < 595 and bottom > 0 and top < 842 for left, bottom, right, top in found)
        for place, (left, bottom, right, top) in enumerate(found):
            for other in found[place + 1 :]:
                wide = min(right, other[2]) - max(left, other[0])
                high = min(top, other[3]) - max(bottom, other[1])
                assert wide < 1 or high < 3, "lines overlap"


def test_a_name_longer_than_its_place_is_cut_with_a_sign() -> None:
    document = pypdfium2.PdfDocument(card_pages([card(1, LONG * 4)]))
    assert "…" in words(document[0])
    assert LONG[:60] in words(document[0])


def test_what_to_do_after_scanning_is_told() -> None:
    zalo = Card("1.000001", "Đăng ký khai sinh", "https://zalo.me/1234567890", "Nhắn số 1.000001")
    for made in (posters([zalo]), card_pages([zalo])):
        page = pypdfium2.PdfDocument(made)[0]
        assert "Nhắn số 1.000001" in words(page)
        assert "zalo.me/1234567890" in words(page)


def test_every_vietnamese_letter_is_in_the_font() -> None:
    from web.build_font import letters

    every = "".join(letter for letter in letters() if letter.isalpha())
    page = pypdfium2.PdfDocument(posters([card(1, " ".join(every[at : at + 20] for at in range(0, len(every), 20)))]))[
        0
    ]
    assert set(every) <= set(words(page))

from dataclasses import replace

import pytest

from knowledge.types import Document, DocumentSet, Procedure, Status, Step
from knowledge.wording import Mark, Piece, compare, word_pieces

OLD = Procedure(
    "1.001193",
    "Đăng ký khai sinh",
    steps=(Step("Nộp hồ sơ", "Nộp tại xã."), Step("Nhận kết quả", "Nhận tại xã.")),
    document_sets=(DocumentSet("", (Document("Tờ khai"), Document("Giấy chứng sinh"))),),
    results=("Giấy khai sinh", "Bản sao"),
    conditions="Trong thời hạn 60 ngày kể từ ngày sinh con",
)


def spelled(pieces: tuple[Piece, ...]) -> str:
    form = {Mark.SAME: "{}", Mark.REMOVED: "[-{}-]", Mark.ADDED: "[+{}+]"}
    return "".join(form[piece.mark].format(piece.text) for piece in pieces)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("trong 60 ngày kể từ ngày sinh", "trong 90 ngày kể từ ngày sinh", "trong [-60-][+90+] ngày kể từ ngày sinh"),
        ("một hai ba", "một ba", "một [-hai -]ba"),
        ("một ba", "một hai ba", "một [+hai +]ba"),
        ("cũ rồi", "mới tinh", "[-cũ rồi-][+mới tinh+]"),
        ("a b c d", "a x y d", "a [-b c-][+x y+] d"),
        ("như nhau", "như nhau", "như nhau"),
        ("", "thêm", "[+thêm+]"),
    ],
)
def test_a_changed_text_is_told_in_whole_words(before: str, after: str, told: str) -> None:
    assert spelled(word_pieces(before, after)) == told


@pytest.mark.parametrize(("before", "after"), [("một hai  ba\nbốn", "hai ba năm"), ("a", ""), ("x y", "y x")])
def test_both_texts_can_be_read_out_of_the_pieces(before: str, after: str) -> None:
    pieces = word_pieces(before, after)
    assert "".join(piece.text for piece in pieces if piece.mark is not Mark.ADDED) == before
    assert "".join(piece.text for piece in pieces if piece.mark is not Mark.REMOVED) == after


def test_only_the_fields_that_differ_are_told() -> None:
    new = replace(OLD, conditions="Trong thời hạn 30 ngày kể từ ngày sinh con", status=Status.WITHDRAWN)
    assert [(change.field, [spelled(text) for text in change.texts]) for change in compare(OLD, new)] == [
        ("status", ["[-công bố-][+ngừng+]"]),
        ("conditions", ["Trong thời hạn [-60-][+30+] ngày kể từ ngày sinh con"]),
    ]
    assert compare(OLD, OLD) == ()


def test_of_a_list_the_items_that_came_went_or_changed_are_told() -> None:
    new = replace(OLD, results=("Bản sao trích lục", "Thẻ căn cước"))
    (change,) = compare(OLD, new)
    assert change.label == "Kết quả"
    assert [spelled(text) for text in change.texts] == [
        "[-Giấy khai sinh-]",
        "Bản sao[+ trích lục+]",
        "[+Thẻ căn cước+]",
    ]


def test_order_counts_for_steps_only() -> None:
    assert compare(OLD, replace(OLD, results=OLD.results[::-1])) == ()
    (change,) = compare(OLD, replace(OLD, steps=OLD.steps[::-1]))
    assert change.label == "Thứ tự các bước"
    assert "Nhận kết quả" in spelled(change.texts[0])


def test_names_are_compared_too() -> None:
    changes = compare(replace(OLD, aliases=("a", "b")), replace(OLD, aliases=("b", "c"), questions=("hỏi gì",)))
    assert [(change.label, [spelled(text) for text in change.texts]) for change in changes] == [
        ("Cách gọi", ["[-a-][+c+]"]),
        ("Câu hỏi thường gặp", ["[+hỏi gì+]"]),
    ]

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from nlu.accents import AccentRestorer, load_restorer
from nlu.text import fold

WORDS = {"": 100, "thuế": 60, "thuê": 40, "nhà": 50, "đóng": 50, "phí": 30, "lệ": 30, "sinh": 20, "khai": 20}
PAIRS = {("", "thuê"): 5, ("", "đóng"): 30, ("đóng", "thuế"): 30, ("thuê", "nhà"): 30, ("lệ", "phí"): 25}


@pytest.fixture(scope="module")
def small() -> AccentRestorer:
    return AccentRestorer(WORDS, PAIRS)


def test_the_neighbour_decides_between_two_spellings(small: AccentRestorer) -> None:
    assert small.restore("dong thue") == "đóng thuế"
    assert small.restore("thue nha") == "thuê nhà"


def test_a_word_alone_gets_its_most_frequent_spelling(small: AccentRestorer) -> None:
    assert small.restore("le phi") == "lệ phí"
    assert AccentRestorer(WORDS, {}).restore("thue") == "thuế"


def test_a_word_nobody_counted_stays(small: AccentRestorer) -> None:
    assert small.restore("xyz le phi 500k") == "xyz lệ phí 500k"


@pytest.mark.parametrize("text", ["", " ", "?!", "123", "1.001193", "😀", "\n"])
def test_text_without_words_stays(small: AccentRestorer, text: str) -> None:
    assert small.restore(text) == text


def test_what_stands_between_words_stays(small: AccentRestorer) -> None:
    assert small.restore("le phi,  dong thue?\n") == "lệ phí,  đóng thuế?\n"


def test_text_typed_with_diacritics_is_left_alone(small: AccentRestorer) -> None:
    assert small.restore("đóng thue nhà") == "đóng thue nhà"


def test_a_few_marks_among_many_bare_words_are_taken_at_their_word(small: AccentRestorer) -> None:
    assert small.restore("thuê nha dong thue le phi khai sinh") == "thuê nhà đóng thuế lệ phí khai sinh"


def test_capitals_come_back_small(small: AccentRestorer) -> None:
    assert small.restore("LE PHI") == "lệ phí"


@pytest.mark.parametrize(
    "text",
    [
        "làm giấy khai sinh cho con",
        "đăng ký kết hôn",
        "đăng ký tạm trú",
        "cấp lại thẻ căn cước",
        "lệ phí bao nhiêu",
        "giấy phép lái xe",
    ],
)
def test_the_shipped_counts_know_what_people_ask(text: str) -> None:
    assert load_restorer().restore(fold(text)) == text


def test_restoring_changes_marks_only() -> None:
    for text in ("toi muon hoi thu tuc", "nop o dau vay ad", "ngay mai co lam viec khong"):
        assert fold(load_restorer().restore(text)) == text


def test_a_long_text_takes_no_time() -> None:
    assert len(load_restorer().restore("khai sinh " * 400).split()) == 800


def test_counts_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "counts.tsv.gz"
    with gzip.open(file, "wt", encoding="utf-8") as lines:
        lines.write("\t10\nlệ\t5\nphí\t4\nlệ phí\t3\n lệ\t2")
    restorer = load_restorer.__wrapped__(file)
    assert restorer.restore("le phi") == "lệ phí"

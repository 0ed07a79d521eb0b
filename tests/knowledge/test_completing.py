from __future__ import annotations

import pytest

from knowledge.completing import Completions

TEXTS = (
    "Đăng ký khai sinh",
    "khai sinh cho con",
    "Đăng ký khai tử",
    "Đăng ký kết hôn",
    "sổ đỏ bị mất",
    "Đăng ký hộ kinh doanh",
)


@pytest.mark.parametrize(
    ("typed", "finished"),
    [
        ("khai si", "khai sinh"),
        ("khai s", "khai sinh"),
        ("khai t", "khai tu"),
        ("Khai tử", "Khai tử"),
        ("dang ky ket ho", "dang ky ket hon"),
        ("kết hô", "kết hôn"),
        ("đăng ký hộ", "đăng ký hộ"),
        ("sổ đỏ bị mấ", "sổ đỏ bị mất"),
        ("khai sinh le ph", "khai sinh le phi"),
        ("khai sinh nộp ở đâ", "khai sinh nộp ở đâu"),
        ("khai sinh ", "khai sinh "),
        ("k", "k"),
        ("xyz", "xyz"),
        ("", ""),
        ("1.00119", "1.00119"),
    ],
)
def test_the_word_being_typed_is_finished_as_it_is_spelt(typed: str, finished: str) -> None:
    assert Completions(TEXTS).finish(typed) == finished


def test_words_of_the_index_are_known() -> None:
    known = Completions(TEXTS)
    assert known.knows("khai gì đó")
    assert not known.knows("asdf qwer")

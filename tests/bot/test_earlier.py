from __future__ import annotations

from collections.abc import Mapping

from bot.earlier import Earlier

RARITY: Mapping[str, float] = {"khai": 3.0, "sinh": 3.0, "can": 2.0, "cuoc": 4.0, "mat": 3.0, "lam": 1.0, "lai": 1.0}


def test_a_question_finds_its_like_however_it_is_typed() -> None:
    earlier = Earlier()
    earlier.add([(1, "Làm lại căn cước bị mất ở đâu?"), (2, "Khai sinh cho con cần giấy tờ gì?")])
    assert earlier.like("căn cước mất làm lại nộp ở đâu ạ", RARITY, 3) == [1]
    assert earlier.like("khai sinh cho con can giay to gi", RARITY, 3) == [2]


def test_another_procedure_or_another_part_is_not_alike() -> None:
    earlier = Earlier()
    earlier.add([(1, "Khai tử cho ông nội cần giấy tờ gì?"), (2, "Khai sinh cho con bao lâu xong?")])
    assert earlier.like("khai sinh cho con cần giấy tờ gì", {**RARITY, "tu": 4.0, "con": 1.0}, 3) != [1]
    both = Earlier()
    both.add([(5, "Khai sinh cho con bao lâu xong?"), (4, "Khai sinh cho con cần giấy tờ gì?")])
    assert both.like("khai sinh cho con cần giấy tờ gì", RARITY, 3)[0] == 4


def test_of_equal_ones_the_newest_comes_first_and_the_number_is_bounded() -> None:
    earlier = Earlier()
    earlier.add((number, "Khai sinh cho con cần giấy tờ gì?") for number in range(1, 6))
    assert earlier.newest == 5
    assert earlier.like("khai sinh cho con cần giấy tờ gì", RARITY, 2) == [5, 4]


def test_nothing_is_like_words_that_nobody_asked() -> None:
    earlier = Earlier()
    assert earlier.newest == 0
    earlier.add([(1, "…")])
    assert earlier.like("thời tiết ngày mai", RARITY, 3) == []
    assert earlier.like("", RARITY, 3) == []

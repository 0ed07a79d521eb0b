from __future__ import annotations

import pytest

from knowledge.baselines import Ranker, ablations, names_of, rankers
from knowledge.index import build_index
from knowledge.retriever import Retriever
from knowledge.types import Procedure
from nlu.accents import AccentRestorer
from tests.knowledge.hashing import HashingEncoder

NAMES = ("Đăng ký khai sinh", "Đăng ký kết hôn", "Đăng ký tạm trú", "Cấp hộ chiếu", "Cấp đổi giấy phép lái xe")
CATALOGUE = tuple(
    Procedure(code=f"1.{number:06d}", name=name, aliases=(f"cách gọi khác thứ {number}",))
    for number, name in enumerate([*NAMES, *(f"Cấp giấy chứng nhận loại {kind}" for kind in "abcdefgh")])
)


@pytest.fixture(scope="module")
def compared() -> dict[str, Ranker]:
    encoder = HashingEncoder()
    index = build_index(CATALOGUE, encoder)
    restorer = AccentRestorer({"": 1, "cấp": 1, "hộ": 1, "chiếu": 1}, {})
    retriever = Retriever(index, encoder, restorer)
    return rankers(retriever, names_of(index), {"mẫu": encoder}) | ablations(retriever, encoder, restorer)


def test_the_name_is_the_first_text_of_each() -> None:
    assert names_of(build_index(CATALOGUE, HashingEncoder())) == [(p.code, p.name) for p in CATALOGUE]


def test_every_ranking_finds_a_name_typed_whole(compared: dict[str, Ranker]) -> None:
    assert len(compared) == 13
    for name, rank in compared.items():
        assert rank("Đăng ký tạm trú")[0] == "1.000002", name


def test_folded_words_survive_typing_without_diacritics(compared: dict[str, Ranker]) -> None:
    first = {name: rank("cap ho chieu")[0] for name, rank in compared.items()}
    assert first["BM25 bỏ dấu, cặp âm tiết"] == "1.000003"
    assert first["tìm kiếm của Một Cửa"] == "1.000003"
    assert first["BM25 âm tiết như gõ"] != "1.000003"


def test_rankings_are_ten_deep_and_name_each_once(compared: dict[str, Ranker]) -> None:
    for rank in compared.values():
        for question in ("cấp giấy", "", "xyz", "😀", "xyz giấy"):
            found = rank(question)
            assert len(found) == len(set(found)) == 10

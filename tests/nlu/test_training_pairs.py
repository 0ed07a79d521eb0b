"""Training pairs: who may be learned from, what is rewritten, and what must not count as wrong."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from nlu.accents import AccentRestorer, load_restorer
from nlu.text import fold, has_accents
from nlu.training.noise import (
    as_people_say,
    as_search_sees,
    ask_about,
    misaccent,
    mistype,
    plain_name,
    shorten,
)
from nlu.training.pairs import (
    Pair,
    PairMaker,
    Question,
    Topic,
    false_negatives,
    is_training,
    name_words,
    read_questions,
    read_topics,
)

NAMES = {
    "1.1": "Thủ tục đăng ký khai sinh",
    "1.2": "Thủ tục đăng ký lại khai sinh",
    "1.3": "Đăng ký khai sinh có yếu tố nước ngoài",
    "1.4": "Đăng ký khai sinh (thực hiện tại cấp tỉnh)",
    "2.1": "Cấp lại giấy phép lái xe",
    "2.2": "Đổi giấy phép lái xe",
    "2.3": "Cấp giấy phép lái xe quốc tế",
}
STARTER = """
code: "1.1"
name: Đăng ký khai sinh
aliases: [làm giấy khai sinh, birth certificate for a newborn]
questions: [vợ mới sinh em bé thì làm giấy ở đâu]
"""


def record(code: str, name: str) -> dict[str, object]:
    return {
        "ma": code,
        "ten": name,
        "ket_qua": [{"ten": f"Kết quả của riêng thủ tục {code}"}, {"ten": "Giấy chứng nhận như mọi nơi"}],
        "thanh_phan_ho_so": [{"giay_to": [{"ten": "Tờ khai theo mẫu quy định chung"}, {"ten": "Ảnh"}]}],
        "yeu_cau_dieu_kien": None,
    }


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Topic]:
    folder = tmp_path_factory.mktemp("training")
    catalogue = folder / "catalogue.jsonl.gz"
    with gzip.open(catalogue, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record(code, name)) + "\n" for code, name in NAMES.items())
    (folder / "1.1.yml").write_text(STARTER, encoding="utf-8")
    return read_topics(catalogue, [folder])


@pytest.fixture(scope="module")
def restorer() -> AccentRestorer:
    return load_restorer()


def maker(topics: dict[str, Topic], restorer: AccentRestorer, seed: int = 0) -> PairMaker:
    asked = [Question("mất bằng lái thì xin lại ở đâu", ("2.1", "2.2"), lay=False)]
    return PairMaker(topics, asked, restorer, seed)


def test_split_is_fixed_and_close_to_its_share() -> None:
    assert [is_training(code) for code in ("1.001193", "1.004194", "1.000894", "2.000635")] == [
        True,
        True,
        False,
        False,
    ]
    share = sum(is_training(f"1.{number:06}") for number in range(2000)) / 2000
    assert 0.67 < share < 0.73


def test_questions_without_an_answer_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    rows = [
        {"question": "a", "procedure_codes": ["1.1"], "kind": "answer", "set": "lay"},
        {"question": "b", "procedure_codes": [], "kind": "answer", "set": "faq"},
        {"question": "c", "procedure_codes": ["1.1"], "kind": "clarify", "set": "lay"},
    ]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert read_questions(file) == [Question("a", ("1.1",), lay=True)]


def test_wordings_that_tell_no_procedure_apart_are_not_learned(topics: dict[str, Topic]) -> None:
    assert topics["2.1"].wordings == ("Kết quả của riêng thủ tục 2.1",)


def test_siblings_are_near_but_not_the_same_procedure_at_another_office(topics: dict[str, Topic]) -> None:
    assert set(topics["1.1"].siblings[:2]) == {"1.2", "1.3"}
    assert "1.4" not in topics["1.1"].siblings
    assert topics["2.1"].siblings[0] in {"2.2", "2.3"}


def test_starter_gives_aliases_and_questions(topics: dict[str, Topic]) -> None:
    assert topics["1.1"].aliases == ("Đăng ký khai sinh", "làm giấy khai sinh", "birth certificate for a newborn")
    assert topics["1.1"].questions == ("vợ mới sinh em bé thì làm giấy ở đâu",)
    assert topics["1.2"].aliases == ()


def test_batches_hold_different_procedures_and_siblings_together(
    topics: dict[str, Topic], restorer: AccentRestorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nlu.training.pairs.SIBLING_SHARE", 1.0)
    pairs = maker(topics, restorer)
    for _ in range(20):
        batch = pairs.batch(4)
        codes = [pair.code for pair in batch]
        assert len(set(codes)) == len(codes) == 4
        assert codes[1] in topics[codes[0]].siblings
        assert codes[1] in topics[codes[0]].siblings


def test_the_same_seed_draws_the_same_batches(topics: dict[str, Topic], restorer: AccentRestorer) -> None:
    first, again, other = (maker(topics, restorer, seed) for seed in (1, 1, 2))
    drawn = [pairs.batch(5) for pairs in (first, again, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_every_right_answer_of_a_question_is_spared(topics: dict[str, Topic], restorer: AccentRestorer) -> None:
    pairs = [pair for _ in range(60) for pair in maker(topics, restorer, seed=_).batch(6)]
    from_question = [pair for pair in pairs if "xin lai o dau" in fold(pair.query)]
    assert from_question
    assert all({"2.1", "2.2"} <= pair.right for pair in from_question)
    assert all("1.4" in pair.right for pair in pairs if pair.code == "1.1")


def test_false_negatives_mask_right_passages_but_never_the_partner() -> None:
    pairs = [
        Pair("q", "p", "1", frozenset({"1", "2"})),
        Pair("q", "p", "2", frozenset({"2"})),
        Pair("q", "p", "3", frozenset({"3"})),
    ]
    assert false_negatives(pairs).tolist() == [[False, True, False], [False, False, False], [False, False, False]]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Thủ tục đăng ký khai sinh", "đăng ký khai sinh"),
        ("Thủ tục: Đăng ký\nđất đai.", "Đăng ký đất đai"),
        ("TIẾP TỤC HƯỞNG LƯƠNG HƯU", "tiếp tục hưởng lương hưu"),
        ("Cấp thẻ BHYT", "Cấp thẻ BHYT"),
    ],
)
def test_plain_name(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_name_words_keep_what_tells_apart() -> None:
    assert name_words("Cấp phép (thực hiện tại Cấp xã)") == {"cap", "phep"}
    assert name_words("Cấp phép (đối với tàu)") == {"cap", "phep", "doi", "voi", "tau"}


def test_questions_hold_the_name_or_its_beginning() -> None:
    name = "Cấp giấy phép xây dựng đối với nhà ở riêng lẻ"
    asked = {ask_about(name, random.Random(seed)) for seed in range(200)}
    assert len(asked) > 40
    assert all("cấp giấy phép xây dựng" in text for text in asked)
    assert {True, False} == {"riêng lẻ" in text for text in asked}


def test_everyday_words_replace_formal_ones() -> None:
    said = {as_people_say("Cấp lại giấy phép lái xe", random.Random(seed), share=1.0) for seed in range(40)}
    assert "làm lại bằng lái" in said
    assert not any("giấy phép lái xe" in text for text in said)
    assert as_people_say("Cấp lại giấy phép lái xe", random.Random(0), share=0.0) == "cấp lại giấy phép lái xe"


def test_shorten_keeps_words_and_their_order() -> None:
    words = [f"w{number}" for number in range(30)]
    for seed in range(50):
        left = shorten(" ".join(words), random.Random(seed)).split()
        assert left
        assert left == sorted(left, key=words.index)
    assert shorten("giấy khai sinh", random.Random(0)) == "giấy khai sinh"


def test_mistype_changes_little() -> None:
    for seed in range(50):
        typed = mistype("đăng ký khai sinh", random.Random(seed))
        assert abs(len(typed) - len("đăng ký khai sinh")) <= 1
        assert typed[0] == "đ"
    assert mistype("ubnd", random.Random(0)) == "ubnd"


def test_misaccent_changes_marks_only() -> None:
    text = "giấy chứng nhận nghĩa vụ quân sự đã hủy bỏ ở phường"
    seen = {misaccent(text, random.Random(seed)) for seed in range(60)}
    assert len(seen) > 10
    assert {fold(variant) for variant in seen} == {fold(text)}


def test_the_search_sees_mostly_mended_text(restorer: AccentRestorer) -> None:
    seen = [as_search_sees("thủ tục đăng ký khai sinh", random.Random(seed), restorer) for seed in range(300)]
    assert seen.count("thủ tục đăng ký khai sinh") > 180
    assert any(not has_accents(text) for text in seen)

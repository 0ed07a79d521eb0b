"""The classifier of messages: what it reads, that its chances are chances, and that it knows what no rule lists."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlu.kinds import BUCKETS, MODEL_FILE, Kinds, chance_of, chances, features, load_kinds

MESSAGES = Path(__file__).parents[2] / "nlu" / "training" / "messages"


def test_features_do_not_care_for_diacritics_or_capitals() -> None:
    assert features("Đăng ký KHAI SINH").tolist() == features("dang ky khai sinh").tolist()


def test_features_are_places_in_the_weights_each_once() -> None:
    found = features("cho em hỏi, cho em hỏi")
    assert len(set(found.tolist())) == len(found)
    assert ((found >= 0) & (found < BUCKETS)).all()


@pytest.mark.parametrize("text", ["", "   ", "😀", "?", "a", "x" * 3_000])
def test_chances_add_up_whatever_is_typed(text: str) -> None:
    found = chances(text)
    assert sum(found.values()) == pytest.approx(1.0)
    assert all(0 <= chance <= 1 for chance in found.values())


def test_a_kind_sums_those_below_it() -> None:
    text = "cháy nhà rồi cứu với"
    below = sum(chance for name, chance in chances(text).items() if name.startswith("crisis_"))
    assert chance_of("crisis", text) == pytest.approx(below)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("thằng cu nuốt viên bi mắc ngang cổ, tím môi rồi bà con ơi", "crisis"),
        ("thang cu nuot vien bi mac ngang co, tim moi roi ba con oi", "crisis"),
        ("my baby is choking and his face is turning blue", "crisis"),
        ("hết pin rồi à, cho tôi gặp người thật nói chuyện cho lẹ", "request_person"),
        ("tôm sú loại 30 con bữa nay vựa thu giá mấy", "out_of_scope"),
        ("viết giùm con bài tả cái trống trường", "out_of_scope"),
        ("cảm ơn cháu nhiều, để bác ra phường thử", "thank"),
        ("xin cấp lại giấy khai sinh bị cháy thì nộp ở đâu", "ask"),
        ("tiền tử tuất cho vợ con người lao động chết vì tai nạn", "ask"),
        ("where do I register my newborn daughter in Hanoi", "ask"),
    ],
)
def test_what_no_rule_lists_is_known_by_what_it_has_in_common(text: str, kind: str) -> None:
    likeliest = max(chances(text), key=lambda name: chances(text)[name])
    assert likeliest.startswith(kind)


def test_the_shipped_kinds_are_those_of_the_examples() -> None:
    assert {path.stem for path in MESSAGES.glob("*.txt")} <= set(load_kinds().names)
    assert MODEL_FILE.stat().st_size < 500_000


def test_weights_count_in_steps_and_longer_texts_weigh_no_more() -> None:
    weights = np.zeros((2, BUCKETS + 384), dtype=np.int8)
    weights[0, features("khai sinh")] = 100
    kinds = Kinds(["a", "b"], weights, np.array([0.1, 0.1], np.float32), np.zeros(2, np.float32))
    once, twice = kinds.chances("khai sinh"), kinds.chances("khai sinh khai sinh")
    assert once["a"] > 0.99
    assert twice["a"] > 0.99
    assert kinds.chances("xyz")["a"] == pytest.approx(0.5, abs=0.1)

from __future__ import annotations

import pytest

from bot.answering import Answering
from bot.phone import MOST, look_up, part
from knowledge.completing import Completions
from knowledge.types import Facet
from tests.web.learned import Opened, opened
from web.service import answering_of

__all__ = ["opened"]


@pytest.fixture(scope="session")
def answering(opened: Opened) -> Answering:
    return answering_of(opened[2])


@pytest.fixture(scope="session")
def words(opened: Opened) -> Completions:
    return Completions(entry.text for entry in opened[2].live.retriever.index.entries)


@pytest.mark.parametrize(
    ("typed", "code", "facet"),
    [
        ("khai si", "1.001193", Facet.OVERVIEW),
        ("khai sinh le ph", "1.001193", Facet.FEE),
        ("kết hô", "1.000894", Facet.OVERVIEW),
        ("can cuoc mat lam lai o da", "1.014064", Facet.WHERE),
        ("đăng ký tạm trú bao lâu", "1.004194", Facet.DURATION),
        ("1.001193", "1.001193", Facet.OVERVIEW),
    ],
)
def test_what_is_typed_so_far_finds_procedure_and_part(
    answering: Answering, words: Completions, typed: str, code: str, facet: Facet
) -> None:
    found = look_up(answering, typed, words)
    assert 1 <= len(found) <= MOST
    assert (found[0].code, found[0].facet) == (code, facet)
    assert found[0].script
    assert found[0].text.startswith(found[0].name[:10])
    assert set(found[0].facets) >= {Facet.OVERVIEW, Facet.DOCUMENTS}


def test_confidences_fall_and_each_procedure_comes_once(answering: Answering, words: Completions) -> None:
    found = look_up(answering, "khai sinh", words)
    assert len({one.code for one in found}) == len(found) >= 3
    assert found[0].confidence == max(one.confidence for one in found)


@pytest.mark.parametrize("typed", ["", "   ", "asdf qwer", "???", "a", "9.999999"])
def test_nothing_is_found_where_nothing_is_near(answering: Answering, words: Completions, typed: str) -> None:
    assert look_up(answering, typed, words) == []


def test_the_part_chosen_by_hand_wins(answering: Answering, words: Completions) -> None:
    found = look_up(answering, "khai sinh lệ phí", words, Facet.DURATION)
    assert {one.facet for one in found} == {Facet.DURATION}
    one = part(answering, "1.001193", Facet.DOCUMENTS, "khai sinh lệ phí")
    assert one is not None
    assert one.facet is Facet.DOCUMENTS
    assert part(answering, "9.999999", Facet.FEE, "") is None


def test_the_place_named_is_told(answering: Answering, words: Completions) -> None:
    found = look_up(answering, "tạm trú ở phường hiệp bình nộp ở đâu", words)
    assert "phường Hiệp Bình" in found[0].script


def test_a_sum_the_caller_heard_of_is_judged_first(answering: Answering, words: Completions) -> None:
    found = look_up(answering, "cấp lại bằng lái xe bị đòi 900 nghìn đúng không", words)
    assert found[0].facet is Facet.FEE
    assert "Không phải 900.000 đồng." in found[0].script

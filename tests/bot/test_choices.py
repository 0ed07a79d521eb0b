from __future__ import annotations

import pytest

from bot.choices import Choice, match_typed, parse_token
from bot.messages import Suggestion
from knowledge.starter import load_starter
from knowledge.types import Facet

LONGEST_TOKEN = 64  # bytes; the smallest limit of any channel
OFFERED = (
    Suggestion("Lệ phí", "facet:1.001193:fee"),
    Suggestion("Mở trang thủ tục ↗", url="https://example.gov.vn"),
    Suggestion("Nộp ở đâu", "facet:1.001193:where"),
    Suggestion("Gặp cán bộ", "human"),
)


@pytest.mark.parametrize(
    "choice",
    [
        Choice("facet", "1.001193", "fee"),
        Choice("more", "1.001193", "documents", 2),
        Choice("about", "2.000635"),
        Choice("facet", "2.000575.000.00.00.H35", "overview", 99),
        Choice("human"),
        Choice("restart"),
        Choice("help"),
        Choice("case", "1.001193", "documents"),
        Choice("case", "1.001193", "documents", option="uncertified"),
        Choice("journey", option="birth"),
        Choice("journey", option="birth", page=1),
        Choice("step", option="birth", page=2),
        Choice("journeys"),
        Choice("journeys", page=1),
        Choice("place", option="26740"),
        Choice("place", option="79"),
    ],
)
def test_a_token_is_read_back(choice: Choice) -> None:
    assert parse_token(choice.token()) == choice


def test_every_token_of_the_starter_catalogue_fits_and_is_read_back() -> None:
    for procedure in load_starter():
        for facet in Facet:
            choice = Choice("more", procedure.code, facet.value, 10)
            assert parse_token(choice.token()) == choice
            assert len(choice.token().encode()) <= LONGEST_TOKEN


@pytest.mark.parametrize(
    "token",
    [
        *("", " ", "nothing", "facet", "about", "more", "facet:", "facet::fee", "human:1.001193", "help:2.000635"),
        *("facet:1.001193:FEE", "facet:1.001193:fee:100", "facet:abc:fee", "human ", "human\n", "HUMAN"),
        *("case", "case:1.001193", "case:1.001193:fee:LOST", "journey", "journey:", "step:birth:100", "journeys:birth"),
        *('facet:1.001193:fee"}', "facet:1.001193:fee:1:1", "/restart", "facet:1.001193:lệ", "facet:1." + "0" * 50),
    ],
)
def test_what_we_never_offered_is_no_choice(token: str) -> None:
    assert parse_token(token) is None


@pytest.mark.parametrize(
    "typed",
    ["1", "1.", " 1 ", "so 1", "số 1", "Chọn 1", "chọn số 1", "cái số 1 nhé", "muc 1", "option 1", "1 nha", "01"],
)
def test_a_number_typed_is_the_suggestion_of_that_number(typed: str) -> None:
    assert match_typed(typed, OFFERED) == OFFERED[0]


def test_links_are_opened_and_not_counted() -> None:
    assert match_typed("2", OFFERED) == OFFERED[2]
    assert match_typed("3", OFFERED) == OFFERED[3]


@pytest.mark.parametrize("typed", ["Lệ phí", "le phi", "LỆ PHÍ!", "lệ phí?", " lệ phí. "])
def test_a_label_typed_is_its_suggestion(typed: str) -> None:
    assert match_typed(typed, OFFERED) == OFFERED[0]


@pytest.mark.parametrize(
    "typed",
    ["0", "4", "99", "100", "-1", "1 2", "1,5", "2 bản", "lệ phí bao nhiêu", "mở trang thủ tục", "", "một", "1/7/2025"],
)
def test_anything_else_is_a_question(typed: str) -> None:
    assert match_typed(typed, OFFERED) is None


def test_nothing_offered_nothing_chosen() -> None:
    assert match_typed("1", ()) is None
    assert match_typed("", ()) is None

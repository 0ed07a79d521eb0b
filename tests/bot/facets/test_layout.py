from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.answers import answer
from bot.facets.layout import PAGE_LENGTH, source_block
from knowledge.days import today
from knowledge.types import Facet, Procedure

BIRTH = Procedure("1.001193", "Đăng ký khai sinh", source_url="https://dichvucong.gov.vn/x", conditions="Có mặt")


@pytest.mark.parametrize("facet", Facet)
def test_every_answer_from_a_record_past_its_last_day_says_so(facet: Facet) -> None:
    told = answer(replace(BIRTH, expires_on=date(2025, 6, 30)), facet).text
    assert "chỉ có hiệu lực đến hết 30/6/2025" in told
    assert len(told) <= PAGE_LENGTH
    assert "in force until" in answer(replace(BIRTH, expires_on=date(2025, 6, 30)), facet, "en").text


@pytest.mark.parametrize("last", [None, today(), today() + timedelta(days=1)])
def test_a_record_in_force_is_told_without_a_warning(last: date | None) -> None:
    assert source_block(replace(BIRTH, expires_on=last), "vi") == source_block(BIRTH, "vi")
    assert source_block(BIRTH, "vi").endswith("\nhttps://dichvucong.gov.vn/x")

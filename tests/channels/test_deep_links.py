from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.helpers import create_deep_linked_url

from channels.deep_links import deep_link_code, procedure_code, telegram_link, web_link, zalo_link


@pytest.mark.parametrize(
    ("code", "payload"),
    [("1.001193", "p-1_001193"), ("2.000575.000.00.00.H35", "p-2_000575_000_00_00_H35"), ("1.001-a", "p-1_001-a")],
)
def test_a_code_becomes_a_start_payload_and_back(code: str, payload: str) -> None:
    assert deep_link_code(code) == payload
    assert procedure_code(payload) == code


@given(st.from_regex(r"\A\d\.[0-9A-Za-z.\-]{1,40}\Z").filter(str.isascii))
def test_every_code_fits_a_start_link_and_comes_back(code: str) -> None:
    payload = deep_link_code(code)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload)
    assert procedure_code(payload) == code


@pytest.mark.parametrize("code", ["", "1", "1.", "khai sinh", "1.001193\n", "1.0_1", "1.1/../x", "9" * 70])
def test_what_is_no_code_has_no_link(code: str) -> None:
    with pytest.raises(ValueError, match="is not the code"):
        deep_link_code(code)
    with pytest.raises(ValueError, match="is not the code"):
        web_link("https://a.vn", code)


@pytest.mark.parametrize("payload", ["", "1_001193", "p-", "p-x_1", "q-1_001193", "p-1_001193 ", "p-1.001193"])
def test_other_start_payloads_are_no_codes(payload: str) -> None:
    assert procedure_code(payload) is None


def test_links_open_the_chat_on_the_procedure() -> None:
    assert web_link("https://hoi.example.gov.vn", "1.001193") == "https://hoi.example.gov.vn/?p=1.001193"
    assert telegram_link("motcua_bot", "1.001193") == create_deep_linked_url("motcua_bot", "p-1_001193")
    assert telegram_link("motcua_bot") == "https://t.me/motcua_bot"
    assert zalo_link("2900000000000000042") == "https://zalo.me/2900000000000000042"


@pytest.mark.parametrize("name", ["", "@motcua_bot", "mot cua", "bot/../x"])
def test_a_wrong_name_of_a_bot_has_no_link(name: str) -> None:
    with pytest.raises(ValueError, match="name of a bot"):
        telegram_link(name)


@pytest.mark.parametrize("number", ["", "abc", "12/34567"])
def test_a_wrong_number_of_an_account_has_no_link(number: str) -> None:
    with pytest.raises(ValueError, match="number of an Official Account"):
        zalo_link(number)

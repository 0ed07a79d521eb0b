from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient

from knowledge.admin_names import add_name, remove_name
from tests.web.learned import Opened, desk, opened, talks
from tests.web.staff_side import sign_in
from web.desk.search import LiveCompletions
from web.staff.guard import Role

__all__ = ["desk", "opened", "talks"]


@pytest.fixture
async def agent(desk: TestClient) -> TestClient:
    await sign_in(desk, Role.AGENT)
    return desk


async def found(agent: TestClient, **query: str) -> list[dict]:
    response = await agent.get("/desk/api/search", params=query)
    assert response.status == 200
    return (await response.json())["results"]


async def test_each_key_finds_more_surely(agent: TestClient) -> None:
    for typed in ("khai s", "khai si", "khai sinh le ph", "khai sinh lệ phí"):
        first = (await found(agent, q=typed))[0]
        assert first["code"] == "1.001193"
    assert set(first) == {
        *("code", "name", "confidence", "facet", "facet_name", "facets", "text", "script", "source", "version")
    }
    assert (first["facet"], first["facet_name"]) == ("fee", "Lệ phí")
    assert {"facet": "documents", "name": "Giấy tờ"} in first["facets"]


async def test_another_part_of_the_same_procedure(agent: TestClient) -> None:
    (one,) = await found(agent, q="khai sinh", facet="duration", code="1.001193")
    assert (one["code"], one["facet"]) == ("1.001193", "duration")
    assert await found(agent, q="khai sinh", facet="duration", code="9.999999") == []


async def test_strange_words_are_no_fault(agent: TestClient) -> None:
    for typed in ("", " ", "%", "'; drop table", "🙂", "x" * 5_000, "\u202e\x00", "1.00119"):
        await found(agent, q=typed)
    refused = await agent.get("/desk/api/search", params={"q": "khai sinh", "facet": "price"})
    assert refused.status == 422
    assert "price" in (await refused.json())["error"]["message"]


def test_the_words_of_a_new_index_are_taken_up(opened: Opened) -> None:
    live = LiveCompletions()
    retriever = opened[2].live.retriever
    assert live.of(retriever).finish("khai si") == "khai sinh"
    assert live.of(retriever) is live.of(retriever)


async def test_a_changed_record_is_read_out_at_once(agent: TestClient, opened: Opened) -> None:
    before = (await found(agent, q="1.000894"))[0]
    knowledge = opened[2]
    add_name(opened[1], "1.000894", "cưới xin giấy trắng mực đen", "alias", "test", "test")
    knowledge.refresh()
    after = (await found(agent, q="1.000894"))[0]
    assert after["version"] == before["version"] + 1
    assert (await found(agent, q="cưới xin giấy trắng mực đ"))[0]["code"] == "1.000894"
    remove_name(opened[1], "1.000894", "cưới xin giấy trắng mực đen", "test", "test")
    knowledge.refresh()

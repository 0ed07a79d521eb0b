"""The limits and the switch as a page meets them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import ip_network

import pytest
from aiohttp.test_utils import TestClient

from channels.rates import Rates
from storage import inbox
from storage.conversations import Conversations
from storage.switches import pause
from tests.channels.scripted import ScriptedAssistant
from web.app import create_app
from web.settings import Settings

PREFIX = "/api/v1/conversations"
FROM = {"X-Forwarded-For": "8.8.8.8"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    rates = Rates(person_per_minute=2, openings_per_minute=2)
    return replace(settings, public_url="http://localhost", rates=rates, trusted_proxies=(ip_network("127.0.0.1"),))


@pytest.fixture
async def client(
    settings: Settings,
    assistant: ScriptedAssistant,
    conversations: Conversations,
    aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> TestClient:
    return await aiohttp_client(create_app(settings, assistant, conversations))


class Page:
    """One conversation of one page."""

    def __init__(self, client: TestClient, opened: dict[str, str]) -> None:
        self._client, self._id = client, opened["conversation_id"]
        self._headers = {"Authorization": f"Bearer {opened['token']}"}

    async def says(self, number: int, text: str = "làm khai sinh") -> tuple[int, dict[str, object], str | None]:
        body = {"id": str(number), "text": text}
        answer = await self._client.post(f"{PREFIX}/{self._id}/messages", json=body, headers=self._headers)
        return answer.status, await answer.json(), answer.headers.get("Retry-After")


@pytest.fixture
async def page(client: TestClient) -> Page:
    return Page(client, await (await client.post(PREFIX)).json())


async def test_who_is_too_fast_is_told_when_to_come_again(page: Page, assistant: ScriptedAssistant) -> None:
    for number in range(4):
        assert (await page.says(number))[0] == 200
    status, body, wait = await page.says(5)
    assert (status, wait) == (429, "30")
    assert body["error"]["code"] == "too_fast"  # type: ignore[index]
    assert "Anh/chị gửi nhanh quá" in body["error"]["message"]  # type: ignore[index]
    assert len(assistant.heard) == 4
    assert (await page.says(6, "cứu với nhà tôi đang cháy"))[0] == 200


async def test_what_was_refused_can_be_sent_again(page: Page, conversations: Conversations) -> None:
    for number in range(5):
        await page.says(number)
    assert inbox.sizes(conversations.engine) == []  # else a worker would answer what the page holds


async def test_one_address_opens_only_so_many(client: TestClient) -> None:
    statuses = [(await client.post(PREFIX, headers=FROM)).status for _ in range(5)]
    assert statuses == [201] * 4 + [429]
    refused = await client.post(PREFIX, headers=FROM)
    assert (await refused.json())["error"]["code"] == "too_many_openings"
    assert int(refused.headers["Retry-After"]) in range(1, 61)
    assert (await client.post(PREFIX, headers={"X-Forwarded-For": "8.8.4.4"})).status == 201


async def test_the_form_without_scripts_is_limited_too(client: TestClient) -> None:
    for _ in range(4):
        await client.post(PREFIX, headers=FROM)
    sent = {"text": "làm khai sinh", "nonce": "1"}
    refused = await client.post("/", data=sent, headers=FROM, allow_redirects=False)
    assert refused.status == 429


async def test_a_form_sent_too_fast_shows_the_words_again(client: TestClient) -> None:
    for number in range(5):
        shown = await client.post("/", data={"text": f"khai sinh {number}", "nonce": str(number)})
    text = await shown.text()
    assert "Anh/chị gửi nhanh quá" in text
    assert "khai sinh 4" in text


async def test_a_page_of_a_paused_web_keeps_its_words(page: Page, conversations: Conversations) -> None:
    pause(conversations.engine, "all", "đang nâng cấp", "Lan", silent=False)
    status, body, _ = await page.says(1)
    (reply,) = body["replies"]  # type: ignore[misc]
    assert (status, reply["outcome"]) == (200, "error")
    assert "tạm nghỉ: đang nâng cấp" in reply["text"]

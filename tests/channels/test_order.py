"""No message of a conversation overtakes another, even when looking up a token takes longer for the first."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiohttp.test_utils import TestClient

from channels.web import PREFIX
from storage.conversations import Access, Conversations


async def test_a_slow_look_up_lets_nobody_overtake(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await (await client.post(PREFIX)).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    url = f"{PREFIX}/{made['conversation_id']}/messages"
    known, waits = Conversations.check, iter([0.2])

    def check(self: Conversations, conversation_id: str, token: str) -> Access:
        time.sleep(next(waits, 0.0))
        return known(self, conversation_id, token)

    monkeypatch.setattr(Conversations, "check", check)
    first = asyncio.ensure_future(client.post(url, json={"id": "1", "text": "khai sinh"}, headers=headers))
    await asyncio.sleep(0.05)
    second = asyncio.ensure_future(client.post(url, json={"id": "2", "text": "khai sinh"}, headers=headers))
    await asyncio.gather(first, second)
    entries = (await (await client.get(url, headers=headers)).json())["entries"]
    assert [entry["message_id"] for entry in entries] == ["1", "1", "2", "2"]

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

import channels.web
from bot.messages import Outcome
from channels.notifier import STREAMS_PER_CONVERSATION
from channels.web import BODY_BYTES, NOTIFIER, PREFIX
from storage.conversations import Conversations
from tests.channels.scripted import DOCUMENTS, ScriptedAssistant


class Citizen:
    """A client of the channel with a conversation of its own."""

    def __init__(self, client: TestClient, made: dict[str, str]) -> None:
        self.client = client
        self.id = made["conversation_id"]
        self.headers = {"Authorization": f"Bearer {made['token']}"}

    def url(self, what: str) -> str:
        return f"{PREFIX}/{self.id}/{what}"

    async def post(self, body: Any, **options: Any) -> ClientResponse:
        return await self.client.post(self.url("messages"), json=body, headers=self.headers, **options)

    async def post_raw(self, data: bytes, content_type: str = "application/json") -> ClientResponse:
        headers = self.headers | {"Content-Type": content_type}
        return await self.client.post(self.url("messages"), data=data, headers=headers)

    async def entries(self, query: str = "") -> list[dict[str, Any]]:
        response = await self.client.get(self.url("messages") + query, headers=self.headers)
        assert response.status == 200
        return (await response.json())["entries"]

    async def events(self, query: str = "", **headers: str) -> ClientResponse:
        return await self.client.get(self.url("events") + query, headers=self.headers | headers)


@pytest.fixture
async def citizen(client: TestClient) -> Citizen:
    response = await client.post(PREFIX)
    assert response.status == 201
    made = await response.json()
    assert set(made) == {"conversation_id", "token"}
    return Citizen(client, made)


async def error_code(response: ClientResponse) -> str:
    assert response.content_type == "application/json"
    error = (await response.json())["error"]
    assert error["message"].strip()
    return error["code"]


async def next_event(response: ClientResponse) -> dict[str, Any]:
    fields = {}
    async with asyncio.timeout(5):
        while True:
            line = (await response.content.readline()).decode().rstrip("\n")
            if line.startswith(":") or line.startswith("retry"):
                continue
            if line:
                name, value = line.split(": ", 1)
                fields[name] = value
            elif fields:
                return fields | {"data": json.loads(fields["data"])}


async def test_a_question_gets_its_replies(citizen: Citizen, assistant: ScriptedAssistant) -> None:
    response = await citizen.post({"id": "1", "text": "giấy khai sinh cần gì"})
    assert response.status == 200
    assert await response.json() == {"replies": [DOCUMENTS.to_json()]}
    assert [(m.id, m.conversation_id, m.channel) for m in assistant.heard] == [("1", citizen.id, "web")]


async def test_a_tap_reaches_the_assistant_as_payload(citizen: Citizen, assistant: ScriptedAssistant) -> None:
    response = await citizen.post({"id": "1", "payload": "facet:1.001193:fee"})
    assert (await response.json())["replies"][0]["facet"] == "fee"
    assert (assistant.heard[0].text, assistant.heard[0].payload) == ("", "facet:1.001193:fee")


async def test_the_same_id_is_answered_once(citizen: Citizen) -> None:
    first = await (await citizen.post({"id": "7", "text": "khai sinh"})).json()
    again = await (await citizen.post({"id": "7", "text": "khai sinh"})).json()
    assert again == first
    assert [entry["role"] for entry in await citizen.entries()] == ["citizen", "assistant"]


async def test_history_goes_on_after_an_entry(citizen: Citizen) -> None:
    await citizen.post({"id": "1", "text": "khai sinh"})
    entries = await citizen.entries()
    assert [(e["role"], e["message_id"]) for e in entries] == [("citizen", "1"), ("assistant", "1")]
    assert entries[1]["body"] == DOCUMENTS.to_json()
    assert await citizen.entries(f"?after={entries[0]['id']}") == entries[1:]
    assert await citizen.entries(f"?after={entries[1]['id']}") == []


async def test_long_history_comes_in_parts(citizen: Citizen, conversations: Conversations) -> None:
    for number in range(channels.web._PAGE + 1):
        conversations.append_reply(citizen.id, {"text": str(number)})
    page = await (await citizen.client.get(citizen.url("messages"), headers=citizen.headers)).json()
    assert page["more"] is True
    rest = await citizen.entries(f"?after={page['entries'][-1]['id']}")
    assert [entry["body"]["text"] for entry in rest] == [str(channels.web._PAGE)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "broken_json"),
        (b"", 400, "broken_json"),
        (b'{"id": "1", "text": "\xff"}', 400, "broken_json"),
        (b"[" * 20_000, 400, "broken_json"),
        (b"[]", 422, "wrong_field"),
        (b'"text"', 422, "wrong_field"),
        (b"{}", 422, "wrong_field"),
        (b'{"id": "1"}', 422, "wrong_field"),
        (b'{"text": "a"}', 422, "wrong_field"),
        (b'{"id": 1, "text": "a"}', 422, "wrong_field"),
        (b'{"id": "", "text": "a"}', 422, "wrong_field"),
        (b'{"id": "a b", "text": "a"}', 422, "wrong_field"),
        (b'{"id": "1", "text": 5}', 422, "wrong_field"),
        (b'{"id": "1", "text": ["a"]}', 422, "wrong_field"),
        (b'{"id": "1", "text": "a", "payload": "b"}', 422, "wrong_field"),
        (b'{"id": "1", "payload": {}}', 422, "wrong_field"),
        (b'{"id": "1", "payload": ""}', 422, "wrong_field"),
        (b'{"id": "1", "payload": "' + b"x" * 65 + b'"}', 422, "wrong_field"),
        (b'{"id": "1", "text": ""}', 422, "empty_text"),
        (b'{"id": "1", "text": " \\n\\t "}', 422, "empty_text"),
        (b'{"id": "1", "text": "' + b"x" * BODY_BYTES + b'"}', 413, "too_large"),
    ],
)
async def test_bad_bodies_get_clear_errors(
    citizen: Citizen, assistant: ScriptedAssistant, body: bytes, status: int, code: str
) -> None:
    response = await citizen.post_raw(body)
    assert (response.status, await error_code(response)) == (status, code)
    assert assistant.heard == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_only_json_is_read(citizen: Citizen, content_type: str) -> None:
    response = await citizen.post_raw(b'{"id": "1", "text": "a"}', content_type)
    assert (response.status, await error_code(response)) == (415, "not_json")


@pytest.mark.parametrize(
    "text",
    [
        "😀" * 10_000,
        "\u202egnart \u200bma",
        "'; DROP TABLE messages; --",
        "<script>alert(1)</script>",
        "a" * 5_000,
        "/restart",
    ],
)
async def test_odd_text_reaches_the_assistant_whole(citizen: Citizen, assistant: ScriptedAssistant, text: str) -> None:
    body = json.dumps({"id": "1", "text": text}, ensure_ascii=False).encode()
    assert (await citizen.post_raw(body)).status == 200
    assert assistant.heard[0].text == text


async def test_half_a_character_is_mended_and_never_a_server_error(
    citizen: Citizen, assistant: ScriptedAssistant
) -> None:
    response = await citizen.post_raw(rb'{"id": "1", "text": "khai sinh \ud83d v\u00e0 \ud83d\ude00"}')
    assert response.status == 200
    assert assistant.heard[0].text == "khai sinh \ufffd và 😀"


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer ", "Basic abc", "Bearer wrong", "Bearer ă", "abc"])
@pytest.mark.parametrize("what", ["messages", "events"])
async def test_without_the_right_token_nothing_is_told(citizen: Citizen, header: str | None, what: str) -> None:
    headers = {"Authorization": header} if header else {}
    read = await citizen.client.get(citizen.url(what), headers=headers)
    assert (read.status, await error_code(read)) == (401, "wrong_token")
    assert read.headers["WWW-Authenticate"] == "Bearer"
    written = await citizen.client.post(citizen.url("messages"), json={"id": "1", "text": "a"}, headers=headers)
    assert written.status == 401


async def test_another_ones_token_is_refused(citizen: Citizen) -> None:
    other = await (await citizen.client.post(PREFIX)).json()
    headers = {"Authorization": f"Bearer {other['token']}"}
    response = await citizen.client.get(citizen.url("messages"), headers=headers)
    assert response.status == 401


@pytest.mark.parametrize("unknown", ["nobody", "%00", "%F0%9F%98%80", "a'b"])
async def test_an_unknown_conversation(citizen: Citizen, unknown: str) -> None:
    citizen.id = unknown
    response = await citizen.post({"id": "1", "text": "a"})
    assert (response.status, await error_code(response)) == (404, "unknown_conversation")


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 19, "9" * 40, "²"])
async def test_a_wrong_place_to_go_on_from(citizen: Citizen, after: str) -> None:
    response = await citizen.client.get(citizen.url("messages"), params={"after": after}, headers=citizen.headers)
    assert (response.status, await error_code(response)) == (422, "wrong_field")


async def test_a_failing_assistant_still_answers(citizen: Citizen, assistant: ScriptedAssistant) -> None:
    assistant.failure = RuntimeError("out of order")
    response = await citizen.post({"id": "1", "text": "khai sinh"})
    assert response.status == 200
    (reply,) = (await response.json())["replies"]
    assert reply["outcome"] == Outcome.ERROR
    assert "1022" in reply["text"]


async def test_before_the_assistant_is_ready(citizen: Citizen, assistant: ScriptedAssistant) -> None:
    assistant.ready = False
    response = await citizen.post({"id": "1", "text": "khai sinh"})
    assert (response.status, await error_code(response)) == (503, "not_ready")
    assert response.headers["Retry-After"] == "2"
    assert assistant.heard == []


async def test_a_reply_by_staff_is_pushed_at_once(
    citizen: Citizen, conversations: Conversations, app: web.Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels.web, "POLL_S", 600.0)
    async with await citizen.events() as stream:
        assert stream.content_type == "text/event-stream"
        assert stream.headers["Cache-Control"] == "no-store"
        written = conversations.append_reply(citizen.id, {"text": "Chào anh/chị"})
        app[NOTIFIER].notify(citizen.id)
        event = await next_event(stream)
    assert (event["id"], event["event"]) == (str(written), "reply")
    assert event["data"]["role"] == "staff"
    assert event["data"]["body"] == {"text": "Chào anh/chị"}


async def test_a_reply_written_by_another_process_is_found(
    citizen: Citizen, conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels.web, "POLL_S", 0.05)
    async with await citizen.events() as stream:
        conversations.append_reply(citizen.id, {"text": "Chào"})
        assert (await next_event(stream))["data"]["body"] == {"text": "Chào"}


async def test_a_quiet_stream_shows_that_it_lives(citizen: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels.web, "POLL_S", 0.01)
    monkeypatch.setattr(channels.web, "HEARTBEAT_S", 0.02)
    async with await citizen.events() as stream:
        assert await stream.content.readline() == b"retry: 3000\n"
        assert await stream.content.readline() == b"\n"
        async with asyncio.timeout(5):
            assert (await stream.content.readline()).startswith(b":")


@pytest.mark.parametrize("by_header", [True, False])
async def test_a_stream_goes_on_where_it_broke(citizen: Citizen, conversations: Conversations, by_header: bool) -> None:
    await citizen.post({"id": "1", "text": "khai sinh"})
    seen = conversations.append_reply(citizen.id, {"text": "một"})
    missed = conversations.append_reply(citizen.id, {"text": "hai"})
    options = {"Last-Event-ID": str(seen)} if by_header else {}
    async with await citizen.events("" if by_header else f"?after={seen}", **options) as stream:
        event = await next_event(stream)
    assert (event["id"], event["data"]["body"]["text"]) == (str(missed), "hai")


async def test_a_stream_tells_replies_only(citizen: Citizen, conversations: Conversations) -> None:
    await citizen.post({"id": "1", "text": "khai sinh"})
    conversations.append_reply(citizen.id, {"text": "Chào"})
    async with await citizen.events() as stream:
        roles = [(await next_event(stream))["data"]["role"] for _ in range(2)]
    assert roles == ["assistant", "staff"]


async def test_streams_of_one_conversation_are_bounded(citizen: Citizen, app: web.Application) -> None:
    streams = [await citizen.events() for _ in range(STREAMS_PER_CONVERSATION)]
    refused = await citizen.events()
    assert (refused.status, await error_code(refused)) == (429, "too_many_streams")
    streams.pop().close()
    await asyncio.sleep(0.05)
    # The page that left no longer counts, though its stream has not noticed yet.
    async with await citizen.events() as stream:
        assert stream.status == 200
    for stream in streams:
        stream.close()


async def test_streams_end_when_the_server_stops(citizen: Citizen, app: web.Application) -> None:
    async with await citizen.events() as stream:
        app[NOTIFIER].close()
        async with asyncio.timeout(5):
            await stream.read()
    assert app[NOTIFIER].open_streams == 0


async def test_one_slow_answer_does_not_hold_up_others(citizen: Citizen, assistant: ScriptedAssistant) -> None:
    assistant.gate.clear()
    slow = asyncio.ensure_future(citizen.post({"id": "1", "text": "khai sinh"}))
    await assistant.arrived.wait()
    assert (await citizen.client.get("/healthz")).status == 200
    assert not slow.done()
    assistant.gate.set()
    assert (await slow).status == 200

"""Bad input through real HTTP to the real assistant: a clear error or a sensible answer, never a 500, nothing lost."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from sqlalchemy import inspect

from channels.web import BODY_BYTES, PREFIX
from tests.conftest import RealService
from web.app import create_app
from web.dialogue_thread import DialogueThread

pytestmark = pytest.mark.model

QUESTION = "làm giấy khai sinh cho con cần giấy tờ gì"
BIRTH = "1.001193"


class Citizen:
    """A client of the channel with a conversation of its own."""

    def __init__(self, client: TestClient, made: dict[str, str]) -> None:
        self.client = client
        self.id = made["conversation_id"]
        self.headers = {"Authorization": f"Bearer {made['token']}"}

    @property
    def url(self) -> str:
        return f"{PREFIX}/{self.id}/messages"

    async def post_raw(self, data: bytes, content_type: str = "application/json") -> ClientResponse:
        headers = self.headers | {"Content-Type": content_type}
        return await self.client.post(self.url, data=data, headers=headers)

    async def send(self, message_id: str, **body: Any) -> list[dict[str, Any]]:
        """Send a message whose JSON holds every character as itself, and return its replies."""
        data = json.dumps({"id": message_id, **body}, ensure_ascii=False).encode("utf-8", "surrogatepass")
        response = await self.post_raw(data)
        assert response.status == 200, await response.text()
        replies: list[dict[str, Any]] = (await response.json())["replies"]
        assert replies
        assert all(reply["text"].strip() and reply["outcome"] != "error" for reply in replies)
        return replies

    async def stored(self) -> list[tuple[str, str]]:
        """Return role and message id of everything kept."""
        return [(entry["role"], entry["message_id"]) for entry in await self.entries()]

    async def entries(self) -> list[dict[str, Any]]:
        response = await self.client.get(self.url, headers=self.headers)
        assert response.status == 200
        entries: list[dict[str, Any]] = (await response.json())["entries"]
        return entries

    async def goes_on(self) -> None:
        """A question after the trouble is answered, and it and its answer are the last things kept."""
        (reply,) = await self.send("after", text=QUESTION)
        assert (reply["outcome"], reply["procedures"]) == ("answered", [BIRTH])
        assert (await self.stored())[-2:] == [("citizen", "after"), ("assistant", "after")]


@pytest.fixture(scope="module")
def dialogue(real_service: RealService) -> Iterator[DialogueThread]:
    """The real assistant in a thread of its own, as it is served."""
    thread = DialogueThread(lambda: real_service.assistant)
    thread.start()
    thread.wait()
    yield thread
    thread.stop()


@pytest.fixture
async def client(
    real_service: RealService, dialogue: DialogueThread, aiohttp_client: Callable[..., Awaitable[TestClient]]
) -> TestClient:
    return await aiohttp_client(create_app(real_service.settings, dialogue, real_service.conversations))


@pytest.fixture
async def citizen(client: TestClient) -> Citizen:
    return Citizen(client, await (await client.post(PREFIX)).json())


async def refused(response: ClientResponse) -> tuple[int, str]:
    """Return status and code of an error that has words for people."""
    error = (await response.json())["error"]
    assert error["message"].strip()
    return response.status, error["code"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b"", 400, "broken_json", id="nothing"),
        pytest.param(b'{"id": "1", "text": "a"', 400, "broken_json", id="cut off"),
        pytest.param(b'{"id": "1", "text": "a"} x', 400, "broken_json", id="something behind"),
        pytest.param(b"\x00\xff\xfe", 400, "broken_json", id="bytes"),
        pytest.param(b"[" * 30_000, 400, "broken_json", id="deep and cut off"),
        pytest.param(b"[" * 30_000 + b"]" * 30_000, 400, "broken_json", id="deep"),
        pytest.param(b'{"text":' * 5_000 + b"1" + b"}" * 5_000, 400, "broken_json", id="deep objects"),
        pytest.param(b'{"id": ' + b"9" * 5_000 + b', "text": "a"}', 400, "broken_json", id="huge number"),
        pytest.param(b'{"id": 1e999, "text": "a"}', 422, "wrong_field", id="infinite id"),
        pytest.param(b'{"id": "' + b"x" * 129 + b'", "text": "a"}', 422, "wrong_field", id="long id"),
        pytest.param('{"id": "số 1", "text": "a"}'.encode(), 422, "wrong_field", id="id with letters of ours"),
        pytest.param(b'{"id": "1\\u0000", "text": "a"}', 422, "wrong_field", id="id with NUL"),
        pytest.param(b'{"id": null, "text": "a"}', 422, "wrong_field", id="no id"),
        pytest.param(b'{"id": "1", "text": {"a": []}}', 422, "wrong_field", id="object as text"),
        pytest.param(b'{"id": "1", "text": true}', 422, "wrong_field", id="truth as text"),
        pytest.param(b'{"id": "1", "payload": ["human"]}', 422, "wrong_field", id="list as payload"),
        pytest.param(b'{"id": "1", "payload": "a b"}', 422, "wrong_field", id="blank in payload"),
        pytest.param(b'{"id": "1", "payload": "' + b"facet:" * 20 + b'"}', 422, "wrong_field", id="long payload"),
        pytest.param(b'{"id": "1", "text": "a", "payload": "human"}', 422, "wrong_field", id="both"),
        pytest.param(b"null", 422, "wrong_field", id="null"),
        pytest.param(b'[{"id": "1", "text": "a"}]', 422, "wrong_field", id="list"),
        pytest.param(b'{"id": "1", "text": ""}', 422, "empty_text", id="empty"),
        pytest.param('{"id": "1", "text": "\u00a0\u2003\\n"}'.encode(), 422, "empty_text", id="blanks of all kinds"),
        pytest.param(b'{"id": "1", "text": "' + b"a" * BODY_BYTES + b'"}', 413, "too_large", id="oversized"),
    ],
)
async def test_what_cannot_be_read_is_refused_and_nothing_is_lost(
    citizen: Citizen, body: bytes, status: int, code: str
) -> None:
    await citizen.send("before", text="xin chào")
    assert await refused(await citizen.post_raw(body)) == (status, code)
    assert await citizen.stored() == [("citizen", "before"), ("assistant", "before")]
    await citizen.goes_on()


async def test_a_stream_of_bytes_without_length_is_cut_off(citizen: Citizen) -> None:
    async def endless() -> Any:
        for _ in range(64):
            yield b"a" * 4096

    headers = citizen.headers | {"Content-Type": "application/json"}
    response = await citizen.client.post(citizen.url, data=endless(), headers=headers)
    assert await refused(response) == (413, "too_large")
    await citizen.goes_on()


@pytest.mark.parametrize(
    ("conversation", "token", "expected"),
    [
        ("own", None, (401, "wrong_token")),
        ("own", "wrong", (401, "wrong_token")),
        ("own", "' OR 1=1 --", (401, "wrong_token")),
        ("own", "x" * 5_000, (401, "wrong_token")),
        ("own", "other", (401, "wrong_token")),
        ("unknown", "own", (404, "unknown_conversation")),
        ("%00", "own", (404, "unknown_conversation")),
        ("%ff%fe", "own", (404, "unknown_conversation")),
        ("'%3B DROP TABLE messages%3B--", "own", (404, "unknown_conversation")),
        ("a" * 3_000, "own", (404, "unknown_conversation")),
    ],
)
async def test_only_the_right_token_opens_a_conversation(
    citizen: Citizen, conversation: str, token: str | None, expected: tuple[int, str]
) -> None:
    other = await (await citizen.client.post(PREFIX)).json()
    tokens = {"own": citizen.headers["Authorization"], "other": f"Bearer {other['token']}"}
    headers = {} if token is None else {"Authorization": tokens.get(token, f"Bearer {token}")}
    url = citizen.url if conversation == "own" else f"{PREFIX}/{conversation}/messages"
    response = await citizen.client.post(url, json={"id": "1", "text": QUESTION}, headers=headers)
    assert await refused(response) == expected
    assert await citizen.stored() == []
    await citizen.goes_on()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param(f"'; DROP TABLE messages; -- {QUESTION}", None, id="SQL"),
        pytest.param(f"<script>alert(1)</script> {QUESTION}", None, id="HTML"),
        pytest.param(f"{QUESTION} <img src=x onerror=alert(1)>", None, id="HTML behind"),
        pytest.param(f"{QUESTION} {{{{7*7}}}} ${{7*7}} %s %n", None, id="templates"),
        pytest.param(f"\u202e{QUESTION}\u202c", QUESTION, id="right to left"),
        pytest.param("làm\u200b giấy kh\u200dai sinh cho c\ufeffon cần giấy tờ gì", QUESTION, id="hidden characters"),
        pytest.param("làm giấy khai\u0000 sinh cho con\u0000 cần giấy tờ gì\u0000", QUESTION, id="NUL"),
        pytest.param(f"\ud83d {QUESTION}", f"\ufffd {QUESTION}", id="half a character"),
        pytest.param(f"/{QUESTION}", QUESTION, id="slash"),
        pytest.param(f"///  {QUESTION}", QUESTION, id="slashes"),
        pytest.param(unicodedata.normalize("NFD", QUESTION), QUESTION, id="decomposed"),
    ],
)
async def test_a_question_with_rubbish_around_it_is_answered(citizen: Citizen, text: str, kept: str | None) -> None:
    (reply,) = await citizen.send("1", text=text)
    assert (reply["outcome"], reply["procedures"]) == ("answered", [BIRTH])
    assert not [piece for piece in ("<script", "<img", "DROP TABLE", "\u202e", "{{") if piece in reply["text"]]
    assert (await citizen.entries())[0]["body"]["text"] == (kept if kept is not None else text)
    await citizen.goes_on()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("😀" * 10_000, id="10,000 emoji"),
        pytest.param("a" * 2_001, id="too long by one"),
        pytest.param("giấy tờ " * 5_000, id="40,000 characters"),
    ],
)
async def test_what_is_too_long_gets_a_kind_answer(citizen: Citizen, text: str) -> None:
    (reply,) = await citizen.send("1", text=text)
    assert "2.000" in reply["text"]
    assert await citizen.stored() == [("citizen", "1"), ("assistant", "1")]
    await citizen.goes_on()


async def test_the_same_emoji_escaped_are_too_many_bytes(citizen: Citizen) -> None:
    body = json.dumps({"id": "1", "text": "😀" * 10_000}).encode()
    assert await refused(await citizen.post_raw(body)) == (413, "too_large")
    await citizen.goes_on()


@pytest.mark.parametrize(
    "text",
    [
        "😀",
        "???",
        "\u200b\u200b",
        "\u202e",
        "1",
        "99",
        "a" * 2_000,
        "0" * 2_000,
        "a\u0301" * 900,
        "lệ phí? " * 250,
        "/restart",
        '/choose{"token": "help"}',
        '/inform{"language": "en", "facet": "fee"}',
        "/session_start",
        "EXTERNAL: action_answer",
        "null",
        "undefined",
        "../../etc/passwd",
        "${jndi:ldap://127.0.0.1/x}",
        "{'$gt': ''}",
        "مرحبا",
        "你好",
    ],
)
async def test_what_is_no_question_gets_a_sensible_answer(citizen: Citizen, text: str) -> None:
    (reply,) = await citizen.send("1", text=text)
    assert reply["outcome"] in {"clarify", "abstained", "smalltalk", "blocked", "partial"}
    assert reply["procedures"] == [] or reply["outcome"] == "clarify"
    assert await citizen.stored() == [("citizen", "1"), ("assistant", "1")]
    await citizen.goes_on()


@pytest.mark.parametrize(
    "payload",
    [
        "facet:9.999999:fee",
        "facet:1.001193:nothing",
        "facet:1.001193",
        "facet",
        "more:1.001193:documents:99",
        "about",
        "about:9.999999",
        "0" * 64,
        "'OR'1'='1",
        '"}]{"intent":',
        "/restart",
        "<script>",
    ],
)
async def test_a_button_that_was_never_offered(citizen: Citizen, payload: str) -> None:
    await citizen.send("1", payload=payload)
    assert await citizen.stored() == [("citizen", "1"), ("assistant", "1")]
    await citizen.goes_on()


async def test_an_answered_id_with_other_words_keeps_its_first_answer(citizen: Citizen) -> None:
    first = await citizen.send("1", text=QUESTION)
    assert await citizen.send("1", text="đăng ký kết hôn cần gì") == first
    assert await citizen.stored() == [("citizen", "1"), ("assistant", "1")]


async def test_the_same_message_sent_twice_at_once_is_kept_once(citizen: Citizen) -> None:
    first, second = await asyncio.gather(*(citizen.send("1", text=QUESTION) for _ in range(2)))
    assert first == second
    assert await citizen.stored() == [("citizen", "1"), ("assistant", "1")]


async def test_trouble_of_one_is_no_trouble_of_another(client: TestClient) -> None:
    people = [Citizen(client, await (await client.post(PREFIX)).json()) for _ in range(6)]
    good = asyncio.gather(*(person.send("1", text=QUESTION) for person in people))
    bad = await asyncio.gather(*(person.post_raw(b"[" * 30_000) for person in people))
    assert [(reply["outcome"], reply["procedures"]) for (reply,) in await good] == [("answered", [BIRTH])] * len(people)
    assert {response.status for response in bad} == {400}
    for person in people:
        assert await person.stored() == [("citizen", "1"), ("assistant", "1")]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": "<script>alert(1)</script> " + QUESTION}, 200),
        ({"text": "\u202e" + QUESTION}, 200),
        ({"text": "\x00" + QUESTION}, 200),
        ({"text": "😀" * 10_000}, 413),
        ({"text": " "}, 200),
        ({}, 200),
        ({"payload": "<script>"}, 200),
        ({"payload": "x" * 65}, 422),
    ],
)
async def test_the_plain_form_takes_bad_input_too(client: TestClient, fields: dict[str, str], status: int) -> None:
    response = await client.post("/", data=fields, headers={"Accept": "text/html"})
    assert response.status == status
    text = await response.text()
    assert "<script>alert" not in text
    assert "\u202e" not in text


async def test_the_tables_are_still_there(real_service: RealService, citizen: Citizen) -> None:
    await citizen.send("1", text='"; DROP TABLE conversations; DROP TABLE messages; --')
    tables = set(inspect(real_service.knowledge.engine).get_table_names())
    assert {"conversations", "messages", "trackers", "questions"} <= tables
    await citizen.goes_on()

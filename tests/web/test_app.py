from __future__ import annotations

import logging
import re

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient

from channels.web import PREFIX
from tests.channels.scripted import ScriptedAssistant
from web.app import make_runner

HTML = {"Accept": "text/html,application/xhtml+xml"}


async def test_health_and_readiness_are_two_things(client: TestClient, assistant: ScriptedAssistant) -> None:
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/readyz")).status == 200
    assistant.ready = False
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/readyz")).status == 503


async def test_metrics_count_what_came_through_the_channel(client: TestClient) -> None:
    made = await (await client.post(PREFIX)).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    url = f"{PREFIX}/{made['conversation_id']}/messages"
    await client.post(url, json={"id": "1", "text": "khai sinh"}, headers=headers)
    response = await client.get("/metrics")
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'motcua_messages_total{channel="web",outcome="answered"} 1' in await response.text()


@pytest.mark.parametrize("path", ["/", "/embed", "/healthz", "/nothing", "/widget.js", PREFIX + "/x/messages"])
async def test_every_answer_carries_the_protecting_headers(client: TestClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert headers["Server"] == "motcua"


async def test_only_the_sites_named_may_frame_the_chat(client: TestClient) -> None:
    alone = (await client.get("/")).headers["Content-Security-Policy"]
    framed = (await client.get("/embed")).headers["Content-Security-Policy"]
    assert alone.endswith("frame-ancestors 'none'")
    assert framed.endswith("frame-ancestors 'self' https://xa.example.gov.vn")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", PREFIX, 405, "wrong_method"),
        ("PUT", PREFIX + "/x/messages", 405, "wrong_method"),
        ("DELETE", PREFIX + "/x", 404, "not_found"),
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/static/x/../../settings.py", 404, "not_found"),
        ("GET", "/static/x/nothing.js", 404, "not_found"),
        ("PUT", "/", 405, "wrong_method"),
    ],
)
async def test_programs_get_errors_as_json(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    response = await client.request(method, path)
    assert response.status == status
    error = (await response.json())["error"]
    assert error["code"] == code
    assert error["message"]
    assert ("Allow" in response.headers) == (status == 405)


async def test_people_get_errors_as_a_page(client: TestClient) -> None:
    response = await client.get("/khong-co", headers=HTML)
    assert (response.status, response.content_type) == (404, "text/html")
    assert "Không có trang này" in await response.text()


async def test_under_api_errors_are_always_json(client: TestClient) -> None:
    response = await client.get("/api/v1/nothing", headers=HTML)
    assert (response.status, response.content_type) == (404, "application/json")


async def test_a_fault_of_ours_is_told_without_its_insides(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("storage.conversations.Conversations.create", broken)
    response = await client.post(PREFIX)
    assert response.status == 500
    assert (await response.json())["error"]["code"] == "server_error"
    assert "secret" not in await response.text()
    assert "RuntimeError" in caplog.text


async def test_the_access_log_holds_no_word_token_query_or_id(
    app: web.Application, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="web.access")
    runner = make_runner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
            made = await (await session.post(PREFIX)).json()
            headers = {"Authorization": f"Bearer {made['token']}"}
            url = f"{PREFIX}/{made['conversation_id']}/messages"
            await (await session.post(url, json={"id": "1", "text": "khai sinh"}, headers=headers)).read()
            await (await session.get("/nothing/khai-sinh?q=khai+sinh")).read()
    finally:
        await runner.cleanup()
    told = [record.getMessage() for record in caplog.records if record.name == "web.access"]
    assert [re.sub(r"\d+ ms", "N ms", line) for line in told] == [
        f"POST {PREFIX} 201 N ms",
        f"POST {PREFIX}/{{conversation_id}}/messages 200 N ms",
        "GET (unknown) 404 N ms",
    ]

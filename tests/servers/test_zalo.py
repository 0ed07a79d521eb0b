"""The local Zalo refuses what Zalo refuses: otherwise the tests against it would prove nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.servers.zalo import APP_ID, APP_SECRET, DAY_S, FIRST_REFRESH_TOKEN, PERSON, Zalo, zalo_server

BUTTON = {"title": "Lệ phí", "type": "oa.query.hide", "payload": "#t:0123456789"}


@pytest.fixture
async def zalo() -> AsyncIterator[Zalo]:
    async with zalo_server() as running:
        running.mint()
        running.interactions[PERSON] = running.now()
        yield running


async def error(zalo: Zalo, path: str, headers: dict[str, str] | None = None, **options: Any) -> int:
    given = {"access_token": next(iter(zalo.access_tokens))} if headers is None else headers
    async with (
        aiohttp.ClientSession(headers=given) as session,
        session.post(zalo.url + path, **options) as answer,
    ):
        assert answer.status == 200
        return int((await answer.json()).get("error", 0))


async def said(zalo: Zalo, message: dict[str, Any], user_id: str = PERSON, **more: Any) -> int:
    body = {"recipient": {"user_id": user_id}, "message": message}
    return await error(zalo, "/v3.0/oa/message/cs", json=body, **more)


def buttons(*made: dict[str, Any]) -> dict[str, Any]:
    return {"text": "Chọn", "attachment": {"type": "template", "payload": {"buttons": list(made)}}}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"text": "Chào"}, 0),
        ({"text": "a" * 2000}, 0),
        ({"text": "a" * 2001}, -210),
        ({}, -201),
        ({"text": "Chào", "parse_mode": "html"}, -201),
        (buttons(*[BUTTON] * 5), 0),
        (buttons(*[BUTTON] * 6), -210),
        (buttons(BUTTON | {"title": ""}), -201),
        (buttons(BUTTON | {"payload": "a" * 1001}), -201),
        (buttons(BUTTON | {"type": "oa.open.url"}), -201),
        (buttons(BUTTON | {"type": "postback"}), -201),
        ({"attachment": {"type": "image", "payload": {"attachment_id": "x"}}}, -201),
        ({"attachment": {"type": "file", "payload": {"token": "unknown"}}}, -201),
    ],
)
async def test_messages(zalo: Zalo, message: dict[str, Any], expected: int) -> None:
    assert await said(zalo, message) == expected


async def test_windows(zalo: Zalo) -> None:
    assert await said(zalo, {"text": "Chào"}, "stranger") == -230
    zalo.interactions[PERSON] = zalo.now() - 8 * DAY_S
    assert await said(zalo, {"text": "Chào"}) == -230


@pytest.mark.parametrize("headers", [{}, {"access_token": "old"}, {"Authorization": "Bearer {}"}])
async def test_tokens(zalo: Zalo, headers: dict[str, str]) -> None:
    (token,) = zalo.access_tokens
    given = {name: value.format(token) for name, value in headers.items()}
    assert await said(zalo, {"text": "Chào"}, headers=given) == -216


async def test_a_new_pair_kills_the_old_one(zalo: Zalo) -> None:
    (old,) = zalo.access_tokens
    zalo.mint()
    assert await said(zalo, {"text": "Chào"}, headers={"access_token": old}) == -216


async def test_a_refresh_token_used_twice_kills_the_chain(zalo: Zalo) -> None:
    zalo.refresh_token = FIRST_REFRESH_TOKEN

    async def refresh(token: str | None) -> int:
        form = {"app_id": APP_ID, "grant_type": "refresh_token", "refresh_token": token}
        return await error(zalo, "/v4/oa/access_token", {"secret_key": APP_SECRET}, data=form)

    assert await refresh(FIRST_REFRESH_TOKEN) == 0
    newest = zalo.refresh_token
    assert await refresh(FIRST_REFRESH_TOKEN) == -14020
    assert await refresh(newest) == -14014
    assert zalo.access_tokens == {}


async def test_version_two_is_for_people_without_an_account(zalo: Zalo) -> None:
    body = {"recipient": {"user_id": PERSON}, "message": {"text": "Chào"}}
    assert await error(zalo, "/v2.0/oa/message", json=body) == -240


@pytest.mark.parametrize(
    ("kind", "name", "size", "expected"),
    [
        ("image", "a.png", 10, 0),
        ("image", "a.pdf", 10, -201),
        ("image", "a.png", 1024 * 1024 + 1, -210),
        ("file", "a.pdf", 10, 0),
        ("file", "a.png", 10, -201),
    ],
)
async def test_uploads(zalo: Zalo, kind: str, name: str, size: int, expected: int) -> None:
    form = aiohttp.FormData()
    form.add_field("file", b"0" * size, filename=name)
    assert await error(zalo, f"/v2.0/oa/upload/{kind}", data=form) == expected

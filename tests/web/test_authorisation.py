"""Who may use which route, read from the router: every route, every role, signed out, and without the CSRF token.

The handlers behind the guards are replaced, so that "let through" is seen and nothing is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import strategies

from channels.telegram_settings import TelegramSettings
from channels.zalo_settings import ZaloBotSettings, ZaloSettings
from storage.conversations import Conversations
from storage.database import open_database
from storage.schema import metadata
from tests.channels.scripted import ScriptedAssistant
from tests.servers import zalo, zalo_bot
from tests.web.staff_side import sign_in
from web.app import create_app
from web.settings import Settings
from web.staff.guard import (
    ACCOUNTS,
    ADMINISTRATORS,
    DESK,
    EDITORS,
    EVERYONE,
    LEAD,
    READERS,
    Guarded,
    Role,
)

HTML = {"Accept": "text/html"}
THROUGH = 299
READING = ("GET", "HEAD")

PUBLIC = {
    ("GET", "/"),
    ("POST", "/"),
    ("GET", "/embed"),
    ("GET", "/widget.js"),
    ("GET", "/static/{version}/{name}"),
    ("GET", "/p/{code}"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("POST", "/api/v1/conversations"),
    # These three ask for the conversation's own token.
    ("GET", "/api/v1/conversations/{conversation_id}/messages"),
    ("POST", "/api/v1/conversations/{conversation_id}/messages"),
    ("GET", "/api/v1/conversations/{conversation_id}/events"),
    # The way in.
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/code"),
    ("POST", "/sign-in/code"),
    # Services prove themselves by a secret or a signature.
    ("POST", "/webhooks/telegram"),
    ("GET", "/webhooks/zalo"),
    ("POST", "/webhooks/zalo"),
    ("GET", "/webhooks/zalo-bot"),
    ("POST", "/webhooks/zalo-bot"),
}
"""All that needs no account. A new route is either here, on purpose, or behind a guard."""

# The first that fits says who may at most: (path, only for changing, roles).
LIMITS = (
    (r"/account(/.*)?|/sign-out", False, EVERYONE),
    (r"/desk(/.*)?", False, DESK),
    (r"/admin/(staff|audit)(/.*)?", False, ADMINISTRATORS),
    (r"/admin/(queues|approval)(/.*)?", False, LEAD),
    (r"/admin/(canned|checks)(/.*)?", True, READERS),
    (r"/admin(/.*)?", True, EDITORS),
    (r"/admin([/.].*)?", False, READERS),
)


def make_app(folder: Path) -> web.Application:
    engine = open_database(f"sqlite:///{folder / 'test.db'}")
    metadata.create_all(engine)
    conversations = Conversations(engine)
    settings = Settings(
        folder,
        0,
        "https://hoi.example.gov.vn",
        "",
        "",
        telegram=TelegramSettings("123456789:" + "A" * 35, "s" * 32, "http://127.0.0.1:1"),
        zalo=ZaloSettings(zalo.APP_ID, zalo.APP_SECRET, zalo.OA_SECRET, zalo.FIRST_REFRESH_TOKEN),
        zalo_bot=ZaloBotSettings(zalo_bot.TOKEN, zalo_bot.SECRET, "http://127.0.0.1:1"),
    )
    return create_app(settings, ScriptedAssistant(conversations), conversations)


def routes_of(app: web.Application) -> Iterator[tuple[str, str, Guarded | None]]:
    for route in app.router.routes():
        assert route.resource is not None
        guard = getattr(route.handler, "__self__", None)
        yield route.method, route.resource.canonical, guard if isinstance(guard, Guarded) else None


ADDRESSES: dict[tuple[str, str], str] = {}


def address_of(app: web.Application, method: str, path: str) -> str:
    """Return an address that leads to the route of a pattern, and to none before it: the simplest there is."""
    if (method, path) not in ADDRESSES:
        own = next(resource for resource in app.router.resources() if resource.canonical == path)
        pattern = getattr(own, "_pattern", None) or re.compile(re.escape(path))
        letters = strategies.characters(codec="ascii", min_codepoint=ord("-"))
        ADDRESSES[method, path] = hypothesis.find(
            strategies.from_regex(pattern, fullmatch=True, alphabet=letters),
            lambda address: leading(app, method, address) == path,
            settings=hypothesis.settings(database=None, phases=[hypothesis.Phase.generate], derandomize=True),
        )
    return ADDRESSES[method, path]


def leading(app: web.Application, method: str, address: str) -> str:
    """Return the pattern of the resource that the router would choose."""
    for resource in app.router.resources():
        if resource._match(address) is not None and any(route.method == method for route in resource):
            return resource.canonical
    return ""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, Guarded | None]]:
    return list(routes_of(make_app(tmp_path_factory.mktemp("table"))))


def test_every_route_is_guarded_or_public_on_purpose(table: list[tuple[str, str, Guarded | None]]) -> None:
    open_routes = {("GET" if method == "HEAD" else method, path) for method, path, guard in table if guard is None}
    assert open_routes == PUBLIC


def test_no_route_is_for_any_method(table: list[tuple[str, str, Guarded | None]]) -> None:
    assert {method for method, _, _ in table} <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}


def test_what_changes_something_asks_for_the_token(table: list[tuple[str, str, Guarded | None]]) -> None:
    assert all(guard.changing == (method not in READING) for method, _, guard in table if guard)


def test_nobody_may_more_than_their_work_needs(table: list[tuple[str, str, Guarded | None]]) -> None:
    too_wide = []
    for method, path, guard in table:
        if guard is not None:
            most = next(
                roles
                for pattern, changing, roles in LIMITS
                if re.fullmatch(pattern, path) and (guard.changing or not changing)
            )
            if not guard.roles <= most:
                too_wide.append(f"{method} {path}: {sorted(guard.roles - most)}")
            assert Role.ADMINISTRATOR in guard.roles, path
    assert too_wide == []


async def reach(client: TestClient, method: str, address: str, **headers: str) -> int:
    answer = await client.request(method, address, headers=headers, allow_redirects=False)
    return answer.status


@pytest.mark.parametrize("role", [None, *Role], ids=str)
async def test_every_route_with_every_role(role: Role | None, tmp_path: Path) -> None:
    app = make_app(tmp_path)

    async def through(_request: web.Request) -> web.Response:
        return web.Response(status=THROUGH)

    wrong, seen = [], 0
    for _, _, guard in routes_of(app):
        if guard is not None:
            object.__setattr__(guard, "handler", through)
    app.cleanup_ctx.clear()
    async with TestClient(TestServer(app)) as client:
        csrf = await sign_in(client, role) if role else ""
        for method, path, guard in routes_of(app):
            if guard is None:
                continue
            seen += 1
            address = address_of(app, method, path)
            got = {
                "page": await reach(client, method, address, **HTML, **{"X-CSRF-Token": csrf}),
                "program": await reach(client, method, address, **{"X-CSRF-Token": csrf}),
                "no token": await reach(client, method, address, **HTML),
                "wrong token": await reach(client, method, address, **HTML, **{"X-CSRF-Token": "x" * 32}),
            }
            if got != expected(guard, role):
                wrong.append(f"{method} {path}: {got}")
    assert wrong == []
    assert seen > 30


def expected(guard: Guarded, role: Role | None) -> dict[str, int]:
    if role is None:
        page = 401 if guard.changing else 303
        return {"page": page, "program": 401, "no token": page, "wrong token": page}
    if role not in guard.roles:
        return dict.fromkeys(("page", "program", "no token", "wrong token"), 403)
    without = 403 if guard.changing else THROUGH
    return {"page": THROUGH, "program": THROUGH, "no token": without, "wrong token": without}


async def test_a_closed_account_and_a_changed_role_count_at_once(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with TestClient(TestServer(app)) as client:
        await sign_in(client, Role.ADMINISTRATOR, "chinh")
        await sign_in(client, Role.ADMINISTRATOR, "lan")
        assert await reach(client, "GET", "/admin/staff") == 200
        accounts = app[ACCOUNTS]
        lan = accounts.find("lan")
        assert lan is not None
        accounts.set_role(lan.staff.id, Role.EDITOR, "test")
        assert await reach(client, "GET", "/admin/staff") == 403
        accounts.set_active(lan.staff.id, False, "test")
        assert await reach(client, "GET", "/admin/staff") == 401


@pytest.mark.parametrize("path", ["/account", "/admin/audit", "/desk/api/queue"])
async def test_nothing_of_the_staff_side_is_kept_on_the_way(tmp_path: Path, path: str) -> None:
    async with TestClient(TestServer(make_app(tmp_path))) as client:
        await sign_in(client, Role.ADMINISTRATOR)
        answer = await client.get(path)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize("guess", ["", "x", "a" * 43, "'; DROP TABLE staff_sessions; --"])
async def test_a_token_that_was_guessed_opens_nothing(tmp_path: Path, guess: str) -> None:
    async with TestClient(TestServer(make_app(tmp_path))) as client:
        assert await reach(client, "GET", "/account", Cookie=f'motcua_staff="{guess}"') == 401

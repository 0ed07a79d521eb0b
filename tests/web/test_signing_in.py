"""Signing in and out: sessions, lock-out, the second factor, one's own account."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pyotp
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from sqlalchemy import Engine, select, update

from channels.seal import Seal
from storage import staff as stored
from storage.conversations import Conversations
from storage.schema import audit, sign_in_failures, staff, staff_sessions
from tests.channels.scripted import ScriptedAssistant
from tests.web.staff_side import PASSWORD, add_staff, sign_in
from web.app import create_app
from web.settings import Settings
from web.staff import attempts
from web.staff.guard import ACCOUNTS, COOKIE, Role
from web.staff.keys import KEYS

HTML = {"Accept": "text/html"}
Clients = Callable[..., Awaitable[TestClient]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Plain HTTP, so that the client sends cookies back; tests stand for other addresses by a proxy of ours."""
    return Settings(
        settings.data, 0, "http://hoi.example.gov.vn", "", "", trusted_proxies=(ip_network("127.0.0.1/32"),)
    )


@pytest.fixture
def engine(app: web.Application) -> Engine:
    return app[ACCOUNTS]._engine


@pytest.fixture
def lan(app: web.Application) -> stored.Staff:
    return add_staff(app, Role.AGENT, "lan", "Chị Lan", PASSWORD)


async def enter(
    client: TestClient, login: str = "lan", password: str = PASSWORD, address: str = "1.1.1.1", **more: str
) -> ClientResponse:
    form = {"login": login, "password": password, **more}
    headers = {**HTML, "X-Forwarded-For": address}
    return await client.post("/sign-in", data=form, headers=headers, allow_redirects=False)


def cookie(client: TestClient) -> str:
    found = client.session.cookie_jar.filter_cookies(client.make_url("/")).get(COOKIE)
    return found.value if found else ""


def csrf_in(text: str) -> str:
    found = re.search(r'name="csrf" (?:value|content)="([^"]+)"', text)
    assert found
    return found[1]


async def act(client: TestClient, path: str, **form: str) -> ClientResponse:
    csrf = csrf_in(await (await client.get("/account/password", headers=HTML)).text())
    return await client.post(path, data={"csrf": csrf, **form}, headers=HTML, allow_redirects=False)


# ---- in and out


@pytest.mark.usefixtures("lan")
async def test_the_right_password_lets_in_where_one_wanted_to_go(client: TestClient) -> None:
    sent = await client.get("/account/password", headers=HTML, allow_redirects=False)
    assert (sent.status, sent.headers["Location"]) == (303, "/sign-in?next=/account/password")
    answer = await enter(client, login=" LAN ", next="/account/password")
    assert (answer.status, answer.headers["Location"]) == (303, "/account/password")
    set_cookie = answer.headers.getall("Set-Cookie")[0]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
    page = await client.get("/account", headers=HTML)
    assert page.headers["Cache-Control"] == "no-store"
    assert "Chị Lan" in await page.text()


async def test_the_cookie_is_secure_where_the_page_is(
    settings: Settings, assistant: ScriptedAssistant, conversations: Conversations, aiohttp_client: Clients
) -> None:
    app = create_app(replace(settings, public_url="https://hoi.example.gov.vn"), assistant, conversations)
    add_staff(app, Role.AGENT, "lan", password=PASSWORD)
    answer = await enter(await aiohttp_client(app))
    cookies = answer.headers.getall("Set-Cookie")
    assert len(cookies) == 2
    assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in cookies)


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "account"])
@pytest.mark.usefixtures("lan")
async def test_one_is_never_sent_to_another_site(client: TestClient, wanted: str) -> None:
    answer = await enter(client, next=wanted)
    assert answer.headers["Location"].startswith("/")
    assert "evil" not in answer.headers["Location"]


@pytest.mark.usefixtures("lan")
async def test_every_wrong_sign_in_is_answered_alike(client: TestClient, app: web.Application) -> None:
    closed = add_staff(app, Role.AGENT, "minh", password=PASSWORD)
    app[ACCOUNTS].set_active(closed.id, False, "test")
    texts = set()
    for login, password in (("lan", "sai"), ("khong-co", "sai"), ("minh", PASSWORD)):
        answer = await enter(client, login, password)
        assert answer.status == 401
        texts.add((await answer.text()).replace(f'value="{login}"', ""))
    assert len(texts) == 1
    assert cookie(client) == ""


@pytest.mark.usefixtures("lan")
async def test_an_unknown_login_costs_a_hash_too(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []

    def is_password(kept: str | None, _password: str) -> bool:
        checked.append(kept)
        return False

    monkeypatch.setattr("web.staff.signing_in.is_password", is_password)
    await enter(client, "khong-co", "sai")
    assert checked == [None]


@pytest.mark.usefixtures("lan")
async def test_a_session_that_somebody_planted_is_not_used(client: TestClient, app: web.Application) -> None:
    client.session.cookie_jar.update_cookies({COOKIE: "planted"}, client.make_url("/"))
    await enter(client)
    assert cookie(client) not in ("", "planted")
    first = cookie(client)
    await enter(client)
    assert cookie(client) != first
    assert app[ACCOUNTS].signed_in(first) is None


@pytest.mark.usefixtures("lan")
async def test_signing_out_ends_the_session(client: TestClient, app: web.Application) -> None:
    await enter(client)
    token = cookie(client)
    assert (await act(client, "/sign-out")).headers["Location"] == "/sign-in"
    assert app[ACCOUNTS].signed_in(token) is None
    assert (await client.get("/account", allow_redirects=False)).status == 401


@pytest.mark.usefixtures("lan")
async def test_another_site_cannot_sign_anybody_in(client: TestClient) -> None:
    headers = {**HTML, "Origin": "https://evil.example"}
    answer = await client.post("/sign-in", data={"login": "lan", "password": PASSWORD}, headers=headers)
    assert answer.status == 403


async def test_a_form_without_the_token_changes_nothing(client: TestClient, app: web.Application) -> None:
    await sign_in(client, Role.AGENT)
    token = cookie(client)
    for form in ({}, {"csrf": ""}, {"csrf": "sai"}):
        answer = await client.post("/sign-out", data=form, headers=HTML)
        assert answer.status == 403
        assert "chép phần đã viết" in await answer.text()
    assert app[ACCOUNTS].signed_in(token)


async def test_a_form_in_an_unknown_character_set_is_refused(client: TestClient) -> None:
    await sign_in(client, Role.AGENT)
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=nothing"}
    assert (await client.post("/sign-out", data=b"csrf=%ff", headers=headers)).status == 400
    assert (await client.post("/sign-in", data=b"login=%ff", headers=headers)).status == 400


async def test_idle_and_old_sessions_end(client: TestClient, app: web.Application, engine: Engine) -> None:
    await sign_in(client, Role.AGENT)
    token = cookie(client)
    assert app[ACCOUNTS].signed_in(token)
    for column, age in (("seen_at", stored.IDLE), ("expires_at", timedelta(0))):
        with engine.begin() as connection:
            kept = connection.execute(select(staff_sessions)).one()._asdict()
            connection.execute(update(staff_sessions).values({column: datetime.now(UTC) - age}))
        assert app[ACCOUNTS].signed_in(token) is None
        with engine.begin() as connection:
            connection.execute(update(staff_sessions).values(kept))
    assert app[ACCOUNTS].signed_in(token)


async def test_the_token_is_not_in_the_database(client: TestClient, engine: Engine) -> None:
    await sign_in(client, Role.AGENT)
    with engine.connect() as connection:
        assert cookie(client) not in str(connection.execute(select(staff_sessions)).all())


@pytest.mark.usefixtures("lan")
async def test_the_sign_in_page_is_not_for_those_who_are_in(client: TestClient) -> None:
    await enter(client)
    answer = await client.get("/sign-in?next=/account/password", allow_redirects=False)
    assert answer.headers["Location"] == "/account/password"


@pytest.mark.usefixtures("lan")
async def test_signing_in_stands_in_the_audit(client: TestClient, engine: Engine) -> None:
    await enter(client)
    with engine.connect() as connection:
        line = connection.execute(select(audit).where(audit.c.action == "staff.sign_in")).one()
    assert (line.subject, line.author) == ("lan", "lan")


# ---- lock-out


@pytest.mark.usefixtures("lan")
async def test_guessing_is_slowed_down(client: TestClient) -> None:
    for _ in range(attempts.FREE):
        assert (await enter(client, password="sai")).status == 401
    answer = await enter(client)
    assert answer.status == 429
    assert "chờ 30 giây" in await answer.text()


@pytest.mark.usefixtures("lan")
async def test_an_unknown_login_is_slowed_down_alike(client: TestClient) -> None:
    for _ in range(attempts.FREE):
        assert (await enter(client, "khong-co", "sai")).status == 401
    assert (await enter(client, "khong-co", "sai")).status == 429


@pytest.mark.usefixtures("lan")
async def test_a_stranger_locks_no_other_address_out(client: TestClient) -> None:
    for _ in range(attempts.FREE):
        await enter(client, password="sai", address="6.6.6.6")
    assert (await enter(client, address="6.6.6.6")).status == 429
    assert (await enter(client, address="1.1.1.1")).status == 303


@pytest.mark.usefixtures("lan")
async def test_a_stranger_at_the_same_address_locks_no_known_browser_out(
    client: TestClient, aiohttp_client: Clients, app: web.Application
) -> None:
    assert (await enter(client)).status == 303
    stranger = await aiohttp_client(app)
    for number in range(attempts.FROM_ONE_ADDRESS):
        await enter(stranger, f"x{number}", "sai")
    for _ in range(attempts.FREE):
        await enter(stranger, password="sai")
    assert (await enter(stranger)).status == 429
    await act(client, "/sign-out")
    assert (await enter(client)).status == 303


@pytest.mark.usefixtures("lan")
async def test_a_known_browser_is_known_for_its_own_login_only(client: TestClient, app: web.Application) -> None:
    add_staff(app, Role.AGENT, "minh", password=PASSWORD)
    await enter(client)
    for _ in range(attempts.FREE):
        assert (await enter(client, "minh", "sai")).status == 401
    assert (await enter(client, "minh")).status == 429
    for _ in range(attempts.FREE):
        assert (await enter(client, "lan", "sai")).status == 401
    assert (await enter(client, "lan")).status == 429


@pytest.mark.usefixtures("lan")
async def test_a_forged_known_browser_is_a_stranger(client: TestClient, app: web.Application) -> None:
    name = attempts._cookie(app[KEYS], "lan")
    for number in range(attempts.FREE):
        client.session.cookie_jar.update_cookies({name: f"made-up-{number}.{'0' * 64}"}, client.make_url("/sign-in"))
        assert (await enter(client, password="sai")).status == 401
    assert (await enter(client)).status == 429


@pytest.mark.usefixtures("lan")
async def test_one_address_may_not_try_many_logins(client: TestClient) -> None:
    for number in range(attempts.FROM_ONE_ADDRESS):
        assert (await enter(client, f"x{number}", "sai", "6.6.6.6")).status == 401
    assert (await enter(client, "lan", PASSWORD, "6.6.6.6")).status == 429
    assert (await enter(client, "lan", PASSWORD, "7.7.7.7")).status == 303


@pytest.mark.usefixtures("lan")
async def test_signing_in_forgives_the_failures_before(client: TestClient, engine: Engine) -> None:
    for _ in range(attempts.FREE - 1):
        await enter(client, password="sai")
    assert (await enter(client)).status == 303
    with engine.connect() as connection:
        assert connection.execute(select(sign_in_failures)).all() == []


@pytest.mark.usefixtures("lan")
async def test_neither_login_nor_address_is_kept_of_a_failure(client: TestClient, engine: Engine) -> None:
    await enter(client, "lan", "sai", "203.0.113.9")
    with engine.connect() as connection:
        (line,) = connection.execute(select(sign_in_failures)).all()
    for kept in (line.login, line.source):
        assert re.fullmatch("[0-9a-f]{64}", kept)


def test_waiting_grows_and_ends() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    waits = [attempts.rule([at] * count, [at] * count, at) for count in range(attempts.FREE + 8)]
    assert waits[: attempts.FREE] == [timedelta(0)] * attempts.FREE
    assert waits[attempts.FREE : attempts.FREE + 3] == [attempts.FIRST * factor for factor in (1, 2, 4)]
    assert max(waits) == attempts.LONGEST
    assert attempts.rule([at] * 20, [at] * 20, at + attempts.LONGEST) == timedelta(0)
    many = [at] * attempts.FROM_ONE_ADDRESS
    assert attempts.rule([], many, at + timedelta(minutes=5)) == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:1.2.3.4", "1.2.3.4", True),
        ("1.2.3.4", "1.2.3.5", False),
    ],
)
def test_addresses_are_counted_as_people_have_them(one: str, other: str, same: bool) -> None:
    assert (attempts._counted(one) == attempts._counted(other)) is same


# ---- the second factor


def set_up_second_factor(app: web.Application, person: stored.Staff) -> str:
    secret = pyotp.random_base32()
    app[ACCOUNTS].set_totp(person.id, app[KEYS].second_factor.close({"secret": secret}), "test")
    return secret


async def give_code(client: TestClient, code: str) -> ClientResponse:
    headers = {**HTML, "X-Forwarded-For": "1.1.1.1"}
    return await client.post("/sign-in/code", data={"code": code}, headers=headers, allow_redirects=False)


async def test_the_password_alone_opens_nothing(client: TestClient, app: web.Application, lan: stored.Staff) -> None:
    secret = set_up_second_factor(app, lan)
    answer = await enter(client, next="/account/password")
    assert answer.headers["Location"] == "/sign-in/code"
    assert cookie(client) == ""
    assert "Mã 6 số" in await (await client.get("/sign-in/code", headers=HTML)).text()
    wrong = f"{(int(pyotp.TOTP(secret).now()) + 500_000) % 1_000_000:06}"
    assert (await give_code(client, wrong)).status == 401
    answer = await give_code(client, pyotp.TOTP(secret).now())
    assert (answer.status, answer.headers["Location"]) == (303, "/account/password")
    assert cookie(client)


async def test_a_code_is_taken_once(client: TestClient, app: web.Application, lan: stored.Staff) -> None:
    code = pyotp.TOTP(set_up_second_factor(app, lan)).now()
    await enter(client)
    assert (await give_code(client, code)).status == 303
    await act(client, "/sign-out")
    await enter(client)
    assert (await give_code(client, code)).status == 401


async def test_codes_cannot_be_guessed_by_starting_anew(
    client: TestClient, app: web.Application, lan: stored.Staff
) -> None:
    set_up_second_factor(app, lan)
    statuses = []
    for _ in range(attempts.FREE + 1):
        await enter(client)
        statuses.append((await give_code(client, "abcdef")).status)
    assert statuses[:-1] == [401] * attempts.FREE
    assert (await enter(client)).status == 429


async def test_without_the_password_no_code_is_asked(client: TestClient, lan: stored.Staff) -> None:
    assert (await give_code(client, "123456")).headers["Location"] == "/sign-in"
    client.session.cookie_jar.update_cookies({"motcua_half": "made up"}, client.make_url("/sign-in"))
    assert (await give_code(client, "123456")).headers["Location"] == "/sign-in"


async def test_half_a_sign_in_ends_with_the_password(
    client: TestClient, app: web.Application, lan: stored.Staff
) -> None:
    secret = set_up_second_factor(app, lan)
    await enter(client)
    app[ACCOUNTS].set_password(lan.id, "another", "test", must_change=True)
    assert (await give_code(client, pyotp.TOTP(secret).now())).headers["Location"] == "/sign-in"


async def test_half_a_sign_in_ends_after_some_minutes(
    client: TestClient, app: web.Application, lan: stored.Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = set_up_second_factor(app, lan)
    await enter(client)
    later = time.time() + 301
    monkeypatch.setattr("web.staff.keys.time.time", lambda: later)
    assert (await give_code(client, pyotp.TOTP(secret).at(int(later)))).headers["Location"] == "/sign-in"


async def test_a_secret_sealed_with_another_key_is_told(
    client: TestClient, app: web.Application, lan: stored.Staff
) -> None:
    sealed = Seal("another").close({"secret": pyotp.random_base32()})
    app[ACCOUNTS].set_totp(lan.id, sealed, "test")
    await enter(client)
    answer = await give_code(client, "123456")
    assert answer.status == 503
    assert "người quản trị" in await answer.text()


async def test_the_second_factor_is_set_up_and_taken_away(
    client: TestClient, app: web.Application, lan: stored.Staff, engine: Engine
) -> None:
    await enter(client)
    page = await (await client.get("/account/second-factor", headers=HTML)).text()
    offer = re.search(r'name="offer" value="([^"]+)"', page)
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert offer
    assert secret
    key = secret[1].replace(" ", "")
    path, code = "/account/second-factor", pyotp.TOTP(key).now()
    assert (await act(client, path, offer=offer[1], code=code, password="sai")).status == 422
    assert (await act(client, path, offer="made up", code=code, password=PASSWORD)).status == 422
    assert (await act(client, path, offer=offer[1], code="1", password=PASSWORD)).status == 422
    assert not app[ACCOUNTS].get(lan.id).second_factor
    assert (await act(client, path, offer=offer[1], code=code, password=PASSWORD)).status == 303
    assert app[ACCOUNTS].get(lan.id).second_factor
    with engine.connect() as connection:
        assert key not in (connection.scalar(select(staff.c.totp_secret)) or "")
    assert not app[ACCOUNTS].use_totp(lan.id, int(time.time()) // 30 - 1)
    assert (await act(client, f"{path}/off", password="sai")).status == 422
    assert (await act(client, f"{path}/off", password=PASSWORD)).status == 303
    assert not app[ACCOUNTS].get(lan.id).second_factor


# ---- one's own account


async def test_a_given_password_is_changed_first(client: TestClient, app: web.Application, lan: stored.Staff) -> None:
    from web.staff.passwords import hash_password

    app[ACCOUNTS].set_password(lan.id, hash_password("given-once-1234"), "test", must_change=True)
    answer = await enter(client, password="given-once-1234", next="/account")
    assert answer.headers["Location"] == "/account/password"
    assert (await client.get("/account", headers=HTML, allow_redirects=False)).headers[
        "Location"
    ] == "/account/password"
    assert (await client.get("/account", allow_redirects=False)).status == 403
    same = await act(client, "/account/password", new="given-once-1234", again="given-once-1234")
    assert same.status == 422
    new = "một câu hoàn toàn khác"
    assert (await act(client, "/account/password", new=new, again=new)).status == 303
    assert (await client.get("/account", headers=HTML, allow_redirects=False)).status == 200


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"current": PASSWORD, "new": "ngắn", "again": "ngắn"}, "ít nhất 10 ký tự"),
        ({"current": PASSWORD, "new": "mật khẩu của lan nhé", "again": "mật khẩu của lan nhé"}, "dễ đoán"),
        ({"current": PASSWORD, "new": "aaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaa"}, "dễ đoán"),
        ({"current": PASSWORD, "new": "một câu khác hẳn", "again": "một câu khác"}, "chưa giống nhau"),
        ({"current": "sai", "new": "một câu khác hẳn", "again": "một câu khác hẳn"}, "hiện nay chưa đúng"),
        ({"current": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "phải khác"),
    ],
)
@pytest.mark.usefixtures("lan")
async def test_a_password_that_will_not_do_is_refused(client: TestClient, form: dict[str, str], words: str) -> None:
    await enter(client)
    answer = await act(client, "/account/password", **form)
    assert answer.status == 422
    assert words in await answer.text()


async def test_changing_the_password_ends_every_other_session(
    client: TestClient, app: web.Application, lan: stored.Staff
) -> None:
    other = app[ACCOUNTS].open_session(lan.id, "Firefox")
    await enter(client)
    before, new = cookie(client), "một câu hoàn toàn khác"
    assert (await act(client, "/account/password", current=PASSWORD, new=new, again=new)).status == 303
    assert app[ACCOUNTS].signed_in(other) is None
    assert app[ACCOUNTS].signed_in(before) is None
    assert cookie(client) != before
    assert (await client.get("/account")).status == 200
    assert (await enter(client, password=new)).status == 303


async def test_guessing_the_password_from_an_open_session_is_slowed_down(client: TestClient, lan: stored.Staff) -> None:
    await enter(client)
    new = "một câu hoàn toàn khác"
    for _ in range(attempts.FREE):
        await act(client, "/account/password", current="sai", new=new, again=new)
    answer = await act(client, "/account/password", current=PASSWORD, new=new, again=new)
    assert "chờ 30 giây" in await answer.text()


async def test_one_sees_and_ends_ones_other_sessions(
    client: TestClient, app: web.Application, lan: stored.Staff
) -> None:
    accounts = app[ACCOUNTS]
    phone, desk = (
        accounts.open_session(lan.id, "Chrome trên Android"),
        accounts.open_session(lan.id, "Edge trên Windows"),
    )
    stranger = accounts.open_session(add_staff(app, Role.AGENT).id, "Firefox")
    await enter(client)
    page = await (await client.get("/account", headers=HTML)).text()
    assert "Chrome trên Android" in page
    assert "Edge trên Windows" in page
    assert (await act(client, "/account/sessions", only=stored.session_id(stranger))).status == 303
    assert accounts.signed_in(stranger)
    await act(client, "/account/sessions", only=stored.session_id(phone))
    assert accounts.signed_in(phone) is None
    assert accounts.signed_in(desk)
    await act(client, "/account/sessions")
    assert accounts.signed_in(desk) is None
    assert accounts.signed_in(cookie(client))


async def test_what_was_done_is_told_once(client: TestClient, lan: stored.Staff) -> None:
    await enter(client)
    await act(client, "/account/sessions")
    assert "Không còn đăng nhập ở nơi nào khác." in await (await client.get("/account", headers=HTML)).text()
    assert "Không còn đăng nhập ở nơi nào khác." not in await (await client.get("/account", headers=HTML)).text()

"""`/admin/staff`, `/admin/audit`: what administrators do with accounts, and what is told of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from storage import audit, switches
from storage.staff import Staff
from tests.web.staff_side import add_staff, sign_in
from web.settings import Settings
from web.sheet_page import ENGINE
from web.staff.audit_words import AREAS, action_words, reason_words, subject_words
from web.staff.guard import ACCOUNTS, Role
from web.staff.passwords import is_password

ROOT = Path(__file__).resolve().parents[2]
HTML = {"Accept": "text/html"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, public_url="http://hoi.example.gov.vn")  # the client keeps Secure cookies to itself


@pytest.fixture
async def csrf(client: TestClient) -> str:
    return await sign_in(client, Role.ADMINISTRATOR, "chinh", "Anh Chính")


@pytest.fixture
def lan(app: web.Application) -> Staff:
    return add_staff(app, Role.AGENT, "lan", "Chị Lan")


async def post(client: TestClient, csrf: str, path: str, **form: str) -> ClientResponse:
    return await client.post(path, data={"csrf": csrf, **form}, headers=HTML, allow_redirects=False)


async def text_of(client: TestClient, path: str) -> str:
    answer = await client.get(path, headers=HTML)
    assert answer.status == 200
    return await answer.text()


async def test_a_new_account_gets_a_password_shown_once(client: TestClient, app: web.Application, csrf: str) -> None:
    answer = await post(client, csrf, "/admin/staff", login=" Hoa.Tran ", name="Cô Hoa", role="editor")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    shown = re.search(r'class="secret">([^<]+)<', await answer.text())
    assert shown
    found = app[ACCOUNTS].find("hoa.tran")
    assert found.staff.must_change
    assert (found.staff.name, found.staff.role) == ("Cô Hoa", "editor")
    assert is_password(found.password_hash, shown[1])
    assert shown[1] not in await text_of(client, f"/admin/staff/{found.staff.id}")
    assert "Cô Hoa" in await text_of(client, "/admin/staff")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"login": "Lan Nguyễn", "name": "Lan", "role": "agent"}, "chữ thường không dấu"),
        ({"login": "a", "name": "Lan", "role": "agent"}, "chữ thường không dấu"),
        ({"login": "hoa", "name": " ", "role": "agent"}, "Tên cần có chữ"),
        ({"login": "hoa", "name": "x" * 61, "role": "agent"}, "không quá 60 ký tự"),
        ({"login": "hoa", "name": "Hoa", "role": "king"}, "chọn một vai trò"),
        ({"login": "LAN", "name": "Hoa", "role": "agent"}, "Đã có người dùng"),
    ],
)
@pytest.mark.usefixtures("lan")
async def test_what_cannot_be_is_said_and_nothing_is_lost(
    client: TestClient, app: web.Application, csrf: str, form: dict[str, str], words: str
) -> None:
    before = len(app[ACCOUNTS].all())
    answer = await post(client, csrf, "/admin/staff", **form)
    assert answer.status == 422
    text = await answer.text()
    assert words in text
    assert f'value="{form["login"].lower()}"' in text
    assert len(app[ACCOUNTS].all()) == before


async def test_words_of_a_name_are_not_markup(client: TestClient, csrf: str) -> None:
    await post(client, csrf, "/admin/staff", login="hoa", name="<b>Hoa</b>", role="agent")
    assert "&lt;b&gt;Hoa" in await text_of(client, "/admin/staff")


async def test_name_and_role_are_changed(client: TestClient, app: web.Application, csrf: str, lan: Staff) -> None:
    answer = await post(client, csrf, f"/admin/staff/{lan.id}", name="Cô Lan", role="supervisor")
    assert answer.status == 303
    account = app[ACCOUNTS].get(lan.id)
    assert (account.name, account.role) == ("Cô Lan", "supervisor")
    assert "Đã lưu." in await text_of(client, f"/admin/staff/{lan.id}")


async def test_a_password_is_given_anew(client: TestClient, app: web.Application, csrf: str, lan: Staff) -> None:
    token = app[ACCOUNTS].open_session(lan.id, "Firefox")
    shown = re.search(
        r'class="secret">([^<]+)<', await (await post(client, csrf, f"/admin/staff/{lan.id}/password")).text()
    )
    assert shown
    assert is_password(app[ACCOUNTS].find("lan").password_hash, shown[1])
    assert app[ACCOUNTS].signed_in(token) is None


async def test_sessions_second_factor_and_account_are_ended(
    client: TestClient, app: web.Application, csrf: str, lan: Staff
) -> None:
    accounts = app[ACCOUNTS]
    token = accounts.open_session(lan.id, "Firefox")
    accounts.set_totp(lan.id, "sealed", "lan")
    page = await text_of(client, f"/admin/staff/{lan.id}")
    assert "Tắt xác thực hai bước" in page
    await post(client, csrf, f"/admin/staff/{lan.id}/second-factor")
    assert not accounts.get(lan.id).second_factor
    await post(client, csrf, f"/admin/staff/{lan.id}/sessions")
    assert accounts.signed_in(token) is None
    await post(client, csrf, f"/admin/staff/{lan.id}/active", active="0")
    assert not accounts.get(lan.id).active
    assert "đã khóa" in await text_of(client, "/admin/staff")
    await post(client, csrf, f"/admin/staff/{lan.id}/active", active="1")
    assert accounts.get(lan.id).active


async def test_one_cannot_close_or_demote_oneself(client: TestClient, app: web.Application, csrf: str) -> None:
    add_staff(app, Role.ADMINISTRATOR)
    me = app[ACCOUNTS].find("chinh").staff.id
    assert (await post(client, csrf, f"/admin/staff/{me}/active", active="0")).status == 422
    assert (await post(client, csrf, f"/admin/staff/{me}", name="Chính", role="agent")).status == 422
    account = app[ACCOUNTS].get(me)
    assert (account.active, account.role) == (True, "administrator")


@pytest.mark.parametrize("path", ["/admin/staff/999", "/admin/staff/0", "/admin/staff/999999999999999999"])
async def test_an_account_that_is_not_there(client: TestClient, csrf: str, path: str) -> None:
    assert (await client.get(path)).status == 404
    assert (await post(client, csrf, f"{path}/password")).status == 404


# ---- the audit


async def test_the_audit_tells_who_did_what(client: TestClient, app: web.Application, csrf: str, lan: Staff) -> None:
    await post(client, csrf, f"/admin/staff/{lan.id}", name="Cô Lan", role="editor")
    switches.pause(app[ENGINE], "zalo", "bảo trì", "Minh", silent=False)
    page = await text_of(client, "/admin/audit")
    for words in ("Tài khoản: đổi vai trò", "chinh", "lan", "Kênh: tạm dừng", "bảo trì", "Minh"):
        assert words in page
    only = await text_of(client, "/admin/audit?author=Minh")
    assert "bảo trì" in only
    assert "đổi vai trò" not in only.split("<tbody>")[1]
    assert "Không có dòng nào như vậy" in await text_of(client, "/admin/audit?subject=nothing")
    assert "bảo trì" in await text_of(client, "/admin/audit?from=2020-01-01&to=2099-12-31&area=channel")
    assert (await client.get("/admin/audit?from=hôm-nay", headers=HTML)).status == 422


async def test_the_audit_has_pages(client: TestClient, app: web.Application, csrf: str) -> None:
    for number in range(70):
        audit.note(app[ENGINE], "faq.publish", f"câu-{number}", "lan")
    first = await text_of(client, "/admin/audit?area=faq")
    assert "câu-69<" in first
    assert "câu-19<" not in first
    older = re.search(r'href="(\?area=faq&amp;before=\d+)"', first)
    assert older
    second = await text_of(client, "/admin/audit" + older[1].replace("&amp;", "&"))
    assert "câu-19<" in second
    assert "câu-20<" not in second
    assert "Mới nhất" in second


def test_actions_have_words() -> None:
    assert action_words("channel.pause") == "Kênh: tạm dừng"
    assert action_words("new.deed") == "new: deed"


@pytest.mark.parametrize(
    ("action", "reason", "words"),
    [
        ("mark.put", "wrong_procedure", "sai thủ tục"),
        ("desk.close", "sent_elsewhere", "đã chỉ sang cơ quan khác"),
        ("staff.role", "editor", "Biên tập viên"),
        ("question.mend", "question|1.001193|làm khai sanh", "thêm câu hỏi, 1.001193, làm khai sanh"),
        ("question.mend", "dismissed||trùng", "bỏ qua, trùng"),
        ("procedure.publish", "good", "good"),
    ],
)
def test_what_was_noted_besides_has_words_only_where_the_program_wrote_it(action: str, reason: str, words: str) -> None:
    assert reason_words(action, reason) == words


def test_a_channel_is_named_in_the_audit() -> None:
    assert subject_words("approval.set", "zalo_bot") == "Zalo Bot"
    assert subject_words("staff.add", "web") == "web"


def test_every_action_that_is_noted_has_words() -> None:
    sources = [path.read_text(encoding="utf-8") for part in ("storage", "web") for path in (ROOT / part).rglob("*.py")]
    found = {action for text in sources for action in re.findall(r'\bnote[(,][^"]*?"([a-z]+\.[a-z_]+)"', text)}
    assert {"staff.add", "mark.put", "queue.retry"} <= found
    for action in found:
        area, deed = action.split(".")
        assert area in AREAS, action
        assert not action_words(action).endswith(f": {deed}"), action


# ---- the frame


@pytest.mark.parametrize("role", list(Role))
async def test_only_pages_that_one_may_open_are_offered(client: TestClient, role: Role) -> None:
    await sign_in(client, role)
    path = "/desk" if role is Role.AGENT else "/admin"
    page = await text_of(client, path)
    for offered in set(re.findall(r'<a [^>]*href="(/(?:admin|desk)[^"#?]*)"', page)):
        assert (await client.get(offered, headers=HTML)).status == 200, offered
    assert ("/admin/staff" in page) is (role is Role.ADMINISTRATOR)


async def test_a_page_without_the_right_tells_so(client: TestClient) -> None:
    await sign_in(client, Role.EDITOR)
    answer = await client.get("/admin/staff", headers=HTML)
    assert answer.status == 403
    assert "không có quyền" in await answer.text()
    assert (await (await client.get("/admin/staff")).json())["error"]["code"] == "wrong_role"

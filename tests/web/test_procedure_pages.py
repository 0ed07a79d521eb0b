"""The pages about procedures over HTTP: found, written, published behind the gate, taken back; who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from knowledge.catalog import IMPORT, STARTER, Catalog
from knowledge.days import today
from knowledge.faq import FaqEntry, Faqs
from knowledge.history import History
from knowledge.publishing import Publishing
from knowledge.typed import show
from knowledge.types import Channel, Document, DocumentSet, Duration, Fee, Method, Procedure, Status, Step, Unit
from storage.audit import Wanted, lines
from tests.web.staff_side import sign_in
from web.admin import gate
from web.admin.gate import Fallen, GateResult
from web.sheet_page import ENGINE
from web.staff.guard import Role

BIRTH = Procedure(
    "1.001193",
    "Đăng ký khai sinh",
    aliases=("giấy khai sinh",),
    fields=("Hộ tịch",),
    levels=("Cấp xã",),
    methods=(Method(Channel.DIRECT, Duration(1, Unit.WORKING_DAY), (Fee(8000, "mỗi lần"),)),),
    document_sets=(DocumentSet("", (Document("Tờ khai đăng ký khai sinh", 1),)),),
    steps=(Step("", "Nộp hồ sơ tại xã."), Step("", "Nhận giấy.")),
    agencies=("Ủy ban nhân dân cấp xã",),
    source="Cổng Dịch vụ công quốc gia",
    source_url="https://dichvucong.gov.vn/khai-sinh",
    updated_at=date(2026, 4, 15),
)
DEATH = Procedure("1.000656", "Đăng ký khai tử", fields=("Hộ tịch",), updated_at=date(2026, 4, 15))
HERE = f"/admin/procedures/{BIRTH.code}"
EDIT = f"{HERE}/edit"


class GateOf:
    """In place of the gate: lets everything through, or holds it back as a test says, and remembers what it saw."""

    def __init__(self) -> None:
        self.result = GateResult(True, 1)
        self.seen: list[tuple[str, int]] = []

    async def __call__(self, _app: web.Application, code: str, number: int, started_by: str = "") -> GateResult:
        self.seen.append((code, number))
        return self.result


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[GateOf]:
    made = GateOf()
    monkeypatch.setattr(gate, "check_before_publish", made)
    return made


@pytest.fixture(autouse=True)
def catalog(app: web.Application) -> Catalog:
    made = Catalog(app[ENGINE])
    made.put([BIRTH, DEATH], STARTER, "đầu")
    return made


def flat(values: dict[str, Any], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in values.items():
        found |= flat(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found


def form(procedure: Procedure = BIRTH, based_on: int = 1, **changed: str) -> dict[str, str]:
    """Return what the browser posts of the page over a procedure."""
    said = {"based_on": str(based_on), "why": "lệ phí mới", "do": "save"}
    return flat(show(procedure)) | said | {name.replace("__", "."): value for name, value in changed.items()}


async def page(client: TestClient, path: str, status: int = 200) -> str:
    response = await client.get(path, headers={"Accept": "text/html"})
    text = await response.text()
    assert response.status == status, text[:2000]
    return text


async def post(client: TestClient, path: str, csrf: str, fields: dict[str, str], status: int = 303) -> str:
    response = await client.post(path, data=fields | {"csrf": csrf}, allow_redirects=False)
    text = await response.text()
    assert response.status == status, text[:3000]
    return response.headers.get("Location", "") if status == 303 else text


async def flash(client: TestClient, path: str) -> str:
    """Return what the page that a path leads back to will tell once."""
    response = await client.get(path, headers={"Accept": "text/html"}, allow_redirects=False)
    assert response.status == 303
    return unquote(response.cookies["motcua_told"].value)


async def publish(client: TestClient, csrf: str, number: int, status: int = 303, **fields: str) -> str:
    said = {"why": "đã duyệt", "seen": str(number), "starts": "now"} | fields
    return await post(client, f"{HERE}/publish?version={number}", csrf, said, status)


def fee_told(catalog: Catalog) -> int | None:
    held = catalog.get(BIRTH.code)
    return held.methods[0].fees[0].amount if held else None


async def test_procedures_are_listed_searched_and_narrowed(client: TestClient, app: web.Application) -> None:
    await sign_in(client, Role.SUPERVISOR)
    everything = await page(client, "/admin/procedures")
    assert "Đăng ký khai sinh" in everything
    assert "Đăng ký khai tử" in everything
    assert "/admin/procedures/new" not in everything  # a supervisor reads
    found = await page(client, "/admin/procedures?words=khai+sinh&field=H%E1%BB%99+t%E1%BB%8Bch&status=published")
    assert "1.001193" in found
    assert "1.000656" not in found
    assert "Không có thủ tục nào khớp" in await page(client, "/admin/procedures?words=kh%C3%B4ng+c%C3%B3+%C4%91%C3%A2u")


async def test_long_lists_come_in_pages_that_keep_their_filters(client: TestClient, catalog: Catalog) -> None:
    catalog.put([Procedure(f"2.{n:06}", f"Thủ tục số {n:03}") for n in range(120)], IMPORT, "tệp")
    await sign_in(client, Role.EDITOR)
    first = await page(client, "/admin/procedures?origin=import&words=th%E1%BB%A7+t%E1%BB%A5c")
    assert "Trang 1/3" in first
    assert "words=th%E1%BB%A7+t%E1%BB%A5c&amp;origin=import&amp;page=2" in first
    last = await page(client, "/admin/procedures?origin=import&page=3")
    assert "101–120" in last


async def test_the_page_of_a_procedure_tells_all_there_is(client: TestClient, app: web.Application) -> None:
    Faqs(app[ENGINE]).add(
        FaqEntry(BIRTH.code, "Khai sinh muộn có bị phạt không?", "Không.", "Luật", "https://x.vn"),
        "lan",
        "x",
        publish=True,
    )
    await sign_in(client, Role.EDITOR)
    text = await page(client, HERE)
    for told in (
        "8.000 đồng",
        "Tờ khai đăng ký khai sinh",
        "giấy khai sinh",
        "danh mục ban đầu",
        "Khai sinh muộn có bị phạt không?",
        f'href="/p/{BIRTH.code}"',
        "/admin/try?q=",
        f"{HERE}/edit",
    ):
        assert told in text
    await page(client, "/admin/procedures/9.999999", 404)


async def test_an_edit_becomes_a_draft_then_what_citizens_are_told(
    client: TestClient, app: web.Application, catalog: Catalog, guard: GateOf
) -> None:
    csrf = await sign_in(client, Role.EDITOR, login="lan")
    assert 'value="8.000"' in await page(client, EDIT)
    assert await post(client, EDIT, csrf, form(methods__0__fees__0__amount="9.000")) == HERE
    assert fee_told(catalog) == 8000
    assert "có bản nháp 2" in await page(client, "/admin/procedures?status=draft")
    confirm = await page(client, f"{HERE}/publish?version=2")
    assert "<del>" in confirm
    assert "9.000" in confirm
    assert 'name="seen" value="2"' in confirm
    assert await publish(client, csrf, 2) == HERE
    assert fee_told(catalog) == 9000
    assert guard.seen == [(BIRTH.code, 2)]
    sheet = await client.get(f"/p/{BIRTH.code}")
    assert "9.000 đồng" in await sheet.text()
    noted = [(line.action, line.subject, line.author) for line in lines(app[ENGINE], Wanted("procedure"), 9)]
    assert noted == [("procedure.publish", "1.001193@3", "lan"), ("procedure.draft", "1.001193@2", "lan")]


async def test_what_is_wrong_is_told_and_nothing_typed_is_lost(client: TestClient, app: web.Application) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    wrong = form(methods__0__fees__0__amount="tám nghìn", methods__0__text="chữ vừa gõ <b>", why="")
    text = await post(client, EDIT, csrf, wrong, 422)
    assert "Ghi số tiền bằng chữ số" in text
    assert 'value="tám nghìn"' in text
    assert "chữ vừa gõ &lt;b&gt;" in text
    assert "Ghi lý do" in text
    assert 'aria-invalid="true"' in text
    assert len(History(app[ENGINE]).of(BIRTH.code)) == 1


async def test_nothing_is_saved_where_nothing_changed(client: TestClient, app: web.Application) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    assert await post(client, EDIT, csrf, form()) == HERE
    assert len(History(app[ENGINE]).of(BIRTH.code)) == 1


async def test_two_editors_at_once_both_keep_their_work(client: TestClient, app: web.Application) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    Publishing(app[ENGINE]).draft(replace(BIRTH, conditions="Của người kia."), "hoa", "sửa điều kiện", 1)
    text = await post(client, EDIT, csrf, form(methods__0__fees__0__amount="9.000"), 409)
    assert "hoa" in text
    assert "sửa điều kiện" in text
    assert "Của người kia." in text
    assert 'value="9.000"' in text
    assert 'name="onto" value="2"' in text
    assert len(History(app[ENGINE]).of(BIRTH.code)) == 2
    assert await post(client, EDIT, csrf, form(onto="2", methods__0__fees__0__amount="9.000")) == HERE
    newest, theirs, _first = History(app[ENGINE]).of(BIRTH.code)
    assert (newest.procedure.methods[0].fees[0].amount, theirs.procedure.conditions) == (9000, "Của người kia.")


async def test_what_the_browser_kept_is_shown_again(client: TestClient, app: web.Application) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    text = await post(client, EDIT, csrf, form(conditions="Chưa lưu.", do="show"), 200)
    assert "Chưa lưu." in text
    assert 'data-unsaved="1"' in text
    assert len(History(app[ENGINE]).of(BIRTH.code)) == 1


async def test_a_long_record_can_be_saved(client: TestClient, app: web.Application) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    long = "Đủ điều kiện theo quy định. " * 6_000  # as long as the longest record there is
    assert await post(client, EDIT, csrf, form(conditions=long)) == HERE
    newest = History(app[ENGINE]).edition(BIRTH.code)
    assert newest is not None
    assert newest.procedure.conditions == long.strip()


async def test_the_preview_tells_each_facet_as_each_channel_shows_it(client: TestClient) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    fields = form(methods__0__fees__0__amount="9.000", updated_at="hôm qua", agencies="")
    answer = await client.post(
        "/admin/procedures/preview", data=fields | {"facet": "fee"}, headers={"X-CSRF-Token": csrf}
    )
    told = await answer.json()
    assert "9.000 đồng" in told["html"]
    assert "Telegram" in told["html"]
    assert "Zalo" in told["html"]
    assert "<del>" in told["html"]  # against what is in force
    assert list(told["faults"]) == ["updated_at"]
    assert "agencies" in told["remarks"]
    for facet in ("documents", "where", "nonsense", ""):
        again = await client.post(
            "/admin/procedures/preview", data=fields | {"facet": facet}, headers={"X-CSRF-Token": csrf}
        )
        assert again.status == 200
    empty = await client.post("/admin/procedures/preview", data={"facet": "fee"}, headers={"X-CSRF-Token": csrf})
    assert empty.status == 200


async def test_a_new_procedure_is_written_and_a_taken_code_refused(
    client: TestClient, catalog: Catalog, guard: GateOf
) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    await page(client, "/admin/procedures/new")
    new = {"name": "Thủ tục mới", "based_on": "0", "why": "theo quyết định", "do": "publish"}
    taken = await post(client, "/admin/procedures/new", csrf, new | {"code": BIRTH.code}, 409)
    assert "Mã này đã có" in taken
    assert "Thủ tục mới" in taken
    path = await post(client, "/admin/procedures/new", csrf, new | {"code": "9.000001"})
    assert path == "/admin/procedures/9.000001/publish?version=1"
    await post(client, path, csrf, {"why": "duyệt", "seen": "1", "starts": "now"})
    held = catalog.get("9.000001")
    assert held is not None
    assert held.name == "Thủ tục mới"


async def test_a_duplicate_begins_with_the_same_facts_and_no_names(client: TestClient) -> None:
    await sign_in(client, Role.EDITOR)
    text = await page(client, f"/admin/procedures/new?from={BIRTH.code}")
    assert "Tờ khai đăng ký khai sinh" in text
    assert "giấy khai sinh" not in text
    assert "Ghi mã" not in text  # nothing is wrong before anything is typed


async def test_publishing_can_wait_for_a_day(client: TestClient, app: web.Application, guard: GateOf) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    await post(client, EDIT, csrf, form(conditions="Mới."))
    coming = today() + timedelta(days=10)
    for wrong in ("", "mai", f"{today():%d/%m/%Y}"):
        text = await publish(client, csrf, 2, 422, starts="later", starts_on=wrong)
        assert 'id="starts_on-wrong"' in text
    await publish(client, csrf, 2, starts="later", starts_on=f"{coming:%d/%m/%Y}")
    newest = History(app[ENGINE]).of(BIRTH.code)[0]
    assert (newest.status, newest.procedure.effective_on) == (Status.SCHEDULED, coming)
    assert "bản mới từ" in await page(client, "/admin/procedures?status=scheduled")
    assert f"có hiệu lực từ {coming.day}/{coming.month}/{coming.year}" in await page(client, HERE)
    assert "đang là bản hiện hành" in await flash(client, f"{HERE}/rollback?version=1")


async def test_the_gate_holds_back_what_makes_answers_wrong(
    client: TestClient, app: web.Application, catalog: Catalog, guard: GateOf
) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    await post(client, EDIT, csrf, form(methods__0__fees__0__amount="9.000"))
    case = Fallen("r-1", ("lệ phí khai sinh",), "answer", (BIRTH.code,), "answered", (DEATH.code,), "…")
    guard.result = GateResult(False, 7, (case,), True, 12, "1 câu đang trả lời đúng sẽ thành sai.")
    text = await publish(client, csrf, 2, 409)
    assert "lệ phí khai sinh" in text
    assert "/admin/checks/7" in text
    assert "quản trị viên" in text
    assert 'name="override"' not in text
    await publish(client, csrf, 2, 409, override="cứ công bố")  # an editor may not
    assert fee_told(catalog) == 8000
    boss = await sign_in(client, Role.ADMINISTRATOR, login="boss")
    assert 'name="override"' in await publish(client, boss, 2, 409)
    await publish(client, boss, 2, override="luật đổi, câu hỏi đã cũ")
    assert fee_told(catalog) == 9000
    (noted,) = lines(app[ENGINE], Wanted("procedure.override"), 9)
    assert (noted.subject, noted.author, noted.reason) == ("1.001193@3", "boss", "luật đổi, câu hỏi đã cũ")


async def test_a_procedure_is_withdrawn_restored_and_each_step_taken_back(
    client: TestClient, catalog: Catalog, guard: GateOf
) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    assert "không được trả lời" in await page(client, f"{HERE}/withdraw")
    assert "Ghi lý do" in await post(client, f"{HERE}/withdraw", csrf, {"seen": "1", "why": " "}, 422)
    await post(client, f"{HERE}/withdraw", csrf, {"seen": "1", "why": "bãi bỏ"})
    assert catalog.get(BIRTH.code) is None
    await post(client, f"{HERE}/undo", csrf, {"seen": "2", "why": "nhầm"})
    assert catalog.get(BIRTH.code) is not None
    await post(client, f"{HERE}/undo", csrf, {"seen": "3", "why": "không nhầm"})
    assert catalog.get(BIRTH.code) is None
    await post(client, f"{HERE}/restore", csrf, {"seen": "4", "why": "vẫn còn"})
    assert fee_told(catalog) == 8000


async def test_an_edit_published_is_undone_and_any_version_brought_back(
    client: TestClient, catalog: Catalog, guard: GateOf
) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    await post(client, EDIT, csrf, form(methods__0__fees__0__amount="9.000"))
    await publish(client, csrf, 2)
    assert "8.000" in await page(client, f"{HERE}/undo")
    await post(client, f"{HERE}/undo", csrf, {"seen": "3", "why": "sai số"})
    assert fee_told(catalog) == 8000
    await post(client, f"{HERE}/rollback?version=3", csrf, {"seen": "4", "why": "đúng rồi"})
    assert fee_told(catalog) == 9000
    assert guard.seen == [(BIRTH.code, 2)]  # going back to what was in force needs no gate


async def test_a_draft_brought_back_passes_the_gate(client: TestClient, catalog: Catalog, guard: GateOf) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    await post(client, EDIT, csrf, form(methods__0__fees__0__amount="9.000"))
    guard.result = GateResult(False, 7, (), True, 3, "3 câu sẽ sai.")
    await post(client, f"{HERE}/rollback?version=2", csrf, {"seen": "2", "why": "x"}, 409)
    assert fee_told(catalog) == 8000


async def test_a_step_asked_for_upon_something_older_is_not_done(
    client: TestClient, app: web.Application, catalog: Catalog, guard: GateOf
) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    await post(client, EDIT, csrf, form(methods__0__fees__0__amount="9.000"))
    Publishing(app[ENGINE]).draft(replace(BIRTH, name="Khác"), "hoa", "đổi tên", 2)
    text = await publish(client, csrf, 2, 409)
    assert "Có người vừa thay đổi" in text
    assert fee_told(catalog) == 8000
    assert guard.seen == []


async def test_steps_that_cannot_be_done_lead_back_with_words(client: TestClient) -> None:
    await sign_in(client, Role.EDITOR)
    for step, words in (
        ("publish", "Không có bản nháp"),
        ("restore", "đang được công bố"),
        ("rollback?version=9", "không có phiên bản"),
        ("rollback?version=x", "không có phiên bản"),
    ):
        assert words in await flash(client, f"{HERE}/{step}")
    await page(client, "/admin/procedures/9.9/withdraw", 404)


async def test_what_a_program_put_in_first_is_not_offered_to_be_undone(
    client: TestClient, app: web.Application, guard: GateOf
) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    assert f"{HERE}/undo" not in await page(client, HERE)
    await post(client, EDIT, csrf, form(conditions="Mới."))
    await publish(client, csrf, 2)
    assert f"{HERE}/undo" in await page(client, HERE)


async def test_versions_are_compared_by_word(client: TestClient, app: web.Application, guard: GateOf) -> None:
    csrf = await sign_in(client, Role.EDITOR)
    await post(client, EDIT, csrf, form(steps__0__text="Nộp hồ sơ tại phường."))
    text = await page(client, f"{HERE}/versions?from=1&to=2")
    assert "<del>" in text
    assert "xã.</del>" in text
    assert "phường.</ins>" in text
    assert "Bản 1 là bản đầu tiên" in await page(client, f"{HERE}/versions?to=1")
    await page(client, f"{HERE}/versions?from=x&to=99")
    await page(client, "/admin/procedures/9.9/versions", 404)


async def test_only_editors_change_anything(client: TestClient, app: web.Application) -> None:
    csrf = await sign_in(client, Role.SUPERVISOR)
    for path in (EDIT, "/admin/procedures/new", f"{HERE}/publish", f"{HERE}/withdraw", f"{HERE}/undo"):
        assert (await client.get(path, headers={"Accept": "text/html"})).status == 403
        assert (await client.post(path, data=form() | {"csrf": csrf})).status == 403
    editor = await sign_in(client, Role.EDITOR)
    assert (await client.post(EDIT, data=form() | {"csrf": f"{editor}x"})).status == 403
    assert len(History(app[ENGINE]).of(BIRTH.code)) == 1


async def test_what_is_stored_cannot_become_markup(client: TestClient, app: web.Application) -> None:
    evil = '"><script>alert(1)</script>'
    Catalog(app[ENGINE]).put(
        [replace(DEATH, code="3.000001", name=evil, conditions=evil, source_url="javascript:alert(1)", fields=(evil,))],
        IMPORT,
        evil,
        author=evil,
    )
    await sign_in(client, Role.EDITOR)
    for path in ("", "/3.000001", "/3.000001/edit", "/3.000001/versions", "/3.000001/withdraw"):
        text = await page(client, f"/admin/procedures{path}")
        assert "<script>alert" not in text
        assert 'href="javascript:' not in text
    assert "<script>alert" not in await page(client, "/admin/changes")

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient

from storage.canned import add_canned, every_canned
from storage.conversations import Conversations, Turn
from tests.web.learned import desk, opened, talks
from tests.web.staff_side import sign_in
from web.admin.canned import read_form
from web.desk.canned import SHIPPED, fill, unknown_placeholders
from web.staff.guard import Role

__all__ = ["desk", "opened", "talks"]

GOOD = {"shortcut": "xin-cho", "title": "Xin chờ", "text": "{anh_chi} chờ {ten_can_bo} một chút."}


def test_placeholders_are_filled_in_and_begin_sentences_with_a_capital() -> None:
    text = "{anh_chi} ơi. {anh_chi} hỏi “{thu_tuc}”.\n{anh_chi} chờ {anh_chi}."
    assert fill(text, {"anh_chi": "bác", "thu_tuc": "Khai sinh"}) == (
        "Bác ơi. Bác hỏi “Khai sinh”.\nBác chờ bác.",
        [],
    )
    assert fill("Thủ tục {thu_tuc}, mã {ma}, {ma}", {"ma": ""}) == ("Thủ tục …, mã …, …", ["thu_tuc", "ma"])
    assert fill("Không có gì", {}) == ("Không có gì", [])
    assert fill("{anh_chi}", {"anh_chi": "{ma}"}) == ("{ma}", [])  # what is filled in is not filled in again


@pytest.mark.parametrize(
    ("text", "strange"),
    [("{anh_chi} {ma}", []), ("{anhchi}", ["{anhchi}"]), ("{}", ["{}"]), ("{ma", ["{"]), ("ma}", ["}"])],
)
def test_what_cannot_be_filled_in_is_found(text: str, strange: list[str]) -> None:
    assert unknown_placeholders(text) == strange


def test_what_we_ship_passes_our_own_check() -> None:
    assert len(SHIPPED) == 6
    for shortcut, title, text in SHIPPED:
        assert read_form({"shortcut": shortcut, "title": title, "text": text}).errors == {}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("shortcut", "xin chờ", "không dấu"),
        ("shortcut", "", "chưa có nội dung"),
        ("title", " ", "chưa có nội dung"),
        ("title", "t" * 81, "dài nhất 80"),
        ("text", "Chào {ho_ten}", "Không có chỗ điền {ho_ten}. Dùng được: {anh_chi}"),
        ("text", "Số 001203004567 nhé", "của một người"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(field: str, value: str, words: str) -> None:
    form = read_form(GOOD | {field: value})
    assert words in form.errors[field]
    assert form.values[field] == value.strip()


async def test_the_desk_gets_them_filled_in_for_a_conversation(desk: TestClient, talks: Conversations) -> None:
    add_canned(talks.engine, "tt", "Thủ tục", "{anh_chi} hỏi {thu_tuc} ({ma}). {ten_can_bo}", "hoa")
    await sign_in(desk, Role.AGENT, name="Chị Lan")
    made = talks.create("web").id
    bare = (await (await desk.get("/desk/api/canned", params={"conversation": made})).json())["canned"]
    assert bare == [
        {
            "id": bare[0]["id"],
            "shortcut": "tt",
            "title": "Thủ tục",
            "text": "Anh/chị hỏi … (…). Chị Lan",
            "missing": ["thu_tuc", "ma"],
        }
    ]
    talks.record_turn(Turn(made, "m1", {"text": "x"}, (), {"slots": {"focus": "1.001193"}, "address": "bác"}))
    (filled,) = (await (await desk.get("/desk/api/canned", params={"conversation": made})).json())["canned"]
    assert filled["text"] == "Bác hỏi Đăng ký khai sinh (1.001193). Chị Lan"
    assert (await desk.get("/desk/api/canned", params={"conversation": "nobody"})).status == 404
    assert (await (await desk.get("/desk/api/canned")).json())["canned"][0]["missing"] == ["thu_tuc", "ma"]


async def test_the_page_adds_changes_and_removes(desk: TestClient, talks: Conversations) -> None:
    csrf = await sign_in(desk, Role.SUPERVISOR)
    page = await (await desk.get("/admin/canned", headers={"Accept": "text/html"})).text()
    assert "Thêm bộ mẫu (6 câu)" in page
    added = await desk.post("/admin/canned/samples", data={"csrf": csrf})
    assert added.status == 200
    assert "Đã thêm 6 câu mẫu." in await added.text()
    refused = await desk.post("/admin/canned", data=GOOD | {"csrf": csrf, "text": "Chào {ho_ten} <b>"})
    assert refused.status == 422
    text = await refused.text()
    assert '<span class="wrong" id="text-wrong">Không có chỗ điền {ho_ten}' in text
    assert "Chào {ho_ten} &lt;b&gt;</textarea>" in text
    taken = await desk.post("/admin/canned", data=GOOD | {"csrf": csrf, "shortcut": "chao"})
    assert taken.status == 422
    assert "Phím gọi “chao” đã dùng cho câu khác." in await taken.text()
    assert (await desk.post("/admin/canned", data=GOOD | {"csrf": csrf})).status == 200
    kept = next(reply for reply in every_canned(talks.engine) if reply.shortcut == "xin-cho")
    changed = await desk.post(f"/admin/canned/{kept.id}", data=GOOD | {"csrf": csrf, "title": "Chờ chút"})
    assert "Đã lưu câu “Chờ chút”." in await changed.text()
    removed = await desk.post(f"/admin/canned/{kept.id}/remove", data={"csrf": csrf})
    assert "Đã xóa câu “Chờ chút”." in await removed.text()
    assert len(every_canned(talks.engine)) == 6
    assert (await desk.get(f"/admin/canned/{kept.id}")).status == 404


async def test_without_the_token_nothing_changes(desk: TestClient, talks: Conversations) -> None:
    await sign_in(desk, Role.EDITOR)
    assert (await desk.post("/admin/canned", data=GOOD)).status == 403
    assert every_canned(talks.engine) == []

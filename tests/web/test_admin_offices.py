"""The pages of the offices."""

from __future__ import annotations

import html
from datetime import date
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from knowledge.offices import Office, OfficeBook
from storage.audit import Wanted, lines
from tests.web.staff_side import sign_in
from web.sheet_page import ENGINE

WARD = Office("26740", "Trung tâm PVHCC phường Sài Gòn", "45 đường A", "", "1022", "", "Phường", date(2026, 5, 20))
CITY = Office("79", "Sở Tư pháp TP Hồ Chí Minh", "141 đường B", "", "", "", "Sở", date(2026, 5, 20))
HANOI = Office("00070", "Một cửa phường Hoàn Kiếm", "1 đường C", "", "", "", "Phường", date(2026, 5, 20))
GOOD = {
    "ma_don_vi": WARD.unit,
    "ten": "Công an phường Sài Gòn",
    "dia_chi": "7 đường D",
    "gio_lam_viec": "7:30–16:30",
    "dien_thoai": "028 1234 5678",
    "ban_do": "https://bando.example.gov.vn/7",
    "nguon": "Trang của phường",
    "ngay_kiem": "2026-05-20",
}


@pytest.fixture
def book(app: web.Application) -> OfficeBook:
    kept = OfficeBook(app[ENGINE])
    kept.put([WARD, CITY, HANOI])
    return kept


async def post(client: TestClient, path: str, csrf: str, **form: str) -> tuple[int, str]:
    response = await client.post(path, data=form, headers={"X-CSRF-Token": csrf}, allow_redirects=False)
    return response.status, response.headers.get("Location") or html.unescape(await response.text())


async def page(client: TestClient, query: str = "") -> str:
    return html.unescape(await (await client.get(f"/admin/offices?{query}")).text())


def edit(office: Office) -> str:
    return "/admin/offices/edit?" + urlencode({"unit": office.unit, "name": office.name})


async def test_offices_are_found_by_place_and_by_words(client: TestClient, book: OfficeBook) -> None:
    await sign_in(client, "supervisor")
    every = await page(client)
    assert all(office.name in every for office in (WARD, CITY, HANOI))
    assert "Thêm nơi nộp" not in every
    of_province = await page(client, "province=79")
    assert WARD.name in of_province
    assert HANOI.name not in of_province
    assert "1 trong 168 xã, phường của TP Hồ Chí Minh đã có nơi nộp" in of_province
    assert CITY.name not in await page(client, "unit=26740")
    assert HANOI.name in await page(client, "q=hoan+kiem")
    assert "Không có nơi nào hợp với bộ lọc" in await page(client, "q=khong+co")


async def test_an_office_is_added_changed_renamed_and_noted(
    client: TestClient, app: web.Application, book: OfficeBook
) -> None:
    csrf = await sign_in(client, "editor", login="lan")
    assert await post(client, "/admin/offices/new", csrf, **GOOD) == (303, "/admin/offices?unit=26740")
    added = next(office for office in book.at("26740") if office.name == GOOD["ten"])
    assert (added.phone, added.verified_on) == ("028 1234 5678", date(2026, 5, 20))
    renamed = GOOD | {"ten": "Công an phường"}
    assert (await post(client, edit(added), csrf, **renamed))[0] == 303
    assert [office.name for office in book.at("26740")] == ["Công an phường", WARD.name]
    noted = [(line.action, line.author, line.reason) for line in lines(app[ENGINE], Wanted(action="office"), 9)]
    assert noted[0] == ("office.change", "lan", "Tên nơi nhận hồ sơ: Công an phường Sài Gòn → Công an phường")
    assert noted[1][0] == "office.add"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ten": ""}, "Tên nơi nhận hồ sơ: chưa có."),
        ({"ma_don_vi": "99999"}, "Đơn vị '99999' không phải mã"),
        ({"dien_thoai": "gọi tôi"}, "Điện thoại 'gọi tôi' không phải số điện thoại."),
        ({"ban_do": "javascript:alert(1)"}, "Đường dẫn bản đồ phải là đường dẫn https://"),
        ({"ngay_kiem": "2999-01-01"}, "Ngày đã kiểm lại '2999-01-01' ở tương lai."),
        ({"dia_chi": "a" * 301}, "Địa chỉ: rút gọn trong 300 ký tự."),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    client: TestClient, book: OfficeBook, wrong: dict[str, str], words: str
) -> None:
    csrf = await sign_in(client, "editor")
    status, text = await post(client, "/admin/offices/new", csrf, **(GOOD | wrong))
    assert status == 422
    assert words in text
    assert 'aria-invalid="true"' in text
    assert "Trang của phường" in text
    assert len(book.all()) == 3


async def test_two_of_one_name_in_a_unit_are_refused(client: TestClient, book: OfficeBook) -> None:
    csrf = await sign_in(client, "editor")
    status, text = await post(client, "/admin/offices/new", csrf, **(GOOD | {"ten": WARD.name}))
    assert (status, WARD in book.all()) == (409, True)
    assert "đã có nơi nộp cùng tên" in text
    await post(client, "/admin/offices/new", csrf, **GOOD)
    assert (await post(client, edit(WARD), csrf, **GOOD))[0] == 409


async def test_removing_is_undone_with_one_press(client: TestClient, book: OfficeBook) -> None:
    csrf = await sign_in(client, "editor")
    status, where = await post(client, "/admin/offices/remove", csrf, unit=WARD.unit, name=WARD.name)
    assert (status, book.at(WARD.unit)) == (303, ())
    shown = html.unescape(await (await client.get(where)).text())
    assert "Dùng lại" in shown
    assert WARD.name in shown
    assert (await post(client, "/admin/offices/restore", csrf, unit=WARD.unit, name=WARD.name))[0] == 303
    assert book.at(WARD.unit) == (WARD,)
    assert (await post(client, "/admin/offices/restore", csrf, unit=WARD.unit, name=WARD.name))[0] == 404
    assert (await client.get("/admin/offices/edit?unit=1&name=x")).status == 404


async def test_the_communes_of_a_province_and_the_table_to_fill_in(client: TestClient, book: OfficeBook) -> None:
    await sign_in(client, "editor")
    communes = (await (await client.get("/admin/offices/communes?province=79")).json())["communes"]
    assert {"code": "26740", "name": "Phường Sài Gòn"} in communes
    assert (await (await client.get("/admin/offices/communes?province=x")).json())["communes"] == []
    table = await (await client.get("/admin/offices/template.csv")).read()
    assert table.decode("utf-8-sig").startswith("ma_don_vi,ten,cap,dia_chi")
    assert (await client.get("/admin/offices/template.xlsx")).status == 200

"""Importing in the browser: nothing is written before it is confirmed."""

from __future__ import annotations

import asyncio
import gzip
import html
import json
import os
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient

from knowledge.catalog import IMPORT, Catalog
from knowledge.faq import Faqs
from knowledge.offices import Office, OfficeBook
from knowledge.types import Procedure, Status
from storage.audit import Wanted, lines
from tests.knowledge.test_importers_jsonl import ROW
from tests.web.staff_side import sign_in
from web.admin import uploads as uploads_module
from web.admin.imports import UPLOADS
from web.admin.uploads import Stage, safe_name
from web.sheet_page import ENGINE

OFFICES = (
    "ma_don_vi,ten,cap,dia_chi,gio_lam_viec,dien_thoai,ban_do,nguon,ngay_kiem\n"
    "26740,Một cửa phường Sài Gòn,xã,45 đường A,,,,Phường,2026-05-20\n"
    "99999,Nơi không có,xã,1 đường B,,,,Xã,2026-05-20\n"
)
FAQS = (
    "ma_thu_tuc,cau_hoi,tra_loi,phan,nguon,lien_ket,den_het\n"
    "1.000001,Có mất tiền không?,Không mất tiền.,fee,Luật Hộ tịch,https://a.example.gov.vn/1,\n"
)


@pytest.fixture
def catalog(app: web.Application) -> Catalog:
    return Catalog(app[ENGINE])


async def send(client: TestClient, csrf: str, kind: str, name: str, content: bytes) -> tuple[int, dict[str, Any]]:
    form = FormData(quote_fields=False, charset="utf-8")  # as browsers name files
    form.add_field("kind", kind)
    form.add_field("file", content, filename=name)
    response = await client.post("/admin/import", data=form, headers={"X-CSRF-Token": csrf})
    return response.status, await response.json()


async def settled(client: TestClient, url: str) -> str:
    """Wait until nothing goes on, and return the page."""
    for _ in range(200):
        state = await (await client.get(f"{url}/state")).json()
        if not state["working"]:
            return html.unescape(await (await client.get(url)).text())
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {state}")


async def confirm(client: TestClient, url: str, csrf: str, why: str = "Bộ công bố mới") -> int:
    headers = {"X-CSRF-Token": csrf}
    response = await client.post(f"{url}/confirm", data={"why": why}, headers=headers, allow_redirects=False)
    return response.status


def folders(settings: Any) -> list[Path]:
    return list((settings.data / "uploads").glob("*"))


def listed(count: int, **more: Any) -> bytes:
    rows = [ROW | {"ma": f"1.{number:06d}", "ten": f"Thủ tục số {number}"} | more for number in range(count)]
    return gzip.compress("\n".join(json.dumps(one, ensure_ascii=False) for one in rows).encode())


async def test_a_file_is_compared_confirmed_and_imported(
    client: TestClient, app: web.Application, catalog: Catalog, settings: Any
) -> None:
    csrf = await sign_in(client, "editor", login="lan")
    status, told = await send(client, csrf, "procedures", "danh mục.jsonl.gz", listed(60))
    assert status == 201
    text = await settled(client, told["url"])
    assert "Mới: 60. Không đổi: 0." in re.sub(r"</?b>", "", text)
    assert "1–50 trong 60 mục" in text
    assert "Thủ tục số 55" in await (await client.get(f"{told['url']}?fate=added&page=2")).text()
    assert list(catalog.published()) == []
    assert await confirm(client, told["url"], csrf, why=" ") == 303
    assert list(catalog.published()) == []
    assert await confirm(client, told["url"], csrf) == 303
    text = await settled(client, told["url"])
    assert "Đã nạp xong: 60 mục được ghi" in text
    assert len(list(catalog.published())) == 60
    line = lines(app[ENGINE], Wanted(action="import"), 9)[0]
    assert (line.action, line.subject, line.author) == ("import.procedures", "danh-mục.jsonl.gz", "lan")
    assert line.reason == "Bộ công bố mới (added 60)"
    kept = sorted(path.name for path in next((settings.data / "uploads").iterdir()).iterdir())
    assert kept == ["plan.json", "state.json"]  # the file itself is gone
    assert await confirm(client, told["url"], csrf) == 303
    assert len(lines(app[ENGINE], Wanted(action="import"), 9)) == 1


async def test_what_changes_is_told_word_by_word_and_bad_rows_with_their_reason(
    client: TestClient, catalog: Catalog
) -> None:
    csrf = await sign_in(client, "editor")
    catalog.put([Procedure(code="1.000001", name="Đăng ký khai sinh")], IMPORT, "test")
    rows = [ROW | {"ma": "1.000001", "ten": "Đăng ký lại khai sinh"}, ROW | {"ma": "", "ten": "Không mã"}]
    content = "\n".join(json.dumps(one, ensure_ascii=False) for one in rows).encode()
    told = (await send(client, csrf, "procedures", "a.jsonl", content))[1]
    text = await settled(client, told["url"])
    assert "Đăng ký <ins>lại </ins>khai sinh" in text
    assert "Không nhận" in text
    rejected = html.unescape(await (await client.get(f"{told['url']}?fate=rejected")).text())
    assert "a.jsonl:2" in rejected
    assert "mã" in rejected


async def test_what_changed_meanwhile_is_compared_anew_before_it_is_written(
    client: TestClient, catalog: Catalog
) -> None:
    csrf = await sign_in(client, "editor")
    told = (await send(client, csrf, "procedures", "a.jsonl.gz", listed(2)))[1]
    await settled(client, told["url"])
    catalog.put([Procedure(code="1.000000", name="Của người khác")], IMPORT, "test")
    await confirm(client, told["url"], csrf)
    text = await settled(client, told["url"])
    assert "Dữ liệu đã đổi từ lúc so sánh nên chưa nạp" in text
    assert len(list(catalog.published())) == 1
    await confirm(client, told["url"], csrf)
    await settled(client, told["url"])
    assert len(list(catalog.published())) == 2


async def test_an_office_changed_meanwhile_is_compared_anew(client: TestClient, app: web.Application) -> None:
    csrf = await sign_in(client, "editor")
    told = (await send(client, csrf, "offices", "noi.csv", OFFICES.encode()))[1]
    await settled(client, told["url"])
    mine = Office("26740", "Một cửa phường Sài Gòn", "Địa chỉ vừa sửa", "", "", "", "Phường", date(2026, 5, 20))
    OfficeBook(app[ENGINE]).put([mine])
    await confirm(client, told["url"], csrf)
    text = await settled(client, told["url"])
    assert "Dữ liệu đã đổi từ lúc so sánh" in text
    assert "<del>Địa chỉ vừa sửa</del>" in text
    assert OfficeBook(app[ENGINE]).all() == [mine]


async def test_offices_and_faq_entries_come_the_same_way(
    client: TestClient, app: web.Application, catalog: Catalog
) -> None:
    csrf = await sign_in(client, "editor")
    catalog.put([Procedure(code="1.000001", name="Đăng ký khai sinh")], IMPORT, "test")
    for kind, name, content in (("offices", "noi.csv", OFFICES), ("faq", "hoi.csv", FAQS)):
        told = (await send(client, csrf, kind, name, content.encode()))[1]
        text = await settled(client, told["url"])
        assert ("Nơi không có" not in text) or kind == "faq"
        await confirm(client, told["url"], csrf)
        assert "Đã nạp xong: 1 mục được ghi" in await settled(client, told["url"])
    assert [office.name for office in OfficeBook(app[ENGINE]).at("26740")] == ["Một cửa phường Sài Gòn"]
    assert [faq.status for faq in Faqs(app[ENGINE]).newest()] == [Status.DRAFT]


@pytest.mark.parametrize(
    ("kind", "name", "content", "words"),
    [
        ("procedures", "a.exe", b"x", "Loại tệp .exe không nạp được"),
        ("offices", "a.jsonl", b"x", "Loại tệp .jsonl không nạp được"),
        ("x", "a.csv", b"x", "Chọn loại dữ liệu"),
        ("procedures", "a.csv", b"", "Tệp trống"),
        ("procedures", "a.csv", b"x" * 3000, "lớn hơn 0 MB"),
    ],
)
async def test_what_is_unfit_is_refused_and_leaves_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, settings: Any, kind: str, name: str, content: bytes, words: str
) -> None:
    monkeypatch.setattr("web.admin.imports.LARGEST", 2000)
    csrf = await sign_in(client, "editor")
    status, told = await send(client, csrf, kind, name, content)
    assert status == 422
    assert words in told["error"]["message"]
    assert folders(settings) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.zip", b"not a zip"), ("a.jsonl.gz", b"not gzip"), ("a.xlsx", b"PK\x03\x04broken"), ("a.csv", b"\xff\xfe\x00")],
)
async def test_a_broken_file_is_told_and_can_be_dropped(client: TestClient, name: str, content: bytes) -> None:
    csrf = await sign_in(client, "editor")
    told = (await send(client, csrf, "procedures", name, content))[1]
    text = await settled(client, told["url"])
    assert "Không nạp được" in text or "Không nhận" in text
    assert "trục trặc" not in text
    dropped = await client.post(f"{told['url']}/drop", headers={"X-CSRF-Token": csrf}, allow_redirects=False)
    assert dropped.status == 303
    assert (await client.get(told["url"])).status == 404


async def test_a_file_larger_than_a_form_may_be_comes_whole(client: TestClient, app: web.Application) -> None:
    csrf = await sign_in(client, "editor")
    content = gzip.decompress(listed(400))
    assert len(content) > 3 * 64 * 1024
    told = (await send(client, csrf, "procedures", "a.jsonl", content))[1]
    assert "Mới: 400" in re.sub(r"</?b>", "", await settled(client, told["url"]))


async def test_a_form_as_browsers_send_it_is_taken(client: TestClient) -> None:
    """Their parts tell no length, and so are read up to the next boundary."""
    csrf = await sign_in(client, "editor")
    boundary = b"----WebKitFormBoundary7MA4YWxkTrZu0gW0"
    fields = (b'name="kind"', b"procedures"), ('name="file"; filename="danh mục.jsonl.gz"'.encode(), listed(3))
    parts = [b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (boundary, *field) for field in fields]
    response = await client.post(
        "/admin/import",
        data=b"".join(parts) + b"--%b--\r\n" % boundary,
        headers={"X-CSRF-Token": csrf, "Content-Type": f"multipart/form-data; boundary={boundary.decode()}"},
    )
    assert response.status == 201
    text = await settled(client, (await response.json())["url"])
    assert "danh-mục.jsonl.gz" in text
    assert "Mới: 3" in re.sub(r"</?b>", "", text)


async def test_without_the_token_no_byte_is_taken(client: TestClient, settings: Any) -> None:
    await sign_in(client, "editor")
    form = FormData()
    form.add_field("kind", "procedures")
    form.add_field("file", b"x", filename="a.csv")
    assert (await client.post("/admin/import", data=form)).status == 403
    assert not (settings.data / "uploads").exists()


async def test_what_a_dead_process_left_is_read_again(client: TestClient, app: web.Application, settings: Any) -> None:
    csrf = await sign_in(client, "editor")
    told = (await send(client, csrf, "procedures", "a.jsonl.gz", listed(3)))[1]
    await settled(client, told["url"])
    state = next((settings.data / "uploads").iterdir()) / "state.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"stage": Stage.IMPORTING}), encoding="utf-8")
    long_ago = time.time() - 120
    os.utime(state, (long_ago, long_ago))
    text = await settled(client, told["url"])
    assert "Xác nhận nạp" in text
    assert "khởi động lại khi đang nạp" in text


async def test_what_nobody_decides_on_is_deleted_after_a_day(
    client: TestClient, app: web.Application, settings: Any
) -> None:
    csrf = await sign_in(client, "editor")
    told = (await send(client, csrf, "procedures", "a.jsonl.gz", listed(1)))[1]
    await settled(client, told["url"])
    folder = folders(settings)[0]
    long_ago = time.time() - uploads_module.KEPT.total_seconds() - 60
    os.utime(folder, (long_ago, long_ago))
    assert app[UPLOADS].all() == []
    assert folders(settings) == []


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\a\\Danh mục (1).XLSX", "Danh-mục-1.xlsx"),
        ("..", "tep"),
        ("\x00.csv", "csv"),
        ("state.json", "state.json"),
        ("a" * 300 + ".zip", "a" * 80 + ".zip"),
    ],
)
def test_a_name_is_made_plain(told: str, kept: str) -> None:
    assert safe_name(told) == kept


async def test_the_empty_table_can_be_had(client: TestClient) -> None:
    await sign_in(client, "editor")
    table = await (await client.get("/admin/import/template.csv")).read()
    assert "Mã số" in table.decode("utf-8-sig")
    assert (await client.get("/admin/import/template.exe")).status == 404
    table = await (await client.get("/admin/faq/template.csv")).read()
    assert table.decode("utf-8-sig").strip() == FAQS.partition("\n")[0]

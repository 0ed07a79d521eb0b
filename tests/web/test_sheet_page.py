from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient

from knowledge.catalog import Catalog
from knowledge.starter import load_starter
from knowledge.types import Kind, Status
from storage.conversations import Conversations
from tests.channels.scripted import ScriptedAssistant
from tests.web.test_pages import Page
from web.app import create_app
from web.qr import qr_svg
from web.settings import Settings

CODES = {"1.001193", "1.000894", "2.000635"}
RECORDS = {procedure.code: procedure for procedure in load_starter() if procedure.code in CODES}
BIRTH = RECORDS["1.001193"]


@pytest.fixture
def catalog(conversations: Conversations) -> Catalog:
    catalog = Catalog(conversations.engine)
    internal = replace(BIRTH, code="1.000001", name="Việc nội bộ của cơ quan", kind=Kind.INTERNAL)
    drafted = replace(BIRTH, code="1.000003", name="Việc chưa công bố", status=Status.DRAFT)
    catalog.put([*RECORDS.values(), internal, drafted], "import", "test")
    return catalog


@pytest.fixture
async def reader(catalog: Catalog, client: TestClient) -> TestClient:
    return client


async def read(client: TestClient, path: str) -> tuple[Page, str]:
    response = await client.get(path)
    assert response.status == 200
    text = await response.text()
    return Page(text), text


async def test_a_sheet_has_all_facets_the_source_and_the_way_to_the_chat(reader: TestClient) -> None:
    page, text = await read(reader, "/p/1.001193")
    assert len(page.all("section")) >= 12
    assert page.all("section", id="legal")
    assert page.all("a", href=BIRTH.source_url, rel="noopener noreferrer")
    assert page.all("a", href="/?p=1.001193")
    assert "<h1>Đăng ký khai sinh</h1>" in text
    assert "cập nhật 15/4/2026" in text


async def test_it_tells_others_what_it_is_about(reader: TestClient) -> None:
    page, _ = await read(reader, "/p/1.001193")
    url = "https://hoi.example.gov.vn/p/1.001193"
    assert page.all("link", rel="canonical", href=url)
    assert page.all("meta", property="og:url", content=url)
    assert page.all("meta", property="og:title", content="Đăng ký khai sinh")
    (about,) = page.all("meta", property="og:description")
    assert "khai sinh" in str(about["content"]).lower()


async def test_nothing_inline_and_nothing_of_others_is_loaded(reader: TestClient) -> None:
    page, _ = await read(reader, "/p/1.001193")
    assert not page.all("style")
    assert not [has for _, has in page.elements for name in has if name == "style" or name.startswith("on")]
    loaded = [has.get("src") for has in page.all("script") + page.all("img")] + [
        has["href"] for has in page.all("link") if has["rel"] != "canonical"
    ]
    assert loaded
    assert all(str(address).startswith("/static/") for address in loaded)


async def test_it_is_sent_again_only_when_something_changed(reader: TestClient, catalog: Catalog) -> None:
    first = await reader.get("/p/1.001193")
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert "Set-Cookie" not in first.headers
    held = {"If-None-Match": first.headers["ETag"]}
    again = await reader.get("/p/1.001193", headers=held)
    assert again.status == 304
    assert await again.read() == b""
    catalog.put([replace(BIRTH, summary="Ghi việc sinh của trẻ.")], "import", "test")
    changed = await reader.get("/p/1.001193", headers=held)
    assert changed.status == 200
    assert "Ghi việc sinh của trẻ." in await changed.text()


async def test_a_provinces_code_goes_to_the_sheet_of_all(reader: TestClient) -> None:
    response = await reader.get("/p/1.001193.000.00.00.H35", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, "/p/1.001193")


@pytest.mark.parametrize("code", ["9.999999", "khai-sinh", "1.000001", "1.000003", "%3Cscript%3E", "x" * 5000])
async def test_what_citizens_may_not_see_and_what_is_not_there_look_alike(reader: TestClient, code: str) -> None:
    response = await reader.get(f"/p/{code}")
    assert response.status == 404
    text = await response.text()
    assert "nội bộ" not in text
    assert "chưa công bố" not in text
    assert "<script>" not in text
    assert len(text) < 4000
    assert Page(text).all("a", href="/")


async def test_a_withdrawn_procedure_says_so_and_tells_none_of_its_facts(reader: TestClient, catalog: Catalog) -> None:
    catalog.put([replace(BIRTH, status=Status.WITHDRAWN)], "import", "test")
    response = await reader.get("/p/1.001193")
    assert response.status == 410
    text = await response.text()
    assert "Đăng ký khai sinh" in text
    assert "đã ngừng công bố" in text
    assert "Tờ khai" not in text
    catalog.put([replace(BIRTH, code="1.000001", kind=Kind.INTERNAL, status=Status.WITHDRAWN)], "import", "test")
    assert (await reader.get("/p/1.000001")).status == 404


async def test_a_case_is_chosen_by_a_link(reader: TestClient) -> None:
    _, whole = await read(reader, "/p/1.001193")
    page, text = await read(reader, "/p/1.001193?case=abandoned&case=nonsense")
    assert "hỗ trợ sinh sản" in whole
    assert "hỗ trợ sinh sản" not in text
    told = page.all("a", **{"class": "choice chosen"})
    assert {link["href"] for link in told} == {"/p/1.001193?case=abandoned&case=self#documents"}


async def test_words_of_a_record_are_shown_as_words(reader: TestClient, catalog: Catalog) -> None:
    catalog.put([replace(BIRTH, name="Khai <b>sinh</b>", conditions="<script>x</script>")], "import", "test")
    _, text = await read(reader, "/p/1.001193")
    assert "<script>x" not in text
    assert "Khai &lt;b&gt;sinh" in text


async def test_other_services_are_offered_where_they_are_set_up(
    settings: Settings,
    assistant: ScriptedAssistant,
    conversations: Conversations,
    catalog: Catalog,
    aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> None:
    named = replace(settings, telegram_bot="motcua_bot", zalo_oa="1234567890")
    page, text = await read(await aiohttp_client(create_app(named, assistant, conversations)), "/p/1.001193")
    assert page.all("a", href="https://t.me/motcua_bot?start=p-1_001193")
    assert page.all("a", href="https://zalo.me/1234567890")
    without = await aiohttp_client(create_app(settings, assistant, conversations))
    assert "t.me/motcua_bot" not in (await read(without, "/p/1.001193"))[1]
    assert "Hỏi trên Zalo" in text


async def test_share_links_carry_the_address(reader: TestClient) -> None:
    page, _ = await read(reader, "/p/1.001193")
    own = "https%3A%2F%2Fhoi.example.gov.vn%2Fp%2F1.001193"
    shared = [str(link["href"]) for link in page.all("a") if own in str(link["href"])]
    assert [address.split("/")[2] for address in shared] == ["www.facebook.com", "t.me"]


async def test_the_code_in_print_is_that_of_the_sheet(reader: TestClient) -> None:
    _, text = await read(reader, "/p/1.001193")
    assert qr_svg("https://hoi.example.gov.vn/p/1.001193") in text

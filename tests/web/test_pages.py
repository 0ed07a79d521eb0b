from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from aiohttp.test_utils import TestClient

from knowledge.catalog import Catalog
from knowledge.starter import load_starter
from storage.conversations import Conversations
from tests.channels.scripted import BIRTH, DOCUMENTS, ScriptedAssistant
from web.pages import COOKIE, EXAMPLES

LARGEST_FIRST_LOAD = 25_000  # bytes, all that the first screen needs (issue 2)


class Page(HTMLParser):
    """What stands on a page: its elements with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [has for name, has in self.elements if name == tag and wanted.items() <= has.items()]


async def read(client: TestClient, path: str = "/") -> Page:
    response = await client.get(path)
    assert response.status == 200
    return Page(await response.text())


async def post(client: TestClient, **fields: str) -> int:
    return (await client.post("/", data=fields, allow_redirects=False)).status


@pytest.mark.parametrize("path", ["/", "/embed"])
async def test_the_first_screen_shows_what_can_be_asked(client: TestClient, path: str) -> None:
    page = await read(client, path)
    offered = [button["value"] for button in page.all("button", name="text")]
    assert tuple(offered[:4]) == EXAMPLES
    assert len(offered) == 12
    assert page.all("html", lang="vi")
    assert page.all("label", **{"for": "text"})
    assert page.all("div", role="log")


async def test_nothing_inline_that_the_policy_forbids(client: TestClient) -> None:
    page = await read(client)
    assert all(script.get("src") for script in page.all("script"))
    assert not page.all("style")
    assert not [has for _, has in page.elements for name in has if name == "style" or name.startswith("on")]


async def test_the_first_load_is_small(client: TestClient) -> None:
    page = await read(client)
    linked = (
        page.all("link", rel="stylesheet") + page.all("link", rel="preload") + page.all("link", rel="modulepreload")
    )
    addresses = {link["href"] for link in linked + page.all("link", rel="icon")}
    addresses |= {script["src"] for script in page.all("script")}
    sizes = {}
    for address in ["/", *sorted(map(str, addresses))]:
        response = await client.get(address, headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
        sizes[address.rsplit("/", 1)[-1]] = len(await response.read())
    assert {"", "chat.css", "chat.js", "be-vietnam-pro-400.woff2"} <= set(sizes)
    assert sum(sizes.values()) <= LARGEST_FIRST_LOAD, sizes


async def test_every_module_a_page_imports_is_fetched_at_once(client: TestClient) -> None:
    page = await read(client)
    preloaded = {str(link["href"]).rsplit("/", 1)[-1] for link in page.all("link", rel="modulepreload")}
    imported = set()
    for link in page.all("link", rel="modulepreload"):
        imported |= set(re.findall(r'from "\./([\w.]+)"', await (await client.get(str(link["href"]))).text()))
    assert imported
    assert imported <= preloaded


async def test_files_may_be_kept_for_good_under_their_version(client: TestClient) -> None:
    address = str((await read(client)).all("link", rel="stylesheet")[0]["href"])
    response = await client.get(address)
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    old = await client.get("/static/000000000000/chat.css")
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("offer", ["gzip", "identity", "gzip;q=0", "br, gzip;q=0.5"])
async def test_a_file_is_asked_for_again_only_when_changed(client: TestClient, offer: str) -> None:
    headers = {"Accept-Encoding": offer}
    first = await client.get("/widget.js", headers=headers)
    assert first.headers["Vary"] == "Accept-Encoding"
    assert (first.headers.get("Content-Encoding") == "gzip") == (offer in ("gzip", "br, gzip;q=0.5"))
    again = await client.get("/widget.js", headers=headers | {"If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    other = await client.get("/widget.js", headers=headers | {"If-None-Match": '"something"'})
    assert other.status == 200


async def test_without_javascript_a_form_asks_and_the_page_answers(client: TestClient) -> None:
    response = await client.post("/", data={"text": "giấy khai sinh", "nonce": "1"}, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/#cuoi")
    cookie = response.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    client.session.cookie_jar.update_cookies({COOKIE: cookie.value})  # a test speaks plain http
    page = await read(client)
    assert page.all("body", **{"class": "started"})
    assert page.all("article", id="cuoi")
    text = await (await client.get("/")).text()
    assert "giấy khai sinh" in text
    assert "Giấy chứng sinh, bản chính" in text
    taps = page.all("button", name="payload")
    assert [tap["value"] for tap in taps] == [s.payload for s in DOCUMENTS.suggestions if s.payload]
    assert all(a["rel"] == "noopener noreferrer" for a in page.all("a", href=BIRTH))
    assert len(page.all("a", href=BIRTH)) == 2


async def begin(client: TestClient, conversations: Conversations) -> str:
    made = conversations.create("web")
    client.session.cookie_jar.update_cookies({COOKIE: f"{made.id}.{made.token}"}, client.make_url("/"))
    return made.id


async def test_a_tap_without_javascript(
    client: TestClient, conversations: Conversations, assistant: ScriptedAssistant
) -> None:
    await begin(client, conversations)
    await post(client, text="khai sinh", nonce="1")
    await post(client, payload="facet:1.001193:fee", nonce="1")
    assert [message.payload for message in assistant.heard] == [None, "facet:1.001193:fee"]
    page = await read(client)
    assert page.all("button", value="facet:1.001193:fee", **{"class": "choice chosen"})
    assert "4.000 đồng" in await (await client.get("/")).text()


async def test_the_same_form_twice_is_one_message(client: TestClient, conversations: Conversations) -> None:
    conversation_id = await begin(client, conversations)
    for text in ["khai sinh", "khai sinh", "kết hôn"]:
        await post(client, text=text, nonce="1")
    said = [e.body["text"] for e in conversations.entries_after(conversation_id, 0) if e.role == "citizen"]
    assert said == ["khai sinh", "kết hôn"]


async def test_words_are_shown_as_words(client: TestClient, conversations: Conversations) -> None:
    await begin(client, conversations)
    await post(client, text='<script>alert("x")</script>', nonce="1")
    text = await (await client.get("/")).text()
    assert "&lt;script&gt;alert(" in text
    assert "<script>alert" not in text


async def test_without_javascript_too_it_is_seen_who_answers(client: TestClient, conversations: Conversations) -> None:
    made = conversations.create("web")
    conversations.append_reply(made.id, DOCUMENTS.to_json() | {"text": "Lan trả lời.", "notice": "taken"}, "assistant")
    conversations.append_reply(made.id, {"text": "Chào bác.", "author": "Nguyễn Thị Lan"})
    client.session.cookie_jar.update_cookies({COOKIE: f"{made.id}.{made.token}"}, client.make_url("/"))
    text = await (await client.get("/")).text()
    assert '<p class="turn">Lan trả lời.</p>' in text
    assert '<p class="who">Nguyễn Thị Lan (cán bộ)</p>' in text


async def test_a_blank_form_says_nothing(client: TestClient, assistant: ScriptedAssistant) -> None:
    assert await post(client, text="  ", nonce="1") == 303
    assert await post(client) == 303
    assert assistant.heard == []


async def test_beginning_anew_forgets_the_conversation(client: TestClient, conversations: Conversations) -> None:
    await begin(client, conversations)
    await post(client, text="khai sinh", nonce="1")
    assert await post(client, restart="1") == 303
    assert not (await read(client)).all("article")


@pytest.mark.parametrize("value", ["nobody.token", "x", ".", "\u0103.b"])
async def test_a_cookie_that_opens_nothing_shows_the_first_screen(client: TestClient, value: str) -> None:
    response = await client.get("/", headers={"Cookie": f"{COOKIE}={value}"})
    assert response.status == 200
    assert not Page(await response.text()).all("article")


@pytest.mark.parametrize(
    ("name", "origin", "status"),
    [
        ("Origin", "https://evil.example", 403),
        ("Origin", "null", 403),
        ("Referer", "https://evil.example/page", 403),
        ("Origin", "https://hoi.example.gov.vn", 303),
        ("Referer", "https://hoi.example.gov.vn/", 303),
    ],
)
async def test_another_site_cannot_speak_for_a_citizen(
    client: TestClient, assistant: ScriptedAssistant, name: str, origin: str, status: int
) -> None:
    response = await client.post("/", data={"text": "a"}, headers={name: origin}, allow_redirects=False)
    assert response.status == status
    assert len(assistant.heard) == (status == 303)


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"text=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"text=a", "application/x-www-form-urlencoded; charset=nonsense", 400),
        (b"text=" + b"a" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"payload=%00", "application/x-www-form-urlencoded", 422),
        (b"nonsense", "multipart/form-data; boundary=x", 400),
        (b"text=a", "text/plain", 303),
    ],
)
async def test_broken_forms_get_clear_errors(client: TestClient, data: bytes, content_type: str, status: int) -> None:
    headers = {"Content-Type": content_type}
    response = await client.post("/", data=data, headers=headers, allow_redirects=False)
    assert response.status == status


async def test_a_failing_assistant_says_so_and_keeps_the_words(
    client: TestClient, conversations: Conversations, assistant: ScriptedAssistant
) -> None:
    await begin(client, conversations)
    await post(client, text="kết hôn", nonce="1")
    assistant.failure = RuntimeError()
    response = await client.post("/", data={"text": "khai sinh", "nonce": "2"}, allow_redirects=False)
    assert response.status == 200
    text = await response.text()
    assert "Tôi đang gặp trục trặc" in text
    assert "Tôi nghe: kết hôn" in text
    assert re.search(r"<textarea[^>]*>khai sinh</textarea>", text)


async def test_a_first_message_that_fails_keeps_its_conversation(
    client: TestClient, assistant: ScriptedAssistant
) -> None:
    assistant.failure = RuntimeError()
    response = await client.post("/", data={"text": "khai sinh"}, allow_redirects=False)
    assert response.cookies[COOKIE].value


async def test_before_the_assistant_is_ready(client: TestClient, assistant: ScriptedAssistant) -> None:
    assistant.ready = False
    response = await client.post("/", data={"text": "a"}, headers={"Accept": "text/html"}, allow_redirects=False)
    assert response.status == 503
    assert "đang khởi động" in await response.text()
    assert assistant.heard == []


# ---- opened on a procedure by a link or a QR code

STARTER = {procedure.code: procedure for procedure in load_starter()}


@pytest.fixture
def catalogued(conversations: Conversations) -> None:
    Catalog(conversations.engine).put([STARTER["1.001193"]], "import", "test")


@pytest.mark.usefixtures("catalogued")
@pytest.mark.parametrize("path", ["/?p=1.001193", "/embed?p=1.001193", "/?p=1.001193.000.00.00.H35"])
async def test_a_link_opens_the_chat_on_a_procedure(
    client: TestClient, assistant: ScriptedAssistant, path: str
) -> None:
    page = await read(client, path)
    assert page.all("main", **{"data-open": "about:1.001193", "data-name": "Đăng ký khai sinh"})
    assert page.all("body", **{"class": "started"})
    assert len(page.all("article")) == 1
    assert page.all("button", value="facet:1.001193:documents")
    assert page.all("input", name="p", value="1.001193")
    # Whoever only looks (or a service that previews links) begins no conversation.
    assert assistant.heard == []


@pytest.mark.usefixtures("catalogued")
async def test_words_written_there_without_javascript_are_about_it(
    client: TestClient, conversations: Conversations, assistant: ScriptedAssistant
) -> None:
    conversation_id = await begin(client, conversations)
    await post(client, text="bao nhiêu tiền", nonce="1", p="1.001193")
    assert [(message.payload, message.text) for message in assistant.heard] == [
        ("about:1.001193", ""),
        (None, "bao nhiêu tiền"),
    ]
    await post(client, text="bao nhiêu tiền", nonce="1", p="1.001193")
    said = [entry for entry in conversations.entries_after(conversation_id, 0) if entry.role == "citizen"]
    assert len(said) == 2
    assert "(mở thủ tục từ đường dẫn)" in await (await client.get("/")).text()


@pytest.mark.usefixtures("catalogued")
@pytest.mark.parametrize("code", ["9.999999", "<b>", "", "1.001193'--"])
async def test_a_link_to_no_procedure_says_so_and_asks(
    client: TestClient, assistant: ScriptedAssistant, code: str
) -> None:
    response = await client.get("/", params={"p": code})
    assert response.status == 200
    text = await response.text()
    assert "Danh mục không có thủ tục của đường dẫn này" in text
    assert "data-open" not in text
    assert "<b>" not in text
    await post(client, text="khai sinh", nonce="1", p=code)
    assert [message.payload for message in assistant.heard] == [None]


@pytest.mark.parametrize(("theme", "worn"), [("dark", "dark"), ("light", "light"), ('x" onload="y', None), ("", None)])
async def test_the_frame_wears_the_theme_of_its_site(client: TestClient, theme: str, worn: str | None) -> None:
    response = await client.get("/embed", params={"theme": theme})
    (root,) = Page(await response.text()).all("html")
    assert root.get("data-theme") == worn
    assert "onload" not in root


@pytest.mark.parametrize("path", ["/", "/embed", "/?p=1.001193", "/p/1.001193"])
async def test_only_named_sites_may_frame_the_chat_and_none_anything_else(client: TestClient, path: str) -> None:
    policy = (await client.get(path)).headers["Content-Security-Policy"]
    allowed = policy.rsplit("frame-ancestors ", 1)[1]
    assert allowed == ("'self' https://xa.example.gov.vn" if path == "/embed" else "'none'")


@pytest.mark.parametrize("method", ["OPTIONS", "POST"])
async def test_other_sites_cannot_read_the_conversations(client: TestClient, method: str) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = await client.request(method, "/api/v1/conversations", headers=headers)
    assert not [name for name in response.headers if name.startswith("Access-Control")]

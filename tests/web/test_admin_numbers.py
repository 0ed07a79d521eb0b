"""The page of numbers and what can be downloaded there."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy import Engine, insert

from knowledge.catalog import IMPORT, Catalog
from knowledge.days import VIETNAM, today
from knowledge.types import Procedure
from storage.audit import Wanted, lines
from storage.database import writing
from storage.numbers import Period
from storage.schema import conversations, now, questions, ratings
from tests.web.staff_side import sign_in
from web.admin.exports import csv_lines, open_data, plain, rounded
from web.admin.numbers import PeriodError, read_period
from web.sheet_page import ENGINE

BIRTH = Procedure(
    code="1.001193",
    name="Đăng ký khai sinh",
    source="Bộ Tư pháp",
    source_url="https://a.gov.vn/1",
    fields=("Hộ tịch",),
)


def said(
    engine: Engine, text: str, outcome: str = "answered", channel: str = "web", *, at: datetime | None = None
) -> str:
    """Add a conversation of one message and return its id."""
    moment = at or now()
    id = f"c-{moment.timestamp()}-{text}"
    row = {"id": id, "channel": channel, "created_at": moment, "updated_at": moment}
    question = {
        "conversation_id": id,
        "text": text,
        "outcome": outcome,
        "confidence": 0.87,
        "codes": [BIRTH.code] if outcome == "answered" else [],
        "channel": channel,
        "language": "vi",
        "created_at": moment,
    }
    with writing(engine) as connection:
        connection.execute(insert(conversations), row)
        connection.execute(insert(questions), question)
    return id


@pytest.fixture
def engine(app: web.Application) -> Engine:
    Catalog(app[ENGINE]).put([BIRTH], IMPORT, "test")
    return app[ENGINE]


async def text_of(client: TestClient, path: str, status: int = 200) -> str:
    response = await client.get(path)
    assert response.status == status
    return await response.text()


async def test_the_page_shows_figures_charts_and_their_tables(client: TestClient, engine: Engine) -> None:
    for number in range(4):
        said(engine, f"khai sinh {number}")
    said(engine, "nuôi chó", "abstained", "zalo")
    id = said(engine, "tạm trú")
    rated = {"conversation_id": id, "asked_at": now(), "score": 5, "comment": "nhanh <b>", "by_staff": False}
    with writing(engine) as connection:
        connection.execute(insert(ratings), rated | {"code": BIRTH.code})
    await sign_in(client, "supervisor")
    page = await text_of(client, "/admin/numbers")
    assert "nhanh &lt;b&gt;" in page
    shown = html.unescape(re.sub(r"\s+", " ", page))
    assert re.search(r"Tin nhắn của người dân</p><p class=\"value\">6</p>", shown)
    assert re.search(r"Tự trả lời xong</p><p class=\"value\">83%</p>", shown)
    assert 'Đăng ký khai sinh (1.001193)</th><td class="number" data-n="5">5</td>' in shown
    assert '<th scope="row">Hộ tịch</th><td class="number" data-n="1">1</td>' in shown
    assert shown.count("<canvas") == shown.count("<caption") == 6  # nobody waited: no chart of waits
    assert "style=" not in page
    one = await text_of(client, "/admin/numbers?channel=zalo")
    assert re.search(r"Tin nhắn của người dân</p><p class=\"value\">1</p>", one)


async def test_an_empty_period_says_so_and_loads_no_charts(client: TestClient, engine: Engine) -> None:
    await sign_in(client, "editor")
    page = await text_of(client, "/admin/numbers?from=2024-01-01&to=2024-01-31")
    assert "Chưa có ai hỏi trong khoảng này" in page
    assert "chart.umd" not in page
    assert 'value="2024-01-01"' in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=2026-02-02&to=2026-02-01", "Ngày đầu đang sau ngày cuối"),
        ("from=hôm qua", "Không đọc được ngày"),
        ("from=2020-01-01&to=2026-01-01", "dài hơn một năm"),
    ],
)
async def test_a_period_that_cannot_be_counted_is_explained_and_kept(
    client: TestClient, engine: Engine, query: str, words: str
) -> None:
    await sign_in(client, "administrator")
    page = await text_of(client, f"/admin/numbers?{query}", 422)
    assert words in page
    assert f'value="{query.split("=")[1].split("&")[0]}"' in page
    for path in ("/admin/numbers.csv", "/admin/open-data.json"):
        assert words in await text_of(client, f"{path}?{query}", 422)


def test_without_a_period_it_is_the_last_week() -> None:
    assert read_period({}) == Period(today() - timedelta(days=6), today())
    assert read_period({"from": "2026-11-01", "to": "2026-11-03", "channel": "zalo"}) == Period(
        date(2026, 11, 1), date(2026, 11, 3), "zalo"
    )
    with pytest.raises(PeriodError):
        read_period({"to": "2026-13-01"})


async def test_agents_see_neither_figures_nor_exports(client: TestClient, engine: Engine) -> None:
    await sign_in(client, "agent")
    for path in ("/admin/numbers", "/admin/numbers.csv", "/admin/asked.csv", "/admin/open-data.json"):
        assert (await client.get(path)).status == 403


async def test_counts_come_as_a_table_that_excel_opens(client: TestClient, engine: Engine) -> None:
    at = datetime(2026, 11, 20, 9, 30, tzinfo=VIETNAM)
    said(engine, "một", at=at)
    said(engine, "hai", "clarify", at=at)
    await sign_in(client, "editor")
    response = await client.get("/admin/numbers.csv?from=2026-11-20&to=2026-11-20")
    body = await response.read()
    assert body.startswith(b"\xef\xbb\xbf")
    assert response.headers["Content-Disposition"] == 'attachment; filename="so-lieu-2026-11-20-2026-11-20.csv"'
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert rows == [
        ["Ngày", "Giờ", "Kênh", "Kết quả", "Số tin nhắn"],
        ["2026-11-20", "9", "Trang web", "Trả lời", "1"],
        ["2026-11-20", "9", "Trang web", "Hỏi lại cho rõ", "1"],
    ]


async def test_questions_come_whole_newest_first_and_no_cell_is_a_formula(client: TestClient, engine: Engine) -> None:
    start = datetime(2026, 11, 20, 0, 0, tzinfo=VIETNAM)
    for number in range(1_203):
        said(engine, f"câu {number}", at=start + timedelta(minutes=number))
    said(engine, '=HYPERLINK("http://x","y")', at=start)
    said(engine, "ngày khác", at=start - timedelta(days=1))
    await sign_in(client, "supervisor", login="hoa")
    body = await text_of(client, "/admin/asked.csv?from=2026-11-20&to=2026-11-20")
    rows = list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))
    assert len(rows) == 1 + 1_204
    assert len({row[0] for row in rows}) == 1 + 1_204
    assert rows[1][3] == '\'=HYPERLINK("http://x","y")'
    assert rows[2][1:7] == ["2026-11-20 20:02", "Trang web", "câu 1202", "Trả lời", "87", "1.001193"]
    (line,) = lines(engine, Wanted(action="asked.export"), 5)
    assert (line.author, line.subject) == ("hoa", "from=2026-11-20&to=2026-11-20")
    few = await text_of(client, "/admin/asked.csv?q=ngày khác")
    assert [row[3] for row in csv.reader(io.StringIO(few))][1:] == ["ngày khác"]


@pytest.mark.parametrize("cell", ["=1+1", "+84", "-2", "@x", "\t=1", "\r=1"])
def test_what_looks_like_a_formula_is_made_words(cell: str) -> None:
    assert plain(cell) == f"'{cell}"
    assert list(csv.reader(io.StringIO("".join(csv_lines(["a"], [[cell]])), newline="")))[1] == [f"'{cell}"]


def test_other_cells_stay_as_they_are() -> None:
    assert [plain(cell) for cell in ("lệ phí = 0", "", -5, "a,b")] == ["lệ phí = 0", "", -5, "a,b"]


@pytest.mark.parametrize(("count", "told"), [(5, 5), (7, 5), (8, 10), (12, 10), (13, 15), (100, 100)])
def test_counts_are_rounded_to_five(count: int, told: int) -> None:
    assert rounded(count) == told


def read_open(engine: Engine, period: Period) -> dict[str, Any]:
    return dict(json.loads("".join(open_data(engine, period, now()))))


def test_open_data_holds_no_word_and_no_small_group(engine: Engine) -> None:
    day = datetime(2026, 11, 20, 9, tzinfo=VIETNAM)
    for number in range(8):
        said(engine, f"bí mật {number}", at=day + timedelta(seconds=number))
    for number in range(4):
        said(engine, f"hiếm {number}", "abstained", "zalo", at=day + timedelta(seconds=number))
    told = read_open(engine, Period(day.date(), day.date()))
    assert told["by_channel"] == [{"day": "2026-11-20", "channel": "web", "messages": 10}]
    assert told["by_outcome"] == [{"day": "2026-11-20", "outcome": "answered", "messages": 10}]
    assert told["by_procedure"] == [
        {"day": "2026-11-20", "code": "1.001193", "name": "Đăng ký khai sinh", "messages": 10}
    ]
    assert (told["smallest_group"], told["rounded_to"]) == (5, 5)
    words = json.dumps(told, ensure_ascii=False)
    assert "bí mật" not in words
    assert "zalo" not in words


def test_one_person_who_writes_often_is_a_group_of_one(engine: Engine) -> None:
    day = datetime(2026, 11, 20, 9, tzinfo=VIETNAM)
    id = said(engine, "khai sinh", at=day)
    again = {"conversation_id": id, "text": "khai sinh", "outcome": "answered", "confidence": 1.0, "created_at": day}
    with writing(engine) as connection:
        rows = [again | {"codes": [BIRTH.code], "channel": "web", "language": "vi"} for _ in range(30)]
        connection.execute(insert(questions), rows)
    told = read_open(engine, Period(day.date(), day.date()))
    assert told["by_channel"] == told["by_outcome"] == told["by_procedure"] == []


async def test_open_data_is_downloaded_as_json(client: TestClient, engine: Engine) -> None:
    for number in range(1_200):
        said(engine, f"{number}", at=now() - timedelta(seconds=number))
    await sign_in(client, "administrator")
    response = await client.get("/admin/open-data.json")
    assert response.content_type == "application/json"
    told = json.loads(await response.text())
    assert told["period"]["to"] == today().isoformat()
    assert sum(row["messages"] for row in told["by_channel"]) == pytest.approx(1_200, abs=5)

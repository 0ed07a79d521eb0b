from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from bot.messages import File, FileKind, Location
from channels.base import Delivery
from channels.inbox import Inbox, arrival_of
from channels.seal import Seal

# Both kinds of database: tests/storage.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "delivery",
    [
        Delivery("telegram", "1", "lan", text="khai sinh", sent_at=AT),
        Delivery("telegram", "1", "lan", token="t:0123456789", sent_at=AT),
        Delivery("zalo", "1", "lan", text="#t:0123456789", token="t:0123456789", sent_at=AT),
        Delivery("zalo", "1", "lan", location=Location(21.03, 105.85, "Hoàn Kiếm"), sent_at=AT),
        Delivery("zalo", "1", "lan", files=(File(FileKind.IMAGE, "a", "b.jpg", 5), File(FileKind.AUDIO)), sent_at=AT),
    ],
)
async def test_a_delivery_comes_out_as_it_went_in(engine: Engine, delivery: Delivery) -> None:
    inbox = Inbox(engine, Seal("tests"))
    assert await inbox.store([delivery]) == 1
    (claimed,) = await inbox.claim([delivery.channel], 1)
    assert inbox.read(claimed) == delivery


async def test_only_what_is_new_is_news(engine: Engine) -> None:
    inbox = Inbox(engine, Seal("tests"))
    assert await inbox.store([]) == 0
    assert not inbox.news.is_set()
    await inbox.store([Delivery("telegram", "1", "lan", text="a")])
    assert inbox.news.is_set()
    inbox.news.clear()
    assert await inbox.store([Delivery("telegram", "1", "lan", text="a")]) == 0
    assert not inbox.news.is_set()


async def test_what_no_database_takes_is_mended(engine: Engine) -> None:
    broken = Delivery("telegram", "1\0", "\ud83dlan", text="khai \ud83d sinh\0", token="\udc00", sent_at=AT)
    inbox = Inbox(engine, Seal("tests"))
    assert await inbox.store([broken]) == 1
    (claimed,) = await inbox.claim(["telegram"], 1)
    assert claimed.arrival.delivery_id == "1\ufffd"
    assert inbox.read(claimed).text == "khai \ufffd sinh\0"
    assert arrival_of(broken, Seal("tests")).sender_id == "\ufffdlan"

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

import web.channel_metrics
from channels.base import Delivery
from channels.inbox import Inbox
from channels.seal import Seal
from storage.channel_state import ChannelState
from storage.conversations import Conversations
from storage.switches import pause
from tests.docs.test_docs import text_of
from web.channel_metrics import _GAUGES, ChannelGauges, gauges, held_counts

AT = datetime(2026, 11, 22, tzinfo=UTC)
# Both kinds of database: tests/storage.
sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_the_state_of_a_channel_as_text() -> None:
    state = ChannelState(last_in=AT, to_answer=3, oldest_to_answer=AT, dead=1)
    state.failures["busy"] = 2
    told = gauges({"telegram": state, "web": ChannelState()}, {"telegram"})
    lines = [line for line in told.splitlines() if not line.startswith("#")]
    assert lines == [
        f'motcua_channel_last_in_seconds{{channel="telegram"}} {AT.timestamp()}',
        'motcua_channel_waiting{channel="telegram",queue="inbox"} 3',
        'motcua_channel_waiting{channel="telegram",queue="outbox"} 0',
        'motcua_channel_waiting{channel="web",queue="inbox"} 0',
        'motcua_channel_waiting{channel="web",queue="outbox"} 0',
        f'motcua_channel_oldest_waiting_seconds{{channel="telegram",queue="inbox"}} {AT.timestamp()}',
        'motcua_channel_given_up{channel="telegram"} 1',
        'motcua_channel_given_up{channel="web"} 0',
        'motcua_channel_failed_sends{channel="telegram",kind="busy"} 2',
        'motcua_channel_paused{channel="telegram"} 1',
        'motcua_channel_paused{channel="web"} 0',
    ]
    assert 'paused{channel="web"} 1' in gauges({"web": state}, {"all"})


def test_what_the_gate_held_back() -> None:
    assert held_counts({("telegram", "flooded"): 2}).splitlines()[-1] == (
        'motcua_channel_held_total{channel="telegram",why="flooded"} 2'
    )


@sqlite
async def test_the_database_is_read_again_after_a_while(engine: Engine) -> None:
    clock = [0.0]
    read = ChannelGauges(engine, ["telegram"], lambda: clock[0])
    waiting = 'motcua_channel_waiting{channel="telegram",queue="inbox"} '
    assert waiting + "0" in read.exposition()
    await Inbox(engine, Seal("tests")).store([Delivery("telegram", "1", "lan", text="một")])
    assert waiting + "0" in read.exposition()
    clock[0] += 10
    assert waiting + "1" in read.exposition()


@sqlite
def test_a_database_that_is_away_leaves_the_other_numbers(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Engine) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(web.channel_metrics, "pauses", away)
    assert ChannelGauges(engine, ["web"]).exposition() == ""


async def test_they_stand_on_the_page(client: TestClient, conversations: Conversations) -> None:
    pause(conversations.engine, "all", "sự cố", "Lan", silent=False)
    text = await (await client.get("/metrics")).text()
    assert 'motcua_channel_paused{channel="web"} 1' in text
    assert "motcua_messages_total" in text


def test_every_name_is_documented() -> None:
    text = text_of("docs", "channels.md")
    assert {name for name in [*_GAUGES, "motcua_channel_held_total"] if f"`{name}`" not in text} == set()

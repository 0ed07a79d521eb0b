"""The desk's API, as its page uses it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, select, update

from bot.messages import Outcome, Reply
from channels.base import Limits
from channels.web import OUTBOX
from storage.audit import Wanted, lines
from storage.conversations import Conversations, Turn
from storage.database import writing
from storage.desk_rows import ASKED, Call, HeldAnswer
from storage.people import conversation_of
from storage.schema import now, outbox, staff_messages
from storage.zalo_takeovers import take_over
from tests.web.desk.desk_side import Agent

FEE = Reply("8.000 đồng", Outcome.ANSWERED, "fee", ("1.001193",), confidence=0.4).to_json()


def ask(conversations: Conversations, conversation: str, held: HeldAnswer | None = None, number: int = 1) -> None:
    turn = Turn(
        conversation,
        f"m{number}",
        {"text": "cho bác gặp cán bộ"},
        [{"text": "Tôi chuyển.", "outcome": "handoff"}],
        {"slots": {"focus": "1.001193"}, "address": "bác"},
        call=Call("approval" if held else ASKED, "1.001193", silent=True, held=held),
    )
    conversations.record_turn(turn)


async def test_an_agent_takes_answers_and_gives_back(
    lan: Agent, minh: Agent, conversations: Conversations, conversation: str
) -> None:
    ask(conversations, conversation)
    queue = await lan.get("/queue?view=waiting")
    (row,) = queue["conversations"]
    assert row["id"] == conversation
    assert row["status"] == "waiting"
    assert row["who"].startswith("Web · ")
    assert row["topic"] == {"code": "1.001193", "name": "1.001193"}  # not in this catalogue: the code is told
    assert row["last"]["text"] == "Tôi chuyển."
    assert row["citizen"]["text"] == "cho bác gặp cán bộ"
    red_at, since = (datetime.fromisoformat(row[name]) for name in ("red_at", "waiting_since"))
    assert red_at - since == timedelta(minutes=5)
    assert queue["counts"] == {"waiting": 1, "mine": 0, "all": 1, "done": 0}

    taken = (await lan.step(conversation, "take"))["summary"]
    assert (taken["status"], taken["mine"], taken["holder"]["name"]) == ("held", True, "Lan")
    refused = await minh.step(conversation, "take", status=409)
    assert refused == {
        "error": {"code": "held", "message": "Lan đang giữ cuộc này."},
        "holder": {"id": lan.id, "name": "Lan"},
    }
    body = {"key": "k1", "text": "Bác mang giấy chứng sinh.", "answers": 1, "draft": {"code": "1.001193", "x": 1}}
    answered = await lan.step(conversation, "reply", body, 201)
    assert answered["masked"] is False
    entry = answered["entry"]
    assert entry["author"] == {"id": lan.id, "name": "Lan"}
    assert entry["delivery"]["words"] == "đã có trên trang"
    assert (await lan.step(conversation, "reply", body, 201))["entry"]["id"] == entry["id"]
    refused = await minh.step(conversation, "reply", {"key": "k", "text": "chen vào"}, 409)
    assert refused["error"]["code"] == "held"

    assert (await lan.step(conversation, "back"))["summary"]["status"] == "bot"
    seen = await minh.get(f"/conversations/{conversation}?after=2")
    told = [(one["role"], one["body"]["text"], one["body"].get("notice")) for one in seen["entries"]]
    assert told == [
        ("assistant", "Lan (cán bộ) đang trả lời bác.", "taken"),
        ("staff", "Bác mang giấy chứng sinh.", None),
        ("assistant", "Tôi là trợ lý tự động, từ đây tôi lại trả lời bác.", "back"),
    ]
    assert seen["more"] is False
    with conversations.engine.connect() as connection:
        kept = connection.execute(select(staff_messages.c.answers, staff_messages.c.draft)).one()
    assert tuple(kept) == (1, {"code": "1.001193", "facet": None, "version": None, "text": None})


async def test_the_citizens_page_hears_of_it_at_once(lan: Agent, server: TestServer) -> None:
    opened = await lan.client.post("/api/v1/conversations")
    made = await opened.json()
    token = {"Authorization": f"Bearer {made['token']}"}
    events = await lan.client.get(f"/api/v1/conversations/{made['conversation_id']}/events", headers=token)
    await lan.step(made["conversation_id"], "take")
    async with asyncio.timeout(3):  # the page of another process would look after 4 s
        told = b""
        while b"(c\xc3\xa1n b\xe1\xbb\x99)" not in told:
            told += await events.content.readany()
    events.close()


async def test_a_supervisor_takes_over_with_a_reason(
    lan: Agent, minh: Agent, chi: Agent, conversation: str, engine: Engine
) -> None:
    await lan.step(conversation, "take")
    assert (await minh.post(f"/conversations/{conversation}/takeover", {"reason": "x"})).status == 403
    assert (await chi.step(conversation, "takeover", {"reason": " "}, 422))["error"]["code"] == "empty"
    taken = await chi.step(conversation, "takeover", {"reason": "Lan bận"})
    assert taken["summary"]["holder"]["name"] == "Chi"
    lost = await lan.step(conversation, "renew", status=409)
    assert lost["holder"]["name"] == "Chi"
    (line,) = lines(engine, Wanted(action="desk"), 9)
    assert (line.action, line.reason) == ("desk.takeover", "Lan: Lan bận")


async def test_a_conversation_goes_to_a_colleague_on_line(lan: Agent, minh: Agent, conversation: str) -> None:
    await lan.step(conversation, "take")
    refused = await lan.step(conversation, "handover", {"to": minh.id}, 409)
    assert refused["error"]["code"] == "not_online"
    await minh.done("/presence", {"status": "online"})
    told = await lan.get("/colleagues")
    assert {one["name"]: (one["presence"], one["load"]) for one in told} == {"Minh": ("online", 0), "Lan": ("away", 1)}
    given = await lan.step(conversation, "handover", {"to": minh.id, "note": "hỏi về đất"})
    assert (given["summary"]["holder"]["id"], given["summary"]["note"]) == (minh.id, "hỏi về đất")
    assert given["summary"]["mine"] is False
    assert (await lan.step(conversation, "handover", {"to": lan.id}, 409))["error"]["code"] == "not_online"
    await minh.done("/presence", {"status": "away"})


async def test_a_conversation_is_closed_with_a_reason(lan: Agent, conversation: str) -> None:
    assert (await lan.step(conversation, "close", {"reason": "answered"}, 409))["error"]["code"] == "not_held"
    await lan.step(conversation, "take")
    for reason in ("x", None, ["answered"], {}):
        refused = await lan.step(conversation, "close", {"reason": reason}, 422)
        assert refused["error"]["code"] == "wrong_field"
    assert (await lan.step(conversation, "close", {"reason": "other"}, 422))["error"]["code"] == "empty"
    closed = await lan.step(conversation, "close", {"reason": "spam"})
    assert (closed["summary"]["wrap_up"], closed["summary"]["holder"]) == ("spam", None)
    seen = await lan.get(f"/conversations/{conversation}")
    assert [one["body"].get("notice") for one in seen["entries"]] == ["taken"]  # rubbish is told no more


async def test_notes_are_masked_and_only_for_what_is_on_the_desk(lan: Agent, conversation: str) -> None:
    assert (await lan.step(conversation, "note", {"note": "x"}, 409))["error"]["code"] == "not_on_desk"
    await lan.step(conversation, "take")
    noted = await lan.step(conversation, "note", {"note": "căn cước 001099012345"})
    assert noted["summary"]["note"] == "căn cước [số căn cước]"


async def test_personal_numbers_in_an_answer_are_covered_but_an_offices_phone_stays(
    lan: Agent, conversation: str
) -> None:
    await lan.step(conversation, "take")
    text = "Gọi UBND phường 02838123456.\nCăn cước 001099012345 của bác đã có."
    told = await lan.step(conversation, "reply", {"key": "k", "text": text}, 201)
    assert told["masked"] is True
    expected = "Gọi UBND phường 02838123456.\nCăn cước [số căn cước] của bác đã có."
    assert told["entry"]["body"]["text"] == expected


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"key": "k", "text": "  "}, "empty"),
        ({"key": "k", "text": "a" * 4_001}, "too_long"),
        ({"key": "", "text": "a"}, "empty"),
        ({"key": "k", "text": 7}, "wrong_field"),
        ({"key": "k", "text": "a", "answers": "x"}, "wrong_field"),
        ({"key": "k", "text": "a", "answers": 2**80}, "wrong_field"),
        ({"key": "k", "text": "a", "answers": True}, "wrong_field"),
    ],
)
async def test_what_cannot_be_read_is_said_in_plain_words(
    lan: Agent, conversation: str, body: dict[str, Any], code: str
) -> None:
    await lan.step(conversation, "take")
    refused = await lan.step(conversation, "reply", body, 422)
    assert refused["error"]["code"] == code
    assert refused["error"]["message"]
    assert len((await lan.get(f"/conversations/{conversation}"))["entries"]) == 1


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(lan: Agent, conversation: str, raw: bytes) -> None:
    path = f"/desk/api/conversations/{conversation}/note"
    answer = await lan.client.post(path, data=raw, headers={"X-CSRF-Token": lan.csrf})
    assert answer.status in (400, 413)


@pytest.mark.parametrize(
    "query",
    ["view=x", "before=-1", "before=9999999999999999999", "wait=x", "wait=99999999", "before=8999999999999999999"],
)
async def test_a_queue_nobody_can_show_is_refused(lan: Agent, query: str) -> None:
    answer = await lan.client.get(f"/desk/api/queue?{query}")
    assert (answer.status, (await answer.json())["error"]["code"]) == (422, "wrong_field")


@pytest.mark.parametrize("name", ["none", "%00", "c%C3%A1", "a%0Ab"])
async def test_a_conversation_that_is_none_is_not_found(lan: Agent, name: str) -> None:
    answer = await lan.client.get(f"/desk/api/conversations/{name}")
    assert (answer.status, (await answer.json())["error"]["code"]) == (404, "unknown_conversation")
    for step in ("take", "renew", "back", "note"):
        assert (await lan.post(f"/conversations/{name}/{step}", {"note": "x"})).status == 404


async def test_half_characters_and_nul_are_mended(lan: Agent, conversation: str) -> None:
    await lan.step(conversation, "take")
    told = await lan.step(conversation, "reply", {"key": "k", "text": "a\ud800b\0c"}, 201)
    assert told["entry"]["body"]["text"] == "a\ufffdbc"


async def test_an_answer_that_waits_is_approved_or_edited(
    lan: Agent, minh: Agent, conversations: Conversations, conversation: str
) -> None:
    ask(conversations, conversation, HeldAnswer([FEE], 0.4, 60))
    seen = await lan.get(f"/conversations/{conversation}")
    held = seen["held_answer"]
    assert (held["replies"], held["confidence"], seen["summary"]["held_answer"]) == ([FEE], 0.4, True)
    done = await lan.done(f"/held/{held['id']}", {"decision": "approve", "key": "k"})
    assert done["summary"]["status"] == "bot"
    assert done["entries"][0]["body"]["checked_by"] == "Lan"
    again = await lan.done(f"/held/{held['id']}", {"decision": "approve", "key": "k"})
    assert again["entries"] == []
    refused = await minh.done(f"/held/{held['id']}", {"decision": "approve", "key": "k"}, 409)
    assert refused["error"]["code"] == "decided"

    ask(conversations, conversation, HeldAnswer([FEE], 0.4, 60), 2)
    number = (await lan.get(f"/conversations/{conversation}"))["held_answer"]["id"]
    body = {"decision": "edit", "key": "k2", "text": "Khoảng 8.000 đồng"}
    done = await lan.done(f"/held/{number}", body)
    assert done["entries"][0]["author"]["name"] == "Lan"
    assert done["summary"]["last"]["text"] == "Tôi là trợ lý tự động, từ đây tôi lại trả lời bác."


async def test_what_cannot_be_decided_is_refused(lan: Agent) -> None:
    assert (await lan.post("/held/7", {"decision": "approve", "key": "k"})).status == 404
    assert (await lan.post("/held/x", {"decision": "approve", "key": "k"})).status == 404
    assert (await lan.post("/held/7", {"decision": "x", "key": "k"})).status == 422
    assert (await lan.post("/held/7", {"decision": ["edit"], "key": "k"})).status == 422
    assert (await lan.post("/held/7", {"decision": "edit", "key": "k"})).status == 422
    assert (await lan.post("/presence", {"status": "asleep"})).status == 422


async def test_a_channel_that_is_not_set_up_here_takes_nothing(
    lan: Agent, conversations: Conversations, engine: Engine
) -> None:
    with writing(engine) as connection:
        conversation = conversation_of(connection, "telegram", "77")
    refused = await lan.step(conversation, "take", status=503)
    assert refused["error"]["code"] == "channel_off"
    assert conversations.entries_after(conversation, 0) == []
    assert conversations.held_by(conversation) is None


class Loopback:
    """A chat service that takes everything."""

    name = "telegram"
    limits = Limits(text=100, suggestions=3, label=20)

    async def send(self, recipient: str, part: Reply) -> str:
        return "1"


async def test_on_a_chat_service_the_name_stands_above_the_words(
    lan: Agent, app: web.Application, conversations: Conversations, engine: Engine
) -> None:
    app[OUTBOX].channels = {"telegram": Loopback()}
    with writing(engine) as connection:
        conversation = conversation_of(connection, "telegram", "77")
    await lan.step(conversation, "take")
    told = await lan.step(conversation, "reply", {"key": "k", "text": "Bác mang giấy chứng sinh."}, 201)
    assert told["entry"]["delivery"] == {**told["entry"]["delivery"], "state": "waiting", "words": "đang gửi"}
    with engine.connect() as connection:
        parts = [part["text"] for part in connection.scalars(select(outbox.c.part).order_by(outbox.c.id))]
    assert parts == ["Lan (cán bộ) đang trả lời anh/chị.", "Lan (cán bộ):\nBác mang giấy chứng sinh."]
    with writing(engine) as connection:
        failed = update(outbox).where(outbox.c.key.startswith("staff:"))
        connection.execute(failed.values(status="dead", reason="unreachable: blocked by the user"))
    seen = await lan.get(f"/conversations/{conversation}")
    delivery = seen["entries"][-1]["delivery"]
    assert (delivery["state"], delivery["words"]) == (
        "failed",
        "không gửi được: người dân đã chặn hoặc rời cuộc trò chuyện",
    )


async def test_what_is_answered_in_zalos_console_is_shown_as_held(
    lan: Agent, chi: Agent, app: web.Application, engine: Engine
) -> None:
    app[OUTBOX].channels = {"telegram": Loopback()}
    with writing(engine) as connection:
        conversation = conversation_of(connection, "telegram", "77")
    take_over(engine, conversation, "9", now())
    refused = await lan.step(conversation, "take", status=409)
    assert refused["holder"] == {"id": None, "name": "Zalo OA"}
    assert (await chi.step(conversation, "takeover", {"reason": "x"}))["summary"]["mine"] is True


async def test_the_desk_is_for_its_roles_and_needs_the_token(
    server: TestServer,
    aiohttp_client: Callable[..., Awaitable[TestClient]],
    conversation: str,
    conversations: Conversations,
    lan: Agent,
) -> None:
    stranger = await aiohttp_client(server)
    assert (await stranger.get("/desk/api/queue")).status == 401
    lan.csrf = "x"
    assert (await lan.post(f"/conversations/{conversation}/take")).status == 403
    assert conversations.held_by(conversation) is None


async def test_many_who_take_over_http_leave_one_holder(lan: Agent, minh: Agent, conversation: str) -> None:
    answers = await asyncio.gather(*(who.post(f"/conversations/{conversation}/take") for who in [lan, minh] * 5))
    holders = {(await answer.json())["summary"]["holder"]["name"] for answer in answers if answer.status == 200}
    assert len(holders) == 1
    assert sorted(answer.status for answer in answers) == [200] * 5 + [409] * 5
    entries = (await lan.get(f"/conversations/{conversation}"))["entries"]
    assert len(entries) == 1


async def test_the_metrics_tell_how_the_desk_stands(
    lan: Agent, conversations: Conversations, conversation: str
) -> None:
    ask(conversations, conversation)
    text = await (await lan.client.get("/metrics")).text()
    assert "motcua_desk_waiting 1" in text
    assert "motcua_desk_held 0" in text
    assert "motcua_desk_oldest_waiting_seconds " in text

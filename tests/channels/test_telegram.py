from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.messages import Attachment, Outcome, Reply, Suggestion
from channels.base import FailureKind, SendFailed
from channels.fit import fit
from channels.seal import Seal
from channels.telegram import SECRET_HEADER, TelegramChannel, TelegramWebhook
from channels.telegram_api import TelegramApi
from channels.telegram_settings import TelegramSettings
from storage.schema import inbox as inbox_table
from tests.channels.telegram_running import SECRET, Running, running
from tests.channels.test_telegram_updates import mutated
from tests.servers.telegram import BREAKS, BREAKS_AFTER, BROKEN, HANGS, TOKEN, Fault, too_many

ANSWER = Reply("Không mất tiền.", Outcome.ANSWERED)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path) as all_of_it:
        all_of_it.telegram.person(42)
        await all_of_it.hook()
        yield all_of_it


@pytest.fixture
async def idle(tmp_path: Path) -> AsyncIterator[Running]:
    """Nobody answers what arrives."""
    async with running(tmp_path, work=False) as all_of_it:
        all_of_it.telegram.person(42)
        await all_of_it.hook()
        yield all_of_it


@pytest.fixture
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_self: object, _person: str) -> None:
        return None

    monkeypatch.setattr("channels.pace.Pace.wait", at_once)


def stored(running: Running) -> list[tuple[str, str]]:
    with running.inbox.engine.connect() as connection:
        rows = connection.execute(select(inbox_table.c.delivery_id, inbox_table.c.body)).all()
    return [(row[0], Seal("tests").open(row[1]["sealed"]).get("text", "")) for row in rows]


async def post(running: Running, body: bytes, **headers: str) -> int:
    async with ClientSession() as session:
        url = running.web.make_url("/webhooks/telegram")
        async with session.post(url, data=body, headers=headers) as answer:
            await answer.read()
            return answer.status


# ---- the whole way


async def test_a_question_is_answered_with_buttons_and_a_tap_with_the_next_answer(here: Running, unpaced: None) -> None:
    here.telegram.say(42, "khai sinh cần gì")
    await here.telegram.push()
    await here.telegram.until(lambda: len(here.telegram.shown(42)) == 1)
    (told,) = here.telegram.sent
    assert told["text"].startswith("Đăng ký khai sinh – giấy tờ:\n📄 Tờ khai")
    assert told["preview"] == {"is_disabled": True}
    assert [mark["type"] for mark in told["marks"]] == ["b", "a", "i"]
    assert here.telegram.buttons(42) == [["Lệ phí", "Bao lâu", "Nộp ở đâu"], ["Nộp trực tuyến"]]

    query = here.telegram.tap(42, "Lệ phí")
    await here.telegram.push()
    await here.telegram.until(lambda: len(here.telegram.shown(42)) == 2)
    assert "8.000 đồng" in here.telegram.shown(42)[1]
    await here.telegram.until(lambda: "✓ Lệ phí" in [b["text"] for b in told["reply_markup"]["inline_keyboard"][0]])
    assert query not in here.telegram.open_queries
    assert here.assistant.heard[1].payload == "facet:1.001193:fee"
    assert here.intake.received == {"message": 1, "tap": 1}


async def test_what_comes_twice_and_out_of_order_is_answered_once(here: Running, unpaced: None) -> None:
    for number in range(6):
        here.telegram.say(100 + number, f"câu {number}")
    await here.telegram.push(twice=True, mixed=random.Random(1))
    await here.telegram.until(lambda: len(here.telegram.sent) >= 6)
    assert len(here.assistant.heard) == 6
    assert sorted(message["text"] for message in here.telegram.sent) == [f"Tôi nghe: câu {n}" for n in range(6)]
    assert len(here.telegram.delivered) == 12
    assert {status for _, status in here.telegram.delivered} == {200}


async def test_a_start_link_asks_about_its_procedure(here: Running) -> None:
    here.telegram.say(42, "/start p-1_001193")
    await here.telegram.push()
    await here.telegram.until(lambda: bool(here.telegram.sent))
    assert here.assistant.heard[0].text == "1.001193"


async def test_a_send_that_fails_in_passing_is_sent_again_and_shown_once(here: Running, unpaced: None) -> None:
    here.telegram.fail("sendMessage", BROKEN)
    here.telegram.say(42, "khai sinh")
    await here.telegram.push()
    await here.telegram.until(lambda: bool(here.telegram.sent))
    assert len(here.telegram.shown(42)) == 1


async def test_a_place_a_photo_and_a_contact_reach_the_assistant(here: Running) -> None:
    here.telegram.say(42, location={"latitude": 21.3, "longitude": 105.7})
    here.telegram.say(43, photo=[{"file_id": "P", "file_unique_id": "u", "width": 1, "height": 1}])
    here.telegram.say(44, contact={"phone_number": "+84912345678", "first_name": "Lan", "user_id": 7})
    await here.telegram.push()
    await here.telegram.until(lambda: len(here.telegram.sent) == 3)
    heard = sorted(here.assistant.heard, key=lambda message: message.id)
    assert heard[0].location is not None
    assert [file.kind.value for message in heard for file in message.files] == ["image", "contact"]


# ---- the webhook


async def test_without_a_secret_there_is_no_webhook(here: Running) -> None:
    with pytest.raises(ValueError, match="TELEGRAM_SECRET is needed"):
        TelegramWebhook(TelegramSettings(TOKEN), here.intake)


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        ({}, 401, "unsigned"),
        ({SECRET_HEADER: ""}, 403, "wrong_secret"),
        ({SECRET_HEADER: SECRET[:-1]}, 403, "wrong_secret"),
        ({SECRET_HEADER: SECRET + "x"}, 403, "wrong_secret"),
        ({SECRET_HEADER: "bí mật"}, 403, "wrong_secret"),
    ],
)
async def test_an_update_without_the_right_secret_is_refused_counted_and_not_told(
    idle: Running, caplog: pytest.LogCaptureFixture, headers: dict[str, str], status: int, reason: str
) -> None:
    caplog.set_level(logging.DEBUG)
    idle.telegram.say(42, "câu rất riêng tư")
    body = json.dumps(idle.telegram.waiting[0]).encode()
    assert await post(idle, body, **headers) == status
    assert stored(idle) == []
    assert idle.intake.received[reason] == 1
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("channels")]
    assert ours == [f"a request to /webhooks/telegram was refused: {reason}"]
    assert "riêng tư" not in caplog.text
    assert SECRET not in caplog.text


async def test_what_cannot_be_read_is_acknowledged_so_that_it_holds_back_nothing(idle: Running) -> None:
    for body in (b"", b"{", b"[]", b"\xff", b'{"update_id": 1, "message": 5}', b"[" * 30_000):
        assert await post(idle, body, **{SECRET_HEADER: SECRET}) == 200
    assert idle.intake.received["unreadable"] == 6
    assert stored(idle) == []


async def test_an_update_larger_than_what_pages_may_send_is_taken(idle: Running) -> None:
    number = idle.telegram.say(42, "ệ" * 4096, quote={"text": "ệ" * 8192, "position": 0})
    body = json.dumps(idle.telegram.waiting[0]).encode()
    assert len(body) > 64 * 1024
    assert await post(idle, body, **{SECRET_HEADER: SECRET}) == 200
    assert [key for key, _ in stored(idle)] == [f"123456789:42:{number}"]


async def test_what_could_not_be_stored_is_delivered_again(
    idle: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(_deliveries: object) -> int:
        raise OSError("disk full")

    idle.telegram.say(42, "khai sinh")
    with monkeypatch.context() as broken:
        broken.setattr(idle.inbox, "store", fails)
        await idle.telegram.push()
    assert [status for _, status in idle.telegram.delivered] == [503]
    assert len(idle.telegram.waiting) == 1
    assert "khai sinh" not in caplog.text
    await idle.telegram.push()
    assert [text for _, text in stored(idle)] == ["khai sinh"]


@pytest.fixture(scope="module")
def run_idle(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Callable[[Running], Awaitable[None]]], None]]:
    """One server for all bodies: runs what it is given with it."""
    with asyncio.Runner() as runner:
        context = running(tmp_path_factory.mktemp("mutated"), work=False)
        idle = runner.run(context.__aenter__())
        yield lambda check: runner.run(check(idle))
        runner.run(context.__aexit__(None, None, None))


ascii_text = st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=40)


@given(body=mutated(), cut=st.floats(0, 1), noise=st.binary(max_size=4), secret=st.just(SECRET) | ascii_text)
@settings(max_examples=150, deadline=None)
def test_no_mutated_body_gives_an_error_and_no_unsigned_one_is_obeyed(
    run_idle: Callable[[Callable[[Running], Awaitable[None]]], None], body: Any, cut: float, noise: bytes, secret: str
) -> None:
    whole = json.dumps(body).encode()
    place = int(cut * len(whole))

    async def check(idle: Running) -> None:
        for raw in (whole, whole[:place] + noise + whole[place + len(noise) :]):
            before = len(stored(idle))
            assert await post(idle, raw, **{SECRET_HEADER: secret}) == (200 if secret == SECRET else 403)
            assert secret == SECRET or len(stored(idle)) == before

    run_idle(check)


# ---- groups


async def test_put_into_a_group_it_says_where_to_ask_and_leaves(here: Running) -> None:
    here.telegram.put_into_group(-500)
    await here.telegram.push()
    await here.telegram.until(lambda: here.telegram.left == [-500])
    (told,) = here.telegram.shown(-500)
    assert "https://t.me/motcua_test_bot" in told
    assert here.assistant.heard == []


# ---- sending


async def test_every_limit_that_fit_leaves_is_taken_by_the_server(here: Running, unpaced: None) -> None:
    offers = tuple(
        Suggestion(f"Thủ tục số {n} có tên dài hơn bốn mươi chữ cái đấy", payload=f"t:{n}") for n in range(9)
    )
    text = "\n".join(f"Dòng {n} < & > 😀 có dấu." for n in range(400))
    whole = Reply(text, Outcome.ANSWERED, suggestions=offers, attachments=(Attachment("Tờ khai", "https://a.vn/1"),))
    parts = fit(whole, here.channel.limits)
    assert len(parts) == 3
    for part in parts:
        await here.channel.send("42", part)
    assert "\n".join(here.telegram.shown(42)).startswith(text)


@pytest.mark.parametrize(
    ("fault", "kind", "uncertain", "retry_after"),
    [
        (too_many(7), FailureKind.BUSY, False, 7.0),
        (BROKEN, FailureKind.PASSING, False, None),
        (Fault(500, "Internal Server Error"), FailureKind.PASSING, False, None),
        (Fault(401, "Unauthorized"), FailureKind.CREDENTIALS, False, None),
        (Fault(404, "Not Found"), FailureKind.CREDENTIALS, False, None),
        (Fault(403, "Forbidden: bot was blocked by the user"), FailureKind.UNREACHABLE, False, None),
        (Fault(403, "Forbidden: user is deactivated"), FailureKind.UNREACHABLE, False, None),
        (Fault(400, "Bad Request: chat not found"), FailureKind.UNREACHABLE, False, None),
        (Fault(400, "Bad Request: group upgraded", {"migrate_to_chat_id": -9}), FailureKind.UNREACHABLE, False, None),
        (Fault(400, "Bad Request: BUTTON_DATA_INVALID"), FailureKind.REFUSED, False, None),
        (BREAKS, FailureKind.PASSING, True, None),
        (BREAKS_AFTER, FailureKind.PASSING, True, None),
    ],
)
async def test_each_failure_says_what_to_do_next(
    here: Running,
    unpaced: None,
    fault: Fault,
    kind: FailureKind,
    uncertain: bool,
    retry_after: float | None,
) -> None:
    here.telegram.fail("sendMessage", fault)
    with pytest.raises(SendFailed) as failed:
        await here.channel.send("42", ANSWER)
    assert (failed.value.kind, failed.value.uncertain) == (kind, uncertain)
    assert failed.value.retry_after == retry_after
    assert TOKEN not in str(failed.value)
    assert await here.channel.send("42", ANSWER)


async def test_a_send_that_is_never_answered_may_have_arrived(here: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.telegram_api.ANSWER_S", 0.2)
    hasty = TelegramApi(here.settings)
    here.telegram.fail("sendMessage", HANGS)
    with pytest.raises(SendFailed) as failed:
        await TelegramChannel(hasty).send("42", ANSWER)
    await hasty.close()
    assert (failed.value.kind, failed.value.uncertain) == (FailureKind.PASSING, True)


async def test_a_server_that_is_not_there_was_surely_not_reached() -> None:
    api = TelegramApi(TelegramSettings(TOKEN, api_base="http://127.0.0.1:1"))
    with pytest.raises(SendFailed) as failed:
        await TelegramChannel(api).send("42", ANSWER)
    await api.close()
    assert (failed.value.kind, failed.value.uncertain) == (FailureKind.PASSING, False)


@pytest.mark.parametrize("who", ["blocked", "stranger"])
async def test_who_blocked_the_bot_or_never_wrote_cannot_be_reached(here: Running, who: str) -> None:
    here.telegram.blocked.add(42)
    with pytest.raises(SendFailed) as failed:
        await here.channel.send("42" if who == "blocked" else "4711", ANSWER)
    assert failed.value.kind is FailureKind.UNREACHABLE


async def test_the_token_is_never_logged(here: Running, unpaced: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    here.telegram.fail("sendMessage", Fault(401, "Unauthorized"))
    with pytest.raises(SendFailed):
        await here.channel.send("42", ANSWER)
    await here.channel.send("42", ANSWER)
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]  # the server's own
    assert not any(TOKEN in line for line in ours)
    assert TOKEN.partition(":")[2] not in repr(here.settings)


async def test_a_tap_that_cannot_be_acknowledged_is_answered_all_the_same(here: Running, unpaced: None) -> None:
    here.telegram.fail("answerCallbackQuery", Fault(400, "Bad Request: query is too old"))
    here.telegram.say(42, "khai sinh")
    await here.telegram.push()
    await here.telegram.until(lambda: len(here.telegram.shown(42)) == 1)
    here.telegram.tap(42, "Lệ phí")
    await here.telegram.push()
    await here.telegram.until(lambda: len(here.telegram.shown(42)) == 2)


# ---- settings


@pytest.mark.parametrize("parts", [("",), ("x",), ("12345",), (TOKEN, "short"), (TOKEN, "with blank in it 123456")])
def test_settings_that_telegram_would_not_take_are_refused_without_being_printed(parts: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="TELEGRAM_") as refused:
        TelegramSettings(*parts)
    assert TOKEN not in str(refused.value)
    assert "with blank" not in str(refused.value)

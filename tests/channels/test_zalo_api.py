"""What goes over the wire to the Official Account's API, and what each way of failing becomes."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.messages import Outcome, Reply, Suggestion
from channels.base import FailureKind, SendFailed
from channels.fit import fit
from channels.zalo import ZaloChannel
from channels.zalo_api import FILE_BYTES, IMAGE_BYTES, ZaloApi
from channels.zalo_errors import VIETNAM, failure
from channels.zalo_http import Http
from channels.zalo_settings import ZaloSettings
from channels.zalo_tokens import Tokens
from storage.database import open_database, upgrade
from storage.schema import now
from storage.zalo_tokens import ZaloTokens
from tests.channels.scripted import CLARIFY, CRISIS, DOCUMENTS
from tests.servers.zalo import (
    APP_ID,
    APP_SECRET,
    DAY_S,
    FIRST_REFRESH_TOKEN,
    OA_SECRET,
    PERSON,
    Zalo,
    zalo_server,
)

HELLO = Reply("Chào anh/chị", Outcome.SMALLTALK)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


@pytest.fixture
async def zalo() -> AsyncIterator[Zalo]:
    async with zalo_server() as running:
        running.interactions[PERSON] = running.now()
        yield running


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    opened = open_database(f"sqlite:///{tmp_path}/motcua.db")
    upgrade(opened)
    return opened


@pytest.fixture
async def api(zalo: Zalo, engine: Engine) -> AsyncIterator[ZaloApi]:
    settings = ZaloSettings(APP_ID, APP_SECRET, OA_SECRET, FIRST_REFRESH_TOKEN, zalo.url, zalo.url)
    http = Http()
    yield ZaloApi(settings, Tokens(settings, ZaloTokens(engine), http), http)
    await http.close()


@pytest.fixture
def channel(api: ZaloApi) -> ZaloChannel:
    return ZaloChannel(api)


async def failed(channel: ZaloChannel, reply: Reply = HELLO) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await channel.send(PERSON, reply)
    return caught.value


async def test_a_text(channel: ZaloChannel, zalo: Zalo, api: ZaloApi) -> None:
    service_id = await channel.send(PERSON, HELLO)
    (sent,) = zalo.sent
    assert (sent.id, sent.user_id, sent.text, sent.buttons) == (service_id, PERSON, "Chào anh/chị", [])
    assert sent.path == "/v3.0/oa/message/cs"
    assert api.quotas == {"reply": 1}


async def test_buttons_of_each_kind(channel: ZaloChannel, zalo: Zalo) -> None:
    suggestions = (
        Suggestion("Lệ phí", "t:9f3a1c2b4d"),
        Suggestion("Cổng dịch vụ công ↗", url="https://dichvucong.gov.vn"),
        Suggestion("Gọi 1022", url="tel:1022"),
        Suggestion("Gọi một cửa", url="tel:02413822345"),
    )
    await channel.send(PERSON, Reply("Anh/chị cần gì thêm?", Outcome.ANSWERED, suggestions=suggestions))
    assert [(button["type"], button["payload"]) for button in zalo.sent[0].buttons] == [
        ("oa.query.hide", "#t:9f3a1c2b4d"),
        ("oa.open.url", {"url": "https://dichvucong.gov.vn"}),
        ("oa.open.phone", {"phone_code": "1022"}),
        ("oa.open.phone", {"phone_code": "842413822345"}),
    ]


@pytest.mark.parametrize("reply", [DOCUMENTS, CLARIFY, CRISIS, Reply("dài " * 1500, Outcome.ANSWERED)])
async def test_what_fits_is_taken(channel: ZaloChannel, zalo: Zalo, reply: Reply) -> None:
    for part in fit(reply, channel.limits):
        await channel.send(PERSON, part)
    assert set(zalo.errors) == {0}
    assert "".join("".join(sent.text.split()) for sent in zalo.sent).startswith("".join(reply.text.split())[:500])


async def test_letters_are_sent_whole(channel: ZaloChannel, zalo: Zalo) -> None:
    await channel.send(PERSON, Reply(unicodedata.normalize("NFD", "Lệ phí"), Outcome.ANSWERED))
    assert zalo.sent[0].text == "Lệ phí"
    assert len(zalo.sent[0].text) == 6


async def test_who_has_no_account_gets_numbers_in_place_of_buttons(channel: ZaloChannel, zalo: Zalo) -> None:
    await channel.send("anonymous:conv-55:anon-7c1e", CLARIFY)
    (sent,) = zalo.sent
    assert (sent.user_id, sent.path, sent.buttons) == ("anon-7c1e", "/v2.0/oa/message", [])
    assert "1. Khai sinh lần đầu cho con" in sent.text


async def test_a_picture_and_a_document(channel: ZaloChannel, zalo: Zalo) -> None:
    await channel.send_file(PERSON, "to-khai.png", PNG)
    await channel.send_file(PERSON, "Tờ khai.docx", b"PK")
    assert [kind for kind, _, _ in zalo.uploads.values()] == ["image", "file"]
    assert [content for _, content, _ in zalo.uploads.values()] == [PNG, b"PK"]
    assert len(zalo.sent) == 2
    assert set(zalo.errors) == {0}


@pytest.mark.parametrize(
    ("name", "size"),
    [("don", 10), ("don.exe", 10), (".png", 10_000_000), ("a.png", IMAGE_BYTES + 1), ("a.pdf", FILE_BYTES + 1)],
)
async def test_what_zalo_would_not_take_is_not_uploaded(channel: ZaloChannel, zalo: Zalo, name: str, size: int) -> None:
    with pytest.raises(SendFailed) as caught:
        await channel.send_file(PERSON, name, b"0" * size)
    assert caught.value.kind is FailureKind.REFUSED
    assert not zalo.uploads


async def test_a_long_name_keeps_its_ending(channel: ZaloChannel, zalo: Zalo) -> None:
    await channel.send_file(PERSON, "ă" * 300 + ".pdf", b"%PDF")
    assert len(zalo.sent) == 1


async def test_an_upload_that_expired_is_uploaded_again(channel: ZaloChannel, zalo: Zalo) -> None:
    zalo.faults.extend(["", "-100"])
    await channel.send_file(PERSON, "a.pdf", b"%PDF")
    assert (len(zalo.uploads), len(zalo.sent)) == (2, 1)


# ---- tokens


@pytest.mark.parametrize("error", [-216, -220, 216, 401, -401, -124])
async def test_a_refused_token_is_renewed_once(channel: ZaloChannel, zalo: Zalo, error: int) -> None:
    await channel.send(PERSON, HELLO)
    zalo.faults.append(f"error {error}")
    await channel.send(PERSON, HELLO)
    assert (len(zalo.sent), zalo.refreshes) == (2, 2)


async def test_an_expired_token_and_a_killed_one(channel: ZaloChannel, zalo: Zalo) -> None:
    await channel.send(PERSON, HELLO)
    zalo.access_tokens = dict.fromkeys(zalo.access_tokens, 0.0)
    await channel.send(PERSON, HELLO)
    zalo.access_tokens.clear()
    await channel.send(PERSON, HELLO)
    assert (len(zalo.sent), zalo.refreshes) == (3, 3)


async def test_a_token_refused_again_and_again_ends_in_words(channel: ZaloChannel, zalo: Zalo) -> None:
    zalo.faults.extend(["-216"] * 5)
    assert (await failed(channel)).kind is FailureKind.CREDENTIALS
    assert (zalo.refreshes, zalo.calls["/v3.0/oa/message/cs"]) == (2, 2)


async def test_http_401_counts_as_a_refused_token(channel: ZaloChannel, zalo: Zalo) -> None:
    zalo.faults.append("401")
    await channel.send(PERSON, HELLO)
    assert zalo.refreshes == 2


async def test_many_sends_with_a_dead_token_renew_it_once(channel: ZaloChannel, zalo: Zalo) -> None:
    await channel.send(PERSON, HELLO)
    zalo.access_tokens.clear()
    await asyncio.gather(*(channel.send(PERSON, HELLO) for _ in range(10)))
    assert (len(zalo.sent), zalo.refreshes) == (11, 2)


async def test_the_proof_is_given_once_it_is_asked_for(channel: ZaloChannel, zalo: Zalo) -> None:
    zalo.proof_wanted = True
    await channel.send(PERSON, HELLO)
    await channel.send(PERSON, HELLO)
    assert zalo.errors == [-242, 0, 0]


# ---- windows and faults


async def test_after_seven_days_the_window_is_closed(channel: ZaloChannel, zalo: Zalo, api: ZaloApi) -> None:
    zalo.interactions[PERSON] = zalo.now() - 3 * DAY_S
    await channel.send(PERSON, HELLO)
    assert api.quotas == {"charged": 1}
    zalo.interactions[PERSON] = zalo.now() - 7 * DAY_S - 1
    error = await failed(channel)
    assert error.kind is FailureKind.CLOSED
    assert "nhắn một tin mới" in error.reason


async def test_who_restricts_messages(channel: ZaloChannel, zalo: Zalo) -> None:
    zalo.blocked.add(PERSON)
    assert (await failed(channel)).kind is FailureKind.CLOSED


@pytest.mark.parametrize(
    ("fault", "kind", "uncertain"),
    [
        ("503", FailureKind.PASSING, False),
        ("504", FailureKind.PASSING, True),
        ("html", FailureKind.PASSING, True),
        ("reset", FailureKind.PASSING, True),
        ("lost", FailureKind.PASSING, True),
        ("404", FailureKind.REFUSED, False),
        ("-32", FailureKind.BUSY, False),
        ("-200", FailureKind.PASSING, False),
        ("-201", FailureKind.REFUSED, False),
        ("-224", FailureKind.CREDENTIALS, False),
        ("-227", FailureKind.UNREACHABLE, False),
        ("-31999", FailureKind.PASSING, False),
    ],
)
async def test_faults(channel: ZaloChannel, zalo: Zalo, fault: str, kind: FailureKind, uncertain: bool) -> None:
    zalo.faults.append(fault)
    error = await failed(channel)
    assert (error.kind, error.uncertain) == (kind, uncertain)
    assert HELLO.text not in str(error)
    assert len(zalo.sent) == (fault == "lost")


async def test_a_busy_server_says_how_long(channel: ZaloChannel, zalo: Zalo) -> None:
    zalo.faults.append("429")
    error = await failed(channel)
    assert (error.kind, error.retry_after) == (FailureKind.BUSY, 7)


async def test_a_server_that_hangs(channel: ZaloChannel, zalo: Zalo, monkeypatch: pytest.MonkeyPatch) -> None:
    await channel.send(PERSON, HELLO)
    monkeypatch.setattr(ZaloApi._call, "__defaults__", (0.1, None))
    zalo.faults.append("hang")
    error = await failed(channel)
    assert (error.kind, error.uncertain) == (FailureKind.PASSING, True)


async def test_a_server_that_is_away(
    channel: ZaloChannel, zalo: Zalo, unused_tcp_port_factory: Callable[[], int]
) -> None:
    await channel.send(PERSON, HELLO)
    object.__setattr__(channel._api._settings, "api_base", f"http://127.0.0.1:{unused_tcp_port_factory()}")
    error = await failed(channel)
    assert (error.kind, error.uncertain) == (FailureKind.PASSING, False)


async def test_what_the_account_says(api: ZaloApi) -> None:
    assert (await api.account())["name"] == "UBND phường Xuân Hòa"
    assert (await api.quota(PERSON))["cs_reply"] == {"remain": "8", "total": "8"}


@pytest.mark.parametrize(
    ("hour", "seconds"), [("22:00", 8 * 3600), ("23:30", 6.5 * 3600), ("00:00", 6 * 3600), ("05:59", 60)]
)
def test_at_night_it_waits_for_the_morning(hour: str, seconds: float) -> None:
    at = datetime.fromisoformat(f"2026-11-21T{hour}:00").replace(tzinfo=VIETNAM)
    error = failure(-234, at)
    assert (error.kind, error.retry_after) == (FailureKind.BUSY, seconds)


def test_every_documented_error_has_its_class() -> None:
    """The table of the wire facts, error by error."""
    classes = {
        FailureKind.BUSY: [-32, -234],
        FailureKind.PASSING: [-200, -999],
        FailureKind.REFUSED: [-100, -201, -210, -233, -240, -248, -249],
        FailureKind.CREDENTIALS: [
            -204, -205, -209, -212, -216, -219, -220, -221, -223, -224, -235, -242, -320, -321, 216, 401, -401, -124
        ],
        FailureKind.CLOSED: [-211, -213, -217, -218, -230, -232, -244],
        FailureKind.UNREACHABLE: [-227, -237, -403],
    }  # fmt: skip
    for kind, errors in classes.items():
        assert {error: failure(error, now()).kind for error in errors} == dict.fromkeys(errors, kind)

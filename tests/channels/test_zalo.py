"""The whole way with Zalo: its servers here, ours as it is served, a person in between."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from bot.messages import FileKind
from channels.zalo import OLDEST_S, PATH
from channels.zalo_settings import ZaloSettings
from channels.zalo_signature import Candidate
from channels.zalo_staff import ZaloStaff
from storage.conversations import Conversations
from storage.database import open_database, upgrade
from storage.people import Person, find_conversation
from storage.schema import conversations as conversation_rows
from storage.schema import inbox, now, outbox, questions, tickets
from storage.tickets import Tickets
from storage.zalo_takeovers import release_idle
from tests.channels.scripted import CLARIFY, DOCUMENTS, FEE, ScriptedAssistant
from tests.servers.zalo import (
    APP_ID,
    APP_SECRET,
    FIRST_REFRESH_TOKEN,
    OA_ID,
    OA_SECRET,
    PERSON,
    Zalo,
    sign,
    zalo_server,
)
from web.app import CONNECTIONS, WORKER, create_app
from web.settings import Settings

SCRIPTS = {"khai sinh": DOCUMENTS, ":fee": FEE, "mới sinh con": CLARIFY}
WORDS = "Tôi là Nguyễn Văn A, mới sinh con"


class Service:
    """Our server with one Official Account, over an empty database."""

    def __init__(self, engine: Engine, tmp_path: Path, zalo: Zalo, **more: Any) -> None:
        self.engine, self.zalo = engine, zalo
        account = ZaloSettings(APP_ID, APP_SECRET, OA_SECRET, FIRST_REFRESH_TOKEN, zalo.url, zalo.url, **more)
        conversations = Conversations(engine)
        self.assistant = ScriptedAssistant(conversations, **SCRIPTS)
        shared = Settings(tmp_path, 0, "https://hoi.example.gov.vn", "", "", zalo=account)
        self.app = create_app(shared, self.assistant, conversations)
        self.received = self.app[CONNECTIONS].received["zalo"]

    async def settled(self, sends: int | None = None) -> None:
        """Wait until nothing is left to do, or until so many messages were sent."""
        async with asyncio.timeout(20):
            while (len(self.zalo.sent) < sends) if sends is not None else self.left():  # noqa: ASYNC110 - by looking
                await asyncio.sleep(0.02)

    def left(self) -> int:
        with self.engine.connect() as connection:
            return sum(
                connection.scalar(select(func.count()).where(table.c.status.in_(("waiting", "working")))) or 0
                for table in (inbox, outbox)
            )

    def count(self, table: Any) -> int:
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0

    def held_by(self, user_id: str = PERSON) -> str | None:
        found = find_conversation(self.engine, Person("zalo", user_id))
        return Conversations(self.engine).held_by(found) if found else None


@asynccontextmanager
async def served(engine: Engine, tmp_path: Path, zalo: Zalo, **more: Any) -> AsyncIterator[Service]:
    service = Service(engine, tmp_path, zalo, **more)
    server = TestServer(service.app)
    await server.start_server()
    zalo.webhook = str(server.make_url(PATH))
    worker = service.app[WORKER]
    working = asyncio.create_task(worker.run())
    try:
        yield service
    finally:
        worker.stop()
        await working
        await server.close()
        for close in service.app[CONNECTIONS].closers:
            await close()


@pytest.fixture
async def zalo() -> AsyncIterator[Zalo]:
    async with zalo_server() as running:
        yield running


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    opened = open_database(f"sqlite:///{tmp_path}/motcua.db")
    upgrade(opened)
    return opened


@pytest.fixture
async def service(engine: Engine, tmp_path: Path, zalo: Zalo) -> AsyncIterator[Service]:
    async with served(engine, tmp_path, zalo) as running:
        yield running


async def post(service: Service, raw: bytes, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with ClientSession() as session, session.post(service.zalo.webhook, data=raw, headers=named) as answer:
        return answer.status


# ---- a conversation


async def test_a_question_is_answered_and_a_tap_goes_on(service: Service, zalo: Zalo) -> None:
    assert await zalo.deliver(zalo.said("đăng ký khai sinh cần gì")) == 200
    await service.settled(1)
    first = zalo.sent[0]
    assert first.user_id == PERSON
    assert "Giấy chứng sinh" in first.text
    assert [button["title"] for button in first.buttons[:3]] == ["Lệ phí", "Bao lâu", "Nộp ở đâu"]
    assert [button["type"] for button in first.buttons[3:]] == ["oa.open.url"]
    assert "facet" not in json.dumps(first.buttons)
    await zalo.deliver(zalo.tapped(first, "Lệ phí"))
    await service.settled(2)
    assert "8.000 đồng" in zalo.sent[1].text
    assert service.assistant.heard[1].payload == "facet:1.001193:fee"
    assert set(zalo.errors) == {0}


async def test_what_looks_like_a_tap_and_is_none_is_a_text(service: Service, zalo: Zalo) -> None:
    await zalo.deliver(zalo.said("#t:0000000000"))
    await service.settled(1)
    assert (service.assistant.heard[0].text, service.assistant.heard[0].payload) == ("#t:0000000000", None)


async def test_the_same_event_again_is_answered_once(service: Service, zalo: Zalo) -> None:
    event = zalo.said("khai sinh")
    statuses = await asyncio.gather(*(zalo.deliver(event, num_retry=str(n)) for n in range(4)))
    await service.settled(1)
    await service.settled()
    assert statuses == [200] * 4
    assert len(zalo.sent) == len(service.assistant.heard) == 1


async def test_echoes_of_our_own_sends_change_nothing(service: Service, zalo: Zalo) -> None:
    """They arrive before the answer of the send itself."""
    zalo.echoes = True
    await zalo.deliver(zalo.said("khai sinh"))
    await service.settled(1)
    await service.settled()
    assert service.received["ignored"] == 1
    assert len(zalo.sent) == 1
    assert service.held_by() is None


async def test_staff_in_the_console_silence_the_assistant_until_they_leave(service: Service, zalo: Zalo) -> None:
    by_staff = {"sender": {"id": OA_ID, "admin_id": "77"}, "message": {"msg_id": "e1", "text": "Chào chị, em nghe"}}
    await zalo.deliver(zalo.event("oa_send_text", **by_staff))
    assert service.held_by() == "zalo:77"
    assert service.received["takenover"] == 1
    assert release_idle(service.engine, now() - timedelta(hours=2)) == 0
    assert service.held_by() == "zalo:77"
    assert release_idle(service.engine, now() + timedelta(seconds=1)) == 1
    assert service.held_by() is None


async def test_staff_at_our_own_desk_keep_what_they_hold(service: Service, zalo: Zalo) -> None:
    await zalo.deliver(zalo.said("khai sinh"))
    await service.settled(1)
    with service.engine.begin() as connection:
        connection.execute(conversation_rows.update().values(held_by="lan"))
    await zalo.deliver(zalo.event("oa_send_text", sender={"id": OA_ID, "admin_id": "77"}, message={"msg_id": "e1"}))
    assert service.held_by() == "lan"
    release_idle(service.engine, now() + timedelta(seconds=1))
    assert service.held_by() == "lan"


async def test_who_withdraws_leaves_nothing_behind(service: Service, zalo: Zalo) -> None:
    other = "4500000000000000002"
    for user in (PERSON, other):
        await zalo.deliver(zalo.said("khai sinh", user))
    await service.settled(2)
    await service.settled()
    with service.engine.connect() as connection:
        ids = connection.scalars(select(conversation_rows.c.id)).all()
    for conversation_id in ids:
        Tickets(service.engine).open(conversation_id, "0912345678", "gọi lại")
    await zalo.deliver(zalo.event("user_withdraw"))
    assert find_conversation(service.engine, Person("zalo", PERSON)) is None
    assert find_conversation(service.engine, Person("zalo", other)) is not None
    assert (service.count(conversation_rows), service.count(tickets), service.count(inbox)) == (1, 1, 1)
    assert service.count(questions) <= 1


async def test_a_place_and_a_file_reach_the_assistant(service: Service, zalo: Zalo) -> None:
    place = {"type": "location", "payload": {"coordinates": {"latitude": "21.3046", "longitude": "105.7052"}}}
    message = {"msg_id": "p1", "text": "UBND phường Xuân Hòa", "attachments": [place]}
    zalo.interactions[PERSON] = zalo.now()
    await zalo.deliver(zalo.event("user_send_location", message=message))
    file = {"type": "file", "payload": {"url": "https://f.example/a", "name": "don.docx", "size": "5", "type": "docx"}}
    await zalo.deliver(zalo.event("user_send_file", message={"msg_id": "p2", "attachments": [file]}))
    await service.settled(2)
    heard = service.assistant.heard
    assert heard[0].location is not None
    assert (heard[0].location.latitude, heard[0].location.name) == (21.3046, "UBND phường Xuân Hòa")
    assert [file.kind for file in heard[1].files] == [FileKind.DOCUMENT]


async def test_who_has_no_account_is_answered_too(service: Service, zalo: Zalo) -> None:
    message = {"msg_id": "a1", "text": "mới sinh con", "conversation_id": "conv-55"}
    await zalo.deliver(zalo.event("anonymous_send_text", sender={"id": "anon-7c1e"}, message=message))
    await service.settled(1)
    assert zalo.sent[0].path == "/v2.0/oa/message"
    assert zalo.sent[0].user_id == "anon-7c1e"


async def test_who_begins_to_follow_is_greeted(service: Service, zalo: Zalo) -> None:
    zalo.interactions[PERSON] = zalo.now()
    await zalo.deliver(zalo.event("follow", oa_id=OA_ID, follower={"id": PERSON}, source="oa_profile"))
    await service.settled(1)
    assert len(zalo.sent) == 1


@pytest.mark.parametrize("fault", ["503", "429", "reset", "-216", "-200", "html"])
async def test_a_fault_while_sending_loses_nothing(
    service: Service, zalo: Zalo, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.outbox.again_after", lambda error, attempts: 0.01)
    zalo.faults.append(fault)
    await zalo.deliver(zalo.said("khai sinh"))
    await service.settled(1)
    await service.settled()
    assert len(zalo.sent) == 1


async def test_repeated_and_reordered_deliveries(service: Service, zalo: Zalo) -> None:
    """Each question of each person is answered once, whatever comes in between."""
    chance = random.Random(7)
    events = [zalo.said(f"câu {n}", f"45{n % 4:017d}") for n in range(24)]
    coming = events + chance.sample(events, 10)
    chance.shuffle(coming)
    assert {await zalo.deliver(event) for event in coming} == {200}
    await service.settled(24)
    await service.settled()
    assert sorted(sent.text for sent in zalo.sent) == sorted(f"Tôi nghe: câu {n}" for n in range(24))
    assert all(sent.user_id == f"45{int(sent.text.split()[-1]) % 4:017d}" for sent in zalo.sent)


# ---- what is refused


async def test_the_probe_of_the_console_means_nothing(service: Service) -> None:
    assert await post(service, b"{}") == 200
    assert service.received == {"probe": 1}
    assert await post(service, b"{ }") == 401
    assert service.count(inbox) == 0


async def test_the_address_answers_to_a_look(service: Service, zalo: Zalo) -> None:
    async with ClientSession() as session, session.get(zalo.webhook) as answer:
        assert answer.status == 200


FOREIGN = {
    "another secret": lambda raw, ts: {"X-ZEvent-Signature": "mac=" + digest(raw, ts, secret="khoa khac")},
    "another app": lambda raw, ts: {"X-ZEvent-Signature": "mac=" + digest(raw, ts, app="999")},
    "no timestamp": lambda raw, ts: {"X-ZEvent-Signature": "mac=" + digest(raw, "")},
    "no signature": lambda raw, ts: {},
    "empty": lambda raw, ts: {"X-ZEvent-Signature": ""},
    "zeros": lambda raw, ts: {"X-ZEvent-Signature": "mac=" + "0" * 64},
    "of another body": lambda raw, ts: sign(raw + b" ", ts),
}


def digest(raw: bytes, ts: str, app: str = APP_ID, secret: str = OA_SECRET) -> str:
    return hashlib.sha256(app.encode() + raw + ts.encode() + secret.encode()).hexdigest()


@pytest.mark.parametrize("kind", FOREIGN)
async def test_what_zalo_did_not_sign_is_refused_and_not_a_word_of_it_logged(
    service: Service, zalo: Zalo, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    zalo.signing = FOREIGN[kind]
    assert await zalo.deliver(zalo.said(WORDS)) == 401
    assert sum(service.received.values()) == 1
    assert set(service.received) <= {"unsigned", "wrong_signature"}
    assert service.count(inbox) == 0
    assert "Nguyễn" not in caplog.text
    assert PERSON not in caplog.text
    assert "was refused" in caplog.text


async def test_an_old_event_is_refused_and_zalos_own_retries_are_not(service: Service, zalo: Zalo) -> None:
    real = zalo.now
    for age, status in ((110 * 60, 200), (OLDEST_S + 5, 403), (-1200.0, 403)):
        zalo.now = lambda age=age: real() - age  # type: ignore[misc]
        assert await zalo.deliver(zalo.said("khai sinh")) == status
    assert service.received == {"delivery": 1, "too_old": 2}


async def test_signatures_that_hold_log_no_words(
    service: Service, zalo: Zalo, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await zalo.deliver(zalo.said(WORDS))
    await service.settled(1)
    mine = [one.getMessage() for one in caplog.records if one.name.startswith(("channels", "web", "storage", "bot"))]
    assert not any("Nguyễn" in line for line in mine)
    assert any("ZALO_SIGNATURE=app_id+body" in line for line in mine)


async def test_a_pinned_signature_refuses_the_other_readings(engine: Engine, tmp_path: Path, zalo: Zalo) -> None:
    async with served(engine, tmp_path, zalo, signature=Candidate.OA_BODY):
        assert await zalo.deliver(zalo.said("khai sinh")) == 401
        zalo.signing = lambda raw, ts: {"X-ZEvent-Signature": "mac=" + digest(raw, ts, app=OA_ID)}
        assert await zalo.deliver(zalo.said("khai sinh")) == 200


async def test_the_file_that_proves_the_domain(engine: Engine, tmp_path: Path, zalo: Zalo) -> None:
    async with served(engine, tmp_path, zalo, verifier="AbC123_x"), ClientSession() as session:
        base = zalo.webhook.removesuffix(PATH)
        async with session.get(f"{base}/zalo_verifierAbC123_x.html") as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
            assert 'content="AbC123_x"' in await answer.text()
        async with session.get(f"{base}/zalo_verifierother.html") as answer:
            assert answer.status == 404


async def test_the_metrics_tell_what_came_and_what_it_cost(service: Service, zalo: Zalo) -> None:
    await zalo.deliver(zalo.said("khai sinh"))
    await post(service, b'{"a": 1}')
    await service.settled(1)
    base = zalo.webhook.removesuffix(PATH)
    async with ClientSession() as session, session.get(f"{base}/metrics") as answer:
        told = (await answer.text()).splitlines()
    assert 'motcua_channel_requests_total{channel="zalo",result="delivery"} 1' in told
    assert 'motcua_channel_requests_total{channel="zalo",result="unsigned"} 1' in told
    assert 'motcua_channel_sends_total{channel="zalo",charged_to="reply"} 1' in told


# ---- mutated bodies


def mutated(raw: bytes) -> st.SearchStrategy[bytes]:
    places = st.integers(0, len(raw))
    return st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda at, noise: raw[:at] + noise + raw[at + len(noise) :], places, st.binary(min_size=1, max_size=6)
        ),
        st.builds(lambda at, noise: raw[:at] + noise + raw[at:], places, st.binary(min_size=1, max_size=6)),
        st.builds(lambda at: raw[:at], places),
    )


SAMPLE = json.dumps(Zalo().said(WORDS), ensure_ascii=False).encode()


@pytest.fixture
def in_thread(tmp_path: Path) -> Callable[[Callable[[Service], Any]], Any]:
    """Run one coroutine with a service of its own: hypothesis wants tests that are no coroutines."""

    def run(work: Callable[[Service], Any]) -> Any:
        async def whole() -> Any:
            engine = open_database(f"sqlite:///{tmp_path}/fuzz.db")
            upgrade(engine)
            async with zalo_server() as zalo, served(engine, tmp_path, zalo) as service:
                return await work(service)

        return asyncio.run(whole())

    return run


def test_no_unsigned_body_whatever_is_obeyed(in_thread: Callable[[Callable[[Service], Any]], Any]) -> None:
    bodies: list[bytes] = []

    @settings(max_examples=400, database=None, suppress_health_check=list(HealthCheck))
    @given(mutated(SAMPLE))
    def collect(raw: bytes) -> None:
        bodies.append(raw)

    collect()

    async def work(service: Service) -> tuple[set[int], int]:
        stamp = json.loads(SAMPLE)["timestamp"]
        signature = sign(SAMPLE, stamp)["X-ZEvent-Signature"]
        foreign = [raw for raw in bodies if raw not in (SAMPLE, b"{}")]
        statuses = {await post(service, raw, X_ZEvent_Signature=signature) for raw in foreign}
        statuses |= {await post(service, raw) for raw in foreign[:50]}
        return statuses, service.count(inbox)

    statuses, stored = in_thread(work)
    assert statuses == {401}
    assert stored == 0


def test_no_signed_body_whatever_breaks_the_server(in_thread: Callable[[Callable[[Service], Any]], Any]) -> None:
    """Zalo may change its events; what is signed and odd is acknowledged, never a fault of ours."""
    value = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.lists(st.text(max_size=4), max_size=2)
    parts = st.dictionaries(st.sampled_from(["msg_id", "text", "attachments", "id", "conversation_id", "info"]), value)
    names = st.sampled_from(["user_send_text", "user_send_file", "oa_send_text", "user_withdraw", "follow", "x"])
    events: list[dict[str, Any]] = []

    @settings(max_examples=300, database=None, suppress_health_check=list(HealthCheck))
    @given(names, st.dictionaries(st.sampled_from(["sender", "recipient", "message", "follower"]), parts | value))
    def collect(name: str, more: dict[str, Any]) -> None:
        events.append({"event_name": name, "sender": {"id": PERSON}} | more)

    collect()

    async def work(service: Service) -> set[int]:
        service.app[WORKER].stop()
        statuses = set()
        for event in events:
            stamp = str(int(service.zalo.now() * 1000))
            raw = json.dumps(event | {"app_id": APP_ID, "timestamp": stamp}).encode()
            statuses.add(await post(service, raw, X_ZEvent_Signature=sign(raw, stamp)["X-ZEvent-Signature"]))
        return statuses

    assert in_thread(work) == {200}


async def test_what_could_not_be_stored_is_not_acknowledged(
    service: Service, zalo: Zalo, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_deliveries: Any) -> None:
        raise RuntimeError("the database is away")

    event = zalo.said(WORDS)
    with monkeypatch.context() as broken:
        broken.setattr(service.app[CONNECTIONS].inbox, "store", fail)
        assert await zalo.deliver(event) == 503
    assert "Nguyễn" not in "".join(one.getMessage() for one in caplog.records)
    assert await zalo.deliver(event, num_retry="1") == 200
    await service.settled(1)


async def test_conversations_that_staff_left_are_given_back_by_themselves(
    service: Service, zalo: Zalo, monkeypatch: pytest.MonkeyPatch
) -> None:
    await zalo.deliver(zalo.event("oa_send_text", sender={"id": OA_ID, "admin_id": "77"}, message={"msg_id": "e1"}))
    monkeypatch.setattr("channels.zalo_staff.HELD", timedelta(seconds=-1))
    monkeypatch.setattr("channels.zalo_staff._LOOK_S", 0.01)
    looking = asyncio.create_task(ZaloStaff(service.engine).release_idle())
    async with asyncio.timeout(10):
        while service.held_by():  # noqa: ASYNC110 - by looking
            await asyncio.sleep(0.01)
    looking.cancel()


async def test_a_body_that_is_too_large(service: Service) -> None:
    assert await post(service, b"x" * 200_000) == 413


def test_the_application_has_no_zalo_without_settings(engine: Engine, tmp_path: Path) -> None:
    app = create_app(Settings(tmp_path, 0, "http://localhost", "", ""), None, Conversations(engine))  # type: ignore[arg-type]
    assert PATH not in {resource.canonical for resource in app.router.resources()}
    assert isinstance(app, web.Application)

"""A fee is published and taken back while citizens ask for it, through the assistant as it is served."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.messages import Message, Outcome
from knowledge.history import History
from knowledge.publishing import Publishing
from knowledge.types import Fee, Procedure
from storage.conversations import Conversations
from tests.conftest import ROOT
from web.service import Knowledge, open_assistant, open_engine, open_knowledge
from web.settings import Settings, load_settings

CODE, QUESTION, CITIZENS = "1.000894", "đăng ký kết hôn mất bao nhiêu tiền", 8


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("index", "models"):
        kept = ROOT / "var" / "test-cache" / name
        kept.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).symlink_to(kept)
    return load_settings(ROOT / "config.yml", {"MOTCUA_DATA": str(tmp_path)})


@pytest.fixture
def knowledge(settings: Settings) -> Iterator[Knowledge]:
    engine = open_engine(settings)
    yield open_knowledge(settings, engine)
    engine.dispose()


def priced(procedure: Procedure, amount: int) -> Procedure:
    methods = tuple(replace(method, fees=(Fee(amount),), text="") for method in procedure.methods)
    return replace(procedure, methods=methods)


@pytest.mark.model
async def test_no_old_fee_is_told_after_publishing_returned(settings: Settings, knowledge: Knowledge) -> None:
    history, publishing = History(knowledge.engine), Publishing(knowledge.engine)
    assistant = await asyncio.to_thread(open_assistant, settings, knowledge, knowledge.engine)
    conversations = Conversations(knowledge.engine)
    told: list[tuple[str, Outcome, set[str]]] = []  # what the state was all the while, and what was answered
    state, heard = "old", asyncio.Condition()

    async def ask() -> None:
        talk, number = conversations.create("web").id, 0
        while state != "done":
            before, number = state, number + 1
            (reply,) = await assistant.handle(Message(str(number), talk, QUESTION))
            if state == before:
                told.append((state, reply.outcome, set(re.findall(r"\b[12]11\.000\b", reply.text))))
            async with heard:
                heard.notify_all()
            await asyncio.sleep(0)  # answering may never wait for anything, and the others must have their turn

    async def enough() -> None:
        async with heard:
            await heard.wait_for(lambda: sum(during == state for during, *_ in told) >= 2 * CITIZENS)

    def publish(amount: int) -> int:
        newest = history.edition(CODE)
        assert newest is not None
        number = publishing.draft(priced(newest.procedure, amount), "lan", "phí", newest.number)
        return publishing.publish(CODE, number, "lan", "phí").versions[CODE]

    old = publish(111_000)
    async with asyncio.timeout(60), asyncio.TaskGroup() as citizens:
        for _ in range(CITIZENS):
            citizens.create_task(ask())
        await enough()
        state = "publishing"
        await asyncio.to_thread(publish, 211_000)
        state = "new"
        await asyncio.to_thread(knowledge.refresh)
        await enough()
        state = "going back"
        await asyncio.to_thread(publishing.rollback, CODE, old, "lan", "nhầm")
        state = "old again"
        await enough()
        state = "done"
    assert {outcome for _, outcome, _ in told} == {Outcome.ANSWERED}
    fees = {during: {frozenset(found) for when, _, found in told if when == during} for during, *_ in told}
    assert fees["old"] == fees["old again"] == {frozenset({"111.000"})}
    assert fees["new"] == {frozenset({"211.000"})}

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

import web.service
from knowledge.catalog import Catalog
from knowledge.starter import load_starter
from knowledge.types import Procedure
from tests.knowledge.hashing import HashingEncoder
from web.service import Knowledge, open_engine, open_knowledge
from web.settings import Settings

NEW = Procedure(code="1.900001", name="Cấp thẻ đi tàu bay giấy")


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> HashingEncoder:
    made = HashingEncoder()
    monkeypatch.setattr(web.service, "load_encoder", lambda _setting: made)
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data = tmp_path / "not" / "yet"
    return Settings(data, 0, "http://localhost", f"sqlite:///{data / 'motcua.db'}", "any")


@pytest.fixture
def knowledge(settings: Settings, encoder: HashingEncoder) -> Iterator[Knowledge]:
    engine = open_engine(settings)
    yield open_knowledge(settings, engine)
    engine.dispose()


def test_the_database_is_made_with_its_folder_and_tables(settings: Settings) -> None:
    engine = open_engine(settings)
    assert {"conversations", "messages", "procedures", "tickets"} <= set(inspect(engine).get_table_names())
    engine.dispose()
    open_engine(settings).dispose()


def test_the_starter_catalogue_is_found_at_once(knowledge: Knowledge) -> None:
    assert len(knowledge.live.retriever.index.codes) == len(load_starter())
    assert knowledge.live.search("đăng ký tạm trú")[0].code == "1.004194"
    assert knowledge.catalog.get("1.004194") is not None


def test_opening_again_builds_nothing(knowledge: Knowledge, settings: Settings, encoder: HashingEncoder) -> None:
    encoder.passages.clear()
    again = open_knowledge(settings, knowledge.engine)
    assert encoder.passages == []
    assert again.live.retriever.fingerprint == knowledge.live.retriever.fingerprint


def test_what_another_process_publishes_is_taken_up(knowledge: Knowledge, encoder: HashingEncoder) -> None:
    assert not knowledge.refresh()
    before, live = knowledge.live.retriever, knowledge.live
    Catalog(knowledge.engine).put([NEW], "import", "test")
    encoder.passages.clear()
    assert knowledge.refresh()
    assert encoder.passages == [NEW.name], "only what is new is encoded"
    assert live.search("thẻ đi tàu bay giấy")[0].code == NEW.code
    assert NEW.code not in before.index.codes, "answers under way finish on the old index"
    assert not knowledge.refresh()


def test_another_encoder_gets_another_index(knowledge: Knowledge, settings: Settings, encoder: HashingEncoder) -> None:
    encoder.passages.clear()
    encoder.fingerprint = "another-encoder"
    open_knowledge(settings, knowledge.engine)
    assert len(encoder.passages) > len(load_starter())


def test_only_the_index_in_use_and_the_one_before_are_kept(knowledge: Knowledge) -> None:
    for number in range(3):
        Catalog(knowledge.engine).put([Procedure(code=f"1.90000{number}", name=f"Việc {number}")], "import", "test")
        knowledge.refresh()
    kept = {path.name for path in knowledge.folder.iterdir()}
    assert len(kept) == 2
    assert knowledge.live.retriever.fingerprint in kept


def test_an_index_that_was_interrupted_is_built_again(
    knowledge: Knowledge, settings: Settings, encoder: HashingEncoder
) -> None:
    (knowledge.folder / knowledge.live.retriever.fingerprint / "meta.json").unlink()
    encoder.passages.clear()
    again = open_knowledge(settings, knowledge.engine)
    assert encoder.passages
    assert again.live.search("đăng ký tạm trú")[0].code == "1.004194"
    encoder.passages.clear()
    open_knowledge(settings, knowledge.engine)
    assert encoder.passages == [], "the one built again is kept"


@pytest.mark.model
async def test_the_real_assistant_answers(real_service: object) -> None:
    from bot.messages import Message

    talk = real_service.conversations.create("web").id
    (reply,) = await real_service.assistant.handle(Message("1", talk, "đăng ký khai sinh cần giấy tờ gì"))
    assert reply.procedures == ("1.001193",)

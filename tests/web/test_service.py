from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect

import web.service
from knowledge.catalog import Catalog
from knowledge.days import today
from knowledge.faq import FaqEntry, Faqs
from knowledge.index import build_index
from knowledge.publishing import Publishing
from knowledge.starter import load_starter
from knowledge.types import Procedure
from storage.procedures import Names
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


def test_a_newcomer_is_found_by_the_names_people_use(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.service, "lay_names", lambda: {NEW.code: Names(("xin phép thả diều sáo",))})
    Catalog(knowledge.engine).put([NEW], "import", "test")
    assert knowledge.refresh()
    assert knowledge.live.search("muốn thả diều sáo")[0].code == NEW.code
    assert not knowledge.refresh()


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


def test_nothing_published_costs_a_query_and_no_more(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catalog, "marks", lambda _self: pytest.fail("nothing has changed"))
    assert not knowledge.refresh()


def test_one_changed_procedure_is_mended_into_the_index_in_use(
    knowledge: Knowledge, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.service, "load_index", lambda *_: pytest.fail("the index in use is at hand"))
    publishing = Publishing(knowledge.engine)
    publishing.publish(NEW.code, publishing.draft(NEW, "lan", "mới", 0), "lan", "mới")
    encoder.passages.clear()
    assert knowledge.refresh()
    assert encoder.passages == [NEW.name]
    assert knowledge.live.search("thẻ đi tàu bay giấy")[0].code == NEW.code
    publishing.withdraw(NEW.code, "lan", "thôi")
    assert knowledge.refresh()
    assert NEW.code not in knowledge.live.retriever.index.codes
    monkeypatch.undo()
    whole = build_index(knowledge.catalog.published(), encoder)
    assert knowledge.live.retriever.index.codes == whole.codes


def test_what_was_published_meanwhile_is_mended_into_the_index_on_disk(
    knowledge: Knowledge, settings: Settings, encoder: HashingEncoder
) -> None:
    Catalog(knowledge.engine).put([NEW], "import", "test")
    encoder.passages.clear()
    opened = open_knowledge(settings, knowledge.engine)
    assert encoder.passages == [NEW.name]
    assert opened.live.search("thẻ đi tàu bay giấy")[0].code == NEW.code


def test_an_edition_is_put_in_force_when_its_day_comes(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = today() + timedelta(days=1)
    Catalog(knowledge.engine).put([replace(NEW, effective_on=tomorrow)], "import", "test")
    knowledge.refresh()
    assert knowledge.catalog.get(NEW.code) is None
    monkeypatch.setattr("knowledge.publishing.today", lambda: tomorrow)
    assert knowledge.refresh()
    assert knowledge.catalog.get(NEW.code) is not None
    assert NEW.code in knowledge.live.retriever.index.codes


def test_an_faq_question_is_searched_as_soon_as_it_is_published(knowledge: Knowledge) -> None:
    question = "đi thuyền giấy qua sông có phải xin phép không"
    entry = FaqEntry("1.004194", question, "Không.", "Luật", "https://vbpl.vn")
    Faqs(knowledge.engine).add(entry, "lan", "hỏi nhiều", publish=True)
    assert knowledge.refresh()
    assert knowledge.live.search(question)[0].matched == question


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

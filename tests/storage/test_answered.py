from __future__ import annotations

from sqlalchemy import Engine

from knowledge.catalog import Catalog
from knowledge.starter import load_starter
from storage.answered import answered_after, answers, talk
from storage.conversations import Conversations, Turn
from storage.database import writing
from storage.desk_rows import APPROVAL, Call, HeldAnswer, call
from storage.schema import now
from tests.storage.answering_staff import add_agent, ask, reply

ANSWER = {"text": "Không mất phí", "procedures": ["1.001193"]}


def test_what_waits_are_the_last_words_without_an_answer(engine: Engine) -> None:
    store = Conversations(engine)
    made = store.create("web").id
    agent = add_agent(engine)
    ask(engine, made, "m1", "khai sinh mất tiền không", ANSWER)
    found = talk(engine, made)
    assert found is not None
    assert [line.text for line in found.waiting] == ["khai sinh mất tiền không"]
    ask(engine, made, "m2", "à còn", payload=None)
    last = ask(engine, made, "m3", "Lệ phí", payload="facet:1.001193:fee")
    found = talk(engine, made)
    assert found is not None
    assert [line.text for line in found.waiting] == ["à còn", "Lệ phí"]
    assert found.waiting[-1].payload == "facet:1.001193:fee"
    assert found.channel == "web"
    reply(engine, made, agent, "Không mất tiền", last)
    found = talk(engine, made)
    assert found is not None
    assert found.waiting[-1].id == last


def test_who_only_asked_for_a_person_waits_for_what_was_asked_before(engine: Engine) -> None:
    made = Conversations(engine).create("web").id
    ask(engine, made, "m1", "gặp cán bộ", {"text": "Tôi chuyển anh/chị sang cán bộ.", "outcome": "handoff"})
    found = talk(engine, made)
    assert found is not None
    assert found.waiting == ()
    question = ask(engine, made, "m2", "khai sinh mất tiền không", ANSWER)
    ask(engine, made, "m3", "cho tôi gặp cán bộ", {"text": "Tôi chuyển anh/chị sang cán bộ.", "outcome": "handoff"})
    found = talk(engine, made)
    assert found is not None
    assert [line.id for line in found.waiting] == [question]


def test_an_answer_that_is_being_checked_was_asked_for(engine: Engine) -> None:
    made = Conversations(engine).create("web").id
    ask(engine, made, "m1", "khai sinh mất tiền không", {"text": "Tôi nhờ cán bộ xem lại.", "outcome": "handoff"})
    held = HeldAnswer([ANSWER], 0.4, 300)
    with writing(engine) as connection:
        call(connection, made, "m1", Call(APPROVAL, None, silent=True, held=held), now())
    found = talk(engine, made)
    assert found is not None
    assert [line.text for line in found.waiting] == ["khai sinh mất tiền không"]


def test_an_empty_and_an_unknown_conversation(engine: Engine) -> None:
    found = talk(engine, Conversations(engine).create("web").id)
    assert found is not None
    assert found.waiting == ()
    assert found.state == {}
    assert talk(engine, "nobody") is None


def test_a_draft_sent_after_the_state_was_kept_is_what_the_talk_is_about(engine: Engine) -> None:
    store = Conversations(engine)
    made = store.create("web").id
    agent = add_agent(engine)
    store.record_turn(Turn(made, "m1", {"text": "chào"}, (), {"slots": {"focus": "1.000894"}}))
    draft = {"code": "1.001193", "facet": "fee", "version": 1, "text": "…"}
    reply(engine, made, agent, "Không mất tiền", None, draft)
    reply(engine, made, agent, "Dạ", None)
    found = talk(engine, made)
    assert found is not None
    assert found.sent == draft
    store.record_turn(Turn(made, "m2", {"text": "kết hôn"}, (), {"slots": {"focus": "1.000894"}}))
    found = talk(engine, made)
    assert found is not None
    assert found.sent is None


def test_answers_to_others_tell_who_when_and_whether_the_procedure_changed(engine: Engine) -> None:
    birth = next(procedure for procedure in load_starter() if procedure.code == "1.001193")
    Catalog(engine).put([birth], "starter", "test")
    store, agent = Conversations(engine), add_agent(engine)
    one, other = store.create("web").id, store.create("telegram").id
    first = ask(engine, one, "m1", "khai sinh mất tiền không")
    said = reply(engine, one, agent, "Không mất tiền.", first, {"code": "1.001193", "version": 1})
    second = ask(engine, one, "m2", "thế bao lâu")
    old = reply(engine, one, agent, "Một ngày.", second, {"code": "1.001193", "version": 7})
    third = ask(engine, other, "m1", "còn ở đâu")
    free = reply(engine, other, agent, "Ở xã.", third)
    unasked = reply(engine, other, agent, "Chào anh/chị.", None)
    assert answered_after(engine, 0) == [
        (said, "khai sinh mất tiền không"),
        (old, "thế bao lâu"),
        (free, "còn ở đâu"),
    ]
    assert answered_after(engine, old) == [(free, "còn ở đâu")]
    found = answers(engine, [said, old, free, unasked, 9_999], other)
    assert set(found) == {said, old}
    assert (found[said].author, found[said].text, found[said].changed) == ("Chị Lan", "Không mất tiền.", False)
    assert found[old].changed
    assert answers(engine, [free], one)[free].code is None
    assert answers(engine, [], one) == {}

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, delete, func, select

from storage.conversations import Conversations
from storage.marks import (
    Decided,
    Judgement,
    UnknownEntry,
    count_marks,
    exchange,
    get_mark,
    list_marks,
    marks_of,
    put_mark,
    reopen,
    settle,
    take_back,
)
from storage.schema import conversations, marks
from tests.storage.answering_staff import add_agent, ask, reply

ANSWER = {"text": "Không mất phí", "procedures": ["1.001193"], "facet": "fee"}


@pytest.fixture
def talk(engine: Engine) -> str:
    return Conversations(engine).create("web").id


def test_an_exchange_is_an_answer_with_the_words_it_was_given_to(engine: Engine, talk: str) -> None:
    asked = ask(engine, talk, "m1", "khai sinh mất tiền không", ANSWER, {"text": "Còn gì nữa?"})
    ask(engine, talk, "m2", "à", {"text": "Vâng"})
    about = exchange(engine, asked + 2)
    assert (about.question, about.answer, about.role) == ("khai sinh mất tiền không", "Còn gì nữa?", "assistant")
    first = exchange(engine, asked + 1)
    assert (first.code, first.facet) == ("1.001193", "fee")
    agent = add_agent(engine)
    by_staff = reply(engine, talk, agent, "Ở xã", asked, {"code": "1.004194", "facet": "where"})
    about = exchange(engine, by_staff)
    assert (about.question, about.code, about.facet) == ("khai sinh mất tiền không", "1.004194", "where")
    unasked = reply(engine, talk, agent, "Xin chào", None)
    assert exchange(engine, unasked).question == "à"
    for entry in (asked, 9_999):
        with pytest.raises(UnknownEntry):
            exchange(engine, entry)


def test_the_same_mark_is_put_once(engine: Engine, talk: str) -> None:
    about = exchange(engine, ask(engine, talk, "m1", "hỏi", ANSWER) + 1)
    first = put_mark(engine, about, Judgement.GOOD, "lan")
    again = put_mark(engine, about, Judgement.GOOD, "hoa", "1.000894", "rõ")
    assert again.id == first.id
    assert (again.author, again.right_code, again.note) == ("hoa", "1.000894", "rõ")
    other = put_mark(engine, about, Judgement.MISSING, "lan")
    assert marks_of(engine, [about.entry_id, 1]) == {about.entry_id: ["good", "missing"]}
    assert count_marks(engine) == {"open": 2}
    assert [mark.id for mark in list_marks(engine, "open", 10)] == [other.id, first.id]
    assert [mark.id for mark in list_marks(engine, "open", 10, judgement=Judgement.GOOD)] == [first.id]
    assert [mark.id for mark in list_marks(engine, "open", 10, before=other.id)] == [first.id]


def test_a_mark_can_be_taken_back_until_it_is_decided(engine: Engine, talk: str) -> None:
    about = exchange(engine, ask(engine, talk, "m1", "hỏi", ANSWER) + 1)
    good = put_mark(engine, about, Judgement.GOOD, "lan")
    put_mark(engine, about, Judgement.MISSING, "lan")
    assert take_back(engine, about.entry_id, Judgement.MISSING, "lan") == 1
    assert take_back(engine, about.entry_id, Judgement.MISSING, "lan") == 0
    done = settle(engine, good.id, "bien", "done", "case:1")
    assert (done.status, done.became, done.decided_by) == ("done", "case:1", "bien")
    assert take_back(engine, about.entry_id, None, "lan") == 0
    for again in (
        lambda: settle(engine, good.id, "x", "dismissed", ""),
        lambda: put_mark(engine, about, Judgement.GOOD, "x"),
    ):
        with pytest.raises(Decided):
            again()
    assert reopen(engine, good.id, "bien").status == "open"
    with pytest.raises(UnknownEntry):
        settle(engine, 9_999, "x", "done", "")
    with pytest.raises(UnknownEntry):
        reopen(engine, 9_999, "x")


def test_of_two_editors_one_decides(engine: Engine, talk: str) -> None:
    about = exchange(engine, ask(engine, talk, "m1", "hỏi", ANSWER) + 1)
    mark = put_mark(engine, about, Judgement.GOOD, "lan")
    barrier, won, lost = Barrier(6), [], []

    def decide(name: str) -> None:
        barrier.wait()
        try:
            won.append(settle(engine, mark.id, name, "done", name).became)
        except Decided:
            lost.append(name)

    editors = [Thread(target=decide, args=(f"e{number}",)) for number in range(6)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert (len(won), len(lost)) == (1, 5)
    kept = get_mark(engine, mark.id)
    assert kept is not None
    assert kept.became == won[0]


def test_a_mark_outlives_its_conversation(engine: Engine, talk: str) -> None:
    about = exchange(engine, ask(engine, talk, "m1", "hỏi", ANSWER) + 1)
    mark = put_mark(engine, about, Judgement.GOOD, "lan")
    with engine.begin() as connection:
        connection.execute(delete(conversations).where(conversations.c.id == talk))
        assert connection.scalar(select(func.count()).select_from(marks)) == 1
    kept = get_mark(engine, mark.id)
    assert kept is not None
    assert kept.conversation_id is None

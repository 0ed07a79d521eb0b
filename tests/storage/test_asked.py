"""What was asked, as rows: filters, pages, what waits to be mended; on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert

from storage.asked import Asked, Mended, Questions, Wanted
from storage.audit import Wanted as Lines
from storage.audit import lines
from storage.conversations import Conversations
from storage.schema import now, questions


@pytest.fixture
def asked(engine: Engine) -> Questions:
    return Questions(engine)


@pytest.fixture
def talk(engine: Engine) -> str:
    return Conversations(engine).create("web").id


def ask(asked: Questions, text: str, outcome: str = "answered", confidence: float = 0.9, **more: object) -> int:
    row = {
        "conversation_id": None,
        "text": text,
        "outcome": outcome,
        "confidence": confidence,
        "codes": [],
        "channel": "web",
        "language": "vi",
        "created_at": now(),
    }
    with asked.engine.begin() as connection:
        number: int = connection.execute(insert(questions).values(row | more).returning(questions.c.id)).scalar_one()
    return number


def texts(found: list[Asked]) -> list[str]:
    return [one.text for one in found]


def test_filters_narrow_and_the_newest_comes_first(asked: Questions) -> None:
    yesterday = now() - timedelta(days=1)
    ask(asked, "Làm khai sinh 100% ở đâu", codes=["1.001193"], channel="zalo", created_at=yesterday)
    ask(asked, "Mất căn cước", codes=["1.001194", "1.00119"], confidence=0.4)
    ask(asked, "Trời hôm nay", "abstained", 0.0)
    every = ["Trời hôm nay", "Mất căn cước", "Làm khai sinh 100% ở đâu"]
    assert texts(asked.newest(Wanted(), 9)) == every
    for wanted, found in (
        (Wanted(), every),
        (Wanted(words="100%"), every[2:]),
        (Wanted(words="1_0%"), []),
        (Wanted(words="làm KHAI"), every[2:]),
        (Wanted(words="trời"), every[:1]),
        (Wanted(outcome="abstained"), every[:1]),
        (Wanted(channel="zalo"), every[2:]),
        (Wanted(code="1.001193"), every[2:]),
        (Wanted(code="1.00119"), every[1:2]),
        (Wanted(below=0.5), every[:2]),
        (Wanted(since=now() - timedelta(hours=1)), every[:2]),
        (Wanted(until=now() - timedelta(hours=1)), every[2:]),
        (Wanted(mended="yes"), []),
        (Wanted(mended="no"), every),
    ):
        assert texts(asked.newest(wanted, 9)) == found, wanted
        assert asked.count(wanted) == len(found)
    assert list(asked.channels()) == ["web", "zalo"]


def test_pages_are_cut_by_the_number_of_a_question(asked: Questions) -> None:
    first, *_, fourth, last = [ask(asked, f"câu {place}") for place in range(5)]
    assert texts(asked.newest(Wanted(), 2)) == ["câu 4", "câu 3"]
    assert texts(asked.newest(Wanted(), 2, before=fourth)) == ["câu 2", "câu 1"]
    assert texts(asked.newest(Wanted(), 2, after=first)) == ["câu 2", "câu 1"]
    assert texts(asked.newest(Wanted(), 9, after=last)) == []


def test_unanswered_is_what_nobody_got_an_answer_to(asked: Questions, talk: str, engine: Engine) -> None:
    other = Conversations(engine).create("web").id
    ask(asked, "từ chối", "abstained")
    ask(asked, "lỗi", "error")
    ask(asked, "không chắc", "answered", 0.45)
    ask(asked, "chắc", "answered", 0.8)
    ask(asked, "hỏi lại rồi trả lời", "clarify", conversation_id=talk)
    ask(asked, "đây", "answered", conversation_id=talk)
    ask(asked, "hỏi lại rồi thôi", "clarify", conversation_id=other)
    ask(asked, "chào", "smalltalk", conversation_id=other)
    ask(asked, "", "abstained")
    ask(asked, "lâu rồi", "abstained", created_at=now() - timedelta(days=120))
    assert texts(asked.unanswered()) == ["hỏi lại rồi thôi", "không chắc", "lỗi", "từ chối"]
    assert texts(asked.unanswered(limit=2)) == ["hỏi lại rồi thôi", "không chắc"]


def test_what_was_mended_together_is_found_and_opened_again(asked: Questions, engine: Engine) -> None:
    one, two, other = (ask(asked, text, "abstained") for text in ("một", "hai", "ba"))
    how = Mended("question", "1.001193", "làm giấy đẻ | ở đâu")
    assert asked.mend([one, two], how, "lan") == 2
    assert asked.mend([two, other], Mended("dismissed", "", "câu thử máy"), "minh") == 1
    assert asked.unanswered() == []
    first = asked.get([one])[0]
    assert first.mended_by == "lan"
    assert Mended.read(first.mended_how or "") == how
    assert texts(asked.mended_with(first)) == ["hai", "một"]
    assert asked.reopen([one, two], "lan", "nhầm") == 2
    assert texts(asked.unanswered()) == ["hai", "một"]
    noted = [(line.action, line.subject) for line in lines(engine, Lines(action="question"), 9)]
    assert noted == [
        ("question.reopen", f"{one}, {two}"),
        ("question.mend", f"{two}, {other}"),
        ("question.mend", f"{one}, {two}"),
    ]

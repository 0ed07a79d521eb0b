from datetime import UTC, date, datetime

from bot.answering import Answering
from bot.known_answers import known_answer
from bot.memory import Memory
from bot.messages import Outcome
from knowledge.faq import FaqEntry, StoredFaq
from knowledge.types import Facet, Procedure, SearchResult, Status

BIRTH = Procedure("1.001193", "Đăng ký khai sinh", source_url="https://dichvucong.gov.vn/1.001193")
ENTRY = FaqEntry(
    BIRTH.code,
    "Khai sinh trễ có bị phạt không?",
    "Không bị phạt tiền.",
    "Nghị định 82/2020/NĐ-CP",
    "https://vbpl.vn/82-2020",
    Facet.FEE,
    date(2027, 12, 31),
)
# In Vietnam it is the next day already.
STORED = StoredFaq(5, 2, Status.PUBLISHED, ENTRY, "lan", "hỏi nhiều", datetime(2026, 11, 20, 20, tzinfo=UTC))


class Known:
    """Knows one question by heart."""

    def find(self, question: str, found: list[SearchResult]) -> StoredFaq | None:
        return STORED if question.rstrip("?") == ENTRY.question.rstrip("?") and found else None


class Search:
    def search(self, question: str, limit: int = 10) -> list[SearchResult]:
        return [SearchResult(BIRTH.code, 1.0, 0.9, question)]


def test_an_entry_is_told_word_for_word_with_its_source_and_days() -> None:
    reply = known_answer(STORED, BIRTH)
    assert reply.text.splitlines() == [
        "Không bị phạt tiền.",
        "Áp dụng đến hết 31/12/2027.",
        "Thủ tục: Đăng ký khai sinh, mã 1.001193",
        "Nguồn: Nghị định 82/2020/NĐ-CP, cập nhật 21/11/2026",
        "https://vbpl.vn/82-2020",
    ]
    (source,) = reply.sources
    assert (source.code, source.title, source.url) == (BIRTH.code, ENTRY.source_title, ENTRY.source_url)
    assert (source.facet, source.updated_at, source.version) == ("fee", "2026-11-21", 2)
    assert (reply.outcome, reply.facet, reply.procedures) == (Outcome.ANSWERED, "fee", (BIRTH.code,))
    assert reply.suggestions


def test_english_sentences_stand_around_it_for_who_writes_english() -> None:
    text = known_answer(STORED, BIRTH, "en").text
    assert "Không bị phạt tiền." in text
    assert "Holds until 31" in text


def test_the_question_written_down_gets_its_answer_and_the_talk_is_about_its_procedure() -> None:
    answering = Answering({BIRTH.code: BIRTH}, Search(), Known())
    (reply,), memory = answering.answer(ENTRY.question, Memory(), "vi")
    assert reply == known_answer(STORED, BIRTH)
    assert (memory.focus, memory.facet) == (BIRTH.code, Facet.FEE)
    (other,), _ = answering.answer("khai sinh cần giấy tờ gì", Memory(), "vi")
    assert ENTRY.answer not in other.text


def test_an_entry_of_a_procedure_that_is_gone_is_not_told() -> None:
    (reply,), _ = Answering({}, Search(), Known()).answer(ENTRY.question, Memory(), "vi")
    assert ENTRY.answer not in reply.text

"""Mending questions nobody could answer: asked again, marked, kept as regression cases, and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.messages import Outcome, Reply
from knowledge.admin_names import remove_name
from knowledge.publishing import Refused
from storage.asked import Asked, Mended, Questions
from storage.regressions import Regressions
from web.admin.asked import GOOD
from web.admin.cases import case_row
from web.admin.gate import REHEARSING
from web.pages import SETTINGS
from web.rehearsal import ask
from web.service import Knowledge
from web.staff.opened import KNOWLEDGE

ROLES = {"question": "Câu hỏi người dân hay hỏi", "alias": "Tên gọi khác của thủ tục"}
_KINDS = {Outcome.ANSWERED: "answer", Outcome.PARTIAL: "partial", Outcome.CORRECTED: "correct_premise"}
_TRIED = 12  # different texts of a group asked again at once
_CASES = 3  # regression cases made of one group


@dataclass(frozen=True, slots=True)
class Tried:
    """One text asked again: what became of it when a citizen asked, and what becomes of it now."""

    before: Asked
    outcome: str
    codes: tuple[str, ...]
    confidence: float
    text: str

    @property
    def answered(self) -> bool:
        """Whether it is answered now."""
        return self.outcome in GOOD


async def try_again(app: web.Application, questions: Sequence[Asked]) -> list[Tried]:
    """Ask the different texts of these questions again, each in a conversation of its own."""
    distinct = list({question.text: question for question in reversed(questions)}.values())[::-1][:_TRIED]
    knowledge = app[KNOWLEDGE].knowledge
    if knowledge is None:
        raise web.HTTPServiceUnavailable
    async with app[REHEARSING]:
        replies = await asyncio.to_thread(ask, app[SETTINGS], knowledge, [one.text for one in distinct])
    return [_tried(question, reply) for question, reply in zip(distinct, replies, strict=True)]


def _tried(question: Asked, reply: Reply) -> Tried:
    return Tried(question, reply.outcome.value, reply.procedures, reply.confidence, reply.text)


def close(knowledge: Knowledge, questions: Sequence[Asked], mended: Mended, author: str) -> None:
    """Mark questions as mended."""
    Questions(knowledge.engine).mend([question.id for question in questions], mended, author)


def keep_cases(knowledge: Knowledge, tried: Sequence[Tried], code: str, author: str) -> int:
    """Keep as regression cases what is answered now by this procedure; return how many."""
    right = [one for one in tried if one.answered and code in one.codes][:_CASES]
    for one in right:
        row = case_row([one.before.text], _KINDS[Outcome(one.outcome)], [code])
        Regressions(knowledge.engine).add(row, [code], f"question:{one.before.id}", author)
    return len(right)


def told(mended: Mended, tried: Sequence[Tried], kept: int) -> str:
    """Return in words what was done and what came of it."""
    done = f"Đã thêm “{mended.text}” vào thủ tục {mended.code}." if mended.kind in ROLES else "Đã đánh dấu."
    answered = sum(one.answered for one in tried)
    cases = f" Đã thêm {kept} câu kiểm tra." if kept else ""
    return f"{done} Hỏi lại: {answered}/{len(tried)} câu nay được trả lời.{cases}"


def undo(knowledge: Knowledge, question: Asked, author: str) -> str:
    """Take back what was done to a question and those mended with it; return what could not be, in words.

    Its name goes, its cases run no more, its questions wait again.
    """
    left, mended, questions = "", Mended.read(question.mended_how or ""), Questions(knowledge.engine)
    why = f"Hoàn tác việc xử lý câu {question.id}"
    if mended.kind in ROLES:
        try:
            remove_name(knowledge.engine, mended.code, mended.text, author, why)
        except Refused as error:
            left = f" {error}"  # somebody took it away already, or withdrew the procedure
    together = questions.mended_with(question)
    questions.reopen([one.id for one in together], author, why)
    for one in together:
        Regressions(knowledge.engine).deactivate_of(f"question:{one.id}", author, why)
    knowledge.refresh()
    return left

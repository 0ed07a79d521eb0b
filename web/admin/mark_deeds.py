"""What a mark can become: a question of a procedure, an FAQ draft, a correction, a regression case."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Engine

from bot.answering import Answering
from bot.facets.words import SOURCE_MARKS
from bot.formatting import plain_name
from bot.memory import Memory
from bot.messages import Reply
from knowledge.admin_names import add_name, remove_name
from knowledge.catalog import Catalog
from knowledge.faq import FaqEntry, Faqs
from knowledge.publishing import Refused, Unchanged
from knowledge.types import Facet, Procedure
from nlu.language import detect_language
from nlu.personal import mask_personal
from storage.marks import Decided, Mark, get_mark, reopen, settle
from storage.regressions import Regressions

_QUESTION = "alias"  # the kind of what it became, as `marks.became` keeps it
_WHY = "Góp ý số {number} của {author}"


@dataclass(frozen=True, slots=True)
class Tried:
    """What the assistant answers to the question of a mark now; `right`: the right procedure is told."""

    replies: tuple[Reply, ...]
    names: tuple[str, ...]
    right: bool


def becomes_question(engine: Engine, mark: Mark, code: str, text: str, author: str, *, case: bool) -> None:
    """Let a procedure be found by the question, at once. Raises Refused, Decided."""
    _still_open(engine, mark)
    procedure = _published(engine, code)
    why = _WHY.format(number=mark.id, author=mark.author)
    with suppress(Unchanged):  # somebody taught it before: only the mark is to be closed
        add_name(engine, procedure.code, text, "question", author, why)
    if case:
        add_case(engine, mark, procedure.code, text, author)
    settle(engine, mark.id, author, "done", f"{_QUESTION}:{procedure.code}:{text}")


def becomes_faq(engine: Engine, mark: Mark, code: str, author: str, *, case: bool) -> int:
    """Make an FAQ draft of question and answer and return its number. Raises Refused, Decided."""
    _still_open(engine, mark)
    procedure = _published(engine, code)
    facet = Facet(mark.facet) if mark.facet in tuple(Facet) else Facet.OVERVIEW
    entry = FaqEntry(
        procedure.code,
        mark.question,
        without_source(mark.answer),
        f"Cổng Dịch vụ công quốc gia, {plain_name(procedure.name)}",
        procedure.source_url,
        facet,
    )
    why = _WHY.format(number=mark.id, author=mark.author)
    made = Faqs(engine).add(entry, author, why)
    if case:
        add_case(engine, mark, procedure.code, mark.question, author)
    settle(engine, mark.id, author, "done", f"faq:{made.id}")
    return made.id


def becomes_correction(engine: Engine, mark: Mark, code: str, author: str, *, case: bool) -> str:
    """Close a mark for the correction of a record and return the procedure's code. Raises Refused, Decided."""
    _still_open(engine, mark)
    procedure = _published(engine, code)
    if case:
        add_case(engine, mark, procedure.code, mark.question, author)
    settle(engine, mark.id, author, "done", f"correction:{procedure.code}@{procedure.version}")
    return procedure.code


def becomes_case(engine: Engine, mark: Mark, code: str, author: str) -> int:
    """Keep question and procedure as a regression case only, and return its number. Raises Refused, Decided."""
    _still_open(engine, mark)
    number = add_case(engine, mark, _published(engine, code).code, mark.question, author)
    settle(engine, mark.id, author, "done", f"case:{number}")
    return number


def add_case(engine: Engine, mark: Mark, code: str, question: str, author: str) -> int:
    """Keep a regression case: this question is answered by this procedure."""
    case = {"id": f"mark-{mark.id}", "kind": "answer", "question": mask_personal(question).text, "gold_codes": [code]}
    return Regressions(engine).add(case, [code], f"mark:{mark.id}", author)


def became(mark: Mark) -> tuple[str, str, str]:
    """Return what a mark became: the kind (alias, faq, correction, case), the code or number, and the text."""
    kind, _, rest = (mark.became or "").partition(":")
    number, _, text = rest.partition(":")
    return kind, number, text


def undo(engine: Engine, mark: Mark, author: str) -> Mark:
    """Open a decided mark again; a question it became is taken away from its procedure."""
    kind, code, text = became(mark)
    why = f"Mở lại góp ý số {mark.id}"
    if kind == _QUESTION:
        with suppress(Refused):  # it is gone already, or its procedure is
            remove_name(engine, code, text, author, why)
    Regressions(engine).deactivate_of(f"mark:{mark.id}", author, why)
    return reopen(engine, mark.id, author)


def try_again(answering: Answering, question: str, code: str | None) -> Tried:
    """Ask the question anew, by itself."""
    replies, _ = answering.answer(question, Memory(), detect_language(question))
    codes = tuple(dict.fromkeys(code for reply in replies for code in reply.procedures))
    names = [plain_name(procedure.name) for told in codes if (procedure := answering.procedures.get(told))]
    right = bool(code) and any(reply.procedures[:1] == (code,) for reply in replies)
    return Tried(replies, tuple(names), right)


def without_source(text: str) -> str:
    """Return an answer without the lines that name its source, which an FAQ entry adds by itself."""
    lines = [line for line in text.splitlines() if not line.startswith((*SOURCE_MARKS, "http://", "https://"))]
    return "\n".join(lines).strip()


def _published(engine: Engine, code: str) -> Procedure:
    procedure = Catalog(engine).get(code) if code else None
    if procedure is None:
        shown = f"Không có thủ tục nào đang công bố mang mã “{code[:40]}”." if code else "Chưa chọn thủ tục."
        raise Refused(shown)
    return procedure


def _still_open(engine: Engine, mark: Mark) -> None:
    now = get_mark(engine, mark.id)
    if now is None or now.status != "open":
        raise Decided

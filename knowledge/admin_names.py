"""Teaching the search what people call a procedure, one name at a time: by editors, out of what was asked.

Each is a new version of the procedure with author and reason, in force at once, and undone by taking the name away
again or by going back to the version before (`knowledge.publishing`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Engine

from knowledge.publishing import Publishing, Refused, Unchanged
from nlu.personal import mask_personal
from nlu.text import clean
from storage.procedures import Names

Role = Literal["alias", "question"]
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Named:
    """A name put in or taken away: the number of the change of the catalogue, and of the version it made."""

    code: str
    text: str
    change_id: int
    version: int


def add_name(engine: Engine, code: str, text: str, role: Role, author: str, why: str) -> Named:
    """Let a published procedure be found by one more name (`alias`) or question that people ask (`question`).

    Raises Unchanged when it is found by that already, Refused when the text cannot be a name or the procedure is not
    published.
    """
    said = _checked(text)

    def added(names: Names) -> Names:
        if _without(names, said) != names:
            return names
        if role == "alias":
            return replace(names, aliases=(*names.aliases, said))
        return replace(names, questions=(*names.questions, said))

    already = f"Thủ tục {code} đã có “{said}” trong các tên gọi và câu hỏi."
    return _rename(engine, code, said, added, author, why, already)


def remove_name(engine: Engine, code: str, text: str, author: str, why: str) -> Named:
    """Take a name or question of a published procedure away, whoever gave it.

    Raises Unchanged when it has no such name (the question of an FAQ entry goes with its entry), Refused when the
    procedure is not published.
    """
    said = clean(text)
    unknown = f"Thủ tục {code} không có tên gọi hay câu hỏi “{said}”."
    return _rename(engine, code, said, lambda names: _without(names, said), author, why, unknown)


def _rename(
    engine: Engine, code: str, said: str, change: Callable[[Names], Names], author: str, why: str, nothing: str
) -> Named:
    try:
        changed = Publishing(engine).rename(code, change, author, why)
    except Unchanged as error:
        raise Unchanged(nothing) from error
    return Named(code, said, changed.change_id, changed.versions[code])


def _without(names: Names, said: str) -> Names:
    wanted = said.casefold()
    return Names(
        tuple(text for text in names.aliases if text.casefold() != wanted),
        tuple(text for text in names.questions if text.casefold() != wanted),
    )


def _checked(text: str) -> str:
    said = " ".join(clean(text).split())
    if not any(char.isalpha() for char in said):
        raise Refused("Hãy ghi tên gọi hoặc câu hỏi bằng chữ.")
    if len(said) > LONGEST:
        raise Refused(f"Tên gọi hoặc câu hỏi dài nhất {LONGEST} ký tự; câu này có {len(said)}.")
    kinds = mask_personal(said).kinds
    if kinds:
        raise Refused(f"Câu này có {', '.join(kinds)} của người dân. Hãy bỏ đi rồi lưu lại.")
    return said

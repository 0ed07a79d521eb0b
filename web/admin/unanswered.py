"""Questions nobody got an answer to, in groups of those that ask alike, and the ways to mend a group.

What mends is tried at once: the questions are asked again of the assistant as it is served, and only what is answered
now is marked as mended and kept as a regression case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from channels.web import CONVERSATIONS
from knowledge.admin_names import LONGEST, add_name
from knowledge.catalog import Catalog
from knowledge.publishing import Refused
from nlu.facets import search_words
from nlu.text import fold
from storage.asked import Asked, Mended, Questions
from web.admin.asked import BAD, GOOD, OUTCOME_NAMES, mended_words, names_of
from web.admin.figures import channel_name
from web.admin.grouping import GROUPING, Group, Grouping, find_group
from web.admin.mending import ROLES, close, keep_cases, told, try_again, undo
from web.admin.paging import cut, page_number
from web.service import Knowledge
from web.staff.frame import back, render
from web.staff.guard import EDITORS, READERS, STAFF, Role, guarded
from web.staff.opened import KNOWLEDGE

PATH = "/admin/asked/unanswered"
ELSEWHERE = {"faq": "Viết mục hỏi đáp", "procedure": "Sửa hoặc thêm thủ tục"}
REASONS = (
    "Không phải việc của thủ tục hành chính",
    "Câu thử máy hoặc không rõ nghĩa",
    "Cán bộ đã trả lời riêng",
    "Không thể trả lời bằng danh mục",
)
_NEAREST = 3
_FOUND = 6
_LOADING = "Trợ lý đang khởi động. Anh/chị chờ khoảng nửa phút rồi tải lại trang."
_STILL_NOT = (
    "Trợ lý vẫn chưa trả lời được câu nào trong các câu đã chọn nên chưa đánh dấu. "
    "Nếu mục mới còn là bản nháp, hãy công bố rồi thử lại."
)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the forms of a group, as typed."""

    values: Mapping[str, str] = field(default_factory=dict)
    chosen: frozenset[int] | None = None  # None: every question
    error: str = ""


def set_up(app: web.Application) -> None:
    """Give the application the pages."""
    app[GROUPING] = Grouping()
    group = PATH + r"/{number:\d{1,15}}"
    app.add_routes(
        [
            guarded("GET", PATH, _list, READERS),
            guarded("GET", PATH + "/progress", _progress, READERS),
            guarded("GET", group, _show, READERS),
            guarded("POST", group + "/name", _name, EDITORS),
            guarded("POST", group + "/done", _done, EDITORS),
            guarded("POST", group + "/dismiss", _dismiss, EDITORS),
            guarded("POST", group + "/undo", _undo, EDITORS),
        ]
    )


async def _list(request: web.Request) -> web.Response:
    knowledge = request.app[KNOWLEDGE].knowledge
    if knowledge is None:
        return render(request, "unanswered.html", found=None, loading=_LOADING)
    groups = await request.app[GROUPING].groups(knowledge)
    if groups is None:
        return render(request, "unanswered.html", found=None, loading="", grouping=request.app[GROUPING])
    words = request.query.get("q", "").strip()[:200]
    fitting = [group for group in groups if _has(group, words)]
    shown = cut(fitting, page_number(request), f"q={words}" if words else "")
    nearest = await asyncio.to_thread(_nearest_of, knowledge, [group.middle.text for group in shown.items])
    return render(
        request,
        "unanswered.html",
        found=shown,
        nearest=nearest,
        loading="",
        words=words,
        total=sum(len(group.questions) for group in groups),
        whole=len(groups),
        channel_name=channel_name,
        outcomes=OUTCOME_NAMES,
    )


def _has(group: Group, words: str) -> bool:
    wanted = fold(words)
    return not wanted or any(wanted in fold(text) for text in group.texts)


async def _progress(request: web.Request) -> web.Response:
    grouping = request.app[GROUPING]
    return web.json_response({"done": grouping.done, "count": grouping.count, "ended": not grouping.working})


async def _show(request: web.Request) -> web.Response:
    return await _page(request, await _question(request), Typed())


async def _name(request: web.Request) -> web.Response:
    """Add the text as a name or question of a procedure, in force at once, and try the questions again."""
    question, typed = await _question(request), await _posted(request)
    knowledge, values, author = _ready(request), typed.values, request[STAFF].login
    role = values["role"] if values["role"] in ROLES else "question"
    code = values["code"].strip()
    chosen = await _chosen(request, typed)
    if not code:
        return await _page(request, question, replace(typed, error="Chọn thủ tục trả lời được câu này."), 422)
    if not chosen:
        return await _page(request, question, replace(typed, error="Chọn ít nhất một câu."), 422)
    why = f"Người dân hỏi: {question.text}"[:LONGEST]

    def mend() -> Mended:
        named = add_name(knowledge.engine, code, values["text"], role, author, why)  # type: ignore[arg-type]
        knowledge.refresh()
        return Mended(role, code, named.text)

    try:
        mended = await asyncio.to_thread(mend)
    except Refused as error:
        return await _page(request, question, replace(typed, error=str(error)), 409)
    tried = await try_again(request.app, chosen)
    await asyncio.to_thread(close, knowledge, chosen, mended, author)
    kept = await asyncio.to_thread(keep_cases, knowledge, tried, code, author) if "case" in values else 0
    return back(request, f"{PATH}/{question.id}?try=1", told(mended, tried, kept))


async def _done(request: web.Request) -> web.Response:
    """Mark as mended what was mended elsewhere: of the questions chosen, those that are answered now."""
    question, typed = await _question(request), await _posted(request)
    knowledge, author = _ready(request), request[STAFF].login
    how = typed.values["how"] if typed.values["how"] in ELSEWHERE else "faq"
    chosen = await _chosen(request, typed)
    tried = await try_again(request.app, chosen)
    answered = {one.before.text for one in tried if one.answered}
    mended = [one for one in chosen if one.text in answered]
    if not mended:
        return await _page(request, question, replace(typed, error=_STILL_NOT), 409)
    code = next((one.codes[0] for one in tried if one.answered and one.codes), "")
    deed = Mended(how, code)
    await asyncio.to_thread(close, knowledge, mended, deed, author)
    kept = await asyncio.to_thread(keep_cases, knowledge, tried, code, author) if "case" in typed.values else 0
    return back(request, f"{PATH}/{mended[0].id}?try=1", told(deed, tried, kept))


async def _dismiss(request: web.Request) -> web.Response:
    question, typed = await _question(request), await _posted(request)
    reason, chosen = typed.values["reason"], await _chosen(request, typed)
    if reason not in REASONS or not chosen:
        return await _page(request, question, replace(typed, error="Chọn lý do và ít nhất một câu."), 422)
    await asyncio.to_thread(close, _ready(request), chosen, Mended("dismissed", "", reason), request[STAFF].login)
    return back(request, PATH, f"Đã bỏ qua {len(chosen)} câu: {reason.lower()}.")


async def _undo(request: web.Request) -> web.Response:
    """Take back what was done to a group: its name goes, its cases run no more, its questions wait again."""
    question = await _question(request)
    if question.mended_how is None:
        return back(request, f"{PATH}/{question.id}", "Nhóm này chưa được xử lý nên không có gì để hoàn tác.")
    knowledge, author = _ready(request), request[STAFF].login
    left = await asyncio.to_thread(undo, knowledge, question, author)
    return back(request, f"{PATH}/{question.id}", f"Đã hoàn tác.{left}")


async def _page(request: web.Request, question: Asked, typed: Typed, status: int = 200) -> web.Response:
    """Show a group, or what was mended together."""
    app, knowledge = request.app, request.app[KNOWLEDGE].knowledge
    if knowledge is None:
        return render(request, "unanswered.html", 503, found=None, loading=_LOADING)
    if question.mended_at is None:
        group = await find_group(app, question)
        if group is None:
            return render(request, "unanswered.html", found=None, loading="", grouping=app[GROUPING])
    else:
        group = Group(tuple(await asyncio.to_thread(Questions(knowledge.engine).mended_with, question)))
    tried = await try_again(app, group.questions) if "try" in request.query else []
    words = request.query.get("q", "").strip()[:200]
    near = await asyncio.to_thread(_find, knowledge, words or group.middle.text, _FOUND if words else _NEAREST)
    codes = {code for one in group.questions for code in one.codes[:_NEAREST]}
    codes |= {code for one in tried for code in one.codes[:_NEAREST]}
    mended = Mended.read(question.mended_how) if question.mended_how else None
    names = await asyncio.to_thread(names_of, Catalog(knowledge.engine), codes | ({mended.code} if mended else set()))
    return render(
        request,
        "unanswered_group.html",
        status,
        question=question,
        group=group,
        mended=mended,
        mended_words=mended_words(question.mended_how),
        tried=tried,
        near=near,
        words=words,
        names=names,
        typed=typed,
        roles=ROLES,
        elsewhere=ELSEWHERE,
        reasons=REASONS,
        outcomes=OUTCOME_NAMES,
        good=GOOD,
        bad=BAD,
        longest=LONGEST,
        channel_name=channel_name,
        may_write=Role(request[STAFF].role) in EDITORS,
    )


async def _question(request: web.Request) -> Asked:
    questions = Questions(request.app[CONVERSATIONS].engine)
    found = await asyncio.to_thread(questions.get, [int(request.match_info["number"])])
    if not found:
        raise web.HTTPNotFound
    return found[0]


def _ready(request: web.Request) -> Knowledge:
    knowledge = request.app[KNOWLEDGE].knowledge
    if knowledge is None:
        raise web.HTTPServiceUnavailable
    return knowledge


async def _posted(request: web.Request) -> Typed:
    posted = await request.post()
    numbers = (number for value in posted.getall("ids", []) for number in str(value).split(","))
    chosen = frozenset(int(number) for number in numbers if number.isdecimal() and len(number) < 16)
    names = ("text", "role", "code", "how", "reason")
    values = {name: str(posted.get(name, "")) for name in names}
    return Typed(values | ({"case": "1"} if "case" in posted else {}), chosen)


async def _chosen(request: web.Request, typed: Typed) -> list[Asked]:
    """Return the questions that are ticked and still wait, newest first."""
    questions = Questions(request.app[CONVERSATIONS].engine)
    ticked = await asyncio.to_thread(questions.get, typed.chosen or ())
    return [one for one in ticked if one.mended_at is None]


def _nearest_of(knowledge: Knowledge, texts: Sequence[str]) -> list[list[dict[str, Any]]]:
    return [_find(knowledge, text, _NEAREST - 1) for text in texts]


def _find(knowledge: Knowledge, words: str, limit: int) -> list[dict[str, Any]]:
    """Return the procedures nearest to some words, the one whose code they are first."""
    exact = knowledge.catalog.get(words.strip())
    results = knowledge.live.search(search_words(words) or words, limit)
    found = {result.code: result.confidence for result in results}
    codes = dict.fromkeys([*([exact.code] if exact else ()), *found])
    names = names_of(knowledge.catalog, codes.keys())
    return [{"code": code, "name": names[code], "confidence": found.get(code, 1.0)} for code in codes if code in names]

"""What staff marked as good or wrong: editors make of each mark a question, an FAQ draft, a correction or a case."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from bot.facets.words import FACET_LABELS
from bot.formatting import plain_name
from knowledge.admin_names import LONGEST
from knowledge.catalog import Catalog
from knowledge.publishing import Refused
from nlu.facets import search_words
from nlu.text import clean
from storage.marks import Decided, Judgement, Mark, UnknownEntry, count_marks, get_mark, list_marks, settle
from web.admin.mark_deeds import (
    Tried,
    became,
    becomes_case,
    becomes_correction,
    becomes_faq,
    becomes_question,
    try_again,
    undo,
)
from web.desk.asking import opened
from web.pages import CATALOG
from web.sheet_page import ENGINE
from web.staff.frame import back, render
from web.staff.guard import EDITORS, READERS, STAFF, Role, guarded
from web.staff.opened import KNOWLEDGE

JUDGEMENTS = {
    Judgement.WRONG_PROCEDURE.value: "Sai thủ tục",
    Judgement.MISSING.value: "Thiếu thông tin",
    Judgement.GOOD.value: "Câu trả lời tốt",
}
STATUSES = {"open": "Chờ xử lý", "done": "Đã xử lý", "dismissed": "Đã bỏ qua"}
_FACETS = {facet.value: label for facet, label in FACET_LABELS["vi"].items()}
_PAGE = 30
_NEAREST = 6
_LONGEST_WHY = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A mark with the names of the procedures it is about; `target` is the one that the first deed goes to."""

    mark: Mark
    told: str
    right: str
    target: str
    target_name: str


def set_up(app: web.Application) -> None:
    """Give the application the pages."""
    app.add_routes(
        [
            guarded("GET", "/admin/marks", _list, READERS),
            guarded("GET", r"/admin/marks/{number:\d{1,9}}", _show, READERS),
            guarded("POST", r"/admin/marks/{number:\d{1,9}}/{deed:question|faq|correction|case}", _become, EDITORS),
            guarded("POST", r"/admin/marks/{number:\d{1,9}}/dismiss", _dismiss, EDITORS),
            guarded("POST", r"/admin/marks/{number:\d{1,9}}/reopen", _reopen, EDITORS),
        ]
    )


async def _list(request: web.Request) -> web.Response:
    status = request.query.get("status", "open")
    status = status if status in STATUSES else "open"
    named = request.query.get("mark", "")
    judgement = Judgement(named) if named in tuple(Judgement) else None
    asked = request.query.get("before", "")
    before = int(asked) if asked.isdecimal() and len(asked) < 10 else None
    engine, catalog = request.app[ENGINE], request.app[CATALOG]

    def read() -> tuple[list[Row], Mapping[str, int], int | None]:
        found = list_marks(engine, status, _PAGE + 1, judgement=judgement, before=before)
        older = found[_PAGE - 1].id if len(found) > _PAGE else None
        return _rows(catalog, found[:_PAGE]), count_marks(engine), older

    rows, counts, older = await asyncio.to_thread(read)
    kept = {"status": status} | ({"mark": judgement.value} if judgement else {})
    return render(
        request,
        "marks.html",
        rows=rows,
        counts=counts,
        chosen=status,
        judgement=judgement,
        statuses=STATUSES,
        judgements=JUDGEMENTS,
        older=f"?{urlencode(kept | {'before': str(older)})}" if older else "",
        newest=f"?{urlencode(kept)}" if before else "",
        editor=_is_editor(request),
        facets=_FACETS,
    )


def _rows(catalog: Catalog, found: Sequence[Mark]) -> list[Row]:
    names: dict[str, str] = {}
    for code in {code for mark in found for code in (mark.code, mark.right_code) if code}:
        procedure = catalog.get(code)
        names[code] = plain_name(procedure.name) if procedure else ""
    rows = []
    for mark in found:
        told, right = names.get(mark.code or "", ""), names.get(mark.right_code or "", "")
        wrong = mark.mark == Judgement.WRONG_PROCEDURE
        target = mark.right_code or ("" if wrong else mark.code) or ""
        rows.append(Row(mark, told, right, target, names.get(target, "")))
    return rows


async def _show(request: web.Request) -> web.Response:
    tried = await _tried(request, await _wanted(request)) if "try" in request.query else None
    return await _page(request, await _wanted(request), tried=tried)


async def _page(
    request: web.Request,
    mark: Mark,
    typed: Mapping[str, str] | None = None,
    wrong: str = "",
    status: int = 200,
    tried: Tried | None = None,
) -> web.Response:
    """Show one mark; `typed` is what stood in a form that could not be done, `wrong` why."""
    row = (await asyncio.to_thread(_rows, request.app[CATALOG], [mark]))[0]
    near = await asyncio.to_thread(_near, request, mark) if mark.status == "open" else []
    kind, number, text = became(mark)
    first = (typed or {}).get("code") or row.target or (near[0][0] if near else "")
    return render(
        request,
        "mark.html",
        status,
        row=row,
        mark=mark,
        near=near,
        first=first,
        typed=typed or {},
        wrong=wrong,
        tried=tried,
        judgements=JUDGEMENTS,
        statuses=STATUSES,
        facets=_FACETS,
        kind=kind,
        number=number,
        text=text,
        longest=LONGEST,
        editor=_is_editor(request),
    )


def _near(request: web.Request, mark: Mark) -> list[tuple[str, str]]:
    """Return code and name of the procedures that may be meant: the right one first, then those found."""
    catalog, knowledge = request.app[CATALOG], request.app[KNOWLEDGE].knowledge
    words = search_words(mark.question)
    found = [result.code for result in knowledge.live.search(words, _NEAREST)] if knowledge and words.strip() else []
    codes = dict.fromkeys(code for code in (mark.right_code, *found, mark.code) if code)
    if mark.mark == Judgement.WRONG_PROCEDURE and mark.code in codes and mark.code != mark.right_code:
        del codes[mark.code]
    procedures = [procedure for code in codes if (procedure := catalog.get(code))]
    return [(procedure.code, plain_name(procedure.name)) for procedure in procedures]


async def _tried(request: web.Request, mark: Mark) -> Tried:
    knowledge, answering = opened(request.app)
    _, code, _ = became(mark)
    right = mark.right_code or (code if mark.status == "done" else None) or mark.code

    def work() -> Tried:
        knowledge.refresh()  # what was just taught counts
        return try_again(answering, mark.question, right)

    return await asyncio.to_thread(work)


async def _become(request: web.Request) -> web.Response:
    mark = await _wanted(request)
    posted = {name: clean(str(value)) for name, value in (await request.post()).items() if isinstance(value, str)}
    code = posted.get("other_code") or posted.get("code", "")
    keep = posted.get("case") == "yes"
    engine, author, here = request.app[ENGINE], request[STAFF].login, f"/admin/marks/{mark.id}"
    try:
        match request.match_info["deed"]:
            case "question":
                text = posted.get("text") or mark.question
                await asyncio.to_thread(becomes_question, engine, mark, code, text, author, case=keep)
                return back(request, f"{here}?try=1", "Đã thêm câu hỏi vào thủ tục. Bên dưới là câu trả lời bây giờ.")
            case "faq":
                made = await asyncio.to_thread(becomes_faq, engine, mark, code, author, case=keep)
                return back(request, f"/admin/faq/{made}", "Đã tạo bản nháp hỏi đáp. Xem lại câu chữ rồi công bố.")
            case "correction":
                told = await asyncio.to_thread(becomes_correction, engine, mark, code, author, case=keep)
                return back(request, f"/admin/procedures/{told}/edit", f"Góp ý: {mark.note or mark.question}")
            case _:
                await asyncio.to_thread(becomes_case, engine, mark, code, author)
                return back(
                    request, "/admin/marks", "Đã giữ làm câu kiểm tra, chạy mỗi khi công bố thay đổi liên quan."
                )
    except Refused as error:
        return await _page(request, mark, posted | {"code": code}, str(error), 422)
    except Decided:
        return back(request, here, "Đồng nghiệp đã xử lý góp ý này trước.")


async def _dismiss(request: web.Request) -> web.Response:
    mark = await _wanted(request)
    why = clean(str((await request.post()).get("why", "")))[:_LONGEST_WHY]
    if not why:
        return await _page(request, mark, {}, "Ghi lý do bỏ qua, để người góp ý hiểu.", 422)
    try:
        await asyncio.to_thread(settle, request.app[ENGINE], mark.id, request[STAFF].login, "dismissed", why, why)
    except Decided:
        return back(request, f"/admin/marks/{mark.id}", "Đồng nghiệp đã xử lý góp ý này trước.")
    except UnknownEntry:
        return back(request, "/admin/marks", "Người góp ý đã rút lại góp ý này.")
    return back(request, "/admin/marks", "Đã bỏ qua góp ý.")


async def _reopen(request: web.Request) -> web.Response:
    mark = await _wanted(request)
    if mark.status != "open":
        await asyncio.to_thread(undo, request.app[ENGINE], mark, request[STAFF].login)
    return back(request, f"/admin/marks/{mark.id}", "Đã mở lại góp ý. Câu hỏi và câu kiểm tra đã thêm được gỡ ra.")


async def _wanted(request: web.Request) -> Mark:
    mark = await asyncio.to_thread(get_mark, request.app[ENGINE], int(request.match_info["number"]))
    if mark is None:
        raise web.HTTPNotFound
    return mark


def _is_editor(request: web.Request) -> bool:
    return Role(request[STAFF].role) in EDITORS

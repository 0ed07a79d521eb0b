"""The desk's JSON API: the queue, one conversation, and every step of answering it. Told in docs/staff.md."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from aiohttp import web

from bot import desk_phrases, rating
from bot.messages import Reply
from channels.web import CONVERSATIONS
from nlu.personal import EMAIL, PHONE, mask_personal
from storage.approvals import AlreadyDecided, Checking, Decision, UnknownAnswer
from storage.conversations import UnknownConversation
from storage.desk import Agent, Answer, KeyUsed, NotOnDesk, NotOnLine, WrapUp
from storage.desk_leases import HeldByOther
from storage.desk_queue import authors, counts, find, look, sends
from storage.presence import AWAY, ONLINE, colleagues, set_presence
from storage.ratings import Ratings
from web.desk import requests, shapes
from web.desk.requests import answer, body_of, conversation_of, number_in, refuse, words_in
from web.desk.speaking import NotConnected
from web.desk.works import WORKS, Works
from web.staff.guard import DESK, LEAD, STAFF, guarded

PREFIX = "/desk/api"
_PAGE = 200
_LONGEST_KEY = 100
_LONGEST_CODE = 40
# What staff tell citizens may hold the phone number or the address of an office; all else that is personal is covered.
_OFFICES = frozenset({PHONE, EMAIL})

# Closed in these ways, a conversation is worth asking whether it helped.
_HELPED = frozenset({WrapUp.ANSWERED, WrapUp.SENT_ELSEWHERE})

T = TypeVar("T")


def routes() -> list[web.RouteDef]:
    """Return the routes of the API."""
    one = PREFIX + "/conversations/{conversation_id}"
    steps = {
        "/take": _take,
        "/renew": _renew,
        "/handover": _hand_over,
        "/back": _back,
        "/close": _close,
        "/note": _note,
        "/reply": _reply,
    }
    return [
        guarded("GET", PREFIX + "/queue", _queue, DESK),
        guarded("GET", one, _conversation, DESK),
        *(guarded("POST", one + step, handler, DESK) for step, handler in steps.items()),
        guarded("POST", one + "/takeover", _take_over, LEAD),
        guarded("POST", PREFIX + "/held/{number}", _decide, DESK),
        guarded("POST", PREFIX + "/presence", _presence, DESK),
        guarded("GET", PREFIX + "/colleagues", _colleagues, DESK),
    ]


async def _queue(request: web.Request) -> web.Response:
    works, viewer = request.app[WORKS], request[STAFF].id
    wanted = requests.wanted(request, viewer)

    def read() -> dict[str, Any]:
        cursor = works.newest_event()
        found = find(works.engine, wanted)
        return {
            "conversations": [works.summary(standing, viewer) for standing in found.conversations],
            "counts": shapes.counts(counts(works.engine), viewer),
            "more": found.place is not None,
            "next": found.place,
            "cursor": cursor,
        }

    return answer(await asyncio.to_thread(read))


async def _conversation(request: web.Request) -> web.Response:
    works, viewer = request.app[WORKS], request[STAFF].id
    conversation_id, after = conversation_of(request), requests.number_asked(request, "after", 0)

    def read() -> dict[str, Any] | None:
        standing = look(works.engine, [conversation_id]).get(conversation_id)
        if standing is None:
            return None
        entries = request.app[CONVERSATIONS].entries_after(conversation_id, after, _PAGE)
        wrote = authors(works.engine, conversation_id)
        sent = shapes.by_source(sends(works.engine, conversation_id))
        return {
            "summary": works.summary(standing, viewer),
            "entries": [shapes.entry(entry, standing.channel, wrote, sent) for entry in entries],
            "held_answer": shapes.held_answer(works.approvals.open_in(conversation_id)),
            "more": len(entries) == _PAGE,
        }

    found = await asyncio.to_thread(read)
    return answer(found) if found is not None else requests.unknown()


async def _take(request: web.Request) -> web.Response:
    works, name, agent = _acting(request)

    def take(conversation_id: str) -> None:
        told = works.speaker.notice(conversation_id, "taken", lambda language: desk_phrases.taken(name, language))
        works.desk.take(conversation_id, agent, told)
        works.after_saying(conversation_id, told)

    return await _step(request, take)


async def _renew(request: web.Request) -> web.Response:
    works, _, agent = _acting(request)
    return await _step(request, lambda conversation_id: works.desk.renew(conversation_id, agent), quiet=True)


async def _take_over(request: web.Request) -> web.Response:
    works, name, agent = _acting(request)
    needed = "Anh/chị ghi lý do tiếp quản, ví dụ: cán bộ đang giữ bận việc khác."
    reason = mask_personal(words_in(await body_of(request), "reason", requests.LONGEST_NOTE, empty=needed)).text

    def take(conversation_id: str) -> None:
        told = works.speaker.notice(conversation_id, "taken", lambda language: desk_phrases.taken(name, language))
        works.desk.take_over(conversation_id, agent, reason, told)
        works.after_saying(conversation_id, told)

    return await _step(request, take)


async def _hand_over(request: web.Request) -> web.Response:
    works, _, agent = _acting(request)
    body = await body_of(request)
    to = number_in(body, "to", needed=True) or 0
    note = _noted(body)
    found = await asyncio.to_thread(colleagues, works.engine)
    name = next((one.name for one in found if one.id == to and one.presence == ONLINE and to != agent.id), None)
    if name is None:
        _not_on_line()

    def hand_over(conversation_id: str) -> None:
        told = works.speaker.notice(conversation_id, "taken", lambda language: desk_phrases.taken(name, language))
        works.desk.hand_over(conversation_id, agent, to, note, told)
        works.after_saying(conversation_id, told)

    return await _step(request, hand_over)


async def _back(request: web.Request) -> web.Response:
    works, _, agent = _acting(request)

    def back(conversation_id: str) -> None:
        told = works.speaker.notice(conversation_id, "back", desk_phrases.back)
        works.desk.give_back(conversation_id, agent, told)
        works.after_saying(conversation_id, told)

    return await _step(request, back)


async def _close(request: web.Request) -> web.Response:
    works, _, agent = _acting(request)
    body = await body_of(request)
    reason, note = words_in(body, "reason", _LONGEST_CODE), _noted(body)
    if reason not in set(WrapUp):
        refuse(web.HTTPUnprocessableEntity, "wrong_field", "Anh/chị chọn một lý do kết thúc.")
    if reason == WrapUp.OTHER and not note:
        refuse(web.HTTPUnprocessableEntity, "empty", "Anh/chị ghi rõ lý do khác là gì.")

    def close(conversation_id: str) -> None:
        # Whoever only sends rubbish is told nothing more.
        told = None if reason == WrapUp.SPAM else works.speaker.notice(conversation_id, "back", desk_phrases.back)
        works.desk.close(conversation_id, agent, WrapUp(reason), note, told)
        works.after_saying(conversation_id, told)
        if reason in _HELPED:
            _ask_to_rate(works, conversation_id)

    return await _step(request, close)


def _ask_to_rate(works: Works, conversation_id: str) -> None:
    words = works.speaker.question(conversation_id, f"rating:{conversation_id}", rating.question)
    if Ratings(works.engine).ask(conversation_id, works.speaker.focus(conversation_id), words):
        works.after_saying(conversation_id, words)


async def _note(request: web.Request) -> web.Response:
    works, _, agent = _acting(request)
    note = _noted(await body_of(request))
    return await _step(request, lambda conversation_id: works.desk.set_note(conversation_id, agent, note))


async def _reply(request: web.Request) -> web.Response:
    works, name, agent = _acting(request)
    conversation_id, body = conversation_of(request), await body_of(request)
    text, masked = _spoken(words_in(body, "text", requests.LONGEST_ANSWER, empty="Câu trả lời đang trống."))
    key, answers, draft = _key(body), number_in(body, "answers"), _draft(body)

    def reply() -> dict[str, Any]:
        source = shapes.staff_source(agent.id, key)
        words = works.speaker.by_staff(conversation_id, text, name, source)
        entry = works.desk.reply(conversation_id, agent, Answer(key, words, answers, draft))
        works.after_saying(conversation_id, words)
        return works.entry(conversation_id, entry)

    return answer({"entry": await _done(reply), "masked": masked}, status=201)


async def _decide(request: web.Request) -> web.Response:
    works, name, agent = _acting(request)
    told_number, body = request.match_info["number"], await body_of(request)
    number = int(told_number) if told_number.isascii() and told_number.isdigit() and len(told_number) < 19 else 0
    told_decision = words_in(body, "decision", _LONGEST_CODE)
    if told_decision not in set(Decision):
        refuse(web.HTTPUnprocessableEntity, "wrong_field", '"decision" cần là approve, edit hoặc reject.')
    decision = Decision(told_decision)
    empty = "" if decision is Decision.APPROVE else "Anh/chị viết câu trả lời sẽ gửi cho người dân."
    text, masked = _spoken(words_in(body, "text", requests.LONGEST_ANSWER, empty=empty))
    key = _key(body)

    def decide() -> dict[str, Any]:
        checking = works.approvals.get(number)
        back = works.speaker.notice(checking.conversation_id, "back", desk_phrases.back)
        if decision is Decision.APPROVE:
            entries = _approve(works, checking, agent, name, back)
        else:
            source = shapes.staff_source(agent.id, key)
            words = works.speaker.by_staff(checking.conversation_id, text, name, source)
            entries = works.approvals.answer_instead(number, agent, decision, Answer(key, words), back)
            works.after_saying(checking.conversation_id, words)
        shown = [works.entry(checking.conversation_id, entry) for entry in entries]
        return {"summary": works.look(checking.conversation_id, agent.id), "entries": shown, "masked": masked}

    return answer(await _done(decide))


def _approve(works: Works, checking: Checking, agent: Agent, name: str, back: Any) -> list[int]:
    replies = [Reply.from_json(reply) for reply in checking.replies]
    outgoing = works.speaker.outgoing(checking.conversation_id, replies, f"held:{checking.id}")
    entries = works.approvals.approve(checking.id, agent, name, outgoing, back)
    works.after_sending(checking.conversation_id, outgoing)
    return entries


async def _presence(request: web.Request) -> web.Response:
    status = (await body_of(request)).get("status")
    if status not in (ONLINE, AWAY):
        refuse(web.HTTPUnprocessableEntity, "wrong_field", '"status" cần là online hoặc away.')
    works = request.app[WORKS]
    await asyncio.to_thread(set_presence, works.engine, request[STAFF].id, status)
    works.wake()
    return answer({"presence": status})


async def _colleagues(request: web.Request) -> web.Response:
    found = await asyncio.to_thread(colleagues, request.app[WORKS].engine)
    return answer([shapes.colleague(one) for one in found])


def _acting(request: web.Request) -> tuple[Works, str, Agent]:
    staff = request[STAFF]
    return request.app[WORKS], staff.name, Agent(staff.id, staff.login)


async def _step(request: web.Request, act: Callable[[str], None], *, quiet: bool = False) -> web.Response:
    """Do one step in a thread and return how the conversation stands then."""
    works, viewer, conversation_id = request.app[WORKS], request[STAFF].id, conversation_of(request)

    def run() -> dict[str, Any]:
        act(conversation_id)
        return {"summary": works.look(conversation_id, viewer)}

    done = await _done(run)
    if not quiet:
        works.wake()
    return answer(done)


async def _done(act: Callable[[], T]) -> T:
    """Do something in a thread; what stands in its way is told in plain words."""
    try:
        return await asyncio.to_thread(act)
    except HeldByOther as held:
        _held(held)
    except UnknownConversation:
        requests.unknown()
    except UnknownAnswer:
        refuse(web.HTTPNotFound, "unknown_answer", "Không còn câu trả lời chờ duyệt này.")
    except AlreadyDecided:
        refuse(web.HTTPConflict, "decided", "Đồng nghiệp vừa duyệt câu trả lời này.")
    except KeyUsed:
        refuse(web.HTTPConflict, "key_used", "Câu trả lời này trùng mã với câu khác. Anh/chị gửi lại.")
    except NotOnLine:
        _not_on_line()
    except NotOnDesk:
        refuse(web.HTTPConflict, "not_on_desk", "Cuộc này do trợ lý trả lời. Anh/chị nhận rồi mới ghi chú được.")
    except NotConnected:
        words = "Kênh của người này chưa được kết nối ở máy chủ này nên chưa gửi được. Chưa có gì bị gửi đi."
        refuse(web.HTTPServiceUnavailable, "channel_off", words)


def _held(held: HeldByOther) -> NoReturn:
    if not held.name:
        refuse(web.HTTPConflict, "not_held", "Anh/chị không còn giữ cuộc này. Bấm Nhận để trả lời tiếp.", holder=None)
    holder = {"id": held.holder_id, "name": held.name}
    refuse(web.HTTPConflict, "held", f"{held.name} đang giữ cuộc này.", holder=holder)


def _not_on_line() -> NoReturn:
    refuse(web.HTTPConflict, "not_online", "Đồng nghiệp này hiện không trực. Anh/chị chọn người khác.")


def _spoken(text: str) -> tuple[str, bool]:
    """Return a text without personal numbers, and whether there were any."""
    kept = text
    for kind, value in mask_personal(text).values:
        if kind not in _OFFICES:
            kept = kept.replace(value, f"[{kind}]")
    return kept, kept != text


def _noted(body: dict[str, Any]) -> str:
    """Return a note for colleagues, without personal numbers: a contact belongs in the ticket."""
    return mask_personal(words_in(body, "note", requests.LONGEST_NOTE)).text


def _key(body: dict[str, Any]) -> str:
    return words_in(body, "key", _LONGEST_KEY, empty='Thiếu "key": mỗi câu trả lời một mã riêng.')


def _draft(body: dict[str, Any]) -> dict[str, Any] | None:
    draft = body.get("draft")
    if not isinstance(draft, dict):
        return None
    code = words_in(draft, "code", _LONGEST_CODE) or None
    return {"code": code} | {name: draft.get(name) for name in ("facet", "version", "text")}

"""The web channel: JSON over HTTP for the page, the widget and anyone who writes a client (design, section 4).

Its contract is small: open a conversation, send messages with ids of your own (the same id is answered once), read
what was said, and keep a stream open for replies that staff write later.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from aiohttp import web

from bot.messages import Reply
from bot.turns import Turns
from channels.addresses import Addresses
from channels.base import Assistant, Delivery
from channels.handling import Busy, Inline, Later
from channels.notifier import Notifier, TooManyStreams
from channels.outbox import Outbox
from storage.conversations import Access, Conversations, Entry

ADDRESSES = web.AppKey("addresses", Addresses)
ASSISTANT = web.AppKey("assistant", Assistant)
CONVERSATIONS = web.AppKey("conversations", Conversations)
INLINE = web.AppKey("inline", Inline)
NOTIFIER = web.AppKey("notifier", Notifier)
OUTBOX = web.AppKey("outbox", Outbox)
TURNS = web.AppKey("turns", Turns)

PREFIX = "/api/v1/conversations"
# 10,000 emoji fit: what is too long is told kindly by the assistant, only what is absurd is refused here.
BODY_BYTES = 64 * 1024
# Replies written by another process are found by looking; those of this process wake the stream at once.
POLL_S = 4.0
HEARTBEAT_S = 15.0
_PAGE = 200
_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_PAYLOAD = re.compile(r"[\x21-\x7e]{1,64}")
_LARGEST_ID = 2**63 - 1


def routes() -> list[web.RouteDef]:
    """Return the routes of the channel; the application must hold what the keys above name."""
    one = PREFIX + "/{conversation_id}"
    return [
        web.post(PREFIX, _open),
        web.post(one + "/messages", _send),
        web.get(one + "/messages", _history, allow_head=False),
        web.get(one + "/events", _events, allow_head=False),
    ]


def refuse(error: type[web.HTTPException], code: str, words: str, headers: dict[str, str] | None = None) -> NoReturn:
    """End the request with an error that says what to do, in the channel's one shape."""
    raise error(text=error_json(code, words), content_type="application/json", headers=headers)


def error_json(code: str, words: str) -> str:
    """Return the body of an error."""
    return json.dumps({"error": {"code": code, "message": words}}, ensure_ascii=False)


def entry_json(entry: Entry) -> dict[str, Any]:
    """Return one line of a conversation as the page reads it."""
    return {
        "id": entry.id,
        "role": entry.role,
        "message_id": entry.message_id,
        "body": entry.body,
        "created_at": entry.created_at.isoformat(),
    }


async def _open(request: web.Request) -> web.Response:
    """POST /conversations: a new conversation and the token that opens it."""
    check_address(request)
    made = await asyncio.to_thread(request.app[CONVERSATIONS].create, "web")
    return _json({"conversation_id": made.id, "token": made.token}, status=201)


async def _send(request: web.Request) -> web.Response:
    """POST /messages: what the citizen says, answered; messages of one conversation in the order they came."""
    async with request.app[TURNS].take(request.match_info["conversation_id"]):
        return await _take_turn(request)


async def _take_turn(request: web.Request) -> web.Response:
    conversation_id = await _authorised(request)
    delivery = _delivery(conversation_id, await _body(request))
    if not request.app[ASSISTANT].ready:
        words = "Trợ lý đang khởi động, anh/chị chờ vài giây rồi gửi lại."
        refuse(web.HTTPServiceUnavailable, "not_ready", words, {"Retry-After": "2"})
    try:
        replies = await answered(request.app, delivery)
    except Busy:
        words = "Tin nhắn trước của anh/chị đang được trả lời, anh/chị chờ vài giây rồi gửi lại."
        refuse(web.HTTPServiceUnavailable, "not_ready", words, {"Retry-After": "5"})
    except Later as later:
        wait = {"Retry-After": str(math.ceil(later.wait_s))}
        refuse(web.HTTPTooManyRequests, "too_fast", later.notice.text, wait)
    return _json({"replies": [reply.to_json() for reply in replies]})


async def answered(app: web.Application, delivery: Delivery) -> Sequence[Reply]:
    """Return the replies to what a page sent, kept in the inbox while it is answered. Raises Busy, Later."""
    replies = await app[INLINE].answer(delivery)
    # Other open pages of the same conversation show it too.
    app[NOTIFIER].notify(delivery.sender_id)
    return replies


def check_address(request: web.Request) -> None:
    """Refuse who comes from an address from which too much has come that proves nothing."""
    wait = request.app[ADDRESSES].take(request.remote, request.headers.getall("X-Forwarded-For", []))
    if wait:
        words = "Từ mạng này đang có quá nhiều yêu cầu. Anh/chị chờ một phút rồi thử lại, cần gấp thì gọi 1022."
        refuse(web.HTTPTooManyRequests, "too_many_openings", words, {"Retry-After": str(math.ceil(wait))})


async def _history(request: web.Request) -> web.Response:
    """GET /messages?after=N: what was said after entry N; `more` tells whether to ask again."""
    conversation_id = await _authorised(request)
    entries = await _entries(request, conversation_id, _after(request.query.get("after", "0")))
    return _json({"entries": [entry_json(entry) for entry in entries], "more": len(entries) == _PAGE})


async def _events(request: web.Request) -> web.StreamResponse:
    """GET /events: server-sent events, one for each reply not seen yet; the event's id is the entry's."""
    conversation_id = await _authorised(request)
    last = _after(request.headers.get("Last-Event-ID") or request.query.get("after", "0"))

    def gone() -> bool:
        return request.transport is None or request.transport.is_closing()

    try:
        with request.app[NOTIFIER].listen(conversation_id, gone) as woken:
            return await _stream(request, conversation_id, last, woken)
    except TooManyStreams:
        words = "Cuộc trò chuyện này đang mở ở quá nhiều cửa sổ. Anh/chị đóng bớt rồi thử lại."
        refuse(web.HTTPTooManyRequests, "too_many_streams", words, {"Retry-After": "30"})


async def _stream(request: web.Request, conversation_id: str, last: int, woken: asyncio.Event) -> web.StreamResponse:
    """Write events until the page goes away or the server closes."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    response.headers["Cache-Control"] = "no-store"
    await response.prepare(request)
    await response.write(b"retry: 3000\n\n")
    quiet = 0.0
    try:
        while not request.app[NOTIFIER].closed and request.transport is not None:
            woken.clear()
            entries = await _entries(request, conversation_id, last)
            for entry in entries:
                last = entry.id
                if entry.role != "citizen":
                    await response.write(_event(entry))
                    quiet = 0.0
            if len(entries) == _PAGE:
                continue
            try:
                await asyncio.wait_for(woken.wait(), POLL_S)
            except TimeoutError:
                quiet += POLL_S
                if quiet >= HEARTBEAT_S:
                    # A line that means nothing keeps proxies from closing the stream and finds out who is gone.
                    await response.write(b": \n\n")
                    quiet = 0.0
    except ConnectionResetError:
        pass
    return response


def _event(entry: Entry) -> bytes:
    data = json.dumps(entry_json(entry), ensure_ascii=False)
    return f"id: {entry.id}\nevent: reply\ndata: {data}\n\n".encode()


async def _entries(request: web.Request, conversation_id: str, after: int) -> Sequence[Entry]:
    return await asyncio.to_thread(request.app[CONVERSATIONS].entries_after, conversation_id, after, _PAGE)


async def _authorised(request: web.Request) -> str:
    """Return the id of the conversation when the request's token opens it; refuse otherwise."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not _ID.fullmatch(token.strip()):
        _refuse_token()
    conversation_id = request.match_info["conversation_id"]
    access = await asyncio.to_thread(request.app[CONVERSATIONS].check, conversation_id, token.strip())
    if access is Access.UNKNOWN:
        refuse(web.HTTPNotFound, "unknown_conversation", "Không tìm thấy cuộc trò chuyện này. Anh/chị mở cuộc mới.")
    if access is Access.WRONG_TOKEN:
        _refuse_token()
    return conversation_id


def _refuse_token() -> NoReturn:
    words = "Cuộc trò chuyện này cần mã truy cập đúng. Anh/chị mở cuộc trò chuyện mới."
    refuse(web.HTTPUnauthorized, "wrong_token", words, {"WWW-Authenticate": "Bearer"})


async def _body(request: web.Request) -> dict[str, Any]:
    """Return the JSON object of the request's body."""
    if request.content_type != "application/json":
        words = "Nội dung cần ở dạng JSON (Content-Type: application/json)."
        refuse(web.HTTPUnsupportedMediaType, "not_json", words)
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        refuse(web.HTTPBadRequest, "broken_json", 'JSON bị lỗi. Ví dụ đúng: {"id": "1", "text": "làm căn cước"}.')
    if not isinstance(body, dict):
        _refuse_field('Cần một đối tượng JSON như {"id": "1", "text": "làm căn cước"}.')
    return body


def _delivery(conversation_id: str, body: dict[str, Any]) -> Delivery:
    """Return what a body delivers; on the web the sender is the conversation, whose token the page has shown."""
    message_id, text, payload = body.get("id"), body.get("text"), body.get("payload")
    if not isinstance(message_id, str) or not _ID.fullmatch(message_id):
        _refuse_field('"id" cần là chuỗi 1 đến 128 chữ cái, chữ số hoặc . _ : -, mỗi tin nhắn một mã riêng.')
    if (text is None) == (payload is None):
        _refuse_field('Cần đúng một trong hai: "text" (lời nhắn) hoặc "payload" (lựa chọn đã bấm).')
    if payload is not None:
        return Delivery("web", message_id, conversation_id, token=tapped(payload))
    if not isinstance(text, str):
        _refuse_field('"text" cần là một chuỗi chữ.')
    return Delivery("web", message_id, conversation_id, text=spoken(text))


def spoken(text: str) -> str:
    """Return what was written; refuse nothing but blanks, and mend halves of characters that no database takes."""
    if not text.strip():
        words = "Tin nhắn đang trống. Anh/chị viết điều cần hỏi, ví dụ: làm lại căn cước bị mất."
        refuse(web.HTTPUnprocessableEntity, "empty_text", words)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def tapped(payload: object) -> str:
    """Return the token of a tapped suggestion; refuse what no suggestion of ours can hold."""
    if not isinstance(payload, str) or not _PAYLOAD.fullmatch(payload):
        _refuse_field('"payload" cần là chuỗi lấy từ "suggestions" của câu trả lời trước.')
    return payload


def _after(value: str) -> int:
    """Return the entry id after which to go on."""
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 20 else -1
    if not 0 <= number <= _LARGEST_ID:
        _refuse_field('"after" cần là số thứ tự của mục cuối cùng đã nhận.')
    return number


def _refuse_field(words: str) -> NoReturn:
    refuse(web.HTTPUnprocessableEntity, "wrong_field", words)


def _json(data: dict[str, Any], status: int = 200) -> web.Response:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return web.Response(
        text=text, status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )

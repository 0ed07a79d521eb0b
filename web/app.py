"""The web application: every route in one place, errors in plain words, headers that protect, a log without words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from bot.turns import Turns
from channels import web as web_channel
from channels.addresses import Addresses
from channels.base import Assistant
from channels.handling import Handling, Inline
from channels.limits import Admission
from channels.notifier import Notifier
from channels.outbox import Outbox
from channels.switches import Switches
from channels.web import ADDRESSES, ASSISTANT, CONVERSATIONS, INLINE, NOTIFIER, OUTBOX, TURNS, error_json
from channels.worker import Worker
from knowledge.catalog import Catalog
from storage.conversations import Conversations
from storage.tokens import Tokens
from web import pages, sheet_page
from web.channel_metrics import ChannelGauges, held_counts
from web.connections import Connections, connect
from web.desk.gauges import desk_gauges
from web.desk.live import LIVE
from web.metrics import MeasuredAssistant, channel_counts
from web.settings import Settings
from web.staff import wiring as staff_side
from web.staff.guard import WRONG_ROLE, Denied, is_program

log = logging.getLogger(__name__)

METRICS = web.AppKey("metrics", MeasuredAssistant)
ADMISSION = web.AppKey("admission", Admission)
CONNECTIONS = web.AppKey("connections", Connections)
GAUGES = web.AppKey("gauges", ChannelGauges)
WORKER = web.AppKey("worker", Worker)

_HEADERS = {
    "Content-Security-Policy": pages.content_policy("'none'"),
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with it browsers send forms with the origin "null", which we could not tell from a foreign one.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_WORDS = {
    400: "Yêu cầu này bị lỗi nên tôi không đọc được. Anh/chị thử gửi lại.",
    401: "Anh/chị cần đăng nhập. Nếu vừa viết gì, quay lại trang trước để chép phần đã viết, rồi đăng nhập.",
    403: "Yêu cầu này đến từ trang khác nên không được nhận. Anh/chị mở lại trang rồi gửi.",
    404: "Không có trang này. Có thể địa chỉ gõ thiếu, hoặc trang đã được đổi.",
    405: "Địa chỉ này không nhận kiểu yêu cầu đó.",
    413: "Nội dung gửi lên quá dài. Anh/chị rút gọn trong khoảng 2.000 ký tự, hoặc gửi làm nhiều lần.",
    429: "Anh/chị gửi hơi nhanh. Anh/chị chờ một phút rồi thử lại.",
    503: "Trợ lý đang khởi động. Anh/chị chờ vài giây rồi gửi lại.",
    500: "Hệ thống gặp trục trặc. Anh/chị thử lại sau ít phút, hoặc gọi 1022 nếu cần gấp.",
}
_CODES = {
    401: "sign_in_first",
    403: "forbidden",
    404: "not_found",
    405: "wrong_method",
    413: "too_large",
    500: "server_error",
    429: "too_fast",
    503: "not_ready",
}

_CHAT = ("/", "Mở trang hỏi đáp")
_AREAS = (("/admin", "Mở trang quản lý"), ("/desk", "Mở bàn trực"), ("/account", "Mở tài khoản của tôi"))

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(settings: Settings, assistant: Assistant, conversations: Conversations) -> web.Application:
    """Return the application; `app[NOTIFIER].notify(id)` wakes the pages of a conversation after a reply by staff."""
    app = web.Application(client_max_size=web_channel.BODY_BYTES, middlewares=[_kind_errors])
    app[METRICS] = app[ASSISTANT] = MeasuredAssistant(assistant)
    app[CONVERSATIONS] = conversations
    app[NOTIFIER] = Notifier()
    app[TURNS] = Turns()
    app[CONNECTIONS] = connections = connect(settings, conversations.engine)
    switches = Switches(conversations.engine)
    app[ADDRESSES] = Addresses(settings.rates, settings.trusted_proxies)
    app[ADMISSION] = Admission(conversations.engine, settings.rates, switches)
    handling = Handling(app[METRICS], Tokens(conversations.engine), app[ADMISSION])
    app[INLINE] = Inline(connections.inbox, handling)
    app[GAUGES] = ChannelGauges(conversations.engine, ["web", *connections.channels])
    app[OUTBOX] = Outbox(conversations.engine, connections.channels)
    app[WORKER] = Worker(connections.inbox, app[OUTBOX], handling, conversations, app[NOTIFIER].notify, switches)
    app.add_routes([*web_channel.routes(), *connections.routes])
    app.add_routes([web.get("/healthz", _alive), web.get("/readyz", _ready), web.get("/metrics", _metrics)])
    app[pages.CATALOG] = Catalog(conversations.engine)
    pages.set_up(app, settings)
    sheet_page.set_up(app, conversations.engine)
    app[staff_side.KNOWLEDGE] = staff_side.Opened()
    staff_side.set_up(app, settings)
    app.on_response_prepare.append(_protect)
    app.on_shutdown.append(_close_streams)
    return app


async def _alive(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


async def _ready(request: web.Request) -> web.Response:
    if request.app[ASSISTANT].ready:
        return web.Response(text="ready\n")
    return web.Response(text="starting\n", status=503, headers={"Retry-After": "2"})


async def _metrics(request: web.Request) -> web.Response:
    connections = request.app[CONNECTIONS]
    text = request.app[METRICS].exposition(request.app[NOTIFIER].open_streams)
    text += channel_counts(connections.received, connections.charged)
    text += held_counts(request.app[ADMISSION].held)
    text += await asyncio.to_thread(request.app[GAUGES].exposition)
    text += await asyncio.to_thread(desk_gauges, request.app[CONVERSATIONS].engine, request.app[LIVE].open_streams)
    headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    return web.Response(body=text.encode(), headers=headers)


@web.middleware
async def _kind_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say what went wrong: as JSON to programs, as a page to people."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400 or error.content_type == "application/json":
            raise
        if isinstance(error, Denied):
            return _error(request, error.status, None, error.code, error.words)
        return _error(request, error.status, error.headers.get("Allow"))
    except Exception:
        log.exception("%s %s failed", request.method, _route(request))
        return _error(request, 500, None)


def _error(request: web.Request, status: int, allow: str | None, code: str = "", words: str = "") -> web.Response:
    words = words or _WORDS.get(status, _WORDS[400])
    if request.path.startswith("/api/") or is_program(request):
        text = error_json(code or _CODES.get(status, "bad_request"), words)
        response = web.Response(text=text, status=status, content_type="application/json")
    else:
        response = pages.page(request, "error.html", status, words=words, way_on=_way_on(request.path, status, code))
    if allow:
        response.headers["Allow"] = allow
    return response


def _way_on(path: str, status: int, code: str) -> tuple[str, str]:
    """Return where somebody goes from an error, and what the link says."""
    if status == 401:
        return "/sign-in", "Đăng nhập"
    area = "/account" if code == WRONG_ROLE else path
    return next((link for link in _AREAS if area.startswith(link[0])), _CHAT)


async def _protect(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "motcua"  # versions are nobody's business
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


async def _close_streams(app: web.Application) -> None:
    app[NOTIFIER].close()


def _route(request: web.BaseRequest) -> str:
    """Return the route's pattern: an address itself may hold the id of a conversation."""
    if isinstance(request, web.Request) and request.match_info.route.resource is not None:
        return request.match_info.route.resource.canonical
    return "(unknown)"


class AccessLog(AbstractAccessLogger):
    """One line a request: method, route, status, milliseconds. No address, token, query or word of a citizen."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write the line."""
        self.logger.info("%s %s %s %.0f ms", request.method, _route(request), response.status, time * 1000)


def make_runner(app: web.Application) -> web.AppRunner:
    """Return what serves the application with our access log; the caller gives it an address."""
    return web.AppRunner(app, access_log_class=AccessLog, access_log=logging.getLogger("web.access"))

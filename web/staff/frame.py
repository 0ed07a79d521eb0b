"""The frame around every page of the staff side: who is signed in, where one can go, and what was just done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, unquote

from aiohttp import hdrs, web

from knowledge.days import VIETNAM
from web.pages import SETTINGS, TEMPLATES, page
from web.staff.guard import CSRF, STAFF, Guarded, Role

ROLE_NAMES = {
    Role.AGENT: "Cán bộ trực",
    Role.SUPERVISOR: "Trưởng ca",
    Role.EDITOR: "Biên tập viên",
    Role.ADMINISTRATOR: "Quản trị",
}
ACCOUNT = "/account"
_FLASH = "motcua_told"
_FLASH_LONGEST = 300

_TABS = (("/desk", "Bàn trực"), ("/admin", "Quản lý"))
_GROUPS = (
    (
        "Nội dung",
        (
            ("/admin/procedures", "Thủ tục"),
            ("/admin/faq", "Câu hỏi thường gặp"),
            ("/admin/import", "Nạp từ tệp"),
            ("/admin/sync", "Đồng bộ"),
            ("/admin/offices", "Nơi nộp"),
            ("/admin/journeys", "Việc theo sự kiện"),
            ("/admin/changes", "Nhật ký danh mục"),
            ("/admin/warnings", "Cần xem lại"),
        ),
    ),
    (
        "Chất lượng",
        (
            ("/admin/numbers", "Số liệu"),
            ("/admin/asked", "Người dân đã hỏi"),
            ("/admin/marks", "Góp ý của cán bộ"),
            ("/admin/try", "Thử một câu hỏi"),
            ("/admin/checks", "Kiểm tra"),
        ),
    ),
    ("Bàn trực", (("/admin/canned", "Câu soạn sẵn"), ("/admin/approval", "Duyệt trước khi gửi"))),
    (
        "Hệ thống",
        (("/admin/queues", "Kênh và hàng đợi"), ("/admin/staff", "Tài khoản"), ("/admin/audit", "Nhật ký")),
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page; `current`: the page shown is that one or below it."""

    path: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Links under one heading."""

    title: str
    links: tuple[Link, ...]


def set_up(app: web.Application) -> None:
    """Give the templates what every page of the staff side needs."""
    environment = app[TEMPLATES]
    environment.filters.update(moment=moment, day=day, clock=clock)
    environment.globals["role_names"] = {str(role): name for role, name in ROLE_NAMES.items()}


def render(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    """Return a page of the staff side, rendered in the frame; nothing on the way keeps it."""
    told = unquote(request.cookies.get(_FLASH, ""))
    staff = request.get(STAFF)
    frame: dict[str, Any] = {"staff": staff, "csrf": request.get(CSRF, ""), "path": request.path, "flash": told}
    if staff is not None and not staff.must_change:
        frame |= {"tabs": tabs(request), "groups": groups(request)}
    response = page(request, template, status, **frame, **values)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    if told:
        response.del_cookie(_FLASH, path="/")
    return response


def back(request: web.Request, path: str, flash: str = "") -> web.Response:
    """Return a redirect (303) to one of our own pages, which shows `flash` once."""
    response = web.Response(status=303, headers={hdrs.LOCATION: path, hdrs.CACHE_CONTROL: "no-store"})
    if flash:
        response.set_cookie(
            _FLASH,
            quote(flash[:_FLASH_LONGEST]),
            max_age=60,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=request.app[SETTINGS].secure,
        )
    return response


def home(app: web.Application, role: Role) -> str:
    """Return the page on which a role begins its work."""
    roles = page_roles(app)
    first = ("/admin", "/desk") if role is Role.ADMINISTRATOR else ("/desk", "/admin")
    return next((path for path in first if role in roles.get(path, ())), ACCOUNT)


def tabs(request: web.Request) -> tuple[Link, ...]:
    """Return the areas that this person may open."""
    return tuple(_links(request, _TABS))


def groups(request: web.Request) -> tuple[Group, ...]:
    """Return the administration's pages that are there and that this person may open."""
    made = (Group(title, tuple(_links(request, links))) for title, links in _GROUPS)
    return tuple(group for group in made if group.links)


def _links(request: web.Request, links: tuple[tuple[str, str], ...]) -> Iterator[Link]:
    roles = page_roles(request.app)
    role = Role(request[STAFF].role)
    for path, label in links:
        if role in roles.get(path, ()):
            yield Link(path, label, request.path == path or request.path.startswith(f"{path}/"))


def page_roles(app: web.Application) -> dict[str, frozenset[Role]]:
    """Return who may open which guarded page, as the router knows it."""
    found = {}
    for route in app.router.routes():
        guard = getattr(route.handler, "__self__", None)
        if route.method == hdrs.METH_GET and route.resource is not None and isinstance(guard, Guarded):
            found[route.resource.canonical] = guard.roles
    return found


def moment(at: datetime | None) -> str:
    """Return a moment as people here read it: 22/11/2026 09:05."""
    return f"{day(at)} {clock(at)}" if at else ""


def day(at: date | datetime | None) -> str:
    """Return a day, of a moment the day it is in Vietnam: 22/11/2026."""
    if at is None:
        return ""
    here = at.astimezone(VIETNAM) if isinstance(at, datetime) else at
    return f"{here.day}/{here.month}/{here.year}"


def clock(at: datetime | None) -> str:
    """Return the time of day in Vietnam: 09:05."""
    return f"{at.astimezone(VIETNAM):%H:%M}" if at else ""

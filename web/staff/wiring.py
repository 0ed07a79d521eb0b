"""The areas of the staff side, put into the web application in one place."""

from __future__ import annotations

from aiohttp import web

from web.admin import catalogue, exports, numbers, quality, queues, start, tools
from web.demo import banner
from web.desk import aids
from web.desk import page as desk_page
from web.desk import wiring as desk
from web.settings import Settings
from web.staff import entrance
from web.staff.opened import KNOWLEDGE, Opened

__all__ = ["KNOWLEDGE", "Opened", "set_up"]


def set_up(app: web.Application, settings: Settings) -> None:
    """Give the application the staff side's routes."""
    entrance.set_up(app, settings)
    start.set_up(app)
    queues.set_up(app)
    tools.set_up(app, settings)
    catalogue.set_up(app, settings)
    desk.set_up(app, settings)
    desk_page.set_up(app)
    aids.set_up(app)
    numbers.set_up(app)
    exports.set_up(app)
    banner.set_up(app, settings)
    quality.set_up(app)

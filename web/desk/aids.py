"""What helps staff to answer (drafts, search, canned replies) and what editors learn from their marks, put in one."""

from __future__ import annotations

from aiohttp import web

from web.admin import canned as canned_page
from web.admin import marks as marks_page
from web.desk import canned, drafts, marks, search


def set_up(app: web.Application) -> None:
    """Give the application their routes and pages."""
    for area in (drafts, search, canned, marks, canned_page, marks_page):
        area.set_up(app)

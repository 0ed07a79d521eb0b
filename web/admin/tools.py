"""The knowledge tools, put into the application in one place: FAQ, import, sync, offices, journeys, try a question."""

from __future__ import annotations

from aiohttp import web

from web.admin import faq, imports, journeys, offices, sync, trying
from web.settings import Settings


def set_up(app: web.Application, settings: Settings) -> None:
    """Give the application the pages of the knowledge tools."""
    faq.set_up(app)
    imports.set_up(app, settings)
    sync.set_up(app)
    journeys.set_up(app)
    trying.set_up(app, settings)
    offices.set_up(app)

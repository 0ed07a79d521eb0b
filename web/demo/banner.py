"""What tells on every page of the staff side that nothing there is real."""

from __future__ import annotations

from aiohttp import web

from web.demo.marker import is_made_up
from web.pages import TEMPLATES
from web.settings import Settings


def set_up(app: web.Application, settings: Settings) -> None:
    """Let the frame show that the data are made up, where they are."""
    app[TEMPLATES].globals["made_up"] = is_made_up(settings.data)

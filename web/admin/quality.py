"""The pages on the quality of answers, put into the application in one place: what was asked, mending it, checks."""

from __future__ import annotations

from aiohttp import web

from web.admin import asked, checks, running, unanswered


def set_up(app: web.Application) -> None:
    """Give the application these pages and what runs the regression cases."""
    running.set_up(app)
    checks.set_up(app)
    asked.set_up(app)
    unanswered.set_up(app)

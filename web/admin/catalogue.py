"""The pages of the catalogue, put into the application in one place: procedures, their steps, its log, its warnings."""

from __future__ import annotations

from aiohttp import web

from web.admin import changes, procedure_form, procedure_steps, procedures, warnings
from web.settings import Settings


def set_up(app: web.Application, _settings: Settings) -> None:
    """Give the application the pages of the catalogue."""
    procedure_form.set_up(app)  # before the page of a procedure: "new" is no code
    procedure_steps.set_up(app)
    procedures.set_up(app)
    changes.set_up(app)
    warnings.set_up(app)

"""The knowledge that the dialogue's thread opens, for the pages that search; a module of its own, so that both can."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from web.service import Knowledge


@dataclass(slots=True)
class Opened:
    """The knowledge that the dialogue's thread opens; None until it has."""

    knowledge: Knowledge | None = None


KNOWLEDGE = web.AppKey("knowledge", Opened)

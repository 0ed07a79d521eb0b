"""The chat services of one process: which are set up, and by what routes they deliver to the one inbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy import Engine

from channels.base import Channel
from channels.inbox import Inbox
from channels.seal import Seal, kept_secret
from web.settings import Settings
from web.zalo_wiring import connect_account, connect_bot


@dataclass(frozen=True, slots=True)
class Connections:
    """What a process shares with the services.

    `channels` are those that can send, by name. `routes` are the webhooks. `pollers` ask the services that cannot reach
    us; each runs until it is cancelled, and one process only runs them. `closers` end what is open. By channel,
    `received` counts what became of the requests that came in, `charged` what the sends were charged to.
    """

    inbox: Inbox
    channels: dict[str, Channel] = field(default_factory=dict)
    routes: list[web.RouteDef] = field(default_factory=list)
    pollers: list[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=list)
    closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    received: dict[str, Counter[str]] = field(default_factory=dict)
    charged: dict[str, Counter[str]] = field(default_factory=dict)


def connect(settings: Settings, engine: Engine) -> Connections:
    """Return the services that the settings name; opens no connection yet."""
    connections = Connections(Inbox(engine, Seal(settings.secret or kept_secret(settings.data))))
    if settings.telegram is not None:
        from web.telegram_wiring import connect_telegram  # its library takes half a second and 22 MB

        connect_telegram(connections, settings.telegram, settings.secure)
    if settings.zalo is not None:
        connect_account(connections, settings.zalo, engine)
    if settings.zalo_bot is not None:
        connect_bot(connections, settings.zalo_bot, settings.public_url)
    return connections

"""The parts of the Telegram channel put together for the server."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from channels import telegram
from channels.telegram import TelegramChannel, TelegramIntake, TelegramWebhook
from channels.telegram_api import TelegramApi
from channels.telegram_polling import poll
from channels.telegram_settings import TelegramSettings

if TYPE_CHECKING:
    from web.connections import Connections


def connect_telegram(connections: Connections, settings: TelegramSettings, reachable: bool) -> None:
    """Add the bot to what a process shares with the services: by webhook where Telegram can reach us, else by asking.

    Raises ValueError when a webhook would be open to anybody.
    """
    api = TelegramApi(settings)
    channel, intake = TelegramChannel(api), TelegramIntake(settings, api, connections.inbox)
    connections.channels[channel.name] = channel
    if reachable:
        connections.routes.extend(telegram.routes(TelegramWebhook(settings, intake)))
    else:
        connections.pollers.append(functools.partial(poll, api, intake))
    connections.closers.extend([intake.close, api.close])
    connections.received[channel.name] = intake.received

"""The parts of the Zalo channels put together: for the server, and for the commands of the terminal."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from channels import zalo, zalo_bot
from channels.zalo import ZaloChannel, ZaloWebhook
from channels.zalo_api import ZaloApi
from channels.zalo_bot import ZaloBot, ZaloBotChannel
from channels.zalo_bot_api import ZaloBotApi
from channels.zalo_http import Http
from channels.zalo_settings import ZaloBotSettings, ZaloSettings
from channels.zalo_staff import ZaloStaff
from channels.zalo_tokens import Tokens, keep_fresh
from storage.zalo_tokens import ZaloTokens

if TYPE_CHECKING:
    from web.connections import Connections


@dataclass(frozen=True, slots=True)
class OfficialAccount:
    """One Official Account with its connections, which `close` ends."""

    settings: ZaloSettings
    http: Http
    tokens: Tokens
    api: ZaloApi
    channel: ZaloChannel

    async def close(self) -> None:
        """Let a renewal of the tokens end, then close."""
        await self.tokens.close()
        await self.http.close()


def open_account(settings: ZaloSettings, engine: Engine) -> OfficialAccount:
    """Return the account's parts; nothing is connected yet."""
    http = Http()
    tokens = Tokens(settings, ZaloTokens(engine), http)
    api = ZaloApi(settings, tokens, http)
    return OfficialAccount(settings, http, tokens, api, ZaloChannel(api))


def connect_account(connections: Connections, settings: ZaloSettings, engine: Engine) -> None:
    """Add the Official Account to what a process shares with the services."""
    account, staff = open_account(settings, engine), ZaloStaff(engine)
    webhook = ZaloWebhook(settings, connections.inbox, staff)
    connections.channels[account.channel.name] = account.channel
    connections.routes.extend(zalo.routes(webhook, settings.verifier))
    connections.pollers.extend([functools.partial(keep_fresh, account.tokens), staff.release_idle])
    connections.closers.append(account.close)
    connections.received[account.channel.name] = webhook.received
    connections.charged[account.channel.name] = account.api.quotas


def connect_bot(connections: Connections, settings: ZaloBotSettings, public_url: str) -> None:
    """Add the bot to what a process shares with the services."""
    http = Http()
    api = ZaloBotApi(settings, http)
    bot, channel = ZaloBot(settings, api, connections.inbox), ZaloBotChannel(api)
    connections.channels[channel.name] = channel
    connections.routes.extend(zalo_bot.routes(bot))
    connections.pollers.append(functools.partial(bot.run, public_url))
    connections.closers.append(http.close)
    connections.received[channel.name] = bot.received

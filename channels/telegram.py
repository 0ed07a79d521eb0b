"""The channel of a Telegram bot: updates in by webhook or by polling, answers out. Facts: docs/channels.md.

An update is committed to the inbox before Telegram is told that we have it. What only looks better (the tapped button
marked, the clock on it gone) is done beside that and may fail.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from aiohttp import web
from telegram import LinkPreviewOptions
from telegram.constants import FloodLimit, ParseMode
from telegram.error import TelegramError

from bot.messages import Reply
from channels.base import Delivery, Limits
from channels.deep_links import telegram_link
from channels.pace import Pace
from channels.telegram_api import TelegramApi, sending
from channels.telegram_layout import LIMITS, as_html, keyboard, marked
from channels.telegram_settings import WEBHOOK_PATH, TelegramSettings
from channels.telegram_updates import CHANNEL, Heard, Tap, hear

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
BODY_BYTES = 1024 * 1024  # an update with the longest text, quoting the longest text, escaped, takes a tenth of it
_IN_A_GROUP = "Tôi chỉ trả lời khi trò chuyện riêng, để giấy tờ của anh/chị không hiện trước cả nhóm. Mời bấm: {link}"


class Inbox(Protocol):
    """Where deliveries are committed."""

    async def store(self, deliveries: Sequence[Delivery]) -> object:
        """Commit what came; what came before is left out."""


class TelegramChannel:
    """Sends to people through one bot."""

    name = CHANNEL

    def __init__(self, api: TelegramApi) -> None:
        """Send by `api`, no faster than Telegram asks for."""
        self._api = api
        self._pace = Pace(FloodLimit.MESSAGES_PER_SECOND, 1 / FloodLimit.MESSAGES_PER_SECOND_PER_CHAT)

    @property
    def limits(self) -> Limits:
        """What one message may hold."""
        return LIMITS

    async def send(self, recipient: str, part: Reply) -> str:
        """Send one fitted part to one chat and return the number of the message. Raises SendFailed."""
        await self._pace.wait(recipient)
        async with sending():
            sent = await self._api.bot.send_message(
                chat_id=int(recipient),
                text=as_html(part),
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard(part.suggestions),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        return str(sent.message_id)


class TelegramIntake:
    """Takes updates, however they came. `received` counts them by what became of them."""

    def __init__(self, settings: TelegramSettings, api: TelegramApi, inbox: Inbox) -> None:
        """Commit to `inbox`; acknowledge taps by `api`."""
        self._bot_id, self._api, self._inbox = settings.bot_id, api, inbox
        self._beside: set[asyncio.Task[None]] = set()
        self.received: Counter[str] = Counter()

    async def take(self, updates: Sequence[object]) -> None:
        """Commit what updates hold for us; raises what the inbox raises, and then they must come again."""
        heard = [hear(update, self._bot_id) for update in updates]
        await self._inbox.store([one.delivery for one in heard if one.delivery is not None])
        for one in heard:
            self.received[_kind(one)] += 1
            if one.tap is not None:
                self._do_beside(self._acknowledge(one.tap))
            if one.group_id is not None:
                self._do_beside(self._leave(one.group_id))

    async def close(self) -> None:
        """Wait for what is done beside."""
        if self._beside:
            await asyncio.wait(self._beside)

    def _do_beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _acknowledge(self, tap: Tap) -> None:
        """Stop the clock on the tapped button, and mark it as chosen."""
        try:
            await self._api.bot.answer_callback_query(tap.query_id)
            board = marked(tap.keyboard, tap.data) if tap.keyboard is not None else None
            if board is not None:
                await self._api.bot.edit_message_reply_markup(tap.chat_id, tap.message_id, reply_markup=board)
        except TelegramError as error:
            log.info("a tap could not be acknowledged: %s", type(error).__name__)

    async def _leave(self, group_id: int) -> None:
        """Say where to ask, and leave: what is asked in a group, all of it would read."""
        try:
            bot = await self._api.bot.get_me()
            await self._api.bot.send_message(group_id, _IN_A_GROUP.format(link=telegram_link(str(bot.username))))
            await self._api.bot.leave_chat(group_id)
        except (TelegramError, ValueError) as error:
            log.info("a group could not be left: %s", type(error).__name__)


class TelegramWebhook:
    """Receives updates over HTTP; whatever does not carry the secret is refused unread."""

    def __init__(self, settings: TelegramSettings, intake: TelegramIntake) -> None:
        """Accept what carries the secret of `settings`. Raises ValueError without one: anybody could write to us."""
        if not settings.secret:
            raise ValueError("TELEGRAM_SECRET is needed for the webhook; try: openssl rand -hex 32")
        self._secret, self._intake = settings.secret.encode(), intake

    async def receive(self, request: web.Request) -> web.Response:
        """POST: one update. 401 without the secret, 403 with a wrong one, 503 when it could not be stored, else 200."""
        given = request.headers.get(SECRET_HEADER)
        if given is None:
            return self._refuse(401, "unsigned")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret):
            return self._refuse(403, "wrong_secret")
        try:
            update = json.loads(await request.clone(client_max_size=BODY_BYTES).read())
        except (ValueError, RecursionError):
            # Telegram would send it again and again, and hold back all that comes after.
            self._intake.received["unreadable"] += 1
            return web.Response(text="ok\n")
        try:
            await self._intake.take([update])
        except Exception:
            log.exception("an update could not be stored; Telegram delivers it again")
            return web.Response(text="not stored\n", status=503)
        return web.Response(text="ok\n")

    def _refuse(self, status: int, reason: str) -> web.Response:
        """Refuse without a word of what was sent; the first of each kind is told loudly."""
        self._intake.received[reason] += 1
        level = logging.WARNING if self._intake.received[reason] == 1 else logging.INFO
        log.log(level, "a request to %s was refused: %s", WEBHOOK_PATH, reason)
        return web.Response(text="refused\n", status=status)


def routes(webhook: TelegramWebhook) -> list[web.RouteDef]:
    """Return the route of the channel."""
    return [web.post(WEBHOOK_PATH, webhook.receive)]


def _kind(heard: Heard) -> str:
    if not heard.readable:
        return "unreadable"
    if heard.delivery is None:
        return "ignored"
    return "message" if heard.delivery.token is None else "tap"

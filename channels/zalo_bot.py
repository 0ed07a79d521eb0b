"""The channel of a Zalo bot (Zalo Bot Platform): text only, so choices are numbered menus.

Updates come to the webhook, or by polling where there is no public address. The bot's own messages come back by both.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import unicodedata
from collections import Counter, OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.messages import File, FileKind, Reply
from channels.base import Delivery, Limits, SendFailed
from channels.zalo import Inbox
from channels.zalo_bot_api import ZaloBotApi
from channels.zalo_events import read_json, readable
from channels.zalo_settings import ZaloBotSettings

log = logging.getLogger(__name__)

CHANNEL = "zalo_bot"
PATH = "/webhooks/zalo-bot"
SECRET = "X-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
LIMITS = Limits(text=1_900, suggestions=0, label=35, links_as_buttons=False)
# An update given before comes again at once, so the pace of polling is ours to keep.
PACE_S = 1.0
_LONGEST_WAIT_S = 60.0
_REMEMBERED = 500
_FILES = {
    "image": (FileKind.IMAGE, ("photo", "photo_url")),
    "sticker": (FileKind.STICKER, ("url", "sticker")),
    "voice": (FileKind.AUDIO, ("voice_url",)),
    "unsupported": (FileKind.DOCUMENT, ()),
}


def read_update(update: Mapping[str, Any], own_id: str = "") -> Delivery | None:
    """Return what a person sent, None for the bot's own messages, groups, and what we do not know."""
    envelope = update.get("result")
    inside = envelope if isinstance(envelope, Mapping) else update
    message = _part(inside, "message")
    writer, chat = _part(message, "from"), _part(message, "chat")
    chat_id, message_id = readable(chat.get("id")), readable(message.get("message_id"))
    event = re.fullmatch(r"message\.([a-z]+)\.received", readable(inside.get("event_name")))
    ours = writer.get("is_bot") is True or (own_id and readable(writer.get("id")) == own_id)
    private = readable(chat.get("chat_type")).upper() in ("", "PRIVATE")
    if event is None or ours or not private or not chat_id or not message_id:
        return None
    kind, names = _FILES.get(event[1], (None, ()))
    if kind is None and event[1] != "text":
        return None
    reference = next((readable(message[name]) for name in names if readable(message.get(name))), "")
    return Delivery(
        channel=CHANNEL,
        id=message_id,
        sender_id=chat_id,
        text=readable(message.get("text")) or readable(message.get("caption")),
        files=(File(kind, reference),) if kind else (),
        sent_at=_moment(message.get("date")),
    )


class ZaloBot:
    """Receives for one bot. `received` counts requests and updates by what became of them."""

    def __init__(self, settings: ZaloBotSettings, api: ZaloBotApi, inbox: Inbox) -> None:
        """Receive for the bot of `settings`; `start` has to be awaited before updates can come."""
        self._settings, self._api, self._inbox = settings, api, inbox
        self._own_id = ""
        self.received: Counter[str] = Counter()

    async def receive(self, request: web.Request) -> web.Response:
        """POST: one update. 401 without the secret (or when the settings have none), 503 when not stored."""
        sent, secret = request.headers.get(SECRET, ""), self._settings.secret
        if not secret or not hmac.compare_digest(sent.encode("utf-8", "surrogateescape"), secret.encode()):
            self.received["unsigned"] += 1
            level = logging.WARNING if self.received["unsigned"] == 1 else logging.INFO
            log.log(level, "a request to %s was refused: wrong secret", PATH)
            return web.Response(text="refused\n", status=401)
        body = read_json(await request.read())
        delivery = None if body is None else read_update(body, self._own_id)
        try:
            if delivery is not None:
                await self._inbox.store([delivery])
        except Exception:
            log.exception("an update could not be stored")
            self.received["not_stored"] += 1
            return web.Response(text="not stored\n", status=503)
        self.received["ignored" if delivery is None else "delivery"] += 1
        return web.Response(text="ok\n")

    async def hello(self, _request: web.Request) -> web.Response:
        """GET: somebody looks whether the address lives."""
        return web.Response(text="ok\n")

    async def run(self, public_url: str) -> None:
        """Set the webhook where the address and the secret allow it, else poll; until cancelled."""
        wait = PACE_S
        while True:
            try:
                self._own_id = str((await self._api.get_me()).get("id", ""))
                if public_url.startswith("https:") and self._settings.secret:
                    await self._api.set_webhook(public_url + PATH, self._settings.secret)
                    return
                await self._api.delete_webhook()
                break
            except SendFailed as failed:
                log.warning("the Zalo bot cannot start yet: %s", failed)
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT_S)
        await self.poll()

    async def poll(self) -> None:
        """Fetch updates until cancelled, at most one request a second."""
        seen: OrderedDict[str, None] = OrderedDict()
        wait = PACE_S
        while True:
            try:
                await self._take(await self._api.updates(), seen)
                wait = PACE_S
            except SendFailed as failed:
                log.warning("the Zalo bot could not fetch updates: %s", failed)
                wait = min(2 * wait, _LONGEST_WAIT_S)
            except Exception:
                log.exception("the Zalo bot's updates could not be stored")
                wait = min(2 * wait, _LONGEST_WAIT_S)
            await asyncio.sleep(wait)

    async def _take(self, updates: list[Mapping[str, Any]], seen: OrderedDict[str, None]) -> None:
        """Store what is new; what was stored stays remembered, so that its return costs no look at the database."""
        found = filter(None, (read_update(update, self._own_id) for update in updates))
        new = [delivery for delivery in found if delivery.id not in seen]
        if not new:
            return
        await self._inbox.store(new)
        self.received["delivery"] += len(new)
        seen.update((delivery.id, None) for delivery in new)
        while len(seen) > _REMEMBERED:
            seen.popitem(last=False)


def routes(bot: ZaloBot) -> list[web.RouteDef]:
    """Return the routes of the channel."""
    return [web.post(PATH, bot.receive), web.get(PATH, bot.hello, allow_head=False)]


class ZaloBotChannel:
    """Sends to people through one bot."""

    name = CHANNEL

    def __init__(self, api: ZaloBotApi) -> None:
        """Send by `api`."""
        self._api = api

    @property
    def limits(self) -> Limits:
        """What one message may hold."""
        return LIMITS

    async def send(self, recipient: str, part: Reply) -> str:
        """Send one fitted part and return the platform's id of it. Raises SendFailed."""
        return await self._api.send_message(recipient, unicodedata.normalize("NFC", part.text))


def _part(whole: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = whole.get(key)
    return found if isinstance(found, Mapping) else {}


def _moment(date: object) -> datetime:
    """Return the moment of a date in milliseconds since 1970, as webhooks (text here) and polling (number) tell it."""
    stamp = str(date)
    return datetime.fromtimestamp(int(stamp) / 1000, UTC) if re.fullmatch(r"[0-9]{13}", stamp) else datetime.now(UTC)

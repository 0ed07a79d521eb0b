"""The channel of a Zalo Official Account: signed events in, answers out.

An event is verified, what it means is committed, and only then is it acknowledged; Zalo waits two seconds. Facts about
the wire are in docs/channels.md.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from typing import Protocol

from aiohttp import web

from bot.messages import Reply
from channels.base import Delivery, Limits
from channels.fit import fit
from channels.zalo_api import ZaloApi
from channels.zalo_errors import UPLOAD_EXPIRED, ZaloFailed
from channels.zalo_events import ANONYMOUS, CHANNEL, Event, TakenOver, Withdrawn, read_event, read_json
from channels.zalo_parts import ANONYMOUS_LIMITS, LIMITS, file_message, image_message, text_message
from channels.zalo_settings import ZaloSettings
from channels.zalo_signature import SIGNATURE, check_signature

log = logging.getLogger(__name__)

PATH = "/webhooks/zalo"
# Zalo tries again after 30 s, 5, 15, 30 and 60 minutes: in all not two hours.
OLDEST_S = 2 * 3600.0
_AHEAD_S = 600.0  # a clock may be wrong
_PROBE = b"{}"
_SEND = "/v3.0/oa/message/cs"
_SEND_ANONYMOUS = "/v2.0/oa/message"


class Inbox(Protocol):
    """Where deliveries are committed."""

    async def store(self, deliveries: Sequence[Delivery]) -> object:
        """Commit what came; what came before is left out."""


class Staff(Protocol):
    """What other events than messages change."""

    def take_over(self, user_id: str, admin_id: str) -> None:
        """A member of staff wrote to this person in the account's console."""

    def forget(self, user_id: str) -> None:
        """Delete everything kept about this person."""


class ZaloWebhook:
    """Receives the events of one app. `received` counts requests by what became of them."""

    def __init__(
        self, settings: ZaloSettings, inbox: Inbox, staff: Staff, now: Callable[[], float] = time.time
    ) -> None:
        """Accept what `settings` says is signed; `now` is the clock in seconds since 1970."""
        self._settings, self._inbox, self._staff, self._now = settings, inbox, staff, now
        self._matched: set[str] = set()
        self.received: Counter[str] = Counter()

    async def receive(self, request: web.Request) -> web.Response:
        """POST: one event. 401 without a signature that holds, 403 when too old, 503 when not stored, else 200."""
        raw = await request.read()
        if raw == _PROBE:
            return self._done("probe")  # sent unsigned when the address is saved in Zalo's console; means nothing
        body = read_json(raw)
        if body is None or SIGNATURE not in request.headers:
            return self._refuse(401, "unsigned")
        app_id, secret, pinned = self._settings.app_id, self._settings.oa_secret, self._settings.signature
        signed = check_signature(raw, body, request.headers, app_id, secret, pinned)
        if signed is None:
            return self._refuse(401, "wrong_signature")
        if not -_AHEAD_S < self._now() - signed.at < OLDEST_S:
            return self._refuse(403, "too_old")
        self._note(signed.candidate.value)
        event = read_event(body)
        try:
            await self._keep(event)
        except Exception:
            log.exception("an event could not be stored; Zalo delivers it again when Webhook Retry is on")
            self.received["not_stored"] += 1
            return web.Response(text="not stored\n", status=503)
        return self._done("ignored" if event is None else type(event).__name__.lower())

    async def _keep(self, event: Event | None) -> None:
        """Commit what an event means."""
        if isinstance(event, Delivery):
            await self._inbox.store([event])
        elif isinstance(event, TakenOver):
            await asyncio.to_thread(self._staff.take_over, event.user_id, event.admin_id)
        elif isinstance(event, Withdrawn):
            await asyncio.to_thread(self._staff.forget, event.user_id)

    async def hello(self, _request: web.Request) -> web.Response:
        """GET: somebody looks whether the address lives."""
        return web.Response(text="ok\n")

    async def prove_domain(self, _request: web.Request) -> web.Response:
        """GET the file that proves to Zalo that the domain is ours."""
        code = escape(self._settings.verifier)
        meta = f'<meta name="zalo-platform-site-verification" content="{code}">'
        return web.Response(
            text=f"<!doctype html><html><head>{meta}</head><body></body></html>\n", content_type="text/html"
        )

    def _done(self, what: str) -> web.Response:
        self.received[what] += 1
        return web.Response(text="ok\n")

    def _refuse(self, status: int, reason: str) -> web.Response:
        """Refuse without a word of what was sent; the first of each kind is told loudly."""
        self.received[reason] += 1
        level = logging.WARNING if self.received[reason] == 1 else logging.INFO
        log.log(level, "a request to %s was refused: %s", PATH, reason)
        return web.Response(text="refused\n", status=status)

    def _note(self, candidate: str) -> None:
        if self._settings.signature is None and candidate not in self._matched:
            self._matched.add(candidate)
            log.warning(
                "Zalo signs its events as %s; set ZALO_SIGNATURE=%s to accept nothing else", candidate, candidate
            )


def routes(webhook: ZaloWebhook, verifier: str = "") -> list[web.RouteDef]:
    """Return the routes of the channel; with the domain's verifier, also the file that proves the domain."""
    found = [web.post(PATH, webhook.receive), web.get(PATH, webhook.hello, allow_head=False)]
    if verifier:
        found.append(web.get(f"/zalo_verifier{verifier}.html", webhook.prove_domain, allow_head=False))
    return found


class ZaloChannel:
    """Sends to people through one Official Account."""

    name = CHANNEL

    def __init__(self, api: ZaloApi) -> None:
        """Send by `api`."""
        self._api = api

    @property
    def limits(self) -> Limits:
        """What one message may hold."""
        return LIMITS

    async def send(self, recipient: str, part: Reply) -> str:
        """Send one fitted part and return Zalo's id of it. Raises SendFailed."""
        if not recipient.startswith(f"{ANONYMOUS}:"):
            return await self._api.send({"user_id": recipient}, text_message(part), _SEND)
        _, conversation, person = recipient.split(":", 2)
        to = {"anonymous_id": person, "conversation_id": conversation}
        ids = [await self._api.send(to, text_message(piece), _SEND_ANONYMOUS) for piece in fit(part, ANONYMOUS_LIMITS)]
        return ids[-1]

    async def send_file(self, user_id: str, name: str, content: bytes) -> str:
        """Send a picture (JPEG, PNG up to 1 MB) or a document (PDF, Word up to 5 MB). Raises SendFailed."""
        try:
            return await self._upload_and_send(user_id, name, content)
        except ZaloFailed as failed:
            if failed.error != UPLOAD_EXPIRED:
                raise
            return await self._upload_and_send(user_id, name, content)

    async def _upload_and_send(self, user_id: str, name: str, content: bytes) -> str:
        if name.lower().endswith((".jpg", ".jpeg", ".png")):
            message = image_message(name, await self._api.upload_image(name, content))
        else:
            message = file_message(await self._api.upload_file(name, content))
        return await self._api.send({"user_id": user_id}, message, _SEND)

"""How often one may try to sign in, so that guessing is slow and nobody can be locked out by others.

Failures are counted by login and source. The source is the address, or the browser where the person signed in with
this login before, which holds a signed cookie. So a stranger's failures never count for a browser that is known, nor
for another address (OWASP: device cookies).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from aiohttp import hdrs, web

from channels.addresses import client_address
from storage.sign_in_failures import Begun, Failures
from web.pages import SETTINGS
from web.staff.guard import SIGN_IN
from web.staff.keys import KEYS, Keys

FREE = 5
"""Failures after which one has to wait: 30 seconds first, twice as long each time, never more than LONGEST."""
FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
FROM_ONE_ADDRESS, WITHIN = 30, timedelta(minutes=15)
"""Failures from one address, whoever they are for, that are enough for this time."""

FAILURES = web.AppKey("failures", Failures)
_KNOWN = "motcua_known_"
_KNOWN_FOR = 400 * 86_400  # the longest that browsers keep a cookie


@dataclass(frozen=True, slots=True)
class Source:
    """Where attempts for a login come from, hashed; `login` is hashed too."""

    login: str
    name: str


def source_of(request: web.Request, login: str) -> Source:
    """Return where an attempt comes from: a browser known for this login, or an address."""
    keys = request.app[KEYS]
    told = request.cookies.get(_cookie(keys, login), "")
    browser, _, signature = told.partition(".")
    if browser and hmac.compare_digest(signature.encode(), _signature(keys, login, browser).encode()):
        return Source(keys.digest("login", login), keys.digest("browser", browser))
    forwarded = request.headers.getall(hdrs.X_FORWARDED_FOR, ())
    address = client_address(request.remote, forwarded, request.app[SETTINGS].trusted_proxies)
    return Source(keys.digest("login", login), keys.digest("address", _counted(address)))


def session_source(request: web.Request, login: str, token: str) -> Source:
    """Return the source for guessing the password of somebody whose session is open."""
    keys = request.app[KEYS]
    return Source(keys.digest("login", login), keys.digest("session", token))


def begin(failures: Failures, source: Source) -> Begun:
    """Begin an attempt, counted as failed until it is taken back, or learn how long to wait."""
    return failures.begin(source.login, source.name, rule)


def rule(mine: Sequence[datetime], everybodys: Sequence[datetime], at: datetime) -> timedelta:
    """Return how long to wait after failures, each list in order. A known browser is used for one login only."""
    waits = [timedelta(0)]
    if len(mine) >= FREE:
        delay = min(FIRST * 2 ** min(len(mine) - FREE, 10), LONGEST)
        waits.append(mine[-1] + delay - at)
    recent = [moment for moment in everybodys if moment > at - WITHIN]
    if len(recent) >= FROM_ONE_ADDRESS:
        waits.append(recent[-FROM_ONE_ADDRESS] + WITHIN - at)
    return max(waits)


def remember(request: web.Request, response: web.Response, login: str) -> None:
    """Make the browser known for this login."""
    keys, browser = request.app[KEYS], secrets.token_urlsafe(16)
    response.set_cookie(
        _cookie(keys, login),
        f"{browser}.{_signature(keys, login, browser)}",
        max_age=_KNOWN_FOR,
        path=SIGN_IN,
        httponly=True,
        samesite="Lax",
        secure=request.app[SETTINGS].secure,
    )


def in_words(wait: timedelta) -> str:
    """Return how long to wait, as people say it."""
    seconds = int(wait.total_seconds()) + 1
    return f"{seconds} giây" if seconds < 90 else f"{-(-seconds // 60)} phút"


def _cookie(keys: Keys, login: str) -> str:
    return _KNOWN + keys.digest("cookie", login)[:12]


def _signature(keys: Keys, login: str, browser: str) -> str:
    return keys.digest("known", login, browser)


def _counted(address: str | None) -> str:
    """Return by what an address is counted: an IPv6 subscriber has a whole /64."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return str(IPv6Network((found, 64), strict=False))
        found = found.ipv4_mapped
    return str(found)

"""What every area of the staff side stands on: accounts, keys, the frame, the way in, one's own account."""

from __future__ import annotations

import asyncio

from aiohttp import web

from storage.sign_in_failures import Failures
from storage.staff import StaffAccounts
from web.settings import Settings
from web.sheet_page import ENGINE
from web.staff import account, accounts_page, audit_page, frame, own_second_factor, signing_in
from web.staff.attempts import FAILURES
from web.staff.guard import ACCOUNTS
from web.staff.keys import KEYS, open_keys
from web.staff.passwords import AT_ONCE, HASHING


def set_up(app: web.Application, settings: Settings) -> None:
    """Give the application its accounts and the ways in and out."""
    app[ACCOUNTS] = StaffAccounts(app[ENGINE])
    app[FAILURES] = Failures(app[ENGINE])
    app[KEYS] = open_keys(settings)
    app[HASHING] = asyncio.Semaphore(AT_ONCE)
    frame.set_up(app)
    for part in (signing_in, account, own_second_factor, accounts_page, audit_page):
        part.set_up(app)

"""Addresses that open the chat on one procedure: for QR codes, posters and buttons. Pure, no I/O."""

from __future__ import annotations

import re
from urllib.parse import quote

_CODE = re.compile(r"\d\.[0-9A-Za-z.\-]{1,40}", re.ASCII)
_START = re.compile(r"p-(\d_[0-9A-Za-z_\-]{1,40})", re.ASCII)
_BOT = re.compile(r"[A-Za-z]\w{4,31}", re.ASCII)
_ACCOUNT = re.compile(r"\d{5,25}")


def deep_link_code(code: str) -> str:
    """Return a procedure's code as what a start link may carry: "1.001193" becomes "p-1_001193".

    Telegram takes 1–64 of A–Z, a–z, 0–9, "_" and "-" there, so no dot. Raises ValueError for what is no code.
    """
    if not _CODE.fullmatch(code):
        raise ValueError(f"{code!r} is not the code of a procedure, such as 1.001193")
    return f"p-{code.replace('.', '_')}"


def procedure_code(payload: str) -> str | None:
    """Return the code that `deep_link_code` made `payload` from, or None for any other text."""
    found = _START.fullmatch(payload)
    return found[1].replace("_", ".") if found else None


def web_link(public_url: str, code: str) -> str:
    """Return the address of the web chat opened on a procedure; `public_url` has no slash at its end."""
    deep_link_code(code)
    return f"{public_url}/?p={quote(code)}"


def telegram_link(bot: str, code: str = "") -> str:
    """Return the address of a Telegram bot (its name without "@"), opened on a procedure if one is given."""
    if not _BOT.fullmatch(bot):
        raise ValueError(f"{bot!r} is not the name of a bot, such as motcua_bot")
    return f"https://t.me/{bot}?start={deep_link_code(code)}" if code else f"https://t.me/{bot}"


def zalo_link(oa_id: str) -> str:
    """Return the address of a Zalo Official Account. It carries no procedure: the person sends the code printed."""
    if not _ACCOUNT.fullmatch(oa_id):
        raise ValueError(f"{oa_id!r} is not the number of an Official Account")
    return f"https://zalo.me/{oa_id}"

"""What a login and a name may be. Pure."""

from __future__ import annotations

import re

LOGIN = r"[a-z0-9][a-z0-9._\-]{1,39}"
LONGEST_NAME = 60


def wrong_login(login: str) -> str | None:
    """Return in Vietnamese why a login is not taken, None for one that is."""
    if re.fullmatch(LOGIN, login):
        return None
    return "Tên đăng nhập gồm 2 đến 40 chữ thường không dấu, chữ số, dấu chấm, gạch nối. Ví dụ: lan.nguyen"


def wrong_name(name: str) -> str | None:
    """Return in Vietnamese why a name is not taken, None for one that is."""
    told = name.strip()
    if told and len(told) <= LONGEST_NAME and told.isprintable():
        return None
    return f"Tên cần có chữ và không quá {LONGEST_NAME} ký tự. Người dân thấy tên này, ví dụ: Chị Lan"

"""Passwords of staff: hashed with argon2id, made for others as words that can be read out, refused when too easy."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from functools import cache
from typing import ParamSpec, TypeVar

from aiohttp import web
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST = 10
LONGEST = 200
# OWASP's first choice for argon2id where 19 MiB a guess can be afforded: 30 ms on one core.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
HASHING = web.AppKey("hashing", asyncio.Semaphore)
AT_ONCE = 2
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are taken for one another


P = ParamSpec("P")
R = TypeVar("R")


async def slowly(app: web.Application, work: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
    """Do work with passwords in a thread, few at once: a crowd at the door must not take memory and threads."""
    async with app[HASHING]:
        return await asyncio.to_thread(work, *args, **named)


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return _HASHER.hash(password)


def is_password(kept: str | None, password: str) -> bool:
    """Tell whether a password is the kept one; without one it takes as long to say no."""
    try:
        return _HASHER.verify(kept or _nobody(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_dated(kept: str) -> bool:
    """Tell whether a password is hashed in an older way than today's."""
    return _HASHER.check_needs_rehash(kept)


def make_password() -> str:
    """Return a password to give to somebody who will replace it: 4 groups of 4, 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def refusal(password: str, login: str) -> str | None:
    """Return in Vietnamese why a password is not taken, None for one that is."""
    if len(password) < LEAST:
        return f"Mật khẩu cần ít nhất {LEAST} ký tự. Một câu dài dễ nhớ là tốt nhất."
    if len(password) > LONGEST:
        return f"Mật khẩu dài quá {LONGEST} ký tự."
    if login.lower() in password.lower() or len(set(password.lower())) < 5:
        return "Mật khẩu này dễ đoán. Chọn một câu dài mà chỉ mình biết."
    return None


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_hex(16))

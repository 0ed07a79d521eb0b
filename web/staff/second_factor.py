"""The second factor: six digits that an app makes from a shared secret every 30 seconds (RFC 6238). Pure."""

from __future__ import annotations

import hmac

import pyotp

STEP_S = 30
_ISSUER = "Một Cửa"


def make_secret() -> str:
    """Return a new secret, 160 bits in base 32."""
    return pyotp.random_base32()


def address(secret: str, login: str) -> str:
    """Return what the app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=_ISSUER)


def step_of(secret: str, code: str, at: float) -> int | None:
    """Return the time step whose code this is, one early or late at most; None for a wrong code.

    Whoever accepts a code spends its step, so that nobody who looked on can use it again.
    """
    digits = "".join(code.split())
    now = int(at) // STEP_S
    made = pyotp.TOTP(secret)
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(made.generate_otp(step).encode(), digits.encode()):
            return step
    return None

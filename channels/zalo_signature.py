"""Whether an event really comes from Zalo: `mac = SHA256(app id + raw body + timestamp + OA secret)`, not an HMAC.

The parts are joined without separators and the secret comes last. Zalo's pages leave open which timestamp is meant
and programs in use differ, so the readings are an ordered list; after the first live event the operator pins the one
that matched (`ZALO_SIGNATURE`). The formula is that of the official Java SDK (MacUtils.buildMac).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SIGNATURE = "X-ZEvent-Signature"
TIMESTAMP = "X-ZEvent-Timestamp"
_HEX = re.compile(r"[0-9a-f]{64}")
_MOMENT = re.compile(r"[0-9]{10}|[0-9]{13}")  # seconds or milliseconds since 1970; samples show the latter


class Candidate(StrEnum):
    """What the first part and the timestamp may be, the documented reading first."""

    APP_BODY = "app_id+body"
    APP_HEADER = "app_id+header"
    OA_BODY = "oa_id+body"
    OA_HEADER = "oa_id+header"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that holds: by which reading, and when Zalo signed (seconds since 1970)."""

    candidate: Candidate
    at: float


def zalo_mac(first: str, raw: bytes, timestamp: str, oa_secret: str) -> str:
    """Return the 64 small hexadecimal digits that Zalo sends for a body."""
    return hashlib.sha256(first.encode() + raw + timestamp.encode() + oa_secret.encode()).hexdigest()


def check_signature(
    raw: bytes,
    body: Mapping[str, Any],
    headers: Mapping[str, str],
    app_id: str,
    oa_secret: str,
    pinned: Candidate | None = None,
) -> Signed | None:
    """Return how the bytes received are signed, None when they are not, or not for this app."""
    sent = headers.get(SIGNATURE, "").strip().lower().removeprefix("mac=")
    if not oa_secret or not _HEX.fullmatch(sent) or str(body.get("app_id", app_id)) != app_id:
        return None
    found = None
    for candidate in (pinned,) if pinned else Candidate:
        first = app_id if candidate in (Candidate.APP_BODY, Candidate.APP_HEADER) else oa_of(body)
        in_body = candidate in (Candidate.APP_BODY, Candidate.OA_BODY)
        timestamp = str(body.get("timestamp", "")) if in_body else headers.get(TIMESTAMP, "")
        if not first or not _MOMENT.fullmatch(timestamp):
            continue
        if found is None and hmac.compare_digest(sent, zalo_mac(first, raw, timestamp, oa_secret)):
            found = Signed(candidate, int(timestamp) / (1000 if len(timestamp) == 13 else 1))
    return found


def oa_of(body: Mapping[str, Any]) -> str:
    """Return the id of the Official Account an event is about, empty when it does not tell."""
    event = str(body.get("event_name", ""))
    party = body.get("sender" if event.startswith("oa_") else "recipient")
    inside = party.get("id") if isinstance(party, Mapping) else None
    found = body.get("oa_id") or inside
    return found if isinstance(found, str) and found.isdecimal() and found.isascii() else ""

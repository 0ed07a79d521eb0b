"""What people wrote is sealed while it waits in the inbox, where it cannot be masked yet.

A ticket needs the phone number that a message holds, so the words wait as they came; but a database leaves what was
deleted in free pages, its log and its backups. Sealed, they are of no use there without the key, which is elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

KEY_FILE = "inbox.key"
_PURPOSE = b"inbox of motcua\0"


class Sealed(Exception):  # noqa: N818 - a finding, not a fault
    """Something was sealed with another key than ours."""


class Seal:
    """Closes and opens JSON objects with one secret."""

    def __init__(self, secret: str, purpose: bytes = _PURPOSE) -> None:
        """Use a secret that every process of the installation has; what is sealed for one purpose serves no other."""
        self._box = Fernet(base64.urlsafe_b64encode(hashlib.sha256(purpose + secret.encode()).digest()))

    def close(self, body: dict[str, Any]) -> str:
        """Return the object sealed, as text."""
        return self._box.encrypt(json.dumps(body, ensure_ascii=False).encode()).decode()

    def open(self, sealed: str) -> dict[str, Any]:
        """Return the object that was sealed. Raises Sealed."""
        try:
            opened: dict[str, Any] = json.loads(self._box.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise Sealed("sealed with another MOTCUA_SECRET, or with another folder's inbox.key") from error
        return opened


def kept_secret(folder: Path) -> str:
    """Return the secret kept in a file of the data folder, readable by us only; it is made at the first call."""
    file = folder / KEY_FILE
    made = file.with_name(f"{KEY_FILE}.{secrets.token_hex(4)}")
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        try:
            os.link(made, file)  # fails where another process was quicker: its secret counts
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return file.read_text(encoding="utf-8")

"""Which data folder holds a demonstration: a file in it says so, with the accounts to sign in with."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

FOLDER = "demo"
_FILE = "demo.json"


class NotOurs(Exception):  # noqa: N818 - a finding
    """The folder holds something else than a demonstration."""


@dataclass(frozen=True, slots=True)
class Account:
    """A made-up member of staff and how to sign in as them."""

    login: str
    name: str
    role: str
    password: str


@dataclass(frozen=True, slots=True)
class Demo:
    """A demonstration: when it was filled, and its accounts; `whole` is False while it is being filled."""

    filled_at: str
    accounts: tuple[Account, ...]
    whole: bool


def is_made_up(data: Path) -> bool:
    """Tell whether a data folder holds a demonstration."""
    return (data / _FILE).is_file()


def read(data: Path) -> Demo | None:
    """Return the demonstration of a data folder, None where there is none."""
    if not is_made_up(data):
        return None
    kept = json.loads((data / _FILE).read_text(encoding="utf-8"))
    return Demo(kept["filled_at"], tuple(Account(**account) for account in kept["accounts"]), kept["whole"])


def begin(data: Path, accounts: tuple[Account, ...], at: datetime) -> None:
    """Claim an empty folder for a demonstration. Raises NotOurs when anything else is in it."""
    if data.exists() and any(data.iterdir()):
        raise NotOurs(str(data))
    data.mkdir(parents=True, exist_ok=True)
    _write(data, Demo(at.isoformat(timespec="seconds"), accounts, whole=False))


def finish(data: Path) -> None:
    """Note that everything is in."""
    demo = read(data)
    if demo is not None:
        _write(data, Demo(demo.filled_at, demo.accounts, whole=True))


def remove(data: Path) -> bool:
    """Delete a demonstration with all it holds; False when there is none. Raises NotOurs."""
    if not data.exists():
        return False
    if not is_made_up(data):
        raise NotOurs(str(data))
    shutil.rmtree(data)
    return True


def _write(data: Path, demo: Demo) -> None:
    file = data / _FILE
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(demo), ensure_ascii=False, indent=1), encoding="utf-8")

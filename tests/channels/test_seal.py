"""What waits in the inbox cannot be read without the key, which is made once and kept for us alone."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from channels.base import Delivery
from channels.inbox import Inbox
from channels.seal import KEY_FILE, Seal, Sealed, kept_secret
from storage import inbox as stored


def test_what_was_closed_opens_again() -> None:
    body = {"text": "căn cước số 079201001234", "location": [10.7, 106.7, ""]}
    sealed = Seal("a").close(body)
    assert "079201001234" not in sealed
    assert Seal("a").open(sealed) == body


def test_another_secret_does_not_open_it() -> None:
    with pytest.raises(Sealed, match="MOTCUA_SECRET"):
        Seal("b").open(Seal("a").close({"text": "xin chào"}))


def test_the_secret_is_made_once_and_is_ours_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: kept_secret(folder), range(8)))
    assert len(found) == 1
    assert len(found.pop()) >= 32
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


async def test_no_word_waits_in_the_database_as_it_was_written(engine: Engine) -> None:
    inbox = Inbox(engine, Seal("a"))
    await inbox.store([Delivery("chat", "1", "lan", text="căn cước số 079201001234")])
    (claimed,) = stored.claim(engine, ["chat"], 1, timedelta(seconds=30))
    assert "079201001234" not in str(claimed.arrival.body)
    assert inbox.read(claimed).text == "căn cước số 079201001234"
    with pytest.raises(Sealed):
        Inbox(engine, Seal("b")).read(claimed)

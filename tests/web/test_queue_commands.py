from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from storage import inbox, outbox
from storage.inbox import Arrival
from storage.outbox import Outgoing, Send
from web.cli import main
from web.service import open_engine
from web.settings import Settings

LEASE = timedelta(seconds=30)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("MOTCUA_DATA", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return open_engine(Settings(tmp_path, 0, "http://localhost", f"sqlite:///{tmp_path / 'motcua.db'}", ""))


@pytest.fixture
def given_up(engine: Engine) -> None:
    """A delivery and a send that were given up."""
    inbox.add(engine, [Arrival("telegram", "1", "lan", {"text": "lời của chị Lan"}, datetime.now(UTC))])
    (claimed,) = inbox.claim(engine, ["telegram"], 1, LEASE)
    apology = Outgoing("telegram", "lan", [Send("k", {"text": "lời xin lỗi"})], {})
    inbox.give_up(engine, claimed, apology, "the assistant failed")
    (sending,) = outbox.claim(engine, "telegram", 1, LEASE)
    outbox.note_failed(engine, sending, "unreachable: 403", again_at=None, uncertain=False)


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["outbox", *words])
    return result.exit_code, result.output


@pytest.mark.usefixtures("engine")
def test_nothing_is_broken() -> None:
    code, told = run("list")
    assert code == 0
    assert "Không có tin nào hỏng." in told


@pytest.mark.usefixtures("given_up")
def test_what_was_given_up_is_listed_without_words_of_citizens() -> None:
    code, told = run("list")
    assert code == 0
    for words in ("vao-1", "ra-1", "the assistant failed", "unreachable: 403", "hỏng"):
        assert words in told
    assert "Lan" not in told
    assert "xin lỗi" not in told


@pytest.mark.usefixtures("given_up")
def test_it_is_tried_again(engine: Engine) -> None:
    assert run("resend", "vao-1", "ra-1")[0] == 0
    assert len(inbox.claim(engine, ["telegram"], 1, LEASE)) == 1
    assert len(outbox.claim(engine, "telegram", 1, LEASE)) == 1
    assert "Không có tin nào hỏng." in run("list")[1]


@pytest.mark.usefixtures("given_up")
@pytest.mark.parametrize("name", ["ra-2", "vao-99999999999999999", "1", "ra-", "x-1", "ra-1; DROP TABLE outbox"])
def test_a_number_that_nothing_has_is_told_and_the_others_are_still_done(engine: Engine, name: str) -> None:
    code, told = run("resend", name, "ra-1")
    assert code == 1
    assert "motcua outbox list" in " ".join(told.split())
    assert len(outbox.claim(engine, "telegram", 1, LEASE)) == 1


def test_resend_needs_a_number() -> None:
    assert run("resend")[0] == 2

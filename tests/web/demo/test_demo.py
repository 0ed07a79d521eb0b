"""`motcua demo` from the command line: filled by the real assistant, shown, kept apart, removed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp.web import Application
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, select

import web.demo.fill
from storage.conversations import Conversations
from storage.database import open_database
from storage.schema import (
    canned_replies,
    checks,
    desk,
    faqs,
    held_answers,
    marks,
    messages,
    now,
    procedure_versions,
    questions,
    ratings,
    staff,
    tickets,
)
from storage.staff import StaffAccounts
from tests.channels.scripted import ScriptedAssistant
from tests.conftest import ROOT
from web.app import create_app
from web.cli import main
from web.demo import marker
from web.demo.script import Planned, plan
from web.settings import Settings
from web.staff.guard import Role
from web.staff.passwords import is_password

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command with a data folder of its own; index and dialogue model are those of the other tests."""
    data = tmp_path / "var"
    data.mkdir()
    for name in ("index", "models"):
        kept = ROOT / "var" / "test-cache" / name
        kept.mkdir(parents=True, exist_ok=True)
        (data / name).symlink_to(kept)

    def invoke(*arguments: str) -> Result:
        names = {"MOTCUA_DATA": str(data), "DATABASE_URL": "", "MOTCUA_PORT": "", "MOTCUA_ENCODER": ""}
        return CliRunner().invoke(main, list(arguments), env=names)

    return invoke


def few(at: datetime) -> list[Planned]:
    """Three conversations of each kind, in their order."""
    kept: dict[str, int] = defaultdict(int)
    chosen = []
    for one in plan(at):
        kept[one.group] += 1
        if kept[one.group] <= 3:
            chosen.append(one)
    return chosen


def count(engine: Engine, table: Any, *conditions: Any) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


@pytest.mark.model
def test_a_day_is_filled_by_the_real_assistant_shown_again_and_removed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.demo.fill, "plan", few)
    monkeypatch.setattr(web.demo.fill, "_CHECKED", 4)
    monkeypatch.setattr(web.demo.fill, "_MARKED_ELSE", 1.0)
    filled = run("demo", "--fill-only")
    assert filled.exit_code == 0, filled.output
    data = tmp_path / "var" / "demo"
    made = marker.read(data)
    assert made is not None
    assert made.whole
    assert all(account.password in filled.output for account in made.accounts)
    assert not (tmp_path / "var" / "motcua.db").exists()

    engine = open_database(f"sqlite:///{data / 'motcua.db'}")
    accounts = StaffAccounts(engine)
    for account in made.accounts:
        held = accounts.find(account.login)
        assert held is not None
        assert is_password(held.password_hash, account.password)
    assert {account.role for account in made.accounts} == set(Role)
    for table in (questions, tickets, ratings, held_answers, canned_replies, checks, faqs, marks):
        assert count(engine, table), table.name
    assert count(engine, questions, questions.c.outcome == "answered") >= 3
    assert {status: count(engine, desk, desk.c.status == status) for status in ("held", "done")} == {
        "held": 3,
        "done": 3,
    }
    assert count(engine, desk, desk.c.status == "waiting", desk.c.reason == "asked") == 3
    assert count(engine, held_answers, held_answers.c.status == "waiting", held_answers.c.due_at > now()) == 2
    draft = (procedure_versions.c.status == "draft", procedure_versions.c.code == web.demo.fill.TEMPORARY)
    assert count(engine, procedure_versions, *draft) == 1
    assert count(engine, procedure_versions, procedure_versions.c.expires_on.is_not(None)) >= 1
    with engine.connect() as connection:
        moments = list(connection.scalars(select(questions.c.created_at)))
        assert max(moments) < now()
        assert min(moments) < now() - timedelta(hours=2)
        spoken = connection.execute(select(messages).order_by(messages.c.id)).all()
        staff_of = {row.holder_id for row in connection.execute(select(desk).where(desk.c.status == "held"))}
        assert staff_of <= set(connection.scalars(select(staff.c.id)))
    for earlier, later in pairwise(spoken):
        if earlier.conversation_id == later.conversation_id:
            assert earlier.created_at <= later.created_at
    engine.dispose()

    again = run("demo", "--fill-only")
    assert again.exit_code == 0
    assert made.accounts[0].password in again.output
    assert run("demo", "--remove").exit_code == 0
    assert not data.exists()
    assert "Không có dữ liệu mẫu" in run("demo", "--remove").output


@pytest.mark.parametrize("arguments", [["--fill-only"], ["--remove"]])
def test_a_folder_with_other_data_is_left_alone(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    folder = tmp_path / "var" / "demo"
    folder.mkdir()
    (folder / "motcua.db").write_text("thật")
    refused = run("demo", *arguments)
    assert refused.exit_code == 1
    assert (folder / "motcua.db").read_text() == "thật"


@pytest.mark.parametrize("made_up", [True, False])
async def test_every_page_of_staff_says_that_the_data_are_made_up(
    settings: Settings, conversations: Conversations, aiohttp_client: Any, made_up: bool
) -> None:
    if made_up:
        (settings.data / "demo.json").write_text("{}")
    app: Application = create_app(settings, ScriptedAssistant(conversations), conversations)
    client = await aiohttp_client(app)
    page = await (await client.get("/sign-in")).text()
    assert ("Dữ liệu mẫu" in page) == made_up

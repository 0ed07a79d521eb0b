from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from storage.staff import StaffAccounts
from web.cli import main
from web.service import open_engine
from web.settings import Settings
from web.staff.guard import Role
from web.staff.passwords import is_password
from web.user_commands import ROLES

PASSWORD = "một câu dài chỉ mình biết"


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StaffAccounts:
    monkeypatch.setenv("MOTCUA_DATA", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return StaffAccounts(
        open_engine(Settings(tmp_path, 0, "http://localhost", f"sqlite:///{tmp_path / 'motcua.db'}", ""))
    )


def run(*words: str, typed: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(main, ["user", *words], input=typed)
    return result.exit_code, result.output


def add(login: str = "lan", role: str = "administrator") -> None:
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    assert run("add", login, "--name", "Chị Lan", "--role", role, typed=typed)[0] == 0


def test_the_roles_are_those_of_the_guard() -> None:
    assert set(ROLES) == set(Role)


def test_a_typed_password_is_not_shown_and_need_not_be_changed(accounts: StaffAccounts) -> None:
    code, told = run("add", "Lan", "--name", "Chị Lan", "--role", "editor", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert code == 0
    assert PASSWORD not in told
    found = accounts.find("lan")
    assert found is not None
    assert (found.staff.role, found.staff.must_change) == ("editor", False)
    assert is_password(found.password_hash, PASSWORD)
    code, told = run("list")
    assert "Chị Lan" in told


def test_a_made_password_is_shown_once_and_must_be_changed(accounts: StaffAccounts) -> None:
    _, told = run("add", "lan", "--name", "Chị Lan", "--role", "agent", "--make")
    found = accounts.find("lan")
    assert found is not None
    assert found.staff.must_change
    assert is_password(found.password_hash, told.strip().splitlines()[-1])


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (("add", "Chị Lan", "--name", "x", "--role", "agent", "--make"), ""),
        (("add", "lan", "--name", " ", "--role", "agent", "--make"), ""),
        (("add", "lan", "--name", "x", "--role", "king", "--make"), ""),
        (("add", "lan", "--name", "x", "--role", "agent"), "ngắn\nngắn\n"),
        (("role", "nobody", "agent"), ""),
        (("password", "nobody", "--make"), ""),
        (("disable", "nobody"), ""),
        (("enable", "nobody"), ""),
        (("sessions", "nobody"), ""),
    ],
)
def test_what_cannot_be_is_said(accounts: StaffAccounts, words: tuple[str, ...], typed: str) -> None:
    code, told = run(*words, typed=typed)
    assert code != 0
    assert "Traceback" not in told
    assert accounts.all() == []


def test_a_login_is_given_once(accounts: StaffAccounts) -> None:
    add()
    code, told = run("add", "LAN", "--name", "x", "--role", "agent", "--make")
    assert code == 1
    assert "đã có tài khoản" in told
    assert len(accounts.all()) == 1


def test_the_last_administrator_stays(accounts: StaffAccounts) -> None:
    add()
    for words in (("disable", "lan"), ("role", "lan", "agent")):
        code, told = run(*words)
        assert code == 1
        assert "quản trị duy nhất" in told
    add("minh")
    assert run("disable", "lan")[0] == 0
    assert run("enable", "lan")[0] == 0
    assert run("role", "lan", "agent")[0] == 0
    found = accounts.find("lan")
    assert found is not None
    assert (found.active, found.staff.role) == (True, "agent")


def test_a_new_password_ends_the_sessions(accounts: StaffAccounts) -> None:
    add()
    found = accounts.find("lan")
    assert found is not None
    accounts.set_totp(found.staff.id, "sealed", "lan")
    token = accounts.open_session(found.staff.id, "Firefox trên Windows")
    code, told = run("password", "lan", "--make", "--reset-second-factor")
    assert code == 0
    assert accounts.signed_in(token) is None
    again = accounts.find("lan")
    assert again is not None
    assert again.totp_secret is None
    assert is_password(again.password_hash, told.strip().splitlines()[-1])


def test_sessions_are_listed_and_revoked(accounts: StaffAccounts) -> None:
    add()
    found = accounts.find("lan")
    assert found is not None
    token = accounts.open_session(found.staff.id, "Firefox trên Windows")
    assert "Firefox" in run("sessions", "lan")[1]
    assert "1 nơi" in run("sessions", "lan", "--revoke")[1]
    assert accounts.signed_in(token) is None

"""Accounts, sessions and the audit, on each database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from storage import audit, staff
from storage.retention import forget_old
from storage.schema import sign_in_failures, staff_sessions
from storage.sign_in_failures import KEPT, Failures
from storage.staff import LastAdministrator, LoginTaken, StaffAccounts


@pytest.fixture
def accounts(engine: Engine) -> StaffAccounts:
    return StaffAccounts(engine)


def add(accounts: StaffAccounts, login: str, role: str = "agent") -> int:
    return accounts.add(login, login.title(), role, "hash", "test", must_change=False).id


def actions(engine: Engine) -> list[tuple[str, str, str]]:
    found = audit.lines(engine, audit.Wanted(), 100)
    return [(line.action, line.subject, line.author) for line in reversed(found)]


def test_an_account_is_found_by_its_login_in_any_case(accounts: StaffAccounts) -> None:
    assert not accounts.any()
    number = accounts.add("Lan", "Chị Lan", "editor", "hash", "minh", must_change=True).id
    assert accounts.any()
    found = accounts.find("LAN")
    assert found is not None
    assert (found.staff.id, found.staff.login, found.password_hash) == (number, "lan", "hash")
    assert found.staff.must_change
    assert found.active
    assert accounts.find("hoa") is None
    assert accounts.get(number + 1) is None


def test_a_login_is_given_once(accounts: StaffAccounts, engine: Engine) -> None:
    add(accounts, "lan")
    with pytest.raises(LoginTaken):
        add(accounts, "LAN")
    assert actions(engine) == [("staff.add", "lan", "test")]


def test_every_change_stands_in_the_audit(accounts: StaffAccounts, engine: Engine) -> None:
    add(accounts, "chinh", "administrator")
    lan = add(accounts, "lan")
    accounts.set_role(lan, "editor", "chinh")
    accounts.rename(lan, "Cô Lan", "chinh")
    accounts.set_password(lan, "other", "chinh", must_change=True)
    accounts.set_totp(lan, "sealed", "lan", used=7)
    accounts.set_totp(lan, None, "chinh")
    accounts.open_session(lan, "Firefox")
    accounts.end_sessions(lan, "chinh")
    accounts.set_active(lan, False, "chinh")
    accounts.set_active(lan, True, "chinh")
    told = [action for action, subject, _ in actions(engine) if subject == "lan"]
    assert told == [
        "staff.add",
        "staff.role",
        "staff.rename",
        "staff.password",
        "staff.totp_on",
        "staff.totp_off",
        "staff.end_sessions",
        "staff.disable",
        "staff.enable",
    ]


@pytest.mark.parametrize("change", ["role", "active"])
def test_the_last_administrator_stays(accounts: StaffAccounts, engine: Engine, change: str) -> None:
    chinh, lan = add(accounts, "chinh", "administrator"), add(accounts, "lan", "administrator")

    def remove(number: int) -> None:
        if change == "role":
            accounts.set_role(number, "agent", "test")
        else:
            accounts.set_active(number, False, "test")

    remove(chinh)
    before = actions(engine)
    with pytest.raises(LastAdministrator):
        remove(lan)
    assert actions(engine) == before
    assert accounts.get(lan).role == "administrator"
    accounts.set_role(lan, "administrator", "test")


def test_two_administrators_cannot_remove_one_another_at_once(accounts: StaffAccounts) -> None:
    pair = [add(accounts, "chinh", "administrator"), add(accounts, "lan", "administrator")]
    together = threading.Barrier(2)

    def remove(number: int) -> bool:
        together.wait()
        try:
            accounts.set_active(number, False, "test")
        except LastAdministrator:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, pair)) == [False, True]
    assert [account.active for account in accounts.all()].count(True) == 1


def test_changing_nobody_is_an_error(accounts: StaffAccounts) -> None:
    with pytest.raises(KeyError):
        accounts.set_role(99, "agent", "test")


def test_a_session_is_opened_looked_up_and_closed(accounts: StaffAccounts) -> None:
    lan = add(accounts, "lan")
    token = accounts.open_session(lan, "Firefox trên Windows")
    found = accounts.signed_in(token)
    assert found is not None
    assert (found[0].id, len(found[1]) >= 32) == (lan, True)
    assert accounts.signed_in("") is None
    assert accounts.signed_in(token + "x") is None
    (session,) = accounts.sessions(lan)
    assert session.agent == "Firefox trên Windows"
    assert session.id == staff.session_id(token) != token
    accounts.close_session(token)
    assert accounts.signed_in(token) is None


def test_a_session_ends_when_idle_when_old_and_with_the_account(accounts: StaffAccounts, engine: Engine) -> None:
    lan = add(accounts, "lan")
    add(accounts, "chinh", "administrator")
    now = datetime.now(UTC)
    for values in ({"seen_at": now - staff.IDLE}, {"expires_at": now}):
        token = accounts.open_session(lan, "")
        with engine.begin() as connection:
            connection.execute(update(staff_sessions).values(values))
        assert accounts.signed_in(token) is None
        assert accounts.sessions(lan) == []
    token = accounts.open_session(lan, "")
    with engine.connect() as connection:
        assert len(connection.execute(select(staff_sessions)).all()) == 1  # the old ones were swept
    accounts.set_active(lan, False, "chinh")
    assert accounts.signed_in(token) is None


def test_use_keeps_a_session_and_looking_does_not(accounts: StaffAccounts, engine: Engine) -> None:
    lan = add(accounts, "lan")
    token = accounts.open_session(lan, "")
    earlier = datetime.now(UTC) - timedelta(hours=1)
    with engine.begin() as connection:
        connection.execute(update(staff_sessions).values(seen_at=earlier))
    accounts.signed_in(token, used=False)
    assert accounts.sessions(lan)[0].seen_at == earlier
    accounts.signed_in(token)
    assert accounts.sessions(lan)[0].seen_at > earlier


def test_sessions_end_one_by_one_all_but_one_and_with_the_password(accounts: StaffAccounts) -> None:
    lan, minh = add(accounts, "lan"), add(accounts, "minh")
    first, second, third, other = (accounts.open_session(number, "") for number in (lan, lan, lan, minh))
    assert accounts.end_sessions(lan, "lan", only=staff.session_id(other)) == 0
    assert accounts.end_sessions(lan, "lan", only=staff.session_id(first)) == 1
    assert accounts.end_sessions(lan, "lan", keep=second) == 1
    assert [accounts.signed_in(token) is not None for token in (first, second, third, other)] == [0, 1, 0, 1]
    accounts.set_password(lan, "new", "lan", must_change=False)
    assert accounts.signed_in(second) is None


def test_a_time_step_is_used_once_and_never_an_earlier_one(accounts: StaffAccounts) -> None:
    lan = add(accounts, "lan")
    accounts.set_totp(lan, "sealed", "lan", used=10)
    assert [accounts.use_totp(lan, step) for step in (9, 10, 11, 11, 10, 12)] == [
        False,
        False,
        True,
        False,
        False,
        True,
    ]


def test_one_code_cannot_be_used_twice_at_once(accounts: StaffAccounts) -> None:
    lan = add(accounts, "lan")
    accounts.set_totp(lan, "sealed", "lan")
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: accounts.use_totp(lan, 5), range(8))) == 1


def test_accounts_tell_their_open_sessions(accounts: StaffAccounts) -> None:
    lan, minh = add(accounts, "lan"), add(accounts, "minh")
    accounts.open_session(lan, "")
    accounts.open_session(lan, "")
    accounts.set_totp(minh, "sealed", "minh")
    told = {account.login: account for account in accounts.all()}
    assert (told["lan"].sessions, told["lan"].second_factor) == (2, False)
    assert told["lan"].last_seen is not None
    assert (told["minh"].sessions, told["minh"].second_factor, told["minh"].last_seen) == (0, True, None)


# ---- attempts


def at_most(count: int) -> object:
    return lambda mine, everybodys, at: timedelta(seconds=60 if max(len(mine), len(everybodys)) >= count else 0)


def test_attempts_at_the_same_moment_are_counted_one_by_one(engine: Engine) -> None:
    failures = Failures(engine)
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda _: failures.begin("lan", "here", at_most(3)), range(16)))  # type: ignore[arg-type]
    assert sum(one.id is not None for one in begun) == 3
    assert {one.wait for one in begun if one.id is None} == {timedelta(seconds=60)}


def test_a_failure_counts_for_its_login_and_source(engine: Engine) -> None:
    failures, seen = Failures(engine), []

    def rule(mine: object, everybodys: object, at: datetime) -> timedelta:
        seen.append((len(mine), len(everybodys)))  # type: ignore[arg-type]
        return timedelta(0)

    for login, source in (("lan", "a"), ("lan", "a"), ("minh", "a"), ("lan", "b")):
        failures.begin(login, source, rule)
    assert seen == [(0, 0), (1, 1), (0, 2), (0, 0)]
    failures.forget("lan", "a")
    begun = failures.begin("lan", "a", rule)
    assert seen[-1] == (0, 1)
    assert begun.id is not None
    failures.take_back(begun.id)
    failures.begin("lan", "a", rule)
    assert seen[-1] == (0, 1)


def test_failures_are_forgotten_after_a_day(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    failures, seen = Failures(engine), []

    def rule(mine: object, everybodys: object, at: datetime) -> timedelta:
        seen.append(len(mine))  # type: ignore[arg-type]
        return timedelta(0)

    failures.begin("lan", "a", rule)
    later = datetime.now(UTC) + timedelta(days=1, minutes=1)
    monkeypatch.setattr("storage.sign_in_failures.now", lambda: later)
    failures.begin("lan", "a", rule)
    assert seen == [0, 0]


def test_failures_go_also_when_nobody_tries_any_more(engine: Engine) -> None:
    Failures(engine).begin("lan", "a", lambda *_: timedelta(0))
    assert forget_old(engine) == 0
    with engine.begin() as connection:
        connection.execute(update(sign_in_failures).values(failed_at=datetime.now(UTC) - KEPT))
    assert forget_old(engine) == 1


# ---- the audit


def test_the_audit_is_narrowed_and_paged(engine: Engine) -> None:
    for number in range(5):
        audit.note(engine, "faq.publish", str(number), "lan", "vì đúng")
    audit.note(engine, "faq", "x", "minh")
    audit.note(engine, "faqs.other", "50%", "minh")
    newest = audit.lines(engine, audit.Wanted(author="lan"), 2)
    assert [line.subject for line in newest] == ["4", "3"]
    older = audit.lines(engine, audit.Wanted(author="lan"), 9, before=newest[-1].id)
    assert [line.subject for line in older] == ["2", "1", "0"]
    assert len(audit.lines(engine, audit.Wanted(action="faq"), 99)) == 6
    assert len(audit.lines(engine, audit.Wanted(action="faq.publish"), 99)) == 5
    assert [line.action for line in audit.lines(engine, audit.Wanted(subject="%"), 99)] == ["faqs.other"]
    now = datetime.now(UTC)
    assert audit.lines(engine, audit.Wanted(since=now + timedelta(minutes=1)), 9) == []
    assert len(audit.lines(engine, audit.Wanted(until=now + timedelta(minutes=1)), 9)) == 7
    assert list(audit.authors(engine)) == ["lan", "minh"]


def test_a_line_goes_with_its_transaction(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin() as step:
        audit.note(connection, "faq.publish", "1", "lan")
        step.rollback()
    assert audit.lines(engine, audit.Wanted(), 9) == []

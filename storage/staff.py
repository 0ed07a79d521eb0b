"""The members of staff, their sessions, and what each change of them leaves in the audit."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.audit import note
from storage.database import writing
from storage.schema import now, staff, staff_sessions

ADMINISTRATOR = "administrator"
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
_SEEN_EVERY = timedelta(minutes=1)


class LoginTaken(ValueError):  # noqa: N818 - the wish is refused, nothing is broken
    """Somebody else signs in with that name."""


class LastAdministrator(ValueError):  # noqa: N818 - the same
    """Without this person nobody could manage the accounts."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is signed in."""

    id: int
    login: str
    name: str
    role: str
    must_change: bool


@dataclass(frozen=True, slots=True)
class Account:
    """An account as administrators see it; `last_seen` is that of its open sessions."""

    id: int
    login: str
    name: str
    role: str
    must_change: bool
    active: bool
    second_factor: bool
    created_at: datetime
    sessions: int
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signing in is checked against; `totp_secret` is sealed."""

    staff: Staff
    active: bool
    password_hash: str
    totp_secret: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in; `id` opens nothing."""

    id: str
    agent: str
    created_at: datetime
    seen_at: datetime


class StaffAccounts:
    """The accounts of one database. `author` is the login of who changes one, for the audit."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def any(self) -> bool:
        """Tell whether there is any account."""
        with self._engine.connect() as connection:
            return connection.scalar(select(staff.c.id).limit(1)) is not None

    def all(self) -> Sequence[Account]:
        """Return every account, those in use first, by name."""
        with self._engine.connect() as connection:
            rows = connection.execute(_accounts().order_by(staff.c.active.desc(), staff.c.name, staff.c.id))
            return [_account(row._mapping) for row in rows]

    def get(self, number: int) -> Account | None:
        """Return an account."""
        with self._engine.connect() as connection:
            row = connection.execute(_accounts().where(staff.c.id == number)).first()
            return _account(row._mapping) if row else None

    def find(self, login: str) -> Credentials | None:
        """Return by what somebody signs in, also when the account is closed."""
        columns = (staff.c.active, staff.c.password_hash, staff.c.totp_secret)
        with self._engine.connect() as connection:
            row = connection.execute(select(*_STAFF, *columns).where(staff.c.login == login.lower())).first()
        return Credentials(_staff(row), row.active, row.password_hash, row.totp_secret) if row else None

    def add(self, login: str, name: str, role: str, password_hash: str, author: str, *, must_change: bool) -> Staff:
        """Add an account. Raises LoginTaken."""
        login = login.lower()
        row = {
            "login": login,
            "name": name,
            "role": role,
            "password_hash": password_hash,
            "must_change": must_change,
            "active": True,
            "presence": "away",
            "created_at": now(),
        }
        try:
            with writing(self._engine) as connection:
                number: int = connection.execute(insert(staff).values(row).returning(staff.c.id)).scalar_one()
                note(connection, "staff.add", login, author, role)
        except IntegrityError as error:
            raise LoginTaken(login) from error
        return Staff(number, login, name, role, must_change)

    def set_role(self, number: int, role: str, author: str) -> None:
        """Give another role. Raises LastAdministrator."""
        with writing(self._engine) as connection:
            login = self._change(connection, number, {"role": role}, keeps=role == ADMINISTRATOR)
            note(connection, "staff.role", login, author, role)

    def rename(self, number: int, name: str, author: str) -> None:
        """Give another name to show."""
        with writing(self._engine) as connection:
            note(connection, "staff.rename", self._change(connection, number, {"name": name}), author, name)

    def set_active(self, number: int, active: bool, author: str) -> None:
        """Open or close an account; closing it ends its sessions. Raises LastAdministrator."""
        with writing(self._engine) as connection:
            login = self._change(connection, number, {"active": active}, keeps=active)
            if not active:
                connection.execute(delete(staff_sessions).where(staff_sessions.c.staff_id == number))
            note(connection, "staff.enable" if active else "staff.disable", login, author)

    def set_password(self, number: int, password_hash: str, author: str, *, must_change: bool, keep: str = "") -> None:
        """Replace the password and end every session but the one whose token is `keep`."""
        values = {"password_hash": password_hash, "must_change": must_change}
        with writing(self._engine) as connection:
            login = self._change(connection, number, values)
            _end_sessions(connection, number, keep)
            note(connection, "staff.password", login, author)

    def rehash(self, number: int, password_hash: str) -> None:
        """Keep the same password hashed in a newer way."""
        with writing(self._engine) as connection:
            self._change(connection, number, {"password_hash": password_hash})

    def set_totp(self, number: int, secret: str | None, author: str, used: int | None = None) -> None:
        """Set up the second factor with a sealed secret, whose step `used` is spent, or take it away."""
        with writing(self._engine) as connection:
            login = self._change(connection, number, {"totp_secret": secret, "totp_used": used})
            note(connection, "staff.totp_on" if secret else "staff.totp_off", login, author)

    def use_totp(self, number: int, step: int) -> bool:
        """Spend the code of a time step; False when it, or a later one, was used before."""
        fresh = (staff.c.totp_used.is_(None)) | (staff.c.totp_used < step)
        with writing(self._engine) as connection:
            spent = update(staff).where(staff.c.id == number, fresh).values(totp_used=step)
            return bool(connection.execute(spent).rowcount)

    def open_session(self, number: int, agent: str) -> str:
        """Sign in: return the token of a new session. Sessions that ran out are swept away."""
        token, at = secrets.token_urlsafe(32), now()
        row = {
            "token_hash": _hash(token),
            "staff_id": number,
            "csrf": secrets.token_urlsafe(24),
            "agent": agent,
            "created_at": at,
            "seen_at": at,
            "expires_at": at + LONGEST,
        }
        with writing(self._engine) as connection:
            connection.execute(delete(staff_sessions).where(~_open(at)))
            connection.execute(insert(staff_sessions).values(row))
        return token

    def signed_in(self, token: str, *, used: bool = True) -> tuple[Staff, str] | None:
        """Return who has the session of a token, and its CSRF token; None when it is not open.

        `used` False: it is only looked at, which does not keep it from ending when idle.
        """
        if not token:
            return None
        at, key = now(), _hash(token)
        query = (
            select(*_STAFF, staff_sessions.c.csrf, staff_sessions.c.seen_at)
            .join(staff_sessions, staff_sessions.c.staff_id == staff.c.id)
            .where(staff_sessions.c.token_hash == key, staff.c.active, _open(at))
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        if used and row.seen_at < at - _SEEN_EVERY:
            with writing(self._engine) as connection:
                seen = update(staff_sessions).where(staff_sessions.c.token_hash == key).values(seen_at=at)
                connection.execute(seen)
        return _staff(row), row.csrf

    def close_session(self, token: str) -> None:
        """Sign out."""
        with writing(self._engine) as connection:
            connection.execute(delete(staff_sessions).where(staff_sessions.c.token_hash == _hash(token)))

    def sessions(self, number: int) -> Sequence[Session]:
        """Return the open sessions of an account, the one last seen first."""
        columns = (staff_sessions.c[name] for name in ("token_hash", "agent", "created_at", "seen_at"))
        query = select(*columns).where(staff_sessions.c.staff_id == number, _open(now()))
        with self._engine.connect() as connection:
            return [Session(*row) for row in connection.execute(query.order_by(staff_sessions.c.seen_at.desc()))]

    def end_sessions(self, number: int, author: str, *, keep: str = "", only: str = "") -> int:
        """End the sessions of an account: all but the one whose token is `keep`, or `only` the one of that id."""
        with writing(self._engine) as connection:
            login = connection.scalar(select(staff.c.login).where(staff.c.id == number)) or ""
            ended = _end_sessions(connection, number, keep, only)
            if ended:
                note(connection, "staff.end_sessions", login, author, str(ended))
            return ended

    def _change(self, connection: Connection, number: int, values: dict[str, Any], *, keeps: bool = True) -> str:
        """Change a row and return its login; `keeps` False: an administrator may be one no longer after it.

        Raises KeyError for no such account.
        """
        login = connection.scalar(select(staff.c.login).where(staff.c.id == number))
        if login is None:
            raise KeyError(number)
        if not keeps:
            # Locked, so that two administrators cannot remove one another at the same moment.
            query = select(staff.c.id).where(staff.c.role == ADMINISTRATOR, staff.c.active).order_by(staff.c.id)
            if connection.scalars(query.with_for_update()).all() == [number]:
                raise LastAdministrator(login)
        connection.execute(update(staff).where(staff.c.id == number).values(values))
        return str(login)


_STAFF = tuple(staff.c[name] for name in Staff.__slots__)


def session_id(token: str) -> str:
    """Return the id of the session that a token opens."""
    return _hash(token)


def _staff(row: Any) -> Staff:
    return Staff(**{name: row._mapping[name] for name in Staff.__slots__})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _open(at: datetime) -> Any:
    return (staff_sessions.c.expires_at > at) & (staff_sessions.c.seen_at > at - IDLE)


def _end_sessions(connection: Connection, number: int, keep: str, only: str = "") -> int:
    ending = delete(staff_sessions).where(staff_sessions.c.staff_id == number)
    if keep:
        ending = ending.where(staff_sessions.c.token_hash != _hash(keep))
    if only:
        ending = ending.where(staff_sessions.c.token_hash == only)
    return connection.execute(ending).rowcount


def _accounts() -> Any:
    counted = (
        select(func.count(), func.max(staff_sessions.c.seen_at))
        .where(staff_sessions.c.staff_id == staff.c.id, _open(now()))
        .correlate(staff)
    )
    count = counted.with_only_columns(func.count()).scalar_subquery().label("sessions")
    seen = counted.with_only_columns(func.max(staff_sessions.c.seen_at)).scalar_subquery().label("last_seen")
    return select(*_STAFF, staff.c.active, staff.c.totp_secret, staff.c.created_at, count, seen)


def _account(row: Any) -> Account:
    values = {name: row[name] for name in Account.__slots__ if name != "second_factor"}
    return Account(**values, second_factor=row["totp_secret"] is not None)

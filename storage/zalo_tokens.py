"""The chain of Zalo's tokens: which pair is valid now, and who may renew it.

A refresh token works once, and its use kills the access token before it. So only the holder of a lease may renew, in
whatever process; the lease is a committed row and not an open transaction, because on SQLite that would stop everybody
else's writes for as long as Zalo takes to answer. Tokens arrive here sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, and_, or_, select, update

from storage.database import adding_once, upserts, writing
from storage.schema import zalo_tokens

# Without a pair: long past, so that it counts as due.
_NEVER = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Chain:
    """The newest pair. `seed` tells from which refresh token of the settings it began, `fault` why it is broken.

    `authorised_at` is when a person last allowed the app; `access_token` is empty before the first renewal.
    """

    app_id: str
    seed: str
    refresh_token: str
    authorised_at: datetime
    access_token: str = ""
    issued_at: datetime = _NEVER
    expires_at: datetime = _NEVER
    oa_id: str | None = None
    fault: str | None = None


class ZaloTokens:
    """The chains of one database, by app."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def load(self, app_id: str) -> Chain | None:
        """Return the newest pair, None before the first."""
        with self._engine.connect() as connection:
            row = connection.execute(select(*_CHAIN).where(zalo_tokens.c.app_id == app_id)).first()
        return Chain(**row._mapping) if row else None

    def start(self, chain: Chain) -> None:
        """Begin a chain unless one from the same seed is there; another seed replaces the chain and frees the lease."""
        fresh = _row(chain) | {"leased_by": None, "leased_until": None}
        with writing(self._engine) as connection:
            connection.execute(adding_once(zalo_tokens)[connection.dialect.name], fresh)
            other = and_(zalo_tokens.c.app_id == chain.app_id, zalo_tokens.c.seed != chain.seed)
            connection.execute(update(zalo_tokens).where(other).values(fresh))

    def lease(self, app_id: str, holder: str, at: datetime, seconds: float) -> Chain | None:
        """Give `holder` the right to renew for some seconds and return the pair; None while somebody else has it."""
        free = or_(zalo_tokens.c.leased_until.is_(None), zalo_tokens.c.leased_until < at)
        values = {"leased_by": holder, "leased_until": at + timedelta(seconds=seconds)}
        with writing(self._engine) as connection:
            taken = connection.execute(update(zalo_tokens).where(zalo_tokens.c.app_id == app_id, free).values(values))
            if not taken.rowcount:
                return None
            row = connection.execute(select(*_CHAIN).where(zalo_tokens.c.app_id == app_id)).one()
        return Chain(**row._mapping)

    def release(self, app_id: str, holder: str, fault: str | None = None) -> None:
        """Give the lease back without a new pair; `fault` tells why nobody need try again."""
        values: dict[str, Any] = {"leased_by": None, "leased_until": None}
        if fault is not None:
            values["fault"] = fault
        mine = and_(zalo_tokens.c.app_id == app_id, zalo_tokens.c.leased_by == holder)
        with writing(self._engine) as connection:
            connection.execute(update(zalo_tokens).where(mine).values(values))

    def save(self, chain: Chain) -> None:
        """Put a new pair in the place of the old one and give the lease back.

        It is written even if the lease has run out meanwhile: whoever got a pair from Zalo holds the only valid one.
        """
        with writing(self._engine) as connection:
            connection.execute(
                upserts(zalo_tokens)[connection.dialect.name], _row(chain) | {"leased_by": None, "leased_until": None}
            )


_CHAIN = [zalo_tokens.c[name] for name in Chain.__slots__]


def _row(chain: Chain) -> dict[str, Any]:
    return {name: getattr(chain, name) for name in Chain.__slots__}

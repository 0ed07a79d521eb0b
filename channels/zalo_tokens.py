"""The access token to use now, renewed before it ends, by one process at a time.

Two renewals at once would spend the same refresh token twice, and then only a person's new login helps. So the one who
holds the database's lease renews, the others wait for what it stores; a pair is stored before its access token is used.
A crash between Zalo's answer and our commit loses the pair: nothing can be done about that but log in again.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken

from channels.base import FailureKind, SendFailed
from channels.zalo_http import Http
from channels.zalo_oauth import TIMEOUT_S, LoginNeeded, Pair, renew
from channels.zalo_settings import ZaloSettings
from storage.schema import now as moment
from storage.zalo_tokens import Chain, ZaloTokens

log = logging.getLogger(__name__)

RENEW_AT = 0.8  # of an access token's life
LOGIN_AGE = timedelta(days=60)  # a refresh token lives three months; whether renewing it renews that is not known
LEASE_S = 180.0  # longer than asking Zalo and all attempts to store what it gave
_SAVE_AGAIN_S = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_LOOK_S = 0.2
# The holder needs at most TIMEOUT_S; one that crashed keeps the lease for LEASE_S.
_PATIENCE_S = TIMEOUT_S + 5.0
_KEEP_S = 600.0
_NO_LOGIN = "chưa đăng nhập Official Account: chạy motcua zalo login"
_CANNOT_OPEN = "không mở được mã đã lưu (ZALO_APP_SECRET đã đổi?): chạy motcua zalo login"


class Tokens:
    """The tokens of one app, shared by all processes through the database."""

    def __init__(
        self,
        settings: ZaloSettings,
        store: ZaloTokens,
        http: Http,
        now: Callable[[], datetime] = moment,
    ) -> None:
        """Renew at `settings.oauth_base`; `now` is the clock."""
        self._settings, self._store, self._http, self._now = settings, store, http, now
        self._holder = uuid.uuid4().hex
        self._seal = _seal(settings.app_secret)
        self._renewing = asyncio.Lock()
        self._renewal: asyncio.Task[str] | None = None

    async def access_token(self) -> str:
        """Return a token that is valid now. Raises SendFailed with kind CREDENTIALS when a person has to help."""
        chain = await self._chain()
        if chain.fault is not None:
            raise SendFailed(FailureKind.CREDENTIALS, chain.fault)
        at = self._now()
        if not _due(chain, at):
            return self._open(chain.access_token)
        try:
            return await self._renew(chain.access_token)
        except SendFailed as failed:
            if failed.kind is FailureKind.CREDENTIALS or at >= chain.expires_at:
                raise
            return self._open(chain.access_token)  # due, but good for some hours yet

    async def after_refusal(self, refused: str) -> str:
        """Return another token than the one Zalo just refused: somebody's newer one, or a renewed one."""
        chain = await self._chain()
        if chain.fault is not None:
            raise SendFailed(FailureKind.CREDENTIALS, chain.fault)
        current = self._open(chain.access_token) if chain.access_token else ""
        return current if current not in ("", refused) else await self._renew(chain.access_token)

    async def save_login(self, pair: Pair, oa_id: str | None) -> None:
        """Begin a new chain with the pair of a person's login."""
        at = self._now()
        chain = Chain(self._settings.app_id, _seed(self._settings), "", at, issued_at=at, oa_id=oa_id)
        await self._save(self._with(chain, pair, at))

    async def state(self) -> Chain | None:
        """Return the chain as it is stored, None before the first; its tokens are sealed."""
        return await asyncio.to_thread(self._store.load, self._settings.app_id)

    async def close(self) -> None:
        """Wait for a renewal under way: whoever stops in the middle of one loses the only valid pair."""
        if self._renewal is not None:
            await asyncio.wait((self._renewal,))

    async def _chain(self) -> Chain:
        """Return the stored chain, begun from the settings when there is none or they hold another beginning."""
        seed = _seed(self._settings)
        chain = await self.state()
        if self._settings.refresh_token and (chain is None or chain.seed != seed):
            sealed = self._close(self._settings.refresh_token)
            await asyncio.to_thread(self._store.start, Chain(self._settings.app_id, seed, sealed, self._now()))
            chain = await self.state()
        if chain is None:
            raise SendFailed(FailureKind.CREDENTIALS, _NO_LOGIN)
        return chain

    async def _renew(self, known: str) -> str:
        """Return the token that follows the sealed one `known`, renewed here or by whoever was quicker."""
        async with self._renewing:
            self._renewal = asyncio.create_task(self._wait_or_renew(known))
            return await asyncio.shield(self._renewal)

    async def _wait_or_renew(self, known: str) -> str:
        deadline = asyncio.get_running_loop().time() + _PATIENCE_S
        while asyncio.get_running_loop().time() < deadline:
            chain = await self._chain()
            if chain.fault is not None:
                raise SendFailed(FailureKind.CREDENTIALS, chain.fault)
            if chain.access_token != known:
                return self._open(chain.access_token)
            leased = await asyncio.to_thread(
                self._store.lease, self._settings.app_id, self._holder, self._now(), LEASE_S
            )
            if leased is not None:
                return await self._renew_leased(leased, known)
            await asyncio.sleep(_LOOK_S)
        raise SendFailed(FailureKind.PASSING, "một tiến trình khác đang làm mới mã truy cập Zalo")

    async def _renew_leased(self, chain: Chain, known: str) -> str:
        fault = None
        try:
            if chain.fault is not None:
                raise SendFailed(FailureKind.CREDENTIALS, chain.fault)
            if chain.access_token != known:
                return self._open(chain.access_token)
            at = self._now()
            pair = await renew(self._http, self._settings, self._open(chain.refresh_token), at)
            await self._save(self._with(chain, pair, at))
            self._warn_of_age(chain, at)
            return pair.access_token
        except LoginNeeded as failed:
            fault = failed.reason
            log.error("the chain of Zalo tokens is broken: %s", failed.reason)
            raise
        finally:
            await asyncio.to_thread(self._store.release, self._settings.app_id, self._holder, fault)

    async def _save(self, chain: Chain) -> None:
        """Store the only valid pair; a database that is busy or away for a while does not lose it."""
        for wait in _SAVE_AGAIN_S:
            try:
                await asyncio.to_thread(self._store.save, chain)
                return
            except Exception:
                log.exception("the new Zalo tokens could not be stored; trying again")
                await asyncio.sleep(wait)
        await asyncio.to_thread(self._store.save, chain)

    def _with(self, chain: Chain, pair: Pair, at: datetime) -> Chain:
        return replace(
            chain,
            access_token=self._close(pair.access_token),
            refresh_token=self._close(pair.refresh_token) if pair.refresh_token else chain.refresh_token,
            issued_at=at,
            expires_at=pair.expires_at,
            fault=None,
        )

    def _warn_of_age(self, chain: Chain, at: datetime) -> None:
        if at - chain.authorised_at > LOGIN_AGE:
            log.warning("the last login to the Zalo Official Account is over %d days old", LOGIN_AGE.days)

    def _close(self, token: str) -> str:
        return self._seal.encrypt(token.encode()).decode()

    def _open(self, sealed: str) -> str:
        try:
            return self._seal.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SendFailed(FailureKind.CREDENTIALS, _CANNOT_OPEN) from None


async def keep_fresh(tokens: Tokens) -> None:
    """Renew in time also while nobody writes, until cancelled: an unused refresh token dies after three months."""
    while True:
        try:
            await tokens.access_token()
        except SendFailed as failed:
            log.warning("no valid Zalo access token: %s", failed.reason)
        except Exception:
            log.exception("the Zalo tokens could not be looked at")
        await asyncio.sleep(_KEEP_S)


def _due(chain: Chain, at: datetime) -> bool:
    return not chain.access_token or at >= chain.issued_at + (chain.expires_at - chain.issued_at) * RENEW_AT


def _seed(settings: ZaloSettings) -> str:
    return hashlib.sha256(settings.refresh_token.encode()).hexdigest()


def _seal(app_secret: str) -> Fernet:
    """Return what seals tokens in the database: a copy of it alone, such as a backup, gives no access."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"zalo tokens of motcua\0" + app_secret.encode()).digest()))

"""The portal's calls, made politely: few at a time, slower when asked to be, again when the line breaks.

Two calls are made (POST, JSON, answered by HTTP 201 and `{"code": "OK", "data": …}`): the list, 50 a page, and one
record. A firewall stands in front; it wants a browser-like User-Agent and answers 403, 429 or 503 to who is too quick.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import aiohttp

from knowledge.importers.fields import Json
from knowledge.portal.records import updated_at
from knowledge.records import hash_of

log = logging.getLogger(__name__)

LIST = "/api/v1/submitting/formality/list-all-public-formality-by-citizen"
DETAIL = "/api/v1/configuring/formality/get-formality-by-citizen"
PAGE_SIZE = 50

_SUCCESS = 201
_BUSY = {429, 503}
_REFUSED = {401, 403}
_UNKNOWN = {400, 404, 410}
_CONNECT_SECONDS = 10


class PortalError(Exception):
    """The portal cannot be used now; the text says why and what to do, for the administrator."""


class Refused(PortalError):  # noqa: N818 - it says what happened
    """The portal turned us away: going on would only make it worse."""


class NotThere(Exception):  # noqa: N818 - it says what the record is
    """The portal has no such record; the text is its answer."""


class _Again(Exception):  # noqa: N818 - what to do
    """The answer cannot be used, a later one may; `all_wait`: the portal asks everybody to slow down."""

    def __init__(self, reason: str, seconds: float | None = None, all_wait: bool = False) -> None:
        super().__init__(reason)
        self.seconds = seconds
        self.all_wait = all_wait


@dataclass(frozen=True, slots=True)
class Manners:
    """How the portal is approached.

    `rate` is in calls a second, `at_once` the calls under way together. A call that fails is tried `attempts` times;
    the wait between doubles from `first_wait_s`, with jitter, up to `longest_wait_s`, which also bounds what the
    portal may ask for by Retry-After. `timeout_s` bounds one try.
    """

    rate: float = 2.0
    at_once: int = 4
    attempts: int = 6
    first_wait_s: float = 2.0
    longest_wait_s: float = 300.0
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the portal's list: enough to tell whether the record has to be read again.

    `updated_at` (milliseconds since 1970) is None where the list does not say; it did not in July 2026.
    """

    id: str
    mark: str
    updated_at: int | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The portal's list by id; `complete` when it holds as many as the portal counts."""

    items: dict[str, Item]
    complete: bool


class Portal:
    """The portal behind one HTTP session."""

    def __init__(self, session: aiohttp.ClientSession, base: str, manners: Manners) -> None:
        """Use `open_portal`, which opens and closes the session."""
        self._session = session
        self._base = base
        self._manners = manners
        self._places = asyncio.Semaphore(manners.at_once)
        self._turn = asyncio.Lock()
        self._not_before = 0.0

    @property
    def at_once(self) -> int:
        """How many calls may be under way together."""
        return self._manners.at_once

    async def list(self, progress: Callable[[int, int], None]) -> Listing:
        """Read the whole list; `progress(read, total)` follows it. Raises PortalError."""
        items: dict[str, Item] = {}
        last = ""
        while True:
            body = {"limit": PAGE_SIZE, "lastId": last, "q": "", "categoryId": "", "departmentCode": ""}
            page = await self._list_page(body)
            rows, total = _page(page)
            fresh = {item.id: item for item in map(_item, rows) if item and item.id not in items}
            items |= fresh
            progress(len(items), max(total, len(items)))
            last = str(page.get("lastId") or next(reversed(items), ""))
            if not fresh or len(items) >= total:
                return Listing(items, len(items) == total)

    async def detail(self, identity: str) -> Json:
        """Read one record. Raises NotThere, or PortalError."""
        record = await self._post(DETAIL, {"id": identity})
        if record.get("id") != identity:
            raise NotThere("Cổng trả bản ghi khác với bản ghi được hỏi")
        return record

    async def _list_page(self, body: Json) -> Json:
        try:
            return await self._post(LIST, body)
        except NotThere as error:
            raise PortalError(f"Không đọc được danh sách. {error}. Kiểm tra PORTAL_BASE.") from error

    async def _post(self, path: str, body: Json) -> Json:
        """Return the `data` of an answer, trying again as `Manners` says."""
        reason = ""
        for attempt in range(self._manners.attempts):
            try:
                async with self._places:
                    await self._wait_for_turn()
                    return await self._try(path, body)
            except _Again as again:
                reason = str(again)
                wait = self._wait(attempt) if again.seconds is None else again.seconds
                pause = min(wait, self._manners.longest_wait_s)
                log.info("%s: %s; again in %.1f s", path, reason, pause)
                await self._hold_back(pause, again.all_wait)
        raise PortalError(f"Cổng không trả lời được sau {self._manners.attempts} lần ({reason}). Chạy lại sau.")

    async def _try(self, path: str, body: Json) -> Json:
        try:
            async with self._session.post(self._base + path, json=body, allow_redirects=False) as answer:
                _check_status(answer.status, answer.headers.get("Retry-After"))
                whole = json.loads(await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _Again(f"đứt kết nối hoặc quá giờ: {type(error).__name__}") from error
        except (ValueError, RecursionError) as error:
            raise _Again("nội dung không phải JSON trọn vẹn") from error
        return _data(whole)

    async def _wait_for_turn(self) -> None:
        clock = asyncio.get_running_loop().time
        async with self._turn:
            while (delay := self._not_before - clock()) > 0:  # noqa: ASYNC110 - what is awaited is a moment
                await asyncio.sleep(delay)
            self._not_before = clock() + 1 / self._manners.rate

    def _wait(self, attempt: int) -> float:
        jitter = random.uniform(0.5, 1)  # noqa: S311 - no secret
        return float(self._manners.first_wait_s * 2**attempt * jitter)

    async def _hold_back(self, seconds: float, all_wait: bool) -> None:
        if all_wait:
            self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)
        else:
            await asyncio.sleep(seconds)


@asynccontextmanager
async def open_portal(base: str, contact: str, manners: Manners) -> AsyncIterator[Portal]:
    """Open the portal at `base` (scheme and host); `contact` is an address under which we can be found."""
    timeout = aiohttp.ClientTimeout(total=manners.timeout_s, connect=_CONNECT_SECONDS)
    headers = {"User-Agent": user_agent(contact), "Accept": "application/json"}
    async with aiohttp.ClientSession(timeout=timeout, headers=headers, trust_env=True) as session:
        yield Portal(session, base, manners)


def user_agent(contact: str) -> str:
    """Return a User-Agent shaped like a browser's, as the portal wants, that says who is asking."""
    browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    return f"{browser} MotCua/{version('motcua')} (+{contact})"


def _check_status(status: int, retry_after: str | None) -> None:
    if status == _SUCCESS:
        return
    if status in _BUSY:
        raise _Again(f"HTTP {status}", _seconds(retry_after), all_wait=True)
    if status in _REFUSED:
        raise Refused(f"Cổng từ chối (HTTP {status}). Đợi một lúc, đặt PORTAL_RATE nhỏ hơn rồi chạy lại.")
    if status in _UNKNOWN:
        raise NotThere(f"Cổng không có bản ghi này (HTTP {status})")
    raise _Again(f"HTTP {status}")


def _seconds(retry_after: str | None) -> float | None:
    """Return what Retry-After asks for, a number of seconds or a date; None when it asks for nothing readable."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _data(whole: object) -> Json:
    if not isinstance(whole, dict):
        raise _Again("câu trả lời không phải đối tượng JSON")
    if whole.get("code") != "OK":
        raise NotThere(f"Cổng trả lời: {whole.get('message') or whole.get('code')!r}"[:200])
    data = whole.get("data")
    if not isinstance(data, dict):
        raise _Again("câu trả lời thiếu data")
    return data


def _page(page: Json) -> tuple[list[Json | None], int]:
    rows, total = page.get("items"), page.get("total")
    if not isinstance(rows, list) or type(total) is not int:
        raise PortalError("Danh sách của Cổng có dạng lạ (thiếu items hoặc total). Có thể Cổng đã đổi cách trả lời.")
    return rows, total


def _item(row: Json | None) -> Item | None:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        return None
    return Item(row["id"], hash_of(row), updated_at(row))

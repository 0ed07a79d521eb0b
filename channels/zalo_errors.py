"""What the error numbers of Zalo's API mean for a send. Application errors arrive with HTTP status 200.

The table is that of Zalo's documentation for Official Accounts, as far as a chat can meet it; the reasons are read by
staff and operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta, timezone
from typing import Any

from channels.base import FailureKind, SendFailed

VIETNAM = timezone(timedelta(hours=7))
MORNING = time(6, 0)
# One cause, five numbers: -216 and -220 are documented, the others were seen in use.
TOKEN_REFUSED = frozenset({-216, -220, 216, 401, -401, -124})
PROOF_WANTED = -242
UPLOAD_EXPIRED = -100
NIGHT = -234
CALLS_SPENT = -32
_CALLS_WAIT = 60.0  # the limit counts calls a minute
_REFUSES_REFRESH = frozenset({-14014, -14020, -118})

_KINDS: dict[int, tuple[FailureKind, str]] = {
    CALLS_SPENT: (FailureKind.BUSY, "quá số lượt gọi mỗi phút của ứng dụng"),
    UPLOAD_EXPIRED: (FailureKind.REFUSED, "tệp đã tải lên hết hạn"),
    -200: (FailureKind.PASSING, "Zalo chưa gửi được tin"),
    -201: (FailureKind.REFUSED, "nội dung gửi không đúng quy cách"),
    -204: (FailureKind.CREDENTIALS, "Official Account đã bị khóa"),
    -205: (FailureKind.CREDENTIALS, "Official Account không tồn tại"),
    -209: (FailureKind.CREDENTIALS, "ứng dụng chưa kích hoạt nên chưa gọi được API"),
    -210: (FailureKind.REFUSED, "nội dung gửi vượt giới hạn độ dài hoặc kích thước"),
    -211: (FailureKind.CLOSED, "hết hạn mức tin nhắn của Official Account"),
    -212: (FailureKind.CREDENTIALS, "ứng dụng chưa đăng ký dùng API này"),
    -213: (FailureKind.CLOSED, "người nhận chưa quan tâm Official Account"),
    -217: (FailureKind.CLOSED, "người nhận không nhận lời mời từ Official Account"),
    -218: (FailureKind.CLOSED, "người nhận đã hết hạn mức nhận tin"),
    -219: (FailureKind.CREDENTIALS, "ứng dụng bị gỡ khỏi Official Account hoặc bị khóa"),
    -221: (FailureKind.CREDENTIALS, "Official Account chưa xác thực"),
    -223: (FailureKind.CREDENTIALS, "Official Account chưa cấp quyền này cho ứng dụng"),
    -224: (FailureKind.CREDENTIALS, "Official Account cần gói dịch vụ cao hơn"),
    -227: (FailureKind.UNREACHABLE, "tài khoản người nhận bị khóa hoặc lâu không dùng"),
    -230: (FailureKind.CLOSED, "quá 7 ngày kể từ lần cuối người dân nhắn; cần họ nhắn một tin mới"),
    -232: (FailureKind.CLOSED, "lần cuối người dân nhắn đã quá hạn; cần họ nhắn một tin mới"),
    -233: (FailureKind.REFUSED, "loại tin này không được hỗ trợ"),
    NIGHT: (FailureKind.BUSY, "Zalo không cho gửi loại tin này từ 22 giờ đến 6 giờ"),
    -235: (FailureKind.CREDENTIALS, "loại Official Account này không dùng được API"),
    -237: (FailureKind.UNREACHABLE, "nhóm đã bị khóa"),
    -240: (FailureKind.REFUSED, "API phiên bản 2 đã ngừng"),
    PROOF_WANTED: (FailureKind.CREDENTIALS, "thiếu hoặc sai appsecret_proof"),
    -244: (FailureKind.CLOSED, "người nhận không cho gửi loại tin này"),
    -248: (FailureKind.REFUSED, "Zalo từ chối nội dung theo chính sách"),
    -249: (FailureKind.REFUSED, "mẫu tin không gửi được tới người nhận này"),
    -320: (FailureKind.CREDENTIALS, "Official Account cần liên kết tài khoản trả phí (ZCA)"),
    -321: (FailureKind.CREDENTIALS, "tài khoản trả phí (ZCA) hết tiền"),
    -403: (FailureKind.UNREACHABLE, "Official Account không ở trong nhóm"),
}


class ZaloFailed(SendFailed):
    """A send that Zalo refused with an error number."""

    def __init__(self, error: int, kind: FailureKind, reason: str, retry_after: float | None = None) -> None:
        """Tell the number to staff too: it is what one finds in Zalo's documentation."""
        super().__init__(kind, f"{reason} (lỗi {error})", retry_after=retry_after)
        self.error = error


def error_of(body: Mapping[str, Any]) -> int:
    """Return the error number of an answer, 0 for success; one that is no number counts as unknown (-1)."""
    try:
        return int(body.get("error", 0))
    except (TypeError, ValueError):
        return -1


def failure(error: int, now: datetime) -> ZaloFailed:
    """Return what an error number means for the outbox. An unknown one passes, so that it is tried again."""
    if error in TOKEN_REFUSED:
        return ZaloFailed(error, FailureKind.CREDENTIALS, "Zalo không nhận mã truy cập")
    kind, reason = _KINDS.get(error, (FailureKind.PASSING, "lỗi chưa biết của Zalo"))
    return ZaloFailed(error, kind, reason, _wait(error, now))


def refresh_failure(error: int) -> SendFailed:
    """Return what an error of the token's renewal means: a used or dead refresh token needs a person."""
    if needs_login(error):
        words = f"Zalo không nhận mã làm mới (lỗi {error}); cần đăng nhập lại: motcua zalo login"
    elif error in (-14002, -14004):
        words = f"sai ZALO_APP_ID hoặc ZALO_APP_SECRET (lỗi {error})"
    else:
        return SendFailed(FailureKind.PASSING, f"chưa làm mới được mã truy cập (lỗi {error})")
    return SendFailed(FailureKind.CREDENTIALS, words)


def needs_login(error: int) -> bool:
    """Tell whether the chain of refresh tokens is broken, so that only a person's new login helps."""
    return error in _REFUSES_REFRESH


def _wait(error: int, now: datetime) -> float | None:
    """Return how many seconds to wait: a minute for spent calls, until six in the morning at night."""
    if error == CALLS_SPENT:
        return _CALLS_WAIT
    if error != NIGHT:
        return None
    here = now.astimezone(VIETNAM)
    morning = datetime.combine(here.date(), MORNING, VIETNAM)
    return ((morning if here < morning else morning + timedelta(days=1)) - here).total_seconds()

"""Only what Zalo signed for this app holds; the expected digests are computed here by hand, not by the module."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.zalo_signature import Candidate, check_signature

APP, OA, SECRET = "1100000000000000007", "2900000000000000042", "khoa-oa"
STAMP, OTHER_STAMP = "1795289685317", "1795289685999"
BODY: dict[str, Any] = {
    "event_name": "user_send_text",
    "app_id": APP,
    "sender": {"id": "4500000000000000001"},
    "recipient": {"id": OA},
    "message": {"msg_id": "m1", "text": "Tôi muốn đăng ký khai sinh"},
    "timestamp": STAMP,
}
RAW = json.dumps(BODY, ensure_ascii=False).encode()


def digest(first: str, raw: bytes, stamp: str, secret: str = SECRET) -> str:
    return hashlib.sha256(first.encode() + raw + stamp.encode() + secret.encode()).hexdigest()


def check(signature: str, raw: bytes = RAW, pinned: Candidate | None = None, **headers: str) -> Any:
    given = {"X-ZEvent-Signature": signature} | {name.replace("_", "-"): value for name, value in headers.items()}
    return check_signature(raw, json.loads(raw), given, APP, SECRET, pinned)


@pytest.mark.parametrize("spelling", ["mac={}", "{}", "mac={} "])
@pytest.mark.parametrize("upper", [False, True])
def test_the_documented_signature_holds_in_each_spelling(spelling: str, upper: bool) -> None:
    mac = digest(APP, RAW, STAMP)
    found = check(spelling.format(mac.upper() if upper else mac))
    assert (found.candidate, found.at) == (Candidate.APP_BODY, 1795289685.317)


def test_a_known_digest() -> None:
    """Computed once with sha256sum, so that a change of the formula in both places would show."""
    raw = b'{"app_id":"1100000000000000007","timestamp":"1795289685317"}'
    assert (
        check("mac=fd45ca95aff09105d9f23c4bf0045c1c51582a31e231bb506269e8017828cd39", raw).candidate
        is Candidate.APP_BODY
    )


@pytest.mark.parametrize(
    ("first", "stamp", "candidate"),
    [
        (APP, OTHER_STAMP, Candidate.APP_HEADER),
        (OA, STAMP, Candidate.OA_BODY),
        (OA, OTHER_STAMP, Candidate.OA_HEADER),
    ],
)
def test_the_other_readings_are_told_apart_and_can_be_pinned(first: str, stamp: str, candidate: Candidate) -> None:
    mac = digest(first, RAW, stamp)
    assert check(mac, X_ZEvent_Timestamp=OTHER_STAMP).candidate is candidate
    assert check(mac, pinned=candidate, X_ZEvent_Timestamp=OTHER_STAMP).candidate is candidate
    assert check(mac, pinned=Candidate.APP_BODY, X_ZEvent_Timestamp=OTHER_STAMP) is None


def test_the_documented_reading_comes_first() -> None:
    assert next(iter(Candidate)) is Candidate.APP_BODY
    assert check(digest(APP, RAW, STAMP), X_ZEvent_Timestamp=STAMP).candidate is Candidate.APP_BODY


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "mac=",
        "mac=" + "0" * 64,
        digest(APP, RAW, STAMP)[:-1],
        digest(APP, RAW, STAMP) + "0",
        digest(APP, RAW, STAMP, "another secret"),
        digest(APP, RAW, STAMP, ""),
        digest("1100000000000000008", RAW, STAMP),
        digest(APP, RAW, OTHER_STAMP),
        digest("", RAW, STAMP),
        "mac=ă" + digest(APP, RAW, STAMP)[1:],
    ],
)
def test_whatever_else_is_refused(signature: str) -> None:
    assert check(signature) is None


def test_bytes_that_mean_the_same_are_not_the_same() -> None:
    mac = digest(APP, RAW, STAMP)
    assert check(mac, json.dumps(BODY).encode()) is None


def test_an_event_of_another_app_is_refused_even_when_signed() -> None:
    foreign = BODY | {"app_id": "999"}
    raw = json.dumps(foreign).encode()
    assert check(digest(APP, raw, STAMP), raw) is None


@pytest.mark.parametrize("stamp", ["", "0", "17952896853171", "1e12", "-1795289685317", "１７９５２８９６８５３１７"])
def test_a_timestamp_must_be_one(stamp: str) -> None:
    raw = json.dumps(BODY | {"timestamp": stamp}, ensure_ascii=False).encode()
    assert check(digest(APP, raw, stamp), raw) is None


def test_seconds_are_read_too() -> None:
    raw = json.dumps(BODY | {"timestamp": "1795289685"}).encode()
    assert check(digest(APP, raw, "1795289685"), raw).at == 1795289685


def test_without_a_secret_nothing_holds() -> None:
    assert check_signature(RAW, BODY, {"X-ZEvent-Signature": digest(APP, RAW, STAMP, "")}, APP, "") is None


@given(st.binary(min_size=1, max_size=8), st.integers(0, len(RAW)))
def test_one_changed_byte_breaks_it(noise: bytes, place: int) -> None:
    changed = RAW[:place] + noise + RAW[place + len(noise) :]
    if changed != RAW:
        header = {"X-ZEvent-Signature": digest(APP, RAW, STAMP)}
        assert check_signature(changed, BODY, header, APP, SECRET) is None

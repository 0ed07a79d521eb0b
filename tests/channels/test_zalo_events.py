"""Every event that Zalo documents, read from JSON as it is on the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import File, FileKind, Location
from channels.base import Delivery
from channels.zalo_events import GREETING, TakenOver, Withdrawn, read_event, read_json, readable

PERSON, OA = "4500000000000000001", "2900000000000000042"


def event(name: str, **parts: Any) -> dict[str, Any]:
    base = {"event_name": name, "app_id": "1", "sender": {"id": PERSON}, "recipient": {"id": OA}}
    return base | parts | {"timestamp": "1795289685317"}


def delivered(name: str, message: dict[str, Any]) -> Delivery:
    found = read_event(event(name, message={"msg_id": "m1"} | message))
    assert isinstance(found, Delivery)
    return found


def attached(kind: str, payload: dict[str, Any], text: str | None = None, name: str = "") -> Delivery:
    message: dict[str, Any] = {"attachments": [{"type": kind, "payload": payload}]}
    return delivered(name or f"user_send_{kind}", message | ({"text": text} if text else {}))


def test_a_text() -> None:
    sent_at = datetime(2026, 11, 21, 19, 34, 45, 317000, UTC)
    assert delivered("user_send_text", {"text": "khai sinh"}) == Delivery(
        "zalo", "m1", PERSON, "khai sinh", sent_at=sent_at
    )


def test_large_numbers_lose_nothing() -> None:
    raw = '{"event_name":"user_send_text","sender":{"id":4500000000000000001},"message":{"msg_id":9007199254740993}}'
    body = read_json(raw.encode())
    assert body is not None
    found = read_event(body)
    assert isinstance(found, Delivery)
    assert (found.sender_id, found.id) == (PERSON, "9007199254740993")


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("#t:9f3a1c2b4d", "t:9f3a1c2b4d"),
        (" #t:9f3a1c2b4d\n", "t:9f3a1c2b4d"),
        ("#1.001193", None),
        ("#t:", None),
        ("t:9f3a1c2b4d", None),
        ("xem #t:9f3a1c2b4d", None),
    ],
)
def test_a_tap_and_a_typed_text_look_alike_so_both_are_told(text: str, token: str | None) -> None:
    found = delivered("user_send_text", {"text": text})
    assert (found.text, found.token) == (text, token)


def test_a_place_is_text_on_the_wire() -> None:
    place = {"coordinates": {"latitude": "21.3046", "longitude": "105.7052"}}
    found = attached("location", place, "UBND phường Xuân Hòa")
    assert found.location == Location(21.3046, 105.7052, "UBND phường Xuân Hòa")
    assert (found.text, found.files) == ("", ())


@pytest.mark.parametrize("latitude", ["", "x", "NaN", "Infinity", "91", "1e400"])
def test_a_place_that_is_none(latitude: str) -> None:
    assert attached("location", {"coordinates": {"latitude": latitude, "longitude": "105"}}).location is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image", FileKind.IMAGE),
        ("gif", FileKind.IMAGE),
        ("audio", FileKind.AUDIO),
        ("video", FileKind.VIDEO),
        ("sticker", FileKind.STICKER),
        ("file", FileKind.DOCUMENT),
        ("hologram", FileKind.DOCUMENT),
    ],
)
def test_files_of_each_kind(kind: str, expected: FileKind) -> None:
    found = attached(kind, {"url": "https://f.example/1", "thumbnail": "https://f.example/2"})
    assert found.files == (File(expected, "https://f.example/1"),)


def test_a_picture_may_have_words_and_a_file_has_a_name() -> None:
    assert attached("image", {"url": "https://f.example/1"}, "giấy này đúng chưa").text == "giấy này đúng chưa"
    payload = {"url": "https://f.example/1", "name": "don.docx", "size": "12345", "checksum": "x", "type": "docx"}
    assert attached("file", payload).files == (File(FileKind.DOCUMENT, "https://f.example/1", "don.docx", 12345),)


def test_a_contact_leaves_nothing_of_the_third_person() -> None:
    payload = {"phone": "0912345678", "name": "Nguyễn An", "url": "https://f.example/qr"}
    found = attached("business_card", payload, "Nguyễn An 0912345678")
    assert (found.text, found.files) == ("", (File(FileKind.CONTACT),))


def test_a_link_is_read_as_words() -> None:
    payload = {"url": "https://bao.example/1", "description": "Bỏ lệ phí khai sinh"}
    found = attached("link", payload)
    assert (found.text, found.files) == ("Bỏ lệ phí khai sinh https://bao.example/1", ())


def test_somebody_without_an_account_keeps_their_conversation() -> None:
    parts = {
        "sender": {"id": "anon-7c1e"},
        "message": {"msg_id": "a1", "text": "Xin chào", "conversation_id": "conv-55"},
    }
    found = read_event(event("anonymous_send_text", **parts))
    assert isinstance(found, Delivery)
    assert (found.sender_id, found.text) == ("anonymous:conv-55:anon-7c1e", "Xin chào")


def test_who_begins_to_follow_is_greeted_once() -> None:
    body = {
        "event_name": "follow",
        "app_id": "1",
        "oa_id": OA,
        "follower": {"id": PERSON},
        "timestamp": "1795289685500",
    }
    found = read_event(body)
    assert isinstance(found, Delivery)
    assert (found.id, found.sender_id, found.text) == (f"follow:1795289685500:{PERSON}", PERSON, GREETING)


@pytest.mark.parametrize("phone", ["84912345678", "0912345678", "+84 912 345 678"])
def test_details_given_in_a_form_leave_only_the_number(phone: str) -> None:
    info = {"name": "Nguyễn An", "phone": phone, "user_dob": "30/10/1999", "full_address": {"user_city": "Hà Nội"}}
    found = read_event(event("user_submit_info", info=info))
    assert isinstance(found, Delivery)
    assert found.text == "0912345678"
    assert "Nguyễn An" not in repr(found)


def test_details_without_a_number_are_left_alone() -> None:
    assert read_event(event("user_submit_info", info={"name": "Nguyễn An"})) is None


@pytest.mark.parametrize("kind", ["text", "image", "gif", "list", "file", "sticker", "template"])
def test_an_echo_matters_only_when_a_person_wrote_it(kind: str) -> None:
    sent = {"sender": {"id": OA}, "recipient": {"id": PERSON}, "message": {"msg_id": "e1", "text": "Chào anh"}}
    assert read_event(event(f"oa_send_{kind}", **sent)) is None
    by_staff = sent | {"sender": {"id": OA, "admin_id": "77"}}
    assert read_event(event(f"oa_send_{kind}", **by_staff)) == TakenOver(PERSON, "77")


def test_consent_withdrawn() -> None:
    assert read_event(event("user_withdraw")) == Withdrawn(PERSON)
    assert read_event({"event_name": "user_withdraw", "user_id": PERSON}) == Withdrawn(PERSON)


@pytest.mark.parametrize(
    "name",
    [
        "unfollow", "user_click_chatnow", "user_seen_message", "user_received_message", "user_reacted_message",
        "oa_send_group_text",
        "update_user_info", "add_user_to_tag", "remove_tag", "oa_send_consent", "user_reply_consent", "user_call_oa",
        "create_group", "user_send_group_text", "change_template_status", "user_feedback", "permission_revoked",
        "something_of_2030", "",
    ],
)  # fmt: skip
def test_what_needs_nothing(name: str) -> None:
    assert read_event(event(name, message={"msg_ids": ["m1"], "msg_id": "m1", "text": "x"})) is None


def test_halves_of_characters_and_zeros_are_mended() -> None:
    assert readable("a\0b\ud83dc😀") == "ab\ufffdc😀"


@pytest.mark.parametrize("raw", [b"", b"[]", b"1", b"null", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 50_000, b'"x"'])
def test_what_is_no_object(raw: bytes) -> None:
    assert read_json(raw) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["user_send_text", "user_send_location", "user_send_file", "oa_send_text", "follow", "user_submit_info",
     "anonymous_send_text", "user_withdraw", "user_send_business_card"]
)  # fmt: skip
KEYS = ("sender", "recipient", "message", "info", "follower", "timestamp", "user_id")


@given(NAMES, st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6))
def test_no_shape_whatever_breaks_the_reading(name: str, parts: dict[str, Any]) -> None:
    body = read_json(json.dumps(event(name) | parts).encode())
    assert body is not None
    read_event(body)


@given(
    st.lists(
        st.fixed_dictionaries({"type": st.sampled_from(["image", "location", "link", "file", "x"]), "payload": JSON})
    ),
    JSON,
)
def test_no_attachment_whatever_breaks_the_reading(attachments: list[Any], text: Any) -> None:
    message = {"msg_id": "m", "text": text, "attachments": attachments}
    body = read_json(json.dumps(event("user_send_file", message=message)).encode())
    assert body is not None
    read_event(body)

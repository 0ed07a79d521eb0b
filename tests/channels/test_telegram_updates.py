from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.messages import File, FileKind, Location
from channels.telegram_updates import COMMANDS, Heard, hear, update_number
from tests.servers.telegram import DATE, TelegramServer

BOT_ID = "123456789"


def update(**parts: Any) -> dict[str, Any]:
    server = TelegramServer()
    server.say(42, **parts)
    return server.waiting[0]


def heard(**parts: Any) -> Heard:
    return hear(update(**parts), BOT_ID)


def test_words_become_a_delivery_named_by_bot_chat_and_message() -> None:
    server = TelegramServer()
    number = server.say(42, "làm giấy khai sinh")
    delivery = hear(server.waiting[0], BOT_ID).delivery
    assert delivery is not None
    assert (delivery.channel, delivery.sender_id, delivery.text) == ("telegram", "42", "làm giấy khai sinh")
    assert delivery.id == f"{BOT_ID}:42:{number}"
    assert delivery.sent_at == datetime.fromtimestamp(DATE, UTC)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("/start", COMMANDS["start"][1]),
        ("/help", "hỏi được những gì"),
        ("/canbo", "gặp cán bộ"),
        ("/HUY", "hủy"),
        ("/moi@motcua_test_bot", "bắt đầu lại"),
        ("/start p-1_001193", "1.001193"),
        ("/start rubbish", COMMANDS["start"][1]),
        ("/start p-../../x", COMMANDS["start"][1]),
        ("/unknown lệ phí", "/unknown lệ phí"),
        ("lệ phí /start", "lệ phí /start"),
    ],
)
def test_commands_stand_for_words(typed: str, text: str) -> None:
    delivery = heard(text=typed).delivery
    assert delivery is not None
    assert delivery.text == text


FILE: dict[str, Any] = {"file_id": "F1", "file_unique_id": "u", "file_size": 900}
CLIP: dict[str, Any] = FILE | {"width": 1, "height": 1, "duration": 3}
SMALL: dict[str, Any] = {"file_id": "F0", "file_unique_id": "s", "file_size": 9, "width": 1, "height": 1}


@pytest.mark.parametrize(
    ("parts", "file"),
    [
        ({"photo": [SMALL, FILE | {"width": 9, "height": 9}]}, File(FileKind.IMAGE, "F1", "", 900)),
        ({"voice": FILE | {"duration": 3}}, File(FileKind.AUDIO, "F1", "", 900)),
        ({"audio": FILE | {"duration": 3, "file_name": "a.mp3"}}, File(FileKind.AUDIO, "F1", "a.mp3", 900)),
        ({"video": CLIP}, File(FileKind.VIDEO, "F1", "", 900)),
        ({"video_note": FILE | {"length": 1, "duration": 3}}, File(FileKind.VIDEO, "F1", "", 900)),
        ({"animation": CLIP, "document": FILE}, File(FileKind.VIDEO, "F1", "", 900)),
        ({"document": FILE | {"file_name": "Tờ khai.docx"}}, File(FileKind.DOCUMENT, "F1", "Tờ khai.docx", 900)),
        (
            {"sticker": CLIP | {"type": "regular", "is_animated": False, "is_video": False}},
            File(FileKind.STICKER, "F1", "", 900),
        ),
        ({"dice": {"emoji": "🎲", "value": 3}}, File(FileKind.STICKER)),
    ],
)
def test_files_are_named_by_kind_with_what_fetches_them(parts: dict[str, Any], file: File) -> None:
    delivery = heard(**parts).delivery
    assert delivery is not None
    assert delivery.files == (file,)
    assert delivery.text == ""


def test_the_words_under_a_photo_are_its_text() -> None:
    delivery = heard(photo=[SMALL], caption="giấy này là gì").delivery
    assert delivery is not None
    assert delivery.text == "giấy này là gì"
    assert len(delivery.files) == 1


def test_the_pictures_of_an_album_are_one_delivery() -> None:
    first, second = (heard(photo=[SMALL], media_group_id="77").delivery for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.id == second.id
    with_words = heard(photo=[SMALL], media_group_id="77", caption="xem giúp").delivery
    assert with_words is not None
    assert with_words.id != first.id


def test_the_contact_of_somebody_else_is_not_kept() -> None:
    shared = {"phone_number": "+84912345678", "first_name": "Lan", "user_id": 7}
    delivery = heard(contact=shared).delivery
    assert delivery is not None
    assert delivery.files == (File(FileKind.CONTACT),)
    assert "912345678" not in repr(delivery)
    assert "Lan" not in repr(delivery)


def test_ones_own_contact_is_the_number_typed() -> None:
    delivery = heard(contact={"phone_number": "+84912345678", "first_name": "Lan", "user_id": 42}).delivery
    assert delivery is not None
    assert (delivery.text, delivery.files) == ("+84912345678", ())


PLACE = {"latitude": 21.3, "longitude": 105.7}


def test_a_place_is_a_location_with_its_name_where_it_has_one() -> None:
    bare = heard(location=PLACE).delivery
    named = heard(
        location=PLACE, venue={"location": PLACE, "title": "UBND phường Xuân Hòa", "address": "1 Trần Phú"}
    ).delivery
    assert bare is not None
    assert named is not None
    assert bare.location == Location(21.3, 105.7)
    assert named.location == Location(21.3, 105.7, "UBND phường Xuân Hòa, 1 Trần Phú")


@pytest.mark.parametrize("wrong", [{"latitude": 91, "longitude": 0}, {"latitude": float("nan"), "longitude": 0}])
def test_a_place_that_is_not_on_earth_is_unreadable(wrong: dict[str, Any]) -> None:
    assert heard(location=wrong) == Heard(readable=False)


def test_a_tap_brings_its_token_and_where_to_mark_it() -> None:
    server = TelegramServer()
    message = {
        "message_id": 5,
        "date": DATE,
        "chat": {"id": 42, "type": "private"},
        "text": "x",
        "reply_markup": {"inline_keyboard": [[{"text": "Lệ phí", "callback_data": "t:1"}]]},
    }
    query = server.tap_data(42, "t:1", message)
    found = hear(server.waiting[0], BOT_ID)
    assert found.delivery is not None
    assert (found.delivery.token, found.delivery.text, found.delivery.sender_id) == ("t:1", "", "42")
    assert found.delivery.id == f"{BOT_ID}:c:{query}"
    assert found.tap is not None
    assert (found.tap.query_id, found.tap.chat_id, found.tap.message_id, found.tap.data) == (query, 42, 5, "t:1")
    assert found.tap.keyboard is not None


@pytest.mark.parametrize("message", [None, {"message_id": 5, "date": 0, "chat": {"id": 42, "type": "private"}}])
def test_a_tap_on_a_message_that_is_gone_is_still_answered(message: dict[str, Any] | None) -> None:
    server = TelegramServer()
    server.tap_data(42, "t:1", message)
    found = hear(server.waiting[0], BOT_ID)
    assert found.delivery is not None
    assert found.tap is not None
    assert found.tap.keyboard is None


GROUP = {"id": -100, "type": "supergroup", "title": "Tổ dân phố"}


def test_groups_bots_and_notices_are_not_answered() -> None:
    assert heard(text="/start@motcua_test_bot", chat=GROUP) == Heard()
    assert heard(pinned_message={"message_id": 1, "date": DATE, "chat": {"id": 42, "type": "private"}}) == Heard()
    body = update(text="xin chào")
    body["message"]["from"]["is_bot"] = True
    assert hear(body, BOT_ID) == Heard()


def test_a_tap_in_a_group_is_acknowledged_and_no_more() -> None:
    server = TelegramServer()
    server.tap_data(42, "t:1", {"message_id": 5, "date": DATE, "chat": GROUP})
    found = hear(server.waiting[0], BOT_ID)
    assert found.delivery is None
    assert found.tap is not None


def test_being_put_into_a_group_is_noticed_and_being_blocked_is_none_of_it() -> None:
    server = TelegramServer()
    server.put_into_group(-5)
    assert hear(server.waiting[0], BOT_ID).group_id == -5
    change = server.waiting[0]["my_chat_member"]
    change["chat"] = {"id": 42, "type": "private"}
    change["new_chat_member"] = {"user": change["new_chat_member"]["user"], "status": "kicked", "until_date": 0}
    assert hear(server.waiting[0], BOT_ID) == Heard()


def test_an_edited_message_is_no_new_one() -> None:
    body = update(text="lệ phí")
    assert hear({"update_id": 1, "edited_message": body["message"]}, BOT_ID) == Heard()


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "x",
        {},
        {"update_id": 1, "message": {}},
        {"update_id": 1, "message": []},
        {"update_id": 1, "message": {"message_id": 1, "date": 10**18, "chat": {"id": 1, "type": "private"}}},
        {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": "x", "type": "private"}, "text": "a"}},
        {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": 5}},
        {"update_id": 1, "callback_query": {"id": 5}},
    ],
)
def test_what_cannot_be_read_is_told_and_never_raised(body: object) -> None:
    assert hear(body, BOT_ID) == Heard(readable=False)


def test_what_no_database_takes_is_taken_out() -> None:
    delivery = heard(text="khai\0 sinh\ud83d").delivery
    assert delivery is not None
    assert delivery.text == "khai sinh"


SAMPLES = [
    update(text="làm giấy khai sinh"),
    update(text="/start p-1_001193"),
    update(photo=[SMALL], caption="x", media_group_id="7"),
    update(location=PLACE),
    update(contact={"phone_number": "1", "first_name": "L", "user_id": 7}),
    update(sticker=CLIP | {"type": "regular", "is_animated": False, "is_video": False}),
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A real update with a few of its values replaced or taken out."""
    body = _copy(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(list(_places(body))))
        if draw(st.booleans()):
            holder[key] = draw(anything)
        else:
            del holder[key]
        if not list(_places(body)):
            break
    return body


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _places(value: Any) -> Any:
    for key, inner in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


@given(mutated())
@settings(max_examples=400, deadline=None)
def test_whatever_is_wrong_in_an_update_nothing_is_raised_and_all_is_text(body: Any) -> None:
    found = hear(body, BOT_ID)
    if found.delivery is not None:
        delivery = found.delivery
        for text in (delivery.id, delivery.sender_id, delivery.text):
            assert "\0" not in text
            text.encode()
        assert int(delivery.sender_id) is not None
        assert delivery.text or delivery.files or delivery.location
        for file in delivery.files:
            (file.reference + file.name).encode()
            assert file.size is None or isinstance(file.size, int)


def test_updates_are_numbered() -> None:
    assert update_number({"update_id": 7}) == 7
    with pytest.raises(TypeError):
        update_number({"update_id": "7"})

"""What citizens are told of the desk."""

from __future__ import annotations

import pytest

from bot import desk_phrases
from bot.messages import Outcome, Reply


@pytest.mark.parametrize(
    ("waiting", "minutes", "words"),
    [
        (3, 6, "Hiện có 3 người đang chờ, khoảng 6 phút."),
        (3, None, "Hiện có 3 người đang chờ."),
        (0, 2, "Anh/chị là người kế tiếp, khoảng 2 phút."),
        (0, None, "Anh/chị là người kế tiếp."),
    ],
)
def test_the_line_is_told_and_no_number_that_is_not_known(waiting: int, minutes: int | None, words: str) -> None:
    reply = desk_phrases.queued(waiting, minutes, "vi")
    assert words in reply.text
    assert "không trả lời chen vào" in reply.text


def every(language: str) -> list[Reply]:
    return [
        desk_phrases.queued(1, 2, language),
        desk_phrases.taken("Lan", language),
        desk_phrases.back(language),
        desk_phrases.nobody_left("8 giờ đến 17 giờ", True, language),
        desk_phrases.being_checked(language),
        desk_phrases.nobody_to_check("8 giờ đến 17 giờ", language),
        desk_phrases.not_checked_in_time(language),
    ]


def test_everything_is_said_in_both_languages() -> None:
    for vietnamese, english in zip(every("vi"), every("en"), strict=True):
        assert vietnamese.text != english.text
        assert vietnamese.outcome == english.outcome
        assert english.text.replace("Lan", "").isascii() or "8 giờ" in english.text


def test_whoever_cannot_be_answered_is_given_the_hotline() -> None:
    for reply in (
        desk_phrases.nobody_left(None, False, "vi"),
        desk_phrases.nobody_to_check(None, "vi"),
        desk_phrases.not_checked_in_time("vi"),
    ):
        assert "1022" in reply.text
        assert reply.suggestions[0].url == "tel:1022"


def test_hours_and_the_contact_are_told_only_where_they_are_known() -> None:
    assert "8 giờ" in desk_phrases.nobody_left("8 giờ đến 17 giờ", False, "vi").text
    assert "số điện thoại" in desk_phrases.nobody_left(None, True, "vi").text
    assert "số điện thoại" not in desk_phrases.nobody_left(None, False, "vi").text
    assert "trực vào" not in desk_phrases.nobody_to_check(None, "vi").text


def test_a_citizen_is_called_as_they_call_themselves() -> None:
    state = {"address": "bác", "slots": {"language": "en"}}
    assert desk_phrases.told(desk_phrases.taken("Lan", "vi"), state).text == "Lan (cán bộ) đang trả lời bác."
    assert desk_phrases.told(desk_phrases.back("vi"), {}).text.endswith("trả lời anh/chị.")
    assert (desk_phrases.language_in(state), desk_phrases.language_in({})) == ("en", "vi")


def test_the_name_stands_above_where_a_service_does_not_show_it() -> None:
    reply = desk_phrases.signed(desk_phrases.by_staff("Bác mang căn cước."), "Lan")
    assert reply == Reply("Lan (cán bộ):\nBác mang căn cước.", Outcome.HANDOFF)

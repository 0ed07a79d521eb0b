"""What is remembered of the asker's place, and what is told and asked of it."""

from __future__ import annotations

from datetime import date

import pytest

from bot import phrases
from bot.messages import Location, Outcome
from bot.places import NO_OFFICES, Place, ask_own_province, guess, noted, take_in, tell_where
from knowledge.offices import Office
from knowledge.places import load_places
from knowledge.types import Facet, Kind, Procedure

SAI_GON, TAN_DINH, HCM, HANOI = "26740", "26737", "79", "01"
BIRTH = Procedure(
    "1.001193",
    "Đăng ký khai sinh",
    agencies=("Ủy ban nhân dân cấp xã",),
    levels=("Cấp xã",),
    source_url="https://dichvucong.gov.vn/1",
)
COMPANY = Procedure("2.001583", "Lập công ty", agencies=("Sở Tài chính các tỉnh, thành phố",), levels=("Cấp tỉnh",))
MINISTRY = Procedure("1.000001", "Việc của Bộ", agencies=("Bộ Y tế",), levels=("Cấp bộ",))


class Book:
    """One office, of the ward Sài Gòn."""

    def at(self, unit: str) -> tuple[Office, ...]:
        office = Office(
            SAI_GON,
            "Trung tâm Phục vụ hành chính công phường Sài Gòn",
            "45 đường A",
            "7:30–11:30",
            "1022",
            "https://example.gov.vn/map",
            "Trang của phường",
            date(2026, 5, 20),
        )
        return (office,) if unit == SAI_GON else ()


def test_a_place_is_taken_out_of_a_message_and_kept() -> None:
    taken = take_in("em ở phường Bến Nghé, quận 1 làm căn cước ở đâu", Place(), "vi")
    assert taken.place == Place((SAI_GON,))
    assert taken.notice == "Phường Bến Nghé cũ nay thuộc phường Sài Gòn, TP Hồ Chí Minh."
    assert "Bến Nghé" not in taken.rest
    assert "làm căn cước ở đâu" in taken.rest


def test_what_is_known_already_is_not_told_again() -> None:
    taken = take_in("ở phường Bến Nghé thì sao", Place((SAI_GON,)), "vi")
    assert (taken.place, taken.notice) == (Place((SAI_GON,)), "")


def test_a_message_without_a_place_changes_nothing() -> None:
    taken = take_in("lệ phí bao nhiêu", Place((SAI_GON,)), "vi")
    assert (taken.rest, taken.place, taken.heard) == ("lệ phí bao nhiêu", Place((SAI_GON,)), False)


def test_the_province_said_again_does_not_lose_the_commune() -> None:
    assert take_in("ở TP Hồ Chí Minh", Place((SAI_GON,)), "vi").place == Place((SAI_GON,))


def test_a_province_settles_a_name_of_many_places() -> None:
    first = take_in("tôi ở phường Tân An", Place(), "vi")
    assert first.place == Place((), "phường Tân An")
    second = take_in("Cần Thơ", first.place, "vi", expected=True)
    assert second.place.commune is not None
    assert second.place.commune.label == "phường Tân An, TP Cần Thơ"


def test_several_communes_have_one_province() -> None:
    place = Place((SAI_GON, TAN_DINH))
    assert place.commune is None
    assert place.province is not None
    assert place.province.code == HCM


def test_the_own_office_comes_first_and_a_lack_of_its_address_is_said() -> None:
    reply = tell_where(BIRTH, Place((SAI_GON,)), NO_OFFICES, "vi", ask=True)
    assert reply.outcome is Outcome.ANSWERED
    assert reply.text.index("Ủy ban nhân dân phường Sài Gòn, TP Hồ Chí Minh") < reply.text.index("cấp xã")
    assert "Tôi chưa có địa chỉ" in reply.text
    assert "1022" in reply.text
    assert "Anh/chị ở" not in reply.text


def test_an_imported_office_is_told_with_its_source() -> None:
    text = tell_where(BIRTH, Place((SAI_GON,)), Book(), "vi", ask=True).text
    for fact in ("45 đường A", "7:30–11:30", "1022", "https://example.gov.vn/map", "Trang của phường", "20/5/2026"):
        assert fact in text
    assert "Tôi chưa có địa chỉ" not in text


def test_without_the_portal_in_the_record_its_link_is_given() -> None:
    assert "https://dichvucong.gov.vn" in tell_where(COMPANY, Place((HCM,)), NO_OFFICES, "vi", ask=True).text


def test_a_place_is_asked_for_only_where_the_answer_depends_on_it() -> None:
    assert "Anh/chị ở xã, phường nào?" in tell_where(BIRTH, Place(), NO_OFFICES, "vi", ask=True).text
    assert "nào của TP Hà Nội" in tell_where(BIRTH, Place((HANOI,)), NO_OFFICES, "vi", ask=True).text
    assert "Sở Tài chính TP Hà Nội" in tell_where(COMPANY, Place((HANOI,)), NO_OFFICES, "vi", ask=True).text
    for procedure, place in ((COMPANY, Place((HANOI,))), (MINISTRY, Place()), (BIRTH, Place((SAI_GON,)))):
        assert "Anh/chị ở" not in tell_where(procedure, place, NO_OFFICES, "vi", ask=True).text
    assert "Anh/chị ở" not in tell_where(BIRTH, Place(), NO_OFFICES, "vi", ask=False).text


def test_several_communes_are_offered_by_number() -> None:
    reply = tell_where(BIRTH, Place((SAI_GON, TAN_DINH)), NO_OFFICES, "vi", ask=True)
    assert "1. Phường Sài Gòn, TP Hồ Chí Minh\n2. Phường Tân Định" in reply.text
    assert [suggestion.payload for suggestion in reply.suggestions[:2]] == [f"place:{SAI_GON}", f"place:{TAN_DINH}"]


def test_a_place_told_by_itself_is_confirmed() -> None:
    asking = phrases.which_procedure("vi")
    assert "Tôi nhớ anh/chị ở phường Sài Gòn" in noted(Place((SAI_GON,)), "", asking, "vi").text
    assert "có ở nhiều nơi" in noted(Place((), "xã Bình An"), "", asking, "vi").text


def test_a_shared_location_is_a_guess_to_be_confirmed() -> None:
    reply = guess(Location(21.0285, 105.8542), "vi")
    near = load_places().nearest(21.0285, 105.8542)
    assert reply.outcome is Outcome.CLARIFY
    assert f"gần {near[0].label} phải không" in reply.text
    assert [suggestion.payload for suggestion in reply.suggestions] == [f"place:{commune.code}" for commune in near]
    assert guess(Location(48.85, 2.35), "vi").suggestions == ()


def own(code: str, province: str) -> Procedure:
    return Procedure(code, "Hỗ trợ du lịch", kind=Kind.PROVINCIAL, scope=province)


def test_whose_own_procedure_is_meant_is_asked() -> None:
    reply = ask_own_province([own("1.1", "Bắc Ninh"), own("1.2", "Gia Lai")], None, Facet.FEE, "vi")
    assert reply.outcome is Outcome.CLARIFY
    assert reply.procedures == ("1.1", "1.2")
    assert "1. Tỉnh Bắc Ninh\n2. Tỉnh Gia Lai\n3. Tôi ở nơi khác" in reply.text
    assert [suggestion.payload for suggestion in reply.suggestions] == ["facet:1.1:fee", "facet:1.2:fee", "human"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_who_lives_elsewhere_is_led_to_the_national_one(language: str) -> None:
    reply = ask_own_province([own("1.1", "Bắc Ninh")], BIRTH, Facet.FEE, language)
    assert "tỉnh Bắc Ninh" in reply.text
    assert reply.suggestions[-1].payload == f"facet:{BIRTH.code}:fee"

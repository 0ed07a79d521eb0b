"""What people call their place, and what it is since 1 July 2025; the real table of units, traps among the words."""

from __future__ import annotations

import pytest

from knowledge.places import MOST_OPTIONS, load_places
from knowledge.unit_types import Heard, Province, bare
from nlu.text import written_out

PLACES = load_places()
HCM, HANOI = "79", "01"


def hear(text: str, known: str = "", *, expected: bool = False) -> Heard | None:
    return PLACES.hear(written_out(text), known, expected=expected)


def labels(heard: Heard | None) -> list[str]:
    return [unit.label for unit in PLACES.options(heard.codes)] if heard else []


SAI_GON = "phường Sài Gòn, TP Hồ Chí Minh"
BAN_CO = "phường Bàn Cờ, TP Hồ Chí Minh"

ONE_UNIT = [
    # a new unit, in all ways of writing
    ("Tôi ở phường Sài Gòn", SAI_GON),
    ("phuong sai gon lam can cuoc o dau", SAI_GON),
    ("p. Sài Gòn làm căn cước ở đâu", SAI_GON),
    ("PHƯỜNG SÀI GÒN", SAI_GON),
    ("phường Hoàn Kiếm đăng ký kết hôn ở đâu", "phường Hoàn Kiếm, TP Hà Nội"),
    ("xã Cần Giuộc, Tây Ninh", "xã Cần Giuộc, tỉnh Tây Ninh"),
    ("đặc khu Phú Quốc", "đặc khu Phú Quốc, tỉnh An Giang"),
    # a commune of before, with or without its district and province
    ("em o phuong ben nghe q1 lam can cuoc o dau", SAI_GON),
    ("Phường Bến Nghé nay là phường nào", SAI_GON),
    ("p bến nghé, quận 1, tphcm", SAI_GON),
    ("P.Bến Nghé, Q.1, TP.HCM", SAI_GON),
    ("tôi ở bến nghé", SAI_GON),
    ("phường 5 quận 3", BAN_CO),
    ("p5 q3", BAN_CO),
    ("P.5, Q.3", BAN_CO),
    ("f5 q3 sg", BAN_CO),
    ("phuong 05 quan 3", BAN_CO),
    ("huyện Côn Đảo", "đặc khu Côn Đảo, TP Hồ Chí Minh"),
    # a province, of today or of before
    ("ở Hà Nội", "TP Hà Nội"),
    ("o hn lam ho chieu", "TP Hà Nội"),
    ("o sg lam ho chieu", "TP Hồ Chí Minh"),
    ("hcm làm hộ chiếu ở đâu", "TP Hồ Chí Minh"),
    ("tphcm", "TP Hồ Chí Minh"),
    ("Sài Gòn làm hộ chiếu ở đâu", "TP Hồ Chí Minh"),
    ("tỉnh Bình Dương", "TP Hồ Chí Minh"),
    ("hỗ trợ du lịch tỉnh Gia Lai cần gì", "tỉnh Gia Lai"),
    ("toi o binh duong", "TP Hồ Chí Minh"),
    ("Bình Dương cấp lại giấy phép lái xe ở đâu", "TP Hồ Chí Minh"),
    ("hộ khẩu Thái Bình", "tỉnh Hưng Yên"),
    ("o dak lak", "tỉnh Đắk Lắk"),
    ("tỉnh Hà Giang", "tỉnh Tuyên Quang"),
    ("TP Huế", "TP Huế"),
    ("ở Huế", "TP Huế"),
    ("Thừa Thiên Huế", "TP Huế"),
    ("Bà Rịa - Vũng Tàu", "TP Hồ Chí Minh"),
    ("về Nghệ An làm lý lịch tư pháp", "tỉnh Nghệ An"),
    ("o hai phong", "TP Hải Phòng"),
    # a district with too many communes to choose from: its province is sure all the same
    ("tp thủ đức", "TP Hồ Chí Minh"),
    ("ở Thủ Đức", "TP Hồ Chí Minh"),
]


@pytest.mark.parametrize(("text", "label"), ONE_UNIT, ids=[text for text, _ in ONE_UNIT])
def test_a_place_is_heard_and_known_by_its_name_of_today(text: str, label: str) -> None:
    assert labels(hear(text)) == [label]


SEVERAL = [
    ("ở phường Đa Kao", [SAI_GON, "phường Tân Định, TP Hồ Chí Minh"]),
    ("phuong da kao", [SAI_GON, "phường Tân Định, TP Hồ Chí Minh"]),
    ("thị trấn Trâu Quỳ huyện Gia Lâm Hà Nội", ["xã Gia Lâm, TP Hà Nội", "xã Bát Tràng, TP Hà Nội"]),
    ("quận 1", ["phường Tân Định, TP Hồ Chí Minh", SAI_GON]),
    ("q1", ["phường Tân Định, TP Hồ Chí Minh", SAI_GON]),
    ("ở ninh kiều", ["phường Ninh Kiều, TP Cần Thơ"]),
    ("tx Sơn Tây", ["phường Sơn Tây, TP Hà Nội"]),
    ("thành phố Nam Định", ["phường Nam Định, tỉnh Ninh Bình"]),
]


@pytest.mark.parametrize(("text", "among"), SEVERAL, ids=[text for text, _ in SEVERAL])
def test_a_place_that_is_now_in_several_communes_leaves_a_choice(text: str, among: list[str]) -> None:
    heard = labels(hear(text))
    assert 1 < len(heard) <= MOST_OPTIONS
    assert set(among) <= set(heard)


@pytest.mark.parametrize("text", ["phường Tân An", "xã Bình An", "xã Tân Phú", "phuong 1"])
def test_a_name_of_too_many_places_names_none_but_is_noticed(text: str) -> None:
    heard = hear(text)
    assert heard is not None
    assert heard.codes == ()


@pytest.mark.parametrize(
    ("text", "known", "label"),
    [("phường Tân An", "92", "phường Tân An, TP Cần Thơ"), ("xã Bình An", "91", "xã Bình An, tỉnh An Giang")],
)
def test_the_province_known_decides_between_places_of_one_name(text: str, known: str, label: str) -> None:
    assert labels(hear(text, known)) == [label]


def test_a_place_elsewhere_is_heard_whatever_province_was_known() -> None:
    assert labels(hear("phường Bến Nghé", HANOI)) == [SAI_GON]


NO_PLACE = [
    # people
    "anh Bình làm giấy khai sinh",
    "chị Hòa hỏi lệ phí",
    "tôi tên Trần Hòa Bình",
    "Nguyễn Thái Bình làm căn cước",
    "nguyen thai binh lam can cuoc",
    "cho con tên An",
    "đến nhà Bình",
    "chú Tân",
    "bà Lê Thị Hà Nam",
    "công ty Thái Bình Dương",
    # ordinary words that are names of places somewhere
    "ở gia đình tôi",
    "o gia dinh toi co 5 nguoi",
    "tại văn phòng công chứng",
    "tai van phong cong chung",
    "ở trung tâm bảo trợ",
    "o trung tam bao tro",
    "thống nhất tên trong giấy tờ",
    "tôi đồng ý",
    "cuộc sống hòa bình",
    "nha co hai phong",
    "dien ca mau nao",
    "dien bien vu viec",
    "nộp tiền giảng dạy",
    "nop tien giang day",
    "đại diện hộ gia đình",
    # words that only look like a marker
    "phương án phù hợp",
    "phuong an phu hop",
    "phuong tien giao thong",
    "phương thức nộp",
    "bảo hiểm xã hội",
    "bao hiem xa hoi",
    "tinh trang hon nhan",
    "tình trạng hôn nhân",
    "quan ly dat dai",
    "quan he cha con",
    "cán bộ xã thành công chức huyện",
    "can bo cap xa thanh cong chuc",
    "ra phuong dang ky ket hon",
    "muon xa dung ra hoa giai",
    "hồ sơ mã H29.12-2026 của tôi",
    "cấp tỉnh phê duyệt",
    "thuộc cấp xã",
    # a marker without a name
    "ở xã nào",
    "phường nào nhận hồ sơ",
    "tỉnh khác có được không",
    "ubnd xã",
    "quận mấy",
    "o dau",
    "nộp ở đâu",
    "ở nước ngoài",
    # an order and a school that bear a name
    "Huân chương Hồ Chí Minh",
    "đại học y dược thành phố Hồ Chí Minh",
    "huan chuong ho chi minh",
]


@pytest.mark.parametrize("text", NO_PLACE)
def test_what_is_no_place_is_not_heard_as_one(text: str) -> None:
    assert hear(text) is None


def test_there_are_as_many_cases_as_were_asked_for() -> None:
    assert len(ONE_UNIT) + len(SEVERAL) + len(NO_PLACE) >= 80


def test_where_somebody_lives_counts_beside_other_places() -> None:
    assert labels(hear("Em làm việc cho công ty tỉnh Tuyên Quang, hộ khẩu ở Hà Nội")) == ["TP Hà Nội"]
    assert labels(hear("Tôi quê tại Nam Định, đang ở Hà Nội")) == ["TP Hà Nội"]
    assert labels(hear("đăng ký khai sinh ở Hà Nội")) == ["TP Hà Nội"]
    assert hear("tôi sinh ra ở Huế, xin bản sao giấy khai sinh") is None
    assert hear("toi sinh o hue") is None
    assert hear("chuyển từ Nghệ An sang Hà Tĩnh") is None


@pytest.mark.parametrize("text", ["ninh kiều", "bến nghé", "Sài Gòn", "vinh", "đa kao"])
def test_a_bare_name_is_a_place_when_it_was_asked_for(text: str) -> None:
    assert hear(text, expected=True) is not None


@pytest.mark.parametrize(
    "text", ["đồng ý", "dong y", "đúng", "dung", "vâng", "2", "9", "văn phòng", "le phi", "giấy tờ"]
)
def test_an_answer_that_is_no_place_is_not_taken_for_one_even_then(text: str) -> None:
    assert hear(text, expected=True) is None


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("phường Bến Nghé", "Phường Bến Nghé"),
        ("tỉnh Bình Dương", "Tỉnh Bình Dương"),
        ("quận 1", "Quận 1"),
        ("phường Sài Gòn", ""),
        ("phường Tân Định, TP Hồ Chí Minh", ""),
        ("Hà Nội", ""),
    ],
)
def test_the_old_name_is_kept_to_be_told(text: str, old: str) -> None:
    heard = hear(text)
    assert heard is not None
    assert heard.old == old


def test_accents_tell_places_apart_and_without_them_both_may_be_meant() -> None:
    assert labels(hear("xã Thanh An, TP Hồ Chí Minh")) == ["xã Thanh An, TP Hồ Chí Minh"]
    assert labels(hear("xã Thạnh An, TP Hồ Chí Minh")) == ["xã Thạnh An, TP Hồ Chí Minh"]
    both = labels(hear("xa thanh an tphcm"))
    assert {"xã Thanh An, TP Hồ Chí Minh", "xã Thạnh An, TP Hồ Chí Minh"} <= set(both)


@pytest.mark.parametrize(
    ("latitude", "longitude", "province"),
    [(21.0285, 105.8542, "TP Hà Nội"), (10.7769, 106.7009, "TP Hồ Chí Minh"), (16.0544, 108.2022, "TP Đà Nẵng")],
)
def test_the_communes_nearest_to_a_point(latitude: float, longitude: float, province: str) -> None:
    near = PLACES.nearest(latitude, longitude)
    assert len(near) == 3
    assert {commune.province.label for commune in near} == {province}


def test_far_from_the_country_there_is_no_commune() -> None:
    assert PLACES.nearest(48.85, 2.35) == []


def test_the_table_is_whole() -> None:
    assert len(PLACES.provinces) == 34
    assert len(PLACES.communes) == 3321
    codes = [code for row in PLACES._former for code in row.now]
    assert len(PLACES._former) == 10040
    assert set(codes) <= set(PLACES.communes)
    assert {row.province for row in PLACES._former} == {row.province for row in PLACES._former if row.now}


def test_every_commune_has_a_name_of_its_kind_and_lies_in_the_country() -> None:
    for commune in PLACES.communes.values():
        assert bare(commune.name) != commune.name
        assert 6 < commune.latitude < 24
        assert 102 < commune.longitude < 118


def test_the_names_of_provinces_are_those_of_procedures() -> None:
    assert Province("24", "Tỉnh Bắc Ninh").short == "Bắc Ninh"
    assert Province("46", "Thành phố Huế").label == "TP Huế"

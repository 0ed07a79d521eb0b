"""How a name of a place is read out of a message, with a small list of names made for the tests."""

from __future__ import annotations

import pytest

from nlu.place_names import Mention, Names, find_places, name_key, spelling
from nlu.place_words import Kind


def kinds(**by_kind: str) -> Names:
    spelt = {Kind(kind): names.split("|") for kind, names in by_kind.items()}
    found = {kind: {name_key(name): frozenset({spelling(name)}) for name in names} for kind, names in spelt.items()}
    return Names({kind: found.get(kind, {}) for kind in Kind}, frozenset({"gia dinh"}))


NAMES = kinds(
    commune="Bến Nghé|5|Gia Định|Phan Rang - Tháp Chàm|Đắk R'Lấp", district="Hoàn Kiếm|1|Thủ Đức", province="Hà Nội|Huế"
)


def mentions(text: str, *, expected: bool = False) -> list[Mention]:
    return [mention for address in find_places(text, NAMES, expected=expected) for mention in address]


@pytest.mark.parametrize(
    ("text", "kind", "unit", "name"),
    [
        ("làm ở phường Bến Nghé", Kind.COMMUNE, "phường", "ben nghe"),
        ("phuong ben nghe", Kind.COMMUNE, "phường", "ben nghe"),
        ("p.Bến Nghé", Kind.COMMUNE, "phường", "ben nghe"),
        ("f5", Kind.COMMUNE, "phường", "5"),
        ("P. 05", Kind.COMMUNE, "phường", "5"),
        ("Q.1", Kind.DISTRICT, "quận", "1"),
        ("quận Hoàn Kiếm", Kind.DISTRICT, "quận", "hoan kiem"),
        ("thành phố Hà Nội", Kind.CITY, "thành phố", "ha noi"),
        ("tp Thủ Đức", Kind.CITY, "thành phố", "thu duc"),
        ("ở Bến Nghé", Kind.ANY, "", "ben nghe"),
        ("Hà Nội", Kind.PROVINCE, "", "ha noi"),
        ("xã Đắk R'Lấp", Kind.COMMUNE, "xã", "dak r lap"),
        ("phường Phan Rang - Tháp Chàm", Kind.COMMUNE, "phường", "phan rang thap cham"),
    ],
)
def test_a_name_is_read_with_what_it_is_said_to_be(text: str, kind: Kind, unit: str, name: str) -> None:
    (mention,) = mentions(text)
    assert (mention.kind, mention.unit, mention.name) == (kind, unit, name)


@pytest.mark.parametrize(
    "text",
    [
        "Bến Nghé",  # bare, and we did not ask
        "phường Bên Nghe",  # other accents
        "anh Hà Nội",  # called so
        "xã. Gia Định",  # another sentence
        "ở gia đình",
        "o gia dinh",
        "x Bến",
        "cấp xã Bến Nghé",
    ],
)
def test_what_is_no_name_is_left_alone(text: str) -> None:
    assert mentions(text) == []


def test_neighbours_are_one_address_and_others_another() -> None:
    addresses = find_places("từ phường Bến Nghé, quận 1 chuyển sang Hà Nội", NAMES)
    assert [[mention.name for mention in address] for address in addresses] == [["ben nghe", "1"], ["ha noi"]]


def test_a_mention_tells_where_it_stands() -> None:
    text = "em ở phường Bến Nghé nhé"
    (mention,) = mentions(text)
    assert text[mention.start : mention.end] == "phường Bến Nghé"
    assert mention.led


def test_a_bare_name_counts_when_we_asked() -> None:
    assert [mention.name for mention in mentions("bến nghé", expected=True)] == ["ben nghe"]
    assert mentions("bến nghé nộp gì", expected=True) == []

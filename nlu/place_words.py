"""The words around names of places: what marks one, what leads to one, what shows that it is none."""

from __future__ import annotations

import re
from enum import StrEnum

from nlu.phrases import words


class Kind(StrEnum):
    """What the words before a name say that it is."""

    PROVINCE = "province"
    CITY = "city"  # "thành phố": a province, or a city that was a district
    DISTRICT = "district"
    COMMUNE = "commune"
    ANY = "any"


# Folded marker → what it marks; spelt in full with accents wherever the person types accents.
MARKERS: dict[str, tuple[Kind, str]] = {
    "phuong": (Kind.COMMUNE, "phường"),
    "p": (Kind.COMMUNE, "phường"),
    "f": (Kind.COMMUNE, "phường"),
    "xa": (Kind.COMMUNE, "xã"),
    "x": (Kind.COMMUNE, "xã"),
    "thi tran": (Kind.COMMUNE, "thị trấn"),
    "tt": (Kind.COMMUNE, "thị trấn"),
    "dac khu": (Kind.COMMUNE, "đặc khu"),
    "quan": (Kind.DISTRICT, "quận"),
    "q": (Kind.DISTRICT, "quận"),
    "huyen": (Kind.DISTRICT, "huyện"),
    "h": (Kind.DISTRICT, "huyện"),
    "thi xa": (Kind.DISTRICT, "thị xã"),
    "tx": (Kind.DISTRICT, "thị xã"),
    "thanh pho": (Kind.CITY, "thành phố"),
    "tp": (Kind.CITY, "thành phố"),
    "tinh": (Kind.PROVINCE, "tỉnh"),
    "t": (Kind.PROVINCE, "tỉnh"),
}
NEEDS_DOT = frozenset({"x", "h", "t"})
SHORT = frozenset({"p", "f", "tt", "q", "tx", "tp"}) | NEEDS_DOT
LEADS = {
    **{"o": "ở", "tai": "tại", "ve": "về", "den": "đến", "len": "lên", "ra": "ra", "vao": "vào", "vo": "vô"},
    **{"ngoai": "ngoài", "trong": "trong", "tu": "từ", "tru": "trú", "khau": "khẩu"},
}
STRONG_LEADS = frozenset({"o", "tai"})
SURNAMES = words("nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh dao doan luong trinh")
BEFORE_A_PERSON = words("ten ong ba anh chi em co chu bac chau be cu thay la van thi")
# Provinces whose bare name is often something else, beside those in the list of ordinary words.
OFTEN_OTHER = frozenset(
    name.replace("_", " ")
    for name in words(
        "hoa_binh thai_binh ca_mau tien_giang son_la long_an can_tho lam_dong binh_duong hai_duong thanh_hoa binh_dinh"
        " phu_tho an_giang tra_vinh ben_tre yen_bai ha_nam bac_lieu phu_yen nam_dinh vinh_long khanh_hoa hn"
    )
)
# Where somebody was born or comes from is not where they are ("đăng ký khai sinh ở" is).
BORN = re.compile(r"(?:(?<!khai )\bsinh(?: ra)?\s+(?:o|tai)|\bque(?: quan)?(?:\s+(?:o|tai))?)\s+$")
# Before a marker or name: a level ("cấp xã"), an institution or order that bears the name.
NOT_AFTER = words("cap chuong tuong lenh duoc")
# What only looks like a name after "phường" without accents ("phương án phù hợp").
NO_NAME = re.compile(r"phuong an phu (?:hop|hien)|phuong tien \w+|quan ly \w+|xa hoi \w+")
SHORT_FORMS = frozenset({"hcm", "sg", "hn"})

"""Which office of one's own commune or province a record supports."""

from __future__ import annotations

import pytest

from bot.facets.local import of_commune, of_province
from knowledge.places import load_places
from knowledge.types import Channel, Method, Procedure

COMMUNE = load_places().communes["26740"]
HERE = "phường Sài Gòn, TP Hồ Chí Minh"


def of(*agencies: str, levels: tuple[str, ...] = (), method: str = "") -> Procedure:
    return Procedure("1.1", "x", agencies=agencies, levels=levels, methods=(Method(Channel.DIRECT, text=method),))


@pytest.mark.parametrize(
    ("agency", "named"),
    [
        ("Ủy ban nhân dân cấp xã", f"Ủy ban nhân dân {HERE}"),
        ("Ủy ban Nhân dân xã, phường, thị trấn.", f"Ủy ban nhân dân {HERE}"),
        ("Chủ tịch Ủy ban nhân dân xã", f"Ủy ban nhân dân {HERE}"),
        ("Công an cấp Xã", f"Công an {HERE}"),
    ],
)
def test_an_office_of_any_commune_is_that_of_ones_own(agency: str, named: str) -> None:
    assert of_commune(of(agency), COMMUNE) == (named,)
    assert of_province(of(agency), COMMUNE.province) == ()


@pytest.mark.parametrize(
    ("agency", "named"),
    [
        ("Sở Tài chính các tỉnh, thành phố", "Sở Tài chính TP Hồ Chí Minh"),
        ("Sở Tư pháp", "Sở Tư pháp TP Hồ Chí Minh"),
        ("Công an tỉnh", "Công an TP Hồ Chí Minh"),
        ("Thuế tỉnh, thành phố", "Thuế TP Hồ Chí Minh"),
        ("Bảo hiểm xã hội cấp Tỉnh", "Bảo hiểm xã hội TP Hồ Chí Minh"),
        ("Ủy ban nhân dân cấp tỉnh", "Ủy ban nhân dân TP Hồ Chí Minh"),
    ],
)
def test_an_office_of_any_province_is_that_of_ones_own(agency: str, named: str) -> None:
    assert of_province(of(agency), COMMUNE.province) == (named,)
    assert of_commune(of(agency), COMMUNE) == ()


@pytest.mark.parametrize(
    "agency",
    [
        "Công an tỉnh Bắc Ninh",
        "Sở Giáo dục và Đào tạo Thành phố Hà Nội",
        "Sở An toàn thực phẩm - TP.HCM",
        "Ủy ban nhân dân xã Hòa Bình",
        "Bộ Y tế",
        "Cơ sở giáo dục",
    ],
)
def test_an_office_of_a_certain_place_is_nobody_elses(agency: str) -> None:
    assert of_commune(of(agency), COMMUNE) == of_province(of(agency), COMMUNE.province) == ()


def test_the_service_centre_is_named_where_the_record_says_that_one_receives() -> None:
    text = "Nộp tại Trung tâm Phục vụ hành chính công."
    centre = f"Trung tâm Phục vụ hành chính công {HERE}"
    assert of_commune(of("Ủy ban nhân dân cấp xã", levels=("Cấp xã",), method=text), COMMUNE)[0] == centre
    assert of_commune(of("Sở Y tế", levels=("Cấp tỉnh",), method=text), COMMUNE) == ()

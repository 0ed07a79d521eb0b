"""The form of an office: the import table's columns as fields, read by the same rules and told back beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.importers.offices import COLUMNS, BadRow, office_of
from knowledge.offices import Office
from knowledge.places import Places
from knowledge.unit_types import Commune
from nlu.text import clean

LABELS = {
    "ma_don_vi": "Đơn vị",
    "ten": "Tên nơi nhận hồ sơ",
    "dia_chi": "Địa chỉ",
    "gio_lam_viec": "Giờ làm việc",
    "dien_thoai": "Điện thoại",
    "ban_do": "Đường dẫn bản đồ",
    "nguon": "Nguồn của địa chỉ",
    "ngay_kiem": "Ngày đã kiểm lại",
}
LONGEST = 300
_NEEDED = {column.heading for column in COLUMNS if column.needed} & set(LABELS)
_NAMED = re.compile("|".join(LABELS))


@dataclass(frozen=True, slots=True)
class OfficeForm:
    """What stands in the form, as typed; `errors` says by field what is wrong; `office` is None while anything is."""

    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    office: Office | None = None


def form_of(office: Office) -> OfficeForm:
    """Return the form that shows an office."""
    values = (office.unit, office.name, office.address, office.hours, office.phone, office.map_url, office.source)
    return OfficeForm(dict(zip(LABELS, (*values, office.verified_on.isoformat()), strict=True)), office=office)


def read_form(posted: Mapping[str, object], places: Places) -> OfficeForm:
    """Read what was posted, as a row of the import table is read."""
    values = {name: " ".join(clean(str(posted.get(name) or "")).split()) for name in LABELS}
    errors = {name: f"{LABELS[name]}: chưa có." for name in LABELS if name in _NEEDED and not values[name]}
    errors |= {
        name: f"{LABELS[name]}: rút gọn trong {LONGEST} ký tự." for name in LABELS if len(values[name]) > LONGEST
    }
    if errors:
        return OfficeForm(values, errors)
    level = "xã" if isinstance(places.get(values["ma_don_vi"]), Commune) else "tỉnh"
    try:
        return OfficeForm(values, office=office_of(values | {"cap": level}, places))
    except BadRow as error:
        return OfficeForm(values, _told(str(error)))


def _told(reason: str) -> dict[str, str]:
    """Return what the import says of a row, beside the field it names and in the form's words."""
    named = _NAMED.search(reason)
    name = named[0] if named else "ma_don_vi"
    words = _NAMED.sub(lambda found: LABELS[found[0]], reason)
    return {name: f"{words[:1].upper()}{words[1:]}."}

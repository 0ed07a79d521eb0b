"""Which office of somebody's own commune or province handles a procedure, as far as its record tells."""

from __future__ import annotations

import re

from bot.facets.body import distinct
from bot.facets.places import agency_names
from knowledge.types import Procedure
from knowledge.unit_types import Commune, Province

# What the record calls an office of any commune, and how it is named there.
_OF_COMMUNE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"(?:chủ tịch )?(?:ủy|uỷ) ban nhân dân (?:cấp )?xã(?:, phường.*)?\.?", re.I),
        "Ủy ban nhân dân {place}",
    ),
    (re.compile(r"UBND (?:cấp )?xã(?:, phường.*)?\.?", re.I), "Ủy ban nhân dân {place}"),
    (re.compile(r"công an (?:cấp )?xã(?:, phường.*)?\.?", re.I), "Công an {place}"),
    (
        re.compile(r"trung tâm phục vụ hành chính công (?:cấp )?xã(?:, phường.*)?\.?", re.I),
        "Trung tâm Phục vụ hành chính công {place}",
    ),
)
_OF_PROVINCE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"(?:chủ tịch )?(?:ủy|uỷ) ban nhân dân (?:cấp )?tỉnh(?:,? (?:và )?thành phố.*)?\.?", re.I),
        "Ủy ban nhân dân {place}",
    ),
    (re.compile(r"công an (?:cấp )?tỉnh(?:, thành phố.*)?\.?", re.I), "Công an {place}"),
    (re.compile(r"thuế tỉnh(?:, thành phố.*)?\.?", re.I), "Thuế {place}"),
    (re.compile(r"bảo hiểm xã hội (?:cấp )?tỉnh\.?", re.I), "Bảo hiểm xã hội {place}"),
    (
        re.compile(r"trung tâm phục vụ hành chính công (?:cấp )?tỉnh\.?", re.I),
        "Trung tâm Phục vụ hành chính công {place}",
    ),
)
_DEPARTMENT = re.compile(r"(sở [^-–()]+?)(?: (?:các )?tỉnh(?:, thành phố)?)?\.?", re.I)
_NAMES_A_PLACE = re.compile(r"\b(?:tỉnh|thành phố|tp)\b", re.I)
_CENTRE = "Trung tâm Phục vụ hành chính công"
_COMMUNE_ONLY = ("Cấp xã",)


def of_commune(procedure: Procedure, commune: Commune | None = None) -> tuple[str, ...]:
    """Return the commune's offices that handle it; without a commune their names are templates."""
    place = commune.label if commune else "{place}"
    return distinct((*_centre(procedure, place), *_local(procedure, _OF_COMMUNE, place)))


def of_province(procedure: Procedure, province: Province | None = None) -> tuple[str, ...]:
    """Return the province's offices that handle it; without a province their names are templates."""
    place = province.label if province else "{place}"
    departments = [match for agency in agency_names(procedure) if (match := _DEPARTMENT.fullmatch(agency))]
    named = (f"{match[1]} {place}" for match in departments if not _NAMES_A_PLACE.search(match[1]))
    return distinct((*_local(procedure, _OF_PROVINCE, place), *named))


def _centre(procedure: Procedure, place: str) -> tuple[str, ...]:
    """Return the public service centre where the record says that one receives, of communes only."""
    if procedure.levels != _COMMUNE_ONLY:
        return ()
    texts = (procedure.address, *(method.text for method in procedure.methods))
    return (f"{_CENTRE} {place}",) if any(_CENTRE.lower() in text.lower() for text in texts) else ()


def _local(procedure: Procedure, kinds: tuple[tuple[re.Pattern[str], str], ...], place: str) -> tuple[str, ...]:
    return distinct(
        named.format(place=place)
        for agency in agency_names(procedure)
        for pattern, named in kinds
        if pattern.fullmatch(agency)
    )

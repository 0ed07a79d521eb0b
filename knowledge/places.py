"""Provinces and communes since 1 July 2025, what they were before, and which of them an address names.

The tables in `knowledge/units` are made by `knowledge.build_units` from open data (vietnamadminunits 1.0.4, MIT).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypeVar

from knowledge.unit_types import Commune, Former, Heard, Province, Unit, bare, kind_of
from nlu.place_names import Mention, Names, find_places, name_key, spelling
from nlu.place_words import Kind

FOLDER = Path(__file__).parent / "units"
MOST_OPTIONS = 8
"""As many communes are offered to choose from; where there are more, only the province is taken from the address."""
_EARTH_KM = 6371.0
_FARTHEST_KM = 40.0  # the largest communes are 30 km across; beyond, the place is not in Việt Nam
_ALSO_CALLED = {  # other names of provinces, folded as `name_key` does
    "79": ("sai gon", "hcm", "sg", "sai gon gia dinh"),
    "01": ("hn",),
    "46": ("thua thien hue",),
    "66": ("daklak", "dac lac", "dak lac"),
}
Row = TypeVar("Row")


class Places:
    """All units of the country, by code and by name."""

    def __init__(self, communes: Iterable[Commune], former: Iterable[Former]) -> None:
        """Index the communes of today and those of before."""
        self.communes = {commune.code: commune for commune in communes}
        self.provinces = {commune.province.code: commune.province for commune in self.communes.values()}
        self._by_name = _grouped((name_key(bare(commune.name)), commune) for commune in self.communes.values())
        self._former = tuple(former)
        self._old_communes = _grouped((name_key(bare(row.commune)), row) for row in self._former if row.commune)
        self._old_districts = _grouped((name_key(bare(row.district)), row) for row in self._former)
        self._cities = {
            name_key(bare(name))
            for name in (
                *(province.name for province in self.provinces.values()),
                *(row.province for row in self._former),
            )
            if kind_of(name) == "Thành phố"
        } | set(_ALSO_CALLED["79"])
        self._old_provinces = _grouped((name_key(bare(row.province)), row) for row in self._former)

    def get(self, code: str) -> Unit | None:
        """Return the province or commune of a code."""
        return self.communes.get(code) or self.provinces.get(code)

    def province_of(self, code: str) -> Province | None:
        """Return the province that a unit is or lies in."""
        unit = self.get(code)
        return unit.province if isinstance(unit, Commune) else unit

    @cached_property
    def names(self) -> Names:
        """The names to look for in messages."""
        spellings: dict[Kind, dict[str, set[str]]] = {kind: defaultdict(set) for kind in Kind}
        full = {
            Kind.COMMUNE: {unit.name for unit in self.communes.values()} | {row.commune for row in self._former},
            Kind.DISTRICT: {row.district for row in self._former},
            Kind.PROVINCE: {unit.name for unit in self.provinces.values()} | {row.province for row in self._former},
        }
        for kind, of_kind in full.items():
            for name in of_kind - {""}:
                spellings[kind][name_key(bare(name))].add(spelling(bare(name)))
        for names in _ALSO_CALLED.values():
            for name in names:
                spellings[Kind.PROVINCE][name].add(name)
        for spelt in ("sài gòn", "sài gòn gia định", "thừa thiên huế", "đắc lắc", "đắc lắk"):
            spellings[Kind.PROVINCE][name_key(spelt)].add(spelling(spelt))
        found = {kind: {key: frozenset(said) for key, said in names.items()} for kind, names in spellings.items()}
        return Names(found, frozenset((FOLDER / "ordinary.txt").read_text(encoding="utf-8").split("\n")))

    def hear(self, text: str, known: str = "", *, expected: bool = False) -> Heard | None:
        """Return where the asker is or asks about, None when the message names no place, or several.

        `known` is the province the conversation is about, as a code: it decides between places of one name.
        `expected`: we asked for it, so a bare name is a place.
        """
        addresses = find_places(text, self.names, expected=expected)
        led = [address for address in addresses if any(mention.led for mention in address)]
        heard = {self._resolve(address, known) for address in (led or addresses)}
        return heard.pop() if len(heard) == 1 else None

    def nearest(self, latitude: float, longitude: float, count: int = 3) -> list[Commune]:
        """Return the communes whose middle is nearest, at most 40 km away: a guess, as borders are not known."""
        near = sorted((_kilometres(commune, latitude, longitude), commune.code) for commune in self.communes.values())
        return [self.communes[code] for distance, code in near[:count] if distance <= _FARTHEST_KM]

    def options(self, codes: Sequence[str]) -> list[Unit]:
        """Return the units of the codes that there are."""
        return [unit for code in codes if (unit := self.get(code))]

    def _resolve(self, address: Sequence[Mention], known: str) -> Heard:
        commune, district, province = self._levels(address)
        spans = tuple((mention.start, mention.end) for mention in address)
        provinces = self._provinces(province) if province else {}
        within = set(provinces) or ({known} if known else set())
        if commune is not None:
            codes, old = self._communes_named(commune, district, within)
            if not codes and known and not provinces:
                codes, old = self._communes_named(commune, district, set())
        elif district is not None:
            codes, old = self._district_named(district, within)
            if not codes and known and not provinces:
                codes, old = self._district_named(district, set())
        else:
            codes, old = tuple(provinces), next(iter(provinces.values()), "") if len(provinces) == 1 else ""
        if not codes:
            return Heard(tuple(provinces) if province else (), "", spans)
        few = self._few(codes)
        return Heard(few, old if few == codes else "", spans)

    def _levels(self, address: Sequence[Mention]) -> tuple[Mention | None, Mention | None, Mention | None]:
        """Return the mentions that name commune, district and province; the last of each counts.

        A bare name that a district had and a commune has ("Thủ Đức") is the larger one: which commune is asked.
        """
        commune = district = province = None
        for mention in address:
            kinds = (Kind.COMMUNE, Kind.DISTRICT, Kind.PROVINCE)
            known = {kind for kind in kinds if mention.name in self.names.by_kind[kind]}
            if mention.kind is Kind.PROVINCE or (mention.kind is Kind.CITY and mention.name in self._cities):
                province = mention
            elif mention.kind in (Kind.CITY, Kind.DISTRICT) or (mention.kind is Kind.ANY and Kind.DISTRICT in known):
                district = mention
            else:
                commune = mention
        return commune, district, province

    def _few(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Return the codes, or the one province they lie in when they are too many to choose from."""
        if len(codes) <= MOST_OPTIONS:
            return codes
        provinces = {province.code for code in codes if (province := self.province_of(code))}
        return tuple(provinces) if len(provinces) == 1 else ()

    def _provinces(self, mention: Mention) -> dict[str, str]:
        """Return the codes of the provinces that a name stands for today, each with the old name where it was one."""
        today = {
            province.code: ""
            for province in self.provinces.values()
            if _fits(mention, bare(province.name)) or mention.name in _ALSO_CALLED.get(province.code, ())
        }
        if today:
            return today
        rows = [row for row in self._old_provinces.get(mention.name, ()) if _fits(mention, bare(row.province))]
        return {self.communes[code].province.code: row.province for row in rows for code in row.now[:1]}

    def _communes_named(
        self, mention: Mention, district: Mention | None, within: set[str]
    ) -> tuple[tuple[str, ...], str]:
        """Return the communes of today that a name may stand for, and the old name where it is one of before."""
        old = [row for row in self._old_communes.get(mention.name, ()) if _named(mention, row.commune)]
        old = [row for row in old if not within or self._province_code(row) in within]
        new = [unit for unit in self._by_name.get(mention.name, ()) if _named(mention, unit.name)]
        new = [unit for unit in new if not within or unit.province.code in within]
        if district is not None:
            of_it = [row for row in old if _named(district, row.district)]
            if of_it:
                return self._now(of_it)
            there = {self._province_code(row) for row in self._old_districts.get(district.name, ())}
            new = [unit for unit in new if unit.province.code in there] or new
        covered = {unit.province.code for unit in new}
        left = [row for row in old if self._province_code(row) not in covered]
        codes, name = self._now(left)
        return tuple(dict.fromkeys((*(unit.code for unit in new), *codes))), "" if new else name

    def _district_named(self, mention: Mention, within: set[str]) -> tuple[tuple[str, ...], str]:
        rows = [row for row in self._old_districts.get(mention.name, ()) if _named(mention, row.district)]
        rows = [row for row in rows if not within or self._province_code(row) in within]
        codes = dict.fromkeys(code for row in rows for code in row.now)
        names = {row.district for row in rows}
        return tuple(codes), names.pop() if len(names) == 1 else ""

    def _now(self, rows: Sequence[Former]) -> tuple[tuple[str, ...], str]:
        """Return the communes that old ones now belong to, and the old name when it is one and is no longer in use."""
        codes = tuple(dict.fromkeys(code for row in rows for code in row.now))
        if len(rows) != 1 or self.communes[rows[0].now[0]].name == rows[0].commune:
            return codes, ""
        return codes, rows[0].commune

    def _province_code(self, row: Former) -> str:
        return self.communes[row.now[0]].province.code


def _named(mention: Mention, name: str) -> bool:
    """Tell whether a unit is what the mention says: of that kind, where one was said, and spelt so."""
    kind = kind_of(name).lower()
    return (not mention.unit or kind == mention.unit) and _fits(mention, bare(name))


def _fits(mention: Mention, name: str) -> bool:
    return name_key(name) == mention.name and (not mention.exact or spelling(name) == mention.spelt)


def _grouped(pairs: Iterable[tuple[str, Row]]) -> Mapping[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for key, row in pairs:
        found[key].append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def _kilometres(commune: Commune, latitude: float, longitude: float) -> float:
    """Return the distance of a point from a commune's middle (equirectangular: exact enough within a country)."""
    east = math.radians(longitude - commune.longitude) * math.cos(math.radians((latitude + commune.latitude) / 2))
    return _EARTH_KM * math.hypot(east, math.radians(latitude - commune.latitude))


@lru_cache(maxsize=1)
def load_places() -> Places:
    """Return the units of the country, read once."""
    provinces: dict[str, Province] = {}
    communes = []
    for code, province, commune, name, latitude, longitude in _rows("communes.tsv"):
        within = provinces.setdefault(code, Province(code, province))
        communes.append(Commune(commune, name, within, float(latitude), float(longitude)))
    former = (Former(old, district, name, tuple(now.split())) for old, district, name, now in _rows("former.tsv"))
    return Places(communes, former)


def _rows(name: str) -> list[list[str]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines]

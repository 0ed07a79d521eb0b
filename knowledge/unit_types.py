"""The nouns of places, as frozen values: provinces and communes of today, communes of before, an address heard."""

from __future__ import annotations

import re
from dataclasses import dataclass

_KIND = re.compile("(Thành phố|Thị trấn|Thị xã|Đặc khu|Phường|Huyện|Quận|Tỉnh|Xã) ")


@dataclass(frozen=True, slots=True)
class Province:
    """A province or city under the central government; `name` is in full, "Thành phố Huế"."""

    code: str
    name: str

    @property
    def short(self) -> str:
        """The name alone, as `Procedure.scope` has it: "Huế"."""
        return bare(self.name)

    @property
    def label(self) -> str:
        """The name inside a sentence: "TP Huế", "tỉnh Bắc Ninh"."""
        return in_sentence(self.name).replace("thành phố ", "TP ")


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune, ward or special zone; `latitude` and `longitude` (degrees) are of its middle."""

    code: str
    name: str
    province: Province
    latitude: float
    longitude: float

    @property
    def label(self) -> str:
        """The name inside a sentence, with its province: "phường Sài Gòn, TP Hồ Chí Minh"."""
        return f"{in_sentence(self.name)}, {self.province.label}"


Unit = Province | Commune


@dataclass(frozen=True, slots=True)
class Former:
    """A commune as it was before 1 July 2025, and the codes of the communes that it now belongs to, largest first."""

    province: str
    district: str
    commune: str
    now: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What an address in a message stands for.

    `codes` of the units it may be, none where it cannot be told; `old` is the unit as named when it is of before
    1 July 2025, "" else; `spans` are where it stands in the text.
    """

    codes: tuple[str, ...]
    old: str = ""
    spans: tuple[tuple[int, int], ...] = ()


def bare(name: str) -> str:
    """Return a unit's name without what it is: "Phường Bến Nghé" → "Bến Nghé"."""
    kind = kind_of(name)
    return name[len(kind) :].strip() if kind else name


def in_sentence(name: str) -> str:
    """Return a unit's name with a small first letter."""
    return name[:1].lower() + name[1:]


def kind_of(name: str) -> str:
    """Return what a unit is by its name: "Phường", "" where the name does not say."""
    found = _KIND.match(name)
    return found[1] if found else ""

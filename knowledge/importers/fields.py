"""Reading one field of a row that comes from elsewhere: the value, cleaned, or the reason why it cannot be taken."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from knowledge.importers.cleaning import clean_line, clean_text

Json = dict[str, Any]


class Unfit(ValueError):  # noqa: N818 - the row is what is unfit
    """A row cannot be taken; the text is the reason, for the administrator."""


def each(data: Json, key: str, read: Callable[[Json], Any]) -> tuple[Any, ...]:
    """Read each object of a list, leaving out empty ones and repetitions, whatever the order of lists within."""
    found: dict[Hashable, Any] = {}
    for item in _items(data, key):
        if not isinstance(item, dict):
            raise Unfit(f"{key}: cần đối tượng, không phải {item!r:.40}")
        if value := read(item):
            found.setdefault(_without_order(value), value)
    return tuple(found.values())


def _without_order(value: Any) -> Hashable:
    if isinstance(value, tuple):
        return frozenset(map(_without_order, value))
    if is_dataclass(value):
        return tuple(_without_order(getattr(value, field.name)) for field in fields(value))
    plain: Hashable = value
    return plain


def lines_of(data: Json, key: str) -> tuple[str, ...]:
    """Return a list of texts, each on one line, without empty ones and repetitions."""
    found = []
    for item in _items(data, key):
        if not isinstance(item, str):
            raise Unfit(f"{key}: cần chữ, không phải {item!r:.40}")
        found.append(clean_line(item))
    return tuple(dict.fromkeys(line for line in found if line))


def _items(data: Json, key: str) -> list[Any]:
    value = data.get(key)
    if value is not None and not isinstance(value, list):
        raise Unfit(f"{key}: cần danh sách, không phải {value!r:.40}")
    return [item for item in value or () if item is not None]


def text_of(data: Json, key: str) -> str:
    """Return a cleaned text, "" where there is none."""
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise Unfit(f"{key}: cần chữ, không phải {value!r:.40}")
    return clean_text(value or "")


def line_of(data: Json, key: str) -> str:
    """Return a cleaned text on one line."""
    return text_of(data, key).replace("\n", " ")


def count_of(data: Json, key: str) -> int:
    """Return a whole number, 0 where there is none."""
    value = data.get(key) or 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unfit(f"{key}: cần số, không phải {value!r:.40}")
    return value


def flag_of(data: Json, key: str) -> bool | None:
    """Return true or false, None where neither is said."""
    value = data.get(key)
    if value is not None and not isinstance(value, bool):
        raise Unfit(f"{key}: cần true hoặc false, không phải {value!r:.40}")
    return value


def date_of(data: Json, key: str) -> date | None:
    """Return a date written as 2026-04-15, None where there is none."""
    value = line_of(data, key)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Unfit(f"{key}: ngày {value!r} không đúng dạng, ví dụ đúng: 2026-04-15") from None

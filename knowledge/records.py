"""A procedure as plain JSON and back, and the fingerprint that tells whether it changed.

One shape serves the database, the starter catalogue and whatever is exchanged: the field names of `knowledge.types`,
with empty values left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from knowledge.types import Duration, Procedure, Unit

_Reader = Callable[[Any], Any]
# A time limit told in words needs neither amount nor unit.
_DEFAULTS: dict[type, dict[str, Any]] = {Duration: {"amount": None, "unit": Unit.OTHER}}


class BadRecord(ValueError):  # noqa: N818 - the record is what is bad
    """A record does not have the shape of a procedure; the text says where and why."""


def to_json(value: Any) -> Any:
    """Return a value of `knowledge.types` as JSON, without the fields that are at their default."""
    if is_dataclass(value):
        pairs = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: to_json(content) for field, content in pairs if content != field.default}
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def from_json(data: dict[str, Any]) -> Procedure:
    """Rebuild a procedure from `to_json`'s object. Raises BadRecord with the path of the first wrong value."""
    procedure: Procedure = _reader(Procedure)(data)
    return procedure


def fingerprint(procedure: Procedure) -> str:
    """Return a hash of all a procedure says; the order within lists and our own version number do not count.

    The national portal gives the same lists in another order from one call to the next.
    """
    content = to_json(procedure)
    content.pop("version", None)
    return hash_of(content)


def hash_of(content: Any) -> str:
    """Return a hash of a JSON value; within its lists neither order nor nulls count."""
    return hashlib.sha256(_without_order(content).encode()).hexdigest()[:32]


def _without_order(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_without_order(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted(_without_order(item) for item in value if item is not None)) + "]"
    return json.dumps(value, ensure_ascii=False)


@cache
def _reader(hint: Any) -> _Reader:
    """Return the function that reads a JSON value as the type named."""
    if get_origin(hint) is UnionType:
        inner = _reader(next(option for option in get_args(hint) if option is not NoneType))
        return lambda value: None if value is None else inner(value)
    if get_origin(hint) is tuple:
        return _list_reader(_reader(get_args(hint)[0]))
    if is_dataclass(hint):
        return _object_reader(hint)
    if hint is date:
        return _read_date
    return _enum_reader(hint) if issubclass(hint, StrEnum) else _plain_reader(hint)


def _object_reader(kind: Any) -> _Reader:
    hints = get_type_hints(kind)
    readers = {name: _reader(hint) for name, hint in hints.items()}
    bare = {field.name for field in fields(kind) if field.default is MISSING}
    filled = {name: None for name in bare if get_origin(hints[name]) is UnionType} | _DEFAULTS.get(kind, {})
    needed = bare - filled.keys()

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise BadRecord(f"an object is needed, not {value!r:.60}")
        if unknown := value.keys() - readers.keys():
            raise BadRecord(f"unknown key {min(map(str, unknown))!r}")
        if missing := needed - value.keys():
            raise BadRecord(f"key {min(missing)!r} is missing")
        content = dict(filled)
        for name, item in value.items():
            try:
                content[name] = readers[name](item)
            except BadRecord as error:
                raise BadRecord(f"{name}: {error}") from None
        return kind(**content)

    return read


def _list_reader(item: _Reader) -> _Reader:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise BadRecord(f"a list is needed, not {value!r:.60}")
        return tuple(map(item, value))

    return read


def _enum_reader(kind: type[StrEnum]) -> _Reader:
    known = {option.value: option for option in kind}

    def read(value: Any) -> StrEnum:
        if value not in known:
            raise BadRecord(f"{value!r:.60} is none of {', '.join(known)}")
        return known[value]

    return read


def _plain_reader(kind: type) -> _Reader:
    def read(value: Any) -> Any:
        # `type` and not `isinstance`: True is not a number of copies.
        if type(value) is not kind:
            raise BadRecord(f"{kind.__name__} is needed, not {value!r:.60}")
        return value

    return read


def _read_date(value: Any) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadRecord(f"a date like 2026-04-15 is needed, not {value!r:.60}") from None

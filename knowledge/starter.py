"""The starter catalogue of `knowledge/data`: what answers citizens on the first run, with no other file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine

from knowledge.catalog import STARTER, Catalog, ImportReport
from knowledge.records import BadRecord, from_json
from knowledge.types import Procedure

FOLDER = Path(__file__).parent / "data"
PORTAL = "Cổng Dịch vụ công quốc gia"
# libyaml reads six times faster, where PyYAML was built with it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_starter(folder: Path = FOLDER) -> list[Procedure]:
    """Read the starter catalogue, by file name. Raises BadRecord naming file and key."""
    found: dict[str, tuple[Path, Procedure]] = {}
    for path in _files(folder):
        procedure = _load(path)
        if procedure.code in found:
            raise BadRecord(f"{path.name}: code {procedure.code} is also in {found[procedure.code][0].name}")
        found[procedure.code] = (path, procedure)
    return [procedure for _, procedure in found.values()]


def ensure_starter(engine: Engine, folder: Path = FOLDER) -> ImportReport | None:
    """Put the starter catalogue in when its files are not the ones put in last; None when they are."""
    catalog, source = Catalog(engine), _fingerprint(folder)
    if catalog.source_fingerprint(STARTER) == source:
        return None
    return catalog.put(load_starter(folder), STARTER, "Danh mục ban đầu", source=source, complete=True)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yml"))


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:32]


def _load(path: Path) -> Procedure:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - both loaders are the safe ones
        if isinstance(data, dict):
            # When somebody last compared it with the record: for the people who keep the files, not for citizens.
            data.pop("verified_on", None)
            data.setdefault("source", PORTAL)
        return from_json(data)
    except yaml.YAMLError as error:
        raise BadRecord(f"{path.name}: {error}") from error
    except BadRecord as error:
        raise BadRecord(f"{path.name}: {error}") from None

"""What people call procedures and ask about them, written by us, by code.

Names (`knowledge/aliases`) and questions (`knowledge/questions.tsv`: three each, as to a ministry, as told, as typed in
a hurry) are for national procedures without a starter file, which holds its own. They belong to the code and not to a
record: any edition of it, imported or synced, is found by them. A code that the catalogue does not have waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, Engine

from knowledge.records import BadRecord
from storage.database import writing
from storage.procedures import (
    CatalogueVersion,
    Names,
    add_version,
    fetch_names,
    fetch_states,
    lock_catalogue,
    save_names,
    settle_version,
)

LAY = "lay"
FOLDER = Path(__file__).parent / "aliases"
QUESTIONS = Path(__file__).parent / "questions.tsv"
# libyaml reads six times faster, where PyYAML was built with it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LayNames = Mapping[str, Names]


@cache
def lay_names() -> LayNames:
    """Return the names and questions that came with this program, by code, read once."""
    names, questions = load_lay_names(), load_questions()
    return {code: Names(names.get(code, ()), questions.get(code, ())) for code in names.keys() | questions.keys()}


def load_questions(file: Path = QUESTIONS) -> dict[str, tuple[str, ...]]:
    """Read the questions (code, tab, question), by code. Raises BadRecord naming the line."""
    found: dict[str, list[str]] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        code, _, question = line.partition("\t")
        if not code or not question.strip():
            raise BadRecord(f"{file.name}: line {number}: a code, a tab and a question are needed")
        found.setdefault(code, []).append(question)
    return {code: tuple(questions) for code, questions in found.items()}


def load_lay_names(folder: Path = FOLDER) -> dict[str, tuple[str, ...]]:
    """Read the names of a folder, by code. Raises BadRecord naming file and code."""
    found: dict[str, tuple[str, ...]] = {}
    places: dict[str, str] = {}
    for path in sorted(folder.glob("*.yml")):
        for code, texts in _load(path).items():
            if code in found:
                raise BadRecord(f"{path.name}: code {code} is also in {places[code]}")
            found[code], places[code] = texts, path.name
    return found


def ensure_lay_names(engine: Engine, names: LayNames) -> int:
    """Store these names in place of those stored before, and return of how many procedures they changed."""
    return _store(engine, names, only_newcomers=False)


def name_newcomers(engine: Engine, names: LayNames) -> int:
    """Give procedures that came in since their names, and return how many got some.

    Names already stored stay: while one process still runs an earlier program, two would replace each other's for ever.
    """
    return _store(engine, names, only_newcomers=True)


def _load(path: Path) -> dict[str, tuple[str, ...]]:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - both loaders are the safe ones
    except yaml.YAMLError as error:
        raise BadRecord(f"{path.name}: {error}") from error
    if not isinstance(data, dict):
        raise BadRecord(f"{path.name}: codes with a list of names each are needed")
    for code, texts in data.items():
        if not isinstance(code, str) or not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise BadRecord(f"{path.name}: {code}: a code in quotes and a list of names are needed")
    return {code: tuple(texts) for code, texts in data.items()}


def _store(engine: Engine, names: LayNames, only_newcomers: bool) -> int:
    with engine.connect() as connection:
        if not _due(connection, names, only_newcomers):
            return 0
    with writing(engine) as connection:
        lock_catalogue(connection)
        due = _due(connection, names, only_newcomers)
        if due:  # otherwise another process was quicker
            save_names(connection, LAY, due)
            note = f"Tên gọi đời thường của {len(due)} thủ tục"
            settle_version(connection, add_version(connection, CatalogueVersion(LAY, note, None, 0, 0, 0, total=0)))
        return len(due)


def _due(connection: Connection, names: LayNames, only_newcomers: bool) -> dict[str, Names]:
    """Return the names to store, by code; none for a code that left the files."""
    known = fetch_states(connection, list(names))
    held = {code: origins[LAY] for code, origins in fetch_names(connection).items() if LAY in origins}
    wanted = {code: texts for code, texts in names.items() if code in known}
    if only_newcomers:
        return {code: texts for code, texts in wanted.items() if code not in held}
    left = {code: Names() for code in held.keys() - wanted.keys()}
    return {code: texts for code, texts in (wanted | left).items() if held.get(code) != texts}

import json
import os
from collections import Counter
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine

from knowledge.catalog import Catalog, ImportReport, Skipped
from knowledge.importers import import_files
from knowledge.importers.jsonl import read_jsonl
from knowledge.records import from_json, to_json
from knowledge.types import Kind, Procedure
from storage.conversations import Conversations, Turn
from storage.database import open_database, upgrade

SHARED = Path(os.environ.get("MOTCUA_SHARED", Path(__file__).parents[3] / "shared"))
CATALOGUE = SHARED / "data" / "catalogue.jsonl.gz"


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def row(code: str, name: str = "Cấp thẻ", **more: Any) -> dict[str, Any]:
    return {"ma": code, "ten": name, **more}


def test_good_rows_go_in_and_bad_ones_are_told(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", row("1.000001"), row("1.000002", ""), row("1.000003"))
    report = import_files([path], Catalog(engine))
    assert report == ImportReport(added=2, total=2, skipped=(Skipped("a.jsonl:2 1.000002", "thiếu tên thủ tục (ten)"),))
    assert [procedure.code for procedure in Catalog(engine).published()] == ["1.000001", "1.000003"]


def test_the_same_file_twice_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", row("1.000001", linh_vuc=["a", "b"]))
    import_files([path], Catalog(engine))
    write(path, row("1.000001", linh_vuc=["b", "a"]))
    assert import_files([path], Catalog(engine)) == ImportReport(unchanged=1, total=1)


def test_of_two_rows_with_one_code_the_first_counts(engine: Engine, tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", row("2.000575", "Bản quốc gia"), row("2.000575.000.00.00.H35", "Bản tỉnh"))
    second = write(tmp_path / "b.jsonl", row(" 2.000575", "Bản khác"))
    report = import_files([first, second], Catalog(engine))
    assert report.added == 1
    assert report.skipped == (
        Skipped("a.jsonl:2 2.000575.000.00.00.H35", "trùng mã 2.000575 với a.jsonl:1"),
        Skipped("b.jsonl:1 2.000575", "trùng mã 2.000575 với a.jsonl:1"),
    )
    kept = Catalog(engine).get("2.000575")
    assert kept is not None
    assert kept.name == "Bản quốc gia"


def test_progress_counts_every_row(engine: Engine, tmp_path: Path) -> None:
    seen: list[int] = []
    path = write(tmp_path / "a.jsonl", row("1.000001"), row(""))
    import_files([path], Catalog(engine), progress=seen.append)
    assert seen == [1, 2]


def test_a_dry_run_writes_nothing(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", row("1.000001"))
    assert import_files([path], Catalog(engine), dry_run=True) == ImportReport(added=1, total=1)
    assert list(Catalog(engine).published()) == []


def test_a_file_that_cannot_be_read_stops_everything(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", row("1.000001"))
    with pytest.raises(FileNotFoundError):
        import_files([path, tmp_path / "none.jsonl"], Catalog(engine))
    assert list(Catalog(engine).published()) == []


@pytest.fixture(scope="module")
def whole() -> list[Procedure]:
    if not CATALOGUE.exists():
        pytest.skip(f"the whole catalogue is not at {CATALOGUE} (set MOTCUA_SHARED)")
    return [row.procedure for row in read_jsonl(CATALOGUE) if row.procedure]


def test_the_whole_catalogue_is_read(whole: list[Procedure]) -> None:
    assert len({procedure.code for procedure in whole}) == 5663  # all 5,664 but the one marked as deleted
    assert Counter(procedure.kind for procedure in whole) == {
        Kind.NATIONAL: 4573,
        Kind.PROVINCIAL: 899,
        Kind.INTERNAL: 191,
    }
    assert len({procedure.scope for procedure in whole}) - 1 == 31


def test_every_record_of_the_whole_catalogue_survives_the_database(whole: list[Procedure]) -> None:
    assert [procedure.code for procedure in whole if from_json(to_json(procedure)) != procedure] == []


def test_names_of_the_whole_catalogue_read_like_names(whole: list[Procedure]) -> None:
    names = [procedure.name for procedure in whole]
    assert [name for name in names if "\n" in name or "  " in name or name.isupper()] == []
    assert [name for name in names if not (name[0].isalnum() or name[0] in "“\"'(")] == []


def test_zero_fees_of_the_whole_catalogue_stay_ambiguous(whole: list[Procedure]) -> None:
    def fees(procedure: Procedure) -> list[tuple[int | None, str]]:
        return [(fee.amount, fee.text) for method in procedure.methods for fee in method.fees]

    only_zero = [procedure for procedure in whole if fees(procedure) and set(fees(procedure)) == {(0, "")}]
    assert len(only_zero) == 2501
    # Those without a fee row, and 13 whose only rows hold neither amount nor words: nothing is made up for them.
    assert len([procedure for procedure in whole if not fees(procedure)]) == 1314


def test_conversations_go_on_while_the_whole_catalogue_goes_in(whole: list[Procedure], tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/motcua.db")
    upgrade(engine)
    conversations = Conversations(engine)
    conversations.ensure("c", "test")
    putting = Thread(target=Catalog(engine).put, args=(whole, "import", "a"))
    putting.start()
    turns = 0
    while putting.is_alive():
        conversations.record_turn(Turn("c", str(turns), {"text": "chào"}))
        turns += 1
    # In one transaction the catalogue would let through one turn before it and one that waited for its end.
    assert turns > 2
    assert sum(1 for _ in Catalog(engine).published()) == 5472

"""The names in `knowledge/aliases`: their form, and how they reach the procedures of a catalogue, on both databases."""

import gzip
import json
import os
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from knowledge.catalog import IMPORT, Catalog
from knowledge.lay_names import ensure_lay_names, lay_names, load_lay_names, load_questions, name_newcomers
from knowledge.publishing import Publishing
from knowledge.records import BadRecord
from knowledge.starter import load_starter
from knowledge.types import Procedure
from nlu.text import fold, syllables
from storage.procedures import Names

SHARED = Path(os.environ.get("MOTCUA_SHARED", Path(__file__).parents[3] / "shared"))
CATALOGUE = SHARED / "data" / "catalogue.jsonl.gz"
WELL = Procedure("1.900001", "Đăng ký khai thác nước dưới đất", aliases=("đăng ký giếng",), updated_at=date(2026, 4, 1))
POND = Procedure("1.900002", "Đăng ký đào hồ, ao", updated_at=date(2026, 4, 1))
NAMES = {
    "1.900001": Names(("khoan giếng", "giếng khoan"), ("Đào giếng sau nhà có phải báo không?",)),
    "1.900003": Names(("chưa có trong danh mục",)),
}


@pytest.fixture
def catalog(engine: Engine) -> Catalog:
    made = Catalog(engine)
    made.put([WELL, POND], IMPORT, "tệp")
    return made


def called(catalog: Catalog, code: str = WELL.code) -> set[str]:
    held = catalog.get(code)
    assert held is not None
    return set(held.aliases)


def test_a_known_code_gets_its_names_and_an_unknown_one_waits(engine: Engine, catalog: Catalog) -> None:
    before = catalog.marks()
    assert ensure_lay_names(engine, NAMES) == 1
    assert called(catalog) == {"đăng ký giếng", "khoan giếng", "giếng khoan"}
    assert catalog.get(WELL.code).questions == ("Đào giếng sau nhà có phải báo không?",)  # type: ignore[union-attr]
    assert {code for code, mark in catalog.marks().items() if mark != before[code]} == {WELL.code}
    assert ensure_lay_names(engine, NAMES) == 0
    catalog.put([Procedure("1.900003", "Việc mới")], IMPORT, "tệp 2")
    assert name_newcomers(engine, NAMES) == 1
    assert called(catalog, "1.900003") == {"chưa có trong danh mục"}


def test_names_stay_when_a_newer_record_comes_in(engine: Engine, catalog: Catalog) -> None:
    ensure_lay_names(engine, NAMES)
    newer = replace(WELL, name="Đăng ký giếng khoan hộ gia đình", aliases=("giếng nhà",), updated_at=date(2026, 6, 1))
    assert catalog.put([newer, POND], IMPORT, "tệp 2", complete=True).changed == 1
    assert called(catalog) == {"giếng nhà", "khoan giếng", "giếng khoan"}


def test_a_changed_file_replaces_the_names_it_gave(engine: Engine, catalog: Catalog) -> None:
    ensure_lay_names(engine, NAMES)
    assert ensure_lay_names(engine, {"1.900001": Names(("giếng khơi",)), "1.900002": Names(("đào ao",))}) == 2
    assert (called(catalog), called(catalog, POND.code)) == ({"đăng ký giếng", "giếng khơi"}, {"đào ao"})
    assert ensure_lay_names(engine, {"1.900002": Names(("đào ao",))}) == 1
    assert called(catalog) == {"đăng ký giếng"}


def test_newcomers_leave_stored_names_alone(engine: Engine, catalog: Catalog) -> None:
    ensure_lay_names(engine, NAMES)
    change = catalog.change()
    assert name_newcomers(engine, {"1.900001": Names(("tên của bản khác",))}) == 0
    assert (called(catalog) >= {"khoan giếng"}, catalog.change()) == (True, change)


def test_an_administrator_can_silence_one_for_good(engine: Engine, catalog: Catalog) -> None:
    ensure_lay_names(engine, NAMES)
    publishing, held = Publishing(engine), catalog.get(WELL.code)
    assert held is not None
    without = replace(held, aliases=tuple(name for name in held.aliases if name != "khoan giếng"))
    publishing.publish(WELL.code, publishing.draft(without, "lan", "tên sai", 1), "lan", "tên sai")
    assert called(catalog) == {"đăng ký giếng", "giếng khoan"}
    assert ensure_lay_names(engine, NAMES) == 0
    assert called(catalog) == {"đăng ký giếng", "giếng khoan"}


def test_going_back_to_the_first_edition_keeps_the_names(
    engine: Engine, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {POND.code: Names(("đào ao nuôi cá",)), "1.900004": Names(("tên của việc tư",))}
    monkeypatch.setattr("knowledge.catalog.lay_names", lambda: names)
    private = Procedure("1.900004", "Việc tư", updated_at=date(2026, 4, 1))
    catalog.put([private], IMPORT, "tệp 2")
    ensure_lay_names(engine, names)
    catalog.put([replace(private, name="Việc sai", updated_at=date(2026, 5, 1))], IMPORT, "tệp sai")
    Publishing(engine).rollback("1.900004", 1, "lan", "nạp sai")
    assert called(catalog, "1.900004") == {"tên của việc tư"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"1.1": [', "b.yml: .*line"),
        ("- 1", "b.yml: codes with a list of names each"),
        ("1.1: [a]", "b.yml: 1.1: a code in quotes"),
        ('"1.1": a', "b.yml: 1.1: a code in quotes"),
        ('"1.1": [2026]', "b.yml: 1.1: a code in quotes"),
        ('"1.0": [a]', "b.yml: code 1.0 is also in a.yml"),
    ],
)
def test_a_mistake_is_told_with_file_and_code(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.yml").write_text('"1.0": [một, hai]', encoding="utf-8")
    assert load_lay_names(tmp_path) == {"1.0": ("một", "hai")}
    (tmp_path / "b.yml").write_text(text, encoding="utf-8")
    with pytest.raises(BadRecord, match="(?s)" + message):
        load_lay_names(tmp_path)


def test_with_the_starter_catalogue_400_procedures_have_five_names_or_more() -> None:
    few = {code: texts for code, texts in load_lay_names().items() if len({fold(text) for text in texts}) < 5}
    assert few == {}
    plain = [procedure for procedure in load_starter() if len(procedure.aliases) >= 5]
    assert len(plain) + len(load_lay_names()) >= 400


def test_the_names_of_a_starter_procedure_stand_in_its_own_file() -> None:
    starter = {procedure.code for procedure in load_starter()}
    assert sorted(starter & load_lay_names().keys()) == []
    assert sorted(starter & load_questions().keys()) == []


def test_no_name_leads_to_two_procedures() -> None:
    given = [(fold(text), code) for code, texts in load_lay_names().items() for text in texts]
    given += [(fold(text), found.code) for found in load_starter() for text in (found.name, *found.aliases)]
    codes = Counter(text for text, _ in set(given))
    assert [pair for pair in given if codes[pair[0]] > 1] == []


def test_names_are_short_and_as_one_says_them() -> None:
    for code, texts in load_lay_names().items():
        for text in texts:
            assert text == " ".join(text.split()), (code, text)
            assert text == text.lower(), (code, text)  # as typed; folding drops case anyway
            assert 1 <= len(syllables(fold(text))) <= 16, (code, text)


@pytest.mark.skipif(not CATALOGUE.exists(), reason=f"no catalogue at {CATALOGUE} (set MOTCUA_SHARED)")
def test_every_code_is_a_national_procedure_that_is_not_its_own_name() -> None:
    national: dict[str, str] = {}
    with gzip.open(CATALOGUE, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["loai"] == "STANDARD":
                national.setdefault(row["ma"].strip(), fold(row["ten"]))
    assert sorted(lay_names().keys() - national.keys()) == []
    titles = Counter(national.values())
    same = [(code, text) for code, texts in load_lay_names().items() for text in texts if titles[fold(text)]]
    assert same == []


def test_every_procedure_written_about_has_three_questions_of_its_own() -> None:
    questions = load_questions()
    assert len(questions) >= 4_300
    assert [code for code, texts in questions.items() if len(set(texts)) != 3] == []
    asked = Counter(fold(text) for texts in questions.values() for text in texts)
    assert [text for text, times in asked.items() if times > 1] == []
    loose = [text for texts in questions.values() for text in texts if text != " ".join(text.split())]
    assert loose == []


def test_no_question_that_measures_is_known_beforehand() -> None:
    known = {fold(text) for texts in load_questions().values() for text in texts}
    for file in sorted((Path(__file__).parents[1] / "questions").glob("*.jsonl")):
        rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        turns = [turn for row in rows for turn in row.get("turns") or [row["question"]]]
        assert [turn for turn in turns if len(turn.split()) > 3 and fold(turn) in known] == []


def test_a_line_without_a_question_is_told(tmp_path: Path) -> None:
    (tmp_path / "q.tsv").write_text("1.1\tlàm sao\n1.2\n", encoding="utf-8")
    with pytest.raises(BadRecord, match="line 2"):
        load_questions(tmp_path / "q.tsv")

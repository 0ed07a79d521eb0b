from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, select

from knowledge.catalog import IMPORT, STARTER, Catalog, ImportReport
from knowledge.types import Channel as Way
from knowledge.types import Fee, Kind, Method, Procedure, Status
from storage.schema import catalogue_versions

BIRTH = Procedure(
    "1.001193",
    "Đăng ký khai sinh",
    methods=(Method(Way.DIRECT, fees=(Fee(8000), Fee(0))),),
    updated_at=date(2026, 4, 15),
)
PLAIN = replace(BIRTH, name="Khai sinh cho con", aliases=("giấy khai sinh",), questions=("khai sinh ở đâu",))
DEATH = Procedure("1.000656", "Đăng ký khai tử")


@pytest.fixture
def catalog(engine: Engine) -> Catalog:
    return Catalog(engine)


def test_an_empty_catalogue_has_nothing(catalog: Catalog) -> None:
    assert catalog.get("1.001193") is None
    assert list(catalog.published()) == []


def test_what_is_put_in_is_read_back(catalog: Catalog) -> None:
    report = catalog.put([PLAIN, DEATH], STARTER, "đầu")
    assert report == ImportReport(added=2, total=2)
    assert catalog.get("1.001193") == PLAIN
    assert list(catalog.published()) == [DEATH, PLAIN]


def test_the_same_again_changes_nothing(catalog: Catalog, engine: Engine) -> None:
    catalog.put([BIRTH, DEATH], IMPORT, "a")
    before = catalog.fingerprint()
    reordered = replace(BIRTH, methods=(replace(BIRTH.methods[0], fees=BIRTH.methods[0].fees[::-1]),))
    assert catalog.put([reordered, DEATH], IMPORT, "b") == ImportReport(unchanged=2, total=2)
    assert catalog.fingerprint() == before
    with engine.connect() as connection:
        assert connection.scalars(select(catalogue_versions.c.note)).all() == ["a"]


def test_a_change_makes_a_new_version(catalog: Catalog) -> None:
    catalog.put([BIRTH, DEATH], IMPORT, "a")
    before = catalog.fingerprint()
    report = catalog.put([replace(BIRTH, name="Khai sinh")], IMPORT, "b")
    assert report == ImportReport(changed=1, total=2)
    changed = catalog.get("1.001193")
    assert changed is not None
    assert (changed.name, changed.version) == ("Khai sinh", 2)
    assert catalog.fingerprint() != before


@pytest.mark.parametrize("hidden", [{"kind": Kind.INTERNAL}, {"status": Status.DRAFT}, {"status": Status.WITHDRAWN}])
def test_citizens_never_see(catalog: Catalog, hidden: dict[str, object]) -> None:
    report = catalog.put([replace(BIRTH, **hidden), DEATH], IMPORT, "a")  # type: ignore[arg-type]
    assert report.total == 1
    assert catalog.get("1.001193") is None
    assert list(catalog.published()) == [DEATH]


def test_a_procedure_withdrawn_by_its_publisher_is_gone(catalog: Catalog) -> None:
    catalog.put([BIRTH], IMPORT, "a")
    report = catalog.put([replace(BIRTH, status=Status.WITHDRAWN)], IMPORT, "b")
    assert report == ImportReport(withdrawn=1, total=0)
    assert catalog.get("1.001193") is None
    assert catalog.put([BIRTH], IMPORT, "c") == ImportReport(changed=1, total=1)


def test_the_plain_edition_stays_while_it_is_as_new(catalog: Catalog) -> None:
    catalog.put([PLAIN], STARTER, "đầu")
    assert catalog.put([BIRTH], IMPORT, "a") == ImportReport(kept=1, total=1)
    assert catalog.put([replace(BIRTH, updated_at=None)], IMPORT, "b") == ImportReport(kept=1, total=1)
    assert catalog.get("1.001193") == PLAIN


def test_a_newer_record_replaces_the_plain_edition_and_keeps_its_names(catalog: Catalog) -> None:
    catalog.put([PLAIN], STARTER, "đầu")
    newer = replace(BIRTH, updated_at=date(2026, 5, 1))
    assert catalog.put([newer], IMPORT, "a") == ImportReport(changed=1, total=1)
    expected = replace(newer, aliases=PLAIN.aliases, questions=PLAIN.questions, version=2)
    assert catalog.get("1.001193") == expected

    # The older plain edition does not come back, but new names for it do.
    renamed = replace(PLAIN, aliases=("gks",))
    assert catalog.put([renamed], STARTER, "đầu 2") == ImportReport(kept=1, total=1)
    assert catalog.get("1.001193") == replace(expected, aliases=("gks",))
    assert list(catalog.published()) == [replace(expected, aliases=("gks",))]


def test_a_plain_edition_of_the_record_in_force_takes_its_place(catalog: Catalog) -> None:
    catalog.put([BIRTH], IMPORT, "a")
    assert catalog.put([PLAIN], STARTER, "đầu") == ImportReport(changed=1, total=1)
    assert catalog.get("1.001193") == replace(PLAIN, version=2)


def test_new_names_alone_change_the_fingerprint(catalog: Catalog) -> None:
    catalog.put([PLAIN], STARTER, "đầu")
    before = catalog.fingerprint()
    catalog.put([replace(PLAIN, questions=("hỏi khác",))], STARTER, "đầu 2")
    assert catalog.fingerprint() != before


def test_a_complete_set_withdraws_what_it_no_longer_holds(catalog: Catalog) -> None:
    catalog.put([PLAIN, DEATH], STARTER, "đầu", complete=True)
    imported = replace(DEATH, code="1.000001")
    catalog.put([imported], IMPORT, "a")
    report = catalog.put([PLAIN], STARTER, "đầu 2", complete=True)
    assert report == ImportReport(unchanged=1, withdrawn=1, total=2)
    assert list(catalog.published()) == [imported, PLAIN]


def test_a_part_of_the_catalogue_withdraws_nothing(catalog: Catalog) -> None:
    catalog.put([BIRTH, DEATH], IMPORT, "a")
    assert catalog.put([BIRTH], IMPORT, "b").withdrawn == 0
    assert catalog.get("1.000656") == DEATH


def test_a_dry_run_tells_and_writes_nothing(catalog: Catalog, engine: Engine) -> None:
    catalog.put([BIRTH], IMPORT, "a")
    before = catalog.fingerprint()
    offered = [replace(BIRTH, name="Khai sinh"), DEATH]
    assert catalog.put(offered, IMPORT, "b", dry_run=True) == ImportReport(added=1, changed=1, total=2)
    assert catalog.fingerprint() == before
    assert catalog.get("1.001193") == BIRTH
    with engine.connect() as connection:
        assert connection.scalars(select(catalogue_versions.c.note)).all() == ["a"]


def test_each_change_is_written_down(catalog: Catalog, engine: Engine) -> None:
    catalog.put([BIRTH, DEATH], IMPORT, "a.jsonl")
    catalog.put([replace(BIRTH, name="Khai sinh")], IMPORT, "b.jsonl")
    with engine.connect() as connection:
        rows = connection.execute(select(catalogue_versions).order_by(catalogue_versions.c.id)).all()
    assert [(row.note, row.added, row.changed, row.withdrawn, row.total) for row in rows] == [
        ("a.jsonl", 2, 0, 0, 2),
        ("b.jsonl", 0, 1, 0, 2),
    ]


def test_more_procedures_than_one_statement_holds(catalog: Catalog) -> None:
    many = [Procedure(f"1.{number:06}", f"Thủ tục {number}", aliases=(f"tên {number}",)) for number in range(1201)]
    assert catalog.put(many, IMPORT, "a").added == 1201
    assert list(catalog.published()) == many
    assert catalog.put(many[:600], IMPORT, "b", complete=True).withdrawn == 601


def test_a_change_by_one_process_is_seen_by_another(catalog: Catalog, engine: Engine) -> None:
    catalog.put([BIRTH], IMPORT, "a")
    other = Catalog(engine)
    assert other.get("1.001193") == BIRTH
    catalog.put([replace(BIRTH, name="Khai sinh")], IMPORT, "b")
    seen = other.get("1.001193")
    assert seen is not None
    assert seen.name == "Khai sinh"

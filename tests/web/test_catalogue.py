"""`motcua catalogue` and `motcua faq` as administrators type them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from knowledge.catalog import IMPORT, Catalog
from knowledge.types import Channel, Fee, Method, Procedure
from storage.database import open_database, upgrade
from web.cli import main

BIRTH = Procedure("1.001193", "Đăng ký khai sinh", methods=(Method(Channel.DIRECT, fees=(Fee(8000),)),))
Run = Callable[..., Result]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    engine = open_database(f"sqlite:///{tmp_path}/motcua.db")
    upgrade(engine)
    made = Catalog(engine)
    made.put([BIRTH, Procedure("1.000656", "Đăng ký khai tử")], IMPORT, "tệp.jsonl")
    yield made
    engine.dispose()


@pytest.fixture
def run(tmp_path: Path, catalog: Catalog) -> Run:
    def invoke(*arguments: str) -> Result:
        environment = {"MOTCUA_DATA": str(tmp_path), "DATABASE_URL": "", "LOGNAME": "lan", "COLUMNS": "200"}
        return CliRunner().invoke(main, arguments, env=environment)

    return invoke


def plain(result: Result) -> str:
    return " ".join(result.output.split())


def edited(run: Run, folder: Path, amount: int) -> Path:
    record = json.loads(run("catalogue", "show", BIRTH.code, "--json").output)
    record["methods"][0]["fees"][0]["amount"] = amount
    path = folder / "sua.json"
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_fee_is_edited_compared_published_and_taken_back(run: Run, tmp_path: Path, catalog: Catalog) -> None:
    file = edited(run, tmp_path, 9000)
    drafted = run("catalogue", "draft", str(file), "--why", "nghị quyết mới")
    assert drafted.exit_code == 0, drafted.output
    assert "bản nháp 2" in plain(drafted)

    compared = plain(run("catalogue", "diff", BIRTH.code))
    assert "bản 1 → bản 2" in compared
    assert "[-8.000-]{+9.000+} đồng" in compared

    published = run("catalogue", "publish", BIRTH.code, "--why", "đã duyệt", "--by", "minh")
    assert published.exit_code == 0, published.output
    assert "phiên bản 3" in plain(published)
    held = catalog.get(BIRTH.code)
    assert held is not None
    assert held.methods[0].fees[0].amount == 9000

    shown = plain(run("catalogue", "show", BIRTH.code))
    for word in ("Đăng ký khai sinh", "●", "nháp", "lan", "minh", "nghị quyết mới", "nạp từ tệp"):
        assert word in shown

    assert run("catalogue", "rollback", BIRTH.code, "--to", "1", "--why", "nhầm").exit_code == 0
    held = catalog.get(BIRTH.code)
    assert held is not None
    assert held.methods == BIRTH.methods
    logged = plain(run("catalogue", "log"))
    assert logged.index("nhầm") < logged.index("đã duyệt") < logged.index("tệp.jsonl")


def test_a_draft_made_from_an_older_version_is_not_kept(run: Run, tmp_path: Path) -> None:
    file = edited(run, tmp_path, 9000)
    assert run("catalogue", "draft", str(file), "--why", "một").exit_code == 0
    again = run("catalogue", "draft", str(file), "--why", "hai")
    assert again.exit_code == 1
    assert "đã có phiên bản 2 (lan: một)" in plain(again)


def test_withdrawn_restored_and_the_whole_taken_back(run: Run, catalog: Catalog) -> None:
    assert run("catalogue", "withdraw", BIRTH.code, "--why", "bãi bỏ").exit_code == 0
    assert catalog.get(BIRTH.code) is None
    assert run("catalogue", "restore", BIRTH.code, "--why", "nhầm").exit_code == 0
    assert catalog.get(BIRTH.code) is not None
    assert run("catalogue", "withdraw", "1.000656", "--why", "nhầm").exit_code == 0
    back = run("catalogue", "rollback", "--change", "1", "--why", "như ban đầu")
    assert "Đã đổi 2 thủ tục" in plain(back)
    assert [held.code for held in catalog.published()] == ["1.000656", BIRTH.code]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "9.999999"), 1, "không có thủ tục 9.999999"),
        (("show", "1.001193", "--version", "7"), 1, "không có phiên bản 7"),
        (("diff", "9.999999"), 1, "không có thủ tục 9.999999"),
        (("diff", "1.001193", "1", "5"), 1, "từ 1 đến 1"),
        (("publish", "1.001193", "--why", "a"), 1, "không phải bản nháp"),
        (("restore", "1.001193", "--why", "a"), 1, "đang được công bố"),
        (("withdraw", "1.001193"), 2, "--why"),
        (("withdraw", "1.001193", "--why", " "), 1, "lý do"),
        (("rollback", "1.001193", "--why", "a"), 2, "--to"),
        (("rollback", "--change", "1", "--to", "1", "--why", "a"), 2, "--change"),
        (("rollback", "--change", "99", "--why", "a"), 1, "Không có lần thay đổi số 99"),
        (("draft", "{broken}", "--why", "a"), 1, "broken.json"),
        (("draft", "{list}", "--why", "a"), 1, "cần một bản ghi"),
    ],
)
def test_what_cannot_be_done_is_told(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str, catalog: Catalog
) -> None:
    (tmp_path / "broken.json").write_text('{"code": "1.001193", "phi": 1}', encoding="utf-8")
    (tmp_path / "list.json").write_text("[1]", encoding="utf-8")
    places = {name: str(tmp_path / f"{name}.json") for name in ("broken", "list")}
    before = catalog.fingerprint()
    result = run("catalogue", *(argument.format_map(places) for argument in arguments))
    assert (result.exit_code, words in plain(result)) == (code, True), result.output
    assert catalog.fingerprint() == before


def test_what_is_past_its_day_is_listed(run: Run, catalog: Catalog) -> None:
    from dataclasses import replace
    from datetime import date

    assert "Không có gì cần xem lại." in run("catalogue", "warnings").output
    catalog.put([replace(BIRTH, expires_on=date(2025, 6, 30), updated_at=date(2024, 1, 1))], IMPORT, "b")
    question = ("faq", "add", BIRTH.code, "Hỏi gì?", "Đáp.", "--source", "Luật", "--url", "https://vbpl.vn")
    assert run(*question, "--until", "2025-01-31", "--publish", "--why", "hay hỏi").exit_code == 0
    listed = plain(run("catalogue", "warnings"))
    assert "1.001193 đã hết hiệu lực từ sau 30/06/2025 Đăng ký khai sinh" in listed
    assert "câu hỏi 1 đã quá ngày Hỏi gì?" in listed
    told = json.loads(run("catalogue", "warnings", "--months", "12", "--json").output)
    assert [row["concern"] for row in told] == ["expired", "old", "faq_expired"]


def test_a_question_is_added_published_withdrawn_and_brought_back(run: Run, catalog: Catalog) -> None:
    question = ("faq", "add", BIRTH.code, "Trễ có sao không?", "Không sao.", "--source", "Luật", "--url")
    refused = run(*question, "http://vbpl.vn", "--why", "hay hỏi")
    assert (refused.exit_code, "https://" in plain(refused)) == (1, True)
    added = run(*question, "https://vbpl.vn", "--facet", "fee", "--why", "hay hỏi")
    assert added.exit_code == 0, added.output
    assert "câu hỏi 1 (nháp)" in plain(added)
    assert run("faq", "publish", "1", "--why", "đúng").exit_code == 0
    held = catalog.get(BIRTH.code)
    assert held is not None
    assert held.questions == ("Trễ có sao không?",)
    assert run("faq", "withdraw", "1", "--why", "luật đổi").exit_code == 0
    assert "ngừng" in plain(run("faq", "list"))
    assert "nay là bản 4 (công bố)" in plain(run("faq", "rollback", "1", "--to", "2", "--why", "nhầm"))
    assert run("faq", "publish", "9", "--why", "a").exit_code == 1


def test_questions_come_from_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "hoi.csv"
    rows = ["ma_thu_tuc,cau_hoi,tra_loi,nguon,lien_ket", "1.001193,A?,B,C,https://d.vn", "9.999999,A?,B,C,https://d.vn"]
    file.write_text("\n".join(rows), encoding="utf-8")
    looked = plain(run("faq", "import", str(file), "--dry-run", "--why", "nạp"))
    assert "Sẽ có 1 câu mới" in looked
    done = run("faq", "import", str(file), "--publish", "--why", "nạp")
    assert done.exit_code == 0
    assert "hoi.csv:3: Không có thủ tục 9.999999" in plain(done)
    assert "0 câu mới, 0 câu đổi, 1 câu không đổi" in plain(run("faq", "import", str(file), "--why", "nạp"))
    file.write_text("x,y\n1,2", encoding="utf-8")
    wrong = run("faq", "import", str(file), "--why", "nạp")
    assert (wrong.exit_code, "thiếu cột" in plain(wrong)) == (1, True)

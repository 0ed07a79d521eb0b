from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

import web.evaluating
import web.service
from bot.assistant import Assistant
from bot.messages import Message, Outcome, Reply
from storage.conversations import Conversations
from tests.knowledge.hashing import HashingEncoder
from web.evaluating import evaluate_file, print_summary
from web.service import Knowledge, open_engine, open_knowledge
from web.settings import Settings


class Dialogue:
    """Answers everything with one procedure."""

    async def respond(self, conversation_id: str, text: str, state: dict, metadata: dict) -> object:
        reply = Reply(f"nghe: {text}", Outcome.ANSWERED, procedures=("1.001193",), confidence=0.9)
        return type("Answer", (), {"replies": (reply,), "intent": "ask", "state": {"slots": {}}})()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, 0, "http://localhost", f"sqlite:///{tmp_path / 'motcua.db'}", "any")


@pytest.fixture
def knowledge(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Knowledge:
    monkeypatch.setattr(web.service, "load_encoder", lambda _setting: HashingEncoder())
    monkeypatch.setattr(
        web.evaluating, "open_assistant", lambda _s, _k, engine: Assistant(Dialogue(), Conversations(engine))
    )
    return open_knowledge(settings, open_engine(settings))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = [
        {"id": "đúng", "question": "đăng ký khai sinh", "gold_codes": ["1.001193"], "must_contain_any": [["khai"]]},
        {"id": "lạc", "question": "đăng ký tạm trú", "gold_codes": ["1.004194"], "noise": "typo"},
        {"id": "che", "kind": "pii", "question": "cccd 079201001234"},
        {"id": "cháy", "kind": "crisis", "question": "nhà đang cháy to"},
    ]
    path = tmp_path / "cau-hoi.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def measure(settings: Settings, knowledge: Knowledge, file: Path, **options: bool) -> dict:
    told: list[tuple[int, int | None]] = []
    chosen = {"strip_accents": False, "ablate": False} | options
    figures = evaluate_file(settings, knowledge, file, progress=lambda *step: told.append(step), **chosen)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    return figures


def test_every_case_is_run_and_judged(settings: Settings, knowledge: Knowledge, file: Path) -> None:
    figures = measure(settings, knowledge, file)
    assert {case["id"]: case["ok"] for case in figures["cases"]} == {
        "đúng": True,
        "lạc": False,
        "che": True,
        "cháy": True,
    }
    assert (figures["n"], figures["action_accuracy"], figures["case_accuracy"]) == (4, 1.0, 0.75)
    assert figures["retrieval"]["recall@1"] == 1.0
    assert figures["reliability"] == [{"from": 0.9, "n": 2, "stated": 0.9, "right": 0.5}]
    assert "ablation" not in figures


def test_accents_are_taken_off_before_the_question_is_asked(
    settings: Settings, knowledge: Knowledge, file: Path
) -> None:
    texts = {case["id"]: case["text"] for case in measure(settings, knowledge, file, strip_accents=True)["cases"]}
    assert texts["lạc"] == "nghe: dang ky tam tru"


def test_ablation_puts_each_stage_beside_the_whole(settings: Settings, knowledge: Knowledge, file: Path) -> None:
    table = measure(settings, knowledge, file, ablate=True)["ablation"]
    assert {"BM25 bỏ dấu, cặp âm tiết", "không thêm lại dấu"} <= table.keys()
    assert table["tìm kiếm của Một Cửa"]["recall@1"] == 1.0


def test_measuring_leaves_no_trace_among_what_citizens_asked(
    settings: Settings, knowledge: Knowledge, file: Path
) -> None:
    talk = Conversations(knowledge.engine).create("web").id
    measure(settings, knowledge, file)
    assert Conversations(knowledge.engine).entries_after(talk, 0) == []
    with knowledge.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM conversations").scalar() == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM questions").scalar() == 0


def test_the_tables_name_what_went_wrong(settings: Settings, knowledge: Knowledge, file: Path) -> None:
    shown = io.StringIO()
    print_summary(measure(settings, knowledge, file, ablate=True), Console(file=shown, width=160))
    text = shown.getvalue()
    assert "4 câu" in text
    assert "100,0 %" in text
    wrong = text.partition("Sai mà tin chắc nhất")[2]
    assert "lạc" in wrong
    assert "answered 1.001193" in wrong
    assert "đúng" not in wrong.replace("Đúng", "")
    assert "BM25" in text


def test_tables_of_nothing_can_be_printed(settings: Settings, knowledge: Knowledge, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", encoding="utf-8")
    figures = evaluate_file(
        settings, knowledge, empty, strip_accents=False, ablate=True, progress=lambda *_: pytest.fail("nothing to do")
    )
    shown = io.StringIO()
    print_summary(figures, Console(file=shown))
    assert "0 câu" in shown.getvalue()


async def test_the_stand_in_is_masked_like_the_real_one(knowledge: Knowledge) -> None:
    conversations = Conversations(knowledge.engine)
    talk = conversations.create("web").id
    await Assistant(Dialogue(), conversations).handle(Message("1", talk, "cccd 079201001234"))
    assert "079201001234" not in str(conversations.entries_after(talk, 0))

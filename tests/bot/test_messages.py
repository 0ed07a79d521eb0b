from __future__ import annotations

import ast
import json
from datetime import UTC
from pathlib import Path

import bot.messages
from bot.messages import Attachment, Message, Outcome, Reply, Source, Suggestion

WHOLE = Reply(
    text="Lệ phí: 8.000 đồng",
    outcome=Outcome.ANSWERED,
    facet="fee",
    procedures=("1.001193",),
    sources=(Source("1.001193", "Đăng ký khai sinh", "fee", "https://example.gov.vn/a", "2026-04-15", 3),),
    suggestions=(Suggestion("Bao lâu", "facet:1.001193:duration"), Suggestion("Mở", url="https://example.gov.vn/a")),
    attachments=(Attachment("Tờ khai.docx", "https://example.gov.vn/b"),),
    confidence=0.91239,
)


def test_a_reply_is_the_json_of_the_contract() -> None:
    assert WHOLE.to_json() == {
        "text": "Lệ phí: 8.000 đồng",
        "outcome": "answered",
        "facet": "fee",
        "procedures": ["1.001193"],
        "sources": [
            {
                "code": "1.001193",
                "title": "Đăng ký khai sinh",
                "facet": "fee",
                "url": "https://example.gov.vn/a",
                "updated_at": "2026-04-15",
                "version": 3,
            }
        ],
        "suggestions": [
            {"label": "Bao lâu", "payload": "facet:1.001193:duration"},
            {"label": "Mở", "url": "https://example.gov.vn/a"},
        ],
        "attachments": [{"name": "Tờ khai.docx", "url": "https://example.gov.vn/b"}],
        "confidence": 0.912,
    }


def test_a_reply_survives_json() -> None:
    once = json.loads(json.dumps(WHOLE.to_json()))
    again = Reply.from_json(once)
    assert again.to_json() == once
    assert (again.sources, again.suggestions, again.attachments) == (
        WHOLE.sources,
        WHOLE.suggestions,
        WHOLE.attachments,
    )


def test_the_least_reply_is_only_words() -> None:
    reply = Reply("Chào anh/chị.", Outcome.SMALLTALK)
    assert Reply.from_json(reply.to_json()) == reply
    assert (reply.facet, reply.procedures, reply.sources, reply.suggestions) == (None, (), (), ())


def test_outcomes_are_those_of_the_contract() -> None:
    words = "answered clarify partial corrected abstained blocked crisis handoff form smalltalk error"
    assert [outcome.value for outcome in Outcome] == words.split()


def test_a_message_knows_when_it_was_sent() -> None:
    assert Message("1", "c", "a").sent_at.tzinfo is UTC


def test_the_module_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(bot.messages.__file__).read_text(encoding="utf-8"))
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in named if name and name.split(".")[0] in {"bot", "nlu", "knowledge", "storage", "web"}]

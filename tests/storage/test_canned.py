from __future__ import annotations

import pytest
from sqlalchemy import Engine

from storage.audit import Wanted, lines
from storage.canned import (
    ShortcutTaken,
    add_canned,
    add_missing,
    change_canned,
    every_canned,
    get_canned,
    remove_canned,
)


def test_a_reply_is_kept_changed_and_taken_away_and_each_is_noted(engine: Engine) -> None:
    number = add_canned(engine, "chao", "Chào", "Chào {anh_chi}", "lan")
    assert change_canned(engine, number, "chao-ban", "Chào hỏi", "Xin chào", "hoa")
    kept = get_canned(engine, number)
    assert kept is not None
    assert (kept.shortcut, kept.title, kept.text, kept.author) == ("chao-ban", "Chào hỏi", "Xin chào", "hoa")
    gone = remove_canned(engine, number, "hoa")
    assert gone == kept
    assert every_canned(engine) == []
    assert remove_canned(engine, number, "hoa") is None
    assert not change_canned(engine, number, "x", "x", "x", "hoa")
    noted = lines(engine, Wanted(action="canned"), 10)
    assert [line.action for line in noted] == ["canned.remove", "canned.change", "canned.add"]


def test_a_shortcut_names_one_reply(engine: Engine) -> None:
    first = add_canned(engine, "chao", "Chào", "Chào", "lan")
    second = add_canned(engine, "cho", "Chờ", "Chờ", "lan")
    with pytest.raises(ShortcutTaken):
        add_canned(engine, "chao", "Khác", "Khác", "lan")
    with pytest.raises(ShortcutTaken):
        change_canned(engine, second, "chao", "Chờ", "Chờ", "lan")
    assert [(reply.id, reply.shortcut) for reply in every_canned(engine)] == [(first, "chao"), (second, "cho")]


def test_only_those_that_are_missing_are_added(engine: Engine) -> None:
    add_canned(engine, "chao", "Của tôi", "Của tôi", "lan")
    shipped = [("chao", "Chào", "Chào"), ("xong", "Xong", "Xong")]
    assert add_missing(engine, shipped, "hoa") == 1
    assert add_missing(engine, shipped, "hoa") == 0
    assert {reply.shortcut: reply.title for reply in every_canned(engine)} == {"chao": "Của tôi", "xong": "Xong"}

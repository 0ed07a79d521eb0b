"""What staff see of the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from storage.conversations import Conversations, Turn
from storage.database import writing
from storage.desk import Answer, Desk, Words, WrapUp
from storage.desk_queue import PAGE, View, Wanted, authors, counts, find, look, sends, waiting_since
from storage.desk_rows import ASKED, Call, HeldAnswer
from storage.outbox import claim, note_failed, note_sent
from storage.queues import Status
from storage.schema import conversations, now
from storage.tickets import Tickets
from storage.zalo_takeovers import take_over
from tests.storage.desk_people import BACK, TOLD, add_agent, on_telegram, on_web, put_back, to_telegram


def ask(engine: Engine, conversation: str, code: str = "1.001193", held: HeldAnswer | None = None) -> None:
    turn = Turn(
        conversation,
        "m1",
        {"text": "cho gặp cán bộ"},
        [{"text": "Tôi chuyển.", "outcome": "handoff"}],
        {"slots": {"focus": code}},
        call=Call("approval" if held else ASKED, code, silent=True, held=held),
    )
    Conversations(engine).record_turn(turn)


def names(engine: Engine, view: View, staff_id: int = 0, **more: object) -> list[str]:
    return [one.id for one in find(engine, Wanted(view, staff_id, **more)).conversations]  # type: ignore[arg-type]


def test_each_view_shows_its_own(engine: Engine) -> None:
    lan, desk = add_agent(engine, "lan"), Desk(engine)
    bot, waiting, mine, done = (on_web(engine) for _ in range(4))
    ask(engine, waiting)
    desk.take(mine, lan, TOLD)
    desk.take(done, lan, TOLD)
    desk.close(done, lan, WrapUp.ANSWERED, "", BACK)
    assert names(engine, View.WAITING) == [waiting]
    assert names(engine, View.MINE, lan.id) == [mine]
    assert names(engine, View.MINE, lan.id + 1) == []
    assert names(engine, View.DONE) == [done]
    assert names(engine, View.ALL) == [done, mine, waiting, bot]  # the newest first
    found = counts(engine)
    assert (found.waiting, found.all, found.done, found.held) == (1, 4, 1, {lan.id: 1})
    assert {name: one.status for name, one in look(engine, [bot, waiting, mine, done, "none"]).items()} == {
        bot: "bot",
        waiting: "waiting",
        mine: "held",
        done: "done",
    }


def test_what_was_closed_is_the_assistants_when_the_person_writes_again(engine: Engine) -> None:
    lan, desk, conversation = add_agent(engine, "lan"), Desk(engine), on_web(engine)
    desk.take(conversation, lan, TOLD)
    desk.close(conversation, lan, WrapUp.ANSWERED, "", BACK)
    assert look(engine, [conversation])[conversation].status == "done"
    Conversations(engine).record_turn(Turn(conversation, "m1", {"text": "phí?"}))
    assert look(engine, [conversation])[conversation].status == "bot"
    desk.take(conversation, lan, TOLD)
    desk.give_back(conversation, lan, BACK)
    assert look(engine, [conversation])[conversation].status == "bot"


def test_a_row_tells_what_is_needed_to_choose(engine: Engine) -> None:
    conversation = on_telegram(engine)
    number = Tickets(engine).open(conversation, "0912345678", "")
    ask(engine, conversation, held=HeldAnswer([{"text": "8.000 đồng"}], 0.4, 60))
    row = look(engine, [conversation])[conversation]
    assert (row.channel, row.code, row.reason, row.ticket, row.contact) == (
        "telegram",
        "1.001193",
        "approval",
        number,
        "0912345678",
    )
    assert row.held_answer
    assert row.waiting_since is not None
    assert row.last is not None
    assert (row.last.role, row.last.body["text"]) == ("assistant", "Tôi chuyển.")
    assert row.citizen is not None
    assert (row.citizen.role, row.citizen.body["text"]) == ("citizen", "cho gặp cán bộ")
    assert waiting_since(engine) == row.waiting_since


def test_those_who_wait_longest_come_first_and_filters_narrow(engine: Engine) -> None:
    first, second = on_web(engine), on_telegram(engine)
    ask(engine, second, "1.004194")
    ask(engine, first)
    put_back(engine, first, waiting_since=now() - timedelta(minutes=7))
    assert names(engine, View.WAITING) == [first, second]
    assert names(engine, View.WAITING, channel="telegram") == [second]
    assert names(engine, View.WAITING, code="1.001193") == [first]
    assert names(engine, View.WAITING, longer_than=timedelta(minutes=5)) == [first]
    assert names(engine, View.ALL, code="1.004194") == [second]  # by what the dialogue remembers, too


def test_long_lists_come_in_pages(engine: Engine) -> None:
    made = [on_web(engine) for _ in range(PAGE + 3)]
    with writing(engine) as connection:
        for age, name in enumerate(made):
            moment = now() - timedelta(minutes=age)
            connection.execute(update(conversations).where(conversations.c.id == name).values(updated_at=moment))
    page = find(engine, Wanted(View.ALL, 0))
    assert [one.id for one in page.conversations] == made[:PAGE]
    rest = find(engine, Wanted(View.ALL, 0, before=page.place))
    assert [one.id for one in rest.conversations] == made[PAGE:]
    assert rest.place is None


def test_whoever_answers_in_zalos_console_is_shown(engine: Engine) -> None:
    conversation = on_telegram(engine)
    take_over(engine, conversation, "console", now())
    row = look(engine, [conversation])[conversation]
    assert (row.status, row.holder_id, row.holder) == ("held", None, "Zalo OA")


@pytest.mark.parametrize("arrives", [True, False])
def test_what_staff_wrote_is_known_by_author_and_by_what_became_of_it(engine: Engine, arrives: bool) -> None:
    lan, desk, conversation = add_agent(engine, "lan"), Desk(engine), on_telegram(engine)
    desk.take(conversation, lan, TOLD)
    words = Words({"text": "Chào bác"}, to_telegram(f"staff:{lan.id}:a/b"), "staff")
    entry = desk.reply(conversation, lan, Answer("a/b", words))
    wrote = authors(engine, conversation)[entry]
    assert (wrote.staff_id, wrote.name, wrote.key) == (lan.id, "Lan", "a/b")
    (sent,) = sends(engine, conversation)
    assert (sent.source, sent.status) == (f"staff:{lan.id}:a/b", Status.WAITING)
    (claimed,) = claim(engine, "telegram", 1, timedelta(seconds=9))
    if arrives:
        note_sent(engine, claimed, "9")
    else:
        note_failed(engine, claimed, "unreachable: blocked", again_at=None, uncertain=False)
    (sent,) = sends(engine, conversation)
    assert (sent.status, sent.reason) == ((Status.DONE, "") if arrives else (Status.DEAD, "unreachable: blocked"))

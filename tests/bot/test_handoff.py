from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.handoff import Handoff
from storage.conversations import Conversations
from storage.database import open_database
from storage.presence import Line
from storage.schema import metadata, tickets
from storage.tickets import Tickets


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    opened = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(opened)
    return opened


@pytest.fixture
def handoff(engine: Engine) -> Handoff:
    return Handoff(Tickets(engine), "8–17 giờ")


def rows(engine: Engine) -> list[tuple[str, str, str, str | None]]:
    with engine.connect() as connection:
        columns = (tickets.c.contact, tickets.c.reason, tickets.c.status, tickets.c.conversation_id)
        return [tuple(row) for row in connection.execute(select(*columns).order_by(tickets.c.id))]


def test_a_ticket_is_filled_in_step_by_step(handoff: Handoff, engine: Engine) -> None:
    talk = Conversations(engine).create("web").id
    number = handoff.open(talk, "1.001193")
    assert rows(engine) == [("", "Thủ tục 1.001193", "waiting", talk)]
    handoff.note_contact(number, "0912345678")
    assert handoff.note_reason(number, "sai tên mẹ") == "sai tên mẹ"
    assert rows(engine) == [("0912345678", "sai tên mẹ", "waiting", talk)]
    handoff.withdraw(number)
    assert rows(engine)[0][2] == "withdrawn"


def test_without_a_procedure_the_reason_is_open(handoff: Handoff, engine: Engine) -> None:
    handoff.open(Conversations(engine).create("web").id, None)
    assert rows(engine)[0][1] == ""


def test_each_ticket_has_its_own_number_and_is_changed_alone(handoff: Handoff, engine: Engine) -> None:
    talk = Conversations(engine).create("web").id
    first, second = handoff.open(talk, None), handoff.open(talk, None)
    handoff.note_contact(second, "b")
    assert first != second
    assert [row[0] for row in rows(engine)] == ["", "b"]


def test_a_long_reason_is_kept_short(handoff: Handoff, engine: Engine) -> None:
    number = handoff.open(Conversations(engine).create("web").id, None)
    kept = handoff.note_reason(number, "a" * 5_000)
    assert len(kept) == 1_000
    assert rows(engine)[0][1] == kept


class TwoWait:
    def line(self) -> Line:
        return Line(2, 4)


def test_the_line_at_the_desk_is_the_desks(handoff: Handoff) -> None:
    assert handoff.line() is None
    assert Handoff(handoff.tickets, desk=TwoWait()).line() == Line(2, 4)

from sqlalchemy import Engine, select

from storage.conversations import Conversations
from storage.schema import tickets
from storage.tickets import Tickets


def test_a_ticket_waits_with_its_contact_and_reason(engine: Engine) -> None:
    Conversations(engine).ensure("c", "test")
    store = Tickets(engine)
    assert store.waiting() == 0
    number = store.open("c", "0912 xxx 678, sau 17 giờ", "hồ sơ trễ hẹn")
    assert store.open("c", "qua đây", "hỏi lại") > number
    assert store.waiting() == 2
    with engine.connect() as connection:
        row = connection.execute(select(tickets).where(tickets.c.id == number)).one()
    assert (row.contact, row.reason, row.status) == ("0912 xxx 678, sau 17 giờ", "hồ sơ trễ hẹn", "waiting")

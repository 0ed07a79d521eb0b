from pathlib import Path

from sqlalchemy import func, select

from storage.conversations import Conversations, Question, Turn
from storage.schema import metadata
from storage.scratch import open_scratch, wipe
from storage.tickets import Tickets


def test_nothing_is_left_after_a_trial(tmp_path: Path) -> None:
    engine = open_scratch(tmp_path)
    conversations = Conversations(engine)
    conversation = conversations.create("try").id
    question = Question("khai sinh", "answered", 0.9, ("1.001193",), "try")
    conversations.record_turn(Turn(conversation, "1", {"text": "khai sinh"}, [{"text": "…"}], {"slots": {}}, question))
    Tickets(engine).open(conversation, "", "gặp cán bộ")
    wipe(engine)
    with engine.connect() as connection:
        left = {
            table.name: connection.scalar(select(func.count()).select_from(table)) for table in metadata.sorted_tables
        }
    assert {name for name, count in left.items() if count} == set()
    engine.dispose()

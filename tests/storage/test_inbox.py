from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import IntegrityError

from storage import inbox, outbox
from storage.conversations import Conversations
from storage.inbox import Arrival, ClaimedDelivery
from storage.outbox import Outgoing, Send
from storage.people import Person, find_conversation
from storage.queues import Status
from storage.schema import inbox as table
from storage.schema import lanes, now, people

START = datetime(2026, 11, 21, 8, tzinfo=UTC)
LEASE = timedelta(seconds=30)


def arrival(delivery_id: str, sender: str = "lan", second: int = 0, channel: str = "telegram") -> Arrival:
    return Arrival(channel, delivery_id, sender, {"text": f"words of {delivery_id}"}, START + timedelta(seconds=second))


def claim(engine: Engine, count: int = 10, lease: timedelta = LEASE) -> list[str]:
    return [claimed.arrival.delivery_id for claimed in inbox.claim(engine, ["telegram", "zalo"], count, lease)]


def claim_one(engine: Engine, lease: timedelta = LEASE) -> ClaimedDelivery:
    (claimed,) = inbox.claim(engine, ["telegram"], 1, lease)
    return claimed


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def run_out(engine: Engine) -> None:
    """Let every lease have run out."""
    with engine.begin() as connection:
        connection.execute(update(lanes).values(due_at=now() - timedelta(seconds=1)))


def test_a_repeated_delivery_is_stored_once(engine: Engine) -> None:
    assert inbox.add(engine, [arrival("1"), arrival("2")]) == 2
    assert inbox.add(engine, [arrival("2"), arrival("3"), arrival("3")]) == 1
    assert [row.delivery_id for row in rows(engine)] == ["1", "2", "3"]


def test_a_delivery_that_was_handled_is_still_recognised_and_its_words_are_gone(engine: Engine) -> None:
    inbox.add(engine, [arrival("1")])
    assert inbox.finish(engine, claim_one(engine), None)
    assert inbox.add(engine, [arrival("1")]) == 0
    (row,) = rows(engine)
    assert (row.status, row.body) == (Status.DONE, None)
    assert claim(engine) == []


def test_one_person_has_one_conversation_and_services_do_not_mix(engine: Engine) -> None:
    inbox.add(engine, [arrival("1"), arrival("2"), arrival("1", "minh"), arrival("1", channel="zalo")])
    found = {(row.channel, row.sender_id, row.conversation_id) for row in rows(engine)}
    assert len(found) == len({conversation for _, _, conversation in found}) == 3
    lan = find_conversation(engine, Person("telegram", "lan"))
    assert ("telegram", "lan", lan) in found


def test_people_who_write_for_the_first_time_at_once_get_one_conversation_each(engine: Engine) -> None:
    def write(number: int) -> int:
        return inbox.add(engine, [arrival(str(number), f"person {number % 3}")])

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(24))) == 24
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(people)) == 3
    assert len({row.conversation_id for row in rows(engine)}) == 3


def test_only_the_oldest_of_a_person_is_claimed(engine: Engine) -> None:
    inbox.add(engine, [arrival("1"), arrival("2", second=1), arrival("a", "minh")])
    assert sorted(claim(engine)) == ["1", "a"]
    assert claim(engine) == []


def test_the_next_is_claimed_once_the_one_before_is_done(engine: Engine) -> None:
    inbox.add(engine, [arrival("1"), arrival("2", second=1)])
    inbox.finish(engine, claim_one(engine), None)
    assert claim(engine) == ["2"]


def test_what_came_out_of_order_is_put_right_while_it_waits(engine: Engine) -> None:
    inbox.add(engine, [arrival("2", second=2), arrival("1", second=1)])
    assert claim_one(engine).arrival.delivery_id == "1"


def test_a_late_comer_waits_for_what_is_being_handled(engine: Engine) -> None:
    inbox.add(engine, [arrival("2", second=2)])
    second = claim_one(engine)
    inbox.add(engine, [arrival("1", second=1)])
    assert claim(engine) == []
    inbox.finish(engine, second, None)
    assert claim(engine) == ["1"]


def test_what_waits_for_another_try_holds_up_its_person_only(engine: Engine) -> None:
    inbox.add(engine, [arrival("1"), arrival("2", second=1)])
    assert inbox.try_again(engine, claim_one(engine), now() + timedelta(hours=1), "the assistant failed")
    inbox.add(engine, [arrival("a", "minh")])
    assert claim(engine) == ["a"]


def test_channels_that_are_not_ours_are_left_alone(engine: Engine) -> None:
    inbox.add(engine, [arrival("1", channel="viber")])
    assert claim(engine) == []


def test_a_flood_of_one_person_does_not_hide_the_others(engine: Engine) -> None:
    inbox.add(engine, [arrival(str(number), second=number) for number in range(50)])
    inbox.add(engine, [arrival("a", "minh")])
    assert set(claim(engine, count=2)) == {"0", "a"}


def test_who_died_loses_the_claim_and_who_comes_back_late_changes_nothing(engine: Engine) -> None:
    inbox.add(engine, [arrival("1"), arrival("2", second=1)])
    died = claim_one(engine)
    run_out(engine)
    again = claim_one(engine)
    assert (again.arrival, again.attempts) == (died.arrival, 2)
    late = Outgoing("telegram", "lan", [Send("in:1/0/0", {"text": "late"})], {})
    assert not inbox.finish(engine, died, late)
    assert outbox.claim(engine, "telegram", 5, LEASE) == []
    assert inbox.finish(engine, again, None)


def test_claimers_at_once_share_the_work_and_nobody_has_two_of_a_person(engine: Engine) -> None:
    inbox.add(engine, [arrival(str(n), f"person {n % 7}", second=n) for n in range(70)])
    order: list[tuple[str, int]] = []

    def work(_: int) -> None:
        while any(row.status != Status.DONE for row in rows(engine)):
            for claimed in inbox.claim(engine, ["telegram"], 2, LEASE):
                order.append((claimed.arrival.sender_id, int(claimed.arrival.delivery_id)))
                assert inbox.finish(engine, claimed, None)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(order) == 70
    for person in range(7):
        told = [number for sender, number in order if sender == f"person {person}"]
        assert told == sorted(told)


def test_the_answer_and_the_end_of_a_delivery_are_one_step(engine: Engine) -> None:
    inbox.add(engine, [arrival("1")])
    claimed = claim_one(engine)
    broken: Any = [Send("in:1/0/0", {"text": "x"}), Send("in:1/0/1", {"text": object()})]
    with pytest.raises(Exception, match="JSON serializable"):
        inbox.finish(engine, claimed, Outgoing("telegram", "lan", broken, {}))
    assert rows(engine)[0].status == Status.WORKING
    assert outbox.sizes(engine) == []


def test_what_is_given_up_keeps_its_words_and_can_be_tried_again(engine: Engine) -> None:
    inbox.add(engine, [arrival("1"), arrival("2", second=1)])
    assert inbox.give_up(engine, claim_one(engine), None, "the assistant failed")
    (dead,) = inbox.dead_deliveries(engine)
    assert (dead.delivery_id, dead.reason) == ("1", "the assistant failed")
    assert claim(engine) == ["2"]
    assert inbox.revive(engine, [dead.id, 999]) == [dead.id]
    inbox.finish(engine, ClaimedDelivery(rows(engine)[1].id, dead.conversation_id, arrival("2"), 1), None)
    again = claim_one(engine)
    assert (again.arrival.body, again.attempts) == ({"text": "words of 1"}, 1)


class TestAnsweredAtOnce:
    """What a page waits for: `add_and_claim`."""

    @pytest.fixture
    def page(self, engine: Engine) -> str:
        return Conversations(engine).create("web").id

    def test_it_is_stored_and_ours(self, engine: Engine, page: str) -> None:
        place = inbox.add_and_claim(engine, page, arrival("1", page, channel="web"), LEASE)
        assert place.claimed is not None
        assert place.claimed.arrival.body == {"text": "words of 1"}
        assert inbox.claim(engine, ["web"], 5, LEASE) == []

    def test_it_waits_for_those_before_it(self, engine: Engine, page: str) -> None:
        first = inbox.add_and_claim(engine, page, arrival("1", page, channel="web"), LEASE)
        second = inbox.add_and_claim(engine, page, arrival("2", page, 1, channel="web"), LEASE)
        assert (second.status, second.claimed) == (Status.WAITING, None)
        assert first.claimed is not None
        inbox.discard(engine, first.claimed)
        assert inbox.add_and_claim(engine, page, arrival("2", page, 1, channel="web"), LEASE).claimed is not None

    def test_the_same_again_while_it_is_answered(self, engine: Engine, page: str) -> None:
        inbox.add_and_claim(engine, page, arrival("1", page, channel="web"), LEASE)
        assert inbox.add_and_claim(engine, page, arrival("1", page, channel="web"), LEASE).status is Status.WORKING

    def test_the_same_again_after_a_worker_answered_it(self, engine: Engine, page: str) -> None:
        inbox.add_and_claim(engine, page, arrival("1", page, channel="web"), LEASE)
        run_out(engine)
        (claimed,) = inbox.claim(engine, ["web"], 1, LEASE)
        inbox.finish(engine, claimed, None)
        assert inbox.add_and_claim(engine, page, arrival("1", page, channel="web"), LEASE).status is Status.DONE

    def test_what_was_given_up_is_taken_up_by_who_asks_again(self, engine: Engine, page: str) -> None:
        inbox.add_and_claim(engine, page, arrival("1", page, channel="web"), LEASE)
        run_out(engine)
        (claimed,) = inbox.claim(engine, ["web"], 1, LEASE)
        inbox.give_up(engine, claimed, None, "died")
        assert inbox.add_and_claim(engine, page, arrival("1", page, channel="web"), LEASE).claimed is not None

    def test_an_unknown_conversation(self, engine: Engine) -> None:
        with pytest.raises(IntegrityError):
            inbox.add_and_claim(engine, "nobody", arrival("1", "nobody", channel="web"), LEASE)


def test_sizes_tell_what_waits_by_channel(engine: Engine) -> None:
    inbox.add(engine, [arrival("1"), arrival("2", second=1), arrival("a", channel="zalo")])
    claim_one(engine)
    sizes = {(size.channel, size.status): size.count for size in inbox.sizes(engine)}
    assert sizes == {
        ("telegram", Status.WORKING): 1,
        ("telegram", Status.WAITING): 1,
        ("zalo", Status.WAITING): 1,
    }
    assert inbox.sizes(engine)[0].oldest.tzinfo is not None


def test_what_the_gate_holds_back_waits_without_an_attempt(engine: Engine) -> None:
    inbox.add(engine, [arrival("1")])
    first = claim_one(engine)
    assert inbox.postpone(engine, first, now() + timedelta(seconds=9), "over a limit")
    assert claim(engine) == []
    run_out(engine)
    again = claim_one(engine)
    assert (again.attempts, again.arrival.body) == (1, first.arrival.body)
    run_out(engine)
    third = claim_one(engine)  # who had it before has died
    assert not inbox.postpone(engine, again, now(), "over a limit")
    assert third.attempts == 2


def test_whether_others_of_a_person_wait(engine: Engine) -> None:
    inbox.add(engine, [arrival("1"), arrival("1", sender="minh"), arrival("2", channel="zalo")])
    assert not inbox.others_wait(engine, "telegram", "lan", "1")
    inbox.add(engine, [arrival("2", second=1)])
    assert inbox.others_wait(engine, "telegram", "lan", "1")
    inbox.finish(engine, claim_one(engine), None)
    assert not inbox.others_wait(engine, "telegram", "lan", "2")

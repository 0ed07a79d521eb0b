"""The actions alone, with Rasa's tracker of the action side; no model is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import all_actions
from bot.actions.turn import entity, intent_of, language_of, memory_of, personal_values, remember, said
from bot.answering import Answering
from bot.handoff import Handoff
from bot.memory import Memory
from bot.messages import Outcome, Reply
from knowledge.types import Procedure, SearchResult
from storage.presence import Line
from tests.conftest import ROOT

BIRTH = Procedure(code="1.000001", name="Đăng ký khai sinh", source_url="https://example.gov.vn/a")
STAY = Procedure(code="1.000002", name="Đăng ký tạm trú", source_url="https://example.gov.vn/b")


@dataclass
class Tickets:
    """Keeps tickets in memory."""

    rows: dict[int, dict[str, str]] = field(default_factory=dict)

    def open(self, conversation_id: str, contact: str, reason: str) -> int:
        number = len(self.rows) + 1
        self.rows[number] = {"talk": conversation_id, "contact": contact, "reason": reason, "status": "waiting"}
        return number

    def update(self, number: int, *, contact: str | None = None, reason: str | None = None) -> None:
        given = {"contact": contact, "reason": reason}
        self.rows[number] |= {name: value for name, value in given.items() if value is not None}

    def withdraw(self, number: int) -> None:
        self.rows[number]["status"] = "withdrawn"


class Search:
    def search(self, question: str, limit: int = 10) -> list[SearchResult]:
        code = BIRTH.code if "khai sinh" in question else STAY.code
        return [SearchResult(code, 1.0, 0.9, "")]


@pytest.fixture
def tickets() -> Tickets:
    return Tickets()


@pytest.fixture
def actions(tickets: Tickets) -> dict[str, Action]:
    answering = Answering({BIRTH.code: BIRTH, STAY.code: STAY}, Search())
    return {action.name(): action for action in all_actions(answering, Handoff(tickets, None))}


def tracker(
    text: str = "",
    intent: str = "ask",
    slots: dict[str, Any] | None = None,
    language: str = "vi",
    personal: Sequence[tuple[str, str]] = (),
    token: str | None = None,
    form: str | None = None,
) -> Tracker:
    entities = [] if token is None else [{"entity": "token", "value": token}]
    metadata = {"typed": text, "language": language, "personal": [list(pair) for pair in personal]}
    heard = {"intent": {"name": intent}, "intent_ranking": [{"name": intent}]}
    message = heard | {"entities": entities, "metadata": metadata, "text": text}
    loop = {"name": form} if form else {}
    return Tracker("talk", dict(slots or {}), message, [], False, None, loop, None)


async def run(action: Action, on: Tracker) -> tuple[list[Reply], dict[str, Any]]:
    """Run an action; return its replies and the slots it sets."""
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, on, {})
    replies = [Reply.from_json(message["custom"]) for message in dispatcher.messages]
    return replies, {event["name"]: event["value"] for event in events if event["event"] == "slot"}


def test_every_action_of_the_domain_is_there_and_none_else(actions: dict[str, Action]) -> None:
    domain = yaml.safe_load((ROOT / "bot" / "domain" / "domain.yml").read_text(encoding="utf-8"))
    assert set(actions) == set(domain["actions"])


def test_every_action_the_rules_name_is_there(actions: dict[str, Action]) -> None:
    rules = yaml.safe_load((ROOT / "bot" / "rules" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    named = {step["action"] for rule in rules for step in rule["steps"] if "action" in step}
    assert named - set(actions) <= {"ticket_form", "action_deactivate_loop"}


def test_every_intent_of_the_rules_has_examples_and_the_other_way_round() -> None:
    rules = yaml.safe_load((ROOT / "bot" / "rules" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    ruled = {step["intent"] for rule in rules for step in rule["steps"] if "intent" in step}
    taught = {path.stem for path in (ROOT / "nlu" / "examples").glob("*.yml")}
    assert ruled - taught <= {"choose", "nlu_fallback"}
    assert taught <= ruled


def test_the_turn_is_read_out_of_the_tracker() -> None:
    on = tracker("lệ phí", "thank", {"focus": "1", "recent": ["2"], "facet": "fee", "pending": "where"}, token="help")
    assert (said(on), intent_of(on), entity(on, "token"), entity(on, "facet")) == ("lệ phí", "thank", "help", "")
    assert memory_of(on) == Memory("1", ("2",), "fee", "where")
    assert memory_of(tracker()) == Memory()
    assert personal_values(tracker(personal=[("số điện thoại", "0912345678")])) == [("số điện thoại", "0912345678")]


def test_what_is_remembered_is_read_back() -> None:
    memory = Memory("1", ("2", "3"), "fee", "where", {"1": ("lost", "proxy")}, "birth")
    slots = {event["name"]: event["value"] for event in remember(memory, "en")}
    assert memory_of(tracker(slots=slots)) == memory
    assert slots["language"] == "en"


@pytest.mark.parametrize(
    ("text", "now", "before", "language"),
    [
        ("how much is it", "en", "vi", "en"),
        ("fee", "en", "vi", "vi"),
        ("ok", "vi", "en", "en"),
        ("lệ phí hết bao nhiêu", "vi", "en", "vi"),
        ("fee", "en", None, "en"),
        ("", "vi", None, "vi"),
    ],
)
def test_a_message_too_short_to_tell_is_answered_in_the_language_before(
    text: str, now: str, before: str | None, language: str
) -> None:
    assert language_of(tracker(text, language=now, slots={"language": before})) == language


async def test_a_question_is_answered_and_remembered(actions: dict[str, Action]) -> None:
    (reply,), slots = await run(actions["action_answer"], tracker("đăng ký khai sinh"))
    assert (reply.outcome, reply.procedures) == (Outcome.ANSWERED, (BIRTH.code,))
    left = {"recent": [], "pending": None, "chosen": {}, "journey": None, "place": {"codes": [], "said": ""}}
    assert slots == left | {"focus": BIRTH.code, "facet": "overview", "language": "vi"}


async def test_a_tap_is_followed(actions: dict[str, Action]) -> None:
    on = tracker(intent="choose", token=f"facet:{STAY.code}:fee", slots={"focus": BIRTH.code})
    (reply,), slots = await run(actions["action_choose"], on)
    assert (reply.facet, reply.procedures) == ("fee", (STAY.code,))
    assert (slots["focus"], slots["recent"]) == (STAY.code, [BIRTH.code])


@pytest.mark.parametrize("token", ["", "nothing", None])
async def test_a_tap_on_nothing_we_know_changes_nothing(actions: dict[str, Action], token: str | None) -> None:
    (reply,), slots = await run(actions["action_choose"], tracker(intent="choose", token=token))
    assert (reply.outcome, slots) == (Outcome.CLARIFY, {})


async def test_back_goes_to_the_procedure_before(actions: dict[str, Action]) -> None:
    on = tracker("quay lại", "go_back", {"focus": STAY.code, "recent": [BIRTH.code]})
    (reply,), slots = await run(actions["action_go_back"], on)
    assert (reply.procedures, slots["focus"]) == ((BIRTH.code,), BIRTH.code)


async def test_small_talk_forgets_nothing(actions: dict[str, Action]) -> None:
    (reply,), slots = await run(
        actions["action_smalltalk"], tracker("cảm ơn nhiều nhé", "thank", {"focus": BIRTH.code})
    )
    assert (reply.outcome, slots) == (Outcome.SMALLTALK, {"language": "vi"})


async def test_starting_over_forgets_all_that_was_talked_about(actions: dict[str, Action]) -> None:
    before = {"focus": BIRTH.code, "recent": [STAY.code], "facet": "fee", "pending": "where"}
    (reply,), slots = await run(actions["action_restart_topic"], tracker("bắt đầu lại từ đầu", "start_over", before))
    assert reply.outcome is Outcome.SMALLTALK
    assert memory_of(tracker(slots=before | slots)) == Memory()


async def test_a_ticket_is_opened_before_anything_is_asked(actions: dict[str, Action], tickets: Tickets) -> None:
    on = tracker("gặp cán bộ", "request_person", {"focus": BIRTH.code})
    replies, slots = await run(actions["action_open_ticket"], on)
    assert replies == []
    assert (slots["ticket"], slots["contact"], slots["reason"]) == (1, None, None)
    assert tickets.rows[1] == {"talk": "talk", "contact": "", "reason": f"Thủ tục {BIRTH.code}", "status": "waiting"}


async def test_a_complaint_is_its_own_reason(actions: dict[str, Action], tickets: Tickets) -> None:
    _, slots = await run(actions["action_open_ticket"], tracker("cán bộ xã đòi thêm tiền", "complain"))
    assert slots["reason"] == tickets.rows[1]["reason"] == "cán bộ xã đòi thêm tiền"


async def test_the_first_question_says_what_happens_and_the_next_only_asks(actions: dict[str, Action]) -> None:
    ask = actions["action_ask_ticket_form_contact"]
    (first,), _ = await run(ask, tracker(intent="request_person", slots={"ticket": 7}))
    (again,), _ = await run(ask, tracker(intent="ask", slots={"ticket": 7}))
    assert (first.outcome, again.outcome) == (Outcome.HANDOFF, Outcome.FORM)
    assert "7" in first.text


async def test_the_reason_is_asked_for(actions: dict[str, Action]) -> None:
    (reply,), _ = await run(actions["action_ask_ticket_form_reason"], tracker())
    assert reply.outcome is Outcome.FORM


async def validated(actions: dict[str, Action], on: Tracker) -> dict[str, Any]:
    domain = {"forms": {"ticket_form": {"required_slots": ["contact", "reason"]}}, "slots": {}}
    events = await actions["validate_ticket_form"].run(CollectingDispatcher(), on, domain)
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}


def filling(requested: str, **more: Any) -> Tracker:
    slots = {"ticket": 1, "requested_slot": requested, "contact": None, "reason": None} | more.pop("slots", {})
    return tracker(slots=slots, form="ticket_form", **more)


PHONE = ("số điện thoại", "0912345678")
EMAIL = ("địa chỉ thư điện tử", "a@example.vn")


async def test_a_contact_goes_into_the_ticket_and_only_its_kind_is_remembered(
    actions: dict[str, Action], tickets: Tickets
) -> None:
    tickets.open("talk", "", "")
    on = filling("contact", text="[số điện thoại] hoặc [địa chỉ thư điện tử]", personal=[PHONE, EMAIL])
    slots = await validated(actions, on)
    assert slots["contact"] == "số điện thoại, địa chỉ thư điện tử"
    assert tickets.rows[1]["contact"] == "0912345678, a@example.vn"
    assert "0912345678" not in str(slots)


async def test_an_identity_number_is_no_contact(actions: dict[str, Action], tickets: Tickets) -> None:
    tickets.open("talk", "", "")
    on = filling("contact", text="cccd [số căn cước]", personal=[("số căn cước", "079201001234")])
    assert not (await validated(actions, on)).get("contact")
    assert tickets.rows[1]["contact"] == ""


async def test_no_is_an_answer_too(actions: dict[str, Action], tickets: Tickets) -> None:
    tickets.open("talk", "", "")
    assert (await validated(actions, filling("contact", text="không", intent="deny")))["contact"] == "không để lại"
    assert tickets.rows[1]["contact"] == ""


async def test_a_contact_once_given_stays(actions: dict[str, Action], tickets: Tickets) -> None:
    tickets.open("talk", "0900000000", "")
    on = filling("contact", text="[số điện thoại]", personal=[PHONE], slots={"contact": "số điện thoại"})
    await validated(actions, on)
    assert tickets.rows[1]["contact"] == "0900000000"


async def test_the_reason_is_kept_masked(actions: dict[str, Action], tickets: Tickets) -> None:
    tickets.open("talk", "", "")
    on = filling("reason", text="sai tên, cccd [số căn cước]", slots={"contact": "số điện thoại"})
    assert (await validated(actions, on))["reason"] == "sai tên, cccd [số căn cước]"
    assert tickets.rows[1]["reason"] == "sai tên, cccd [số căn cước]"


@pytest.mark.parametrize("intent", ["stop", "start_over"])
async def test_giving_up_is_no_reason(actions: dict[str, Action], tickets: Tickets, intent: str) -> None:
    tickets.open("talk", "", "")
    on = filling("reason", text="thôi", intent=intent, slots={"contact": "số điện thoại"})
    assert not (await validated(actions, on)).get("reason")
    assert tickets.rows[1]["reason"] == ""


@pytest.mark.parametrize(
    ("contact", "promise"), [("số điện thoại", "theo cách anh/chị để lại"), ("không để lại", "khung chat")]
)
async def test_a_complete_ticket_is_confirmed_and_the_form_forgotten(
    actions: dict[str, Action], contact: str, promise: str
) -> None:
    (reply,), slots = await run(actions["action_close_ticket"], tracker(slots={"ticket": 7, "contact": contact}))
    assert reply.outcome is Outcome.HANDOFF
    assert "7" in reply.text
    assert promise in reply.text
    assert slots == {"ticket": None, "contact": None, "reason": None}


async def test_a_ticket_given_up_is_withdrawn(actions: dict[str, Action], tickets: Tickets) -> None:
    tickets.open("talk", "", "")
    (reply,), slots = await run(actions["action_cancel_ticket"], tracker(slots={"ticket": 1}))
    assert tickets.rows[1]["status"] == "withdrawn"
    assert (reply.outcome, slots["ticket"]) == (Outcome.SMALLTALK, None)


def test_actions_need_no_rasa() -> None:
    """Importing Rasa takes seconds; the actions stand on the small action library alone."""
    for source in Path(ROOT / "bot" / "actions").glob("*.py"):
        assert "\nfrom rasa." not in source.read_text(encoding="utf-8"), source.name


class TwoWait:
    def line(self) -> Line:
        return Line(2, 4)


async def test_with_staff_at_the_desk_the_line_is_told_and_no_contact_is_asked(tickets: Tickets) -> None:
    answering = Answering({BIRTH.code: BIRTH}, Search())
    staffed = {action.name(): action for action in all_actions(answering, Handoff(tickets, "8 giờ", TwoWait()))}
    asking = staffed["action_ask_ticket_form_contact"]
    (reply,), slots = await run(asking, tracker("gặp cán bộ", "request_person", {"ticket": 1}))
    assert reply.outcome is Outcome.HANDOFF
    assert "2 người đang chờ, khoảng 4 phút" in reply.text
    assert "số điện thoại" not in reply.text
    assert slots == {"awaited": True}
    (again,), slots = await run(asking, tracker("12ab", "inform", {"ticket": 1}))
    assert "số điện thoại" in again.text  # everybody left the desk meanwhile: the form goes on
    assert slots == {}

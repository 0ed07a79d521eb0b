"""Filling a demonstration: the made-up people talk to the real assistant, and made-up staff do what staff do.

Nothing is put into tables by hand but accounts and moments: every answer, lease, rating, mark and draft comes about by
the same steps as in earnest, and is then moved to its time of the day.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot import desk_phrases, rating
from bot.assistant import Assistant
from bot.messages import Message, Reply
from channels.outbox import Outbox
from knowledge.days import VIETNAM, today
from knowledge.faq import FaqEntry, Faqs
from knowledge.history import History
from knowledge.publishing import Publishing
from knowledge.types import Facet
from storage.approvals import Approvals, Rule
from storage.canned import add_missing
from storage.checks import ALL, NIGHTLY, Checks
from storage.conversations import Conversations
from storage.desk import Agent, Answer, Desk, WrapUp
from storage.made_up import Clock, keep_at_desk, move_check, move_conversation, put_in_order
from storage.marks import Judgement, exchange, put_mark
from storage.presence import AWAY, ONLINE, set_presence
from storage.ratings import Ratings
from storage.regressions import Regressions
from storage.schema import now
from storage.staff import Staff, StaffAccounts
from web.admin.cases import case_row, shipped_cases, told
from web.demo.marker import Account
from web.demo.script import DONE, HELD, LIVE, Planned, plan
from web.desk.canned import SHIPPED
from web.desk.speaking import Speaker
from web.rehearsal import rehearse
from web.service import Knowledge
from web.settings import Settings
from web.staff.guard import Role
from web.staff.passwords import hash_password

AUTHOR = "dữ liệu mẫu"
PEOPLE = (
    ("lan", "Nguyễn Thị Lan (mẫu)", Role.AGENT),
    ("hung", "Trần Văn Hùng (mẫu)", Role.AGENT),
    ("mai", "Lê Thị Mai (mẫu)", Role.SUPERVISOR),
    ("tuan", "Phạm Anh Tuấn (mẫu)", Role.EDITOR),
    ("quantri", "Quản trị (mẫu)", Role.ADMINISTRATOR),
)
BIRTH, TEMPORARY, KARAOKE = "1.001193", "1.004194", "1.001029"
HOURS_OPEN = 12  # so long do the agents stay on line and what waits for them waits
_BUSY_S = 0.3  # how long agents let people wait, which becomes some minutes of the day
_CHECKED = 60  # regression cases that are run
_EXPIRES_IN = timedelta(days=12)
_UNSURE = ("giấy xác nhận cho con", "đăng ký lại giấy tờ nhà đất cho ông bà")
_ANSWERS = (
    "Chào anh/chị. Tôi đã xem câu hỏi. Anh/chị mang các giấy tờ đang có đến bộ phận một cửa của xã, phường nơi cư trú, "
    "cán bộ sẽ xem trực tiếp và hướng dẫn từng bước. (Câu trả lời mẫu)",
    "Trường hợp này cần xem giấy tờ gốc mới trả lời chắc được. Anh/chị ra bộ phận một cửa trong giờ làm việc, "
    "không phải hẹn trước. (Câu trả lời mẫu)",
    "Tôi đã hỏi lại bộ phận chuyên môn. Hồ sơ của anh/chị làm theo đúng các bước trợ lý vừa nêu, không phải nộp thêm "
    "giấy tờ khác. (Câu trả lời mẫu)",
)
_MARKED, _MARKED_ELSE = {"unanswered": 0.25, "clarify": 0.25}, 0.05  # share of conversations in which staff mark one
_WAITS_FOR_STAFF = frozenset({*LIVE, DONE})

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything the made-up people act with."""

    settings: Settings
    knowledge: Knowledge
    assistant: Assistant
    conversations: Conversations
    desk: Desk
    speaker: Speaker
    agents: tuple[Staff, ...]
    chance: random.Random


def fill(
    settings: Settings, knowledge: Knowledge, assistant: Assistant, accounts: Sequence[Account], step: Step
) -> None:
    """Fill an empty database with a believable day; tells `step` how many conversations are done."""
    engine = knowledge.engine
    conversations = Conversations(engine)
    speaker = Speaker(conversations, Outbox(engine, {}))
    agents = _staff(StaffAccounts(engine), accounts)
    chance = random.Random(1022)  # noqa: S311 - made up, hides nothing
    stage = Stage(settings, knowledge, assistant, conversations, Desk(engine), speaker, agents, chance)
    _write_knowledge(knowledge)
    asyncio.run(_talk(stage, plan(now()), step))
    _check(stage)
    put_in_order(engine)
    keep_at_desk(engine, now() + timedelta(hours=HOURS_OPEN))


def _staff(kept: StaffAccounts, accounts: Sequence[Account]) -> tuple[Staff, ...]:
    added = [
        kept.add(one.login, one.name, one.role, hash_password(one.password), AUTHOR, must_change=False)
        for one in accounts
    ]
    return tuple(one for one in added if one.role == Role.AGENT)


async def _talk(stage: Stage, planned: Sequence[Planned], step: Step) -> None:
    on_line = False
    for number, one in enumerate(planned, 1):
        if on_line != (one.group in _WAITS_FOR_STAFF):
            on_line = not on_line
            _presence(stage, on_line)
        await _hold(stage, f"{number:04d}-mau", one)
        step(number, len(planned))
    _presence(stage, True)
    await _wait_for_approval(stage, len(planned))


def _presence(stage: Stage, on_line: bool) -> None:
    for agent in stage.agents:
        set_presence(stage.knowledge.engine, agent.id, ONLINE if on_line else AWAY)


async def _hold(stage: Stage, conversation_id: str, one: Planned) -> None:
    """Have one conversation, and what staff do with it, and move it to its time of the day."""
    began = now()
    stage.conversations.ensure(conversation_id, one.channel)
    offered: list[list[str]] = []
    for place, turn in enumerate(one.turns):
        if rating.said_score(turn) and not rating.is_offered(offered):
            break  # nobody asked: the assistant had no answer
        replies = await _say(stage, conversation_id, one.channel, f"{place}", turn)
        offered = [[tap.label, tap.payload] for tap in replies[-1].suggestions if tap.payload] if replies else []
    if one.group in (HELD, DONE):
        await asyncio.sleep(_BUSY_S)
    if one.group == HELD:
        _answer(stage, conversation_id, stage.agents[0])
    elif one.group == DONE:
        await _serve(stage, conversation_id, one.channel)
    _mark(stage, conversation_id, one.group)
    move_conversation(stage.knowledge.engine, conversation_id, began, _clock(began, now(), one.starts, one.ends))


async def _say(stage: Stage, conversation_id: str, channel: str, id: str, text: str) -> list[Reply]:
    return await stage.assistant.handle(Message(f"{conversation_id}/{id}", conversation_id, text, channel=channel))


def _answer(stage: Stage, conversation_id: str, agent: Staff) -> Agent:
    """Let an agent take a conversation and answer."""
    me = Agent(agent.id, agent.login)
    taken = stage.speaker.notice(conversation_id, "taken", lambda language: desk_phrases.taken(agent.name, language))
    stage.desk.take(conversation_id, me, taken)
    key = f"demo-{conversation_id}"
    words = stage.speaker.by_staff(conversation_id, stage.chance.choice(_ANSWERS), agent.name, key)
    asked = next(one for one in stage.conversations.entries_after(conversation_id, 0) if one.role == "citizen")
    stage.desk.reply(conversation_id, me, Answer(key, words, asked.id))
    return me


async def _serve(stage: Stage, conversation_id: str, channel: str) -> None:
    """Let an agent answer and close a conversation, and the citizen rate it, most of the time."""
    me = _answer(stage, conversation_id, stage.chance.choice(stage.agents))
    back = stage.speaker.notice(conversation_id, "back", desk_phrases.back)
    stage.desk.close(conversation_id, me, WrapUp.ANSWERED, "", back)
    words = stage.speaker.question(conversation_id, f"rating:{conversation_id}", rating.question)
    asked = Ratings(stage.knowledge.engine).ask(conversation_id, stage.speaker.focus(conversation_id), words)
    if asked and stage.chance.random() < 0.7:
        await _say(
            stage, conversation_id, channel, "rated", stage.chance.choice(("hài lòng", "hài lòng", "1", "2", "3"))
        )


def _mark(stage: Stage, conversation_id: str, group: str) -> None:
    """Let staff mark some answers, as they do when they read along."""
    if stage.chance.random() > _MARKED.get(group, _MARKED_ELSE):
        return
    answers = [one for one in stage.conversations.entries_after(conversation_id, 0) if one.role == "assistant"]
    judgement, why = {
        "unanswered": (Judgement.MISSING, "Người dân hay hỏi việc này, nên có câu trả lời (mẫu)"),
        "clarify": (Judgement.WRONG_PROCEDURE, "Hỏi lại chưa đúng việc người ta cần (mẫu)"),
    }.get(group, (Judgement.GOOD, ""))
    about = exchange(stage.knowledge.engine, answers[0].id)
    put_mark(stage.knowledge.engine, about, judgement, stage.agents[1].login, None, why)


async def _wait_for_approval(stage: Stage, count: int) -> None:
    """Leave two answers that wait to be looked at, in the one channel where unsure ones do."""
    approvals, channel = Approvals(stage.knowledge.engine), "zalo_bot"
    approvals.set_rule(Rule(channel, 1.0, int(timedelta(hours=HOURS_OPEN).total_seconds())), AUTHOR)
    for number, text in enumerate(_UNSURE, count + 1):
        began, conversation_id = now(), f"{number:04d}-mau"
        stage.conversations.ensure(conversation_id, channel)
        await _say(stage, conversation_id, channel, "0", text)
        ends = now() - timedelta(seconds=150 * (number - count))
        clock = _clock(began, now(), ends - timedelta(seconds=5), ends)
        move_conversation(stage.knowledge.engine, conversation_id, began, clock)
    approvals.set_rule(Rule(channel, 0.6, 180), AUTHOR)


def _write_knowledge(knowledge: Knowledge) -> None:
    """Leave editors something to do: a draft, a record near its last day, an FAQ draft, canned replies, a case."""
    engine, why = knowledge.engine, "Dữ liệu mẫu để xem trang"
    publishing, history = Publishing(engine), History(engine)
    held = history.edition(TEMPORARY)
    if held is not None:
        changed = replace(held.procedure, summary=f"{held.procedure.summary} (bản nháp mẫu)".strip())
        publishing.draft(changed, AUTHOR, why, held.number)
    held = history.edition(KARAOKE)
    if held is not None:
        expiring = replace(held.procedure, expires_on=today() + _EXPIRES_IN)
        publishing.publish(KARAOKE, publishing.draft(expiring, AUTHOR, why, held.number), AUTHOR, why)
    held = history.edition(BIRTH)
    if held is not None:
        entry = FaqEntry(
            code=BIRTH,
            question="Ông bà đi khai sinh thay cha mẹ được không?",
            answer="Bản nháp mẫu, chưa ai kiểm tra: biên tập viên viết câu trả lời và nguồn vào đây.",
            source_title=held.procedure.name,
            source_url=held.procedure.source_url,
            facet=Facet.CONDITIONS,
        )
        Faqs(engine).add(entry, AUTHOR, why)
    add_missing(engine, SHIPPED, AUTHOR)
    case = case_row(["làm giấy khai sanh cho bé cần gì"], "answer", [BIRTH])
    Regressions(engine).add(case, [BIRTH], "admin", AUTHOR)
    knowledge.refresh()


def _check(stage: Stage) -> None:
    """Run some regression cases, as every night; without the file of them, which is not installed, there is no run."""
    cases = shipped_cases()[:_CHECKED]
    if not cases:
        return
    began, checks = now(), Checks(stage.knowledge.engine)
    number = checks.start(ALL, NIGHTLY)
    results = rehearse(stage.settings, stage.knowledge, cases)
    wrong = [told(result) for result in results if not result.ok]
    checks.progress(number, len(results), len(cases), len(results) - len(wrong))
    checks.end(number, len(results) - len(wrong), [], wrong)
    night = datetime.combine(today(), time(2, 30), VIETNAM)
    starts = night if night < began else night - timedelta(days=1)
    move_check(stage.knowledge.engine, number, _clock(began, now(), starts, starts + timedelta(seconds=30)))


def _clock(began: datetime, ended: datetime, starts: datetime, ends: datetime) -> Clock:
    """Return what stretches the time from `began` to `ended` to that from `starts` to `ends`; what is to come stays."""
    stretch = (ends - starts) / max(ended - began, timedelta(milliseconds=1))
    return lambda at: at if at > ended else starts + (at - began) * stretch

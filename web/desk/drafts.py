"""GET /desk/api/drafts/{conversation_id}: suggested answers to what the citizen wrote last, and like ones of before."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from aiohttp import web
from sqlalchemy import Engine

from bot import phrases
from bot.answering import Answering
from bot.drafts import Draft, Said, suggest
from bot.earlier import Earlier
from bot.facets.words import FACET_LABELS
from bot.memory import memory_from
from bot.messages import Suggestion
from nlu.language import detect_language
from nlu.personal import mask_personal
from storage.answered import Line, Talk, answered_after, answers, talk
from web.desk.asking import opened, told, wrong
from web.service import Knowledge
from web.sheet_page import ENGINE
from web.staff.guard import DESK, guarded

EARLIER = web.AppKey("earlier", Earlier)
_SIMILAR = 3
_LOOKED_AT = 8  # some of those found may be of the same conversation, or deleted by now
_SAID_TOGETHER = 3
_FEW_WORDS = 2  # too few to tell the language by


def set_up(app: web.Application) -> None:
    """Give the application the route."""
    app[EARLIER] = Earlier()
    app.add_routes([guarded("GET", "/desk/api/drafts/{conversation_id}", _drafts, DESK)])


async def _drafts(request: web.Request) -> web.Response:
    knowledge, answering = opened(request.app)
    conversation_id, engine = request.match_info["conversation_id"], request.app[ENGINE]
    found = await asyncio.to_thread(talk, engine, conversation_id)
    if found is None:
        return wrong("Không có cuộc trò chuyện này.", "not_found", 404)
    change = knowledge.live.change
    earlier = request.app[EARLIER]
    waiting = found.waiting
    if not waiting:
        return told({"for_entry": None, "change": change, "drafts": [], "similar": []})
    drafts = await asyncio.to_thread(drafts_for, answering, found)
    question = waiting[-1].text
    similar = await asyncio.to_thread(_similar, engine, knowledge, earlier, question, conversation_id)
    body = {"for_entry": waiting[-1].id, "change": change, "drafts": [_json(draft) for draft in drafts]}
    return told(body | {"similar": similar})


def drafts_for(answering: Answering, found: Talk) -> tuple[Draft, ...]:
    """Return the drafts for what the citizen wrote last; where that says nothing by itself, with what came before."""
    waiting = found.waiting
    drafts = suggest(answering, _said(found, waiting[-1], waiting[-1].text))
    if drafts or len(waiting) == 1 or waiting[-1].payload:
        return drafts
    together = "\n".join(line.text for line in waiting[-_SAID_TOGETHER:])
    return suggest(answering, _said(found, waiting[-1], together))


def _said(found: Talk, line: Line, text: str) -> Said:
    slots = found.state.get("slots") or {}
    memory = memory_from(slots)
    if found.sent and found.sent.get("code"):
        memory = memory.turn_to(str(found.sent["code"]), found.sent.get("facet"))
    heard = detect_language(text)
    return Said(
        text,
        memory,
        line.payload,
        tuple(Suggestion(label, payload) for label, payload in found.state.get("offered", [])),
        heard if len(text.split()) > _FEW_WORDS else str(slots.get("language") or heard),
        str(found.state.get("address") or phrases.ADDRESS),
    )


def _similar(
    engine: Engine, knowledge: Knowledge, earlier: Earlier, question: str, conversation_id: str
) -> list[dict[str, Any]]:
    earlier.add(answered_after(engine, earlier.newest))
    ids = earlier.like(question, knowledge.live.retriever.index.rarity, _LOOKED_AT)
    kept = answers(engine, ids, conversation_id)
    return [
        {
            "text": mask_personal(answer.text).text,
            "author": answer.author,
            "at": answer.at.isoformat(),
            "question": mask_personal(answer.question).text,
            "code": answer.code,
            "changed": answer.changed,
        }
        for answer in [kept[number] for number in ids if number in kept][:_SIMILAR]
    ]


def _json(draft: Draft) -> dict[str, Any]:
    return {
        "key": draft.key,
        "text": draft.text,
        "code": draft.code,
        "name": draft.name,
        "facet": draft.facet.value,
        "facet_name": FACET_LABELS["vi"][draft.facet],
        "confidence": draft.confidence,
        "source": asdict(draft.source),
        "version": draft.source.version,
    }

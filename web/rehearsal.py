"""Rehearsing: questions asked of the assistant as it is served, in conversations that nobody sees and nothing keeps.

The dialogue is loaded a second time (a tenth of a second) in the thread that asks, so that citizens' conversations
are not disturbed, over the catalogue as it is published or as it would be with one edition more.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from bot.assistant import Assistant
from bot.evaluation import Case, Result, run_case
from bot.messages import Message, Reply
from knowledge.catalog import FAQ, Catalog
from knowledge.index import update_index
from knowledge.retriever import Retriever
from knowledge.types import Procedure, Status
from nlu.accents import load_restorer
from storage.conversations import Conversations
from storage.database import open_database
from storage.procedures import Names, fetch_names
from storage.schema import metadata
from web.service import Knowledge, LiveSearch, open_assistant
from web.settings import Settings

_CHANNEL = "rehearsal"
_BREATH = 0.01  # seconds between two cases in which those who ask in earnest go first


class ProposedCatalog(Catalog):
    """The catalogue as it would be with one edition in force that is not."""

    def __init__(self, knowledge: Knowledge, procedure: Procedure) -> None:
        """Put `procedure` in the place of what is in force under its code."""
        super().__init__(knowledge.engine)
        self._proposed = procedure

    def get(self, code: str) -> Procedure | None:
        """Return a published procedure, the proposed one among them."""
        if code != self._proposed.code:
            return super().get(code)
        return self._proposed if self._proposed.status is Status.PUBLISHED else None


def with_edition(knowledge: Knowledge, procedure: Procedure) -> Knowledge:
    """Return the knowledge as it would be with this edition in force; a withdrawn one is found no more."""
    with knowledge.engine.connect() as connection:
        asked = fetch_names(connection, [procedure.code]).get(procedure.code, {}).get(FAQ, Names()).questions
    proposed = replace(procedure, questions=tuple(dict.fromkeys((*procedure.questions, *asked))))
    shown = proposed.status is Status.PUBLISHED
    index = update_index(
        knowledge.live.retriever.index,
        [proposed] if shown else (),
        () if shown else {proposed.code},
        knowledge.encoder,
    )
    live = LiveSearch(Retriever(index, knowledge.encoder, load_restorer()), knowledge.live.change)
    return replace(knowledge, catalog=ProposedCatalog(knowledge, proposed), live=live)


def rehearse(
    settings: Settings, knowledge: Knowledge, cases: Sequence[Case], each: Callable[[Result], bool] = lambda _: True
) -> list[Result]:
    """Run cases, each in a fresh conversation, and return what came of them; blocks for some 15 ms a question.

    `each` sees every result and ends the run by returning False.
    """
    results: list[Result] = []
    if not cases:
        return results

    async def run() -> None:
        for case in cases:
            results.append(await run_case(case, assistant, lambda _: (), opened, kept))
            if not each(results[-1]):
                return
            await asyncio.sleep(_BREATH)

    def opened() -> str:
        return conversations.create(_CHANNEL).id

    def kept(conversation: str) -> str:
        entries = [entry.body for entry in conversations.entries_after(conversation, 0)]
        return json.dumps([entries, conversations.load_tracker(conversation)], ensure_ascii=False)

    with _stage(settings, knowledge) as (assistant, conversations):
        asyncio.run(run())
    return results


def ask(settings: Settings, knowledge: Knowledge, questions: Sequence[str]) -> list[Reply]:
    """Return the last reply to each question, each asked in a fresh conversation."""

    async def answer(question: str) -> Reply:
        message = Message("0", conversations.create(_CHANNEL).id, question, channel=_CHANNEL)
        return (await assistant.handle(message))[-1]

    async def run() -> list[Reply]:
        return [await answer(question) for question in questions]

    with _stage(settings, knowledge) as (assistant, conversations):
        return asyncio.run(run())


@contextmanager
def _stage(settings: Settings, knowledge: Knowledge) -> Iterator[tuple[Assistant, Conversations]]:
    """Open an assistant whose conversations are in a file that goes with it."""
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        engine = open_database(f"sqlite:///{folder}/rehearsal.db")
        metadata.create_all(engine)
        try:
            yield open_assistant(settings, knowledge, engine), Conversations(engine)
        finally:
            engine.dispose()

"""Putting the parts together: database, catalogue, index, dialogue. Everything else gets what it needs handed in."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from bot.answering import Answering
from bot.assistant import Assistant
from knowledge.catalog import Catalog, fingerprint_of
from knowledge.faq import Faqs, FaqSearch
from knowledge.index import Index, Progress, build_index, load_index, update_index
from knowledge.lay_names import ensure_lay_names, lay_names, name_newcomers
from knowledge.offices import OfficeBook
from knowledge.publishing import Publishing
from knowledge.retriever import Retriever
from knowledge.starter import ensure_starter
from knowledge.types import SearchResult
from nlu.accents import load_restorer
from nlu.encoder import Encoder, load_encoder
from storage.conversations import Conversations
from storage.database import open_database, upgrade
from web.settings import Settings

if TYPE_CHECKING:
    from bot.dialogue import Dialogue

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
_TRAINING_SECONDS = 600
_FEW = 200  # changed procedures up to which mending the index in use is quicker than reading one from disk
_INDEXES_KEPT = 2  # the one in use, and the one before it for a process that is still reading it


@dataclass(slots=True)
class LiveSearch:
    """The search in use; publishing puts a new one in its place while answers under way finish on the old."""

    retriever: Retriever
    change: int = -1  # the newest change of the catalogue that it knows of

    def search(self, question: str, limit: int = 10, province: str | None = None) -> list[SearchResult]:
        """Search the catalogue as it is published now."""
        return self.retriever.search(question, limit, province)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The opened catalogue with its search."""

    engine: Engine
    catalog: Catalog
    encoder: Encoder
    folder: Path
    live: LiveSearch
    refreshing: Lock = field(default_factory=Lock)

    def refresh(self, progress: Progress | None = None) -> bool:
        """Bring the search up to what is published, and tell whether anything had changed; a query when nothing has.

        Editions whose day has come are put in force first. Safe to call from several threads.
        """
        with self.refreshing:
            Publishing(self.engine).publish_due()
            if self.catalog.change() == self.live.change:
                return False
            name_newcomers(self.engine, lay_names())
            change = self.catalog.change()
            marks = self.catalog.marks()
            fingerprint = f"{fingerprint_of(marks)[:16]}-{self.encoder.fingerprint[:16]}"
            news = fingerprint != self.live.retriever.fingerprint
            if news:
                _take_up(self, marks, fingerprint, progress)
            self.live.change = change
            return news


def open_engine(settings: Settings) -> Engine:
    """Open the database and bring its schema up to date."""
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database_url)
    upgrade(engine)
    return engine


def open_knowledge(settings: Settings, engine: Engine, progress: Progress | None = None) -> Knowledge:
    """Open the catalogue (with the starter catalogue in it) and its index, building what is missing."""
    ensure_starter(engine)
    ensure_lay_names(engine, lay_names())
    encoder = load_encoder(settings.encoder)
    live = LiveSearch(Retriever(build_index((), encoder), encoder, load_restorer(), ""))
    knowledge = Knowledge(engine, Catalog(engine), encoder, settings.data / "index", live)
    knowledge.refresh(progress)
    return knowledge


def answering_of(knowledge: Knowledge) -> Answering:
    """Return what decides about a question, over this knowledge; the dialogue's actions and the desk ask it."""
    known = FaqSearch(Faqs(knowledge.engine), lambda: knowledge.live.retriever.index.rarity)
    return Answering(knowledge.catalog, knowledge.live, known, OfficeBook(knowledge.engine))


def open_assistant(
    settings: Settings,
    knowledge: Knowledge,
    engine: Engine,
    say: Callable[[str], None] = log.info,
) -> Assistant:
    """Load the dialogue and join it with the conversations of `engine`; measuring uses another than the catalogue's."""
    dialogue = open_dialogue(settings, answering_of(knowledge), engine, say)
    return Assistant(dialogue, Conversations(engine), settings.staff_hours)


def open_dialogue(
    settings: Settings, answering: Answering, engine: Engine, say: Callable[[str], None] = log.info
) -> Dialogue:
    """Load the dialogue (training it first when its sources changed) and warm it up with one message.

    `engine` is where tickets are kept.
    """
    from bot.actions import all_actions  # Rasa takes seconds to import: only those who talk pay for it
    from bot.dialogue import Dialogue, model_path
    from bot.handoff import Handoff
    from storage.presence import Staffing
    from storage.tickets import Tickets

    model = model_path(settings.data / "models")
    if not model.exists():
        say("Huấn luyện phần hội thoại lần đầu (khoảng 20 giây) …")
        _train_apart(settings)
    handoff = Handoff(Tickets(engine), settings.staff_hours, Staffing(engine))
    dialogue = Dialogue(model, all_actions(answering, handoff))
    asyncio.run(dialogue.respond("warm-up", "đăng ký khai sinh cần giấy tờ gì", {}, {"typed": "đăng ký khai sinh"}))
    return dialogue


def _train_apart(settings: Settings) -> None:
    """Train in a process of its own, so that what training needs does not stay in this one's memory."""
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", "train"],
        cwd=ROOT,
        env=os.environ | {"MOTCUA_DATA": str(settings.data.resolve())},
        capture_output=True,
        text=True,
        timeout=_TRAINING_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the dialogue could not be trained:\n{done.stderr[-2000:]}")


def _take_up(knowledge: Knowledge, marks: Mapping[str, str], fingerprint: str, progress: Progress | None) -> None:
    """Put an index of what is published now in use, then keep it on disk for the next start."""
    folder, live = knowledge.folder / fingerprint, knowledge.live
    index = live.retriever.index
    whole = not index.marks or len(_stale(index, marks)) > _FEW
    found = load_index(folder, fingerprint) if whole else None
    made = found or _mended(knowledge, _last_saved(knowledge) or index if whole else index, marks, progress)
    live.retriever = Retriever(made, knowledge.encoder, load_restorer(), fingerprint)
    if found is None and (whole or not folder.exists()):
        made.save(folder, fingerprint)
    for old in _newest_first(knowledge.folder)[_INDEXES_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _mended(knowledge: Knowledge, index: Index, marks: Mapping[str, str], progress: Progress | None) -> Index:
    """Return the index with every procedure as it is now; only what changed is read and encoded."""
    changed = knowledge.catalog.published(_stale(index, marks))
    return update_index(index, changed, index.marks.keys() - marks.keys(), knowledge.encoder, progress, marks)


def _stale(index: Index, marks: Mapping[str, str]) -> list[str]:
    return [code for code, mark in marks.items() if index.marks.get(code) != mark]


def _last_saved(knowledge: Knowledge) -> Index | None:
    """Return the newest index on disk that was made by the same encoder."""
    encoder = knowledge.encoder.fingerprint[:16]
    saved = next((path for path in _newest_first(knowledge.folder) if path.name.endswith(encoder)), None)
    return load_index(saved) if saved else None


def _newest_first(folder: Path) -> list[Path]:
    found = [path for path in folder.glob("*") if not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)

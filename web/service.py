"""Putting the parts together: database, catalogue, index, dialogue. Everything else gets what it needs handed in."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from bot.assistant import Assistant
from knowledge.catalog import Catalog
from knowledge.index import Index, Progress, build_index, load_index
from knowledge.retriever import Retriever
from knowledge.starter import ensure_starter
from knowledge.types import SearchResult
from nlu.accents import load_restorer
from nlu.encoder import Encoder, load_encoder
from storage.conversations import Conversations
from storage.database import open_database, upgrade
from web.settings import Settings

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
_TRAINING_SECONDS = 600
_INDEXES_KEPT = 2  # the one in use, and the one before it for a process that is still reading it


@dataclass(slots=True)
class LiveSearch:
    """The search in use; publishing puts a new one in its place while answers under way finish on the old."""

    retriever: Retriever

    def search(self, question: str, limit: int = 10) -> list[SearchResult]:
        """Search the catalogue as it is published now."""
        return self.retriever.search(question, limit)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The opened catalogue with its search."""

    engine: Engine
    catalog: Catalog
    encoder: Encoder
    folder: Path
    live: LiveSearch

    def refresh(self, progress: Progress | None = None) -> bool:
        """Bring the search up to what is published; tell whether anything had changed."""
        fingerprint = _fingerprint(self.catalog, self.encoder)
        if self.live.retriever.fingerprint == fingerprint:
            return False
        index = load_index(self.folder / fingerprint, fingerprint) or _build(self, fingerprint, progress)
        self.live.retriever = Retriever(index, self.encoder, load_restorer(), fingerprint)
        return True


def open_engine(settings: Settings) -> Engine:
    """Open the database and bring its schema up to date."""
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database_url)
    upgrade(engine)
    return engine


def open_knowledge(settings: Settings, engine: Engine, progress: Progress | None = None) -> Knowledge:
    """Open the catalogue (with the starter catalogue in it) and its index, building what is missing."""
    ensure_starter(engine)
    encoder = load_encoder(settings.encoder)
    live = LiveSearch(Retriever(build_index((), encoder), encoder, load_restorer(), ""))
    knowledge = Knowledge(engine, Catalog(engine), encoder, settings.data / "index", live)
    knowledge.refresh(progress)
    return knowledge


def open_assistant(
    settings: Settings,
    knowledge: Knowledge,
    engine: Engine,
    say: Callable[[str], None] = log.info,
) -> Assistant:
    """Load the dialogue (training it first when its sources changed) and warm it up with one message.

    `engine` is where conversations and tickets are kept; measuring uses another than the catalogue's.
    """
    from bot.actions import all_actions  # Rasa takes seconds to import: only those who talk pay for it
    from bot.answering import Answering
    from bot.dialogue import Dialogue, model_path
    from bot.handoff import Handoff
    from storage.tickets import Tickets

    model = model_path(settings.data / "models")
    if not model.exists():
        say("Huấn luyện phần hội thoại lần đầu (khoảng 20 giây) …")
        _train_apart(settings)
    answering = Answering(knowledge.catalog, knowledge.live)
    dialogue = Dialogue(model, all_actions(answering, Handoff(Tickets(engine), settings.staff_hours)))
    asyncio.run(dialogue.respond("warm-up", "đăng ký khai sinh cần giấy tờ gì", {}, {"typed": "đăng ký khai sinh"}))
    return Assistant(dialogue, Conversations(engine))


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


def _fingerprint(catalog: Catalog, encoder: Encoder) -> str:
    return f"{catalog.fingerprint()[:16]}-{encoder.fingerprint[:16]}"


def _build(knowledge: Knowledge, fingerprint: str, progress: Progress | None) -> Index:
    """Build and save the index; texts that the last one of the same encoder holds are not encoded again."""
    same_encoder = fingerprint.rpartition("-")[2]
    earlier = next((path for path in _newest_first(knowledge.folder) if path.name.endswith(same_encoder)), None)
    index = build_index(
        knowledge.catalog.published(), knowledge.encoder, load_index(earlier) if earlier else None, progress
    )
    index.save(knowledge.folder / fingerprint, fingerprint)
    for old in _newest_first(knowledge.folder)[_INDEXES_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return index


def _newest_first(folder: Path) -> list[Path]:
    found = [path for path in folder.glob("*") if not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)

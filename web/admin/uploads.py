"""Files that wait to be imported: kept in the data folder until somebody decides, a day at most.

Each has a folder of its own: the file under a plain name of our making, what is known of it (`state.json`) and what it
would change (`plan.json`). Reading and importing run in threads; whoever comes back to the page finds how far they are.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path, PurePosixPath

from sqlalchemy import Engine

from nlu.text import clean
from storage.audit import note
from storage.schema import now
from web.admin.import_kinds import KINDS, UNREADABLE, ImportKind
from web.admin.plan import Plan, load_plan, save_plan

log = logging.getLogger(__name__)

LARGEST = 100_000_000  # bytes; the whole national catalogue has 50 million unpacked
KEPT = timedelta(hours=24)
MOST_WAITING = 20
_LONGEST_READ_S = 600.0
_SAVED_EVERY = 200  # rows
_STALE_S = 60.0  # a job that wrote nothing for so long, and is not one of ours, died with its process
_ID = re.compile(r"[0-9a-f]{16}")
_ODD = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 80


class Stage(StrEnum):
    """How far a file is."""

    READING = "reading"
    READY = "ready"  # waits for a person to confirm or to drop it
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"  # cannot be read


@dataclass(frozen=True, slots=True)
class Upload:
    """One file: `rows` counts what was read of it, `said` is what went wrong or what to know."""

    id: str
    kind: str
    name: str
    size: int
    author: str
    at: str
    stage: Stage = Stage.READING
    rows: int = 0
    said: str = ""
    mark: str = ""  # of what is held, when the plan was made

    @property
    def moment(self) -> datetime:
        """When it came."""
        return datetime.fromisoformat(self.at)

    @property
    def working(self) -> bool:
        """Whether something is being done with it."""
        return self.stage in (Stage.READING, Stage.IMPORTING)


class Unfit(ValueError):  # noqa: N818 - the file is what is unfit
    """A file is not taken; the text says why and what to do instead."""


class Uploads:
    """The files of one installation that wait to be imported."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        """Keep them below `folder`, which need not be there yet."""
        self._folder, self._engine = folder, engine
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def open(self, kind: str, filename: str, author: str) -> tuple[Upload, Path]:
        """Return a new upload and where its bytes go. Raises Unfit for a file that cannot be of this kind."""
        if kind not in KINDS:
            raise Unfit("Chọn loại dữ liệu cần nạp.")
        name = safe_name(filename)
        suffix = PurePosixPath(name).suffix.lower()
        if suffix not in KINDS[kind].suffixes:
            known = ", ".join(KINDS[kind].suffixes)
            raise Unfit(f"Loại tệp {suffix or '(không có đuôi)'} không nạp được ở đây. Các loại nhận: {known}.")
        if sum(one.stage is not Stage.DONE for one in self.all()) >= MOST_WAITING:
            raise Unfit(f"Đang có {MOST_WAITING} tệp chờ quyết định. Bỏ bớt tệp không dùng rồi tải lên lại.")
        upload = Upload(secrets.token_hex(8), kind, name, 0, author, now().isoformat())
        path = self._path(upload)
        path.parent.mkdir(parents=True)
        return upload, path

    def start(self, upload: Upload, size: int) -> None:
        """Take up a file that came whole: begin to read it."""
        self._save(replace(upload, size=size))
        self._run(upload.id, self._read)

    def abandon(self, upload: Upload) -> None:
        """Delete what came of a file that did not come whole."""
        shutil.rmtree(self._folder / upload.id, ignore_errors=True)

    def get(self, identity: str) -> Upload | None:
        """Return what is known of a file, None when there is none; what a dead process left is taken up again."""
        upload = self._load(identity)
        if upload is None or not upload.working or identity in self._running:
            return upload
        if _age_s(self._folder / identity / "state.json") < _STALE_S:
            return upload
        said = "Máy chủ khởi động lại khi đang nạp tệp này." if upload.stage is Stage.IMPORTING else ""
        again = replace(upload, stage=Stage.READING, said=said)
        self._save(again)
        self._run(identity, self._read)
        return again

    def all(self) -> list[Upload]:
        """Return every file that is kept, the newest first; those kept too long are deleted."""
        found = []
        for folder in self._folder.glob("*"):
            upload = self._load(folder.name)
            if _age_s(folder) > KEPT.total_seconds() and folder.name not in self._running:
                shutil.rmtree(folder, ignore_errors=True)
            elif upload is not None:
                found.append(upload)
        return sorted(found, key=lambda one: one.at, reverse=True)

    def plan(self, identity: str) -> Plan:
        """Return what a file changes. Raises OSError, ValueError while that is not known."""
        return load_plan(self._folder / identity / "plan.json")

    def confirm(self, identity: str, author: str, why: str) -> bool:
        """Begin to import a file that is ready; False when it is not, or somebody was quicker."""
        with self._lock:
            upload = self._load(identity)
            if upload is None or upload.stage is not Stage.READY:
                return False
            self._save(replace(upload, stage=Stage.IMPORTING, said=""))
        self._run(identity, lambda one: self._put(one, author, why))
        return True

    def drop(self, identity: str) -> bool:
        """Delete a file and all that is known of it; False when there is none, or it is being imported."""
        upload = self._load(identity)
        if upload is None or upload.stage is Stage.IMPORTING:
            return False
        shutil.rmtree(self._folder / identity, ignore_errors=True)
        return True

    def _read(self, upload: Upload) -> None:
        """Read a file into a plan."""
        ends = time.monotonic() + _LONGEST_READ_S

        def progress(rows: int) -> None:
            if time.monotonic() > ends:
                raise OSError("đọc quá lâu; hãy chia tệp nhỏ hơn")
            if rows % _SAVED_EVERY == 0:
                self._save(replace(upload, rows=rows))

        kind, path = self._kind(upload), self._path(upload)
        mark = kind.mark(self._engine)
        plan = kind.foresee(self._engine, path, progress)
        save_plan(plan, self._folder / upload.id / "plan.json")
        rows = sum(plan.counts.values()) + plan.unchanged
        self._save(replace(upload, stage=Stage.READY, rows=rows, mark=mark))

    def _put(self, upload: Upload, author: str, why: str) -> None:
        """Import a file, unless what is held changed since it was compared: then it is compared anew."""
        if self._kind(upload).mark(self._engine) != upload.mark:
            said = "Dữ liệu đã đổi từ lúc so sánh nên chưa nạp. Xem lại khác biệt mới rồi xác nhận."
            self._save(replace(upload, stage=Stage.READING, said=said))
            self._read(replace(upload, stage=Stage.READING, said=said))
            return
        path = self._path(upload)
        self._kind(upload).put(self._engine, path, author, why)
        counts = ", ".join(f"{fate} {count}" for fate, count in self.plan(upload.id).counts.items())
        note(self._engine, f"import.{upload.kind}", upload.name, author, f"{why} ({counts})")
        self._save(replace(upload, stage=Stage.DONE, said=why))
        shutil.rmtree(path.parent, ignore_errors=True)

    def _run(self, identity: str, work: Callable[[Upload], None]) -> None:
        self._running.add(identity)
        threading.Thread(target=self._guarded, args=(identity, work), name=f"upload-{identity}", daemon=True).start()

    def _guarded(self, identity: str, work: Callable[[Upload], None]) -> None:
        """Do the work; what stops it is told on the page of the file."""
        try:
            upload = self._load(identity)
            if upload is not None:
                work(upload)
        except UNREADABLE as error:
            self._fail(identity, f"{error}.".replace("..", "."))
        except Exception:
            log.exception("upload %s could not be worked on", identity)
            self._fail(identity, "Hệ thống gặp trục trặc khi xử lý tệp này. Chưa có gì được nạp; thử lại sau ít phút.")
        finally:
            self._running.discard(identity)

    def _fail(self, identity: str, said: str) -> None:
        upload = self._load(identity)
        if upload is not None:
            self._save(replace(upload, stage=Stage.FAILED, said=said))

    def _kind(self, upload: Upload) -> ImportKind:
        return KINDS[upload.kind]

    def _path(self, upload: Upload) -> Path:
        return self._folder / upload.id / "file" / upload.name  # apart from our own files, whatever it is called

    def _load(self, identity: str) -> Upload | None:
        if not _ID.fullmatch(identity):
            return None
        try:
            data = json.loads((self._folder / identity / "state.json").read_text(encoding="utf-8"))
            return Upload(**(data | {"stage": Stage(data["stage"])}))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _save(self, upload: Upload) -> None:
        folder = self._folder / upload.id
        half = folder / "state.half"
        half.write_text(json.dumps(asdict(upload), ensure_ascii=False), encoding="utf-8")
        half.replace(folder / "state.json")


def _age_s(path: Path) -> float:
    """Return how long ago a file or folder was written; 0 where another process just deleted it."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def safe_name(filename: str) -> str:
    """Return a plain name for a file: the last part of what the browser said, letters, digits, dots and dashes only."""
    last = PurePosixPath(clean(filename).replace("\\", "/")).name
    path = PurePosixPath(_ODD.sub("-", last).strip(".-") or "tep")
    return f"{path.stem[:_LONGEST_NAME].strip('.-') or 'tep'}{path.suffix[:10].lower()}"

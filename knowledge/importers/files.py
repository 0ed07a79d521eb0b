"""Choosing the reader of a file by its name, and looking into zip archives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from knowledge.importers.archives import check_archive
from knowledge.importers.jsonl import Row, read_json_lines
from knowledge.importers.tables import read_csv, read_excel
from knowledge.importers.word import read_word

_Reader = Callable[[IO[bytes], str], Iterator[Row]]
_READERS: dict[str, _Reader] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".xlsx": read_excel,
    ".doc": read_word,
    ".docx": read_word,
    ".json": read_json_lines,
    ".jsonl": read_json_lines,
    ".gz": read_json_lines,
}
_LARGEST_WHOLE = 50_000_000  # bytes of a table or a Word file: those are read as a whole


def read_file(path: Path) -> Iterator[tuple[str, Row]]:
    """Yield the rows of a file, each with the name of the file it stands in ("a.zip/b.csv").

    By the end of its name a file is CSV, Excel, Word, a zip archive of these, or else JSON lines (plain or gzipped).
    Raises OSError when it cannot be read; a file within an archive that cannot be read is one bad row.
    """
    with path.open("rb") as file:
        if path.suffix.lower() == ".zip":
            yield from _members(file, path.name)
            return
        reader = _READERS.get(path.suffix.lower(), read_json_lines)
        if reader is not read_json_lines and path.stat().st_size > _LARGEST_WHOLE:
            raise OSError(f"{path.name}: lớn hơn {_LARGEST_WHOLE // 1_000_000} MB; hãy chia nhỏ")
        yield from ((path.name, row) for row in reader(file, path.name))


def _members(file: IO[bytes], name: str) -> Iterator[tuple[str, Row]]:
    try:
        with zipfile.ZipFile(file) as archive:
            check_archive(archive, name)
            for member in archive.infolist():
                yield from _member(archive, member, f"{name}/{member.filename}")
    except zipfile.BadZipFile as error:
        raise OSError(f"{name}: không phải tệp zip hoặc bị hỏng") from error


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Iterator[tuple[str, Row]]:
    path = PurePosixPath(member.filename)
    if member.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts:
        return
    reader = _READERS.get(path.suffix.lower())
    reason = _unfit(member, path, reader)
    if reader is None or reason:
        yield name, Row(0, "", reason=reason)
        return
    try:
        # Nothing is ever written under a member's name; Office files need to be read back and forth.
        content = archive.open(member) if reader is read_json_lines else io.BytesIO(archive.read(member))
        with content:
            yield from ((name, row) for row in reader(content, name))
    except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        yield name, Row(0, "", reason=f"không đọc được: {error}")


def _unfit(member: zipfile.ZipInfo, path: PurePosixPath, reader: _Reader | None) -> str:
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
        return "đường dẫn trong tệp zip chỉ ra ngoài tệp"
    if path.suffix.lower() == ".zip":
        return "zip lồng trong zip không được đọc; hãy giải nén trước"
    if reader is None:
        return f"loại tệp {path.suffix or '(không có đuôi)'} không đọc được"
    if reader is not read_json_lines and member.file_size > _LARGEST_WHOLE:
        return f"lớn hơn {_LARGEST_WHOLE // 1_000_000} MB; hãy chia nhỏ"
    return ""

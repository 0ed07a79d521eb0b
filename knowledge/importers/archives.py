"""Guards for files that hold files: zip archives, and the Office files that are zip archives inside."""

from __future__ import annotations

import zipfile

MOST_MEMBERS = 5_000
LARGEST_TOTAL = 1_000_000_000  # bytes unpacked; the whole national file has 50 million
LARGEST_RATIO = 200  # unpacked to packed; the portal's records reach 15, its Word files 8
_SMALL = 1_000_000  # bytes; below it a ratio says nothing


def check_archive(archive: zipfile.ZipFile, name: str) -> None:
    """Raise OSError for an archive that would unpack into far more than it should (a zip bomb) or is locked."""
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS or total > LARGEST_TOTAL:
        raise OSError(f"{name}: tệp nén quá lớn ({len(members)} tệp, {total // 1_000_000} MB khi giải nén)")
    for member in members:
        if member.file_size > _SMALL and member.file_size > LARGEST_RATIO * max(member.compress_size, 1):
            raise OSError(f"{name}: {member.filename!r:.60} giải nén ra quá lớn, có thể là tệp phá hoại")
        if member.flag_bits & 0x1:
            raise OSError(f"{name}: tệp nén có mật khẩu; hãy nạp tệp không đặt mật khẩu")

"""Which folder is a demonstration, and that no other is ever touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.schema import now
from web.demo import marker
from web.demo.marker import Account, NotOurs

LAN = Account("lan", "Lan (mẫu)", "agent", "mật khẩu mẫu")


def test_a_demonstration_is_whole_only_when_it_is_finished(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    assert marker.read(data) is None
    marker.begin(data, (LAN,), now())
    begun = marker.read(data)
    assert begun is not None
    assert not begun.whole
    marker.finish(data)
    made = marker.read(data)
    assert made is not None
    assert (made.whole, made.accounts) == (True, (LAN,))
    assert (data / "demo.json").stat().st_mode & 0o077 == 0


def test_a_folder_with_anything_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "motcua.db").write_text("thật")
    with pytest.raises(NotOurs):
        marker.begin(tmp_path, (LAN,), now())
    with pytest.raises(NotOurs):
        marker.remove(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["motcua.db"]


def test_removing_takes_all_of_it(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    assert not marker.remove(data)
    marker.begin(data, (LAN,), now())
    (data / "index").mkdir()
    (data / "index" / "x").write_text("1")
    assert marker.remove(data)
    assert not data.exists()

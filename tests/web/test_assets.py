from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from web.assets import load_assets
from web.build_font import WEIGHTS, letters


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    before = load_assets(tmp_path)
    assert load_assets(tmp_path).version == before.version
    (tmp_path / "a.js").write_text("2")
    assert load_assets(tmp_path).version != before.version


def test_texts_are_packed_and_fonts_are_not() -> None:
    files = load_assets().files
    assert gzip.decompress(files["chat.js"].packed or b"") == files["chat.js"].body
    assert files["be-vietnam-pro-400.woff2"].packed is None


def test_an_unknown_file_has_no_address() -> None:
    with pytest.raises(KeyError):
        load_assets().url("nothing.js")


@pytest.mark.parametrize("weight", WEIGHTS)
def test_the_fonts_hold_every_letter_and_their_licence(weight: int) -> None:
    ttlib = pytest.importorskip("fontTools.ttLib", reason="fonttools reads the fonts")
    pytest.importorskip("brotli", reason="brotli unpacks WOFF2")
    font = ttlib.TTFont(Path(__file__).parents[2] / "web" / "static" / f"be-vietnam-pro-{weight}.woff2")
    assert set(map(ord, letters())) <= set(font.getBestCmap())
    assert "OFL" in font["name"].getDebugName(14) or "Open Font" in font["name"].getDebugName(13)
    assert (Path(__file__).parents[2] / "web" / "static" / "OFL.txt").exists()


def test_the_letters_are_all_vietnamese_ones() -> None:
    assert len({letter for letter in letters().lower() if letter in "ăâđêôơư" or "ạ" <= letter <= "ỹ"}) == 7 + 45
    assert set("Đường số 8, phường Nguyễn Trãi – lệ phí: 8.000 đồng “miễn phí”…") <= set(letters())

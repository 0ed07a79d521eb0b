"""Make our fonts of Be Vietnam Pro: as WOFF2 for the page, cut down to what it writes; as TTF for posters.

The results are committed; run this only to change them. Needs fontpkg-be-vietnam-pro, fonttools and brotli, which the
page itself does not:  uv run --with fontpkg-be-vietnam-pro --with fonttools --with brotli python -m web.build_font
"""

from __future__ import annotations

import sys
import unicodedata
from importlib.util import find_spec
from pathlib import Path

from web.assets import FOLDER

# 600 is loaded by browsers only once something is bold: the first answer, not the first screen.
WEIGHTS = {400: "Regular", 600: "SemiBold"}
_VOWELS = "aăâeêioôơuưy"
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SIGNS = "–—…“”‘’•·×₫°½"
# Names in the catalogue hold any sign of European print, so posters get all that the font has of these.
_PRINTED = (
    range(0x20, 0x250),
    range(0x1E00, 0x1F00),
    range(0x2010, 0x2070),
    range(0x20A0, 0x20C0),
    range(0x2190, 0x2194),
)


def letters() -> str:
    """Return every sign the page needs: ASCII, all Vietnamese letters in both cases, and our punctuation."""
    toned = {unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in ["", *_TONES]}
    lower = "".join(sorted(toned)) + "đ"
    return "".join(map(chr, range(0x20, 0x7F))) + lower + lower.upper() + _SIGNS + "\u00a0"


def printed() -> str:
    """Return every sign that the name of a procedure may hold."""
    return "".join(chr(code) for codes in _PRINTED for code in codes)


def build(source: Path, target: Path, signs: str) -> int:
    """Write the font with these signs, in the format of the target's name, and return its size in bytes."""
    from fontTools import subset  # type: ignore[import-untyped]

    flavor = "woff2" if target.suffix == ".woff2" else None
    options = subset.Options(flavor=flavor, hinting=False, layout_features=["kern", "tnum"])
    options.name_IDs = [0, 1, 2, 13, 14]  # copyright, family, style, licence and its address stay in the file
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=signs)
    cutter.subset(font)
    subset.save_font(font, str(target), options)
    return target.stat().st_size


def main() -> None:
    """Build both weights in both formats and copy the licence beside them."""
    package = find_spec("fontpkg_be_vietnam_pro")
    if package is None or package.origin is None:
        sys.exit("fontpkg-be-vietnam-pro is not installed; see the command at the top of this file")
    folder = Path(package.origin).parent
    for weight, style in WEIGHTS.items():
        for suffix, signs in ((".woff2", letters()), (".ttf", printed())):
            target = FOLDER / f"be-vietnam-pro-{weight}{suffix}"
            size = build(folder / "files" / f"BeVietnamPro-{style}.ttf", target, signs)
            sys.stdout.write(f"{target.name}: {size} bytes\n")
    (FOLDER / "OFL.txt").write_bytes((folder / "LICENSE").read_bytes())


if __name__ == "__main__":
    main()

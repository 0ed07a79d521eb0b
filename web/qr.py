"""QR codes of addresses, as PNG or SVG. Pure."""

from __future__ import annotations

import io

import segno

_ERROR = "m"  # a seventh of a code may be dirty or torn; more would make smaller squares on the same paper
_DARK = "#17212B"
QUIET = 4
"""Squares of white around a code, without which readers do not find it (ISO/IEC 18004)."""


def qr_matrix(address: str) -> tuple[tuple[bool, ...], ...]:
    """Return the squares of a code, dark ones True, without the white around them."""
    made = segno.make_qr(address, error=_ERROR)
    return tuple(tuple(bool(square) for square in row) for row in made.matrix)


def qr_png(address: str, scale: int = 16) -> bytes:
    """Return a PNG, `scale` pixels a square."""
    return _saved(address, "png", scale=scale, light="white")


def qr_svg(address: str) -> str:
    """Return an SVG without size and namespace, to stand inside a page."""
    made = segno.make_qr(address, error=_ERROR)
    return made.svg_inline(omitsize=True, dark=_DARK, light="white", border=QUIET, svgclass="qr", lineclass=None)


def qr_svg_file(address: str, scale: int = 8) -> bytes:
    """Return an SVG document, `scale` pixels a square where nobody asks for another size."""
    return _saved(address, "svg", scale=scale, light="white")


def _saved(address: str, kind: str, scale: int, light: str) -> bytes:
    file = io.BytesIO()
    segno.make_qr(address, error=_ERROR).save(file, kind=kind, scale=scale, border=QUIET, dark=_DARK, light=light)
    return file.getvalue()

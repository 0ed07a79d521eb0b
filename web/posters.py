"""Printable A4 pages with QR codes: a poster for one procedure, a page of cards for many. PDF, by fpdf2.

Codes are drawn as vectors, so they print sharp at any size. Lengths are in millimetres, type in points.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from fpdf import FPDF
from fpdf.enums import WrapMode

from web.assets import FOLDER
from web.qr import QUIET, qr_matrix

FAMILY = "be-vietnam-pro"
_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 15.0
_INK, _SOFT, _ACCENT, _LINE = (23, 33, 43), (85, 96, 107), (15, 118, 110), (200, 196, 188)
_COLUMNS, _ROWS, _GAP = 2, 4, 5.0
_TOP = 32.0
_CARD_WIDTH = (_WIDTH - 2 * _MARGIN - (_COLUMNS - 1) * _GAP) / _COLUMNS
_CARD_HEIGHT = (_HEIGHT - _TOP - 16 - (_ROWS - 1) * _GAP) / _ROWS
_POINT = 25.4 / 72
_LEADING = 1.3
_STEPS = ("Mở máy ảnh hoặc Zalo", "Đưa máy vào mã", "Bấm đường dẫn hiện ra")


@dataclass(frozen=True, slots=True)
class Card:
    """One code: what it holds, and what is printed with it. `hint` says what else to do after scanning."""

    code: str
    name: str
    address: str
    hint: str = ""

    @property
    def readable(self) -> str:
        """The address as people type it."""
        return self.address.removeprefix("https://").removeprefix("http://")


def posters(cards: Iterable[Card], title: str = "") -> bytes:
    """Return a PDF with a poster for each procedure; `title` names the office that puts it up."""
    pdf = _document(title)
    for card in cards:
        pdf.add_page()
        _poster(pdf, card, title)
    return bytes(pdf.output())


def card_pages(cards: Iterable[Card], title: str = "") -> bytes:
    """Return a PDF with eight cards a page, to cut out or to put up; `title` stands on top of every page."""
    pdf = _document(title)
    for place, card in enumerate(cards):
        if place % (_COLUMNS * _ROWS) == 0:
            pdf.add_page()
            _page_head(pdf, title, place // (_COLUMNS * _ROWS) + 1)
        row, column = divmod(place % (_COLUMNS * _ROWS), _COLUMNS)
        _card(pdf, card, _MARGIN + column * (_CARD_WIDTH + _GAP), _TOP + row * (_CARD_HEIGHT + _GAP))
    return bytes(pdf.output())


def _document(title: str) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.add_font(FAMILY, "", FOLDER / "be-vietnam-pro-400.ttf")
    pdf.add_font(FAMILY, "B", FOLDER / "be-vietnam-pro-600.ttf")
    pdf.set_lang("vi")
    pdf.set_title(f"Một Cửa – {title}" if title else "Một Cửa – mã QR thủ tục hành chính")
    return pdf


def _poster(pdf: FPDF, card: Card, title: str) -> None:
    wide = _WIDTH - 2 * _MARGIN
    _brand(pdf, title)
    _text(pdf, "THỦ TỤC HÀNH CHÍNH", _MARGIN, 40, wide, 12, color=_ACCENT, bold=True, align="C")
    _fitted(pdf, card.name, _MARGIN, 47, wide, 50, (40, 34, 29, 25, 21, 18, 15, 12), middle=True)
    side = 122.0
    left = (_WIDTH - side) / 2
    pdf.set_draw_color(*_LINE)
    pdf.set_line_width(0.4)
    pdf.rect(left, 101, side, side, round_corners=True, corner_radius=4)
    _qr(pdf, card.address, left, 101, side)
    _text(pdf, card.readable, _MARGIN, 228, wide, 14, bold=True, align="C", wrap=WrapMode.CHAR)
    _text(pdf, f"Mã thủ tục: {card.code}", _MARGIN, 242, wide, 12, color=_SOFT, align="C")
    for number, step in enumerate((*_STEPS[:-1], card.hint or _STEPS[-1])):
        third = wide / len(_STEPS)
        _numbered(pdf, number + 1, step, _MARGIN + number * third, 254, third)
    pdf.set_draw_color(*_LINE)
    pdf.line(_MARGIN, 274, _WIDTH - _MARGIN, 274)
    note = "Xem giấy tờ, lệ phí, thời hạn, nơi nộp, và hỏi thêm bằng lời của mình. Cần người giúp: gọi 1022."
    _text(pdf, note, _MARGIN, 278, wide, 10.5, color=_SOFT, align="C")


def _brand(pdf: FPDF, title: str) -> None:
    """Draw the door, our name, and whose poster it is."""
    pdf.set_fill_color(*_ACCENT)
    pdf.rect(0, 0, _WIDTH, 4, style="F")
    x, y, side = _MARGIN, 13.0, 11.0
    _arch(pdf, x, y, side, side)
    pdf.set_fill_color(255, 255, 255)
    gate = side * 0.36
    _arch(pdf, x + (side - gate) / 2, y + side * 0.35, gate, side * 0.65 + 0.1)
    _text(pdf, "Một Cửa", x + side + 4, 12.4, 60, 17, bold=True)
    _text(pdf, "Hỏi đáp thủ tục hành chính", x + side + 4, 20, 70, 9.5, color=_SOFT)
    if title:
        _fitted(pdf, title, 105, 13, _WIDTH - _MARGIN - 105, 12, (13, 11, 9.5), align="R")


def _arch(pdf: FPDF, x: float, y: float, width: float, height: float) -> None:
    pdf.ellipse(x, y, width, width, style="F")
    pdf.rect(x, y + width / 2, width, height - width / 2, style="F")


def _numbered(pdf: FPDF, number: int, words: str, x: float, y: float, width: float) -> None:
    radius = 3.4
    pdf.set_fill_color(*_ACCENT)
    pdf.ellipse(x, y, 2 * radius, 2 * radius, style="F")
    _text(pdf, str(number), x, y + 0.9, 2 * radius, 10.5, color=(255, 255, 255), bold=True, align="C")
    _text(pdf, words, x + 2 * radius + 2.5, y + 0.8, width - 2 * radius - 4, 11)


def _page_head(pdf: FPDF, title: str, number: int) -> None:
    wide = _WIDTH - 2 * _MARGIN - 45
    _fitted(pdf, title or "Mã QR thủ tục hành chính", _MARGIN, 11, wide, 10, (15, 13, 10, 8), align="L")
    _text(pdf, f"Một Cửa · trang {number}", _WIDTH - _MARGIN - 45, 14, 45, 9.5, color=_SOFT, align="R")
    how = "Mở máy ảnh hoặc Zalo, đưa vào mã của việc cần làm, rồi bấm đường dẫn hiện ra."
    _text(pdf, how, _MARGIN, 22, _WIDTH - 2 * _MARGIN, 10.5, color=_SOFT)


def _card(pdf: FPDF, card: Card, x: float, y: float) -> None:
    pdf.set_draw_color(*_LINE)
    pdf.set_line_width(0.3)
    pdf.rect(x, y, _CARD_WIDTH, _CARD_HEIGHT, round_corners=True, corner_radius=2.5)
    side = 45.0
    _qr(pdf, card.address, x + 0.5, y + 0.5, side)
    left, width = x + side + 1, _CARD_WIDTH - side - 5
    used = _fitted(pdf, card.name, left, y + 6, width, 33, (13, 12, 11, 10, 9, 8, 7), align="L")
    _text(pdf, f"Mã {card.code}", left, y + 6 + used + 1.2, width, 9, color=_SOFT)
    foot = y + side
    if card.hint:
        _text(pdf, card.hint, x + 6, foot - 0.8, _CARD_WIDTH - 10, 9.5, color=_ACCENT, bold=True)
        foot += 4.2
    room = _CARD_WIDTH - 10
    _text(pdf, card.readable, x + 6, foot, room, _one_line(pdf, card.readable, room), wrap=WrapMode.CHAR)


def _qr(pdf: FPDF, address: str, x: float, y: float, side: float) -> None:
    """Draw a code with its white border in a square; dark squares of a row that touch are one rectangle."""
    rows = qr_matrix(address)
    unit = side / (len(rows) + 2 * QUIET)
    pdf.set_fill_color(*_INK)
    for down, row in enumerate(rows):
        start = None
        for along, dark in enumerate((*row, False)):
            if dark and start is None:
                start = along
            elif not dark and start is not None:
                pdf.rect(x + (start + QUIET) * unit, y + (down + QUIET) * unit, (along - start) * unit, unit, style="F")
                start = None


def _fitted(
    pdf: FPDF,
    text: str,
    x: float,
    y: float,
    width: float,
    height: float,
    sizes: tuple[float, ...],
    *,
    align: str = "C",
    middle: bool = False,
) -> float:
    """Write bold text in the largest of these sizes that fits, and return how high it is; cut it if none does."""
    for size in sizes:
        pdf.set_font(FAMILY, "B", size)
        lines = _lines(pdf, text, width)
        high = len(lines) * size * _POINT * _LEADING
        if high <= height:
            break
    else:
        most = int(height / (sizes[-1] * _POINT * _LEADING))
        text = " ".join(lines[:most])[:-2].rstrip() + " …"
        high = height
    _text(pdf, text, x, y + (height - high) / 2 if middle else y, width, size, bold=True, align=align)
    return high


def _one_line(pdf: FPDF, text: str, width: float) -> float:
    """Return the largest size at which a text stays on one line, the smallest readable one if it cannot."""
    for size in (9.5, 8.5, 7.5):
        pdf.set_font(FAMILY, "", size)
        if pdf.get_string_width(text) <= width:
            return size
    return 7.0


def _lines(pdf: FPDF, text: str, width: float) -> list[str]:
    return cast("list[str]", pdf.multi_cell(width, 1, text, dry_run=True, output="LINES"))


def _text(
    pdf: FPDF,
    text: str,
    x: float,
    y: float,
    width: float,
    size: float,
    *,
    color: tuple[int, int, int] = _INK,
    bold: bool = False,
    align: str = "L",
    wrap: WrapMode = WrapMode.WORD,
) -> None:
    pdf.set_font(FAMILY, "B" if bold else "", size)
    pdf.set_text_color(*color)
    pdf.set_xy(x, y)
    pdf.multi_cell(width, size * _POINT * _LEADING, text, align=align, wrapmode=wrap)

"""How a fitted reply looks in Telegram: HTML that cannot break, and rows of buttons. Pure."""

from __future__ import annotations

import html
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit, MessageLimit

from bot.facets.words import SOURCE_MARKS
from bot.messages import Reply, Suggestion
from channels.base import Limits

# Telegram itself names no longest label; a phone shows about as many letters in a button as wide as the chat.
LIMITS = Limits(
    text=int(MessageLimit.MAX_TEXT_LENGTH),
    suggestions=int(InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER),
    label=40,
    token_bytes=int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA),
)
CHOSEN = "✓ "
_ROW_LETTERS = 24
_ROW_BUTTONS = 3


def as_html(part: Reply) -> str:
    """Return the text as Telegram's HTML: names of procedures bold, source lines small-voiced with their link inside.

    Every character that means something in HTML is escaped, so a reply's words can never become marks.
    """
    lines: list[str] = []
    below_source = False
    for line in part.text.splitlines():
        if below_source and line.startswith(("https://", "http://")) and " " not in line:
            lines[-1] = f'<i><a href="{html.escape(line)}">{lines[-1][3:-4]}</a></i>'
            below_source = False
            continue
        below_source = line.startswith(SOURCE_MARKS)
        lines.append(f"<i>{html.escape(line, quote=False)}</i>" if below_source else _with_bold_name(line, part))
    return "\n".join(lines)


def _with_bold_name(line: str, part: Reply) -> str:
    """Escape a line; where it begins with the name of a procedure that is answered about, that is bold."""
    name = next((source.title for source in part.sources if source.title and line.startswith(source.title)), "")
    bold = f"<b>{html.escape(name, quote=False)}</b>" if name else ""
    return bold + html.escape(line[len(name) :], quote=False)


def keyboard(suggestions: Sequence[Suggestion]) -> InlineKeyboardMarkup | None:
    """Return the buttons, short ones side by side, or None where there are none."""
    rows: list[list[InlineKeyboardButton]] = []
    letters = 0
    for suggestion in suggestions:
        letters += len(suggestion.label)
        if not rows or len(rows[-1]) == _ROW_BUTTONS or letters > _ROW_LETTERS or suggestion.url:
            rows.append([])
            letters = len(suggestion.label) if not suggestion.url else _ROW_LETTERS
        rows[-1].append(InlineKeyboardButton(suggestion.label, url=suggestion.url, callback_data=suggestion.payload))
    return InlineKeyboardMarkup(rows) if rows else None


def marked(board: InlineKeyboardMarkup, data: str) -> InlineKeyboardMarkup | None:
    """Return the keyboard with the tapped button marked, or None where nothing would change."""
    rows = [
        [
            InlineKeyboardButton(f"{CHOSEN}{button.text}", url=button.url, callback_data=button.callback_data)
            if button.callback_data == data and not button.text.startswith(CHOSEN)
            else button
            for button in row
        ]
        for row in board.inline_keyboard
    ]
    return InlineKeyboardMarkup(rows) if rows != [list(row) for row in board.inline_keyboard] else None

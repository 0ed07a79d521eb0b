"""A reply made to fit what one message of a channel may hold. Pure: every channel's limits are data (`Limits`).

Text that is too long is parted at paragraphs, lines or sentences; what a channel has no button for is told in the text.
Nothing is left out, and a choice told by number is the one that typing the number means (`bot.choices.match_typed`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.facets.words import SOURCE_MARKS
from bot.formatting import shorten
from bot.messages import Attachment, Reply, Suggestion
from channels.base import Limits
from nlu.text import has_accents

_MENU = {"vi": "Nhắn số để chọn:", "en": "Send a number to choose:"}
_MORE = {"vi": "Hoặc nhắn số:", "en": "Or send a number:"}  # where the text lists the first choices itself
_ABOVE = {"vi": "ở đường dẫn trên", "en": "at the link above"}
# What the assistant says of tapping (bot.facets.words), and what is said where there is nothing to tap.
TYPED = (
    ("Bấm chọn, hoặc trả lời", "Anh/chị trả lời"),
    ("Còn nữa: bấm hoặc nhắn", "Còn nữa: nhắn"),
    ("có thể phản ánh: bấm", "có thể phản ánh: nhắn"),
    ("Bấm hoặc nhắn số của việc", "Nhắn số của việc"),
    ("Tap one, or answer", "Answer"),
    ("There is more: tap or type", "There is more: type"),
    ("you can report it: tap", "you can report it: type"),
    ("Tap or send the number of a step", "Send the number of a step"),
)
_CALL = "tel:"
_OPENS = " ↗"  # a mark for the web page; services mark links themselves, and a line shows the address
# Where a text may be parted, best first: after a paragraph, a line, a sentence, a clause, a word that is no number.
_BORDERS = tuple(map(re.compile, (r"\n{2,}", r"\n", r"(?<=[^\s\d][.!?…])\s+", r"(?<=[^\s\d][;:,])\s+", r"(?<!\d)\s+")))
_BLANK = re.compile(r"\s+")
_SHARE = 0.5
"""How full a part is before a better border wins over a fuller part; the most that source and menu take of one."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """A suggestion with the number that typing chooses it by (0 for a link, which is opened) and its button, if any."""

    suggestion: Suggestion
    number: int
    button: Suggestion | None
    whole: bool  # whether the button shows all of it

    def line(self, text: str, language: str) -> str:
        """Return the suggestion as a line below `text`, which may hold the address of a link already."""
        label, url = self.suggestion.label, self.suggestion.url
        if url is None:
            return f"{self.number}. {label}"
        if url in text.split():
            return f"{label}: {_ABOVE[language]}"
        address = url.removeprefix(_CALL)
        return label if url.startswith(_CALL) and address in label else f"{label}: {address}"


def fit(reply: Reply, limits: Limits) -> tuple[Reply, ...]:
    """Return the messages to send for one reply, in order: as few as the limits allow, suggestions with the last.

    All parts keep outcome, facet, procedures and confidence; the sources stay with the last.
    """
    text = _composed(reply.text).strip()
    if not limits.suggestions:
        text = _without_taps(text)
    offers = _offers(reply.suggestions, limits)
    files = () if limits.attachments else reply.attachments
    parts = split(text, "\n".join((*_menu(offers, text), *_file_lines(files, text))), limits.text)
    bare = replace(reply, suggestions=(), attachments=(), sources=())
    last = replace(
        reply,
        text=parts[-1],
        suggestions=tuple(offer.button for offer in offers if offer.button),
        attachments=reply.attachments if limits.attachments else (),
    )
    return (*(replace(bare, text=part) for part in parts[:-1]), last)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def length(text: str) -> int:
    """Return how long a text is where it counts most: in UTF-16 units, of which an emoji has two (Telegram)."""
    return len(text) + sum(char > "\uffff" for char in text)


def split(text: str, ending: str, limit: int) -> list[str]:
    """Return `text` and `ending` in parts of at most `limit`; source lines and ending follow the text's last words."""
    place = _source_place(text)
    body, closing = text[:place].rstrip(), _joined(text[place:], ending)
    if length(closing) > limit * _SHARE:
        body, closing = _joined(text, ending), ""
    parts = []
    while length(body) > limit:
        head, body = _cut(body, limit)
        parts.append(head)
    if length(_joined(body, closing)) > limit:
        head, body = _last_words(body, limit - length(closing) - 1)
        parts.append(head)
    return [*parts, _joined(body, closing)]


def _source_place(text: str) -> int:
    """Return where the source lines that close a text begin, or its end where it names none."""
    places = [match.start() for mark in SOURCE_MARKS for match in re.finditer(f"^{mark}", text, re.MULTILINE)]
    return min(places, default=len(text))


def _joined(*blocks: str) -> str:
    return "\n".join(block for block in blocks if block)


def _cut(text: str, limit: int) -> tuple[str, str]:
    """Part a text that is too long at its best border; inside a word only where that alone is too long."""
    most = _fitting(text, limit)
    for least, borders in ((most * _SHARE, _BORDERS), (1, _BORDERS), (1, (_BLANK,))):
        for border in borders:
            # One character more, so that a part may end right before a blank.
            ends = [match.start() for match in border.finditer(text[: most + 1]) if match.start() >= least]
            if ends:
                return text[: ends[-1]], text[ends[-1] :].strip()
    return text[:most], text[most:]


def _last_words(text: str, room: int) -> tuple[str, str]:
    """Part a text so that what closes it takes at most `room`; all of it goes first where no border allows that."""
    for border in (*_BORDERS, _BLANK):
        starts = [match.end() for match in border.finditer(text) if length(text[match.end() :]) <= room]
        if starts:
            return text[: starts[0]].rstrip(), text[starts[0] :]
    return text, ""


def _fitting(text: str, limit: int) -> int:
    """Return how many characters of a text take at most `limit` units, at least one."""
    place = min(len(text), limit)
    while place > 1 and (over := length(text[:place]) - limit) > 0:
        place -= max(1, over // 2)
    return max(1, place)


def _offers(suggestions: Sequence[Suggestion], limits: Limits) -> list[_Offer]:
    """Number the choices and give buttons to as many of the first suggestions as the channel has.

    Where the label of a choice must be cut, all choices carry their number, to be found in the text.
    """
    named = [replace(suggestion, label=_composed(suggestion.label).removesuffix(_OPENS)) for suggestion in suggestions]
    numbered = any(one.payload is not None and len(one.label) > limits.label for one in named)
    offers: list[_Offer] = []
    number, free = 0, limits.suggestions
    for suggestion in named:
        choice = suggestion.payload is not None
        number += choice
        full = f"{number}. {suggestion.label}" if choice and numbered else suggestion.label
        has_button = free > 0 and _can_be_button(suggestion, limits)
        free -= has_button
        button = replace(suggestion, label=shorten(full, limits.label)) if has_button else None
        offers.append(_Offer(suggestion, number if choice else 0, button, button is not None and button.label == full))
    return offers


def _can_be_button(suggestion: Suggestion, limits: Limits) -> bool:
    if suggestion.url is None:
        return True
    return limits.calls_as_buttons if suggestion.url.startswith(_CALL) else limits.links_as_buttons


def _menu(offers: list[_Offer], text: str) -> list[str]:
    """Return the lines that tell what no button tells in full, choices first; what the text lists is not repeated."""
    language = _language(offers, text)
    lines = [(offer, offer.line(text, language)) for offer in offers]
    untold = [(offer, line) for offer, line in lines if not offer.whole]
    choices = [line for offer, line in untold if offer.number and not _lists(text, line)]
    links = [line for offer, line in untold if not offer.number and not _calls_known(offer.suggestion, text)]
    heading = _MORE if any(offer.number and _lists(text, line) for offer, line in lines) else _MENU
    return [*([heading[language], *choices] if choices else []), *links]


def _language(offers: Iterable[_Offer], text: str) -> str:
    """Return "vi" or "en": an English answer may offer Vietnamese names, and a bare text has no source line to tell."""
    if any(re.search(f"^{mark}", text, re.MULTILINE) for mark in SOURCE_MARKS):
        return "en" if re.search(f"^{SOURCE_MARKS[1]}", text, re.MULTILINE) else "vi"
    return "vi" if any(has_accents(offer.suggestion.label) for offer in offers) else "en"


def _without_taps(text: str) -> str:
    for tapped, typed in TYPED:
        text = text.replace(tapped, typed)
    return text


def _lists(text: str, line: str) -> bool:
    """Tell whether a line of the text begins so: "2. Sửa giấy khai sinh (tại xã)" lists "2. Sửa giấy khai sinh"."""
    return re.search(rf"^\s*{re.escape(line)}(?!\w)", text, re.MULTILINE) is not None


def _calls_known(suggestion: Suggestion, text: str) -> bool:
    """Tell whether a suggestion dials a number that the text names already."""
    call = (suggestion.url or "").startswith(_CALL)
    number = re.escape((suggestion.url or "").removeprefix(_CALL))
    return call and re.search(rf"(?<!\d){number}(?!\d)", text) is not None


def _file_lines(files: Iterable[Attachment], text: str) -> list[str]:
    named = [(_composed(file.name), file.url) for file in files]
    return [f"📄 {name}: {url}" for name, url in named if not (name in text and url in text)]

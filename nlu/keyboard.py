"""What a keyboard leaves behind: raw Telex and VNI keystrokes ("ddawng kys", "d9a8ng ky1" → "đăng ký"), held keys.

Many English words are also possible keystrokes ("how", "see"), and so are form codes ("NA5"). So nothing is read
unless one word of the text can hardly be anything else; then the weaker ones around it are read too.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_HORN = {"a": "ă", "o": "ơ", "u": "ư"}
_HAT = {"a": "â", "e": "ê", "o": "ô"}
_VNI_SHAPES = {"6": _HAT, "7": {"o": "ơ", "u": "ư"}, "8": {"a": "ă"}}
_VOWELS = frozenset("aăâeêioôơuưy")
_HELD = re.compile(r"(\D)\1+")
_HELD_LONG = re.compile(r"(\D)\1\1+")
_SAYABLE = re.compile(r"\D*[aeiouyăâêôơưĩũà-ýạ-ỹ]\D*")  # an abbreviation ("cccd") has no vowel
_ROMAN = re.compile(r"[ivxl]+")
# English words that two keystrokes would also turn into a Vietnamese syllable.
_ENGLISH = re.compile(
    r"t?here|these|three|bee|see|too|tee|inn|beef|been|cows|down|laws|lows|moons?|now|reef|rooms?|rows|seems?"
    r"|teens?|towns?"
)

_SYLLABLE = re.compile(
    r"(?P<onset>ngh|ng|nh|gh|gi(?=[aăâeêoôơuư])|kh|ph|th|tr|ch|qu(?=[aăâeêioơy])|[bcdđghklmnpqrstvx])?"
    r"(?:(?P<open>uyê(?=n|t)|oai|oay|oao|oeo|iêu|yêu|uôi|ươi|ươu|uya|uyu|uây"
    r"|ai|ao|au|ay|âu|ây|eo|êu|ia|iu|oi|ôi|ơi|ua|ui|ưa|ưi|ưu|oa|oe|uê|uơ|uy|[aeêioôơuưy])"
    r"|(?P<closed>uyê|iê|yê|uô|ươ|oa|oă|oe|uâ|uê|uy|[aăâeêioôơuưy])(?P<coda>ch|ng|nh|[cmnpt]))"
)


def read_keystrokes(text: str) -> str:
    """Return the text with leftover keystrokes read, where it clearly has some."""
    read = {match.start(): _read(match[0]) for match in _WORD.finditer(text)}
    if not any(result and result[1] for result in read.values()):
        return text

    def replace(match: re.Match[str]) -> str:
        result = read[match.start()]
        return result[0] if result else match[0]

    return _WORD.sub(replace, text)


def release_keys(text: str) -> str:
    """Return the text with letters of keys held too long taken once: "cháyy nhà rồii" → "cháy nhà rồi"."""
    return _WORD.sub(lambda match: _released(match[0]), text)


def _released(word: str) -> str:
    """Vietnamese doubles no letter; a word without accents may be English, unless its end is held ("xinn")."""
    lower = word.lower()
    if not _HELD.search(lower) or _ROMAN.fullmatch(lower) or not _SAYABLE.fullmatch(lower):
        return word
    if not word.isascii():
        return _HELD.sub(r"\1", word)
    shorter = _HELD_LONG.sub(r"\1", word)
    end = _HELD.search(shorter, len(shorter) - 2)
    doubled = end is not None and end[0] != "uu"  # "cuu" is "cứu" without its accents
    if doubled and not word.isupper() and not _ENGLISH.fullmatch(lower) and _SYLLABLE.fullmatch(shorter[:-1].lower()):
        return shorter[:-1]
    return shorter


def _read(word: str) -> tuple[str, bool] | None:
    """Return the word meant and whether the keystrokes are beyond doubt; None when it is no keystroke spelling."""
    if not word.isascii() or word.isupper() or len(word) < 3:
        return None
    lower = word.lower()
    pressed = _press_vni(lower) if any(char.isdigit() for char in lower) else _press_telex(lower)
    if pressed is None:
        return None
    letters, tone, count = pressed
    spelt = _place_tone(letters, tone)
    if spelt is None:
        return None
    sure = count >= 2 or bool(re.search(r"\d[a-z]|(?:ch|nh|[cmngpt])[fjx]$", lower))
    return (spelt.capitalize() if word[0].isupper() else spelt), sure and not _ENGLISH.fullmatch(lower)


def _press_telex(word: str) -> tuple[str, str, int] | None:
    letters, tone, count = "", "", 0
    for char in word:
        vowel_seen = any(letter in _VOWELS for letter in letters)
        if char in _TELEX_TONES and vowel_seen:
            if tone:
                return None
            tone, count = _TELEX_TONES[char], count + 1
        elif char == "w" and (bent := _bend(letters, _HORN)):
            letters, count = bent, count + 1
        elif char == "d" and letters.startswith("d"):
            letters, count = "đ" + letters[1:], count + 2
        elif char in _HAT and char in letters[-3:] and (bent := _bend(letters, {char: _HAT[char]})):
            letters, count = bent, count + 1
        else:
            letters += char
    return (letters, tone, count) if count else None


def _press_vni(word: str) -> tuple[str, str, int] | None:
    letters, tone, count = "", "", 0
    for char in word:
        if char in _VNI_TONES and not tone:
            tone, count = _VNI_TONES[char], count + 1
        elif char in _VNI_SHAPES and (bent := _bend(letters, _VNI_SHAPES[char])):
            letters, count = bent, count + 1
        elif char == "9" and letters.startswith("d"):
            letters, count = "đ" + letters[1:], count + 2
        elif char.isdigit():
            return None
        else:
            letters += char
    return (letters, tone, count) if count else None


def _bend(letters: str, shapes: dict[str, str]) -> str:
    """Return the letters with the last vowel that takes this shape changed; "uo" becomes "ươ" as one."""
    if shapes.get("u") == "ư" and "uo" in letters:
        return letters.replace("uo", "ươ", 1)
    place = max((letters.rfind(vowel) for vowel in shapes), default=-1)
    return letters[:place] + shapes[letters[place]] + letters[place + 1 :] if place >= 0 else ""


def _place_tone(letters: str, tone: str) -> str | None:
    """Return the syllable with its tone on the right vowel, or None when Vietnamese has no such syllable."""
    match = _SYLLABLE.fullmatch(letters)
    if not match:
        return None
    nucleus, coda = match["open"] or match["closed"], match["coda"] or ""
    if coda in {"c", "ch", "p", "t"} and tone not in {"\u0301", "\u0323"}:
        return None
    start = len(match["onset"] or "")
    shaped = [index for index, vowel in enumerate(nucleus) if vowel in "ăâêôơư"]
    if shaped:
        index = shaped[-1]
    elif len(nucleus) == 1:
        index = 0
    else:
        index = len(nucleus) - 1 if coda else len(nucleus) - 2
    cut = start + index + 1
    return unicodedata.normalize("NFC", letters[:cut] + tone + letters[cut:])

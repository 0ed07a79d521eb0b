"""Common words of Vietnamese and English, from the frequency lists inside the Python package `wordfreq`.

Its files are read without importing it, as importing pulls in more packages for other languages.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import msgpack  # type: ignore[import-untyped]

LANGUAGES = ("vi", "en")


def common_words() -> Iterator[str]:
    """Every word that occurs at least once a million words, in small letters and with a capital.

    Raises ModuleNotFoundError when wordfreq is not installed.
    """
    spec = find_spec("wordfreq")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("Package wordfreq is missing: install the extra `models`.")
    for language in LANGUAGES:
        packed = Path(spec.origin).parent / "data" / f"small_{language}.msgpack.gz"
        # A header, then one list of words for each step of frequency, most frequent first.
        _header, *steps = msgpack.unpackb(gzip.decompress(packed.read_bytes()))
        for word in (word for step in steps for word in step):
            yield word
            yield word.capitalize()

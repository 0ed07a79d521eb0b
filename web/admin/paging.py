"""A long list in pages: which part is shown, and the links to the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from aiohttp import web

PAGE_SIZE = 50
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[_Item]):
    """One page of a list; `kept` is the query that the links to other pages carry along."""

    items: Sequence[_Item]
    number: int
    pages: int
    total: int
    kept: str

    def link(self, number: int) -> str:
        """Return the address of another page of the same list."""
        return f"?{self.kept}&page={number}" if self.kept else f"?page={number}"

    @property
    def first(self) -> int:
        """The number of the first item shown, from 1; 0 where there is none."""
        return (self.number - 1) * PAGE_SIZE + 1 if self.items else 0

    @property
    def last(self) -> int:
        """The number of the last item shown."""
        return self.first + len(self.items) - 1 if self.items else 0


def cut(items: Sequence[_Item], number: int, kept: str = "") -> Page[_Item]:
    """Return a page of a whole list; beyond the last comes the last."""
    pages = max(1, -(-len(items) // PAGE_SIZE))
    number = min(max(number, 1), pages)
    start = (number - 1) * PAGE_SIZE
    return Page(items[start : start + PAGE_SIZE], number, pages, len(items), kept)


def page_number(request: web.Request) -> int:
    """Return the page that the address asks for, 1 where it asks for none."""
    asked = request.query.get("page", "")
    return int(asked) if asked.isdecimal() and len(asked) < 7 else 1

"""What all commands share: where they print, how they fail, how they open the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from web.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

errors = Console(stderr=True, highlight=False)
output = Console(highlight=False, soft_wrap=True)


class Failure(click.ClickException):
    """Something went wrong that the user can mend; the message says how. Exit code 1."""

    def show(self, file: Any = None) -> None:
        """Print the message in plain words."""
        errors.print(f"[red]Lỗi:[/red] {self.message}")


def open_engine(settings: Settings) -> Engine:
    """Open the database at the newest schema. Raises Failure when that cannot be done."""
    from sqlalchemy.exc import SQLAlchemyError

    from web import service

    try:
        return service.open_engine(settings)
    except (OSError, SQLAlchemyError) as error:
        raise Failure(f"không mở được cơ sở dữ liệu ({error}). Kiểm tra DATABASE_URL và MOTCUA_DATA.") from error

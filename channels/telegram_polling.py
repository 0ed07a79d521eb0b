"""Asking Telegram for updates, for an installation that it cannot reach: one poller a bot, and no webhook."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from telegram import BotCommand
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from channels.telegram import TelegramIntake
from channels.telegram_api import POLL_S, TelegramApi, failure_of
from channels.telegram_updates import ALLOWED_UPDATES, COMMANDS, update_number

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 60.0


async def poll(api: TelegramApi, intake: TelegramIntake, wait_s: int = POLL_S, first_wait_s: float = 1.0) -> None:
    """Take updates until cancelled, or until the token is refused; faults are waited out, longer each time.

    An update is acknowledged by asking for the ones after it, and that is done only when it is committed.
    """
    offset: int | None = None
    failures, told = 0, False
    while True:
        try:
            told = told or await _told(api)
            updates = await api.updates(offset, ALLOWED_UPDATES, wait_s)
            await intake.take(updates)
            offset, failures = _after(updates, offset), 0
        except InvalidToken:
            log.error("Telegram refuses TELEGRAM_TOKEN; polling ends. Ask @BotFather for the token, then start again")
            return
        except Conflict:
            # A webhook is not removed here: it may be that of the server in use, and this one somebody's trial.
            log.error(
                "another program polls with this TELEGRAM_TOKEN, or a webhook is set (`motcua telegram status` tells; "
                "`motcua telegram delete-webhook` ends it); only one of them can have the updates"
            )
            failures += 1
        except TelegramError as error:
            failures += 1
            log.warning("Telegram could not be asked: %s", failure_of(error).reason)
            if isinstance(error, RetryAfter):
                await asyncio.sleep(failure_of(error).retry_after or 0)
        except Exception:
            failures += 1
            log.exception("updates could not be stored; asking for them again")
        if failures:
            await asyncio.sleep(min(first_wait_s * 2 ** min(failures - 1, 10), LONGEST_WAIT_S))


async def tell_commands(api: TelegramApi) -> None:
    """Show our commands in the menu of the chat."""
    await api.bot.set_my_commands([BotCommand(name, told) for name, (told, _) in COMMANDS.items()])


async def _told(api: TelegramApi) -> bool:
    """Try to show the commands: without the menu messages arrive all the same."""
    try:
        await tell_commands(api)
    except InvalidToken:
        raise
    except TelegramError as error:
        log.warning("the menu of commands could not be set: %s", failure_of(error).reason)
        return False
    return True


def _after(updates: list[object], offset: int | None) -> int | None:
    """Return the number to ask from next."""
    numbers = [update_number(update) for update in updates if isinstance(update, Mapping)]
    return max(numbers) + 1 if numbers else offset

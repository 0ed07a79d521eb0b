"""Our actions behind Rasa's own action server, as `rasa run actions` would run them: python action_server.py PORT.

`rasa run actions` makes every action without arguments; ours are given the catalogue and the search, so the server's
executor is told which ones there are instead of looking for their classes.
"""

from __future__ import annotations

import os
import sys

from rasa_sdk import endpoint
from rasa_sdk.executor import ActionExecutor

from bot.actions import all_actions
from bot.answering import Answering
from bot.handoff import Handoff
from storage.tickets import Tickets
from web.cli import CONFIG
from web.service import open_engine, open_knowledge
from web.settings import load_settings


class OurActions(ActionExecutor):
    """An executor that holds our actions, whatever package it is asked to load."""

    def register_package(self, package: object) -> None:
        """Register every action, ready to run."""
        settings = load_settings(CONFIG, os.environ)
        engine = open_engine(settings)
        knowledge = open_knowledge(settings, engine)
        answering = Answering(knowledge.catalog, knowledge.live)
        for action in all_actions(answering, Handoff(Tickets(engine), settings.staff_hours)):
            self.register_action(action)


if __name__ == "__main__":
    endpoint.ActionExecutor = OurActions
    endpoint.run("bot.actions", port=int(sys.argv[1]))

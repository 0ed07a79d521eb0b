"""The pages are tested with the same parts as the channel."""

from tests.channels.conftest import app, assistant, client, conversations, settings

__all__ = ["app", "assistant", "client", "conversations", "settings"]

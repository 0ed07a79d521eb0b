"""Versions of procedures, drafts, FAQ entries and what sync remembers."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Drop them again."""

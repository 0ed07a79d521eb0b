"""Where to go: the offices of communes and provinces."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables."""


def downgrade() -> None:
    """Drop them again."""

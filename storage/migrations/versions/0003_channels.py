"""Inbox, outbox, tokens and the state of the channels."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "people",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("sender_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "sender_id", name="pk_people"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_people_conversation_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("conversation_id", name="uq_people_conversation_id"),
    )
    op.create_table(
        "lanes",
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "conversation_id", name="pk_lanes"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_lanes_conversation_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_lanes_queue_due_at", "lanes", ["queue", "due_at"])
    op.create_table(
        "inbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("sender_id", sa.String(), nullable=False),
        sa.Column("body", sa.JSON()),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_inbox_conversation_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("conversation_id", "delivery_id", name="uq_inbox_conversation_id_delivery_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_conversation_id_status", "inbox", ["conversation_id", "status"])
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("part", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("service_id", sa.String()),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_outbox_conversation_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("conversation_id", "key", name="uq_outbox_conversation_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_conversation_id_status", "outbox", ["conversation_id", "status"])
    op.create_table(
        "suggestion_tokens",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "token", name="pk_suggestion_tokens"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_suggestion_tokens_conversation_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "zalo_tokens",
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("oa_id", sa.String()),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("authorised_at", sa.DateTime(), nullable=False),
        sa.Column("fault", sa.Text()),
        sa.Column("leased_by", sa.String()),
        sa.Column("leased_until", sa.DateTime()),
        sa.PrimaryKeyConstraint("app_id", name="pk_zalo_tokens"),
    )
    op.create_table(
        "zalo_takeovers",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_zalo_takeovers"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_zalo_takeovers_conversation_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "channel_pauses",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_channel_pauses"),
    )
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_created_at", "audit", ["created_at"])


def downgrade() -> None:
    """Drop them again."""
    for table in ("suggestion_tokens", "outbox", "inbox", "lanes", "people"):
        op.drop_table(table)
    op.drop_table("audit")
    op.drop_table("channel_pauses")
    op.drop_table("zalo_takeovers")
    op.drop_table("zalo_tokens")

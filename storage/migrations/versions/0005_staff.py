"""The staff side: accounts, the desk, marks, ratings, regression cases."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "staff",
        sa.Column("id", ID, nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("totp_secret", sa.Text()),
        sa.Column("totp_used", sa.BigInteger()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("presence", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("login", name="uq_staff_login"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "staff_sessions",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_staff_sessions"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_sessions_staff_id", ondelete="CASCADE"),
    )
    op.create_index("ix_staff_sessions_staff_id", "staff_sessions", ["staff_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("id", ID, nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("failed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_failures"),
    )
    op.create_index("ix_sign_in_failures_login_source_failed_at", "sign_in_failures", ["login", "source", "failed_at"])
    op.create_index("ix_sign_in_failures_source_failed_at", "sign_in_failures", ["source", "failed_at"])
    op.create_table(
        "desk",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("holder_id", ID),
        sa.Column("lease_until", sa.DateTime()),
        sa.Column("code", sa.String()),
        sa.Column("waiting_since", sa.DateTime()),
        sa.Column("taken_at", sa.DateTime()),
        sa.Column("answered_at", sa.DateTime()),
        sa.Column("closed_at", sa.DateTime()),
        sa.Column("wrap_up", sa.String()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_desk"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_desk_conversation_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["holder_id"], ["staff.id"], name="fk_desk_holder_id"),
    )
    op.create_index("ix_desk_holder_id", "desk", ["holder_id"])
    op.create_index("ix_desk_status_waiting_since", "desk", ["status", "waiting_since"])
    op.create_table(
        "desk_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("staff_id", sa.BigInteger()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_desk_events_created_at", "desk_events", ["created_at"])
    op.create_table(
        "staff_messages",
        sa.Column("message_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("answers", sa.BigInteger()),
        sa.Column("draft", sa.JSON()),
        sa.PrimaryKeyConstraint("message_id", name="pk_staff_messages"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_staff_messages_message_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_messages_staff_id"),
        sa.UniqueConstraint("staff_id", "key", name="uq_staff_messages_staff_id_key"),
    )
    op.create_table(
        "canned_replies",
        sa.Column("id", ID, nullable=False),
        sa.Column("shortcut", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_canned_replies"),
        sa.UniqueConstraint("shortcut", name="uq_canned_replies_shortcut"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "approval_settings",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("below", sa.Float(), nullable=False),
        sa.Column("wait_s", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_approval_settings"),
    )
    op.create_table(
        "held_answers",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("replies", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", ID),
        sa.Column("decided_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_held_answers"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_held_answers_conversation_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name="fk_held_answers_decided_by"),
        sa.UniqueConstraint("conversation_id", "message_id", name="uq_held_answers_conversation_id_message_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_held_answers_status_due_at", "held_answers", ["status", "due_at"])
    op.create_table(
        "marks",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", sa.String()),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("code", sa.String()),
        sa.Column("right_code", sa.String()),
        sa.Column("facet", sa.String()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("became", sa.String()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("decided_by", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_marks"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_marks_conversation_id", ondelete="SET NULL"),
        sa.UniqueConstraint("entry_id", "mark", name="uq_marks_entry_id_mark"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_marks_status_created_at", "marks", ["status", "created_at"])
    op.create_table(
        "ratings",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.Column("comment", sa.Text()),
        sa.Column("rated_at", sa.DateTime()),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String()),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_ratings"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_ratings_conversation_id", ondelete="CASCADE"),
    )
    op.create_table(
        "regressions",
        sa.Column("id", ID, nullable=False),
        sa.Column("case", sa.JSON(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_regressions"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "checks",
        sa.Column("id", ID, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("fallen", sa.JSON(), nullable=False),
        sa.Column("wrong", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_checks"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_checks_started_at", "checks", ["started_at"])
    op.add_column("offices", sa.Column("removed_at", sa.DateTime()))
    with op.batch_alter_table("questions") as questions:
        questions.add_column(sa.Column("message_id", sa.String()))
        questions.add_column(sa.Column("facet", sa.String()))
        questions.add_column(sa.Column("mended_at", sa.DateTime()))
        questions.add_column(sa.Column("mended_by", sa.String()))
        questions.add_column(sa.Column("mended_how", sa.String()))
    op.create_index("ix_questions_conversation_id", "questions", ["conversation_id"])
    op.create_index("ix_conversations_updated_at", "conversations", ["updated_at"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_conversations_updated_at", "conversations")
    with op.batch_alter_table("offices") as offices:
        offices.drop_column("removed_at")
    op.drop_index("ix_questions_conversation_id", "questions")
    with op.batch_alter_table("questions") as questions:
        for column in ("mended_how", "mended_by", "mended_at", "facet", "message_id"):
            questions.drop_column(column)
    for table in (
        "checks",
        "regressions",
        "ratings",
        "marks",
        "held_answers",
        "approval_settings",
        "canned_replies",
        "staff_messages",
        "desk_events",
        "desk",
        "sign_in_failures",
        "staff_sessions",
        "staff",
    ):
        op.drop_table(table)

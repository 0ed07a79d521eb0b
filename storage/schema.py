"""The tables, in types that mean the same on SQLite and PostgreSQL. `migrations` makes them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: kept in UTC without a zone (SQLite has none), given back as an aware datetime."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Drop the zone after going to UTC; a datetime without a zone is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment to store needs its time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say again that it is UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


# SQLite counts rows by itself only in a column of type INTEGER.
_ID = BigInteger().with_variant(Integer, "sqlite")
_JSON = JSON(none_as_null=True)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("token_hash", String),  # null: opened by a channel that proves its senders in its own way
    Column("held_by", String),  # the member of staff who took it over
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", _ID, primary_key=True),  # also the id of the event that tells of it, so never used twice
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("message_id", String),  # the channel's delivery id, shared by a message and its replies; null: by staff
    Column("position", Integer, nullable=False),  # of a reply among the replies to one message
    Column("role", String, nullable=False),  # citizen | assistant | staff
    Column("body", _JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("conversation_id", "message_id", "role", "position"),
    Index(None, "conversation_id", "id"),
    sqlite_autoincrement=True,
)

trackers = Table(
    "trackers",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("state", _JSON, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

procedures = Table(
    "procedures",
    metadata,
    Column("code", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("status", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("origin", String, nullable=False),  # starter | import
    Column("fingerprint", String, nullable=False),
    Column("record", _JSON, nullable=False),
    Column("updated_at", Date),  # when the publisher last changed it
    Column("imported_at", UtcDateTime, nullable=False),
)

aliases = Table(
    "aliases",
    metadata,
    Column("code", ForeignKey("procedures.code", ondelete="CASCADE"), primary_key=True),
    Column("origin", String, primary_key=True),
    Column("role", String, primary_key=True),  # alias | question
    Column("position", Integer, primary_key=True),
    Column("alias", Text, nullable=False),
)

catalogue_versions = Table(
    "catalogue_versions",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("origin", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("fingerprint", String),  # of the files it was made from, to see at once that nothing is new
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    sqlite_autoincrement=True,
)

questions = Table(
    "questions",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="SET NULL")),
    Column("text", Text, nullable=False),  # personal numbers already masked
    Column("outcome", String, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("codes", _JSON, nullable=False),
    Column("channel", String, nullable=False),
    Column("language", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "created_at"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="SET NULL")),
    Column("contact", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", String, nullable=False),  # waiting | done
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "status", "created_at"),
    sqlite_autoincrement=True,
)

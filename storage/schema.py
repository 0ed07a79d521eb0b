"""The tables, in types that mean the same on SQLite and PostgreSQL. `migrations` makes them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
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
    Index(None, "updated_at"),
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
    Column("version", Integer, nullable=False),  # the row of procedure_versions that holds the record in force
    Column("origin", String, nullable=False),  # starter | import | portal | admin
    Column("fingerprint", String, nullable=False),
    Column("updated_at", Date),  # the newest date of its publisher that was ever in force: an older record yields
    Column("imported_at", UtcDateTime, nullable=False),
)

aliases = Table(
    "aliases",
    metadata,
    Column("code", ForeignKey("procedures.code", ondelete="CASCADE"), primary_key=True),
    Column("origin", String, primary_key=True),
    Column("role", String, primary_key=True),  # alias | question | removed
    Column("position", Integer, primary_key=True),
    Column("alias", Text, nullable=False),
)

catalogue_versions = Table(
    "catalogue_versions",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("origin", String, nullable=False),
    Column("author", String, nullable=False, server_default=""),  # empty: a program did it by itself
    Column("note", Text, nullable=False),
    Column("fingerprint", String),  # of the files it was made from, to see at once that nothing is new
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    sqlite_autoincrement=True,
)

procedure_versions = Table(
    "procedure_versions",
    metadata,
    Column("code", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("change_id", ForeignKey("catalogue_versions.id")),  # null: a draft, or older than this table
    Column("status", String, nullable=False),  # draft | scheduled | published | withdrawn
    Column("kind", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("record", _JSON, nullable=False),
    Column("names", _JSON),  # what people called it then: {"aliases": […], "questions": […]}; null: not kept
    Column("author", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("updated_at", Date),  # when the publisher last changed it
    Column("effective_on", Date),
    Column("expires_on", Date),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "change_id"),
    Index(None, "status", "effective_on"),
)

faqs = Table(
    "faqs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),  # of the version; nothing is overwritten
    Column("change_id", ForeignKey("catalogue_versions.id")),  # null: a draft
    Column("status", String, nullable=False),  # draft | published | withdrawn
    Column("code", ForeignKey("procedures.code", ondelete="CASCADE"), nullable=False),
    Column("facet", String, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("source_title", Text, nullable=False),
    Column("source_url", Text, nullable=False),
    Column("valid_until", Date),
    Column("author", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "code"),
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
    Column("message_id", String),  # of the citizen's message it was
    Column("facet", String),
    Column("mended_at", UtcDateTime),  # when an editor made sure that it is answered now
    Column("mended_by", String),
    Column("mended_how", String),  # storage.asked.Mended
    Index(None, "created_at"),
    Index(None, "conversation_id"),
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

portal_records = Table(
    "portal_records",
    metadata,
    Column("id", String, primary_key=True),  # the portal's own
    Column("code", String, nullable=False),
    Column("internal", Boolean, nullable=False),  # the administration's own, never shown to citizens
    Column("mark", String, nullable=False),  # of the item in the portal's list, to see that something changed
    Column("updated_at", BigInteger, nullable=False),  # as the portal says, milliseconds since 1970
    Column("fingerprint", String, nullable=False),
    Column("row", _JSON),  # what was read, until it is in the catalogue
    Column("fetched_at", UtcDateTime, nullable=False),
)

zalo_tokens = Table(
    "zalo_tokens",
    metadata,
    Column("app_id", String, primary_key=True),
    Column("oa_id", String),
    Column("seed", String, nullable=False),  # a hash of the refresh token in the settings that began the chain
    Column("access_token", Text, nullable=False),  # both sealed with the app's secret
    Column("refresh_token", Text, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("authorised_at", UtcDateTime, nullable=False),  # when a person last allowed the app
    Column("fault", Text),  # why the chain is broken
    Column("leased_by", String),  # who may renew now
    Column("leased_until", UtcDateTime),
)

people = Table(
    "people",
    metadata,
    Column("channel", String, primary_key=True),
    Column("sender_id", String, primary_key=True),  # the service's id of the person, and nothing else about them
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    UniqueConstraint("conversation_id"),
)

lanes = Table(
    "lanes",
    metadata,
    Column("queue", String, primary_key=True),  # inbox | outbox
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),  # when the next of this conversation may be claimed
    Index(None, "queue", "due_at"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("channel", String, nullable=False),
    Column("delivery_id", String, nullable=False),
    Column("sender_id", String, nullable=False),
    Column("body", _JSON),  # what was said, not yet masked, but sealed; null once it was handled
    Column("sent_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("status", String, nullable=False),  # storage.queues.Status
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),  # not before this
    Column("reason", Text),  # why it was given up or tried again
    UniqueConstraint("conversation_id", "delivery_id"),
    Index(None, "conversation_id", "status"),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("channel", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("key", String, nullable=False),  # what it answers, which reply of it, which part: never sent twice
    Column("part", _JSON, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("uncertain", Integer, nullable=False),  # attempts of which nobody knows whether they arrived
    Column("due_at", UtcDateTime, nullable=False),
    Column("service_id", String),  # the service's id of what was sent
    Column("reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    UniqueConstraint("conversation_id", "key"),
    Index(None, "conversation_id", "status"),
    sqlite_autoincrement=True,
)

suggestion_tokens = Table(
    "suggestion_tokens",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("token", String, primary_key=True),
    Column("payload", String, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
)

zalo_takeovers = Table(
    "zalo_takeovers",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("answered_at", UtcDateTime, nullable=False),  # when staff last wrote in the account's own console
)

channel_pauses = Table(
    "channel_pauses",
    metadata,
    Column("channel", String, primary_key=True),  # or "all"
    Column("number", BigInteger, nullable=False),  # of its line in the audit
    Column("reason", Text, nullable=False),  # told to citizens
    Column("author", String, nullable=False),
    Column("silent", Boolean, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("action", String, nullable=False),  # what was done, such as channel.pause
    Column("subject", String, nullable=False),  # to what
    Column("author", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "created_at"),
    sqlite_autoincrement=True,
)

offices = Table(
    "offices",
    metadata,
    Column("unit", String, primary_key=True),  # code of the commune or province (knowledge.places)
    Column("name", String, primary_key=True),
    Column("address", Text, nullable=False),
    Column("hours", Text, nullable=False),
    Column("phone", String, nullable=False),
    Column("map_url", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("verified_on", Date, nullable=False),
    Column("removed_at", UtcDateTime),  # nobody is told of it from then on; null: in use
)

staff = Table(
    "staff",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("login", String, nullable=False, unique=True),  # lower case
    Column("name", String, nullable=False),  # as citizens and colleagues see it
    Column("role", String, nullable=False),  # agent | supervisor | editor | administrator
    Column("password_hash", String, nullable=False),  # argon2id
    Column("must_change", Boolean, nullable=False),  # the password was given by somebody else
    Column("totp_secret", Text),  # sealed; null: no second factor
    Column("totp_used", BigInteger),  # the newest time step whose code was used, which is not taken again
    Column("active", Boolean, nullable=False),
    Column("presence", String, nullable=False),  # online | away, as the person set it
    Column("seen_at", UtcDateTime),  # when a page of the desk last showed that the person is there
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    Column("csrf", String, nullable=False),
    Column("agent", Text, nullable=False),  # the browser, in words, for the person's own list of sessions
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index(None, "staff_id"),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("login", String, nullable=False),
    Column("source", String, nullable=False),  # a hash of the address or of the known browser it came from
    Column("failed_at", UtcDateTime, nullable=False),
    Index(None, "login", "source", "failed_at"),
    Index(None, "source", "failed_at"),
)

desk = Table(
    "desk",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("status", String, nullable=False),  # waiting | held | done; a conversation without a row is the assistant's
    Column("reason", String, nullable=False),  # asked | approval | unanswered | left: why it came to the desk
    Column("holder_id", ForeignKey("staff.id")),
    Column("lease_until", UtcDateTime),  # whoever holds it keeps it until then; renewed while a page is open
    Column("code", String),  # the procedure talked about
    Column("waiting_since", UtcDateTime),
    Column("taken_at", UtcDateTime),
    Column("answered_at", UtcDateTime),  # the first word of staff after it came
    Column("closed_at", UtcDateTime),
    Column("wrap_up", String),  # why it was closed
    Column("note", Text, nullable=False),  # from colleague to colleague
    Column("changed_at", UtcDateTime, nullable=False),
    Index(None, "status", "waiting_since"),
    Index(None, "holder_id"),
)

desk_events = Table(
    "desk_events",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation_id", String),  # null: about a member of staff or the settings
    Column("kind", String, nullable=False),
    Column("staff_id", BigInteger),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "created_at"),
    sqlite_autoincrement=True,
)

staff_messages = Table(
    "staff_messages",
    metadata,
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("key", String, nullable=False),  # given by the page: the same answer is kept once
    Column("answers", BigInteger),  # the citizen's entry it answers
    Column("draft", _JSON),  # the suggested answer it was made from: {"code", "facet", "text", "version"}
    UniqueConstraint("staff_id", "key"),
)

canned_replies = Table(
    "canned_replies",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("shortcut", String, nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("text", Text, nullable=False),  # with placeholders such as {anh_chi}
    Column("author", String, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

approval_settings = Table(
    "approval_settings",
    metadata,
    Column("channel", String, primary_key=True),
    Column("below", Float, nullable=False),  # answers stated with less confidence wait for an agent
    Column("wait_s", Integer, nullable=False),
    Column("author", String, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

held_answers = Table(
    "held_answers",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("message_id", String, nullable=False),
    Column("replies", _JSON, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("status", String, nullable=False),  # waiting | approved | edited | rejected | expired
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("decided_by", ForeignKey("staff.id")),
    Column("decided_at", UtcDateTime),
    UniqueConstraint("conversation_id", "message_id"),
    Index(None, "status", "due_at"),
    sqlite_autoincrement=True,
)

marks = Table(
    "marks",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="SET NULL")),
    Column("entry_id", BigInteger, nullable=False),  # the reply marked
    Column("mark", String, nullable=False),  # wrong_procedure | missing | good
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("code", String),  # told
    Column("right_code", String),  # that should have been told
    Column("facet", String),
    Column("note", Text, nullable=False),
    Column("author", String, nullable=False),
    Column("status", String, nullable=False),  # open | done | dismissed
    Column("became", String),  # alias:CODE:TEXT | faq:ID | correction:CODE@N | case:ID | why not
    Column("created_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String),
    UniqueConstraint("entry_id", "mark"),
    Index(None, "status", "created_at"),
    sqlite_autoincrement=True,
)

ratings = Table(
    "ratings",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False),  # at most once
    Column("score", Integer),  # 1 to 5; null: not answered
    Column("comment", Text),
    Column("rated_at", UtcDateTime),
    Column("by_staff", Boolean, nullable=False),  # whether a person had answered
    Column("code", String),
)

regressions = Table(
    "regressions",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("case", _JSON, nullable=False),  # a line of an evaluation file
    Column("codes", _JSON, nullable=False),
    Column("origin", String, nullable=False),  # mark:ID | question:ID | admin
    Column("author", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

checks = Table(
    "checks",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("scope", String, nullable=False),  # all | a procedure's code
    Column("started_by", String, nullable=False),  # a member of staff, or "nightly"
    Column("status", String, nullable=False),  # running | done | failed
    Column("count", Integer, nullable=False),  # of cases to run
    Column("done", Integer, nullable=False),
    Column("right", Integer, nullable=False),
    Column("fallen", _JSON, nullable=False),  # cases right before and wrong now
    Column("wrong", _JSON, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index(None, "started_at"),
    sqlite_autoincrement=True,
)

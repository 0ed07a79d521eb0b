"""Versions of procedures, drafts, FAQ entries and what sync remembers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables, and move the records in force into their versions."""
    op.add_column("catalogue_versions", sa.Column("author", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "procedure_versions",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("change_id", ID),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("names", sa.JSON()),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Date()),
        sa.Column("effective_on", sa.Date()),
        sa.Column("expires_on", sa.Date()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("code", "number", name="pk_procedure_versions"),
        sa.ForeignKeyConstraint(["change_id"], ["catalogue_versions.id"], name="fk_procedure_versions_change_id"),
    )
    op.create_index("ix_procedure_versions_change_id", "procedure_versions", ["change_id"])
    op.create_index("ix_procedure_versions_status_effective_on", "procedure_versions", ["status", "effective_on"])
    op.execute(
        "INSERT INTO procedure_versions (code, number, status, kind, origin, fingerprint, record, author, reason, "
        "updated_at, created_at) SELECT code, version, status, kind, origin, fingerprint, record, '', "
        "'Có từ trước khi lưu lịch sử', updated_at, imported_at FROM procedures"
    )
    op.drop_column("procedures", "record")
    op.create_table(
        "faqs",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("change_id", ID),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("facet", sa.String(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("source_title", sa.Text(), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date()),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", "number", name="pk_faqs"),
        sa.ForeignKeyConstraint(["change_id"], ["catalogue_versions.id"], name="fk_faqs_change_id"),
        sa.ForeignKeyConstraint(["code"], ["procedures.code"], name="fk_faqs_code", ondelete="CASCADE"),
    )
    op.create_index("ix_faqs_code", "faqs", ["code"])
    op.create_table(
        "portal_records",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("row", sa.JSON()),
        sa.Column("fetched_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_portal_records"),
    )


def downgrade() -> None:
    """Drop them again; of every procedure the edition in force stays."""
    op.drop_table("faqs")
    op.add_column("procedures", sa.Column("record", sa.JSON()))
    op.execute(
        "UPDATE procedures SET record = (SELECT record FROM procedure_versions AS v "
        "WHERE v.code = procedures.code AND v.number = procedures.version)"
    )
    op.drop_table("procedure_versions")
    op.drop_column("catalogue_versions", "author")
    op.drop_table("portal_records")

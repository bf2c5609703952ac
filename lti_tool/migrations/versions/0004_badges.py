"""Badges."""

import sqlalchemy as sa
from alembic import op

revision = "0004_badges"
down_revision = "0003_teams_credit_stacks"


def upgrade() -> None:
    """From 0003_teams_credit_stacks to 0004_badges."""
    op.create_table(
        "disclosure_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("disclosure", sa.String(32), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_disclosure_choice_credential_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_disclosure_choice_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_choice")),
        sa.UniqueConstraint(
            "person_id", "credential_id", name=op.f("uq_disclosure_choice_person_id_credential_id")
        ),
    )
    with op.batch_alter_table("disclosure_choice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_disclosure_choice_credential_id"), ["credential_id"], unique=False
        )

    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("disclosure", sa.String(32), server_default="levels", nullable=False)
        )
        batch_op.add_column(sa.Column("assessed_by", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=True))
        batch_op.add_column(sa.Column("credits", sa.JSON(), server_default="[]", nullable=False))
        batch_op.create_index(
            "ix_award_over",
            ["issuer_id"],
            unique=False,
            sqlite_where=sa.text("state IN ('revoked', 'superseded')"),
            postgresql_where=sa.text("state IN ('revoked', 'superseded')"),
        )

    with op.batch_alter_table("status_place", schema=None) as batch_op:
        batch_op.create_index(
            "ix_status_place_revoked",
            ["status_list_id", "place"],
            unique=False,
            sqlite_where=sa.text("is_revoked = 1"),
            postgresql_where=sa.text("is_revoked"),
        )


def downgrade() -> None:
    """Take 0004_badges back."""
    with op.batch_alter_table("status_place", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_status_place_revoked",
            sqlite_where=sa.text("is_revoked = 1"),
            postgresql_where=sa.text("is_revoked"),
        )

    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_award_over",
            sqlite_where=sa.text("state IN ('revoked', 'superseded')"),
            postgresql_where=sa.text("state IN ('revoked', 'superseded')"),
        )
        batch_op.drop_column("credits")
        batch_op.drop_column("hours")
        batch_op.drop_column("assessed_by")
        batch_op.drop_column("disclosure")

    with op.batch_alter_table("disclosure_choice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disclosure_choice_credential_id"))

    op.drop_table("disclosure_choice")

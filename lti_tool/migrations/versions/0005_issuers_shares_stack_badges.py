"""Issuers, shares, stack badges."""

import sqlalchemy as sa
from alembic import op

revision = "0005_issuers_shares_stack_badges"
down_revision = "0004_badges"


def upgrade() -> None:
    """From 0004_badges to 0005_issuers_shares_stack_badges."""
    op.create_table(
        "brought_badge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("stack", sa.String(length=255), nullable=False),
        sa.Column("stands_for", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("issuer_name", sa.String(length=255), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("brought_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_brought_badge_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_brought_badge_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_brought_badge_program_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brought_badge")),
        sa.UniqueConstraint("public_id", name=op.f("uq_brought_badge_public_id")),
    )
    with op.batch_alter_table("brought_badge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_brought_badge_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_brought_badge_program_id"), ["program_id"], unique=False
        )

    op.create_table(
        "issuing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("partner", sa.String(length=255), nullable=False),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuer.id"], name=op.f("fk_issuing_issuer_id")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_issuing_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuing")),
        sa.UniqueConstraint("program_id", "partner", name=op.f("uq_issuing_program_id_partner")),
    )
    with op.batch_alter_table("issuing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issuing_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "endorsement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("credential_version_id", sa.Integer(), nullable=True),
        sa.Column("award_id", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("endorsed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_list_id", sa.Integer(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_endorsement_award_id")),
        sa.ForeignKeyConstraint(
            ["credential_version_id"],
            ["credential_version.id"],
            name=op.f("fk_endorsement_credential_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuer.id"], name=op.f("fk_endorsement_issuer_id")
        ),
        sa.ForeignKeyConstraint(
            ["status_list_id"], ["status_list.id"], name=op.f("fk_endorsement_status_list_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endorsement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_endorsement_public_id")),
    )
    with op.batch_alter_table("endorsement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_endorsement_award_id"), ["award_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_endorsement_credential_version_id"),
            ["credential_version_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_endorsement_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "share_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Integer(), nullable=False),
        sa.Column("face", sa.String(32), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token", sa.String(length=255), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("viewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_share_link_award_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_link")),
        sa.UniqueConstraint("token", name=op.f("uq_share_link_token")),
    )
    with op.batch_alter_table("share_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_share_link_award_id"), ["award_id"], unique=False)

    op.create_table(
        "evidence_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Integer(), nullable=False),
        sa.Column("artifact_id", sa.Integer(), nullable=False),
        sa.Column("face", sa.String(32), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id"],
            ["artifact.id"],
            name=op.f("fk_evidence_choice_artifact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["award_id"], ["award.id"], name=op.f("fk_evidence_choice_award_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_choice")),
        sa.UniqueConstraint(
            "award_id", "artifact_id", name=op.f("uq_evidence_choice_award_id_artifact_id")
        ),
    )
    with op.batch_alter_table("evidence_choice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_evidence_choice_artifact_id"), ["artifact_id"], unique=False
        )

    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("kind", sa.String(32), server_default="credential", nullable=False)
        )
        batch_op.add_column(
            sa.Column("is_findable", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
        batch_op.add_column(sa.Column("replaced_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("endorsed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("program_version_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("stack", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("parts", sa.JSON(), nullable=True))
        batch_op.alter_column("credential_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.alter_column("credential_version_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index("ix_award_version", ["credential_version_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_award_program_version_id"),
            "program_version",
            ["program_version_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_award_replaced_by_id"), "award", ["replaced_by_id"], ["id"]
        )

    with op.batch_alter_table("issuer", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("parent_name", sa.String(length=255), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("parent_url", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("own_keys_since", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("signing_key", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("holder", sa.String(length=255), server_default="", nullable=False)
        )


def downgrade() -> None:
    """Take 0005_issuers_shares_stack_badges back."""
    with op.batch_alter_table("signing_key", schema=None) as batch_op:
        batch_op.drop_column("holder")

    with op.batch_alter_table("issuer", schema=None) as batch_op:
        batch_op.drop_column("own_keys_since")
        batch_op.drop_column("parent_url")
        batch_op.drop_column("parent_name")

    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_award_replaced_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_award_program_version_id"), type_="foreignkey")
        batch_op.drop_index("ix_award_version")
        batch_op.alter_column("credential_version_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.alter_column("credential_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("parts")
        batch_op.drop_column("stack")
        batch_op.drop_column("program_version_id")
        batch_op.drop_column("endorsed_at")
        batch_op.drop_column("replaced_by_id")
        batch_op.drop_column("is_findable")
        batch_op.drop_column("kind")

    with op.batch_alter_table("evidence_choice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_choice_artifact_id"))

    op.drop_table("evidence_choice")
    with op.batch_alter_table("share_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_share_link_award_id"))

    op.drop_table("share_link")
    with op.batch_alter_table("endorsement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_endorsement_issuer_id"))
        batch_op.drop_index(batch_op.f("ix_endorsement_credential_version_id"))
        batch_op.drop_index(batch_op.f("ix_endorsement_award_id"))

    op.drop_table("endorsement")
    with op.batch_alter_table("issuing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issuing_issuer_id"))

    op.drop_table("issuing")
    with op.batch_alter_table("brought_badge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_brought_badge_program_id"))
        batch_op.drop_index(batch_op.f("ix_brought_badge_person_id"))

    op.drop_table("brought_badge")

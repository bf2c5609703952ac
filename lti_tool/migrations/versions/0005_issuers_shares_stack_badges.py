"""Issuers, shares, stack badges."""

import sqlalchemy as sa
from alembic import op

revision = "0005_issuers_shares_stack_badges"
down_revision = "0004_badges"


def upgrade() -> None:
    """From 0004_badges to 0005_issuers_shares_stack_badges."""
    op.create_table(
        "badge_host",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("secret_digest", sa.String(length=255), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("logo", sa.Text(), nullable=False),
        sa.Column("software_id", sa.String(length=255), nullable=False),
        sa.Column("software_version", sa.String(length=255), nullable=False),
        sa.Column("redirect_uris", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("grant_types", sa.JSON(), nullable=False),
        sa.Column("contacts", sa.JSON(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_host")),
        sa.UniqueConstraint("client_id", name=op.f("uq_badge_host_client_id")),
    )
    op.create_table(
        "barred_host",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("barred_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barred_host")),
        sa.UniqueConstraint("host", name=op.f("uq_barred_host_host")),
    )
    op.create_table(
        "signed_beginning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=255), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_beginning")),
        sa.UniqueConstraint("digest", name=op.f("uq_signed_beginning_digest")),
    )
    op.create_table(
        "badge_connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("reach", sa.String(32), nullable=False),
        sa.Column("reach_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("profile_url", sa.Text(), nullable=False),
        sa.Column("profile_words", sa.Text(), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["host_id"], ["badge_host.id"], name=op.f("fk_badge_connection_host_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_badge_connection_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_connection")),
        sa.UniqueConstraint(
            "person_id", "host_id", name=op.f("uq_badge_connection_person_id_host_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_badge_connection_public_id")),
    )
    with op.batch_alter_table("badge_connection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_badge_connection_host_id"), ["host_id"], unique=False)

    op.create_table(
        "held_badge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("issuer_name", sa.String(length=255), nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("form", sa.String(length=255), nullable=False),
        sa.Column("issued", sa.String(length=255), nullable=False),
        sa.Column("expires", sa.String(length=255), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("came_by", sa.String(32), nullable=False),
        sa.Column("came_from", sa.Text(), nullable=False),
        sa.Column("made_out_to", sa.String(length=255), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("is_vouched_for", sa.Boolean(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_held_badge_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_badge")),
        sa.UniqueConstraint("public_id", name=op.f("uq_held_badge_public_id")),
    )
    with op.batch_alter_table("held_badge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_held_badge_check_at"), ["check_at"], unique=False)
        batch_op.create_index("ix_held_badge_same", ["person_id", "identity"], unique=False)

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
        "brought_badge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("stack", sa.String(length=255), nullable=False),
        sa.Column("stands_for", sa.String(length=255), nullable=False),
        sa.Column("held_id", sa.Integer(), nullable=False),
        sa.Column("brought_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_brought_badge_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["held_id"], ["held_badge.id"], name=op.f("fk_brought_badge_held_id")
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
        batch_op.create_index(batch_op.f("ix_brought_badge_held_id"), ["held_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_brought_badge_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_brought_badge_program_id"), ["program_id"], unique=False
        )

    op.create_table(
        "code_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("code_digest", sa.String(length=255), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("challenge", sa.String(length=255), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["badge_connection.id"],
            name=op.f("fk_code_grant_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_grant")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_code_grant_code_digest")),
    )
    with op.batch_alter_table("code_grant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_code_grant_connection_id"), ["connection_id"], unique=False
        )

    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(length=255), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["code_grant.id"], name=op.f("fk_api_token_grant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_grant_id"), ["grant_id"], unique=False)

    op.create_table(
        "connected_badge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Integer(), nullable=True),
        sa.Column("held_id", sa.Integer(), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(award_id IS NULL) <> (held_id IS NULL)", name=op.f("ck_connected_badge_one_badge")
        ),
        sa.ForeignKeyConstraint(
            ["award_id"], ["award.id"], name=op.f("fk_connected_badge_award_id")
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["badge_connection.id"],
            name=op.f("fk_connected_badge_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["held_id"],
            ["held_badge.id"],
            name=op.f("fk_connected_badge_held_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connected_badge")),
        sa.UniqueConstraint(
            "connection_id", "award_id", name=op.f("uq_connected_badge_connection_id_award_id")
        ),
        sa.UniqueConstraint(
            "connection_id", "held_id", name=op.f("uq_connected_badge_connection_id_held_id")
        ),
    )
    with op.batch_alter_table("connected_badge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_connected_badge_award_id"), ["award_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_connected_badge_held_id"), ["held_id"], unique=False)

    op.create_table(
        "endorsement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("credential_version_id", sa.Integer(), nullable=True),
        sa.Column("program_version_id", sa.Integer(), nullable=True),
        sa.Column("stack", sa.String(length=255), nullable=True),
        sa.Column("award_id", sa.Integer(), nullable=True),
        sa.Column("about_issuer_id", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("endorsed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_list_id", sa.Integer(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN credential_version_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN program_version_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN award_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN about_issuer_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_endorsement_one_thing_is_endorsed"),
        ),
        sa.CheckConstraint(
            "(program_version_id IS NULL) = (stack IS NULL)",
            name=op.f("ck_endorsement_a_stack_of_a_program"),
        ),
        sa.ForeignKeyConstraint(
            ["about_issuer_id"], ["issuer.id"], name=op.f("fk_endorsement_about_issuer_id")
        ),
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
            ["program_version_id"],
            ["program_version.id"],
            name=op.f("fk_endorsement_program_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["status_list_id"], ["status_list.id"], name=op.f("fk_endorsement_status_list_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endorsement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_endorsement_public_id")),
    )
    with op.batch_alter_table("endorsement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_endorsement_about_issuer_id"), ["about_issuer_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_endorsement_award_id"), ["award_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_endorsement_credential_version_id"),
            ["credential_version_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_endorsement_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_endorsement_program_version_id"), ["program_version_id"], unique=False
        )

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
        batch_op.add_column(sa.Column("signed_again_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("program_version_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("stack", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("decision", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("parts", sa.JSON(), nullable=True))
        batch_op.alter_column("credential_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.alter_column("credential_version_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(
            "ix_award_decision",
            ["decision"],
            unique=False,
            sqlite_where=sa.text("decision IS NOT NULL"),
            postgresql_where=sa.text("decision IS NOT NULL"),
        )
        batch_op.create_index("ix_award_version", ["credential_version_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_award_replaced_by_id"), "award", ["replaced_by_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_award_program_version_id"),
            "program_version",
            ["program_version_id"],
            ["id"],
        )

    with op.batch_alter_table("issuer", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("parent_name", sa.String(length=255), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("parent_url", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("mark", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("own_keys_since", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("signed_document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("beginning_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_signed_document_beginning_id"),
            "signed_beginning",
            ["beginning_id"],
            ["id"],
        )

    with op.batch_alter_table("signing_key", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("holder", sa.String(length=255), server_default="", nullable=False)
        )


def downgrade() -> None:
    """Take 0005_issuers_shares_stack_badges back."""
    with op.batch_alter_table("signing_key", schema=None) as batch_op:
        batch_op.drop_column("holder")

    with op.batch_alter_table("signed_document", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_signed_document_beginning_id"), type_="foreignkey")
        batch_op.drop_column("beginning_id")

    with op.batch_alter_table("issuer", schema=None) as batch_op:
        batch_op.drop_column("own_keys_since")
        batch_op.drop_column("mark")
        batch_op.drop_column("parent_url")
        batch_op.drop_column("parent_name")

    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_award_program_version_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_award_replaced_by_id"), type_="foreignkey")
        batch_op.drop_index("ix_award_version")
        batch_op.drop_index(
            "ix_award_decision",
            sqlite_where=sa.text("decision IS NOT NULL"),
            postgresql_where=sa.text("decision IS NOT NULL"),
        )
        batch_op.alter_column("credential_version_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.alter_column("credential_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("parts")
        batch_op.drop_column("decision")
        batch_op.drop_column("stack")
        batch_op.drop_column("program_version_id")
        batch_op.drop_column("signed_again_at")
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
        batch_op.drop_index(batch_op.f("ix_endorsement_program_version_id"))
        batch_op.drop_index(batch_op.f("ix_endorsement_issuer_id"))
        batch_op.drop_index(batch_op.f("ix_endorsement_credential_version_id"))
        batch_op.drop_index(batch_op.f("ix_endorsement_award_id"))
        batch_op.drop_index(batch_op.f("ix_endorsement_about_issuer_id"))

    op.drop_table("endorsement")
    with op.batch_alter_table("connected_badge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_connected_badge_held_id"))
        batch_op.drop_index(batch_op.f("ix_connected_badge_award_id"))

    op.drop_table("connected_badge")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_grant_id"))

    op.drop_table("api_token")
    with op.batch_alter_table("code_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_code_grant_connection_id"))

    op.drop_table("code_grant")
    with op.batch_alter_table("brought_badge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_brought_badge_program_id"))
        batch_op.drop_index(batch_op.f("ix_brought_badge_person_id"))
        batch_op.drop_index(batch_op.f("ix_brought_badge_held_id"))

    op.drop_table("brought_badge")
    with op.batch_alter_table("issuing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issuing_issuer_id"))

    op.drop_table("issuing")
    with op.batch_alter_table("held_badge", schema=None) as batch_op:
        batch_op.drop_index("ix_held_badge_same")
        batch_op.drop_index(batch_op.f("ix_held_badge_check_at"))

    op.drop_table("held_badge")
    with op.batch_alter_table("badge_connection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_badge_connection_host_id"))

    op.drop_table("badge_connection")
    op.drop_table("signed_beginning")
    op.drop_table("barred_host")
    op.drop_table("badge_host")

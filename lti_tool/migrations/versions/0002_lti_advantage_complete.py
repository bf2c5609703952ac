"""LTI Advantage, complete."""

import sqlalchemy as sa
from alembic import op

revision = "0002_lti_advantage_complete"
down_revision = "0001_the_first_house"


def upgrade() -> None:
    """From 0001_the_first_house to 0002_lti_advantage_complete."""
    op.create_table(
        "discarded_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_key", sa.String(length=255), nullable=False),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discarded_file")),
        sa.UniqueConstraint("file_key", name=op.f("uq_discarded_file_file_key")),
    )
    op.create_table(
        "context_origin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.String(length=255), nullable=False),
        sa.Column("origin_id", sa.String(length=255), nullable=False),
        sa.Column("copied_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_context_origin_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_context_origin")),
        sa.UniqueConstraint(
            "registration_id",
            "context_id",
            "origin_id",
            name=op.f("uq_context_origin_registration_id_context_id_origin_id"),
        ),
    )
    op.create_table(
        "health_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_health_report_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_report")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_health_report_registration_id")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("token_digest", sa.String(length=255), nullable=False),
        sa.Column("approves_deployments", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_invitation_registration_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitation_public_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
    )
    op.create_table(
        "launch_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=255), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("message", sa.String(length=255), nullable=False),
        sa.Column("compared", sa.JSON(), nullable=False),
        sa.Column("skew", sa.Double(), nullable=True),
        sa.Column("way", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_launch_record_person_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_launch_record_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch_record")),
    )
    with op.batch_alter_table("launch_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_launch_record_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_launch_record_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_launch_record_reference"), ["reference"], unique=False)
        batch_op.create_index(
            "ix_launch_record_registration_id_at", ["registration_id", "at"], unique=False
        )

    op.create_table(
        "registration_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("family", sa.String(length=255), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("asked_scopes", sa.JSON(), nullable=False),
        sa.Column("granted_scopes", sa.JSON(), nullable=False),
        sa.Column("asked_messages", sa.JSON(), nullable=False),
        sa.Column("granted_messages", sa.JSON(), nullable=False),
        sa.Column("asked_claims", sa.JSON(), nullable=False),
        sa.Column("granted_claims", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_registration_answer_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_answer")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_registration_answer_registration_id")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.String(length=255), nullable=False),
        sa.Column("nonce_digest", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("context_id", sa.String(length=255), nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployment.id"],
            name=op.f("fk_notice_deployment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_notice_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "registration_id", "nonce_digest", name=op.f("uq_notice_registration_id_nonce_digest")
        ),
        sa.UniqueConstraint(
            "registration_id", "notice_id", name=op.f("uq_notice_registration_id_notice_id")
        ),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_received_at"), ["received_at"], unique=False)

    op.create_table(
        "privacy_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_privacy_request_person_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_privacy_request_registration_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_privacy_request_visit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_request")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_privacy_request_visit_id")),
    )
    with op.batch_alter_table("privacy_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_privacy_request_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "roster",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("differences_url", sa.Text(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("whole_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_roster_course_id")),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_roster_deployment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster")),
        sa.UniqueConstraint(
            "deployment_id", "course_id", name=op.f("uq_roster_deployment_id_course_id")
        ),
    )
    with op.batch_alter_table("roster", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roster_course_id"), ["course_id"], unique=False)

    op.create_table(
        "legacy_id",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["resource_link.id"], name=op.f("fk_legacy_id_link_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_legacy_id_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_legacy_id_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legacy_id")),
        sa.UniqueConstraint(
            "registration_id", "kind", "value", name=op.f("uq_legacy_id_registration_id_kind_value")
        ),
    )
    with op.batch_alter_table("legacy_id", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legacy_id_person_id"), ["person_id"], unique=False)

    op.create_table(
        "roster_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("roster_id", sa.Integer(), nullable=False),
        sa.Column("sub", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["roster_id"],
            ["roster.id"],
            name=op.f("fk_roster_member_roster_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_member")),
        sa.UniqueConstraint("roster_id", "sub", name=op.f("uq_roster_member_roster_id_sub")),
    )
    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "allow_anonymous", sa.Boolean(), server_default=sa.text("false"), nullable=False
            )
        )
        batch_op.add_column(
            sa.Column(
                "assistants_grade", sa.Boolean(), server_default=sa.text("true"), nullable=False
            )
        )
        batch_op.add_column(sa.Column("guest_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("notices_url", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("notices_offered", sa.JSON(), server_default="[]", nullable=False)
        )
        batch_op.add_column(
            sa.Column("notices_heard", sa.JSON(), server_default="[]", nullable=False)
        )
        batch_op.add_column(
            sa.Column("notices_handler", sa.Text(), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("notices_words", sa.Text(), server_default="", nullable=False)
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_deployment_guest_id"),
            "person",
            ["guest_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("line_item", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("measure", sa.String(length=255), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("candidates", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("wants_new", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
        batch_op.add_column(sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(
            batch_op.f("uq_line_item_resource_link_id_credential_id"), type_="unique"
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_line_item_resource_link_id_credential_id_measure"),
            ["resource_link_id", "credential_id", "measure"],
        )

    with op.batch_alter_table("login_attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("window_digest", sa.String(length=255), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_login_attempt_window_digest"), ["window_digest"]
        )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("extra_audiences", sa.JSON(), server_default="[]", nullable=False)
        )
        batch_op.add_column(
            sa.Column(
                "sub_may_be_number", sa.Boolean(), server_default=sa.text("false"), nullable=False
            )
        )
        batch_op.add_column(
            sa.Column(
                "approves_deployments",
                sa.Boolean(),
                server_default=sa.text("false"),
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column("legacy_key", sa.String(length=255), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("legacy_secret", sa.Text(), server_default="", nullable=False)
        )

    with op.batch_alter_table("resource_link", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("part_slug", sa.String(length=255), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("groups_url", sa.Text(), nullable=True))

    with op.batch_alter_table("score_delivery", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("insists", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
        batch_op.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("seen_share", sa.Numeric(precision=9, scale=4), nullable=True)
        )

    with op.batch_alter_table("signing_key", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("file", sa.String(length=255), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("signs_from", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("watched", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("dates", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(
            sa.Column("way", sa.String(length=255), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("by_token", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
        batch_op.add_column(sa.Column("notes", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    """Take 0002_lti_advantage_complete back."""
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_column("notes")
        batch_op.drop_column("by_token")
        batch_op.drop_column("way")
        batch_op.drop_column("dates")
        batch_op.drop_column("watched")

    with op.batch_alter_table("signing_key", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("signs_from")
        batch_op.drop_column("file")

    with op.batch_alter_table("score_delivery", schema=None) as batch_op:
        batch_op.drop_column("seen_share")
        batch_op.drop_column("confirmed_at")
        batch_op.drop_column("insists")

    with op.batch_alter_table("resource_link", schema=None) as batch_op:
        batch_op.drop_column("groups_url")
        batch_op.drop_column("part_slug")

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_column("legacy_secret")
        batch_op.drop_column("legacy_key")
        batch_op.drop_column("approves_deployments")
        batch_op.drop_column("sub_may_be_number")
        batch_op.drop_column("extra_audiences")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("erased_at")

    with op.batch_alter_table("login_attempt", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_login_attempt_window_digest"), type_="unique")
        batch_op.drop_column("window_digest")

    with op.batch_alter_table("line_item", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("uq_line_item_resource_link_id_credential_id_measure"), type_="unique"
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_line_item_resource_link_id_credential_id"),
            ["resource_link_id", "credential_id"],
        )
        batch_op.drop_column("read_at")
        batch_op.drop_column("wants_new")
        batch_op.drop_column("chosen_at")
        batch_op.drop_column("candidates")
        batch_op.drop_column("measure")

    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_deployment_guest_id"), type_="foreignkey")
        batch_op.drop_column("notices_words")
        batch_op.drop_column("notices_handler")
        batch_op.drop_column("notices_heard")
        batch_op.drop_column("notices_offered")
        batch_op.drop_column("notices_url")
        batch_op.drop_column("guest_id")
        batch_op.drop_column("assistants_grade")
        batch_op.drop_column("allow_anonymous")

    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.drop_column("erased_at")

    op.drop_table("roster_member")
    with op.batch_alter_table("legacy_id", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_legacy_id_person_id"))

    op.drop_table("legacy_id")
    with op.batch_alter_table("roster", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roster_course_id"))

    op.drop_table("roster")
    with op.batch_alter_table("privacy_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_privacy_request_person_id"))

    op.drop_table("privacy_request")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_received_at"))

    op.drop_table("notice")
    op.drop_table("registration_answer")
    with op.batch_alter_table("launch_record", schema=None) as batch_op:
        batch_op.drop_index("ix_launch_record_registration_id_at")
        batch_op.drop_index(batch_op.f("ix_launch_record_reference"))
        batch_op.drop_index(batch_op.f("ix_launch_record_person_id"))
        batch_op.drop_index(batch_op.f("ix_launch_record_at"))

    op.drop_table("launch_record")
    op.drop_table("invitation")
    op.drop_table("health_report")
    op.drop_table("context_origin")
    op.drop_table("discarded_file")

"""Teams, credit, stacks."""

import sqlalchemy as sa
from alembic import op

from lti_tool.migrations import promises

revision = "0003_teams_credit_stacks"
down_revision = "0002_lti_advantage_complete"


def upgrade() -> None:
    """From 0002_lti_advantage_complete to 0003_teams_credit_stacks."""
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("register_name", sa.String(length=255), nullable=True),
        sa.Column("register_number", sa.String(length=255), nullable=True),
        sa.Column("registered_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organisation_public_id")),
    )
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "account_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_digest", sa.String(length=255), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("other_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["other_id"], ["person.id"], name=op.f("fk_account_request_other_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_account_request_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_request")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_account_request_code_digest")),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_request_public_id")),
    )
    with op.batch_alter_table("account_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_account_request_expires_at"), ["expires_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_account_request_other_id"), ["other_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_account_request_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "affiliation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_affiliation_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_affiliation_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affiliation")),
        sa.UniqueConstraint(
            "person_id", "organisation_id", name=op.f("uq_affiliation_person_id_organisation_id")
        ),
    )
    with op.batch_alter_table("affiliation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_affiliation_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "belonging",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(registration_id IS NULL) <> (course_id IS NULL)",
            name=op.f("ck_belonging_platform_or_course"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_belonging_course_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_belonging_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_belonging_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_belonging")),
        sa.UniqueConstraint("course_id", name=op.f("uq_belonging_course_id")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_belonging_registration_id")),
    )
    op.create_table(
        "circumstances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("region", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_circumstances_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_circumstances_program_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circumstances")),
        sa.UniqueConstraint(
            "person_id", "program_id", name=op.f("uq_circumstances_person_id_program_id")
        ),
    )
    with op.batch_alter_table("circumstances", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_circumstances_program_id"), ["program_id"], unique=False
        )

    op.create_table(
        "cohort",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=True),
        sa.Column("delivery", sa.String(32), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("term", sa.String(length=255), nullable=False),
        sa.Column("activity_number", sa.String(length=255), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=True),
        sa.Column("apply_by", sa.Date(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("is_announced", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_cohort_program_id")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["organisation.id"], name=op.f("fk_cohort_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
        sa.UniqueConstraint("code", name=op.f("uq_cohort_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cohort_public_id")),
    )
    with op.batch_alter_table("cohort", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cohort_program_id"), ["program_id"], unique=False)

    op.create_table(
        "credit_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.String(32), nullable=False),
        sa.Column("register", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("put_away_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_credit_reminder_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_reminder")),
        sa.UniqueConstraint(
            "person_id",
            "deadline",
            "register",
            "kind",
            "due_on",
            name=op.f("uq_credit_reminder_person_id_deadline_register_kind_due_on"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_credit_reminder_public_id")),
    )
    op.create_table(
        "declared_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("declared_by_id", sa.Integer(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_lasting", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["declared_by_id"], ["person.id"], name=op.f("fk_declared_conflict_declared_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["judge_id"], ["person.id"], name=op.f("fk_declared_conflict_judge_id")
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["person.id"], name=op.f("fk_declared_conflict_learner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_conflict")),
        sa.UniqueConstraint(
            "judge_id",
            "learner_id",
            "declared_by_id",
            name=op.f("uq_declared_conflict_judge_id_learner_id_declared_by_id"),
        ),
    )
    with op.batch_alter_table("declared_conflict", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_declared_conflict_judge_id"), ["judge_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_declared_conflict_learner_id"), ["learner_id"], unique=False
        )

    op.create_table(
        "licence_number",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("register", sa.String(length=255), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_licence_number_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_number")),
        sa.UniqueConstraint(
            "person_id", "register", name=op.f("uq_licence_number_person_id_register")
        ),
    )
    op.create_table(
        "licence_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("register", sa.String(length=255), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_licence_term_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_term")),
        sa.UniqueConstraint(
            "person_id", "register", name=op.f("uq_licence_term_person_id_register")
        ),
    )
    with op.batch_alter_table("licence_term", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_licence_term_ends_on"), ["ends_on"], unique=False)

    op.create_table(
        "licence_years",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("register", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("elsewhere", sa.JSON(), nullable=False),
        sa.Column("excused", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_licence_years_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_years")),
        sa.UniqueConstraint(
            "person_id", "register", "kind", name=op.f("uq_licence_years_person_id_register_kind")
        ),
    )
    op.create_table(
        "moved",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("joining", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("of_table", sa.String(length=255), nullable=False),
        sa.Column("of_column", sa.String(length=255), nullable=False),
        sa.Column("was_kept", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_moved_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moved")),
    )
    with op.batch_alter_table("moved", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_moved_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_moved_joining"), ["joining"], unique=False)
        batch_op.create_index(batch_op.f("ix_moved_person_id"), ["person_id"], unique=False)

    op.create_table(
        "wrong_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_wrong_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_code")),
    )
    with op.batch_alter_table("wrong_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wrong_code_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_wrong_code_person_id"), ["person_id"], unique=False)

    op.create_table(
        "coaching_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("coach_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=True),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["coach_id"], ["person.id"], name=op.f("fk_coaching_entry_coach_id")
        ),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_coaching_entry_cohort_id")
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_coaching_entry_credential_id")
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["person.id"], name=op.f("fk_coaching_entry_learner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_entry")),
    )
    with op.batch_alter_table("coaching_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_coaching_entry_cohort_id"), ["cohort_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_coaching_entry_learner_id"), ["learner_id"], unique=False
        )

    op.create_table(
        "cohort_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_cohort_member_cohort_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_cohort_member_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_cohort_member_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_member")),
        sa.UniqueConstraint(
            "cohort_id", "person_id", name=op.f("uq_cohort_member_cohort_id_person_id")
        ),
    )
    with op.batch_alter_table("cohort_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cohort_member_person_id"), ["person_id"], unique=False)

    op.create_table(
        "cohort_staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(32), nullable=False),
        sa.Column("partner", sa.String(length=255), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_cohort_staff_cohort_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_cohort_staff_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_staff")),
    )
    with op.batch_alter_table("cohort_staff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cohort_staff_cohort_id"), ["cohort_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cohort_staff_person_id"), ["person_id"], unique=False)

    op.create_table(
        "draft_share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_draft_share_credential_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_draft_share_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_share")),
    )
    with op.batch_alter_table("draft_share", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_share_person_id"), ["person_id"], unique=False)

    op.create_table(
        "hours_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=255), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counters_id", sa.Integer(), nullable=True),
        sa.Column("once", sa.String(length=255), nullable=True),
        sa.CheckConstraint(
            "(counters_id IS NULL AND hours > 0) OR (counters_id IS NOT NULL AND hours < 0)",
            name=op.f("ck_hours_entry_takes_back_or_adds"),
        ),
        sa.ForeignKeyConstraint(
            ["counters_id"], ["hours_entry.id"], name=op.f("fk_hours_entry_counters_id")
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_hours_entry_credential_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_hours_entry_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_hours_entry_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_entry")),
        sa.UniqueConstraint("counters_id", name=op.f("uq_hours_entry_counters_id")),
        sa.UniqueConstraint("once", name=op.f("uq_hours_entry_once")),
        sa.UniqueConstraint("public_id", name=op.f("uq_hours_entry_public_id")),
        info={"added_only": True},
    )
    with op.batch_alter_table("hours_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hours_entry_credential_id"), ["credential_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_hours_entry_recorded_by_id"), ["recorded_by_id"], unique=False
        )
        batch_op.create_index("ix_hours_entry_whose", ["person_id", "credential_id"], unique=False)

    op.create_table(
        "intention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_intention_credential_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_intention_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intention")),
        sa.UniqueConstraint(
            "person_id", "credential_id", name=op.f("uq_intention_person_id_credential_id")
        ),
    )
    with op.batch_alter_table("intention", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intention_person_id"), ["person_id"], unique=False)

    op.create_table(
        "joined_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joining", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["platform_user.id"],
            name=op.f("fk_joined_account_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_joined_account_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joined_account")),
        sa.UniqueConstraint("account_id", name=op.f("uq_joined_account_account_id")),
    )
    with op.batch_alter_table("joined_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_joined_account_joining"), ["joining"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_joined_account_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "stack_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("program_version_id", sa.Integer(), nullable=False),
        sa.Column("stack", sa.String(length=255), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_stack_proposal_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_stack_proposal_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_stack_proposal_program_id")
        ),
        sa.ForeignKeyConstraint(
            ["program_version_id"],
            ["program_version.id"],
            name=op.f("fk_stack_proposal_program_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stack_proposal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stack_proposal_public_id")),
    )
    with op.batch_alter_table("stack_proposal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stack_proposal_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_stack_proposal_program_id"), ["program_id"], unique=False
        )
        batch_op.create_index(
            "uq_stack_proposal_waiting",
            ["person_id", "program_id", "stack"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "supervisor_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("award_public_id", sa.String(length=255), nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_supervisor_wish_credential_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_supervisor_wish_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervisor_wish")),
        sa.UniqueConstraint(
            "person_id", "credential_id", name=op.f("uq_supervisor_wish_person_id_credential_id")
        ),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=255), nullable=False),
        sa.Column("formed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_team_cohort_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_team_organisation_id")
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_team_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("code", name=op.f("uq_team_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_team_public_id")),
    )
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_cohort_id"), ["cohort_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_team_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_team_program_id"), ["program_id"], unique=False)

    op.create_table(
        "cohort_door",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_cohort_door_cohort_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_cohort_door_organisation_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_cohort_door_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_door")),
        sa.UniqueConstraint(
            "cohort_id", "organisation_id", name=op.f("uq_cohort_door_cohort_id_organisation_id")
        ),
    )
    with op.batch_alter_table("cohort_door", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cohort_door_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "completion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("award_ref", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_version_id", sa.Integer(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider", sa.String(length=255), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("witnesses", sa.JSON(), nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("activity_number", sa.String(length=255), nullable=False),
        sa.Column("licence_status", sa.String(32), nullable=False),
        sa.Column("licence_on", sa.Date(), nullable=True),
        sa.Column("licence_reference", sa.String(length=255), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_version_id"],
            ["credential_version.id"],
            name=op.f("fk_completion_credential_version_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_completion_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completion")),
        sa.UniqueConstraint("award_ref", name=op.f("uq_completion_award_ref")),
    )
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_completion_credential_version_id"),
            ["credential_version_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_completion_person_id"), ["person_id"], unique=False)

    op.create_table(
        "election",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("credential_version_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("choice", sa.String(32), nullable=False),
        sa.Column("option", sa.String(length=255), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_election_credential_id")
        ),
        sa.ForeignKeyConstraint(
            ["credential_version_id"],
            ["credential_version.id"],
            name=op.f("fk_election_credential_version_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_election_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_election")),
        sa.UniqueConstraint(
            "person_id", "credential_id", name=op.f("uq_election_person_id_credential_id")
        ),
    )
    with op.batch_alter_table("election", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_election_credential_id"), ["credential_id"], unique=False
        )

    op.create_table(
        "hours_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("approver_id", sa.Integer(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["person.id"], name=op.f("fk_hours_approval_approver_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["hours_entry.id"], name=op.f("fk_hours_approval_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_approval")),
        sa.UniqueConstraint("entry_id", "round", name=op.f("uq_hours_approval_entry_id_round")),
        info={"added_only": True},
    )
    with op.batch_alter_table("hours_approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hours_approval_approver_id"), ["approver_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_hours_approval_batch"), ["batch"], unique=False)

    op.create_table(
        "planned_credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_planned_credential_credential_id")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_planned_credential_team_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_credential")),
        sa.UniqueConstraint(
            "team_id", "credential_id", name=op.f("uq_planned_credential_team_id_credential_id")
        ),
    )
    op.create_table(
        "rule_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("matter", sa.String(32), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("cohort_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_rule_exception_cohort_id")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["person.id"], name=op.f("fk_rule_exception_granted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_rule_exception_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_rule_exception_program_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_rule_exception_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_exception")),
    )
    with op.batch_alter_table("rule_exception", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rule_exception_cohort_id"), ["cohort_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_rule_exception_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_rule_exception_program_id"), ["program_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_rule_exception_team_id"), ["team_id"], unique=False)

    op.create_table(
        "stack_award",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("program_version_id", sa.Integer(), nullable=False),
        sa.Column("stack", sa.String(length=255), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("in_question_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revocation_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_stack_award_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_stack_award_program_id")
        ),
        sa.ForeignKeyConstraint(
            ["program_version_id"],
            ["program_version.id"],
            name=op.f("fk_stack_award_program_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["stack_proposal.id"], name=op.f("fk_stack_award_proposal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stack_award")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stack_award_public_id")),
    )
    with op.batch_alter_table("stack_award", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stack_award_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stack_award_program_id"), ["program_id"], unique=False)
        batch_op.create_index(
            "uq_stack_award_live",
            ["person_id", "program_id", "stack"],
            unique=True,
            sqlite_where=sa.text("state <> 'revoked'"),
            postgresql_where=sa.text("state <> 'revoked'"),
        )

    op.create_table(
        "team_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_team_member_person_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
        sa.UniqueConstraint("team_id", "person_id", name=op.f("uq_team_member_team_id_person_id")),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_member_person_id"), ["person_id"], unique=False)

    op.create_table(
        "went_on",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_version_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=255), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_version_id"],
            ["credential_version.id"],
            name=op.f("fk_went_on_credential_version_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_went_on_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_went_on")),
    )
    with op.batch_alter_table("went_on", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_went_on_person_id"), ["person_id"], unique=False)

    op.create_table(
        "coach_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("logged_by_id", sa.Integer(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_coach_meeting_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["logged_by_id"], ["person.id"], name=op.f("fk_coach_meeting_logged_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_meeting")),
    )
    with op.batch_alter_table("coach_meeting", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_coach_meeting_enrolment_id"), ["enrolment_id"], unique=False
        )

    op.create_table(
        "credit_posting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("completion_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("option", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.String(length=255), nullable=False),
        sa.Column("amount", sa.Numeric(precision=9, scale=2), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("year_label", sa.String(length=255), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_licence", sa.Boolean(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(reverses_id IS NULL AND amount >= 0) OR (reverses_id IS NOT NULL AND amount <= 0)",
            name=op.f("ck_credit_posting_brings_or_takes_back"),
        ),
        sa.ForeignKeyConstraint(
            ["completion_id"], ["completion.id"], name=op.f("fk_credit_posting_completion_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_credit_posting_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["credit_posting.id"], name=op.f("fk_credit_posting_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_posting")),
        sa.UniqueConstraint(
            "completion_id", "slot", name=op.f("uq_credit_posting_completion_id_slot")
        ),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_credit_posting_reverses_id")),
        info={"added_only": True},
    )
    with op.batch_alter_table("credit_posting", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_credit_posting_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "hours_withdrawal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["hours_approval.id"], name=op.f("fk_hours_withdrawal_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["person.id"], name=op.f("fk_hours_withdrawal_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_withdrawal")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_hours_withdrawal_approval_id")),
        info={"added_only": True},
    )
    with op.batch_alter_table("hours_withdrawal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hours_withdrawal_withdrawn_by_id"), ["withdrawn_by_id"], unique=False
        )

    op.create_table(
        "module_done",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("course", sa.String(length=255), nullable=False),
        sa.Column("module", sa.String(length=255), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_module_done_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_module_done")),
        sa.UniqueConstraint(
            "enrolment_id",
            "course",
            "module",
            name=op.f("uq_module_done_enrolment_id_course_module"),
        ),
    )
    op.create_table(
        "stack_recognition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("recognised_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["award_id"], ["stack_award.id"], name=op.f("fk_stack_recognition_award_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_stack_recognition_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stack_recognition")),
    )
    with op.batch_alter_table("stack_recognition", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stack_recognition_award_id"), ["award_id"], unique=False
        )

    op.create_table(
        "submission_takes_up",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("taken_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
            name=op.f("fk_submission_takes_up_submission_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["taken_id"],
            ["submission.id"],
            name=op.f("fk_submission_takes_up_taken_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("submission_id", "taken_id", name=op.f("pk_submission_takes_up")),
    )
    with op.batch_alter_table("submission_takes_up", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_submission_takes_up_taken_id"), ["taken_id"], unique=False
        )

    op.create_table(
        "lack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("requirement_id", sa.Integer(), nullable=True),
        sa.Column("sign", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["requirement_id"], ["artifact_requirement.id"], name=op.f("fk_lack_requirement_id")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
            name=op.f("fk_lack_submission_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lack")),
    )
    with op.batch_alter_table("lack", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lack_submission_id"), ["submission_id"], unique=False)

    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("artifact_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id"],
            ["artifact.id"],
            name=op.f("fk_consent_artifact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_artifact_id"), ["artifact_id"], unique=False)

    op.create_table(
        "dated_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("artifact_id", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id"],
            ["artifact.id"],
            name=op.f("fk_dated_entry_artifact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_entry")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dated_entry_public_id")),
    )
    with op.batch_alter_table("dated_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dated_entry_artifact_id"), ["artifact_id"], unique=False
        )

    op.create_table(
        "growth_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("self_assessment_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("artifact_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id"],
            ["artifact.id"],
            name=op.f("fk_growth_evidence_artifact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["self_assessment_item.id"], name=op.f("fk_growth_evidence_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["self_assessment_id"],
            ["self_assessment.id"],
            name=op.f("fk_growth_evidence_self_assessment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_growth_evidence")),
        sa.UniqueConstraint(
            "self_assessment_id",
            "item_id",
            name=op.f("uq_growth_evidence_self_assessment_id_item_id"),
        ),
    )
    with op.batch_alter_table("growth_evidence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_growth_evidence_artifact_id"), ["artifact_id"], unique=False
        )

    op.create_table(
        "pointer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("artifact_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id"],
            ["artifact.id"],
            name=op.f("fk_pointer_artifact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criterion.id"], name=op.f("fk_pointer_criterion_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pointer")),
        sa.UniqueConstraint(
            "artifact_id", "criterion_id", name=op.f("uq_pointer_artifact_id_criterion_id")
        ),
    )
    op.create_table(
        "team_work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("artifact_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("shared_id", sa.String(length=255), nullable=False),
        sa.Column("contribution", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id"],
            ["artifact.id"],
            name=op.f("fk_team_work_artifact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_work_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_work")),
        sa.UniqueConstraint("artifact_id", name=op.f("uq_team_work_artifact_id")),
    )
    with op.batch_alter_table("team_work", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_work_shared_id"), ["shared_id"], unique=False)

    with op.batch_alter_table("artifact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("done_until", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("scope", sa.String(length=255), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("goal", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("instrument", sa.String(length=255), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("implements", sa.String(length=255), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("shows_people", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("ticked", sa.JSON(), server_default="[]", nullable=False))

    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_assessment_submission_id"), ["submission_id"], unique=False
        )

    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("goal", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("setting", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("set_aside_words", sa.Text(), server_default="", nullable=False)
        )
        batch_op.drop_constraint(
            batch_op.f("uq_enrolment_person_id_credential_version_id"), type_="unique"
        )
        batch_op.create_index(
            "uq_enrolment_live",
            ["person_id", "credential_version_id"],
            unique=True,
            sqlite_where=sa.text("set_aside_at IS NULL"),
            postgresql_where=sa.text("set_aside_at IS NULL"),
        )

    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("goal", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("setting", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("context", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("incomplete_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))

    promises.rows_stay(
        "hours_entry",
        [
            "id",
            "public_id",
            "credential_id",
            "category",
            "hours",
            "done_on",
            "words",
            "source",
            "recorded_at",
            "counters_id",
            "once",
        ],
    )
    promises.rows_stay("hours_approval", ["id", "entry_id", "approved_at", "round", "batch"])
    promises.rows_stay(
        "credit_posting",
        [
            "id",
            "completion_id",
            "slot",
            "option",
            "title",
            "kind",
            "unit",
            "amount",
            "year",
            "year_label",
            "posted_at",
            "on_licence",
            "reverses_id",
            "reason",
        ],
    )
    promises.rows_stay("hours_withdrawal", ["id", "approval_id", "withdrawn_at", "reason"])


def downgrade() -> None:
    """Take 0003_teams_credit_stacks back."""
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("incomplete_at")
        batch_op.drop_column("opened_at")
        batch_op.drop_column("context")
        batch_op.drop_column("setting")
        batch_op.drop_column("goal")

    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_enrolment_live",
            sqlite_where=sa.text("set_aside_at IS NULL"),
            postgresql_where=sa.text("set_aside_at IS NULL"),
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_enrolment_person_id_credential_version_id"),
            ["person_id", "credential_version_id"],
        )
        batch_op.drop_column("set_aside_words")
        batch_op.drop_column("set_aside_at")
        batch_op.drop_column("setting")
        batch_op.drop_column("goal")

    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assessment_submission_id"))

    with op.batch_alter_table("artifact", schema=None) as batch_op:
        batch_op.drop_column("ticked")
        batch_op.drop_column("shows_people")
        batch_op.drop_column("implements")
        batch_op.drop_column("instrument")
        batch_op.drop_column("goal")
        batch_op.drop_column("scope")
        batch_op.drop_column("done_until")

    with op.batch_alter_table("team_work", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_work_shared_id"))

    op.drop_table("team_work")
    op.drop_table("pointer")
    with op.batch_alter_table("growth_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_growth_evidence_artifact_id"))

    op.drop_table("growth_evidence")
    with op.batch_alter_table("dated_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dated_entry_artifact_id"))

    op.drop_table("dated_entry")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_artifact_id"))

    op.drop_table("consent")
    with op.batch_alter_table("lack", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lack_submission_id"))

    op.drop_table("lack")
    with op.batch_alter_table("submission_takes_up", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_submission_takes_up_taken_id"))

    op.drop_table("submission_takes_up")
    with op.batch_alter_table("stack_recognition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stack_recognition_award_id"))

    op.drop_table("stack_recognition")
    op.drop_table("module_done")
    with op.batch_alter_table("hours_withdrawal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hours_withdrawal_withdrawn_by_id"))

    op.drop_table("hours_withdrawal")
    with op.batch_alter_table("credit_posting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credit_posting_person_id"))

    op.drop_table("credit_posting")
    with op.batch_alter_table("coach_meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coach_meeting_enrolment_id"))

    op.drop_table("coach_meeting")
    with op.batch_alter_table("went_on", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_went_on_person_id"))

    op.drop_table("went_on")
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_member_person_id"))

    op.drop_table("team_member")
    with op.batch_alter_table("stack_award", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_stack_award_live",
            sqlite_where=sa.text("state <> 'revoked'"),
            postgresql_where=sa.text("state <> 'revoked'"),
        )
        batch_op.drop_index(batch_op.f("ix_stack_award_program_id"))
        batch_op.drop_index(batch_op.f("ix_stack_award_person_id"))

    op.drop_table("stack_award")
    with op.batch_alter_table("rule_exception", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_exception_team_id"))
        batch_op.drop_index(batch_op.f("ix_rule_exception_program_id"))
        batch_op.drop_index(batch_op.f("ix_rule_exception_person_id"))
        batch_op.drop_index(batch_op.f("ix_rule_exception_cohort_id"))

    op.drop_table("rule_exception")
    op.drop_table("planned_credential")
    with op.batch_alter_table("hours_approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hours_approval_batch"))
        batch_op.drop_index(batch_op.f("ix_hours_approval_approver_id"))

    op.drop_table("hours_approval")
    with op.batch_alter_table("election", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_election_credential_id"))

    op.drop_table("election")
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_completion_person_id"))
        batch_op.drop_index(batch_op.f("ix_completion_credential_version_id"))

    op.drop_table("completion")
    with op.batch_alter_table("cohort_door", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohort_door_organisation_id"))

    op.drop_table("cohort_door")
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_program_id"))
        batch_op.drop_index(batch_op.f("ix_team_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_team_cohort_id"))

    op.drop_table("team")
    op.drop_table("supervisor_wish")
    with op.batch_alter_table("stack_proposal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_stack_proposal_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_stack_proposal_program_id"))
        batch_op.drop_index(batch_op.f("ix_stack_proposal_person_id"))

    op.drop_table("stack_proposal")
    with op.batch_alter_table("joined_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_joined_account_person_id"))
        batch_op.drop_index(batch_op.f("ix_joined_account_joining"))

    op.drop_table("joined_account")
    with op.batch_alter_table("intention", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intention_person_id"))

    op.drop_table("intention")
    with op.batch_alter_table("hours_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_hours_entry_whose")
        batch_op.drop_index(batch_op.f("ix_hours_entry_recorded_by_id"))
        batch_op.drop_index(batch_op.f("ix_hours_entry_credential_id"))

    op.drop_table("hours_entry")
    with op.batch_alter_table("draft_share", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_share_person_id"))

    op.drop_table("draft_share")
    with op.batch_alter_table("cohort_staff", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohort_staff_person_id"))
        batch_op.drop_index(batch_op.f("ix_cohort_staff_cohort_id"))

    op.drop_table("cohort_staff")
    with op.batch_alter_table("cohort_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohort_member_person_id"))

    op.drop_table("cohort_member")
    with op.batch_alter_table("coaching_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coaching_entry_learner_id"))
        batch_op.drop_index(batch_op.f("ix_coaching_entry_cohort_id"))

    op.drop_table("coaching_entry")
    with op.batch_alter_table("wrong_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wrong_code_person_id"))
        batch_op.drop_index(batch_op.f("ix_wrong_code_at"))

    op.drop_table("wrong_code")
    with op.batch_alter_table("moved", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_moved_person_id"))
        batch_op.drop_index(batch_op.f("ix_moved_joining"))
        batch_op.drop_index(batch_op.f("ix_moved_at"))

    op.drop_table("moved")
    op.drop_table("licence_years")
    with op.batch_alter_table("licence_term", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_licence_term_ends_on"))

    op.drop_table("licence_term")
    op.drop_table("licence_number")
    with op.batch_alter_table("declared_conflict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_declared_conflict_learner_id"))
        batch_op.drop_index(batch_op.f("ix_declared_conflict_judge_id"))

    op.drop_table("declared_conflict")
    op.drop_table("credit_reminder")
    with op.batch_alter_table("cohort", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohort_program_id"))

    op.drop_table("cohort")
    with op.batch_alter_table("circumstances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circumstances_program_id"))

    op.drop_table("circumstances")
    op.drop_table("belonging")
    with op.batch_alter_table("affiliation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_affiliation_organisation_id"))

    op.drop_table("affiliation")
    with op.batch_alter_table("account_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_request_person_id"))
        batch_op.drop_index(batch_op.f("ix_account_request_other_id"))
        batch_op.drop_index(batch_op.f("ix_account_request_expires_at"))

    op.drop_table("account_request")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_parent_id"))

    op.drop_table("organisation")
    promises.rows_stayed("hours_entry")
    promises.rows_stayed("hours_approval")
    promises.rows_stayed("credit_posting")
    promises.rows_stayed("hours_withdrawal")

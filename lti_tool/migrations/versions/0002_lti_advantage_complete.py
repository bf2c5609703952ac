"""LTI Advantage, complete."""

import sqlalchemy as sa
from alembic import op

revision = "0002_lti_advantage_complete"
down_revision = "0001_the_first_house"


def upgrade() -> None:
    """From 0001_the_first_house to 0002_lti_advantage_complete."""
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


def downgrade() -> None:
    """Take 0002_lti_advantage_complete back."""
    with op.batch_alter_table("launch_record", schema=None) as batch_op:
        batch_op.drop_index("ix_launch_record_registration_id_at")
        batch_op.drop_index(batch_op.f("ix_launch_record_reference"))
        batch_op.drop_index(batch_op.f("ix_launch_record_person_id"))
        batch_op.drop_index(batch_op.f("ix_launch_record_at"))

    op.drop_table("launch_record")

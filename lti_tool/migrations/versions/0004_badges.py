"""Badges."""

revision = "0004_badges"
down_revision = "0003_teams_credit_stacks"


def upgrade() -> None:
    """From 0003_teams_credit_stacks to 0004_badges."""


def downgrade() -> None:
    """Take 0004_badges back."""

"""What a ward's texts may cost in a month, and schedules that ran into it."""

import sqlalchemy as sa
from alembic import op

from subscriptions.tables.base import BigId

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OUTCOMES = ("announced", "missed", "nobody", "over_budget")


def upgrade() -> None:
    op.create_table(
        "ward_budgets",
        sa.Column("ward_id", BigId, autoincrement=False, nullable=False),
        sa.Column("limit_vnd", sa.Integer(), nullable=False),
        sa.Column("reservations", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "limit_vnd > 0", name=op.f("ck_ward_budgets_limit_above_nothing")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_ward_budgets_ward_id")
        ),
        sa.PrimaryKeyConstraint("ward_id", name=op.f("pk_ward_budgets")),
    )
    words = ", ".join(repr(word) for word in OUTCOMES)
    with op.batch_alter_table("occurrences") as batch:
        batch.drop_constraint(op.f("ck_occurrences_occurrence_outcome"), type_="check")
        batch.create_check_constraint(
            op.f("ck_occurrences_occurrence_outcome"), f"outcome IN ({words})"
        )

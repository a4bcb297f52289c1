"""The account that a ward's residents transfer to."""

import sqlalchemy as sa
from alembic import op

from subscriptions.tables.base import BigId, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ward_bank_accounts",
        sa.Column("ward_id", BigId, autoincrement=False, nullable=False),
        sa.Column("bank_bin", sa.String(6), nullable=False),
        sa.Column("account_number", sa.String(19), nullable=False),
        sa.Column("account_name", sa.String(70), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", BigId, nullable=False),
        sa.CheckConstraint(
            "length(bank_bin) = 6", name=op.f("ck_ward_bank_accounts_bank_bin_of_six")
        ),
        sa.CheckConstraint(
            "length(account_number) > 0",
            name=op.f("ck_ward_bank_accounts_account_has_a_number"),
        ),
        sa.CheckConstraint(
            "length(account_name) > 0",
            name=op.f("ck_ward_bank_accounts_account_has_a_name"),
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_ward_bank_accounts_ward_id")
        ),
        sa.PrimaryKeyConstraint("ward_id", name=op.f("pk_ward_bank_accounts")),
    )

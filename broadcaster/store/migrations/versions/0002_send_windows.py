"""Windows with a lease of their own, paused announcements, breakers, fair claims."""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from subscriptions.tables.base import BigId, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MESSAGE_STATES = (
    "queued",
    "held",
    "submitting",
    "in_doubt",
    "accepted",
    "acknowledged",
    "delivered",
    "undelivered",
    "refused",
    "expired",
    "withheld",
)
ANNOUNCEMENT_STATES = (
    "draft",
    "awaiting_approval",
    "returned",
    "scheduled",
    "sending",
    "paused",
    "finished",
    "called_off",
)
QUEUED = sa.text("state = 'queued'")


def upgrade() -> None:
    _add_tables()
    # no process runs now, so nobody knows what became of what was on the wire
    messages = sa.table(
        "messages",
        sa.column("state", sa.String),
        sa.column("lease_until", UtcDateTime()),
        sa.column("due_at", UtcDateTime()),
    )
    op.execute(
        messages.update()
        .where(messages.c.state == "submitting")
        .values(state="in_doubt", lease_until=None, due_at=dt.datetime.now(dt.UTC))
    )
    op.drop_index("ix_messages_leased", table_name="messages")
    op.drop_index("ix_messages_due", table_name="messages")
    op.drop_index("ix_messages_provider_id", table_name="messages")
    with op.batch_alter_table("messages") as batch:
        batch.drop_constraint(op.f("ck_messages_submitting_has_a_lease"), type_="check")
        batch.drop_constraint(op.f("ck_messages_message_state"), type_="check")
        batch.drop_column("lease_until")
        batch.add_column(sa.Column("window_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("asked_at", UtcDateTime(), nullable=True))
        batch.create_check_constraint(
            op.f("ck_messages_message_state"), _is_one_of(MESSAGE_STATES)
        )
        batch.create_check_constraint(
            op.f("ck_messages_submitting_in_a_window"),
            "(state = 'submitting') = (window_id IS NOT NULL)",
        )
    op.create_index(
        "ix_messages_due",
        "messages",
        ["gateway", "lane", "ward_id", "due_at", "id"],
        sqlite_where=QUEUED,
        postgresql_where=QUEUED,
    )
    held = sa.text("state = 'held'")
    op.create_index(
        "ix_messages_held",
        "messages",
        ["announcement_id", "id"],
        sqlite_where=held,
        postgresql_where=held,
    )
    named = sa.text("provider_id IS NOT NULL")
    op.create_index(
        "ix_messages_provider_id",
        "messages",
        ["provider_id"],
        sqlite_where=named,
        postgresql_where=named,
    )
    direct = sa.text("announcement_id IS NULL")
    op.create_index(
        "ix_messages_direct",
        "messages",
        ["accepted_at"],
        sqlite_where=direct,
        postgresql_where=direct,
    )
    with op.batch_alter_table("announcements") as batch:
        batch.drop_constraint(
            op.f("ck_announcements_announcement_state"), type_="check"
        )
        batch.create_check_constraint(
            op.f("ck_announcements_announcement_state"), _is_one_of(ANNOUNCEMENT_STATES)
        )


def _add_tables() -> None:
    op.create_table(
        "send_windows",
        sa.Column("id", BigId, nullable=False),
        sa.Column("gateway", sa.String(length=24), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=False),
        sa.Column("message_ids", sa.JSON(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send_windows")),
    )
    op.create_table(
        "gateway_states",
        sa.Column("gateway", sa.String(length=24), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_gateway_states")),
    )
    op.execute(
        "INSERT INTO gateway_states (gateway, until, failures, facts) "
        "SELECT gateway, until, 0, facts FROM gateway_pauses"
    )
    op.drop_table("gateway_pauses")


def _is_one_of(words: tuple[str, ...]) -> str:
    return f"state IN ({', '.join(repr(word) for word in words)})"

"""The first tables, and the triggers that keep books append-only."""

import sqlalchemy as sa
from alembic import op

from subscriptions.tables.base import BigId, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = (
    "consents",
    "subscription_changes",
    "charges",
    "payments",
    "allocations",
    "adjustments",
    "remitted_payments",
    "journal",
)


def upgrade() -> None:
    op.create_table(
        "gateway_pauses",
        sa.Column("gateway", sa.String(length=24), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_gateway_pauses")),
    )
    op.create_table(
        "raw_callbacks",
        sa.Column("id", BigId, nullable=False),
        sa.Column("gateway", sa.String(length=24), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("raw_status", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("code", sa.String(length=24), nullable=True),
        sa.Column("blame", sa.String(length=12), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("interpreted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_callbacks")),
        sa.UniqueConstraint(
            "gateway",
            "reference",
            "raw_status",
            name=op.f("uq_raw_callbacks_gateway_reference_raw_status"),
        ),
    )
    with op.batch_alter_table("raw_callbacks", schema=None) as batch_op:
        batch_op.create_index(
            "ix_raw_callbacks_waiting",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("interpreted_at IS NULL"),
            postgresql_where=sa.text("interpreted_at IS NULL"),
        )

    op.create_table(
        "tariffs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("carrier", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("vnd_per_segment", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariffs")),
        sa.UniqueConstraint(
            "carrier",
            "kind",
            "valid_from",
            name=op.f("uq_tariffs_carrier_kind_valid_from"),
        ),
    )
    op.create_table(
        "wards",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "ward",
                "commune",
                "special_zone",
                name="ward_kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("province", sa.String(length=80), nullable=False),
        sa.Column("sender_brand", sa.String(length=11), nullable=False),
        sa.Column("hotline", sa.String(length=20), nullable=True),
        sa.Column("inbound_number", sa.String(length=20), nullable=True),
        sa.Column("price_vnd", sa.Integer(), nullable=False),
        sa.Column("approval_over", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_until", sa.Time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wards")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", BigId, nullable=True),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "officer",
                "approver",
                "leader",
                "accountant",
                "operator",
                "auditor",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("e164", sa.String(length=16), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_accounts_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_accounts_public_id")),
        sa.UniqueConstraint("username", name=op.f("uq_accounts_username")),
    )
    op.create_table(
        "adjustments",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("booked_month", sa.Date(), nullable=False),
        sa.Column("concerns_month", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "charge",
                "payment",
                "usage",
                name="adjustment_kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("amount_vnd", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "concerns_month < booked_month", name=op.f("ck_adjustments_looks_back")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_adjustments_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
        sa.UniqueConstraint(
            "ward_id", "reference", name=op.f("uq_adjustments_ward_id_reference")
        ),
    )
    with op.batch_alter_table("adjustments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_adjustments_ward_id_booked_month",
            ["ward_id", "booked_month"],
            unique=False,
        )

    op.create_table(
        "billing_months",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "collecting",
                "closed",
                name="month_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", BigId, nullable=True),
        sa.Column("charged_vnd", sa.Integer(), nullable=False),
        sa.Column("exempted", sa.Integer(), nullable=False),
        sa.Column("collected_vnd", sa.Integer(), nullable=False),
        sa.Column("adjusted_charges_vnd", sa.Integer(), nullable=False),
        sa.Column("adjusted_payments_vnd", sa.Integer(), nullable=False),
        sa.Column("adjusted_usage_vnd", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("usage_vnd", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)",
            name=op.f("ck_billing_months_closed_has_a_time"),
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_billing_months_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_months")),
        sa.UniqueConstraint(
            "ward_id", "month", name=op.f("uq_billing_months_ward_id_month")
        ),
    )
    op.create_table(
        "inbound_texts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("gateway", sa.String(length=24), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("ward_id", BigId, nullable=True),
        sa.Column("sender_e164", sa.String(length=20), nullable=False),
        sa.Column("to_number", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("interpreted_at", UtcDateTime(), nullable=True),
        sa.Column("keyword", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_inbound_texts_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_texts")),
        sa.UniqueConstraint(
            "gateway", "provider_id", name=op.f("uq_inbound_texts_gateway_provider_id")
        ),
    )
    with op.batch_alter_table("inbound_texts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbound_texts_sender_e164", ["sender_e164", "id"], unique=False
        )
        batch_op.create_index(
            "ix_inbound_texts_waiting",
            ["id"],
            unique=False,
            sqlite_where=sa.text("interpreted_at IS NULL"),
            postgresql_where=sa.text("interpreted_at IS NULL"),
        )

    op.create_table(
        "lines",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("carrier", sa.String(length=24), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "usable",
                "unusable",
                name="line_status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_lines_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lines")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lines_public_id")),
        sa.UniqueConstraint("ward_id", "e164", name=op.f("uq_lines_ward_id_e164")),
    )
    op.create_table(
        "residential_groups",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "residential_group",
                "village",
                name="group_kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("merged_into_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["residential_groups.id"],
            name=op.f("fk_residential_groups_merged_into_id"),
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_residential_groups_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residential_groups")),
        sa.UniqueConstraint(
            "ward_id", "name", name=op.f("uq_residential_groups_ward_id_name")
        ),
    )
    op.create_table(
        "usage_lines",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("carrier", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("gateway", sa.String(length=24), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("cost_vnd", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_usage_lines_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_lines")),
        sa.UniqueConstraint(
            "ward_id",
            "month",
            "carrier",
            "kind",
            "gateway",
            name=op.f("uq_usage_lines_ward_id_month_carrier_kind_gateway"),
        ),
    )
    op.create_table(
        "number_series",
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=24), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_number_series_ward_id")
        ),
        sa.PrimaryKeyConstraint("ward_id", "name", name=op.f("pk_number_series")),
    )
    op.create_table(
        "account_groups",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("group_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_groups_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["residential_groups.id"],
            name=op.f("fk_account_groups_group_id"),
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "group_id", name=op.f("pk_account_groups")
        ),
    )
    op.create_table(
        "consents",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("line_id", BigId, nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "notices",
                "pension",
                "dossier",
                "billing",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "action",
            sa.Enum(
                "granted",
                "withdrawn",
                name="consent_action",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "method",
            sa.Enum(
                "paper",
                "leader_screen",
                "sms_keyword",
                "own_page",
                "carrier",
                name="consent_method",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("wording_version", sa.String(length=40), nullable=False),
        sa.Column("recorded_by", BigId, nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["lines.id"], name=op.f("fk_consents_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_consents_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(
            "ix_consents_line_id_purpose_id", ["line_id", "purpose", "id"], unique=False
        )

    op.create_table(
        "households",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("group_id", BigId, nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("street", sa.String(length=120), nullable=True),
        sa.Column("block", sa.String(length=40), nullable=True),
        sa.Column("match_key", sa.String(length=340), nullable=False),
        sa.Column("search_key", sa.String(length=400), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["residential_groups.id"], name=op.f("fk_households_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_households_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
        sa.UniqueConstraint("public_id", name=op.f("uq_households_public_id")),
    )
    with op.batch_alter_table("households", schema=None) as batch_op:
        batch_op.create_index("ix_households_group_id", ["group_id"], unique=False)
        batch_op.create_index("ix_households_ward_id", ["ward_id"], unique=False)
        batch_op.create_index(
            "uq_households_match_key",
            ["group_id", "match_key"],
            unique=True,
            sqlite_where=sa.text("left_on IS NULL AND match_key <> ''"),
            postgresql_where=sa.text("left_on IS NULL AND match_key <> ''"),
        )

    op.create_table(
        "journal",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=True),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_journal_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_journal_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index("ix_journal_ward_id_id", ["ward_id", "id"], unique=False)

    op.create_table(
        "one_time_codes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("line_id", BigId, nullable=False),
        sa.Column("code_hash", sa.String(length=200), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["line_id"], ["lines.id"], name=op.f("fk_one_time_codes_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
    )
    with op.batch_alter_table("one_time_codes", schema=None) as batch_op:
        batch_op.create_index("ix_one_time_codes_line_id", ["line_id"], unique=False)

    op.create_table(
        "remittances",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("group_id", BigId, nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("amount_vnd", sa.Integer(), nullable=False),
        sa.Column("handed_by", BigId, nullable=False),
        sa.Column("handed_at", UtcDateTime(), nullable=False),
        sa.Column("matched_by", BigId, nullable=True),
        sa.Column("matched_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "matched_by IS NULL OR matched_by <> handed_by",
            name=op.f("ck_remittances_two_persons"),
        ),
        sa.CheckConstraint("amount_vnd > 0", name=op.f("ck_remittances_something")),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["residential_groups.id"],
            name=op.f("fk_remittances_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_remittances_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittances")),
        sa.UniqueConstraint(
            "ward_id", "code", name=op.f("uq_remittances_ward_id_code")
        ),
    )
    op.create_table(
        "schedules",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "general",
                "pension",
                "meeting",
                "health",
                "utilities",
                "security",
                "billing",
                "emergency",
                name="topic",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("accented", sa.Boolean(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("next_due_at", UtcDateTime(), nullable=True),
        sa.Column("valid_minutes", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "awaiting_approval",
                "returned",
                "active",
                "ended",
                name="schedule_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("author_id", BigId, nullable=False),
        sa.Column("approver_id", BigId, nullable=True),
        sa.Column("approved_hash", sa.String(length=64), nullable=True),
        sa.Column("returned_reason", sa.String(length=300), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "approver_id IS NULL OR approver_id <> author_id",
            name=op.f("ck_schedules_author_is_not_approver"),
        ),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["accounts.id"], name=op.f("fk_schedules_approver_id")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["accounts.id"], name=op.f("fk_schedules_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_schedules_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint(
            "idempotency_key", name=op.f("uq_schedules_idempotency_key")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_schedules_public_id")),
    )
    op.create_table(
        "announcements",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "general",
                "pension",
                "meeting",
                "health",
                "utilities",
                "security",
                "billing",
                "emergency",
                name="topic",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "purpose",
            sa.Enum(
                "notices",
                "pension",
                "dossier",
                "billing",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("accented", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "awaiting_approval",
                "returned",
                "scheduled",
                "sending",
                "finished",
                "called_off",
                name="announcement_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("author_id", BigId, nullable=False),
        sa.Column("approver_id", BigId, nullable=True),
        sa.Column("approved_hash", sa.String(length=64), nullable=True),
        sa.Column("returned_reason", sa.String(length=300), nullable=True),
        sa.Column("send_at", UtcDateTime(), nullable=True),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("recipients", sa.Integer(), nullable=True),
        sa.Column("schedule_id", BigId, nullable=True),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (recipients IS NULL)",
            name=op.f("ck_announcements_frozen_is_counted"),
        ),
        sa.CheckConstraint(
            "approver_id IS NULL OR approver_id <> author_id",
            name=op.f("ck_announcements_author_is_not_approver"),
        ),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (due_at IS NULL)",
            name=op.f("ck_announcements_frozen_is_due"),
        ),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["accounts.id"], name=op.f("fk_announcements_approver_id")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["accounts.id"], name=op.f("fk_announcements_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_announcements_schedule_id")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_announcements_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sa.UniqueConstraint(
            "idempotency_key", name=op.f("uq_announcements_idempotency_key")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_announcements_public_id")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.create_index(
            "ix_announcements_ward_id_id", ["ward_id", "id"], unique=False
        )

    op.create_table(
        "exemptions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "poor",
                "near_poor",
                "meritorious",
                "social_protection",
                name="exemption_reason",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("decision", sa.String(length=80), nullable=False),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date(), nullable=True),
        sa.Column("recorded_by", BigId, nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by", BigId, nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> recorded_by",
            name=op.f("ck_exemptions_two_persons"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_exemptions_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_exemptions_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemptions")),
    )
    with op.batch_alter_table("exemptions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_exemptions_household_id", ["household_id"], unique=False
        )

    op.create_table(
        "payments",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
        sa.Column("group_id", BigId, nullable=False),
        sa.Column("amount_vnd", sa.Integer(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "cash",
                "transfer",
                name="payment_method",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("receipt_number", sa.String(length=32), nullable=False),
        sa.Column("paid_at", UtcDateTime(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("booked_month", sa.Date(), nullable=False),
        sa.Column("received_by", BigId, nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("reverses_id", BigId, nullable=True),
        sa.CheckConstraint(
            "(reverses_id IS NULL) = (amount_vnd > 0)",
            name=op.f("ck_payments_minus_only_to_reverse"),
        ),
        sa.CheckConstraint(
            "booked_month >= month", name=op.f("ck_payments_booked_not_before")
        ),
        sa.CheckConstraint("amount_vnd <> 0", name=op.f("ck_payments_not_nothing")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["residential_groups.id"], name=op.f("fk_payments_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_payments_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["payments.id"], name=op.f("fk_payments_reverses_id")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_payments_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payments_public_id")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_payments_reverses_id")),
        sa.UniqueConstraint(
            "ward_id",
            "idempotency_key",
            name=op.f("uq_payments_ward_id_idempotency_key"),
        ),
        sa.UniqueConstraint(
            "ward_id", "receipt_number", name=op.f("uq_payments_ward_id_receipt_number")
        ),
    )
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_payments_household_id", ["household_id"], unique=False
        )
        batch_op.create_index(
            "ix_payments_group_id_cash",
            ["group_id"],
            unique=False,
            sqlite_where=sa.text("method = 'cash'"),
            postgresql_where=sa.text("method = 'cash'"),
        )
        batch_op.create_index(
            "ix_payments_ward_id_booked_month",
            ["ward_id", "booked_month"],
            unique=False,
        )

    op.create_table(
        "residents",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("search_key", sa.String(length=120), nullable=False),
        sa.Column("sort_key", sa.String(length=400), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("relation_to_head", sa.String(length=60), nullable=True),
        sa.Column("is_head", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_residents_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_residents_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residents")),
        sa.UniqueConstraint("public_id", name=op.f("uq_residents_public_id")),
    )
    with op.batch_alter_table("residents", schema=None) as batch_op:
        batch_op.create_index(
            "ix_residents_household_id", ["household_id"], unique=False
        )
        batch_op.create_index(
            "ix_residents_ward_id_search_key", ["ward_id", "search_key"], unique=False
        )

    op.create_table(
        "exclusions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("announcement_id", BigId, nullable=False),
        sa.Column("resident_id", BigId, nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "no_line",
                "unusable_line",
                "no_consent",
                "withdrawn",
                "suspended",
                name="exclusion_reason",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_exclusions_announcement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_exclusions_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusions")),
    )
    with op.batch_alter_table("exclusions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_exclusions_announcement_id", ["announcement_id"], unique=False
        )

    op.create_table(
        "messages",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("announcement_id", BigId, nullable=True),
        sa.Column("line_id", BigId, nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "announcement",
                "reply",
                "code",
                "confirmation",
                "test",
                name="message_kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "purpose",
            sa.Enum(
                "notices",
                "pension",
                "dossier",
                "billing",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("to_e164", sa.String(length=16), nullable=False),
        sa.Column("sender", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("encoding", sa.String(length=4), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(length=24), nullable=False),
        sa.Column("gateway", sa.String(length=24), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "submitting",
                "in_doubt",
                "accepted",
                "acknowledged",
                "delivered",
                "undelivered",
                "refused",
                "expired",
                "withheld",
                name="message_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "withheld_reason",
            sa.Enum(
                "consent",
                "unusable_line",
                "called_off",
                name="withheld_reason",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("code", sa.String(length=24), nullable=True),
        sa.Column("blame", sa.String(length=12), nullable=True),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("usage_day", sa.Date(), nullable=True),
        sa.Column("usage_month", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(state = 'submitting') = (lease_until IS NOT NULL)",
            name=op.f("ck_messages_submitting_has_a_lease"),
        ),
        sa.CheckConstraint(
            "(state = 'withheld') = (withheld_reason IS NOT NULL)",
            name=op.f("ck_messages_withheld_says_why"),
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_messages_announcement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["lines.id"], name=op.f("fk_messages_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_messages_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "announcement_id",
            "line_id",
            name=op.f("uq_messages_announcement_id_line_id"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_messages_public_id")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_messages_due",
            ["gateway", "lane", "due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index(
            "ix_messages_leased",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'submitting'"),
            postgresql_where=sa.text("state = 'submitting'"),
        )
        batch_op.create_index(
            "ix_messages_in_doubt",
            ["gateway", "due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'in_doubt'"),
            postgresql_where=sa.text("state = 'in_doubt'"),
        )
        batch_op.create_index("ix_messages_line_id", ["line_id"], unique=False)
        batch_op.create_index("ix_messages_provider_id", ["provider_id"], unique=False)

    op.create_table(
        "occurrences",
        sa.Column("id", BigId, nullable=False),
        sa.Column("schedule_id", BigId, nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("fired_at", UtcDateTime(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "announced",
                "missed",
                "nobody",
                name="occurrence_outcome",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("announcement_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_occurrences_announcement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_occurrences_schedule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
        sa.UniqueConstraint(
            "schedule_id", "due_at", name=op.f("uq_occurrences_schedule_id_due_at")
        ),
    )
    op.create_table(
        "remitted_payments",
        sa.Column("payment_id", BigId, nullable=False),
        sa.Column("remittance_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payments.id"],
            name=op.f("fk_remitted_payments_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id"],
            ["remittances.id"],
            name=op.f("fk_remitted_payments_remittance_id"),
        ),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_remitted_payments")),
    )
    op.create_table(
        "resident_tags",
        sa.Column("resident_id", BigId, nullable=False),
        sa.Column(
            "tag",
            sa.Enum(
                "pensioner",
                "elderly",
                "meritorious",
                "poor",
                "near_poor",
                "social_protection",
                "child_under_6",
                name="tag",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_resident_tags_resident_id")
        ),
        sa.PrimaryKeyConstraint("resident_id", "tag", name=op.f("pk_resident_tags")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("line_id", BigId, nullable=False),
        sa.Column("resident_id", BigId, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "suspended",
                "ended",
                name="subscription_status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "relation",
            sa.Enum(
                "own",
                "relative",
                name="relation",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("pays", sa.Boolean(), nullable=False),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["lines.id"], name=op.f("fk_subscriptions_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_subscriptions_resident_id")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_subscriptions_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint(
            "line_id", "resident_id", name=op.f("uq_subscriptions_line_id_resident_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_subscriptions_public_id")),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_subscriptions_resident_id", ["resident_id"], unique=False
        )
        batch_op.create_index(
            "uq_subscriptions_paying_line",
            ["line_id"],
            unique=True,
            sqlite_where=sa.text("pays = 1 AND status <> 'ended'"),
            postgresql_where=sa.text("pays AND status <> 'ended'"),
        )

    op.create_table(
        "subscription_changes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("subscription_id", BigId, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "suspended",
                "ended",
                name="subscription_status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("from_month", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("recorded_by", BigId, nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_subscription_changes_subscription_id"),
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_subscription_changes_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_changes")),
    )
    with op.batch_alter_table("subscription_changes", schema=None) as batch_op:
        batch_op.create_index(
            "ix_subscription_changes_subscription_id",
            ["subscription_id"],
            unique=False,
        )

    op.create_table(
        "charges",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("subscription_id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
        sa.Column("group_id", BigId, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("booked_month", sa.Date(), nullable=False),
        sa.Column("tariff_vnd", sa.Integer(), nullable=False),
        sa.Column("amount_vnd", sa.Integer(), nullable=False),
        sa.Column("exemption_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount_vnd >= 0", name=op.f("ck_charges_not_negative")),
        sa.CheckConstraint(
            "booked_month >= month", name=op.f("ck_charges_booked_not_before")
        ),
        sa.ForeignKeyConstraint(
            ["exemption_id"], ["exemptions.id"], name=op.f("fk_charges_exemption_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["residential_groups.id"], name=op.f("fk_charges_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_charges_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_charges_subscription_id"),
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_charges_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charges")),
        sa.UniqueConstraint(
            "subscription_id", "month", name=op.f("uq_charges_subscription_id_month")
        ),
    )
    with op.batch_alter_table("charges", schema=None) as batch_op:
        batch_op.create_index("ix_charges_household_id", ["household_id"], unique=False)
        batch_op.create_index(
            "ix_charges_ward_id_booked_month", ["ward_id", "booked_month"], unique=False
        )

    op.create_table(
        "allocations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("payment_id", BigId, nullable=False),
        sa.Column("charge_id", BigId, nullable=False),
        sa.Column("amount_vnd", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charges.id"], name=op.f("fk_allocations_charge_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_allocations_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
        sa.CheckConstraint("amount_vnd <> 0", name=op.f("ck_allocations_not_nothing")),
    )
    with op.batch_alter_table("allocations", schema=None) as batch_op:
        batch_op.create_index("ix_allocations_payment_id", ["payment_id"], unique=False)
        batch_op.create_index("ix_allocations_charge_id", ["charge_id"], unique=False)

    op.create_table(
        "uploads",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("group_id", BigId, nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("list_date", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "(used_at IS NULL) = (content IS NOT NULL)",
            name=op.f("ck_uploads_content_until_used"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_uploads_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["residential_groups.id"], name=op.f("fk_uploads_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_uploads_ward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("public_id", name=op.f("uq_uploads_public_id")),
    )
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.create_index("ix_uploads_expires_at", ["expires_at"], unique=False)

    _create_refusal()
    for table in APPEND_ONLY:
        _forbid_changes(table)
    if op.get_bind().dialect.name == "postgresql":
        # room on the page for a text's five updates: HOT, no index is touched
        op.execute("ALTER TABLE messages SET (fillfactor = 70)")


def _forbid_changes(table: str) -> None:
    for act in ("UPDATE", "DELETE"):
        name = f"{table}_no_{act.lower()}"
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _create_refusal() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
            "USING ERRCODE = 'restrict_violation'; END $$"
        )


def downgrade() -> None:
    raise RuntimeError("the first tables are never taken away")

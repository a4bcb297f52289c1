"""Gateways as data, two channels, a price for each gateway, and Zalo."""

import sqlalchemy as sa
from alembic import op

from subscriptions.tables.base import BigId, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHANNELS = ("sms", "zalo")
METHODS = ("paper", "leader_screen", "sms_keyword", "own_page", "carrier", "zalo")
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
TEMPLATE_STATES = ("approved", "pending", "rejected", "disabled")
FILLED = (
    ("messages", "channel"),
    ("messages", "tariff_kind"),
    ("messages", "submissions"),
    ("inbound_texts", "channel"),
    ("tariffs", "gateway"),
)
"""New columns that rows of before need a word for; from now on the code gives it."""
OVER_QUOTA = ("fall_back", "spread")


def upgrade() -> None:
    _change_messages()
    _change_consents()
    _change_prices()
    with op.batch_alter_table("inbound_texts") as batch:
        batch.alter_column(
            "sender_e164", type_=sa.String(32), existing_type=sa.String(20)
        )
        batch.alter_column(
            "to_number", type_=sa.String(32), existing_type=sa.String(20)
        )
        batch.add_column(_channel(server_default="sms"))
        batch.create_check_constraint(
            op.f("ck_inbound_texts_channel"), _is_one_of("channel", CHANNELS)
        )
    for table in ("announcements", "schedules"):
        op.add_column(table, sa.Column("zalo", sa.JSON(), nullable=True))
    _add_gateways()
    _add_zalo()
    _add_legs()
    for table, column in FILLED:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, server_default=None)


def _change_messages() -> None:
    with op.batch_alter_table("messages") as batch:
        batch.add_column(_channel(server_default="sms"))
        batch.add_column(sa.Column("user_id", sa.String(32), nullable=True))
        batch.add_column(sa.Column("template", sa.JSON(), nullable=True))
        batch.add_column(
            sa.Column("submissions", sa.Integer(), nullable=False, server_default="0")
        )
        batch.add_column(
            sa.Column(
                "tariff_kind", sa.String(24), nullable=False, server_default="care"
            )
        )
        batch.add_column(sa.Column("fall_back_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("first_tried_at", UtcDateTime(), nullable=True))
        batch.create_check_constraint(
            op.f("ck_messages_channel"), _is_one_of("channel", CHANNELS)
        )
    falling = sa.text("fall_back_at IS NOT NULL AND state = 'accepted'")
    op.create_index(
        "ix_messages_falling_back",
        "messages",
        ["fall_back_at"],
        sqlite_where=falling,
        postgresql_where=falling,
    )
    repeated = sa.text("first_tried_at IS NOT NULL AND state = 'queued'")
    op.create_index(
        "ix_messages_repeated",
        "messages",
        ["due_at"],
        sqlite_where=repeated,
        postgresql_where=repeated,
    )


def _change_consents() -> None:
    with op.batch_alter_table("consents") as batch:
        batch.add_column(sa.Column("channel", sa.String(8), nullable=True))
        batch.drop_constraint(op.f("ck_consents_consent_method"), type_="check")
        batch.create_check_constraint(
            op.f("ck_consents_consent_method"), _is_one_of("method", METHODS)
        )
    if op.get_bind().dialect.name != "sqlite":
        return
    # a table that is altered by copying it comes back without its triggers
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER consents_no_{act.lower()} BEFORE {act} ON consents "
            "BEGIN SELECT RAISE(ABORT, 'consents is append-only'); END"
        )


def _change_prices() -> None:
    with op.batch_alter_table("tariffs") as batch:
        batch.drop_constraint(op.f("uq_tariffs_carrier_kind_valid_from"))
        batch.add_column(
            sa.Column("gateway", sa.String(24), nullable=False, server_default="")
        )
        batch.alter_column("kind", type_=sa.String(24), existing_type=sa.String(12))
        batch.create_unique_constraint(
            op.f("uq_tariffs_gateway_carrier_kind_valid_from"),
            ["gateway", "carrier", "kind", "valid_from"],
        )
    with op.batch_alter_table("usage_lines") as batch:
        batch.alter_column("kind", type_=sa.String(24), existing_type=sa.String(12))


def _add_gateways() -> None:
    op.create_table(
        "gateways",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        _channel(),
        sa.Column("sender", sa.String(20), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("locked_options", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _one_of("gateways", "channel", CHANNELS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateways")),
        sa.UniqueConstraint("name", name=op.f("uq_gateways_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_gateways_public_id")),
    )
    op.create_table(
        "carrier_routes",
        sa.Column("id", BigId, nullable=False),
        _channel(),
        sa.Column("carrier", sa.String(24), nullable=False),
        sa.Column("gateway", sa.String(24), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        _one_of("carrier_routes", "channel", CHANNELS),
        sa.CheckConstraint(
            "share BETWEEN 0 AND 100",
            name=op.f("ck_carrier_routes_share_is_a_percentage"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_routes")),
        sa.UniqueConstraint(
            "channel",
            "carrier",
            "gateway",
            name=op.f("uq_carrier_routes_channel_carrier_gateway"),
        ),
    )
    op.create_table(
        "gateway_tokens",
        sa.Column("gateway", sa.String(24), nullable=False),
        sa.Column("locked_access", sa.Text(), nullable=False),
        sa.Column("locked_refresh", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("rotated_at", UtcDateTime(), nullable=False),
        sa.Column("rotating_until", UtcDateTime(), nullable=True),
        sa.Column("lost_reason", sa.String(200), nullable=True),
        sa.Column("first_refresh_hash", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_gateway_tokens")),
    )
    op.create_table(
        "gateway_standings",
        sa.Column("gateway", sa.String(24), nullable=False),
        sa.Column("balance_vnd", sa.Integer(), nullable=True),
        sa.Column("daily_quota", sa.Integer(), nullable=True),
        sa.Column("remaining_quota", sa.Integer(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("is_answered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_gateway_standings")),
    )


def _add_zalo() -> None:
    op.create_table(
        "zalo_templates",
        sa.Column("id", BigId, nullable=False),
        sa.Column("gateway", sa.String(24), nullable=False),
        sa.Column("template_id", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("price_vnd", sa.Integer(), nullable=True),
        sa.Column("price_by_user_id_vnd", sa.Integer(), nullable=True),
        sa.Column("quality", sa.String(24), nullable=True),
        sa.Column("preview_url", sa.String(500), nullable=True),
        sa.Column("synced_at", UtcDateTime(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        _one_of("zalo_templates", "state", TEMPLATE_STATES, name="template_state"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zalo_templates")),
        sa.UniqueConstraint(
            "gateway", "template_id", name=op.f("uq_zalo_templates_gateway_template_id")
        ),
    )
    op.create_table(
        "zalo_contacts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("gateway", sa.String(24), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("ward_id", BigId, nullable=True),
        sa.Column("line_id", BigId, nullable=True),
        sa.Column("phone_e164", sa.String(16), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("is_following", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=True),
        sa.Column("last_wrote_at", UtcDateTime(), nullable=True),
        _key("zalo_contacts", "line_id", "lines"),
        _key("zalo_contacts", "ward_id", "wards"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zalo_contacts")),
        sa.UniqueConstraint(
            "gateway", "user_id", name=op.f("uq_zalo_contacts_gateway_user_id")
        ),
    )
    op.create_index("ix_zalo_contacts_line_id", "zalo_contacts", ["line_id"])
    op.create_index(
        "ix_zalo_contacts_gateway_phone_e164",
        "zalo_contacts",
        ["gateway", "phone_e164"],
    )
    op.create_table(
        "zalo_lines",
        sa.Column("line_id", BigId, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(24), nullable=False),
        sa.Column("learned_at", UtcDateTime(), nullable=False),
        _key("zalo_lines", "line_id", "lines"),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_zalo_lines")),
    )
    op.create_table(
        "ward_channels",
        sa.Column("ward_id", BigId, autoincrement=False, nullable=False),
        sa.Column("zalo_gateway", sa.String(24), nullable=True),
        sa.Column("over_quota", sa.String(24), nullable=False),
        sa.Column("fall_back_minutes", sa.JSON(), nullable=False),
        _one_of("ward_channels", "over_quota", OVER_QUOTA),
        _key("ward_channels", "ward_id", "wards"),
        sa.PrimaryKeyConstraint("ward_id", name=op.f("pk_ward_channels")),
    )


def _add_legs() -> None:
    op.create_table(
        "message_legs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        _channel(),
        sa.Column("gateway", sa.String(24), nullable=False),
        sa.Column("carrier", sa.String(24), nullable=False),
        sa.Column("tariff_kind", sa.String(24), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("why", sa.String(24), nullable=False),
        sa.Column("code", sa.String(24), nullable=True),
        sa.Column("provider_id", sa.String(64), nullable=True),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("usage_day", sa.Date(), nullable=True),
        sa.Column("usage_month", sa.Date(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        _one_of("message_legs", "channel", CHANNELS),
        _one_of("message_legs", "state", MESSAGE_STATES, name="message_state"),
        _key("message_legs", "message_id", "messages"),
        _key("message_legs", "ward_id", "wards"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_legs")),
        sa.UniqueConstraint(
            "message_id", "gateway", name=op.f("uq_message_legs_message_id_gateway")
        ),
    )
    op.create_index(
        "ix_message_legs_ward_id_usage_month",
        "message_legs",
        ["ward_id", "usage_month"],
    )
    op.create_index("ix_message_legs_provider_id", "message_legs", ["provider_id"])


def _channel(server_default: str | None = None) -> sa.Column[str]:
    return sa.Column(
        "channel", sa.String(24), nullable=False, server_default=server_default
    )


def _one_of(
    table: str, column: str, words: tuple[str, ...], *, name: str | None = None
) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        _is_one_of(column, words), name=op.f(f"ck_{table}_{name or column}")
    )


def _is_one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}")
    )

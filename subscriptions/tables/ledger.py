"""The money residents owe and pay: rows are added, never changed or deleted."""

import datetime as dt
import enum
import uuid

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from subscriptions.tables.base import Base, BigId, new_public_id, stored


class MonthState(enum.StrEnum):
    """A billing month: first collecting, then closed for good."""

    COLLECTING = "collecting"
    CLOSED = "closed"


class ExemptionReason(enum.StrEnum):
    """Who the ward may spare the charge."""

    POOR = "poor"
    NEAR_POOR = "near_poor"
    MERITORIOUS = "meritorious"
    SOCIAL_PROTECTION = "social_protection"


class PaymentMethod(enum.StrEnum):
    """How the money came."""

    CASH = "cash"
    TRANSFER = "transfer"


class AdjustmentKind(enum.StrEnum):
    """What was found late about a month already closed."""

    CHARGE = "charge"
    PAYMENT = "payment"
    USAGE = "usage"


class BillingMonth(Base):
    """One month of one ward, with the sums it was closed on."""

    __tablename__ = "billing_months"
    __table_args__ = (
        UniqueConstraint("ward_id", "month"),
        CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_a_time"
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    month: Mapped[dt.date]
    state: Mapped[MonthState] = mapped_column(
        stored(MonthState), default=MonthState.COLLECTING
    )
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[int | None] = mapped_column(BigId)
    charged_vnd: Mapped[int] = mapped_column(default=0)
    """What its own charges, payments and texts come to; what came late is apart."""
    exempted: Mapped[int] = mapped_column(default=0)
    """Lines spared the charge."""
    collected_vnd: Mapped[int] = mapped_column(default=0)
    adjusted_charges_vnd: Mapped[int] = mapped_column(default=0)
    adjusted_payments_vnd: Mapped[int] = mapped_column(default=0)
    adjusted_usage_vnd: Mapped[int] = mapped_column(default=0)
    segments: Mapped[int] = mapped_column(default=0)
    usage_vnd: Mapped[int] = mapped_column(default=0)


class Exemption(Base):
    """A dated decision to spare a household; counts once a second person agreed."""

    __tablename__ = "exemptions"
    __table_args__ = (
        CheckConstraint(
            "approved_by IS NULL OR approved_by <> recorded_by", name="two_persons"
        ),
        Index("ix_exemptions_household_id", "household_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    reason: Mapped[ExemptionReason] = mapped_column(stored(ExemptionReason))
    decision: Mapped[str] = mapped_column(String(80))
    """Number and date of the paper, for example "45/QĐ-UBND 05/01/2026"."""
    first_month: Mapped[dt.date]
    last_month: Mapped[dt.date | None]
    recorded_by: Mapped[int] = mapped_column(BigId)
    recorded_at: Mapped[dt.datetime]
    approved_by: Mapped[int | None] = mapped_column(BigId)
    approved_at: Mapped[dt.datetime | None]


class Charge(Base):
    """What one subscription owes for one month; zero when exempt."""

    __tablename__ = "charges"
    __table_args__ = (
        UniqueConstraint("subscription_id", "month"),
        Index("ix_charges_ward_id_booked_month", "ward_id", "booked_month"),
        Index("ix_charges_household_id", "household_id"),
        CheckConstraint("amount_vnd >= 0", name="not_negative"),
        CheckConstraint("booked_month >= month", name="booked_not_before"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("residential_groups.id"))
    month: Mapped[dt.date]
    booked_month: Mapped[dt.date]
    """The month whose sums it is in: later than `month` when that was closed."""
    tariff_vnd: Mapped[int]
    amount_vnd: Mapped[int]
    exemption_id: Mapped[int | None] = mapped_column(ForeignKey("exemptions.id"))
    created_at: Mapped[dt.datetime]


class Payment(Base):
    """Money received from a household; undoing it adds a row of minus as much."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("ward_id", "receipt_number"),
        UniqueConstraint("ward_id", "idempotency_key"),
        UniqueConstraint("reverses_id"),
        CheckConstraint("amount_vnd <> 0", name="not_nothing"),
        CheckConstraint(
            "(reverses_id IS NULL) = (amount_vnd > 0)", name="minus_only_to_reverse"
        ),
        CheckConstraint("booked_month >= month", name="booked_not_before"),
        Index(
            "ix_payments_group_id_cash",
            "group_id",
            sqlite_where=text("method = 'cash'"),
            postgresql_where=text("method = 'cash'"),
        ),
        Index("ix_payments_ward_id_booked_month", "ward_id", "booked_month"),
        Index("ix_payments_household_id", "household_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("residential_groups.id"))
    amount_vnd: Mapped[int]
    method: Mapped[PaymentMethod] = mapped_column(stored(PaymentMethod))
    receipt_number: Mapped[str] = mapped_column(String(32))
    """Counted per group and year: T12-2026-0143; undone by T12-2026-0143-H."""
    paid_at: Mapped[dt.datetime]
    month: Mapped[dt.date]
    """Ward-local month it was paid in; for one that undoes, that of what it undoes."""
    booked_month: Mapped[dt.date]
    received_by: Mapped[int] = mapped_column(BigId)
    idempotency_key: Mapped[str] = mapped_column(String(64))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))


class NumberSeries(Base):
    """How far a series of receipts or hand-ins has been counted, without gaps."""

    __tablename__ = "number_series"

    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    """For example T12-2026 or TO12-T11."""
    last: Mapped[int]


class Allocation(Base):
    """How much of a payment settles which charge; minus when the payment is undone."""

    __tablename__ = "allocations"
    __table_args__ = (
        Index("ix_allocations_payment_id", "payment_id"),
        Index("ix_allocations_charge_id", "charge_id"),
        CheckConstraint("amount_vnd <> 0", name="not_nothing"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    charge_id: Mapped[int] = mapped_column(ForeignKey("charges.id"))
    amount_vnd: Mapped[int]


class Remittance(Base):
    """Cash a leader hands to the ward; only the ward says it matches."""

    __tablename__ = "remittances"
    __table_args__ = (
        UniqueConstraint("ward_id", "code"),
        CheckConstraint(
            "matched_by IS NULL OR matched_by <> handed_by", name="two_persons"
        ),
        CheckConstraint("amount_vnd > 0", name="something"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("residential_groups.id"))
    code: Mapped[str] = mapped_column(String(24))
    """Group, month of handing in, running number: TO12-T11-1."""
    amount_vnd: Mapped[int]
    handed_by: Mapped[int] = mapped_column(BigId)
    handed_at: Mapped[dt.datetime]
    matched_by: Mapped[int | None] = mapped_column(BigId)
    matched_at: Mapped[dt.datetime | None]


class RemittedPayment(Base):
    """Which payments a remittance carries; a payment is handed in once."""

    __tablename__ = "remitted_payments"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), primary_key=True)
    remittance_id: Mapped[int] = mapped_column(ForeignKey("remittances.id"))


class Adjustment(Base):
    """What came to light about a closed month, booked in an open one."""

    __tablename__ = "adjustments"
    __table_args__ = (
        Index("ix_adjustments_ward_id_booked_month", "ward_id", "booked_month"),
        UniqueConstraint("ward_id", "reference"),
        CheckConstraint("concerns_month < booked_month", name="looks_back"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    booked_month: Mapped[dt.date]
    concerns_month: Mapped[dt.date]
    kind: Mapped[AdjustmentKind] = mapped_column(stored(AdjustmentKind))
    amount_vnd: Mapped[int]
    """Signed: income for charges and payments, cost for usage."""
    reason: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str] = mapped_column(String(64))
    """What it stands for, for example message:123; one adjustment for each."""
    created_at: Mapped[dt.datetime]

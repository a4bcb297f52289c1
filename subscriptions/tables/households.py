"""Households, the people in them, their phones, and who is served through which."""

import datetime as dt
import enum
import uuid

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from subscriptions.tables.base import Base, BigId, new_public_id, stored


class Tag(enum.StrEnum):
    """Why an officer may look for a resident; never health or criminal facts."""

    PENSIONER = "pensioner"
    ELDERLY = "elderly"
    MERITORIOUS = "meritorious"
    POOR = "poor"
    NEAR_POOR = "near_poor"
    SOCIAL_PROTECTION = "social_protection"
    CHILD_UNDER_6 = "child_under_6"


class LineStatus(enum.StrEnum):
    """Whether a phone number can be texted at all."""

    USABLE = "usable"
    UNUSABLE = "unusable"


class SubscriptionStatus(enum.StrEnum):
    """Whether the service runs for this person on this line."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Relation(enum.StrEnum):
    """Whose phone it is, seen from the resident served through it."""

    OWN = "own"
    RELATIVE = "relative"


class Household(Base):
    """Hộ: one door, one payer."""

    __tablename__ = "households"
    __table_args__ = (
        Index("ix_households_group_id", "group_id"),
        Index("ix_households_ward_id", "ward_id"),
        Index(
            "uq_households_match_key",
            "group_id",
            "match_key",
            unique=True,
            sqlite_where=text("left_on IS NULL AND match_key <> ''"),
            postgresql_where=text("left_on IS NULL AND match_key <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("residential_groups.id"))
    address: Mapped[str] = mapped_column(String(200))
    """As people say it: "Số 69 ngách 12/4 Nguyễn Tuân" or "A1 · 1204"."""
    street: Mapped[str | None] = mapped_column(String(120))
    block: Mapped[str | None] = mapped_column(String(40))
    match_key: Mapped[str] = mapped_column(String(340))
    """Head's name and address folded: the same twice in a group is one household.

    Empty while the head's name is not known.
    """
    search_key: Mapped[str] = mapped_column(String(400))
    """Address, street and block folded."""
    note: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[dt.datetime]
    left_on: Mapped[dt.date | None]


class Resident(Base):
    """One person of a household."""

    __tablename__ = "residents"
    __table_args__ = (
        Index("ix_residents_household_id", "household_id"),
        Index("ix_residents_ward_id_search_key", "ward_id", "search_key"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    full_name: Mapped[str] = mapped_column(String(120))
    search_key: Mapped[str] = mapped_column(String(120))
    sort_key: Mapped[str] = mapped_column(String(400))
    birth_year: Mapped[int | None]
    relation_to_head: Mapped[str | None] = mapped_column(String(60))
    is_head: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None] = mapped_column(String(300))
    left_on: Mapped[dt.date | None]


class ResidentTag(Base):
    """One tag of one resident."""

    __tablename__ = "resident_tags"

    resident_id: Mapped[int] = mapped_column(
        ForeignKey("residents.id"), primary_key=True
    )
    tag: Mapped[Tag] = mapped_column(stored(Tag), primary_key=True)


class Line(Base):
    """A phone number in a ward: one row however many homes share the phone."""

    __tablename__ = "lines"
    __table_args__ = (UniqueConstraint("ward_id", "e164"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    e164: Mapped[str] = mapped_column(String(16))
    carrier: Mapped[str] = mapped_column(String(24))
    """By prefix: an estimate, because numbers move between carriers."""
    status: Mapped[LineStatus] = mapped_column(
        stored(LineStatus), default=LineStatus.USABLE
    )
    status_reason: Mapped[str | None] = mapped_column(String(40))


class Subscription(Base):
    """A resident served through a line; one of a line's subscriptions pays."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("line_id", "resident_id"),
        Index("ix_subscriptions_resident_id", "resident_id"),
        Index(
            "uq_subscriptions_paying_line",
            "line_id",
            unique=True,
            sqlite_where=text("pays = 1 AND status <> 'ended'"),
            postgresql_where=text("pays AND status <> 'ended'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("residents.id"))
    status: Mapped[SubscriptionStatus] = mapped_column(
        stored(SubscriptionStatus), default=SubscriptionStatus.ACTIVE
    )
    relation: Mapped[Relation] = mapped_column(stored(Relation), default=Relation.OWN)
    pays: Mapped[bool] = mapped_column(default=True)
    first_month: Mapped[dt.date]
    """First of the month from which it is charged."""
    last_month: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime]


class SubscriptionChange(Base):
    """One change of a subscription's status: rows are only ever added."""

    __tablename__ = "subscription_changes"
    __table_args__ = (
        Index("ix_subscription_changes_subscription_id", "subscription_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    status: Mapped[SubscriptionStatus] = mapped_column(stored(SubscriptionStatus))
    from_month: Mapped[dt.date]
    """First of the month from which it counts for the charge; texts follow at once."""
    reason: Mapped[str] = mapped_column(String(200))
    recorded_by: Mapped[int | None] = mapped_column(BigId)
    recorded_at: Mapped[dt.datetime]

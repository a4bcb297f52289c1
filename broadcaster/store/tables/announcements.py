"""Announcements, the rules by which they repeat, and who was left out."""

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from subscriptions.exclusion_reasons import ExclusionReason
from subscriptions.tables.base import Base, BigId, new_public_id, stored
from subscriptions.tables.consents import Purpose


class Lane(enum.IntEnum):
    """Who goes first at the gateway: lower overtakes higher."""

    EMERGENCY = 0
    TRANSACTIONAL = 1
    NOTICE = 2
    BULK = 3


class Topic(enum.StrEnum):
    """What an announcement is about."""

    GENERAL = "general"
    PENSION = "pension"
    MEETING = "meeting"
    HEALTH = "health"
    UTILITIES = "utilities"
    SECURITY = "security"
    BILLING = "billing"
    EMERGENCY = "emergency"


class AnnouncementState(enum.StrEnum):
    """Where an announcement stands on its way out."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    RETURNED = "returned"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    FINISHED = "finished"
    CALLED_OFF = "called_off"


class OccurrenceOutcome(enum.StrEnum):
    """What came of one due time of a repeating announcement."""

    ANNOUNCED = "announced"
    MISSED = "missed"
    """Its hour was long past when a clock came back to it."""
    NOBODY = "nobody"
    """At its hour the audience had no line left to text."""
    OVER_BUDGET = "over_budget"
    """At its hour the ward's month had no room for it."""


class ScheduleState(enum.StrEnum):
    """Whether a repeating announcement runs."""

    AWAITING_APPROVAL = "awaiting_approval"
    RETURNED = "returned"
    ACTIVE = "active"
    ENDED = "ended"


class Schedule(Base):
    """An announcement that repeats by a rule in ward-local time."""

    __tablename__ = "schedules"
    __table_args__ = (
        CheckConstraint(
            "approver_id IS NULL OR approver_id <> author_id",
            name="author_is_not_approver",
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    topic: Mapped[Topic] = mapped_column(stored(Topic))
    body: Mapped[str] = mapped_column(Text)
    accented: Mapped[bool]
    zalo: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """As an announcement's own."""
    audience: Mapped[dict[str, Any]] = mapped_column(JSON)
    rule: Mapped[str] = mapped_column(String(200))
    """RFC 5545 RRULE over ward-local wall time."""
    starts_at: Mapped[dt.datetime]
    next_due_at: Mapped[dt.datetime | None]
    valid_minutes: Mapped[int | None]
    """How long after its due time each occurrence still makes sense."""
    state: Mapped[ScheduleState] = mapped_column(stored(ScheduleState))
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_hash: Mapped[str | None] = mapped_column(String(64))
    returned_reason: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[dt.datetime]
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)


class Announcement(Base):
    """One notice of the ward: written, approved where needed, sent once."""

    __tablename__ = "announcements"
    __table_args__ = (
        CheckConstraint(
            "approver_id IS NULL OR approver_id <> author_id",
            name="author_is_not_approver",
        ),
        CheckConstraint(
            "(confirmed_at IS NULL) = (recipients IS NULL)", name="frozen_is_counted"
        ),
        CheckConstraint(
            "(confirmed_at IS NULL) = (due_at IS NULL)", name="frozen_is_due"
        ),
        Index("ix_announcements_ward_id_id", "ward_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    topic: Mapped[Topic] = mapped_column(stored(Topic))
    purpose: Mapped[Purpose] = mapped_column(stored(Purpose))
    body: Mapped[str] = mapped_column(Text)
    accented: Mapped[bool]
    """The author's own choice: with accents a text costs about double."""
    text: Mapped[str] = mapped_column(Text)
    """What goes out, letter for letter."""
    zalo: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Its other rendering: `template_id` and `data`, the values of the blanks."""
    audience: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[AnnouncementState] = mapped_column(
        stored(AnnouncementState), default=AnnouncementState.DRAFT
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_hash: Mapped[str | None] = mapped_column(String(64))
    returned_reason: Mapped[str | None] = mapped_column(String(300))
    send_at: Mapped[dt.datetime | None]
    """When to freeze and send; None means as soon as it is confirmed."""
    valid_until: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    confirmed_at: Mapped[dt.datetime | None]
    """When the audience was frozen into messages."""
    due_at: Mapped[dt.datetime | None]
    """When its first text may leave: `send_at`, or the end of the quiet hours."""
    finished_at: Mapped[dt.datetime | None]
    recipients: Mapped[int | None]
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedules.id"))
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    """Made with the form: the same form posted twice is one announcement."""


class Occurrence(Base):
    """One due time of a schedule: unique, so that two clocks fire once."""

    __tablename__ = "occurrences"
    __table_args__ = (UniqueConstraint("schedule_id", "due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedules.id"))
    due_at: Mapped[dt.datetime]
    fired_at: Mapped[dt.datetime]
    outcome: Mapped[OccurrenceOutcome] = mapped_column(stored(OccurrenceOutcome))
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcements.id"))


class Exclusion(Base):
    """Someone of the audience left out when it was frozen, and why."""

    __tablename__ = "exclusions"
    __table_args__ = (Index("ix_exclusions_announcement_id", "announcement_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("residents.id"))
    reason: Mapped[ExclusionReason] = mapped_column(stored(ExclusionReason))

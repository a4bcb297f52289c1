"""The outbox and the inbox: every text that leaves or comes, and every receipt."""

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import MessageState
from subscriptions.tables.base import Base, BigId, new_public_id, stored
from subscriptions.tables.consents import Purpose

REPEATED = "first_tried_at IS NOT NULL AND state = 'queued'"
FALLING = "fall_back_at IS NOT NULL AND state = 'accepted'"


class MessageKind(enum.StrEnum):
    """Why a text goes out."""

    ANNOUNCEMENT = "announcement"
    REPLY = "reply"
    CODE = "code"
    CONFIRMATION = "confirmation"
    TEST = "test"


class WithheldReason(enum.StrEnum):
    """Why a text that was frozen is not sent after all."""

    CONSENT = "consent"
    UNUSABLE_LINE = "unusable_line"
    CALLED_OFF = "called_off"


class Message(Base):
    """One text for one phone: the outbox is this table."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("announcement_id", "line_id"),
        CheckConstraint(
            "(state = 'withheld') = (withheld_reason IS NOT NULL)",
            name="withheld_says_why",
        ),
        CheckConstraint(
            "(state = 'submitting') = (window_id IS NOT NULL)",
            name="submitting_in_a_window",
        ),
        # partial, so that a text which moves on costs no index write
        Index(
            "ix_messages_due",
            "gateway",
            "lane",
            "ward_id",
            "due_at",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_messages_in_doubt",
            "gateway",
            "due_at",
            sqlite_where=text("state = 'in_doubt'"),
            postgresql_where=text("state = 'in_doubt'"),
        ),
        # few or none: by this a clock finds them once their announcement goes on
        Index(
            "ix_messages_held",
            "announcement_id",
            "id",
            sqlite_where=text("state = 'held'"),
            postgresql_where=text("state = 'held'"),
        ),
        # texts of no announcement are few: by this they are asked about after a day
        Index(
            "ix_messages_direct",
            "accepted_at",
            sqlite_where=text("announcement_id IS NULL"),
            postgresql_where=text("announcement_id IS NULL"),
        ),
        # partial: most of a text's versions have none yet
        Index(
            "ix_messages_provider_id",
            "provider_id",
            sqlite_where=text("provider_id IS NOT NULL"),
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
        # few: by this a clock finds the Zalo messages whose receipt does not come
        Index(
            "ix_messages_falling_back",
            "fall_back_at",
            sqlite_where=text(FALLING),
            postgresql_where=text(FALLING),
        ),
        # hardly ever any: doubts on their way to be repeated
        Index(
            "ix_messages_repeated",
            "due_at",
            sqlite_where=text(REPEATED),
            postgresql_where=text(REPEATED),
        ),
        Index("ix_messages_line_id", "line_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    """The reference the gateway gives back in its receipts."""
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcements.id"))
    line_id: Mapped[int | None] = mapped_column(ForeignKey("lines.id"))
    kind: Mapped[MessageKind] = mapped_column(stored(MessageKind))
    purpose: Mapped[Purpose | None] = mapped_column(stored(Purpose))
    """Consent to this is read again before it leaves; None needs none."""
    to: Mapped[str] = mapped_column("to_e164", String(16))
    """Empty only for an answer to someone of whom we know just the user id."""
    channel: Mapped[Channel] = mapped_column(stored(Channel), default=Channel.SMS)
    """What it travels by now; what it tried before is in its earlier legs."""
    user_id: Mapped[str | None] = mapped_column(String(32))
    """The person's id at the gateway, where it is sent to that."""
    tariff_kind: Mapped[str] = mapped_column(String(24), default="care")
    """The class of its price: `care`, or a template's id, with `/user` by user id."""
    sender: Mapped[str] = mapped_column(String(20))
    text: Mapped[str | None] = mapped_column(Text)
    """None: the announcement's text, the same for all its messages."""
    template: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Of a text of no announcement: a template message's `template_id` and `data`."""
    encoding: Mapped[str] = mapped_column(String(4))
    segments: Mapped[int]
    carrier: Mapped[str] = mapped_column(String(24))
    gateway: Mapped[str] = mapped_column(String(24))
    lane: Mapped[int]
    state: Mapped[MessageState] = mapped_column(
        stored(MessageState), default=MessageState.QUEUED
    )
    withheld_reason: Mapped[WithheldReason | None] = mapped_column(
        stored(WithheldReason)
    )
    attempts: Mapped[int] = mapped_column(default=0)
    """Counts towards giving up; what everybody must wait for does not count."""
    submissions: Mapped[int] = mapped_column(default=0)
    """Numbers what is handed in: only a doubt that is repeated keeps its number."""
    first_tried_at: Mapped[dt.datetime | None]
    """When a doubt that is repeated was handed in first, see `repeats.py`."""
    due_at: Mapped[dt.datetime]
    """When it may leave; once in doubt, when the telco is asked about it next."""
    valid_until: Mapped[dt.datetime | None]
    window_id: Mapped[int | None] = mapped_column(BigInteger)
    """The send window it is in while it is submitting; no index, see SendWindow."""
    submitted_at: Mapped[dt.datetime | None]
    asked_at: Mapped[dt.datetime | None]
    """When the telco was last asked why no receipt came for what it had accepted."""
    provider_id: Mapped[str | None] = mapped_column(String(64))
    code: Mapped[str | None] = mapped_column(String(24))
    """The telco's own word for the last refusal or failure."""
    blame: Mapped[str | None] = mapped_column(String(12))
    accepted_at: Mapped[dt.datetime | None]
    fall_back_at: Mapped[dt.datetime | None]
    """When the SMS follows unless a receipt has come; None: never, or over."""
    finished_at: Mapped[dt.datetime | None]
    usage_day: Mapped[dt.date | None]
    """Ward-local day it was accepted: the tariff's day."""
    usage_month: Mapped[dt.date | None]
    """The month whose usage it is in: later than `usage_day` if that was closed."""
    created_at: Mapped[dt.datetime]


class MessageLeg(Base):
    """An earlier attempt of a message by another channel: over, and maybe paid for."""

    __tablename__ = "message_legs"
    __table_args__ = (
        UniqueConstraint("message_id", "gateway"),
        Index("ix_message_legs_ward_id_usage_month", "ward_id", "usage_month"),
        Index("ix_message_legs_provider_id", "provider_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    channel: Mapped[Channel] = mapped_column(stored(Channel))
    gateway: Mapped[str] = mapped_column(String(24))
    carrier: Mapped[str] = mapped_column(String(24))
    tariff_kind: Mapped[str] = mapped_column(String(24))
    segments: Mapped[int]
    state: Mapped[MessageState] = mapped_column(stored(MessageState))
    """How far it came; a receipt may still carry it further."""
    why: Mapped[str] = mapped_column(String(24))
    """A word of FallBack: why it ended."""
    code: Mapped[str | None] = mapped_column(String(24))
    provider_id: Mapped[str | None] = mapped_column(String(64))
    accepted_at: Mapped[dt.datetime | None]
    usage_day: Mapped[dt.date | None]
    usage_month: Mapped[dt.date | None]
    ended_at: Mapped[dt.datetime]


class RawCallback(Base):
    """A delivery report as it came: kept first, interpreted later."""

    __tablename__ = "raw_callbacks"
    __table_args__ = (
        UniqueConstraint("gateway", "reference", "raw_status"),
        Index(
            "ix_raw_callbacks_waiting",
            "due_at",
            "id",
            sqlite_where=text("interpreted_at IS NULL"),
            postgresql_where=text("interpreted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    gateway: Mapped[str] = mapped_column(String(24))
    reference: Mapped[str] = mapped_column(String(64))
    """Our reference; where the telco names only its own id, that, after "id:"."""
    raw_status: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(24))
    provider_id: Mapped[str | None] = mapped_column(String(64))
    code: Mapped[str | None] = mapped_column(String(24))
    blame: Mapped[str | None] = mapped_column(String(12))
    received_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    """When to look for its message next: ever more seldom, never not at all."""
    interpreted_at: Mapped[dt.datetime | None]
    """None while no message of ours answers to the reference."""


class InboundText(Base):
    """A resident's text as it came, and what we made of it."""

    __tablename__ = "inbound_texts"
    __table_args__ = (
        UniqueConstraint("gateway", "provider_id"),
        Index(
            "ix_inbound_texts_waiting",
            "id",
            sqlite_where=text("interpreted_at IS NULL"),
            postgresql_where=text("interpreted_at IS NULL"),
        ),
        Index("ix_inbound_texts_sender_e164", "sender_e164", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    gateway: Mapped[str] = mapped_column(String(24))
    provider_id: Mapped[str] = mapped_column(String(64))
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("wards.id"))
    sender: Mapped[str] = mapped_column("sender_e164", String(32))
    """E.164, or by Zalo the person's id there."""
    to: Mapped[str] = mapped_column("to_number", String(32))
    channel: Mapped[Channel] = mapped_column(stored(Channel), default=Channel.SMS)
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[dt.datetime]
    interpreted_at: Mapped[dt.datetime | None]
    keyword: Mapped[str | None] = mapped_column(String(24))


class SendWindow(Base):
    """Texts that one worker claimed together: gone once their outcomes are recorded.

    The lease is the window's, so a heartbeat writes one row and not hundreds; the ids
    are kept here, so that no index of messages changes when a text is claimed.
    """

    __tablename__ = "send_windows"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    gateway: Mapped[str] = mapped_column(String(24))
    worker: Mapped[str] = mapped_column(String(80))
    message_ids: Mapped[list[int]] = mapped_column(JSON)
    claimed_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    """Written before the first text touches the wire: None proves that none left."""
    lease_until: Mapped[dt.datetime]


class GatewayState(Base):
    """What keeps a gateway from sending at full speed; survives a restart of ours."""

    __tablename__ = "gateway_states"

    gateway: Mapped[str] = mapped_column(String(24), primary_key=True)
    until: Mapped[dt.datetime]
    """Nothing leaves before: it asked us to wait, or its breaker is open."""
    failures: Mapped[int] = mapped_column(default=0)
    """How often in a row the breaker opened; above 0, once over, only probes leave."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)

"""Zalo: templates, the people who follow a ward's account, and who has none."""

import datetime as dt
import enum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcaster.ports import TemplateState
from subscriptions.tables.base import Base, BigId, stored


class OverQuota(enum.StrEnum):
    """What a ward wants done with texts over the day's Zalo quota."""

    FALL_BACK = "fall_back"
    SPREAD = "spread"


class ZaloTemplate(Base):
    """A registered template, as Zalo had it when it was last synchronised."""

    __tablename__ = "zalo_templates"
    __table_args__ = (UniqueConstraint("gateway", "template_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    gateway: Mapped[str] = mapped_column(String(24))
    template_id: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[TemplateState] = mapped_column(stored(TemplateState))
    params: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """As TemplateParam has them: name, max_length, min_length, required, kind."""
    text: Mapped[str] = mapped_column(Text)
    price_vnd: Mapped[int | None]
    price_by_user_id_vnd: Mapped[int | None]
    quality: Mapped[str | None] = mapped_column(String(24))
    preview_url: Mapped[str | None] = mapped_column(String(500))
    synced_at: Mapped[dt.datetime]
    is_listed: Mapped[bool]
    """False once Zalo no longer lists it."""


class ZaloContact(Base):
    """Someone who follows the ward's account, linked to a line once they said so."""

    __tablename__ = "zalo_contacts"
    __table_args__ = (
        UniqueConstraint("gateway", "user_id"),
        Index("ix_zalo_contacts_line_id", "line_id"),
        Index("ix_zalo_contacts_gateway_phone_e164", "gateway", "phone_e164"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    gateway: Mapped[str] = mapped_column(String(24))
    user_id: Mapped[str] = mapped_column(String(32))
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("wards.id"))
    line_id: Mapped[int | None] = mapped_column(ForeignKey("lines.id"))
    phone: Mapped[str | None] = mapped_column("phone_e164", String(16))
    """The number they gave us, whether or not a household holds it."""
    asked_at: Mapped[dt.datetime | None]
    """When they were last asked for it, so that nobody is asked every day."""
    is_following: Mapped[bool]
    changed_at: Mapped[dt.datetime]
    linked_at: Mapped[dt.datetime | None]
    last_wrote_at: Mapped[dt.datetime | None]
    """Free answers are possible for 48 hours after this."""


class ZaloLine(Base):
    """A line of which Zalo said that it cannot be reached there."""

    __tablename__ = "zalo_lines"

    line_id: Mapped[int] = mapped_column(
        ForeignKey("lines.id"), primary_key=True, autoincrement=False
    )
    code: Mapped[str] = mapped_column(String(24))
    learned_at: Mapped[dt.datetime]


class WardChannels(Base):
    """How a ward uses Zalo beside SMS; a ward without a row uses SMS alone."""

    __tablename__ = "ward_channels"

    ward_id: Mapped[int] = mapped_column(
        ForeignKey("wards.id"), primary_key=True, autoincrement=False
    )
    zalo_gateway: Mapped[str | None] = mapped_column(String(24))
    """The account it sends by; None: not at all."""
    over_quota: Mapped[OverQuota] = mapped_column(stored(OverQuota))
    fall_back_minutes: Mapped[dict[str, int]] = mapped_column(JSON)
    """By topic: so long without a receipt, and the SMS follows. Others never do."""

"""Gateways as the operator set them up, and by which of them a text leaves."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcaster.ports import Channel
from subscriptions.tables.base import Base, BigId, new_public_id, stored


class GatewaySetup(Base):
    """One account at one telco. Its name is in every message that left by it."""

    __tablename__ = "gateways"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    name: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    """The entry point of its adapter."""
    channel: Mapped[Channel] = mapped_column(stored(Channel))
    sender: Mapped[str] = mapped_column(String(20))
    """The brandname or account it sends as; empty: the ward's own brandname."""
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    locked_options: Mapped[str] = mapped_column(Text)
    """Its secrets, encrypted: a JSON object of words."""
    place: Mapped[int]
    """Lower comes first where no route says otherwise."""
    is_enabled: Mapped[bool]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


class CarrierRoute(Base):
    """One gateway of a carrier's route: its share, and who stands in for whom."""

    __tablename__ = "carrier_routes"
    __table_args__ = (
        UniqueConstraint("channel", "carrier", "gateway"),
        CheckConstraint("share BETWEEN 0 AND 100", name="share_is_a_percentage"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel: Mapped[Channel] = mapped_column(stored(Channel))
    carrier: Mapped[str] = mapped_column(String(24))
    """Empty: every carrier that has no route of its own."""
    gateway: Mapped[str] = mapped_column(String(24))
    share: Mapped[int]
    """Of a hundred texts; 0 only stands in for the others."""
    place: Mapped[int]


class GatewayTokens(Base):
    """A gateway's pair of tokens, encrypted, and who is changing it."""

    __tablename__ = "gateway_tokens"

    gateway: Mapped[str] = mapped_column(String(24), primary_key=True)
    locked_access: Mapped[str] = mapped_column(Text)
    locked_refresh: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[dt.datetime]
    rotated_at: Mapped[dt.datetime]
    rotating_until: Mapped[dt.datetime | None]
    """Someone spends the refresh token; once over, that one died over it."""
    lost_reason: Mapped[str | None] = mapped_column(String(200))
    """Set when only a person can connect the account again."""
    first_refresh_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the token that the operator typed: another one begins anew."""


class GatewayStanding(Base):
    """What a gateway's account had left when it was last asked."""

    __tablename__ = "gateway_standings"

    gateway: Mapped[str] = mapped_column(String(24), primary_key=True)
    balance_vnd: Mapped[int | None]
    daily_quota: Mapped[int | None]
    remaining_quota: Mapped[int | None]
    asked_at: Mapped[dt.datetime]
    is_answered: Mapped[bool]
    """False: it gave no answer then, and the figures are older."""

"""What texts cost, and what a closed month came to."""

import datetime as dt

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from subscriptions.tables.base import Base, BigId


class Tariff(Base):
    """What a gateway takes for one segment to a carrier, from a day on."""

    __tablename__ = "tariffs"
    __table_args__ = (UniqueConstraint("gateway", "carrier", "kind", "valid_from"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    gateway: Mapped[str] = mapped_column(String(24), default="")
    """Empty: every gateway that has no price of its own."""
    carrier: Mapped[str] = mapped_column(String(24))
    """Empty: every carrier, as with Zalo."""
    kind: Mapped[str] = mapped_column(String(24))
    valid_from: Mapped[dt.date]
    vnd_per_segment: Mapped[int]


class UsageLine(Base):
    """A closed month's usage, one row for each carrier, kind and gateway."""

    __tablename__ = "usage_lines"
    __table_args__ = (
        UniqueConstraint("ward_id", "month", "carrier", "kind", "gateway"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    month: Mapped[dt.date]
    carrier: Mapped[str] = mapped_column(String(24))
    kind: Mapped[str] = mapped_column(String(24))
    gateway: Mapped[str] = mapped_column(String(24))
    messages: Mapped[int]
    segments: Mapped[int]
    cost_vnd: Mapped[int]

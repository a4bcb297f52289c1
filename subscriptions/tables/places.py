"""Wards and their residential groups: where people live and who serves them."""

import datetime as dt
import enum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from subscriptions.tables.base import Base, BigId, stored


class WardKind(enum.StrEnum):
    """The three kinds of commune-level unit since 1 July 2025."""

    WARD = "ward"
    COMMUNE = "commune"
    SPECIAL_ZONE = "special_zone"


class GroupKind(enum.StrEnum):
    """An urban residential group, or its rural twin."""

    RESIDENTIAL_GROUP = "residential_group"
    VILLAGE = "village"


class Ward(Base):
    """One commune-level unit: the scope of every query."""

    __tablename__ = "wards"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[WardKind] = mapped_column(stored(WardKind))
    province: Mapped[str] = mapped_column(String(80))
    sender_brand: Mapped[str] = mapped_column(String(11))
    hotline: Mapped[str | None] = mapped_column(String(20))
    inbound_number: Mapped[str | None] = mapped_column(String(20))
    price_vnd: Mapped[int] = mapped_column(default=3000)
    approval_over: Mapped[int] = mapped_column(default=500)
    """Announcements to more recipients than this need a second person."""
    quiet_from: Mapped[dt.time] = mapped_column(default=dt.time(21, 0))
    quiet_until: Mapped[dt.time] = mapped_column(default=dt.time(7, 0))


class ResidentialGroup(Base):
    """Tổ dân phố or thôn: the round of one leader."""

    __tablename__ = "residential_groups"
    __table_args__ = (UniqueConstraint("ward_id", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    code: Mapped[str] = mapped_column(String(12))
    """Short form on receipts and hand-ins, for example T12."""
    kind: Mapped[GroupKind] = mapped_column(
        stored(GroupKind), default=GroupKind.RESIDENTIAL_GROUP
    )
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("residential_groups.id")
    )


class WardBankAccount(Base):
    """The account that a ward's residents transfer to; a ward without a row has none.

    Only the one in use is kept here. The journal tells those before it.
    """

    __tablename__ = "ward_bank_accounts"
    __table_args__ = (
        CheckConstraint("length(bank_bin) = 6", name="bank_bin_of_six"),
        CheckConstraint("length(account_number) > 0", name="account_has_a_number"),
        CheckConstraint("length(account_name) > 0", name="account_has_a_name"),
    )

    ward_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("wards.id"), primary_key=True, autoincrement=False
    )
    bank_bin: Mapped[str] = mapped_column(String(6))
    account_number: Mapped[str] = mapped_column(String(19))
    account_name: Mapped[str] = mapped_column(String(70))
    """As banks show it: capitals without accents."""
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[int] = mapped_column(BigId)

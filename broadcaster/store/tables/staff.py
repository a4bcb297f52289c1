"""The people who work with the service, and what they did."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from broadcaster.rules.permissions import Role
from subscriptions.tables.base import Base, BigId, new_public_id, stored


class Account(Base):
    """A person who signs in; operators belong to no ward."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("wards.id"))
    username: Mapped[str] = mapped_column(String(60), unique=True)
    display_name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(stored(Role))
    e164: Mapped[str | None] = mapped_column(String(16))
    """Own phone, for "Gửi thử cho tôi"."""
    is_active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=1)
    """Raised to end every session of the account at once."""
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None]


class AccountGroup(Base):
    """A residential group an account is held to; leaders have at least one."""

    __tablename__ = "account_groups"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("residential_groups.id"), primary_key=True
    )


class JournalEntry(Base):
    """Who did what, before and after: rows are only ever added."""

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_ward_id_id", "ward_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("wards.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[dt.datetime]
    act: Mapped[str] = mapped_column(String(60))
    """Stable word; the sentence people read is made from it in templates."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class OneTimeCode(Base):
    """A code texted to a resident; kept as a hash, good once and briefly."""

    __tablename__ = "one_time_codes"
    __table_args__ = (Index("ix_one_time_codes_line_id", "line_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    code_hash: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[dt.datetime | None]


class Upload(Base):
    """A leader's file between its preview and its import: good once, for a day.

    Kept here and not on a disk, so that a restart or another web process finds it.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        Index("ix_uploads_expires_at", "expires_at"),
        CheckConstraint(
            "(used_at IS NULL) = (content IS NOT NULL)", name="content_until_used"
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("residential_groups.id"))
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    """At most 10 MB; forgotten in the transaction that imports it."""
    list_date: Mapped[dt.date | None]
    """When the list was written, as the leader says; decides old landlines."""
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Counts of what the import added, for who asks again; nothing personal."""

"""Who agreed to what, in which words, how, when: rows are only ever added."""

import datetime as dt
import enum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from subscriptions.tables.base import Base, BigId, stored


class Purpose(enum.StrEnum):
    """What a line may be told about; each is agreed to on its own."""

    NOTICES = "notices"
    PENSION = "pension"
    DOSSIER = "dossier"
    BILLING = "billing"


class ConsentAction(enum.StrEnum):
    """The two things a person can do with a consent."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class ConsentMethod(enum.StrEnum):
    """How the word was given."""

    PAPER = "paper"
    LEADER_SCREEN = "leader_screen"
    SMS_KEYWORD = "sms_keyword"
    OWN_PAGE = "own_page"
    CARRIER = "carrier"
    ZALO = "zalo"


class ConsentRecord(Base):
    """One grant or withdrawal; the latest of a line and purpose counts."""

    __tablename__ = "consents"
    __table_args__ = (
        Index("ix_consents_line_id_purpose_id", "line_id", "purpose", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("wards.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    purpose: Mapped[Purpose] = mapped_column(stored(Purpose))
    channel: Mapped[str | None] = mapped_column(String(8))
    """None: by whatever channel; `zalo`: a word about Zalo alone."""
    action: Mapped[ConsentAction] = mapped_column(stored(ConsentAction))
    method: Mapped[ConsentMethod] = mapped_column(stored(ConsentMethod))
    wording_version: Mapped[str] = mapped_column(String(40))
    recorded_by: Mapped[int | None] = mapped_column(BigId)
    """Account that wrote it down; None when the resident did it themselves."""
    recorded_at: Mapped[dt.datetime]

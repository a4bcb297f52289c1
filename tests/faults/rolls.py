"""What a test reads from the books of an installation, and adds to them."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.store.freezing import count_recipients
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message, Tariff
from subscriptions.audience import Audience, recipients
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line
from subscriptions.tables.places import ResidentialGroup

LONG_AGO = dt.date(2026, 1, 1)


def first_group(session: Session) -> int:
    """Return the id of the first group."""
    return session.scalars(
        select(ResidentialGroup.id).order_by(ResidentialGroup.id).limit(1)
    ).one()


def count_reachable(session: Session, group_id: int) -> int:
    """Count the phones of a group that may be told."""
    group = session.get_one(ResidentialGroup, group_id)
    told = recipients(
        Audience(group_ids=frozenset({group_id})),
        ward_id=group.ward_id,
        purpose=Purpose.NOTICES,
    )
    return count_recipients(session, told)


def set_prices(session: Session, vnd: int) -> None:
    """Let a segment cost as much with every carrier."""
    for carrier in session.scalars(select(Line.carrier).distinct()):
        session.add(
            Tariff(
                carrier=carrier, kind="care", valid_from=LONG_AGO, vnd_per_segment=vnd
            )
        )


def told_phones(database: Database) -> list[str]:
    """Return the phone of every message, sent or not."""
    with database.reading() as session:
        return list(session.scalars(select(Message.to)))


def count_announcements(database: Database) -> int:
    """Count the announcements, drafts too."""
    with database.reading() as session:
        return session.scalar(select(func.count(Announcement.id))) or 0

"""What a test reads from the books of an installation, and adds to them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, insert, literal, select
from sqlalchemy.orm import Session

from broadcaster.store.freezing import count_recipients
from broadcaster.store.public_ids import new_public_ids
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, Lane
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.usage import Tariff
from subscriptions.audience import Audience, recipients
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.messages import a_text

LONG_AGO = dt.date(2026, 1, 1)


def first_group(session: Session) -> int:
    """Return the id of the first group."""
    return session.scalars(
        select(ResidentialGroup.id).order_by(ResidentialGroup.id).limit(1)
    ).one()


def count_reachable(session: Session, group_id: int) -> int:
    """Count the phones of a group that may be told."""
    ward_id = session.get_one(ResidentialGroup, group_id).ward_id
    audience = Audience(group_ids=frozenset({group_id}))
    told = recipients(audience, ward_id=ward_id, purpose=Purpose.NOTICES)
    return count_recipients(session, told)


def list_reachable(session: Session, ward: Ward) -> Sequence[Line]:
    """Return the lines of a ward that may be told, in the order of their making."""
    everybody = Audience(group_ids=None)
    told = recipients(everybody, ward_id=ward.id, purpose=Purpose.NOTICES)
    ids = told.with_only_columns(told.selected_columns.line_id)
    return session.scalars(select(Line).where(Line.id.in_(ids)).order_by(Line.id)).all()


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


def fill_queue(session: Session, ward: Ward, texts: int, *, gateway: str) -> None:
    """Queue as many notices of a ward, by one statement, to numbers of no line."""
    a_text(session, ward, gateway=gateway, lane=Lane.NOTICE)
    now = dt.datetime.now(dt.UTC)
    numbers = select(literal(2).label("n")).cte(recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < texts))
    ends = func.substr(cast(numbers.c.n + 10_000_000, String), 2)
    made: dict[str, ColumnElement[Any]] = {
        "public_id": new_public_ids(now),
        "to_e164": literal("+8488", String) + ends,
    }
    columns = [each for each in Message.__table__.columns if each.name != "id"]
    rows = select(*(made.get(each.name, each) for each in columns)).where(
        Message.ward_id == ward.id
    )
    names = [each.name for each in columns]
    session.execute(
        insert(Message).from_select(
            names, rows.join(numbers, literal(value=True)), include_defaults=False
        )
    )

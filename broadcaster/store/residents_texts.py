"""Residents' texts for people to read: those that no keyword of ours answered."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.store.tables.messages import InboundText
from subscriptions.tables.households import (
    Household,
    Line,
    Resident,
    Subscription,
    SubscriptionStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentsText:
    """One text, and who holds the phone as far as the register knows."""

    id: int
    sender: str
    body: str
    received_at: dt.datetime
    holders: tuple[str, ...]


def list_unanswered(
    session: Session, ward_id: int, *, before: int | None = None, limit: int = 30
) -> list[ResidentsText]:
    """Return a page of a ward's texts without a keyword, the newest first.

    `before` is the id of the last one on the page before.
    """
    page = select(InboundText).where(
        InboundText.ward_id == ward_id, InboundText.keyword.is_(None)
    )
    if before is not None:
        page = page.where(InboundText.id < before)
    texts = session.scalars(page.order_by(InboundText.id.desc()).limit(limit)).all()
    holders = _holders(session, ward_id, {text.sender for text in texts})
    return [
        ResidentsText(
            id=text.id,
            sender=text.sender,
            body=text.body,
            received_at=text.received_at,
            holders=tuple(holders.get(text.sender, ())),
        )
        for text in texts
    ]


def _holders(session: Session, ward_id: int, senders: set[str]) -> dict[str, list[str]]:
    rows = session.execute(
        select(Line.e164, Resident.full_name, Household.address)
        .join(Subscription, Subscription.line_id == Line.id)
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .where(
            Line.ward_id == ward_id,
            Line.e164.in_(sorted(senders)),
            Subscription.status != SubscriptionStatus.ENDED,
        )
        .order_by(Subscription.id)
    )
    found: dict[str, list[str]] = {}
    for e164, name, address in rows:
        found.setdefault(e164, []).append(f"{name} · {address}")
    return found

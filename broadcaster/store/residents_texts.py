"""Residents' texts for people to read: those that no keyword of ours answered."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.store.tables.messages import InboundText
from broadcaster.store.tables.zalo import ZaloContact
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
    sender: str | None
    """The phone; None of who wrote by Zalo and never told us theirs."""
    channel: Channel
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
    phones = _phones(session, texts)
    holders = _holders(session, ward_id, set(filter(None, phones.values())))
    return [
        ResidentsText(
            id=text.id,
            sender=phones[text.id],
            channel=text.channel,
            body=text.body,
            received_at=text.received_at,
            holders=tuple(holders.get(phones[text.id] or "", ())),
        )
        for text in texts
    ]


def _phones(session: Session, texts: Sequence[InboundText]) -> dict[int, str | None]:
    by_zalo = {
        (text.gateway, text.sender) for text in texts if text.channel is Channel.ZALO
    }
    rows = session.execute(
        select(ZaloContact.gateway, ZaloContact.user_id, ZaloContact.phone).where(
            ZaloContact.user_id.in_(sorted(user_id for _, user_id in by_zalo))
        )
    )
    told = {(row.gateway, row.user_id): row.phone for row in rows} if by_zalo else {}
    return {
        text.id: told.get((text.gateway, text.sender))
        if text.channel is Channel.ZALO
        else text.sender
        for text in texts
    }


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

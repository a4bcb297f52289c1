"""What became of each line of an announcement, and who was never texted."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.holds import NOT_SENT
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Exclusion,
)
from broadcaster.store.tables.messages import Message, WithheldReason
from subscriptions.exclusion_reasons import ExclusionReason
from subscriptions.phones import PhoneNumber, phone_from_e164
from subscriptions.tables.households import (
    Household,
    Resident,
    Subscription,
    SubscriptionStatus,
)
from subscriptions.tables.places import ResidentialGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Someone whose phone it is, and where they live."""

    name: str
    address: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOutcome:
    """One message of an announcement. `phone` is masked unless `.national` is asked."""

    id: int
    public_id: uuid.UUID
    phone: PhoneNumber
    holders: tuple[Holder, ...]
    """All who share the phone, the longest served first; none once all have left."""
    carrier: str
    state: MessageState
    withheld_reason: WithheldReason | None
    code: str | None
    blame: str | None
    attempts: int
    due_at: dt.datetime
    """When it may leave; once in doubt, when the telco is asked about it next."""
    submitted_at: dt.datetime | None
    asked_at: dt.datetime | None
    accepted_at: dt.datetime | None
    finished_at: dt.datetime | None
    is_paused: bool
    """Its announcement is: it does not leave, whatever `due_at` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Someone the audience named who was not texted, as it was when frozen."""

    id: int
    resident: Holder
    reason: ExclusionReason


def outcomes(
    session: Session,
    announcement_id: int,
    *,
    states: Collection[MessageState] | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[LineOutcome]:
    """Return a page of messages in these states, with the people behind each.

    `after` is the id of the last one on the page before. Three queries a page.
    """
    state = select(Announcement.state).where(Announcement.id == announcement_id)
    is_paused = session.scalar(state) is AnnouncementState.PAUSED
    page = select(Message).where(
        Message.announcement_id == announcement_id, Message.id > after
    )
    if states is not None:
        page = page.where(Message.state.in_(states))
    messages = session.scalars(page.order_by(Message.id).limit(limit)).all()
    holders = _holders(session, [m.line_id for m in messages if m.line_id is not None])
    return [
        LineOutcome(
            id=message.id,
            public_id=message.public_id,
            phone=phone_from_e164(message.to),
            holders=tuple(holders.get(message.line_id or 0, ())),
            carrier=message.carrier,
            state=message.state,
            withheld_reason=message.withheld_reason,
            code=message.code,
            blame=message.blame,
            attempts=message.attempts,
            due_at=message.due_at,
            submitted_at=message.submitted_at,
            asked_at=message.asked_at,
            accepted_at=message.accepted_at,
            finished_at=message.finished_at,
            is_paused=is_paused and message.state in NOT_SENT,
        )
        for message in messages
    ]


def exclusions_of(
    session: Session,
    announcement_id: int,
    *,
    reason: ExclusionReason | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[LeftOut]:
    """Return a page of who was left out when the announcement was frozen, and why."""
    page = (
        select(
            Exclusion.id,
            Exclusion.reason,
            Resident.full_name,
            Household.address,
            ResidentialGroup.name,
        )
        .join(Resident, Resident.id == Exclusion.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .join(ResidentialGroup, ResidentialGroup.id == Household.group_id)
        .where(Exclusion.announcement_id == announcement_id, Exclusion.id > after)
    )
    if reason is not None:
        page = page.where(Exclusion.reason == reason)
    return [
        LeftOut(
            id=row_id,
            resident=Holder(name=name, address=address, group=group),
            reason=why,
        )
        for row_id, why, name, address, group in session.execute(
            page.order_by(Exclusion.id).limit(limit)
        )
    ]


def count_exclusions(
    session: Session, announcement_id: int
) -> dict[ExclusionReason, int]:
    """Count who was left out by reason, the most frequent first."""
    number = func.count()
    rows = session.execute(
        select(Exclusion.reason, number.label("counted"))
        .where(Exclusion.announcement_id == announcement_id)
        .group_by(Exclusion.reason)
        .order_by(number.desc(), Exclusion.reason)
    )
    return {row.reason: row.counted for row in rows}


def _holders(session: Session, line_ids: Iterable[int]) -> dict[int, list[Holder]]:
    rows = session.execute(
        select(
            Subscription.line_id,
            Resident.full_name,
            Household.address,
            ResidentialGroup.name,
        )
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .join(ResidentialGroup, ResidentialGroup.id == Household.group_id)
        .where(
            Subscription.line_id.in_(sorted(line_ids)),
            Subscription.status != SubscriptionStatus.ENDED,
        )
        .order_by(Subscription.id)
    )
    found: dict[int, list[Holder]] = {}
    for line_id, name, address, group in rows:
        holder = Holder(name=name, address=address, group=group)
        found.setdefault(line_id, []).append(holder)
    return found

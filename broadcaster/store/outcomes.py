"""What became of each line of an announcement, and who was never texted."""

import datetime as dt
import enum
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.earlier_legs import EarlierLeg, legs_of
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
    Line,
    Resident,
    Subscription,
    SubscriptionStatus,
)
from subscriptions.tables.places import ResidentialGroup

FAILED = (MessageState.UNDELIVERED, MessageState.REFUSED, MessageState.EXPIRED)


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
    channel: Channel
    """What it travels by now."""
    gateway: str
    earlier: EarlierLeg | None
    """What it was before, where it is an SMS that was to be a Zalo message."""
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


class Pile(enum.StrEnum):
    """What people sort an announcement's texts into: each is in one of the four.

    Those in doubt are among those that wait.
    """

    FAILED = "failed"
    WAITING = "waiting"
    ARRIVED = "arrived"
    WITHHELD = "withheld"
    IN_DOUBT = "in_doubt"


def outcomes(
    session: Session,
    announcement_id: int,
    *,
    pile: Pile | None = None,
    networks: Collection[str] = (),
    after: int = 0,
    limit: int = 50,
) -> list[LineOutcome]:
    """Return a page of messages of a pile, with the people behind each.

    `after` is the id of the last one on the page before, `networks` are the gateways
    whose last word is the network's. Four queries a page.
    """
    state = select(Announcement.state).where(Announcement.id == announcement_id)
    is_paused = session.scalar(state) is AnnouncementState.PAUSED
    page = select(Message).where(
        Message.announcement_id == announcement_id, Message.id > after
    )
    if pile is not None:
        page = page.where(_in_pile(pile, networks))
    messages = session.scalars(page.order_by(Message.id).limit(limit)).all()
    legs = legs_of(session, [message.id for message in messages])
    holders = _holders(session, [m.line_id for m in messages if m.line_id is not None])
    return [
        _outcome(
            message,
            phone=phone_from_e164(message.to),
            holders=holders.get(message.line_id or 0, ()),
            earlier=legs.get(message.id),
            is_paused=is_paused,
        )
        for message in messages
    ]


def texts_of_line(
    session: Session, line_id: int, *, limit: int
) -> list[tuple[str, LineOutcome]]:
    """Return the latest texts to a phone with what became of each, the newest first.

    A text that is its phone's alone, such as a code, is without words here.
    """
    rows = session.execute(
        select(Message, Line.e164, Announcement.text, Announcement.state)
        .join(Line, Line.id == Message.line_id)
        .outerjoin(Announcement, Announcement.id == Message.announcement_id)
        .where(Message.line_id == line_id)
        .order_by(Message.id.desc())
        .limit(limit)
    ).all()
    legs = legs_of(session, [row.Message.id for row in rows])
    return [
        (
            words or "",
            _outcome(
                message,
                phone=phone_from_e164(e164),
                earlier=legs.get(message.id),
                is_paused=state is AnnouncementState.PAUSED,
            ),
        )
        for message, e164, words, state in rows
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


def _outcome(
    message: Message,
    *,
    phone: PhoneNumber,
    holders: Iterable[Holder] = (),
    earlier: EarlierLeg | None,
    is_paused: bool,
) -> LineOutcome:
    return LineOutcome(
        id=message.id,
        public_id=message.public_id,
        phone=phone,
        holders=tuple(holders),
        carrier=message.carrier,
        channel=message.channel,
        gateway=message.gateway,
        earlier=earlier,
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


def _in_pile(pile: Pile, networks: Collection[str]) -> ColumnElement[bool]:
    arrived = or_(
        Message.state == MessageState.DELIVERED,
        and_(
            Message.state == MessageState.ACKNOWLEDGED,
            Message.gateway.in_(sorted(networks)),
        ),
    )
    over = [*FAILED, MessageState.WITHHELD]
    return {
        Pile.FAILED: Message.state.in_(FAILED),
        Pile.WAITING: not_(or_(arrived, Message.state.in_(over))),
        Pile.ARRIVED: arrived,
        Pile.WITHHELD: Message.state == MessageState.WITHHELD,
        Pile.IN_DOUBT: Message.state == MessageState.IN_DOUBT,
    }[pile]


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

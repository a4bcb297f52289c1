"""Book each accepted text in the month that pays for it, once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.rules.tariffs import NoTariffError, cost
from broadcaster.store.tables.messages import Message, MessageLeg
from broadcaster.store.tariffs import Prices, read_prices
from subscriptions.booking import booking_month
from subscriptions.months import WARD_ZONE
from subscriptions.tables.ledger import Adjustment, AdjustmentKind

LATE = "late_usage"
LATE_WITHOUT_TARIFF = "late_usage_without_tariff"
"""Booked at nothing, for a person to correct: a receipt cannot wait for a tariff."""
IN_BULK = {"synchronize_session": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedText:
    """A text the telco took and will charge for."""

    message_id: int
    ward_id: int
    gateway: str
    carrier: str
    tariff_kind: str
    segments: int
    accepted_at: dt.datetime
    leg_id: int | None = None
    """The earlier leg of the message that was taken; None: the message as it is."""

    @property
    def day(self) -> dt.date:
        """Return the ward-local day whose tariff holds."""
        return self.accepted_at.astimezone(WARD_ZONE).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMonths:
    """The usage day of now, and the wards whose month of that day is held open."""

    day: dt.date
    ward_ids: frozenset[int]


def open_months(
    session: Session, ward_ids: Collection[int], *, now: dt.datetime
) -> OpenMonths:
    """Hold open the month of now for these wards, until the transaction ends.

    A ward that has closed it already is left out: its texts need an adjustment.
    """
    day = now.astimezone(WARD_ZONE).date()
    month = day.replace(day=1)
    held = [
        ward_id
        for ward_id in sorted(ward_ids)
        if booking_month(session, ward_id, month, now=now) == month
    ]
    return OpenMonths(day=day, ward_ids=frozenset(held))


def book_usage(
    session: Session, texts: Sequence[AcceptedText], *, now: dt.datetime
) -> None:
    """Write the day and the month of usage on texts that have none yet.

    The month is the day's own unless the ward has closed it: then the first open
    one, with an adjustment of what the text cost at its day's tariff. The month is
    held open until the transaction ends.
    """
    by_day: dict[tuple[int, dt.date], list[AcceptedText]] = defaultdict(list)
    for text in texts:
        by_day[text.ward_id, text.day].append(text)
    for (ward_id, day), those in sorted(by_day.items()):
        month = booking_month(session, ward_id, day.replace(day=1), now=now)
        _write(session, those, day=day, month=month)
        if month != day.replace(day=1):
            _adjust(session, those, month, now=now)
    session.flush()


def book_leg_usage(
    session: Session, leg_ids: Collection[int], *, now: dt.datetime
) -> None:
    """Book earlier legs of messages, as `book_usage` does what they are now.

    Those that were not taken, or are booked already, are left as they are.
    """
    if not leg_ids:
        return
    legs = session.execute(
        select(
            MessageLeg.id.label("leg_id"),
            MessageLeg.message_id,
            MessageLeg.ward_id,
            MessageLeg.gateway,
            MessageLeg.carrier,
            MessageLeg.tariff_kind,
            MessageLeg.segments,
            MessageLeg.accepted_at,
        ).where(
            MessageLeg.id.in_(sorted(leg_ids)),
            MessageLeg.accepted_at.is_not(None),
            MessageLeg.usage_day.is_(None),
        )
    )
    texts = [AcceptedText(**leg) for leg in legs.mappings()]
    book_usage(session, texts, now=now)


def _write(
    session: Session, texts: Sequence[AcceptedText], *, day: dt.date, month: dt.date
) -> None:
    leg_ids = [text.leg_id for text in texts if text.leg_id is not None]
    message_ids = [text.message_id for text in texts if text.leg_id is None]
    usage = {"usage_day": day, "usage_month": month}
    changes = (
        update(Message).where(Message.id.in_(message_ids)),
        update(MessageLeg).where(MessageLeg.id.in_(leg_ids)),
    )
    for change, ids in zip(changes, (message_ids, leg_ids), strict=True):
        if ids:
            session.execute(change.values(usage), execution_options=IN_BULK)


def _adjust(
    session: Session,
    texts: Sequence[AcceptedText],
    month: dt.date,
    *,
    now: dt.datetime,
) -> None:
    prices = read_prices(session)
    followed = set(
        session.scalars(
            select(MessageLeg.message_id).where(
                MessageLeg.message_id.in_([text.message_id for text in texts])
            )
        )
    )
    for text in texts:
        amount, reason = _late_cost(prices, text)
        adjustment = Adjustment(
            ward_id=text.ward_id,
            booked_month=month,
            concerns_month=text.day.replace(day=1),
            kind=AdjustmentKind.USAGE,
            amount_vnd=amount,
            reason=reason,
            reference=_reference(text, has_legs=text.message_id in followed),
            created_at=now,
        )
        session.add(adjustment)


def _late_cost(prices: Prices, text: AcceptedText) -> tuple[int, str]:
    try:
        rate = prices.get_rate(
            gateway=text.gateway,
            carrier=text.carrier,
            kind=text.tariff_kind,
            day=text.day,
        )
    except NoTariffError:
        return 0, LATE_WITHOUT_TARIFF
    return cost(text.segments, rate), LATE


def _reference(text: AcceptedText, *, has_legs: bool) -> str:
    """Name what an adjustment stands for: no two of a message's legs the same.

    A leg may have been booked late while it still was the message itself.
    """
    if text.leg_id is not None:
        return f"leg:{text.leg_id}"
    end = f":{text.gateway}" if has_legs else ""
    return f"message:{text.message_id}{end}"

"""Book each accepted text in the month that pays for it, once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.rules.tariffs import NoTariffError, cost, rate_on
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.usage import Tariff
from subscriptions.booking import booking_month
from subscriptions.months import WARD_ZONE
from subscriptions.tables.ledger import Adjustment, AdjustmentKind

LATE = "late_usage"
LATE_WITHOUT_TARIFF = "late_usage_without_tariff"
"""Booked at nothing, for a person to correct: a receipt cannot wait for a tariff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedText:
    """A text the telco took and will charge for."""

    message_id: int
    ward_id: int
    carrier: str
    segments: int
    accepted_at: dt.datetime

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
        session.execute(
            update(Message)
            .where(Message.id.in_([text.message_id for text in those]))
            .values(usage_day=day, usage_month=month),
            execution_options={"synchronize_session": False},
        )
        if month != day.replace(day=1):
            session.add_all(
                _adjustment(session, text, month, now=now) for text in those
            )
    session.flush()


def _adjustment(
    session: Session, text: AcceptedText, month: dt.date, *, now: dt.datetime
) -> Adjustment:
    reason = LATE
    try:
        amount = cost(text.segments, _tariff(session, text))
    except NoTariffError:
        reason, amount = LATE_WITHOUT_TARIFF, 0
    return Adjustment(
        ward_id=text.ward_id,
        booked_month=month,
        concerns_month=text.day.replace(day=1),
        kind=AdjustmentKind.USAGE,
        amount_vnd=amount,
        reason=reason,
        reference=f"message:{text.message_id}",
        created_at=now,
    )


def _tariff(session: Session, text: AcceptedText) -> int:
    rates = session.scalars(select(Tariff).where(Tariff.carrier == text.carrier))
    return rate_on(rates, text.carrier, day=text.day)

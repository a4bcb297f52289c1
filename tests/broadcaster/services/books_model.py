"""A ward's books as a schoolbook would keep them, to hold the real ones against."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

from broadcaster.services.statements import Sums
from subscriptions.months import next_month
from subscriptions.tables.households import SubscriptionStatus

PRICE_VND = 3000


@dataclass(slots=True, kw_only=True)
class Served:
    """A line that pays, and what was said about it from which month on."""

    home: int
    public_id: uuid.UUID
    first_month: dt.date
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE
    last_month: dt.date | None = None
    words: list[tuple[dt.date, SubscriptionStatus]] = field(default_factory=list)

    def runs_in(self, month: dt.date) -> bool:
        """Tell whether the line is to be charged for a month."""
        if month < self.first_month:
            return False
        if self.last_month is not None and month > self.last_month:
            return False
        said = [status for since, status in self.words if since <= month]
        return not said or said[-1] is SubscriptionStatus.ACTIVE


@dataclass(slots=True, kw_only=True)
class Spared:
    """A decision to spare a home; it counts once it is agreed."""

    id: int
    home: int
    first_month: dt.date
    last_month: dt.date | None
    is_agreed: bool = False

    def covers(self, home: int, month: dt.date) -> bool:
        """Tell whether a home's line is spared for a month."""
        is_in = self.first_month <= month <= (self.last_month or month)
        return self.is_agreed and self.home == home and is_in


@dataclass(slots=True, kw_only=True)
class Paid:
    """Money taken, and what became of it."""

    public_id: uuid.UUID
    home: int
    group: int
    amount_vnd: int
    is_cash: bool
    month: dt.date
    is_handed_in: bool = False
    is_undone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An amount of a month, and the month whose sums it is in."""

    month: dt.date
    booked: dt.date
    amount_vnd: int


@dataclass(slots=True, kw_only=True)
class Books:
    """All of it: what was charged, paid, carried and closed."""

    served: list[Served] = field(default_factory=list)
    spared: list[Spared] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)
    charged: dict[tuple[uuid.UUID, dt.date], tuple[int, Row]] = field(
        default_factory=dict
    )
    payments: list[tuple[int, Row]] = field(default_factory=list)
    cash: dict[int, int] = field(default_factory=dict)
    begun: set[dt.date] = field(default_factory=set)
    closed: dict[dt.date, Sums] = field(default_factory=dict)

    def next_to_close(self) -> dt.date | None:
        """Return the month that is to be closed next."""
        if self.closed:
            return next_month(max(self.closed))
        return min(self.begun, default=None)

    def book(self, month: dt.date) -> dt.date:
        """Return where a row of a month is booked, and begin that month."""
        booked = max(month, self.next_to_close() or month)
        self.begun.add(booked)
        return booked

    def uncharged(self, month: dt.date) -> list[Served]:
        """Return the lines that are to be charged for a month and are not."""
        return [
            line
            for line in self.served
            if line.runs_in(month) and (line.public_id, month) not in self.charged
        ]

    def charge(self, month: dt.date) -> tuple[int, int]:
        """Charge a month; return how many lines, and how many of them are spared."""
        if not self.closed:
            self.begun.add(month)
        booked, new, spared = self.book(month), self.uncharged(month), 0
        for line in new:
            is_spared = any(each.covers(line.home, month) for each in self.spared)
            spared += is_spared
            amount = 0 if is_spared else PRICE_VND
            row = Row(month=month, booked=booked, amount_vnd=amount)
            self.charged[line.public_id, month] = line.home, row
        return len(new), spared

    def take(self, paid: Paid) -> dt.date:
        """Take money; return the month that it is booked in."""
        self.paid.append(paid)
        return self._pay(paid, paid.amount_vnd)

    def give_back(self, paid: Paid) -> dt.date:
        """Undo a payment; return the month that this is booked in."""
        paid.is_undone = True
        return self._pay(paid, -paid.amount_vnd)

    def carry(self, group: int) -> None:
        """Take all the cash of a group to the ward."""
        self.cash[group] = 0
        for paid in self.paid:
            paid.is_handed_in |= paid.is_cash and paid.group == group

    def charged_vnd(self, home: int) -> int:
        """Return what a home was charged in all."""
        return sum(row.amount_vnd for of, row in self.charged.values() if of == home)

    def paid_vnd(self, home: int) -> int:
        """Return what a home paid in all."""
        return sum(row.amount_vnd for of, row in self.payments if of == home)

    def sums(self, month: dt.date) -> Sums:
        """Return what a month is to be closed on."""
        charges = [row for _, row in self.charged.values() if row.booked == month]
        payments = [row for _, row in self.payments if row.booked == month]
        own = [row for row in charges if row.month == month]
        return Sums(
            charged_vnd=sum(row.amount_vnd for row in own),
            exempted=sum(row.amount_vnd == 0 for row in own),
            collected_vnd=sum(r.amount_vnd for r in payments if r.month == month),
            adjusted_charges_vnd=sum(r.amount_vnd for r in charges if r not in own),
            adjusted_payments_vnd=sum(
                r.amount_vnd for r in payments if r.month != month
            ),
            adjusted_usage_vnd=0,
            segments=0,
            usage_vnd=0,
        )

    def _pay(self, paid: Paid, amount_vnd: int) -> dt.date:
        booked = self.book(paid.month)
        row = Row(month=paid.month, booked=booked, amount_vnd=amount_vnd)
        self.payments.append((paid.home, row))
        if paid.is_cash:
            self.cash[paid.group] = self.cash.get(paid.group, 0) + amount_vnd
        return booked

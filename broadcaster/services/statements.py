"""A month's income beside what its texts cost."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.rules.tariffs import template_of
from broadcaster.services.usage_words import TemplateNames
from broadcaster.store.tables.zalo import ZaloTemplate
from broadcaster.store.usage import (
    AdjustmentSum,
    UsageRow,
    frozen_usage,
    month_adjustments,
    month_usage,
)
from subscriptions.booking import find_month
from subscriptions.places import Scope, get_ward
from subscriptions.tables.ledger import AdjustmentKind, BillingMonth, MonthState
from subscriptions.totals import GroupTotals, group_totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a month is closed on: the columns of the same names. Lines, segments, VND.

    Charges, payments and usage are the month's own; what its books hold about
    earlier months stands apart, signed: income, or cost of usage.
    """

    charged_vnd: int
    exempted: int
    collected_vnd: int
    adjusted_charges_vnd: int
    adjusted_payments_vnd: int
    adjusted_usage_vnd: int
    segments: int
    usage_vnd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One month of one ward. All amounts in VND.

    A closed month shows the usage it was closed on. What was handed in and matched
    of its cash goes on changing after it is closed.
    """

    ward_id: int
    ward_name: str
    month: dt.date
    closed_at: dt.datetime | None
    groups: tuple[GroupTotals, ...]
    usage: tuple[UsageRow, ...]
    adjustments: tuple[AdjustmentSum, ...]
    template_names: TemplateNames = field(default_factory=dict)
    """Of the Zalo templates in the usage, as far as we know them."""

    @property
    def lines(self) -> int:
        """Lines charged, the exempt ones among them."""
        return sum(group.lines for group in self.groups)

    @property
    def exempt_lines(self) -> int:
        """Lines spared the charge."""
        return sum(group.exempt_lines for group in self.groups)

    @property
    def due_vnd(self) -> int:
        """What the month's own charges come to."""
        return sum(group.due_vnd for group in self.groups)

    @property
    def exempted_vnd(self) -> int:
        """What the exempt lines would have paid."""
        return sum(group.exempted_vnd for group in self.groups)

    @property
    def settled_vnd(self) -> int:
        """What of the month's own charges is paid, whenever that was."""
        return sum(group.settled_vnd for group in self.groups)

    @property
    def cash_vnd(self) -> int:
        """Cash taken in the month, what was undone taken off."""
        return sum(group.cash_vnd for group in self.groups)

    @property
    def transfer_vnd(self) -> int:
        """Transfers of the month, what was undone taken off."""
        return sum(group.transfer_vnd for group in self.groups)

    @property
    def collected_vnd(self) -> int:
        """Cash and transfers of the month."""
        return self.cash_vnd + self.transfer_vnd

    @property
    def handed_in_vnd(self) -> int:
        """What of the month's cash was handed in."""
        return sum(group.handed_in_vnd for group in self.groups)

    @property
    def matched_vnd(self) -> int:
        """What of the month's cash the ward says it has."""
        return sum(group.matched_vnd for group in self.groups)

    @property
    def difference_vnd(self) -> int:
        """What of the month's cash the ward has not matched."""
        return self.cash_vnd - self.matched_vnd

    @property
    def messages(self) -> int:
        """Texts the carriers took."""
        return sum(row.messages for row in self.usage)

    @property
    def segments(self) -> int:
        """Segments the carriers took."""
        return sum(row.segments for row in self.usage)

    @property
    def usage_vnd(self) -> int:
        """What the month's own segments cost."""
        return sum(row.cost_vnd for row in self.usage)

    @property
    def income_vnd(self) -> int:
        """The month's charges and those found late, whether paid or not."""
        return self.due_vnd + self.adjusted_vnd(AdjustmentKind.CHARGE)

    @property
    def cost_vnd(self) -> int:
        """The month's usage and that found late."""
        return self.usage_vnd + self.adjusted_vnd(AdjustmentKind.USAGE)

    @property
    def margin_vnd(self) -> int:
        """Income less cost."""
        return self.income_vnd - self.cost_vnd

    @property
    def income_per_line_vnd(self) -> int:
        """Income over all charged lines, rounded to whole VND; 0 without lines."""
        return round(self.income_vnd / self.lines) if self.lines else 0

    @property
    def cost_per_line_vnd(self) -> int:
        """Cost over all charged lines, rounded to whole VND; 0 without lines."""
        return round(self.cost_vnd / self.lines) if self.lines else 0

    def adjusted_vnd(self, kind: AdjustmentKind) -> int:
        """Return what the month's books hold about earlier months, of one kind."""
        return sum(a.amount_vnd for a in self.adjustments if a.kind is kind)

    @property
    def sums(self) -> Sums:
        """What the month would be closed on."""
        return Sums(
            charged_vnd=self.due_vnd,
            exempted=self.exempt_lines,
            collected_vnd=self.collected_vnd,
            adjusted_charges_vnd=self.adjusted_vnd(AdjustmentKind.CHARGE),
            adjusted_payments_vnd=self.adjusted_vnd(AdjustmentKind.PAYMENT),
            adjusted_usage_vnd=self.adjusted_vnd(AdjustmentKind.USAGE),
            segments=self.segments,
            usage_vnd=self.usage_vnd,
        )


def statement(session: Session, ward_id: int, month: dt.date) -> Statement:
    """Return a month's statement; for a closed month, with the usage it closed on."""
    row = find_month(session, ward_id, month)
    is_closed = row is not None and row.state is MonthState.CLOSED
    usage = (frozen_usage if is_closed else month_usage)(session, ward_id, month)
    return _statement(session, ward_id, month, usage=usage, row=row)


def recompute(session: Session, ward_id: int, month: dt.date) -> Sums:
    """Add up a month from its rows alone: for a closed one, `stored_sums` again."""
    usage = month_usage(session, ward_id, month)
    return _statement(session, ward_id, month, usage=usage, row=None).sums


def stored_sums(row: BillingMonth) -> Sums:
    """Return the sums that a month was closed on."""
    return Sums(**{each.name: getattr(row, each.name) for each in fields(Sums)})


def _statement(
    session: Session,
    ward_id: int,
    month: dt.date,
    *,
    usage: list[UsageRow],
    row: BillingMonth | None,
) -> Statement:
    return Statement(
        ward_id=ward_id,
        ward_name=get_ward(session, ward_id).name,
        month=month,
        closed_at=row.closed_at if row else None,
        groups=tuple(group_totals(session, Scope(ward_id=ward_id), month)),
        usage=tuple(usage),
        adjustments=tuple(month_adjustments(session, ward_id, month)),
        template_names=_template_names(session, usage),
    )


def _template_names(session: Session, usage: Iterable[UsageRow]) -> TemplateNames:
    ids = {template_of(row.kind) for row in usage} - {None}
    if not ids:
        return {}
    rows = session.execute(
        select(ZaloTemplate.gateway, ZaloTemplate.template_id, ZaloTemplate.name).where(
            ZaloTemplate.template_id.in_(ids)
        )
    )
    return {(row.gateway, row.template_id): row.name for row in rows}

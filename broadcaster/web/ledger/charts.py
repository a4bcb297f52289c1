"""The months' books as pictures: income beside the cost of texts, group by group."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from broadcaster.services.statements import Statement

BAR_HEIGHT = 120
"""Of the highest bar, in the units of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A month's income and cost of texts, in VND and as heights of bars."""

    month: dt.date
    income_vnd: int
    cost_vnd: int
    income_height: float
    cost_height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """What a group has paid of each month's charges, in percent; None without any."""

    name: str
    shares: tuple[int | None, ...]


def income_and_cost(months: Sequence[Statement]) -> list[Bars]:
    """Return the bars of months in their order, on one scale; a loss draws nothing."""
    highest = max((max(m.income_vnd, m.cost_vnd) for m in months), default=0) or 1
    scale = BAR_HEIGHT / highest
    return [
        Bars(
            month=each.month,
            income_vnd=each.income_vnd,
            cost_vnd=each.cost_vnd,
            income_height=round(max(each.income_vnd, 0) * scale, 1),
            cost_height=round(max(each.cost_vnd, 0) * scale, 1),
        )
        for each in months
    ]


def paid_shares(months: Sequence[Statement]) -> list[Strip]:
    """Return a strip for each group of any of the months, in the groups' order.

    Only what is paid whole is 100: the rest is rounded down.
    """
    names = {group.group_id: group.name for each in months for group in each.groups}
    shares = [
        {
            group.group_id: 100 * group.settled_vnd // group.due_vnd
            for group in each.groups
            if group.due_vnd
        }
        for each in months
    ]
    return [
        Strip(name=name, shares=tuple(of_month.get(number) for of_month in shares))
        for number, name in names.items()
    ]

"""A month's statement as tables: the workbook and the paper show these same rows."""

import datetime as dt
from collections.abc import Iterable, Iterator

from broadcaster.rules.timing import show_day, show_time, ward_time
from broadcaster.services.statements import Statement
from broadcaster.services.usage_words import kind_in_words
from broadcaster.services.workbooks import Cell, Column, Sheet, Style
from subscriptions.totals import GroupTotals
from templates import read_words

WIDE = 44

_T, _N, _V = Style.TEXT, Style.NUMBER, Style.VND
_GROUP_COLUMNS = {
    "group": _T,
    "lines": _N,
    "exempt_lines": _N,
    "groups.due": _V,
    "groups.settled": _V,
    "groups.cash": _V,
    "groups.transfer": _V,
    "groups.handed_in": _V,
    "groups.matched": _V,
    "groups.difference": _V,
}
_USAGE_COLUMNS = {
    "carrier": _T,
    "kind": _T,
    "gateway": _T,
    "messages": _N,
    "usage.segments": _N,
    "usage.cost": _V,
}


def statement_title(found: Statement) -> str:
    """Return whose month it is: "Phường Hoa Sữa – tháng 10/2026"."""
    words = read_words("statement")
    return words["title"].format(ward=found.ward_name, month=_show(found.month))


def statement_state(found: Statement) -> str:
    """Return whether the month's figures are final, and since when."""
    words = read_words("statement")
    if found.closed_at is None:
        return words["state.open"]
    day = show_day(ward_time(found.closed_at).date())
    return words["state.closed"].format(at=f"{show_time(found.closed_at)} {day}")


def statement_sheets(found: Statement) -> list[Sheet]:
    """Return the month's totals, its groups and its texts, in this order."""
    words = read_words("statement")
    summary = [
        Column(header=words["item"], width=WIDE),
        Column(header=words["number"], style=Style.NUMBER),
        Column(header=words["vnd"], style=Style.VND),
    ]
    rows = _summary(found, words)
    return [
        Sheet(name=words["sheet.summary"], columns=summary, rows=rows),
        named_sheet("groups", _GROUP_COLUMNS, _groups(found, words)),
        named_sheet("usage", _USAGE_COLUMNS, _usage(found, words)),
    ]


def named_sheet(
    name: str, columns: dict[str, Style], rows: Iterable[tuple[Cell, ...]]
) -> Sheet:
    """Return a sheet whose name and headers are words of the statement."""
    words = read_words("statement")
    return Sheet(
        name=words[f"sheet.{name}"],
        columns=[
            Column(header=words[key], style=style) for key, style in columns.items()
        ],
        rows=rows,
    )


def _summary(found: Statement, words: dict[str, str]) -> Iterator[tuple[Cell, ...]]:
    yield words["due"], found.lines, found.due_vnd
    yield words["exempted"], found.exempt_lines, found.exempted_vnd
    yield words["settled"], None, found.settled_vnd
    yield words["collected"], None, found.collected_vnd
    yield words["cash"], None, found.cash_vnd
    yield words["transfer"], None, found.transfer_vnd
    yield words["handed_in"], None, found.handed_in_vnd
    yield words["matched"], None, found.matched_vnd
    yield words["difference"], None, found.difference_vnd
    yield words["usage"], found.messages, found.usage_vnd
    yield words["segments"], found.segments, None
    for late in found.adjustments:
        label = words[f"adjusted.{late.kind}"].format(month=_show(late.concerns_month))
        yield label, late.entries, late.amount_vnd
    yield words["income"], None, found.income_vnd
    yield words["cost"], None, found.cost_vnd
    yield words["margin"], None, found.margin_vnd
    yield words["income_per_line"], None, found.income_per_line_vnd
    yield words["cost_per_line"], None, found.cost_per_line_vnd


def _groups(found: Statement, words: dict[str, str]) -> Iterator[tuple[Cell, ...]]:
    for group in found.groups:
        yield group.name, *_amounts(group)
    groups = found.groups or (GroupTotals(group_id=0, name=""),)
    columns = zip(*map(_amounts, groups), strict=True)
    yield words["total"], *(sum(column) for column in columns)


def _amounts(group: GroupTotals) -> tuple[int, ...]:
    return (
        group.lines,
        group.exempt_lines,
        group.due_vnd,
        group.settled_vnd,
        group.cash_vnd,
        group.transfer_vnd,
        group.handed_in_vnd,
        group.matched_vnd,
        group.difference_vnd,
    )


def _usage(found: Statement, words: dict[str, str]) -> Iterator[tuple[Cell, ...]]:
    for row in found.usage:
        kind = kind_in_words(row, found.template_names)
        counts = row.messages, row.segments, row.cost_vnd
        yield row.carrier, kind, row.gateway, *counts
    total = found.messages, found.segments, found.usage_vnd
    yield words["total"], None, None, *total


def _show(month: dt.date) -> str:
    return f"{month:%m/%Y}"

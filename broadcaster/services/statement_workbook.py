"""A month's statement as a workbook: totals, groups, texts and every door's dues."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import IO

from sqlalchemy.orm import Session

from broadcaster.services.statement_sheets import (
    named_sheet,
    statement_sheets,
    statement_state,
    statement_title,
)
from broadcaster.services.statements import Statement
from broadcaster.services.workbooks import Cell, Style, workbook
from subscriptions.collecting import due_list
from subscriptions.places import Scope

_T, _N, _V = Style.TEXT, Style.NUMBER, Style.VND
_DUE_COLUMNS = {
    "group": _T,
    "head": _T,
    "address": _T,
    "lines": _N,
    "exempt_lines": _N,
    "due.due": _V,
    "due.paid": _V,
    "due.open": _V,
    "due.arrears": _V,
}


def statement_workbook(session: Session, found: Statement) -> IO[bytes]:
    """Write a month's statement and return the file, rewound; close it when sent."""
    summary, *others = statement_sheets(found)
    heading = (
        (statement_title(found), None, None),
        (statement_state(found), None, None),
    )
    return workbook(
        [
            replace(summary, rows=chain(heading, summary.rows)),
            *others,
            named_sheet("due", _DUE_COLUMNS, _dues(session, found)),
        ]
    )


def _dues(session: Session, found: Statement) -> Iterator[tuple[Cell, ...]]:
    for row in due_list(session, Scope(ward_id=found.ward_id), found.month):
        lines = row.lines, row.exempt_lines
        amounts = row.due_vnd, row.paid_vnd, row.open_vnd, row.arrears_vnd
        yield row.group_name, row.head, row.address, *lines, *amounts

"""A group's collecting list on paper, to carry from door to door and tick off."""

import datetime as dt
from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from broadcaster.rules.timing import show_day, show_time, ward_time
from broadcaster.services.paper import TICK, Paper
from broadcaster.services.workbooks import Cell, Column, Style
from subscriptions.collecting import DueRow, due_list
from subscriptions.names import sort_key
from subscriptions.places import Scope, get_ward
from subscriptions.tables.places import ResidentialGroup
from templates import read_words

TITLE_PT, HEADING_PT = 14, 11
_COLUMNS = {
    "number": (Style.NUMBER, 10),
    "head": (Style.TEXT, 38),
    "address": (Style.TEXT, 42),
    "lines": (Style.NUMBER, 12),
    "arrears": (Style.VND, 18),
    "open": (Style.VND, 18),
    "to_collect": (Style.VND, 19),
    "tick": (Style.TEXT, 15),
    "note": (Style.TEXT, 22),
}


def collecting_paper(
    session: Session, group: ResidentialGroup, month: dt.date, *, now: dt.datetime
) -> bytes:
    """Return the households of a group that are charged for a month, as PDF.

    In the order of a Vietnamese list of people, by the given name of the head. Who
    owes has an empty box; who has paid or is spared is said to be.
    """
    words = read_words("paper")
    ward = get_ward(session, group.ward_id)
    title = words["collecting.of"].format(
        group=group.name, ward=ward.name, month=f"{month:%m/%Y}"
    )
    scope = Scope(ward_id=group.ward_id, group_ids=frozenset({group.id}))
    rows = sorted(due_list(session, scope, month), key=_place)
    paper = Paper(title)
    paper.paragraph(words["collecting.title"], size_pt=TITLE_PT, style="B")
    paper.paragraph(title, size_pt=HEADING_PT, style="B")
    at = f"{show_time(now)} {show_day(ward_time(now).date())}"
    paper.paragraph(words["collecting.at"].format(at=at))
    columns = [
        Column(header=words[f"collecting.{key}"], style=style, width=width)
        for key, (style, width) in _COLUMNS.items()
    ]
    paper.ruled_table(columns, _cells(rows, words), total=_total(rows, words))
    paper.signatures([words["sign.leader"], words["sign.accountant"]])
    return paper.finished()


def _place(row: DueRow) -> tuple[str, str, int]:
    return sort_key(row.head), sort_key(row.address), row.household_id


def _cells(rows: Iterable[DueRow], words: dict[str, str]) -> Iterator[tuple[Cell, ...]]:
    for number, row in enumerate(rows, start=1):
        who = number, row.head, row.address, row.lines
        owed = row.arrears_vnd, row.open_vnd, row.to_collect_vnd
        yield *who, *owed, _mark(row, words), None


def _mark(row: DueRow, words: dict[str, str]) -> str:
    if row.to_collect_vnd > 0:
        return TICK
    return words["collecting.exempt" if row.exempt else "collecting.paid"]


def _total(rows: list[DueRow], words: dict[str, str]) -> tuple[Cell, ...]:
    open_homes = sum(row.to_collect_vnd > 0 for row in rows)
    return (
        None,
        words["collecting.total"].format(homes=len(rows)),
        words["collecting.unpaid"].format(homes=open_homes),
        sum(row.lines for row in rows),
        sum(row.arrears_vnd for row in rows),
        sum(row.open_vnd for row in rows),
        sum(row.to_collect_vnd for row in rows),
        None,
        None,
    )

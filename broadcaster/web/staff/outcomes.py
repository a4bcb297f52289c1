"""What became of each line: lists to read, and a workbook to keep."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from flask import request, send_file
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services.workbooks import Cell, Column, Sheet, workbook
from broadcaster.store.announcements import get_announcement
from broadcaster.store.outcomes import (
    Holder,
    LeftOut,
    LineOutcome,
    Pile,
    exclusions_of,
    outcomes,
)
from broadcaster.store.tables.announcements import Announcement
from broadcaster.web.formats import moment, phone
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.staff.delivery import (
    WORKS,
    blame_of,
    channel_sentence,
    outcome_sentence,
)
from broadcaster.web.staff.site import blueprint, read_cursor, read_receipts
from broadcaster.web.wording import say

PAGE = 50
MOST_FAILURES = 500
"""More are in the workbook: nobody reads them on a page."""
SHOWN = ("failed", "waiting", "in_doubt", "arrived", "withheld", "left_out")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLists:
    """One of the six lists: failures sorted by what to do, others by the page."""

    shown: str
    works: tuple[tuple[str, tuple[LineOutcome, ...]], ...]
    lines: tuple[LineOutcome, ...]
    left_out: tuple[LeftOut, ...]
    more: int | None


def outcome_lists(session: Session, announcement: Announcement) -> OutcomeLists:
    """Return the list that the address asks for; failures come first."""
    shown = request.args.get("show", "failed")
    shown = shown if shown in SHOWN else "failed"
    after = read_cursor("after") or 0
    lines: list[LineOutcome] = []
    left_out: list[LeftOut] = []
    most = MOST_FAILURES if shown == "failed" else PAGE
    if shown == "left_out":
        left_out = exclusions_of(session, announcement.id, after=after, limit=most)
    else:
        lines = outcomes(
            session,
            announcement.id,
            pile=Pile(shown),
            networks=read_receipts().networks,
            after=after,
            limit=most,
        )
    listed = lines or left_out
    return OutcomeLists(
        shown=shown,
        works=_by_work(lines) if shown == "failed" else (),
        lines=tuple(lines),
        left_out=tuple(left_out),
        more=listed[-1].id if len(listed) == most else None,
    )


@blueprint.get("/announcements/<uuid:public_id>/outcomes.xlsx")
@needs(Act.SEE_ANNOUNCEMENTS)
def outcomes_workbook(public_id: uuid.UUID) -> Response:
    """Give every line and everyone left out as a workbook for Excel."""
    with the_house().database.reading() as session:
        found = get_announcement(session, public_id, ward_id=the_actor().ward_id)
        book = workbook(
            [
                Sheet(
                    name=say("sheet.lines", "live"),
                    columns=_columns(
                        "phone",
                        "name",
                        "address",
                        "group",
                        "carrier",
                        "channel",
                        "outcome",
                        "code",
                        "at",
                    ),
                    rows=_line_rows(session, found.id),
                ),
                Sheet(
                    name=say("sheet.left_out", "live"),
                    columns=_columns("name", "address", "group", "reason"),
                    rows=_left_out_rows(session, found.id),
                ),
            ]
        )
        day = f"{found.created_at:%Y-%m-%d}"
    return send_file(
        book, mimetype=XLSX, as_attachment=True, download_name=f"ket-qua-{day}.xlsx"
    )


def _by_work(
    lines: list[LineOutcome],
) -> tuple[tuple[str, tuple[LineOutcome, ...]], ...]:
    piles = {
        work: tuple(line for line in lines if blame_of(line.blame) == work)
        for work in WORKS
    }
    return tuple((str(work), pile) for work, pile in piles.items() if pile)


def _columns(*names: str) -> list[Column]:
    return [Column(header=say(f"column.{name}", "live"), width=24) for name in names]


def _line_rows(session: Session, announcement_id: int) -> Iterator[list[Cell]]:
    receipts, after = read_receipts(), 0
    while page := outcomes(session, announcement_id, after=after, limit=MOST_FAILURES):
        after = page[-1].id
        for line in page:
            when = line.finished_at or line.accepted_at
            yield [
                phone(line.phone.e164),
                *_people(line.holders),
                line.carrier,
                channel_sentence(line),
                outcome_sentence(line, receipts.of(line.gateway)),
                line.code,
                moment(when) if when else None,
            ]


def _left_out_rows(session: Session, announcement_id: int) -> Iterator[list[Cell]]:
    after = 0
    while page := exclusions_of(
        session, announcement_id, after=after, limit=MOST_FAILURES
    ):
        after = page[-1].id
        for each in page:
            why = say(each.reason, "exclusion_reasons")
            yield [each.resident.name, each.resident.address, each.resident.group, why]


def _people(holders: tuple[Holder, ...]) -> list[Cell]:
    return [
        ", ".join(holder.name for holder in holders),
        ", ".join(dict.fromkeys(holder.address for holder in holders)),
        ", ".join(dict.fromkeys(holder.group for holder in holders)),
    ]

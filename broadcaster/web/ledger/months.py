"""Months: what is due, collected and spent; charging, closing, the statement."""

import datetime as dt
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from broadcaster.errors import MonthBlockedError
from broadcaster.rules.permissions import Act
from broadcaster.services import ledger
from broadcaster.services.closing import close_month, what_blocks_closing
from broadcaster.services.statement_workbook import statement_workbook
from broadcaster.services.statements import Statement, statement
from broadcaster.services.usage_words import kind_in_words
from broadcaster.web.formats import count
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.ledger.blueprint import blueprint, read_month
from broadcaster.web.ledger.charts import BAR_HEIGHT, income_and_cost, paid_shares
from broadcaster.web.searching import keep_search, search_of
from broadcaster.web.wording import say
from subscriptions.collecting import due_list
from subscriptions.errors import LedgerStateError
from subscriptions.months import month_of, previous_month
from subscriptions.names import search_key
from subscriptions.places import list_groups

SHOWN_MONTHS = 12
SHOWN_ROWS = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("")
@needs(Act.SEE_LEDGER)
def months() -> str:
    """Show the latest months that have anything in them, the current one first."""
    house, actor = the_house(), the_actor()
    with house.database.reading() as session:
        rows = _list_statements(session, actor.ward_id, house.clock.now())
    in_order = rows[::-1]
    return render_template(
        "ledger/months.html",
        rows=rows,
        chart=income_and_cost(in_order),
        bar_height=BAR_HEIGHT,
        strips=paid_shares(in_order),
    )


@blueprint.get("/<word>")
@needs(Act.SEE_LEDGER)
def month(word: str) -> str:
    """Show one month: income beside usage, and what stands in the way of closing."""
    return _month_page(read_month(word))


@blueprint.post("/<word>/charge")
@needs(Act.KEEP_LEDGER)
def charge(word: str) -> Response | tuple[str, int]:
    """Charge the month for every line once; again adds only what is missing."""
    house, of = the_house(), read_month(word)
    try:
        charged = ledger.charge(
            house.database, of, actor=the_actor(), now=house.clock.now()
        )
    except LedgerStateError as error:
        return _month_page(of, fault=error.reason), 409
    sentence = "charged" if charged.lines else "charged_nothing"
    flash(say(sentence, "ledger", lines=count(charged.lines)))
    return redirect(url_for("ledger.month", word=word), 303)


@blueprint.post("/<word>/close")
@needs(Act.KEEP_LEDGER)
def close(word: str) -> Response | tuple[str, int]:
    """Close the month; closing again changes nothing."""
    house, of, actor = the_house(), read_month(word), the_actor()
    try:
        close_month(
            house.database, actor.ward_id, of, actor=actor, now=house.clock.now()
        )
    except MonthBlockedError:
        return _month_page(of, fault="blocked"), 409
    flash(say("closed", "ledger"))
    return redirect(url_for("ledger.month", word=word), 303)


@blueprint.get("/<word>/statement.xlsx")
@needs(Act.SEE_LEDGER)
def workbook(word: str) -> Response:
    """Give the month's statement as a workbook for Excel."""
    of, actor = read_month(word), the_actor()
    with the_house().database.reading() as session:
        content = statement_workbook(session, statement(session, actor.ward_id, of))
    return send_file(
        content,
        mimetype=XLSX,
        as_attachment=True,
        download_name=f"quyet-toan-{of:%Y-%m}.xlsx",
    )


@blueprint.get("/<word>/due")
@needs(Act.SEE_LEDGER)
def due(word: str) -> str:
    """Show what each household owes for the month, found by name, door or group."""
    of, actor = read_month(word), the_actor()
    search = search_of("ledger.due")
    wanted = search_key(search)
    group_id = request.args.get("group", type=int)
    only_open = request.args.get("open") == "1"
    with the_house().database.reading() as session:
        rows = [
            row
            for row in due_list(session, actor.scope, of)
            if (group_id is None or row.group_id == group_id)
            and (not only_open or row.to_collect_vnd > 0)
            and wanted in f"{row.search_key} {search_key(row.address)}"
        ]
        return render_template(
            "ledger/due.html",
            month=of,
            rows=rows[:SHOWN_ROWS],
            found=len(rows),
            groups=list_groups(session, actor.scope),
            search=search,
            group_id=group_id,
            only_open=only_open,
        )


@blueprint.post("/<word>/due")
@needs(Act.SEE_LEDGER)
def search_due(word: str) -> Response:
    """Keep what is searched for and show the list."""
    keep_search("ledger.due")
    kept: dict[str, Any] = {name: request.args.get(name) for name in ("group", "open")}
    return redirect(url_for("ledger.due", word=word, **kept), 303)


def _month_page(of: dt.date, fault: str | None = None) -> str:
    house, actor = the_house(), the_actor()
    now = house.clock.now()
    with house.database.reading() as session:
        found = statement(session, actor.ward_id, of)
        return render_template(
            "ledger/month.html",
            statement=found,
            say_kind=partial(kind_in_words, names=found.template_names),
            blockers=what_blocks_closing(session, actor.ward_id, of, now=now),
            can_close=of < month_of(now),
            fault=fault,
        )


def _list_statements(
    session: Session, ward_id: int, now: dt.datetime
) -> list[Statement]:
    found: list[Statement] = []
    of = month_of(now)
    for _each in range(SHOWN_MONTHS):
        row = statement(session, ward_id, of)
        if row.lines or row.messages or row.closed_at or not found:
            found.append(row)
        of = previous_month(of)
    return found

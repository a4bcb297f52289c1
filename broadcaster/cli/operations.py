"""`loa month close`: what an operator does to the books without a browser."""

import datetime as dt
import json
import os
import sys
from dataclasses import asdict

import click
from sqlalchemy.orm import Session

from broadcaster.bootstrap import SystemClock, open_database
from broadcaster.errors import MonthBlockedError
from broadcaster.rules.timing import show_day, show_time, ward_time
from broadcaster.services.closing import Blocker, close_month, what_blocks_closing
from broadcaster.services.statements import stored_sums
from broadcaster.services.wards import find_ward
from broadcaster.store.session import Database
from subscriptions.months import YEARS
from subscriptions.tables.ledger import BillingMonth
from subscriptions.tables.places import Ward
from templates import read_words

CANNOT_NOW = 1


@click.group()
def month() -> None:
    """Work on a ward's billing months."""


def _of_the_books(
    _ctx: click.Context, _param: click.Parameter, first_day: dt.datetime
) -> dt.date:
    if first_day.year not in YEARS:
        raise click.BadParameter("there are no books of that year")
    return first_day.date()


@month.command(name="close")
@click.option("--ward", "ward_name", required=True, help="The ward's id or name.")
@click.option(
    "--month",
    "first_day",
    required=True,
    type=click.DateTime(["%Y-%m"]),
    callback=_of_the_books,
    help="The month, as 2026-10.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def close(ward_name: str, *, first_day: dt.date, as_json: bool) -> None:
    """Freeze a month on its sums; closing it again changes nothing.

    Exits with 1, saying everything that stands in the way, when it cannot be closed.
    """
    database = open_database(os.environ)
    now = SystemClock().now()
    with database.reading() as session:
        ward = _find_ward(session, ward_name)
    try:
        closed = close_month(database, ward.id, first_day, actor=None, now=now)
    except MonthBlockedError:
        _say_blocked(database, ward, first_day, now=now, as_json=as_json)
        sys.exit(CANNOT_NOW)
    _say_closed(ward, closed, as_json=as_json)


def _find_ward(session: Session, ward_name: str) -> Ward:
    found = find_ward(session, ward_name)
    if found is None:
        raise click.UsageError(f"there is not one ward {ward_name!r}")
    return found


def _say_closed(ward: Ward, closed: BillingMonth, *, as_json: bool) -> None:
    sums = stored_sums(closed)
    at = closed.closed_at or closed.opened_at
    if as_json:
        facts = {
            "ward": ward.id,
            "month": _name(closed.month),
            "state": str(closed.state),
            "closed_at": at.isoformat(),
        }
        _print_json({**facts, **asdict(sums)})
        return
    words = read_words("month_closing")
    moment = f"{show_time(at)} {show_day(ward_time(at).date())}"
    shown = f"{closed.month:%m/%Y}"
    click.echo(words["closed"].format(month=shown, ward=ward.name, at=moment))
    click.echo(
        words["sums"].format(
            due=_grouped(sums.charged_vnd),
            collected=_grouped(sums.collected_vnd),
            usage=_grouped(sums.usage_vnd),
            segments=_grouped(sums.segments),
        )
    )


def _say_blocked(
    database: Database, ward: Ward, which: dt.date, *, now: dt.datetime, as_json: bool
) -> None:
    with database.reading() as session:
        blockers = what_blocks_closing(session, ward.id, which, now=now)
    if as_json:
        _print_json(
            {
                "ward": ward.id,
                "month": _name(which),
                "state": "collecting",
                "code": MonthBlockedError.code,
                "reasons": _facts(blockers, warnings=False),
                "warnings": _facts(blockers, warnings=True),
            }
        )
        return
    words = read_words("month_closing")
    click.echo(words["blocked"].format(month=f"{which:%m/%Y}", ward=ward.name))
    for blocker in blockers:
        click.echo(f"- {words[blocker.reason].format(amount=_grouped(blocker.amount))}")


def _facts(blockers: list[Blocker], *, warnings: bool) -> list[dict[str, str | int]]:
    return [
        {"reason": str(blocker.reason), "amount": blocker.amount}
        for blocker in blockers
        if blocker.is_warning is warnings
    ]


def _name(first_day: dt.date) -> str:
    return f"{first_day:%Y-%m}"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _print_json(facts: object) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=2))

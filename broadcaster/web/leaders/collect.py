"""Collecting the month's money, door by door."""

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from broadcaster.errors import NotAllowedError
from broadcaster.rules.permissions import Act
from broadcaster.services import ledger
from broadcaster.store.leader_figures import find_by_key, is_charged
from broadcaster.web.formats import vnd
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.leaders.site import blueprint, scope_of, the_group
from broadcaster.web.searching import keep_search, search_of
from broadcaster.web.wording import say
from subscriptions.collecting import DueRow, due_list, household_balance
from subscriptions.errors import LedgerInputError, LedgerStateError, PaidMeanwhileError
from subscriptions.months import month_of, previous_month, read_month
from subscriptions.names import search_key
from subscriptions.payments import Asked, NewPayment, find_payment
from subscriptions.registry import get_household
from subscriptions.remittances import cash_in_hand
from subscriptions.tables.base import new_public_id
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import Payment, PaymentMethod
from subscriptions.tables.places import ResidentialGroup

PER_PAGE = 50
UNPAID = "unpaid"
KEPT = ("show", "month", "from")
PAGE = "leaders.due"
"""What the list is filtered by, carried through every payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """The month's figures of a group. Households, and VND."""

    paid: int
    unpaid: int
    paid_vnd: int
    left_vnd: int


@blueprint.get("/<int:group_id>/collect")
@needs(Act.COLLECT)
def due(group_id: int) -> str:
    """Show who owes for the month, and take a payment with one tap."""
    now = the_house().clock.now()
    month = _month(request.args.get("month", ""), now)
    with the_house().database.reading() as session:
        group = the_group(session, group_id)
        rows = list(due_list(session, scope_of(group), month))
        last = _find_last(session, group)
        show, search = request.args.get("show", UNPAID), search_of(PAGE)
        found = [row for row in rows if _is_wanted(row, show, search=search)]
        start = min(max(request.args.get("from", 0, type=int), 0), len(found))
        return render_template(
            "leaders/due.html",
            group=group,
            month=month,
            this_month=month_of(now),
            before=previous_month(month),
            charged=is_charged(session, group.ward_id, month),
            figures=_figures(rows),
            rows=list(itertools.islice(found, start, start + PER_PAGE)),
            found=len(found),
            following=start + PER_PAGE if len(found) > start + PER_PAGE else None,
            in_hand_vnd=cash_in_hand(session, group.id),
            show=show,
            search=search,
            key=new_public_id(),
            last=last,
        )


@blueprint.post("/<int:group_id>/collect")
@needs(Act.COLLECT)
def search_due(group_id: int) -> Response:
    """Keep what is searched for and show the list of the same month."""
    keep_search(PAGE)
    kept: dict[str, Any] = {
        name: request.args[name] for name in KEPT if name in request.args
    }
    return redirect(url_for("leaders.due", group_id=group_id, **kept), 303)


@blueprint.post("/<int:group_id>/collect/<uuid:household_id>")
@needs(Act.COLLECT)
def take_money(group_id: int, household_id: uuid.UUID) -> Response | tuple[str, int]:
    """Book what a household gave, once however often the button is tapped.

    Where another phone took money after this form was drawn, ask before taking more.
    """
    house, scope = the_house(), the_actor().scope
    now, key = house.clock.now(), _key_of(household_id)
    new = NewPayment(
        amount_vnd=request.form.get("amount_vnd", 0, type=int),
        method=PaymentMethod.CASH,
        received_by=the_actor().account_id,
        idempotency_key=key,
        asked=_asked(now),
    )
    with house.database.reading() as session:
        group = the_group(session, group_id)
        home = get_household(session, scope, household_id)
        owed = household_balance(session, home.id).owed_vnd
        known = find_by_key(session, scope, key)
    if new.asked is None and known is None and owed <= 0:
        flash(say("paid.already", "leaders"))
        return _back(group_id)
    try:
        payment = ledger.take_payment(
            house.database, household_id, new, actor=the_actor(), now=now
        )
    except LedgerInputError as error:
        flash(say(f"{error.field}.{error.reason}", "leaders"))
        return _back(group_id)
    except PaidMeanwhileError as error:
        return _ask_again(group, home, new, last=error), 409
    amount = vnd(payment.amount_vnd)
    flash(say("paid", "leaders", amount=amount, receipt=payment.receipt_number))
    return _back(group_id, last=payment.public_id)


@blueprint.post("/<int:group_id>/payments/<uuid:payment_id>/undo")
@needs(Act.COLLECT)
def undo_payment(group_id: int, payment_id: uuid.UUID) -> Response:
    """Give the money back in the books."""
    house = the_house()
    try:
        undone = ledger.undo_payment(
            house.database, payment_id, actor=the_actor(), now=house.clock.now()
        )
    except NotAllowedError:
        flash(say("payment.handed_in", "leaders"))
    except LedgerStateError as error:
        flash(say(f"payment.{error.reason}", "leaders"))
    else:
        receipt, amount = undone.receipt_number.removesuffix("-H"), undone.amount_vnd
        flash(say("payment_undone", "leaders", receipt=receipt, amount=vnd(-amount)))
    return _back(group_id)


def _asked(now: dt.datetime) -> Asked | None:
    """Return what the form showed as open; None when it did not say."""
    open_vnd = request.form.get("open_vnd", type=int)
    if open_vnd is None:
        return None
    month = _month(request.form.get("month", ""), now)
    return Asked(open_vnd=open_vnd, last_month=month)


def _ask_again(
    group: ResidentialGroup,
    home: Household,
    new: NewPayment,
    *,
    last: PaidMeanwhileError,
) -> str:
    """Return the page that says what was paid meanwhile and offers to take more."""
    return render_template(
        "leaders/paid_meanwhile.html",
        group=group,
        home=home,
        last=last,
        amount_vnd=new.amount_vnd,
        key=request.form.get("idempotency_key", ""),
        kept=_kept(),
    )


def _month(word: str, now: dt.datetime) -> dt.date:
    """Return the month asked for; this one when it is none, or one to come."""
    this = month_of(now)
    try:
        asked = read_month(word[:7])
    except ValueError:
        return this
    return min(asked, this)


def _is_wanted(row: DueRow, show: str, *, search: str) -> bool:
    if show == UNPAID and row.to_collect_vnd <= 0:
        return False
    text = f"{row.search_key} {search_key(row.address)}"
    return all(word in text for word in search_key(search).split())


def _figures(rows: list[DueRow]) -> Collected:
    unpaid = [row for row in rows if row.to_collect_vnd > 0]
    return Collected(
        paid=len(rows) - len(unpaid),
        unpaid=len(unpaid),
        paid_vnd=sum(row.paid_vnd for row in rows),
        left_vnd=sum(row.to_collect_vnd for row in unpaid),
    )


def _find_last(session: Session, group: ResidentialGroup) -> Payment | None:
    """Return the payment just taken, while it can be undone."""
    try:
        public_id = uuid.UUID(request.args.get("last", ""))
    except ValueError:
        return None
    payment = find_payment(session, group.ward_id, public_id)
    return payment if payment and payment.group_id == group.id else None


def _back(group_id: int, *, last: uuid.UUID | None = None) -> Response:
    return redirect(url_for(".due", group_id=group_id, last=last, **_kept()), 303)


def _kept() -> dict[str, Any]:
    return {name: request.form[name] for name in KEPT if request.form.get(name)}


def _key_of(household_id: uuid.UUID) -> str:
    """Return the key of this form for this household; a new one if it has none."""
    try:
        form = uuid.UUID(request.form.get("idempotency_key", ""))
    except ValueError:
        form = new_public_id()
    return f"{form.hex}{household_id.hex}"

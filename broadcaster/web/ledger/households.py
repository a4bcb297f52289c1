"""One household's money: what it owes, what it paid, taking and undoing payments."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services import ledger
from broadcaster.services.bank_transfers import ask_transfer
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.ledger.blueprint import blueprint, read_vnd
from broadcaster.web.wording import say
from subscriptions.collecting import household_balance
from subscriptions.errors import LedgerInputError, LedgerStateError
from subscriptions.exemptions import list_exemptions
from subscriptions.payments import NewPayment, list_payments
from subscriptions.register_search import describe_household
from subscriptions.registry import get_household
from subscriptions.tables.base import new_public_id
from subscriptions.tables.ledger import ExemptionReason, PaymentMethod


@blueprint.get("/households/<uuid:public_id>")
@needs(Act.SEE_LEDGER)
def household(public_id: uuid.UUID) -> str:
    """Show a household's account."""
    return household_page(public_id, typed={}, errors={})


@blueprint.post("/households/<uuid:public_id>/payments")
@needs(Act.KEEP_LEDGER)
def take_payment(public_id: uuid.UUID) -> Response | tuple[str, int]:
    """Book money; the same form sent twice books it once."""
    house, actor = the_house(), the_actor()
    try:
        payment = ledger.take_payment(
            house.database,
            public_id,
            NewPayment(
                amount_vnd=read_vnd(request.form.get("amount_vnd", "")),
                method=PaymentMethod(request.form.get("method", "cash")),
                received_by=actor.account_id,
                idempotency_key=request.form.get("idempotency_key", "")
                or str(new_public_id()),
            ),
            actor=actor,
            now=house.clock.now(),
        )
    except (LedgerInputError, ValueError) as error:
        return _refused(public_id, error)
    flash(say("paid", "ledger", receipt=payment.receipt_number))
    return redirect(url_for("ledger.household", public_id=public_id), 303)


@blueprint.post("/households/<uuid:public_id>/payments/<uuid:payment_id>/undo")
@needs(Act.KEEP_LEDGER)
def undo_payment(
    public_id: uuid.UUID, payment_id: uuid.UUID
) -> Response | tuple[str, int]:
    """Undo a payment: its receipt stays, with a row of minus as much."""
    house = the_house()
    try:
        ledger.undo_payment(
            house.database, payment_id, actor=the_actor(), now=house.clock.now()
        )
    except LedgerStateError as error:
        errors = {"payments": say(error.reason, "ledger")}
        return household_page(public_id, typed={}, errors=errors), 409
    flash(say("undone", "ledger"))
    return redirect(url_for("ledger.household", public_id=public_id), 303)


def household_page(
    public_id: uuid.UUID, *, typed: dict[str, str], errors: dict[str, str]
) -> str:
    """Render a household's account with what was typed and what was wrong in it."""
    house, actor = the_house(), the_actor()
    with house.database.reading() as session:
        found = get_household(session, actor.scope, public_id)
        payments = list_payments(session, found.id)
        return render_template(
            "ledger/household.html",
            detail=describe_household(session, actor.scope, public_id),
            balance=household_balance(session, found.id),
            asked=ask_transfer(session, found, now=house.clock.now()),
            exemptions=list_exemptions(session, found.id),
            payments=payments,
            undone={p.reverses_id for p in payments if p.reverses_id},
            methods=list(PaymentMethod),
            reasons=list(ExemptionReason),
            key=str(new_public_id()),
            typed=typed,
            errors=errors,
        )


def _refused(
    public_id: uuid.UUID, error: LedgerInputError | ValueError
) -> tuple[str, int]:
    field, reason = (
        (error.field, error.reason)
        if isinstance(error, LedgerInputError)
        else ("method", "choose")
    )
    errors = {field: say(f"{field}.{reason}", "ledger")}
    return household_page(public_id, typed=request.form.to_dict(), errors=errors), 422

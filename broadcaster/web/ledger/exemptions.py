"""Decisions that spare a household the charge: written by one, approved by another."""

import datetime as dt
import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services import ledger
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.ledger.blueprint import blueprint
from broadcaster.web.ledger.households import household_page
from broadcaster.web.wording import say
from subscriptions.errors import LedgerInputError, LedgerStateError
from subscriptions.exemptions import NewExemption, list_waiting
from subscriptions.months import read_month
from subscriptions.register_search import describe_household
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import ExemptionReason


@blueprint.get("/exemptions")
@needs(Act.SEE_LEDGER)
def exemptions() -> str:
    """Show the decisions that wait for a second person."""
    return _page()


@blueprint.post("/households/<uuid:public_id>/exemptions")
@needs(Act.KEEP_LEDGER)
def exempt(public_id: uuid.UUID) -> Response | tuple[str, int]:
    """Write a decision down; it counts once a second person approves."""
    house = the_house()
    try:
        ledger.exempt(
            house.database,
            public_id,
            NewExemption(
                reason=_reason(),
                decision=request.form.get("decision", ""),
                first_month=_month("first_month"),
                last_month=_month("last_month") if _typed("last_month") else None,
            ),
            actor=the_actor(),
            now=house.clock.now(),
        )
    except LedgerInputError as error:
        errors = {error.field: say(f"{error.field}.{error.reason}", "ledger")}
        typed = request.form.to_dict()
        return household_page(public_id, typed=typed, errors=errors), 422
    flash(say("exemption_written", "ledger"))
    return redirect(url_for("ledger.household", public_id=public_id), 303)


@blueprint.post("/exemptions/<int:exemption_id>/approve")
@needs(Act.APPROVE_EXEMPTIONS)
def approve(exemption_id: int) -> Response | tuple[str, int]:
    """Let a decision count."""
    house = the_house()
    try:
        ledger.approve_exemption(
            house.database, exemption_id, actor=the_actor(), now=house.clock.now()
        )
    except LedgerStateError as error:
        return _page(fault=error.reason), 409
    flash(say("exemption_approved", "ledger"))
    return redirect(url_for("ledger.exemptions"), 303)


def _page(fault: str | None = None) -> str:
    actor = the_actor()
    with the_house().database.reading() as session:
        rows = [
            (exemption, describe_household(session, actor.scope, door.public_id))
            for exemption in list_waiting(session, actor.ward_id)
            for door in [session.get_one(Household, exemption.household_id)]
        ]
        return render_template("ledger/exemptions.html", rows=rows, fault=fault)


def _typed(field: str) -> str:
    return request.form.get(field, "").strip()


def _reason() -> ExemptionReason:
    try:
        return ExemptionReason(_typed("reason"))
    except ValueError as error:
        raise LedgerInputError("reason", "choose") from error


def _month(field: str) -> dt.date:
    try:
        return read_month(_typed(field))
    except ValueError as error:
        raise LedgerInputError(field, "not_a_month") from error

"""What a phone's holder agrees to, and whether the service runs on it."""

import datetime as dt
import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services import household_lines
from broadcaster.services.household_lines import ConsentDecision, ServiceChange
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.leaders.lines import find_line
from broadcaster.web.leaders.site import blueprint, faulty, the_group
from broadcaster.web.wording import say
from subscriptions.errors import EnrolmentError, SubscriptionStateError
from subscriptions.months import month_of, next_month
from subscriptions.places import get_ward
from subscriptions.register_search import LineStanding
from subscriptions.subscription_changes import Decision
from subscriptions.tables.consents import ConsentAction, ConsentMethod, Purpose
from subscriptions.tables.households import SubscriptionStatus

WORDING = "door-2"
METHODS = (ConsentMethod.PAPER, ConsentMethod.LEADER_SCREEN)
OFFERED = {
    SubscriptionStatus.ACTIVE: (ServiceChange.SUSPEND, ServiceChange.END),
    SubscriptionStatus.SUSPENDED: (ServiceChange.RESUME, ServiceChange.END),
}


@blueprint.get("/lines/<uuid:subscription_id>/consent")
@needs(Act.EDIT_REGISTER)
def consent(subscription_id: uuid.UUID) -> str:
    """Show what the phone's holder agreed to, to be changed."""
    return render_template("leaders/consent.html", **_page(subscription_id))


@blueprint.post("/lines/<uuid:subscription_id>/consent")
@needs(Act.EDIT_REGISTER)
def take_consent(subscription_id: uuid.UUID) -> Response | tuple[str, int]:
    """Write down what the phone's holder says now; it counts at once."""
    house = the_house()
    with house.database.reading() as session:
        detail, line = find_line(session, subscription_id)
    stops = "stop" in request.form
    method = ConsentMethod.LEADER_SCREEN if stops else request.form.get("method", "")
    ticked = set() if stops else set(request.form.getlist("purposes"))
    if method not in METHODS:
        errors = {"method": say("method.choose", "leaders")}
        page = _page(subscription_id, errors=errors, ticked=ticked)
        return faulty("leaders/consent.html", **page)
    changed = household_lines.decide_consent(
        house.database,
        subscription_id,
        decision=ConsentDecision(
            asked=_agreed(line),
            agreed=frozenset(p for p in Purpose if p in ticked),
            method=ConsentMethod(method),
            wording_version=WORDING,
        ),
        actor=the_actor(),
        now=house.clock.now(),
    )
    flash(say("consent_changed" if changed else "consent_same", "leaders"))
    return _back_to(detail.household.public_id)


@blueprint.get("/lines/<uuid:subscription_id>/service")
@needs(Act.EDIT_REGISTER)
def service(subscription_id: uuid.UUID) -> str:
    """Ask whether the line is to rest, to run again or to end."""
    return render_template("leaders/service.html", **_page(subscription_id))


@blueprint.post("/lines/<uuid:subscription_id>/service")
@needs(Act.EDIT_REGISTER)
def change_service(subscription_id: uuid.UUID) -> Response | tuple[str, int]:
    """Let the line rest, run again or end, with the reason and the month."""
    house = the_house()
    now = house.clock.now()
    with house.database.reading() as session:
        detail, line = find_line(session, subscription_id)
    wanted = request.form.get("change", "")
    month = _month(now)
    errors: dict[str, str] = {}
    if wanted not in OFFERED.get(line.subscription.status, ()):
        errors["change"] = say("change.choose", "leaders")
    if month is None:
        errors["from_month"] = say("from_month.choose", "leaders")
    if not request.form.get("reason", "").strip():
        errors["reason"] = say("reason.empty", "leaders")
    if not errors and month is not None:
        try:
            household_lines.change_service(
                house.database,
                subscription_id,
                change=ServiceChange(wanted),
                decision=Decision(
                    reason=request.form.get("reason", ""),
                    from_month=month,
                    recorded_by=the_actor().account_id,
                ),
                actor=the_actor(),
                now=now,
            )
        except EnrolmentError as error:
            errors = {error.field: say(f"{error.field}.{error.reason}", "leaders")}
        except SubscriptionStateError as error:
            errors = {"change": say(f"state.{error.reason}", "leaders")}
    if errors:
        page = _page(subscription_id, errors=errors)
        return faulty("leaders/service.html", **page)
    flash(say(f"changed.{wanted}", "leaders"))
    return _back_to(detail.household.public_id)


def _page(
    subscription_id: uuid.UUID,
    *,
    errors: dict[str, str] | None = None,
    ticked: set[str] | None = None,
) -> dict[str, Any]:
    month = month_of(the_house().clock.now())
    with the_house().database.reading() as session:
        detail, line = find_line(session, subscription_id)
        return {
            "group": the_group(session, detail.household.group_id),
            "ward": get_ward(session, detail.household.ward_id),
            "household": detail.household,
            "line": line,
            "ticked": sorted(_agreed(line) if ticked is None else ticked),
            "purposes": list(Purpose),
            "methods": METHODS,
            "offered": OFFERED[line.subscription.status],
            "months": (month, next_month(month)),
            "typed": request.form,
            "errors": errors or {},
            "wording": WORDING,
        }


def _agreed(line: LineStanding) -> frozenset[Purpose]:
    return frozenset(
        purpose
        for purpose, record in line.consents.items()
        if record.action is ConsentAction.GRANTED
    )


def _month(now: dt.datetime) -> dt.date | None:
    this = month_of(now)
    offered = {month.isoformat(): month for month in (this, next_month(this))}
    return offered.get(request.form.get("from_month", ""))


def _back_to(household_id: uuid.UUID) -> Response:
    return redirect(url_for(".household", household_id=household_id), 303)

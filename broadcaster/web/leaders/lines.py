"""One phone of one person: adding, mending, consenting, resting, ending."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services import household_lines
from broadcaster.services.number_check import CheckState, NumberCheck, check_number
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.leaders import door_form
from broadcaster.web.leaders.site import blueprint, faulty, the_group
from broadcaster.web.wording import say
from subscriptions.enrolments import NewLine
from subscriptions.errors import (
    EnrolmentError,
    LineTakenError,
    NotInRegisterError,
)
from subscriptions.places import get_ward
from subscriptions.register_search import (
    HouseholdDetail,
    LineStanding,
    describe_household,
)
from subscriptions.registry import get_resident
from subscriptions.tables.households import Household, Relation, Resident

FIX = "fix"
NUMBER_FIELDS = ("phone_1", "shared_1", "consent", "relation")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """Whose number is asked for; `line` is the one to replace, None to add one."""

    detail: HouseholdDetail
    resident: Resident
    line: LineStanding | None = None


@blueprint.get("/residents/<uuid:resident_id>/number")
@needs(Act.EDIT_REGISTER)
def new_number(resident_id: uuid.UUID) -> str:
    """Ask for one more number of a person."""
    return render_template("leaders/number.html", **_number_page(_whose(resident_id)))


@blueprint.post("/residents/<uuid:resident_id>/number")
@needs(Act.EDIT_REGISTER)
def add_number(resident_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Serve the person through the number too."""
    return _take_number(_whose(resident_id))


@blueprint.get("/lines/<uuid:subscription_id>/number")
@needs(Act.EDIT_REGISTER)
def right_number(subscription_id: uuid.UUID) -> str:
    """Ask for the right number in place of a wrong one."""
    subject = _of_line(subscription_id)
    return render_template("leaders/number.html", **_number_page(subject))


@blueprint.post("/lines/<uuid:subscription_id>/number")
@needs(Act.EDIT_REGISTER)
def change_number(subscription_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Serve the person through the right number instead."""
    return _take_number(_of_line(subscription_id))


@blueprint.post("/lines/<uuid:subscription_id>/works")
@needs(Act.EDIT_REGISTER)
def trust_number(subscription_id: uuid.UUID) -> Response:
    """Text a number again that a carrier called dead: the leader has asked."""
    house = the_house()
    subject = _of_line(subscription_id)
    household_lines.trust_number(
        house.database, subscription_id, actor=the_actor(), now=house.clock.now()
    )
    flash(say("number_trusted", "leaders"))
    return _back_to(subject.detail.household)


def find_line(
    session: Session, subscription_id: uuid.UUID
) -> tuple[HouseholdDetail, LineStanding]:
    """Return a running line with its household. Raises NotInRegisterError."""
    _, home = household_lines.get_served(session, the_actor(), subscription_id)
    detail = describe_household(session, the_actor().scope, home.public_id)
    for line in detail.lines:
        if line.subscription.public_id == subscription_id:
            return detail, line
    raise NotInRegisterError("subscription")


def _whose(resident_id: uuid.UUID) -> _Subject:
    scope = the_actor().scope
    with the_house().database.reading() as session:
        resident = get_resident(session, scope, resident_id)
        home = session.get_one(Household, resident.household_id)
        detail = describe_household(session, scope, home.public_id)
    return _Subject(detail=detail, resident=resident)


def _of_line(subscription_id: uuid.UUID) -> _Subject:
    with the_house().database.reading() as session:
        detail, line = find_line(session, subscription_id)
    return _Subject(detail=detail, resident=line.resident, line=line)


def _number_page(
    subject: _Subject,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> dict[str, Any]:
    home = subject.detail.household
    typed = typed or dict.fromkeys(NUMBER_FIELDS, "")
    with the_house().database.reading() as session:
        return {
            "group": the_group(session, home.group_id),
            "ward": get_ward(session, home.ward_id),
            "household": home,
            "resident": subject.resident,
            "line": subject.line,
            "typed": typed,
            "check": _check(session, subject, typed),
            "errors": errors or {},
            "wording": door_form.WORDING,
        }


def _take_number(subject: _Subject) -> str | Response | tuple[str, int]:
    typed = {name: request.form.get(name, "") for name in NUMBER_FIELDS}
    name, _, number = request.form.get(FIX, "").partition(":")
    if name == "phone_1":
        page = _number_page(subject, typed | {name: number})
        return render_template("leaders/number.html", **page)
    with the_house().database.reading() as session:
        check = _check(session, subject, typed)
    errors = _faults(typed, check)
    if not errors:
        try:
            _save(subject, typed, check)
        except EnrolmentError as error:
            errors = {"phone_1": say(f"phone.{error.reason}", "leaders")}
        except LineTakenError:
            errors = {"phone_1": say("phone.taken", "leaders")}
        else:
            flash(say("number_changed" if subject.line else "line_added", "leaders"))
            return _back_to(subject.detail.household)
    return faulty("leaders/number.html", **_number_page(subject, typed, errors))


def _check(session: Session, subject: _Subject, typed: dict[str, str]) -> NumberCheck:
    own = subject.detail.household.public_id
    return check_number(session, the_actor().scope, typed["phone_1"], own=own)


def _faults(typed: dict[str, str], check: NumberCheck) -> dict[str, str]:
    fault = door_form.number_fault(check, shared=typed["shared_1"])
    if check.state is CheckState.EMPTY:
        fault = say("phone.empty", "leaders")
    return ({"phone_1": fault} if fault else {}) | door_form.consent_fault(typed)


def _save(subject: _Subject, typed: dict[str, str], check: NumberCheck) -> None:
    house = the_house()
    if check.number is None:
        raise EnrolmentError("phone", "empty")
    relation = typed["relation"]
    if subject.line is not None:
        relation = subject.line.subscription.relation
    line = NewLine(
        phone=check.number,
        relation=Relation.RELATIVE if relation == Relation.RELATIVE else Relation.OWN,
        shared=door_form.is_shared(check, typed["shared_1"]),
        agreement=door_form.agreement_of(typed["consent"]),
    )
    if subject.line is None:
        household_lines.add_phone(
            house.database,
            subject.resident.public_id,
            line=line,
            gateway=house.gateway_name,
            actor=the_actor(),
            now=house.clock.now(),
        )
    else:
        household_lines.change_number(
            house.database,
            subject.line.subscription.public_id,
            line=line,
            gateway=house.gateway_name,
            actor=the_actor(),
            now=house.clock.now(),
        )


def _back_to(household: Household) -> Response:
    return redirect(url_for(".household", household_id=household.public_id), 303)

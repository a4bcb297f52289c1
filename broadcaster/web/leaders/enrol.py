"""Enrolling a household at its door, one after the other."""

import uuid
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from broadcaster.errors import InputError
from broadcaster.rules.permissions import Act
from broadcaster.services import enrolment as enrolling
from broadcaster.services.number_check import NumberCheck, check_number
from broadcaster.web.formats import vnd
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.leaders import door_form
from broadcaster.web.leaders.door_form import PHONES, Typed
from broadcaster.web.leaders.site import blueprint, the_group
from broadcaster.web.wording import say
from subscriptions.doors import next_door
from subscriptions.errors import (
    AlreadyEnrolledError,
    EnrolmentError,
    LineTakenError,
    NotInRegisterError,
    SubscriptionStateError,
)
from subscriptions.months import month_of, next_month
from subscriptions.places import get_ward
from subscriptions.register_search import HouseholdDetail, describe_household
from subscriptions.tables.households import Tag

FIX = "fix"
"""Name of the buttons that put a suggested number in place of the typed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One showing of the form, and the household saved just before it."""

    group_id: int
    typed: Typed
    errors: dict[str, str]
    saved: HouseholdDetail | None = None


@blueprint.get("/<int:group_id>/enrol")
@needs(Act.EDIT_REGISTER)
def enrol(group_id: int) -> str:
    """Show the form; after a save it proposes the next door, after an undo the same."""
    with the_house().database.reading() as session:
        the_group(session, group_id)
        last = _find_last(session)
    if last is None:
        return _show(_Page(group_id=group_id, typed=door_form.empty(), errors={}))
    if last.household.left_on is not None:
        typed = door_form.empty(
            full_name=last.residents[0].full_name, address=last.household.address
        )
        return _show(_Page(group_id=group_id, typed=typed, errors={}))
    typed = door_form.empty(address=next_door(last.household.address))
    return _show(_Page(group_id=group_id, typed=typed, errors={}, saved=last))


@blueprint.post("/<int:group_id>/enrol/check")
@needs(Act.EDIT_REGISTER)
def check_typed_number(group_id: int) -> str:
    """Say what is known of a number while it is typed."""
    name = request.args.get("name", PHONES[0])
    if name not in PHONES:
        abort(404)
    typed = door_form.typed_in(request.form)
    with the_house().database.reading() as session:
        the_group(session, group_id)
        check = check_number(
            session,
            the_actor().scope,
            request.form.get(name, ""),
            own=request.args.get("own", type=uuid.UUID),
        )
    return render_template(
        "leaders/number_check.html",
        name=name,
        check=check,
        shared=typed.get(f"shared_{name[-1:]}", ""),
    )


@blueprint.post("/<int:group_id>/enrol")
@needs(Act.EDIT_REGISTER)
def take_enrolment(group_id: int) -> str | Response | tuple[str, int]:
    """Save the household and go on to the next door."""
    typed = door_form.typed_in(request.form)
    name, _, number = request.form.get(FIX, "").partition(":")
    if name in PHONES:
        return _show(_Page(group_id=group_id, typed=typed | {name: number}, errors={}))
    with the_house().database.reading() as session:
        the_group(session, group_id)
        errors = door_form.faults_of(typed, _checks(session, typed))
    if not errors:
        saved = _try_to_save(group_id, typed)
        if isinstance(saved, enrolling.Enrolled):
            flash(_sentence(saved))
            after = saved.household.public_id
            return redirect(url_for(".enrol", group_id=group_id, after=after), 303)
        errors = saved
    return _show(_Page(group_id=group_id, typed=typed, errors=errors)), 422


@blueprint.post("/<int:group_id>/households/<uuid:household_id>/undo")
@needs(Act.EDIT_REGISTER)
def undo_enrolment(group_id: int, household_id: uuid.UUID) -> Response:
    """Take back the household saved last, with the money taken for it."""
    house = the_house()
    try:
        enrolling.undo(
            house.database, household_id, actor=the_actor(), now=house.clock.now()
        )
    except SubscriptionStateError as error:
        flash(say(f"undo.{error.reason}", "leaders"))
        return redirect(url_for(".household", household_id=household_id), 303)
    flash(say("enrolment_undone", "leaders"))
    return redirect(url_for(".enrol", group_id=group_id, after=household_id), 303)


def _find_last(session: Session) -> HouseholdDetail | None:
    try:
        public_id = uuid.UUID(request.args.get("after", ""))
        return describe_household(session, the_actor().scope, public_id)
    except (ValueError, NotInRegisterError):
        return None


def _checks(session: Session, typed: Typed) -> dict[str, NumberCheck]:
    """Look the numbers up; what this form saved a moment ago is not another home."""
    scope, own = the_actor().scope, door_form.find_key(typed)
    return {name: check_number(session, scope, typed[name], own=own) for name in PHONES}


def _try_to_save(group_id: int, typed: Typed) -> enrolling.Enrolled | dict[str, str]:
    """Save the form; return what is wrong with it, by field, when that fails."""
    try:
        return _save(group_id, typed, door_form.key_of(typed))
    except InputError as error:
        typed["key"] = door_form.empty()["key"]
        return {error.field: say(f"{error.field}.{error.reason}", "leaders")}
    except EnrolmentError as error:
        field = "phone_2" if error.field == "phone" else error.field
        return {field: say(f"{error.field}.{error.reason}", "leaders")}
    except AlreadyEnrolledError as error:
        address = error.household.address or ""
        return {"full_name": say("already_enrolled", "leaders", address=address)}
    except LineTakenError:
        return {"phone_1": say("phone.taken", "leaders")}


def _save(group_id: int, typed: Typed, key: uuid.UUID) -> enrolling.Enrolled:
    house = the_house()
    now = house.clock.now()
    with house.database.reading() as session:
        checks = _checks(session, typed)
    door = door_form.read(typed, checks, group_id=group_id, now=now)
    return enrolling.enrol(
        house.database,
        door.enrolment,
        visit=enrolling.Visit(
            key=key, collected=door.collected, gateway=house.gateway_name
        ),
        actor=the_actor(),
        now=now,
    )


def _sentence(saved: enrolling.Enrolled) -> str:
    said = [say("saved", "leaders", address=saved.household.address or "")]
    if saved.payment is not None and saved.payment.amount_vnd > 0:
        amount, receipt = vnd(saved.payment.amount_vnd), saved.payment.receipt_number
        said.append(say("saved.paid", "leaders", amount=amount, receipt=receipt))
    if saved.texts:
        said.append(say("saved.texted", "leaders", count=saved.texts))
    return " ".join(said)


def _show(page: _Page) -> str:
    month = month_of(the_house().clock.now())
    with the_house().database.reading() as session:
        group = the_group(session, page.group_id)
        ward = get_ward(session, group.ward_id)
        return render_template(
            "leaders/enrol.html",
            group=group,
            ward=ward,
            month=month,
            next_month=next_month(month),
            typed=page.typed,
            checks=_checks(session, page.typed),
            errors=page.errors,
            saved=page.saved,
            tags=list(Tag),
            wording=door_form.WORDING,
        )

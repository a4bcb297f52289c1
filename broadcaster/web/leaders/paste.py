"""Enrolling from a chat or an address book: pasted, looked at, ticked, saved."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from broadcaster.errors import InputError
from broadcaster.rules.permissions import Act
from broadcaster.services import enrolment as enrolling
from broadcaster.services.number_check import NumberCheck, check_number
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.leaders import door_form, pasted_form
from broadcaster.web.leaders.pasted_form import MOST_ROWS, PHONE_NAME, Row
from broadcaster.web.leaders.site import blueprint, faulty, the_group
from broadcaster.web.wording import say
from subscriptions.errors import AlreadyEnrolledError, EnrolmentError, LineTakenError
from subscriptions.pasted_lines import read_pasted
from subscriptions.places import get_ward

FIX = "fix"
MOST_CHARACTERS = 10_000


@dataclass(slots=True, kw_only=True)
class _Outcome:
    """What became of the ticked rows; `left` are those still to be looked at."""

    left: list[Row]
    errors: dict[str, str] = field(default_factory=dict)
    saved: int = 0
    texts: int = 0


@blueprint.get("/<int:group_id>/paste")
@needs(Act.EDIT_REGISTER)
def paste(group_id: int) -> str:
    """Ask for the lines."""
    with the_house().database.reading() as session:
        group = the_group(session, group_id)
    return render_template("leaders/paste.html", group=group, lines="", errors={})


@blueprint.post("/<int:group_id>/paste")
@needs(Act.EDIT_REGISTER)
def read_lines(group_id: int) -> str | tuple[str, int]:
    """Show what was read of the lines; nothing is saved yet."""
    with the_house().database.reading() as session:
        group = the_group(session, group_id)
    lines = request.form.get("lines", "")
    rows = pasted_form.rows_of(read_pasted(lines[:MOST_CHARACTERS]))
    if not rows or len(rows) > MOST_ROWS or len(lines) > MOST_CHARACTERS:
        word = "paste.too_many" if rows else "paste.empty"
        errors = {"lines": say(word, "leaders", most=MOST_ROWS)}
        return faulty("leaders/paste.html", group=group, lines=lines, errors=errors)
    return _show(group_id, rows, {})


@blueprint.post("/<int:group_id>/paste/check")
@needs(Act.EDIT_REGISTER)
def check_pasted_number(group_id: int) -> str:
    """Say what is known of a number while it is mended."""
    name = request.args.get("name", "")
    match = PHONE_NAME.fullmatch(name)
    if match is None:
        abort(404)
    key = request.form.get(f"key_{match['place']}", "")
    with the_house().database.reading() as session:
        the_group(session, group_id)
        check = check_number(
            session,
            the_actor().scope,
            request.form.get(name, ""),
            own=door_form.find_key({"key": key}),
        )
    shared = request.form.get(name.replace("phone", "shared"), "")
    return render_template(
        "leaders/number_check.html", name=name, check=check, shared=shared
    )


@blueprint.post("/<int:group_id>/paste/save")
@needs(Act.EDIT_REGISTER)
def save_picked(group_id: int) -> str | Response | tuple[str, int]:
    """Enrol each ticked row as a household; what is not saved stays on the page."""
    rows = pasted_form.rows_in(request.form)
    with the_house().database.reading() as session:
        the_group(session, group_id)
        checks = _checks(session, rows)
    name, _, number = request.form.get(FIX, "").partition(":")
    if PHONE_NAME.fullmatch(name):
        return _show(group_id, pasted_form.put_number(rows, name, number), {})
    errors = _faults(rows, checks)
    if errors:
        return _show(group_id, rows, errors), 422
    outcome = _save(group_id, rows)
    if outcome.saved:
        flash(_sentence(outcome))
    if outcome.left:
        shown = _show(group_id, outcome.left, outcome.errors)
        return (shown, 422) if outcome.errors else shown
    return redirect(url_for(".list_households", group_id=group_id), 303)


def _checks(session: Session, rows: Sequence[Row]) -> dict[str, NumberCheck]:
    """Look the numbers up; what a row saved a moment ago is not another home."""
    scope = the_actor().scope
    return {
        phone.name: check_number(session, scope, phone.typed, own=row.own)
        for row in rows
        for phone in row.phones
    }


def _faults(rows: Sequence[Row], checks: dict[str, NumberCheck]) -> dict[str, str]:
    picked = [row for row in rows if row.picked]
    if not picked:
        place = rows[0].place if rows else 0
        return {f"pick_{place}": say("paste.pick", "leaders")}
    faults: dict[str, str] = {}
    for row in picked:
        faults |= pasted_form.faults_of(row, checks)
    return faults


def _save(group_id: int, rows: Sequence[Row]) -> _Outcome:
    """Enrol row by row: one that is refused keeps no other from being saved."""
    outcome = _Outcome(left=[])
    for row in rows:
        if not row.picked:
            outcome.left.append(row)
            continue
        try:
            saved = _enrol(group_id, row)
        except InputError as error:
            outcome.left.append(pasted_form.renewed(row))
            outcome.errors |= pasted_form.refusal(row, error.field, error.reason)
        except EnrolmentError as error:
            outcome.left.append(row)
            outcome.errors |= pasted_form.refusal(row, error.field, error.reason)
        except LineTakenError:
            outcome.left.append(row)
            outcome.errors |= pasted_form.refusal(row, "phone", "taken")
        except AlreadyEnrolledError as error:
            address = error.household.address or ""
            sentence = say("already_enrolled", "leaders", address=address)
            outcome.left.append(row)
            outcome.errors[f"full_name_{row.place}"] = sentence
        else:
            outcome.saved += 1
            outcome.texts += saved.texts
    return outcome


def _enrol(group_id: int, row: Row) -> enrolling.Enrolled:
    house = the_house()
    if row.own is None:
        raise InputError("key", "stands_for_another")
    with house.database.reading() as session:
        checks = _checks(session, [row])
    return enrolling.enrol(
        house.database,
        pasted_form.enrolment_of(row, checks, group_id=group_id),
        visit=enrolling.Visit(key=row.own, collected=False, gateway=house.gateway_name),
        actor=the_actor(),
        now=house.clock.now(),
    )


def _sentence(outcome: _Outcome) -> str:
    said = [say("pasted", "leaders", count=outcome.saved)]
    if outcome.texts:
        said.append(say("saved.texted", "leaders", count=outcome.texts))
    if outcome.left:
        said.append(say("pasted.left", "leaders", count=len(outcome.left)))
    return " ".join(said)


def _show(group_id: int, rows: Sequence[Row], errors: dict[str, str]) -> str:
    with the_house().database.reading() as session:
        group = the_group(session, group_id)
        return render_template(
            "leaders/pasted.html",
            group=group,
            ward=get_ward(session, group.ward_id),
            rows=rows,
            checks=_checks(session, rows),
            errors=errors,
            wording=door_form.WORDING,
        )

"""A resident's own page: a code by text, then what their phone is subscribed to."""

import time
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import InputError
from broadcaster.services import one_time_codes, own_page
from broadcaster.web.guards import PUBLIC, guarded_by, no_store, the_house
from broadcaster.web.wording import say
from subscriptions.phone_tables import PhoneCode
from subscriptions.phones import read_phone

blueprint = Blueprint("residents", __name__, url_prefix="/me")
no_store(blueprint)

ONE_TIME_CODE = "one_time_code"
SESSION_SECONDS = 30 * 60
NO_SINGLE_NUMBER = {
    PhoneCode.EMPTY,
    PhoneCode.NOT_A_NUMBER,
    PhoneCode.TWO_NUMBERS,
    PhoneCode.NOTE_IN_CELL,
    PhoneCode.SCIENTIFIC,
}
"""Whose help speaks of a workbook: here one number is typed."""


@blueprint.get("")
@guarded_by(PUBLIC)
def start() -> str | Response:
    """Ask for the phone number, or go on to the page of who is known."""
    if _line_ids():
        return redirect(url_for("residents.own"))
    return render_template("residents/start.html", phone="", errors={})


@blueprint.post("")
@guarded_by(PUBLIC)
def ask_code() -> Response | tuple[str, int]:
    """Text a code; the answer never tells whether the phone is registered."""
    house = the_house()
    typed = request.form.get("phone", "")
    try:
        e164 = one_time_codes.request_code(
            house.database,
            typed,
            gateway=house.gateway_name,
            now=house.clock.now(),
        )
    except InputError:
        errors = {"phone": _help_with(typed)}
        return render_template("residents/start.html", phone=typed, errors=errors), 422
    session["own_phone"] = e164
    return redirect(url_for("residents.code"), 303)


@blueprint.get("/code")
@guarded_by(PUBLIC)
def code() -> str | Response:
    """Ask for the code that was texted."""
    if "own_phone" not in session:
        return redirect(url_for("residents.start"))
    return render_template("residents/code.html", errors={})


@blueprint.post("/code")
@guarded_by(PUBLIC)
def take_code() -> Response | tuple[str, int]:
    """Open the page when the code fits."""
    house = the_house()
    try:
        line_ids = one_time_codes.check_code(
            house.database,
            session.get("own_phone", ""),
            code=request.form.get("code", ""),
            now=house.clock.now(),
        )
    except InputError:
        errors = {"code": say("wrong_code", "residents")}
        return render_template("residents/code.html", errors=errors), 422
    session["own_lines"] = line_ids
    session["own_until"] = int(time.time()) + SESSION_SECONDS
    return redirect(url_for("residents.own"), 303)


@blueprint.get("/page")
@guarded_by(ONE_TIME_CODE)
def own() -> str | Response:
    """Show what the phone is subscribed to, its texts and what is owed."""
    line_ids = _line_ids()
    if not line_ids:
        return redirect(url_for("residents.start"))
    now = the_house().clock.now()
    with the_house().database.reading() as database_session:
        transfers = own_page.own_transfers(database_session, line_ids, now=now)
        return render_template(
            "residents/own.html",
            lines=own_page.own_lines(database_session, line_ids, now=now),
            can_transfer=bool(transfers),
            texts=own_page.own_texts(database_session, line_ids),
        )


@blueprint.get("/transfer")
@guarded_by(ONE_TIME_CODE)
def transfer() -> str | Response:
    """Show the VietQR of each household that pays for the phone and owes."""
    line_ids = _line_ids()
    if not line_ids:
        return redirect(url_for("residents.start"))
    now = the_house().clock.now()
    with the_house().database.reading() as database_session:
        transfers = own_page.own_transfers(database_session, line_ids, now=now)
    return render_template("residents/transfer.html", transfers=transfers)


@blueprint.post("/stop")
@guarded_by(ONE_TIME_CODE)
def stop() -> Response:
    """Withdraw the phone from everything, at once."""
    return _decide(own_page.stop, "stopped")


@blueprint.post("/start-again")
@guarded_by(ONE_TIME_CODE)
def start_again() -> Response:
    """Agree to the ward's texts again."""
    return _decide(own_page.start_again, "started_again")


@blueprint.post("/leave")
@guarded_by(PUBLIC)
def leave() -> Response:
    """Forget the phone on this device."""
    for key in ("own_phone", "own_lines", "own_until"):
        session.pop(key, None)
    return redirect(url_for("residents.start"), 303)


def _help_with(typed: str) -> str:
    """Say what is wrong with a number, without the talk of cells and columns."""
    reading = read_phone(typed)
    if reading.code in NO_SINGLE_NUMBER:
        return say("one_number", "residents")
    return reading.help or say("not_a_mobile", "residents")


def _decide(decide: Callable[..., None], sentence: str) -> Response:
    line_ids = _line_ids()
    if not line_ids:
        return redirect(url_for("residents.start"), 303)
    house = the_house()
    decide(house.database, line_ids, now=house.clock.now())
    flash(say(sentence, "residents"))
    return redirect(url_for("residents.own"), 303)


def _line_ids() -> list[int]:
    if session.get("own_until", 0) < time.time():
        return []
    return [int(line_id) for line_id in session.get("own_lines", [])]

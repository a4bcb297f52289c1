"""The operator writes down what texts cost, by gateway and from which day."""

import datetime as dt
from itertools import groupby

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from broadcaster.errors import InputError
from broadcaster.ports import Channel
from broadcaster.rules.permissions import Act
from broadcaster.rules.tariffs import TariffKind, template_kinds
from broadcaster.rules.timing import ward_today
from broadcaster.services.prices import (
    NewPrice,
    add_price,
    phases,
    template_names,
)
from broadcaster.store.tables.usage import Tariff
from broadcaster.store.tariffs import list_tariffs
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.operator.carriers import CARRIERS
from broadcaster.web.operator.site import blueprint
from broadcaster.web.wording import say

MAX_DIGITS = 9
EVERYTHING = ""


@blueprint.get("/tariffs")
@needs(Act.OPERATE)
def tariffs() -> str:
    """Show the prices by gateway, and the form for one more."""
    return _page({}, {})


@blueprint.post("/tariffs")
@needs(Act.OPERATE)
def add_tariff() -> Response | tuple[str, int]:
    """Add a price from a day on."""
    house = the_house()
    try:
        with house.database.reading() as session:
            price = _read_price(_kinds(session))
        add_price(house.database, price, actor=the_actor(), now=house.clock.now())
    except InputError as error:
        errors = {error.field: say(f"{error.field}.{error.reason}", "prices")}
        return _page(request.form.to_dict(), errors), 422
    flash(say("tariff_added", "prices"))
    return redirect(url_for("operator.tariffs"), 303)


def kind_words(names: dict[str, str]) -> dict[str, str]:
    """Return what each class of price is called, the templates' by their names."""
    words = {kind.value: say(f"kind.{kind}", "prices") for kind in TariffKind}
    for template_id, name in names.items():
        by_phone, by_user_id = template_kinds(template_id)
        facts = {"name": name, "id": template_id}
        words[by_phone] = say("kind.by_phone", "prices", **facts)
        words[by_user_id] = say("kind.by_user_id", "prices", **facts)
    return words


def _page(typed: dict[str, str], errors: dict[str, str]) -> str:
    house = the_house()
    today = ward_today(house.clock.now())
    with house.database.reading() as session:
        rows = list_tariffs(session)
        return render_template(
            "operator/tariffs.html",
            books=[(name, list(those)) for name, those in groupby(rows, _gateway_of)],
            phases=phases(rows, today=today),
            gateways=list(house.gateways),
            kinds=_kinds(session),
            carriers=CARRIERS,
            today=today,
            typed=typed,
            errors=errors,
        )


def _gateway_of(tariff: Tariff) -> str:
    return tariff.gateway


def _kinds(session: Session) -> dict[str, str]:
    return kind_words(template_names(session))


def _read_price(kinds: dict[str, str]) -> NewPrice:
    kind, carrier = request.form.get("kind", ""), request.form.get("carrier", "")
    if kind not in kinds:
        raise InputError("kind", "choose")
    if carrier not in {*CARRIERS, EVERYTHING}:
        raise InputError("carrier", "choose")
    price = NewPrice(
        gateway=request.form.get("gateway", ""),
        carrier=carrier,
        kind=kind,
        valid_from=_read_day(),
        vnd_per_segment=_read_amount(),
    )
    if price.gateway and _channel_of(price.gateway) is not price.channel:
        raise InputError("gateway", "other_channel")
    return price


def _channel_of(name: str) -> Channel:
    gateway = the_house().gateways.get(name)
    if gateway is None:
        raise InputError("gateway", "choose")
    return gateway.capabilities.channel


def _read_day() -> dt.date:
    try:
        return dt.date.fromisoformat(request.form.get("valid_from", ""))
    except ValueError as error:
        raise InputError("valid_from", "not_a_day") from error


def _read_amount() -> int:
    digits = request.form.get("vnd_per_segment", "").replace(".", "").strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= MAX_DIGITS):
        raise InputError("vnd_per_segment", "not_a_number")
    return int(digits)

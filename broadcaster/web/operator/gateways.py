"""The operator's gateways: how they stand, and setting them up."""

import uuid
from collections.abc import Mapping

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.bootstrap import GatewayKind, gateway_kinds
from broadcaster.errors import InputError, NotFoundError
from broadcaster.rules.permissions import Act
from broadcaster.services.gateway_setups import (
    NewGateway,
    add_gateway,
    change_gateway,
    move_gateway,
    reserved_names,
    saved_secrets,
    switch_gateway,
)
from broadcaster.store.gateway_setups import get_setup
from broadcaster.store.tables.gateways import GatewaySetup
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.operator.gateway_cards import get_card, list_cards
from broadcaster.web.operator.gateway_form import (
    draw_fields,
    find_faults,
    read_account,
)
from broadcaster.web.operator.health import counted, decimal, lasting
from broadcaster.web.operator.site import blueprint
from broadcaster.web.wording import say
from subscriptions.tables.base import new_public_id

MAX_DIGITS = 3
SWITCH = {"on": True, "off": False}


@blueprint.get("/gateways")
@needs(Act.OPERATE)
def gateways() -> str:
    """Show every gateway: how it stands and what its account has left."""
    house = the_house()
    with house.database.reading() as session:
        return render_template(
            "operator/gateways/list.html",
            cards=list_cards(session, house),
            now=house.clock.now(),
            lasting=lasting,
            counted=counted,
            decimal=decimal,
        )


@blueprint.get("/gateways/new")
@needs(Act.OPERATE)
def choose_gateway() -> str:
    """Show what kinds of gateway there are to set up."""
    return render_template("operator/gateways/kinds.html", kinds=gateway_kinds())


@blueprint.get("/gateways/new/<kind_name>")
@needs(Act.OPERATE)
def new_gateway(kind_name: str) -> str:
    """Show the form of a kind."""
    return _new_page(_kind(kind_name), typed=None, errors={})


@blueprint.post("/gateways/new/<kind_name>")
@needs(Act.OPERATE)
def set_up_gateway(kind_name: str) -> Response | tuple[str, int]:
    """Add a gateway; its adapter must be able to work with what was typed."""
    house, kind = the_house(), _kind(kind_name)
    typed = request.form.to_dict()
    name = typed.get("name", "").strip().lower()
    account = read_account(typed, kind)
    errors = find_faults(account, kind, house=house, name=name, saved={})
    if errors:
        return _new_page(kind, typed=typed, errors=errors), 422
    new = NewGateway(
        key=_key(typed),
        name=name,
        kind=kind.name,
        channel=kind.channel,
        account=account,
    )
    reserved = reserved_names(
        kind.name, kinds=gateway_kinds(), fixed=house.gateways.fixed_names
    )
    try:
        added = add_gateway(
            house.database,
            new,
            vault=house.vault,
            reserved=reserved,
            actor=the_actor(),
            now=house.clock.now(),
        )
    except InputError as error:
        return _new_page(kind, typed=typed, errors=_said(error)), 422
    return _done("added", added)


@blueprint.get("/gateways/<name>")
@needs(Act.OPERATE)
def gateway(name: str) -> str:
    """Show one gateway, and the addresses that its telco has to be told."""
    house = the_house()
    with house.database.reading() as session:
        return render_template(
            "operator/gateways/gateway.html",
            card=get_card(session, house, name=name),
            base=f"{house.settings.public_url}/callbacks/{name}",
            now=house.clock.now(),
            lasting=lasting,
            counted=counted,
            decimal=decimal,
        )


@blueprint.get("/gateways/<name>/edit")
@needs(Act.OPERATE)
def edit_gateway(name: str) -> str:
    """Show a gateway's form; its secrets are never shown again."""
    return _edit_page(_setup(name), typed=None, errors={})


@blueprint.post("/gateways/<name>/edit")
@needs(Act.OPERATE)
def save_gateway(name: str) -> Response | tuple[str, int]:
    """Change a gateway; an empty secret keeps the one that is saved."""
    house, setup = the_house(), _setup(name)
    kind, typed = _kind(setup.kind), request.form.to_dict()
    account = read_account(typed, kind)
    saved = saved_secrets(setup, house.vault)
    errors = find_faults(account, kind, house=house, name=name, saved=saved)
    if errors:
        return _edit_page(setup, typed=typed, errors=errors), 422
    try:
        change_gateway(
            house.database,
            name,
            account,
            vault=house.vault,
            actor=the_actor(),
            now=house.clock.now(),
        )
    except InputError as error:
        return _edit_page(setup, typed=typed, errors=_said(error)), 422
    return _done("changed", name)


@blueprint.post("/gateways/<name>/switch")
@needs(Act.OPERATE)
def switch(name: str) -> Response:
    """Switch a gateway on or off, as the button says."""
    house, to = the_house(), request.form.get("to")
    if to not in SWITCH:
        abort(400)
    on = SWITCH[to]
    switch_gateway(
        house.database, name, on=on, actor=the_actor(), now=house.clock.now()
    )
    return _done("switched_on" if on else "switched_off", name)


@blueprint.post("/gateways/<name>/move")
@needs(Act.OPERATE)
def move(name: str) -> Response:
    """Put a gateway at the place that the button says."""
    house, place = the_house(), request.form.get("to", "")
    if not (place.isascii() and place.isdecimal() and len(place) <= MAX_DIGITS):
        abort(400)
    move_gateway(
        house.database,
        name,
        to=max(int(place), 1),
        actor=the_actor(),
        now=house.clock.now(),
    )
    house.gateways.look()
    flash(say("moved", "gateways", name=name))
    return redirect(url_for("operator.gateways"), 303)


def _done(word: str, name: str) -> Response:
    the_house().gateways.look()
    flash(say(word, "gateways", name=name))
    return redirect(url_for("operator.gateway", name=name), 303)


def _kind(name: str) -> GatewayKind:
    kind = gateway_kinds().get(name)
    if kind is None:
        raise NotFoundError("kind of gateway")
    return kind


def _setup(name: str) -> GatewaySetup:
    with the_house().database.reading() as session:
        return get_setup(session, name)


def _key(typed: Mapping[str, str]) -> uuid.UUID:
    try:
        return uuid.UUID(typed.get("key", ""))
    except ValueError:
        return new_public_id()


def _said(error: InputError) -> dict[str, str]:
    return {error.field: say(f"{error.field}.{error.reason}", "gateways")}


def _new_page(
    kind: GatewayKind, *, typed: Mapping[str, str] | None, errors: Mapping[str, str]
) -> str:
    return render_template(
        "operator/gateways/form.html",
        kind=kind,
        setup=None,
        fields=draw_fields(kind, words={}, saved=(), typed=typed),
        key=_key(typed or {}),
        name=(typed or {}).get("name", ""),
        sender=(typed or {}).get("sender", ""),
        errors=errors,
    )


def _edit_page(
    setup: GatewaySetup,
    *,
    typed: Mapping[str, str] | None,
    errors: Mapping[str, str],
) -> str:
    kind, saved = _kind(setup.kind), saved_secrets(setup, the_house().vault)
    return render_template(
        "operator/gateways/form.html",
        kind=kind,
        setup=setup,
        fields=draw_fields(kind, words=setup.options, saved=saved, typed=typed),
        key=None,
        name=setup.name,
        sender=setup.sender if typed is None else typed.get("sender", ""),
        errors=errors,
    )

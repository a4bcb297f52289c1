"""The operator sends one text by one gateway, and watches what becomes of it."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import InputError, NotFoundError
from broadcaster.ports import Channel, ReceiptKind
from broadcaster.rules.lifecycle import LIFECYCLE, MessageState
from broadcaster.rules.permissions import Act
from broadcaster.services.gateway_trials import (
    Trial,
    get_trial,
    list_usable_templates,
    send_trial,
)
from broadcaster.services.wards import list_wards
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.zalo import ZaloTemplate
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.operator.gateway_cards import Card, get_card
from broadcaster.web.operator.site import blueprint
from broadcaster.web.staff.delivery import FAILED, delivery_word
from broadcaster.web.wording import say
from subscriptions.tables.base import new_public_id

BLANK = "blank-"
MAX_DIGITS = 18
SOON = dt.timedelta(minutes=1)
WATCHED = dt.timedelta(hours=1)
FAST_S, SLOW_S = 2, 15


@blueprint.get("/gateways/<name>/try")
@needs(Act.OPERATE)
def try_gateway(name: str) -> str:
    """Show the form; by Zalo a template is chosen first."""
    return _page(name, typed=request.args.to_dict(), errors={})


@blueprint.post("/gateways/<name>/try")
@needs(Act.OPERATE)
def send_by_gateway(name: str) -> Response | tuple[str, int]:
    """Put the text into the outbox, and go where its way is followed."""
    house, typed = the_house(), request.form.to_dict()
    if not _card(name).is_on:
        abort(409)
    try:
        key = send_trial(
            house.database,
            _read(name, typed),
            actor=the_actor(),
            now=house.clock.now(),
        )
    except InputError as error:
        return _page(name, typed=typed, errors=_said(error)), 422
    return redirect(url_for("operator.trial", name=name, key=key), 303)


@blueprint.get("/gateways/<name>/tries/<uuid:key>")
@needs(Act.OPERATE)
def trial(name: str, key: uuid.UUID) -> str:
    """Show what became of a trial."""
    return render_template("operator/gateways/trial.html", **_facts(name, key))


@blueprint.get("/gateways/<name>/tries/<uuid:key>/live")
@needs(Act.OPERATE)
def live_trial(name: str, key: uuid.UUID) -> str:
    """Show it again, for the page that asks until it is over."""
    return render_template("operator/gateways/trial_live.html", **_facts(name, key))


def _facts(name: str, key: uuid.UUID) -> dict[str, Any]:
    house = the_house()
    now = house.clock.now()
    if name not in house.gateways:
        raise NotFoundError("gateway")
    with house.database.reading() as session:
        message = get_trial(session, key)
    gateway = house.gateways.get(message.gateway)
    receipts = gateway.capabilities.receipt_kind if gateway else ReceiptKind.NETWORK
    return {
        "name": name,
        "message": message,
        "look": _look(message, receipts),
        "sentence": say(
            delivery_word(
                message.state,
                receipts=receipts,
                withheld_reason=message.withheld_reason,
                blame=message.blame,
            ),
            "delivery",
        ),
        "advice": _advice(message, now=now),
        "pause": _pause(message, now=now),
        "now": now,
    }


def _look(message: Message, receipts: ReceiptKind) -> tuple[str, str]:
    if message.state is MessageState.DELIVERED:
        return "ok", "check"
    if message.state is MessageState.ACKNOWLEDGED and receipts is ReceiptKind.NETWORK:
        return "ok", "check"
    if message.state in FAILED:
        return "bad", "cross"
    if message.state is MessageState.IN_DOUBT:
        return "warn", "question"
    return "warn", "wait"


def _advice(message: Message, *, now: dt.datetime) -> str | None:
    """Return what there is to know or to do, beyond the state itself."""
    if message.state in FAILED:
        return say(f"trial.failed.{message.blame or 'unknown'}", "gateways")
    if message.state is MessageState.QUEUED and now - message.created_at > SOON:
        return say("trial.slow", "gateways")
    if message.state is MessageState.ACCEPTED:
        return say("trial.accepted", "gateways")
    return None


def _pause(message: Message, *, now: dt.datetime) -> int | None:
    age = now - message.created_at
    if LIFECYCLE[message.state].final or age > WATCHED:
        return None
    return FAST_S if age < SOON else SLOW_S


def _page(name: str, *, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    house = the_house()
    card = _card(name)
    with house.database.reading() as session:
        templates = list_usable_templates(session, name)
        wards = list_wards(session)
    return render_template(
        "operator/gateways/try.html",
        card=card,
        by_zalo=card.channel is Channel.ZALO,
        templates=templates,
        template=_chosen(templates, typed),
        wards=wards,
        key=_key(typed),
        typed=typed,
        errors=errors,
    )


def _card(name: str) -> Card:
    with the_house().database.reading() as session:
        return get_card(session, the_house(), name=name)


def _chosen(
    templates: list[ZaloTemplate], typed: Mapping[str, str]
) -> ZaloTemplate | None:
    wanted = typed.get("template")
    return next((t for t in templates if t.template_id == wanted), None)


def _read(name: str, typed: Mapping[str, str]) -> Trial:
    ward = typed.get("ward_id", "")
    if not (ward.isascii() and ward.isdecimal() and len(ward) <= MAX_DIGITS):
        raise InputError("ward_id", "choose")
    by_zalo = _card(name).channel is Channel.ZALO
    return Trial(
        key=_key(typed),
        gateway=name,
        ward_id=int(ward),
        to=typed.get("to", ""),
        text=typed.get("text", ""),
        template_id=typed.get("template", "") if by_zalo else None,
        data={
            field.removeprefix(BLANK): word
            for field, word in typed.items()
            if field.startswith(BLANK)
        },
    )


def _said(error: InputError) -> dict[str, str]:
    word = "blank" if error.field.startswith(BLANK) else error.field
    field = "text" if error.field == "body" else error.field
    return {field: say(f"trial.{word}.{error.reason}", "gateways")}


def _key(typed: Mapping[str, str]) -> uuid.UUID:
    try:
        return uuid.UUID(typed.get("key", ""))
    except ValueError:
        return new_public_id()

"""The operator says by which gateways each carrier's texts leave."""

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import InputError, NotFoundError
from broadcaster.ports import Channel
from broadcaster.rules.permissions import Act
from broadcaster.services.gateway_routes import NewRoute, remove_route, save_route
from broadcaster.store.carrier_routes import list_routes
from broadcaster.store.routing import EVERY_CARRIER, Hop
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.operator.carriers import CARRIERS
from broadcaster.web.operator.site import blueprint
from broadcaster.web.wording import say

EVERY = "all"
"""What stands in an address for every carrier that has no route of its own."""
PLACE, SHARE = "place-", "share-"
MAX_DIGITS = 3


@blueprint.get("/routes")
@needs(Act.OPERATE)
def routes() -> str:
    """Show every carrier's route as a sentence."""
    house = the_house()
    with house.database.reading() as session:
        kept = list_routes(session, Channel.SMS)
    return render_template(
        "operator/gateways/routes.html",
        routes=[
            (
                carrier,
                carrier or EVERY,
                kept.get(carrier),
                sentence(carrier, kept[carrier]) if carrier in kept else None,
                _absent(kept.get(carrier, ())),
            )
            for carrier in (EVERY_CARRIER, *CARRIERS)
        ],
        order=_running(),
    )


@blueprint.get("/routes/<carrier>")
@needs(Act.OPERATE)
def route(carrier: str) -> str:
    """Show the form of one carrier's route."""
    return _page(_carrier(carrier), typed=None, errors={})


@blueprint.post("/routes/<carrier>")
@needs(Act.OPERATE)
def set_route(carrier: str) -> Response | tuple[str, int]:
    """Save the whole route, or remove it."""
    house, named, typed = the_house(), _carrier(carrier), request.form.to_dict()
    if typed.get("do") == "remove":
        remove_route(
            house.database,
            Channel.SMS,
            named,
            actor=the_actor(),
            now=house.clock.now(),
        )
        return _done("route.removed", named)
    try:
        hops = _read(typed)
        save_route(
            house.database,
            NewRoute(channel=Channel.SMS, carrier=named, hops=hops),
            offered=_offered(),
            actor=the_actor(),
            now=house.clock.now(),
        )
    except InputError as error:
        total = sum(_number(typed.get(SHARE + name, "")) or 0 for name in _offered())
        said = say(f"route.{error.reason}", "gateways", total=total)
        return _page(named, typed=typed, errors={error.field: said}), 422
    return _done("route.saved", named)


def sentence(carrier: str, hops: Sequence[Hop]) -> str:
    """Say a route: "Viettel: 70 % esms, 30 % kannel; khi hỏng: twilio"."""
    shared = ", ".join(
        say("route.share", "gateways", share=hop.share, name=hop.gateway)
        for hop in hops
        if hop.share
    )
    spare = [hop.gateway for hop in hops if not hop.share]
    word = "route.spare" if spare else "route.each" if len(hops) > 1 else "route.alone"
    return say(
        "route.sentence",
        "gateways",
        carrier=carrier_word(carrier),
        shared=shared,
        otherwise=say(word, "gateways", names=", ".join(spare)),
    )


def carrier_word(carrier: str) -> str:
    """Return what a carrier is called, all those without a route together too."""
    return carrier or say("route.every", "gateways")


def _running() -> tuple[str, ...]:
    return the_house().gateways.sending(Channel.SMS)


def _offered() -> list[str]:
    """Return every gateway of SMS, those that are switched off too."""
    return [
        name
        for name, gateway in the_house().gateways.items()
        if gateway.capabilities.channel is Channel.SMS
    ]


def _absent(hops: Sequence[Hop]) -> list[str]:
    running = set(_running())
    return [hop.gateway for hop in hops if hop.gateway not in running]


def _carrier(word: str) -> str:
    if word == EVERY:
        return EVERY_CARRIER
    if word not in CARRIERS:
        raise NotFoundError("carrier")
    return word


def _page(
    carrier: str, *, typed: Mapping[str, str] | None, errors: Mapping[str, str]
) -> str:
    with the_house().database.reading() as session:
        hops = list_routes(session, Channel.SMS).get(carrier, ())
    if typed is None:
        typed = {PLACE + s.gateway: str(n) for n, s in enumerate(hops, start=1)}
        typed |= {SHARE + s.gateway: str(s.share) for s in hops}
    return render_template(
        "operator/gateways/route.html",
        carrier=carrier,
        word=carrier_word(carrier),
        has_route=bool(hops),
        offered=_offered(),
        running=_running(),
        typed=typed,
        errors=errors,
    )


def _read(typed: Mapping[str, str]) -> tuple[Hop, ...]:
    """Read the gateways that have a place, in the order of the places."""
    found = []
    for name in _offered():
        place, share = typed.get(PLACE + name, ""), typed.get(SHARE + name, "")
        if not place.strip() and not share.strip():
            continue
        if _number(place) is None:
            raise InputError(PLACE + name, "not_a_place")
        if share.strip() and _number(share) is None:
            raise InputError(SHARE + name, "not_a_percentage")
        hop = Hop(gateway=name, share=_number(share) or 0)
        found.append((_number(place) or 0, hop))
    places = [place for place, _ in found]
    if len(set(places)) != len(places):
        raise InputError("route", "same_place")
    return tuple(hop for _, hop in sorted(found, key=lambda each: each[0]))


def _number(typed: str) -> int | None:
    word = typed.strip().removesuffix("%").strip()
    if not (word.isascii() and word.isdecimal() and len(word) <= MAX_DIGITS):
        return None
    return int(word)


def _done(word: str, carrier: str) -> Response:
    flash(say(word, "gateways", carrier=carrier_word(carrier)))
    return redirect(url_for("operator.routes"), 303)

"""The operator sets how a ward uses Zalo beside SMS, and reads what Zalo lists."""

from collections.abc import Mapping

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import InputError
from broadcaster.rules.permissions import Act
from broadcaster.services.ward_channels import read_channels, set_channels
from broadcaster.web.channel_form import (
    form_facts,
    read_rules,
    sentence_of,
    typed_of,
    zalo_accounts,
)
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.operator.site import blueprint
from broadcaster.web.template_list import sync_now, template_facts
from broadcaster.web.wording import say
from subscriptions.places import get_ward


@blueprint.get("/wards/<int:ward_id>/channels")
@needs(Act.OPERATE)
def channels(ward_id: int) -> str:
    """Show a ward's rules in the form."""
    return _page(ward_id)


@blueprint.post("/wards/<int:ward_id>/channels")
@needs(Act.OPERATE)
def set_ward_channels(ward_id: int) -> Response | tuple[str, int]:
    """Keep a ward's rules; whatever is wrong, all that was typed stays."""
    house = the_house()
    try:
        set_channels(
            house.database,
            read_rules(request.form),
            ward_id=ward_id,
            accounts=zalo_accounts(),
            actor=the_actor(),
            now=house.clock.now(),
        )
    except InputError as error:
        typed = request.form.to_dict()
        return _page(ward_id, typed=typed, errors=sentence_of(error)), 422
    flash(say("saved", "channels"))
    return redirect(url_for("operator.list_wards"), 303)


@blueprint.get("/gateways/<name>/templates")
@needs(Act.OPERATE)
def zalo_templates(name: str) -> str:
    """List the templates of a Zalo account."""
    house = the_house()
    if name not in house.gateways:
        abort(404)
    with house.database.reading() as session:
        facts = template_facts(session, name)
    return render_template("operator/zalo_templates.html", gateway=name, **facts)


@blueprint.post("/gateways/<name>/templates/sync")
@needs(Act.OPERATE)
def sync_zalo_templates(name: str) -> Response:
    """Ask Zalo for the account's templates now, and say what came of it."""
    if name not in the_house().gateways:
        abort(404)
    flash(sync_now(name))
    return redirect(url_for("operator.zalo_templates", name=name), 303)


def _page(
    ward_id: int,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    with the_house().database.reading() as session:
        ward = get_ward(session, ward_id)
        rules = read_channels(session, ward_id)
    facts = form_facts(
        typed or typed_of(rules), errors=errors or {}, gateway=rules.zalo_gateway
    )
    return render_template("operator/channels.html", ward=ward, **facts)

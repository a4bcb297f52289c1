"""The ward's two channels: by which account, what over quota, and Zalo's templates."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import InputError
from broadcaster.rules.permissions import Act
from broadcaster.services.ward_channels import read_channels, set_channels
from broadcaster.store.ward_channels import zalo_gateway_of
from broadcaster.web.channel_form import (
    form_facts,
    read_rules,
    sentence_of,
    typed_of,
    zalo_accounts,
)
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.staff.site import blueprint
from broadcaster.web.template_list import sync_now, template_facts
from broadcaster.web.wording import say


@blueprint.get("/channels")
@needs(Act.SEE_ANNOUNCEMENTS)
def channels() -> str:
    """Show by which channels the ward speaks, and the form to whoever may change it."""
    return _channels_page()


@blueprint.post("/channels")
@needs(Act.SET_CHANNELS)
def set_ward_channels() -> Response | tuple[str, int]:
    """Keep the ward's rules; whatever is wrong, all that was typed stays."""
    house, actor = the_house(), the_actor()
    try:
        set_channels(
            house.database,
            read_rules(request.form),
            ward_id=actor.ward_id,
            accounts=zalo_accounts(),
            actor=actor,
            now=house.clock.now(),
        )
    except InputError as error:
        typed = request.form.to_dict()
        return _channels_page(typed=typed, errors=sentence_of(error)), 422
    flash(say("saved", "channels"))
    return redirect(url_for("staff.channels"), 303)


@blueprint.get("/zalo-templates")
@needs(Act.SEE_ANNOUNCEMENTS)
def zalo_templates() -> str:
    """List the account's templates, their blanks, prices and how they stand."""
    with the_house().database.reading() as session:
        gateway = zalo_gateway_of(session, the_actor().ward_id)
        facts = template_facts(session, gateway) if gateway else {}
    return render_template("staff/zalo_templates.html", gateway=gateway, **facts)


@blueprint.post("/zalo-templates/sync")
@needs(Act.WRITE_ANNOUNCEMENTS)
def sync() -> Response:
    """Ask Zalo for its templates now, and say what came of it."""
    with the_house().database.reading() as session:
        name = zalo_gateway_of(session, the_actor().ward_id)
    flash(sync_now(name) if name else say("no_account", "channels"))
    return redirect(url_for("staff.zalo_templates"), 303)


def _channels_page(
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    with the_house().database.reading() as session:
        rules = read_channels(session, the_actor().ward_id)
    facts = form_facts(
        typed or typed_of(rules), errors=errors or {}, gateway=rules.zalo_gateway
    )
    return render_template("staff/channels.html", rules=rules, **facts)

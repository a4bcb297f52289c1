"""The names behind the composer's count: everyone it reaches, and who it does not."""

from flask import render_template, request

from broadcaster.rules.permissions import Act
from broadcaster.services.drafts import purpose_of
from broadcaster.store.audience_people import list_recipients, list_unserved
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.staff.compose_form import (
    read_audience,
    read_form,
    topic_or_general,
)
from broadcaster.web.staff.looking import known_groups, look
from broadcaster.web.staff.site import blueprint
from subscriptions.audience import exclusions, recipients

PAGE = 100
LAST_PAGE = 10_000


@blueprint.get("/compose/names")
@needs(Act.WRITE_ANNOUNCEMENTS)
def names() -> str:
    """List the people of an audience that is given in the address."""
    form = read_form(request.args)
    left_out = request.args.get("list") == "left_out"
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    ward_id = the_actor().ward_id
    purpose = purpose_of(topic_or_general(form))
    with the_house().database.reading() as session:
        audience = read_audience(form, known_groups(session))
        seen = look(session, form)
        offset = (page - 1) * PAGE
        people = list_recipients(
            session,
            recipients(audience, ward_id=ward_id, purpose=purpose),
            limit=0 if left_out else PAGE,
            offset=offset,
        )
        unserved = list_unserved(
            session,
            exclusions(audience, ward_id=ward_id, purpose=purpose),
            limit=PAGE if left_out else 0,
            offset=offset,
        )
    total = sum(seen.audience.excluded.values()) if left_out else seen.audience.lines
    return render_template(
        "staff/names.html",
        look=seen,
        people=people,
        unserved=unserved,
        left_out=left_out,
        page=page,
        pages=max(1, -(-total // PAGE)),
    )

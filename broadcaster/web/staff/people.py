"""Households to look up, and what residents have texted."""

import uuid

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.rules.renderings import household_code
from broadcaster.store.outcomes import texts_of_line
from broadcaster.store.residents_texts import list_unanswered
from broadcaster.store.zalo_contacts import zalo_standings
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.searching import keep_search, search_of
from broadcaster.web.staff import delivery
from broadcaster.web.staff.site import blueprint, read_cursor, read_receipts
from subscriptions.places import get_group, list_groups
from subscriptions.register_search import describe_household, find_households

PAGE = 30
LATEST_TEXTS = 5


@blueprint.get("/households")
@needs(Act.SEE_REGISTER)
def households() -> str:
    """Find households by a name, a door or some digits of a phone."""
    search = search_of("staff.households")
    after = request.args.get("after", type=uuid.UUID)
    scope = the_actor().scope
    with the_house().database.reading() as session:
        return render_template(
            "staff/households.html",
            found=find_households(
                session, scope, search=search, after=after, limit=PAGE
            ),
            groups={group.id: group.name for group in list_groups(session, scope)},
            search=search,
        )


@blueprint.post("/households")
@needs(Act.SEE_REGISTER)
def search_households() -> Response:
    """Keep what is searched for and show the list."""
    keep_search("staff.households")
    return redirect(url_for("staff.households"), 303)


@blueprint.get("/households/<uuid:public_id>")
@needs(Act.SEE_REGISTER)
def household(public_id: uuid.UUID) -> str:
    """Show one household: who lives there, their phones, what they agreed to."""
    scope = the_actor().scope
    with the_house().database.reading() as session:
        detail = describe_household(session, scope, public_id)
        return render_template(
            "staff/household.html",
            detail=detail,
            code=household_code(detail.household.public_id),
            texts={
                each.line.id: texts_of_line(session, each.line.id, limit=LATEST_TEXTS)
                for each in detail.lines
            },
            delivery=delivery,
            receipt_of=read_receipts().of,
            group=get_group(session, scope, detail.household.group_id),
            zalo=zalo_standings(
                session,
                [line.line.id for line in detail.lines],
                now=the_house().clock.now(),
            ),
        )


@blueprint.get("/inbox")
@needs(Act.SEE_ANNOUNCEMENTS)
def inbox() -> str:
    """Show the residents' texts that no keyword answered, the newest first."""
    before = read_cursor("before")
    with the_house().database.reading() as session:
        texts = list_unanswered(session, the_actor().ward_id, before=before, limit=PAGE)
    return render_template(
        "staff/inbox.html",
        texts=texts,
        more=texts[-1].id if len(texts) == PAGE else None,
    )

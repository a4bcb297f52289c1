"""Finding a household of the group, and everything about it."""

import uuid

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.store.register_figures import register_figures
from broadcaster.store.zalo_contacts import zalo_standings
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.leaders.site import blueprint, scope_of, the_group
from broadcaster.web.searching import keep_search, search_of
from subscriptions.collecting import household_balance
from subscriptions.payments import list_payments
from subscriptions.register_search import (
    HouseholdPage,
    LineStanding,
    describe_household,
    find_households,
)
from subscriptions.tables.consents import Purpose
from subscriptions.tables.places import ResidentialGroup

PER_PAGE = 30


@blueprint.get("/<int:group_id>/households")
@needs(Act.EDIT_REGISTER)
def list_households(group_id: int) -> str:
    """Show the group's households, those that match the search."""
    with the_house().database.reading() as session:
        group = the_group(session, group_id)
        search = search_of("leaders.households")
        return render_template(
            "leaders/households.html",
            group=group,
            search=search,
            page=_find(session, group, search),
            figures=register_figures(session, scope_of(group)),
        )


@blueprint.post("/<int:group_id>/households")
@needs(Act.EDIT_REGISTER)
def search_households(group_id: int) -> Response:
    """Keep what is searched for and show the list."""
    keep_search("leaders.households")
    return redirect(url_for("leaders.list_households", group_id=group_id), 303)


@blueprint.get("/households/<uuid:household_id>")
@needs(Act.EDIT_REGISTER)
def household(household_id: uuid.UUID) -> str:
    """Show one household: its people, their phones, what it paid."""
    with the_house().database.reading() as session:
        detail = describe_household(session, the_actor().scope, household_id)
        home = detail.household
        lines: dict[int, list[LineStanding]] = {}
        for line in detail.lines:
            lines.setdefault(line.resident.id, []).append(line)
        return render_template(
            "leaders/household.html",
            group=the_group(session, home.group_id),
            detail=detail,
            lines=lines,
            balance=household_balance(session, home.id),
            payments=list_payments(session, home.id),
            purposes=list(Purpose),
            zalo=zalo_standings(
                session,
                [line.line.id for line in detail.lines],
                now=the_house().clock.now(),
            ),
        )


def _find(session: Session, group: ResidentialGroup, search: str) -> HouseholdPage:
    try:
        after = uuid.UUID(request.args.get("after", ""))
    except ValueError:
        after = None
    return find_households(
        session, scope_of(group), search=search, after=after, limit=PER_PAGE
    )

"""A household's VietQR on the leader's phone, held out to who pays."""

import uuid

from flask import render_template

from broadcaster.rules.permissions import Act
from broadcaster.services.bank_transfers import ask_transfer
from broadcaster.web.guards import needs, the_house
from broadcaster.web.leaders.site import blueprint, scope_of, the_group
from subscriptions.registry import get_household


@blueprint.get("/<int:group_id>/collect/<uuid:household_id>/transfer")
@needs(Act.COLLECT)
def transfer(group_id: int, household_id: uuid.UUID) -> str:
    """Show what a household of the group owes as a QR; book nothing."""
    house = the_house()
    with house.database.reading() as session:
        group = the_group(session, group_id)
        home = get_household(session, scope_of(group), household_id)
        return render_template(
            "leaders/transfer.html",
            group=group,
            home=home,
            asked=ask_transfer(session, home, now=house.clock.now()),
        )

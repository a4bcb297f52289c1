"""Cash that leaders hand in: the ward says whether it matches."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services import ledger
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.ledger.blueprint import blueprint
from broadcaster.web.wording import say
from subscriptions.errors import LedgerStateError
from subscriptions.places import list_groups
from subscriptions.remittances import cash_in_hand, list_remittances


@blueprint.get("/remittances")
@needs(Act.SEE_LEDGER)
def remittances() -> str:
    """Show the hand-ins, the unmatched first, and who still holds cash."""
    return _page()


@blueprint.post("/remittances/<int:remittance_id>/match")
@needs(Act.KEEP_LEDGER)
def match(remittance_id: int) -> Response | tuple[str, int]:
    """Say that the ward has the money."""
    house = the_house()
    try:
        remittance = ledger.match_remittance(
            house.database, remittance_id, actor=the_actor(), now=house.clock.now()
        )
    except LedgerStateError as error:
        return _page(fault=error.reason), 409
    flash(say("matched", "ledger", code=remittance.code))
    return redirect(url_for("ledger.remittances"), 303)


def _page(fault: str | None = None) -> str:
    actor = the_actor()
    with the_house().database.reading() as session:
        groups = list_groups(session, actor.scope)
        rows = list_remittances(session, actor.ward_id)
        return render_template(
            "ledger/remittances.html",
            rows=sorted(rows, key=lambda row: row.matched_at is not None),
            groups={group.id: group for group in groups},
            in_hand=[
                (group, amount)
                for group in groups
                if (amount := cash_in_hand(session, group.id))
            ],
            fault=fault,
        )

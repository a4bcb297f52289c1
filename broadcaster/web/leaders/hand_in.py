"""The cash in a leader's hand, and handing it in to the ward."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services import ledger
from broadcaster.store.leader_figures import doors_of
from broadcaster.web.formats import vnd
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.leaders.site import blueprint, the_group
from broadcaster.web.wording import say
from subscriptions.errors import LedgerStateError
from subscriptions.remittances import cash_in_hand, list_in_hand, list_remittances


@blueprint.get("/<int:group_id>/cash")
@needs(Act.COLLECT)
def cash(group_id: int) -> str:
    """Show what the leader holds, receipt by receipt, and what was handed in."""
    with the_house().database.reading() as session:
        group = the_group(session, group_id)
        payments = list_in_hand(session, group.id)
        return render_template(
            "leaders/cash.html",
            group=group,
            in_hand_vnd=cash_in_hand(session, group.id),
            payments=payments,
            doors=doors_of(session, payments),
            remittances=list_remittances(session, group.ward_id, group_ids=[group.id]),
        )


@blueprint.post("/<int:group_id>/cash")
@needs(Act.COLLECT)
def hand_in(group_id: int) -> Response:
    """Hand in all of it and give it a code; a second tap finds nothing left."""
    house = the_house()
    shown = request.form.get("amount_vnd", 0, type=int)
    with house.database.reading() as session:
        the_group(session, group_id)
        in_hand = cash_in_hand(session, group_id)
    if 0 < in_hand != shown:
        flash(say("hand_in.changed", "leaders"))
        return redirect(url_for(".cash", group_id=group_id), 303)
    try:
        done = ledger.hand_in(
            house.database, group_id, actor=the_actor(), now=house.clock.now()
        )
    except LedgerStateError as error:
        flash(say(f"hand_in.{error.reason}", "leaders"))
    else:
        amount = vnd(done.amount_vnd)
        flash(say("handed_in", "leaders", amount=amount, code=done.code))
    return redirect(url_for(".cash", group_id=group_id), 303)

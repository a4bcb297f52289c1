"""The leader's first page: the group, its figures, and what can be done."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.store.register_figures import register_figures
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.leaders.site import blueprint, scope_of, the_group
from subscriptions.collecting import due_list
from subscriptions.months import month_of
from subscriptions.places import list_groups
from subscriptions.remittances import cash_in_hand


@blueprint.get("")
@needs(Act.EDIT_REGISTER)
def home() -> str | Response:
    """Go to the leader's group, or let a leader of several pick one."""
    with the_house().database.reading() as session:
        groups = list_groups(session, the_actor().scope)
    if len(groups) == 1:
        return redirect(url_for("leaders.group", group_id=groups[0].id))
    return render_template("leaders/groups.html", groups=groups)


@blueprint.get("/<int:group_id>")
@needs(Act.EDIT_REGISTER)
def group(group_id: int) -> str:
    """Show one group's figures and tiles."""
    month = month_of(the_house().clock.now())
    with the_house().database.reading() as session:
        here = the_group(session, group_id)
        dues = list(due_list(session, scope_of(here), month))
        return render_template(
            "leaders/home.html",
            group=here,
            several=len(list_groups(session, the_actor().scope)) > 1,
            figures=register_figures(session, scope_of(here)),
            month=month,
            charged=bool(dues),
            unpaid=sum(1 for due in dues if due.to_collect_vnd > 0),
            in_hand_vnd=cash_in_hand(session, here.id),
        )

"""The leaders' blueprint, and the group that a page is about."""

from typing import Any

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from broadcaster.web.guards import no_store, the_actor
from subscriptions.places import Scope, get_group
from subscriptions.tables.places import ResidentialGroup

blueprint = Blueprint("leaders", __name__, url_prefix="/leader")
no_store(blueprint)


def the_group(session: Session, group_id: int) -> ResidentialGroup:
    """Return a group of the leader. Raises NotInRegisterError when it is not theirs."""
    return get_group(session, the_actor().scope, group_id)


def scope_of(group: ResidentialGroup) -> Scope:
    """Return the scope of one group alone."""
    return Scope(ward_id=group.ward_id, group_ids=frozenset({group.id}))


def faulty(template: str, **facts: Any) -> tuple[str, int]:
    """Show a form again with what was typed and what is wrong."""
    return render_template(template, **facts), 422

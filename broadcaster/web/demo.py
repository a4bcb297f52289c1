"""The demo's front door: one link for each kind of person. Never in production."""

from flask import Blueprint, abort, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from broadcaster.store.tables.staff import Account
from broadcaster.web.guards import PUBLIC, guarded_by, the_house
from broadcaster.web.public import remember

blueprint = Blueprint("demo", __name__, url_prefix="/demo")

PEOPLE = ("officer", "approver", "leader", "accountant", "operator", "auditor")


@blueprint.get("")
@guarded_by(PUBLIC)
def door() -> str:
    """Show everyone the demo can be seen as."""
    return render_template("public/demo.html", people=PEOPLE)


@blueprint.get("/<who>")
@guarded_by(PUBLIC)
def enter(who: str) -> Response:
    """Sign in as the demo's account of that name."""
    if who not in PEOPLE:
        abort(404)
    with the_house().database.reading() as session:
        account = session.scalar(select(Account).where(Account.username == who))
    if account is None:
        abort(404)
    remember(account)
    return redirect(url_for("public.front"))

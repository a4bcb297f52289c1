"""Pages anyone may open: signing in and out, and whether we are up."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from sqlalchemy import text
from werkzeug.wrappers import Response

from broadcaster.errors import InputError
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import sign_in as check_password
from broadcaster.store.tables.staff import Account
from broadcaster.web.guards import PUBLIC, find_signed_in, guarded_by, the_house

blueprint = Blueprint("public", __name__)

HOMES = {
    Role.OFFICER: "staff.home",
    Role.APPROVER: "staff.home",
    Role.AUDITOR: "staff.home",
    Role.ACCOUNTANT: "ledger.months",
    Role.LEADER: "leaders.home",
    Role.OPERATOR: "operator.home",
}


@blueprint.get("/")
@guarded_by(PUBLIC)
def front() -> Response:
    """Send people to where their work is."""
    actor = find_signed_in()
    if actor is None:
        return redirect(url_for("public.sign_in"))
    return redirect(url_for(HOMES[actor.role]))


@blueprint.get("/sign-in")
@guarded_by(PUBLIC)
def sign_in() -> str:
    """Show the form."""
    return render_template("public/sign_in.html", username="", fault=None)


@blueprint.post("/sign-in")
@guarded_by(PUBLIC)
def take_sign_in() -> str | Response | tuple[str, int]:
    """Check name and password; go on to the page that was asked for."""
    house = the_house()
    username = request.form.get("username", "")
    try:
        account = check_password(
            house.database,
            username,
            password=request.form.get("password", ""),
            now=house.clock.now(),
        )
    except InputError as error:
        page = render_template(
            "public/sign_in.html", username=username, fault=error.reason
        )
        return page, 422
    remember(account)
    return redirect(_inside(request.args.get("next", "")) or url_for("public.front"))


@blueprint.post("/sign-out")
@guarded_by(PUBLIC)
def sign_out() -> Response:
    """Forget who was signed in on this device."""
    session.clear()
    return redirect(url_for("public.sign_in"))


@blueprint.get("/healthz")
@guarded_by(PUBLIC)
def healthz() -> tuple[str, int]:
    """Answer 200 while the database answers."""
    with the_house().database.reading() as database_session:
        database_session.execute(text("SELECT 1"))
    return "ok\n", 200


def remember(account: Account) -> None:
    """Sign the account in on this device; an old session's contents are dropped."""
    session.clear()
    session.permanent = True
    session["account_id"] = account.id
    session["epoch"] = account.session_epoch


def _inside(target: str) -> str | None:
    """Return the target if it is a path of ours: a link must not lead elsewhere."""
    parts = urlsplit(target)
    ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if ours and not parts.netloc and not parts.scheme else None

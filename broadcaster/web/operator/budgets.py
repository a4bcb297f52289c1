"""The operator says what the texts of a ward may cost in a month."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import InputError
from broadcaster.rules.permissions import Act
from broadcaster.rules.timing import month_of, ward_today
from broadcaster.services.budgets import NEAR_PERCENT, set_monthly_limit
from broadcaster.store.budgets import find_limit
from broadcaster.store.taken import taken_vnd
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.operator.site import blueprint
from broadcaster.web.wording import say
from subscriptions.places import get_ward

MAX_DIGITS = 10


@blueprint.get("/wards/<int:ward_id>/budget")
@needs(Act.OPERATE)
def budget(ward_id: int) -> str:
    """Show a ward's limit, what of this month is taken, and the form."""
    return _page(ward_id)


@blueprint.post("/wards/<int:ward_id>/budget")
@needs(Act.OPERATE)
def set_budget(ward_id: int) -> Response | tuple[str, int]:
    """Set the limit; an empty field lifts it."""
    typed = request.form.get("limit_vnd", "").strip()
    house = the_house()
    try:
        limit = _amount(typed) if typed else None
        set_monthly_limit(
            house.database, ward_id, limit, actor=the_actor(), now=house.clock.now()
        )
    except InputError as error:
        sentence = say(f"{error.field}.{error.reason}", "operator")
        return _page(ward_id, typed=typed, errors={error.field: sentence}), 422
    flash(say("budget_lifted" if limit is None else "budget_set", "operator"))
    return redirect(url_for("operator.list_wards"), 303)


def _page(
    ward_id: int, *, typed: str | None = None, errors: dict[str, str] | None = None
) -> str:
    today = ward_today(the_house().clock.now())
    month = month_of(today)
    with the_house().database.reading() as session:
        limit = find_limit(session, ward_id)
        return render_template(
            "operator/budget.html",
            ward=get_ward(session, ward_id),
            limit=limit,
            taken=taken_vnd(session, ward_id, month, today=today),
            month=month,
            near=NEAR_PERCENT,
            typed=typed if typed is not None else limit,
            errors=errors or {},
        )


def _amount(typed: str) -> int:
    digits = typed.replace(".", "").replace(" ", "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= MAX_DIGITS):
        raise InputError("limit_vnd", "not_a_number")
    return int(digits)

"""Announcements that repeat: when each fires next, and the button that ends one."""

import re
import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import StateError
from broadcaster.rules.permissions import Act
from broadcaster.services.schedules import EDITABLE, end_schedule
from broadcaster.store.announcements import list_schedules
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.staff.site import blueprint
from broadcaster.web.wording import say
from subscriptions.audience import Audience, sentence

_WEEKLY = re.compile("FREQ=WEEKLY;BYDAY=([A-Z]{2})")
_MONTHLY = re.compile("FREQ=MONTHLY;BYMONTHDAY=(?:[0-9]+,)*([0-9]+)(;BYSETPOS=-1)?")


@blueprint.get("/schedules")
@needs(Act.SEE_ANNOUNCEMENTS)
def schedules() -> str:
    """List what repeats, the next to fire first, the ended last."""
    ward_id = the_actor().ward_id
    with the_house().database.reading() as session:
        rows = [
            (
                each,
                sentence(session, Audience.from_json(each.audience), ward_id=ward_id),
                rule_sentence(each.rule),
            )
            for each in list_schedules(session, ward_id)
        ]
        return render_template("staff/schedules.html", rows=rows, editable=EDITABLE)


@blueprint.post("/schedules/<uuid:public_id>/end")
@needs(Act.SEE_ANNOUNCEMENTS)
def end(public_id: uuid.UUID) -> Response:
    """Fire it no more."""
    house = the_house()
    try:
        end_schedule(
            house.database, public_id, actor=the_actor(), now=house.clock.now()
        )
        flash(say("stopped", "schedules"))
    except StateError:
        flash(say("ended_before", "schedules"))
    return redirect(url_for("staff.schedules"), 303)


def rule_sentence(rule: str) -> str:
    """Say a rule as people do: "Thứ hai hằng tuần"; an unusual one as it stands."""
    if rule == "FREQ=DAILY":
        return say("daily", "schedules")
    weekly = _WEEKLY.fullmatch(rule)
    if weekly:
        return say("weekly", "schedules", day=say(weekly[1], "schedules"))
    monthly = _MONTHLY.fullmatch(rule)
    if monthly:
        word = "monthly_or_last" if monthly[2] else "monthly"
        return say(word, "schedules", day=monthly[1])
    return rule

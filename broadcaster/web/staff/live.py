"""Announcements that are out: the list, the live page, stopping one, its outcomes."""

import datetime as dt
import uuid
from typing import Any

from flask import flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from broadcaster.errors import StateError
from broadcaster.rules.permissions import ALLOWED, Act
from broadcaster.services.announcements import EDITABLE, STOPPABLE, call_off
from broadcaster.store.announcements import get_announcement
from broadcaster.store.outcomes import count_exclusions
from broadcaster.store.reports import list_announcements, progress
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.store.tables.staff import Account
from broadcaster.web.formats import count
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.staff import delivery
from broadcaster.web.staff.curve import draw
from broadcaster.web.staff.outcomes import outcome_lists
from broadcaster.web.staff.site import blueprint, read_cursor, receipt_kind
from broadcaster.web.wording import say
from subscriptions.audience import Audience, sentence

PAGE = 20
_PAUSES = ((60, 2), (600, 5), (3600, 15))
"""Seconds since the first text was due, and how often the page asks until then."""
_SLOWEST = 60


@blueprint.get("/announcements")
@needs(Act.SEE_ANNOUNCEMENTS)
def announcements() -> str:
    """List the ward's announcements, the newest first."""
    before = read_cursor("before")
    with the_house().database.reading() as session:
        rows = list_announcements(
            session, the_actor().ward_id, before=before, limit=PAGE
        )
    return render_template(
        "staff/announcements.html",
        rows=rows,
        receipts=receipt_kind(),
        delivery=delivery,
        more=rows[-1].announcement.id if len(rows) == PAGE else None,
    )


@blueprint.get("/announcements/<uuid:public_id>")
@needs(Act.SEE_ANNOUNCEMENTS)
def announcement(public_id: uuid.UUID) -> str:
    """Show one announcement: its text, how far it is, what became of each line."""
    with the_house().database.reading() as session:
        found = get_announcement(session, public_id, ward_id=the_actor().ward_id)
        author = session.get_one(Account, found.author_id)
        return render_template(
            "staff/announcement.html",
            announcement=found,
            author=author.display_name,
            may_edit=found.state in EDITABLE and author.id == the_actor().account_id,
            may_stop=_may_stop(found),
            sentence=sentence(
                session, Audience.from_json(found.audience), ward_id=found.ward_id
            ),
            excluded=count_exclusions(session, found.id),
            lists=outcome_lists(session, found) if found.confirmed_at else None,
            **_live(session, found),
        )


@blueprint.get("/announcements/<uuid:public_id>/live")
@needs(Act.SEE_ANNOUNCEMENTS)
def live(public_id: uuid.UUID) -> Response:
    """Show how far it is, for the page that asks again and again.

    Once every outcome is final the whole page is read anew: its lists are, too.
    """
    with the_house().database.reading() as session:
        found = get_announcement(session, public_id, ward_id=the_actor().ward_id)
        facts = _live(session, found)
        page = render_template("staff/live.html", announcement=found, **facts)
    headers = {"HX-Refresh": "true"} if facts["settled"] else {}
    return Response(page, mimetype="text/html", headers=headers)


@blueprint.post("/announcements/<uuid:public_id>/call-off")
@needs(Act.SEE_ANNOUNCEMENTS)
def stop(public_id: uuid.UUID) -> Response:
    """Stop what has not left yet, and say exactly what that came to."""
    house, receipts = the_house(), receipt_kind()
    try:
        done = call_off(
            house.database, public_id, actor=the_actor(), now=house.clock.now()
        )
    except StateError as error:
        flash(say(f"over.{error}", "live"))
    else:
        flash(
            say(
                "stopped" if done.progress.total else "discarded",
                "live",
                withheld=count(done.withheld),
                arrived=count(delivery.arrived(done.progress, receipts)),
                waiting=count(delivery.waiting(done.progress, receipts)),
            )
        )
    return redirect(url_for("staff.announcement", public_id=public_id), 303)


def _live(session: Session, found: Announcement) -> dict[str, Any]:
    now, receipts = the_house().clock.now(), receipt_kind()
    reached = progress(session, found.id)
    settled = found.confirmed_at is not None and reached.is_settled(receipts)
    return {
        "progress": reached,
        "parts": {
            "arrived": delivery.arrived(reached, receipts),
            "waiting": delivery.waiting(reached, receipts),
            "failed": reached.failed,
            "withheld": reached.withheld,
        },
        "receipts": receipts,
        "delivery": delivery,
        "curve": draw(reached.s_curve, total=reached.total),
        "settled": settled,
        "pause": None if settled or found.due_at is None else pause(found.due_at, now),
        "now": now,
    }


def pause(due_at: dt.datetime, now: dt.datetime) -> int:
    """Return the seconds until the page asks again: ever longer, and long before it."""
    age = (now - due_at).total_seconds()
    if age < 0:
        return _SLOWEST
    return next((every for until, every in _PAUSES if age < until), _SLOWEST)


def _may_stop(found: Announcement) -> bool:
    may_act = {Act.WRITE_ANNOUNCEMENTS, Act.APPROVE_ANNOUNCEMENTS}
    is_theirs = (
        found.author_id == the_actor().account_id
        or found.state is not AnnouncementState.DRAFT
    )
    allowed = bool(may_act & ALLOWED[the_actor().role])
    return found.state in STOPPABLE and is_theirs and allowed

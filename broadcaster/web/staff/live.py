"""Announcements that are out: the list, and the page that follows one by itself."""

import datetime as dt
import uuid
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services.announcements import EDITABLE
from broadcaster.store.announcements import get_announcement
from broadcaster.store.earlier_legs import count_causes
from broadcaster.store.journal_entries import find_latest
from broadcaster.store.outcomes import count_exclusions
from broadcaster.store.reports import list_announcements, progress
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Topic,
)
from broadcaster.store.tables.staff import Account
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.staff import delivery
from broadcaster.web.staff.curve import draw
from broadcaster.web.staff.outcomes import SHOWN, outcome_lists
from broadcaster.web.staff.site import blueprint, read_cursor, read_receipts
from broadcaster.web.staff.standing import MOVING, PACE_OVER, Phase, stand
from broadcaster.web.staff.stopping import buttons
from broadcaster.web.zalo_card import card_of
from subscriptions.audience import Audience, sentence

PAGE = 20
_PAUSES = ((60, 2), (600, 5), (3600, 15))
"""Seconds since the first text was due, and how often the page asks until then."""
_SLOWEST = 60
_WHILE_MOVING = 5


@blueprint.get("/announcements")
@needs(Act.SEE_ANNOUNCEMENTS)
def announcements() -> str:
    """List the ward's announcements, the newest first."""
    before, receipts = read_cursor("before"), read_receipts()
    with the_house().database.reading() as session:
        rows = list_announcements(
            session,
            the_actor().ward_id,
            before=before,
            limit=PAGE,
            networks=receipts.networks,
        )
    return render_template(
        "staff/announcements.html",
        rows=rows,
        receipts=receipts.word(),
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
            sentence=sentence(
                session, Audience.from_json(found.audience), ward_id=found.ward_id
            ),
            zalo_card=card_of(session, found.zalo, ward_id=found.ward_id),
            excluded=count_exclusions(session, found.id),
            lists=outcome_lists(session, found) if found.confirmed_at else None,
            **_live(session, found),
        )


@blueprint.get("/announcements/<uuid:public_id>/live")
@needs(Act.SEE_ANNOUNCEMENTS)
def live(public_id: uuid.UUID) -> Response:
    """Show how far it is, for the page that asks again and again.

    Once every outcome is final the whole page is read anew: its lists are, too. Until
    then the buttons and what is read aloud come only when it stands otherwise than
    the page has `seen`: whoever is about to press one keeps it under the finger.
    """
    with the_house().database.reading() as session:
        found = get_announcement(session, public_id, ward_id=the_actor().ward_id)
        facts = _live(session, found)
        facts["has_changed"] = request.args.get("seen") != facts["stands"].phase
        page = render_template("staff/live.html", announcement=found, **facts)
    headers = {"HX-Refresh": "true"} if facts["settled"] else {}
    return Response(page, mimetype="text/html", headers=headers)


def _live(session: Session, found: Announcement) -> dict[str, Any]:
    now, receipts = the_house().clock.now(), read_receipts()
    reached = progress(
        session, found.id, since=now - PACE_OVER, networks=receipts.networks
    )
    settled = found.confirmed_at is not None and reached.is_settled
    standing = stand(found, reached, settled=settled, now=now)
    paused = None
    if found.state is AnnouncementState.PAUSED:
        paused = find_latest(
            session,
            found.ward_id,
            "announcement.paused",
            announcement=found.public_id,
        )
    parts = {
        "failed": reached.failed,
        "waiting": reached.under_way,
        "arrived": reached.arrived,
        "withheld": reached.withheld,
    }
    return {
        "progress": reached,
        "parts": parts,
        "tabs": {
            name: reached.in_doubt if name == "in_doubt" else parts[name]
            for name in SHOWN
            if name != "left_out"
        },
        "receipts": receipts.word(reached.gateways),
        "receipt_of": receipts.of,
        "delivery": delivery,
        "causes": count_causes(session, found.id),
        "curve": draw(reached.s_curve, total=reached.total),
        "settled": settled,
        "stands": standing,
        "paused": paused,
        "buttons": buttons(found, reached),
        "is_urgent": found.topic is Topic.EMERGENCY,
        "pause": None if settled else asks_again(found.due_at, now, standing.phase),
        "now": now,
    }


def asks_again(
    due_at: dt.datetime | None, now: dt.datetime, phase: Phase
) -> int | None:
    """Return the seconds until the page asks again: ever longer, and long before it.

    While texts are leaving, it is never long: those who stop one wait for its numbers.
    """
    if due_at is None:
        return None
    age = (now - due_at).total_seconds()
    if age < 0:
        return _SLOWEST
    every = next((every for until, every in _PAUSES if age < until), _SLOWEST)
    return min(every, _WHILE_MOVING) if phase in MOVING else every

"""The buttons beside the figures: pause, go on, stop for good."""

import uuid
from collections.abc import Callable

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import StateError
from broadcaster.rules.permissions import Act, may
from broadcaster.services.announcements import STOPPABLE, call_off
from broadcaster.services.pausing import PAUSABLE, pause, resume
from broadcaster.store.reports import Progress
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.web.formats import count, moment
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.staff.site import blueprint, read_receipts
from broadcaster.web.staff.standing import stop_sums
from broadcaster.web.wording import say

PAUSE, RESUME, STOP = "pause", "resume", "stop"


def buttons(found: Announcement, reached: Progress) -> frozenset[str]:
    """Return which of the three one may press now."""
    if not may(the_actor().role, Act.STOP_ANNOUNCEMENTS):
        return frozenset()
    is_drafted = found.state is AnnouncementState.DRAFT
    is_theirs = found.author_id == the_actor().account_id or not is_drafted
    if found.confirmed_at is None:
        return frozenset({STOP} if found.state in STOPPABLE and is_theirs else ())
    if not reached.unsent:
        return frozenset()
    return frozenset(
        name
        for name, states in (
            (PAUSE, PAUSABLE),
            (RESUME, {AnnouncementState.PAUSED}),
            (STOP, STOPPABLE),
        )
        if found.state in states
    )


@blueprint.post("/announcements/<uuid:public_id>/pause")
@needs(Act.STOP_ANNOUNCEMENTS)
def pause_announcement(public_id: uuid.UUID) -> Response:
    """Let nothing more of it leave, and say exactly how it stands."""
    house = the_house()

    def act() -> str:
        reached = pause(
            house.database, public_id, actor=the_actor(), now=house.clock.now()
        )
        sums = stop_sums(reached, is_paused=True)
        return say("paused", "live", sums=sums, total=count(reached.total))

    return _do(public_id, PAUSE, act)


@blueprint.post("/announcements/<uuid:public_id>/resume")
@needs(Act.STOP_ANNOUNCEMENTS)
def resume_announcement(public_id: uuid.UUID) -> Response:
    """Let it go on, and say when."""
    house = the_house()

    def act() -> str:
        now = house.clock.now()
        reached = resume(house.database, public_id, actor=the_actor(), now=now)
        at = reached.next_due_at
        word = "resumed.later" if at is not None and at > now else "resumed"
        return say(
            word,
            "live",
            waiting=count(reached.waiting),
            at=moment(at) if at else "",
        )

    return _do(public_id, RESUME, act)


@blueprint.post("/announcements/<uuid:public_id>/call-off")
@needs(Act.STOP_ANNOUNCEMENTS)
def stop(public_id: uuid.UUID) -> Response:
    """Stop what has not left yet for good, and say exactly what that came to."""
    house, networks = the_house(), read_receipts().networks

    def act() -> str:
        done = call_off(
            house.database,
            public_id,
            networks=networks,
            actor=the_actor(),
            now=house.clock.now(),
        )
        return say(
            "stopped" if done.progress.total else "discarded",
            "live",
            withheld=count(done.withheld),
            arrived=count(done.progress.arrived),
            waiting=count(done.progress.under_way),
        )

    return _do(public_id, STOP, act)


def _do(public_id: uuid.UUID, button: str, act: Callable[[], str]) -> Response:
    try:
        flash(act())
    except StateError as error:
        # pressed twice, or by two people: the page says how it stands
        flash(say(f"{button}.{error}", "live"))
    return redirect(url_for("staff.announcement", public_id=public_id), 303)

"""The button that sends: once, however often it is pressed."""

import datetime as dt
import uuid

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import StateError
from broadcaster.services.announcements import (
    edit_draft,
    submit_announcement,
    submit_draft,
)
from broadcaster.services.drafts import Draft
from broadcaster.services.schedules import create_schedule, edit_schedule
from broadcaster.store.tables.announcements import Announcement
from broadcaster.web.guards import the_actor, the_house
from broadcaster.web.staff.compose_form import ComposeForm
from broadcaster.web.wording import say


def confirm(form: ComposeForm, draft: Draft) -> Response:
    """Send the draft on its way and go to the page where that is seen.

    Raises InputError when it cannot be sent after all.
    """
    now = the_house().clock.now()
    if draft.rule is not None:
        return _repeat(form, draft, now=now)
    try:
        announcement = _submit(form, draft, now=now)
    except StateError:
        # pressed twice: its page says how it stands
        flash(say("already", "compose"))
        return _to(public_id_of(form.draft))
    flash(say(f"now.{announcement.state}", "compose"))
    return _to(announcement.public_id)


def public_id_of(typed: str) -> uuid.UUID:
    """Read the id that a form carries; anything else is no announcement of ours."""
    try:
        return uuid.UUID(typed)
    except ValueError:
        abort(404)


def _submit(form: ComposeForm, draft: Draft, *, now: dt.datetime) -> Announcement:
    house, actor = the_house(), the_actor()
    gateway = house.gateway_name
    if not form.draft:
        return submit_announcement(
            house.database, draft, actor=actor, gateway=gateway, now=now
        )
    public_id = public_id_of(form.draft)
    edit_draft(house.database, public_id, draft, actor=actor, now=now)
    return submit_draft(
        house.database, public_id, actor=actor, gateway=gateway, now=now
    )


def _repeat(form: ComposeForm, draft: Draft, *, now: dt.datetime) -> Response:
    house, actor = the_house(), the_actor()
    try:
        if form.schedule:
            schedule = edit_schedule(
                house.database,
                public_id_of(form.schedule),
                draft,
                actor=actor,
                now=now,
            )
        else:
            schedule = create_schedule(house.database, draft, actor=actor, now=now)
        flash(say(f"schedule.{schedule.state}", "compose"))
    except StateError:
        flash(say("already", "compose"))
    return redirect(url_for("staff.schedules"), 303)


def _to(public_id: uuid.UUID) -> Response:
    return redirect(url_for("staff.announcement", public_id=public_id), 303)

"""Puts what is stored back into the officer's form."""

import re
from dataclasses import replace

from broadcaster.rules.timing import ward_time
from broadcaster.services.drafts import rendering_of
from broadcaster.store.tables.announcements import Announcement, Schedule
from broadcaster.web.staff.compose_form import ComposeForm, show_clock
from subscriptions.audience import Audience
from subscriptions.tables.base import new_public_id

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MINUTES = 60


def form_of_announcement(announcement: Announcement) -> ComposeForm:
    """Return the form that an announcement was written with."""
    send_at, until = announcement.send_at, announcement.valid_until
    form = ComposeForm(
        key=announcement.idempotency_key,
        draft=str(announcement.public_id),
        topic=announcement.topic,
        body=announcement.body,
        accented="yes" if announcement.accented else "no",
        when="at" if send_at else "now",
        send_day=f"{ward_time(send_at):%Y-%m-%d}" if send_at else "",
        send_time=show_clock(send_at) if send_at else "",
        until_day=f"{ward_time(until):%Y-%m-%d}" if until else "",
        until_time=show_clock(until) if until else "",
    )
    return _for(_filled(form, announcement), Audience.from_json(announcement.audience))


def form_of_schedule(schedule: Schedule) -> ComposeForm:
    """Return the form of a schedule: its next start is found from today on."""
    minutes = schedule.valid_minutes
    form = ComposeForm(
        key=schedule.idempotency_key,
        schedule=str(schedule.public_id),
        topic=schedule.topic,
        body=schedule.body,
        accented="yes" if schedule.accented else "no",
        when="repeat",
        repeat_time=show_clock(schedule.starts_at),
        valid_hours=str(max(1, minutes // _MINUTES)) if minutes else "",
    )
    form = _filled(_by(form, schedule.rule), schedule)
    return _for(form, Audience.from_json(schedule.audience))


def copy_of(announcement: Announcement) -> ComposeForm:
    """Return a new form with the text and the audience of an earlier announcement."""
    form = ComposeForm(
        key=str(new_public_id()),
        topic=announcement.topic,
        body=announcement.body,
        accented="yes" if announcement.accented else "no",
    )
    return _for(_filled(form, announcement), Audience.from_json(announcement.audience))


def _filled(form: ComposeForm, written: Announcement | Schedule) -> ComposeForm:
    rendering = rendering_of(written)
    if rendering is None:
        return form
    return replace(
        form,
        zalo_template=rendering.template_id,
        zalo_shown=rendering.template_id,
        blanks=tuple(rendering.data.items()),
    )


def _for(form: ComposeForm, audience: Audience) -> ComposeForm:
    return replace(
        form,
        whom="all" if audience.group_ids is None else "groups",
        groups=_words(audience.group_ids or frozenset()),
        tags=tuple(sorted(audience.tags)),
        without=_words(audience.excluded_group_ids),
    )


def _words(ids: frozenset[int]) -> tuple[str, ...]:
    return tuple(str(each) for each in sorted(ids))


def _by(form: ComposeForm, rule: str) -> ComposeForm:
    weekday = re.search("FREQ=WEEKLY;BYDAY=([A-Z]{2})", rule)
    if weekday:
        return replace(form, repeat="weekly", weekday=str(_DAYS.index(weekday[1])))
    # the last of "28,29,30,31" is the day that was asked for
    days = re.search("FREQ=MONTHLY;BYMONTHDAY=([0-9,]+)", rule)
    if days:
        return replace(form, repeat="monthly", monthday=days[1].split(",")[-1])
    return replace(form, repeat="daily")

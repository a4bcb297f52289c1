"""What the day holds: what waits for someone, what is to go out, how it went."""

from flask import render_template

from broadcaster.rules.permissions import Act
from broadcaster.rules.timing import month_of, ward_today
from broadcaster.store.announcements import list_schedules
from broadcaster.store.reports import Counts, list_announcements
from broadcaster.store.spending import last_days, month_spend
from broadcaster.store.tables.announcements import (
    AnnouncementState,
    Schedule,
    ScheduleState,
)
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.staff.site import blueprint

FAILURES_PERMITTED = 3
"""Per cent of a day's texts that may fail before the page says so in red."""

_A = AnnouncementState
_QUEUES = {
    "awaiting": _A.AWAITING_APPROVAL,
    "returned": _A.RETURNED,
    "drafts": _A.DRAFT,
    "scheduled": _A.SCHEDULED,
    "sending": _A.SENDING,
    "paused": _A.PAUSED,
}


@blueprint.get("")
@needs(Act.SEE_ANNOUNCEMENTS)
def home() -> str:
    """Show what waits, what is scheduled, the last seven days and the month's cost."""
    now, ward_id = the_house().clock.now(), the_actor().ward_id
    with the_house().database.reading() as session:
        schedules = list_schedules(session, ward_id)
        return render_template(
            "staff/home.html",
            queues={
                name: list_announcements(session, ward_id, states={state})
                for name, state in _QUEUES.items()
            },
            waiting_schedules=_in(schedules, ScheduleState.AWAITING_APPROVAL),
            returned_schedules=_in(schedules, ScheduleState.RETURNED),
            running_schedules=_in(schedules, ScheduleState.ACTIVE),
            days=[
                (day, failed_percent(day.counts))
                for day in last_days(session, ward_id, now=now)
            ],
            permitted=FAILURES_PERMITTED,
            month=month_of(ward_today(now)),
            spend=month_spend(session, ward_id, month_of(ward_today(now))),
            today=ward_today(now),
        )


def failed_percent(counts: Counts) -> float:
    """Return how many of a hundred texts that were to leave have failed."""
    sent = counts.total - counts.withheld
    return 100 * counts.failed / sent if sent else 0.0


def _in(schedules: list[Schedule], state: ScheduleState) -> list[Schedule]:
    return [schedule for schedule in schedules if schedule.state is state]

"""Three clocks strike together, after none has for days: each notice goes once."""

import datetime as dt
from collections import Counter

from sqlalchemy import func, select

from broadcaster.rules.permissions import Role
from broadcaster.rules.timing import daily_rule
from broadcaster.services.accounts import actor_of
from broadcaster.services.drafts import Draft
from broadcaster.services.schedules import create_schedule
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import (
    Occurrence,
    OccurrenceOutcome,
    Schedule,
    Topic,
)
from broadcaster.store.tables.staff import Account, JournalEntry
from subscriptions.audience import Audience
from tests.faults.rolls import count_reachable, first_group
from tests.faults.sites import Site
from tests.telco import until

CLOCKS = 3
MINUTE, HOUR, DAY = (dt.timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days"))
NOW_DUE, LATE, MISSED = "Hop luc 19h.", "Hop luc 20h.", "Hop luc 21h."
ANNOUNCED = OccurrenceOutcome.ANNOUNCED


def test_each_due_time_fires_once_or_says_that_it_was_missed(
    either_site: Site,
) -> None:
    """Fault 13: all clocks were down, and three come back at the same moment."""
    site, host = either_site, either_site.a_host()
    host.start_worker()
    now = dt.datetime.now(dt.UTC)
    _repeat(site.database, NOW_DUE, since=now - MINUTE)
    _repeat(site.database, LATE, since=now - 5 * HOUR)
    _repeat(site.database, MISSED, since=now - 3 * DAY - 7 * HOUR)
    for number in range(CLOCKS):
        host.start_clock(f"clock{number}")
    for number in range(CLOCKS):
        host.wait_for(f"clock{number}", "clock_started")
    until(lambda: _is_settled(site.database), within_s=60)
    assert _outcomes(site.database) == {
        (NOW_DUE, ANNOUNCED): 1,
        (LATE, ANNOUNCED): 1,
        (MISSED, OccurrenceOutcome.MISSED): 4,
    }
    site.settle()
    with site.database.reading() as session:
        phones = count_reachable(session, first_group(session))
        said = session.scalars(
            select(JournalEntry.facts).where(JournalEntry.act == "schedule.missed")
        ).all()
    assert len({facts["due_at"] for facts in said}) == len(said) == 4
    heard = Counter((text["to"], text["body"]) for text in site.telco.received())
    assert set(heard.values()) == {1}
    assert Counter(body for _, body in heard) == {NOW_DUE: phones, LATE: phones}


def _repeat(database: Database, body: str, *, since: dt.datetime) -> None:
    """Make a schedule as it was made an hour before it was first due."""
    with database.reading() as session:
        account = session.scalars(
            select(Account).where(Account.role == Role.OFFICER)
        ).one()
        officer, group_id = actor_of(session, account), first_group(session)
    draft = Draft(
        topic=Topic.MEETING,
        body=body,
        accented=False,
        audience=Audience(group_ids=frozenset({group_id})),
        send_at=since,
        rule=daily_rule(),
        idempotency_key=body,
    )
    create_schedule(database, draft, actor=officer, now=since - HOUR)


def _is_settled(database: Database) -> bool:
    now = dt.datetime.now(dt.UTC)
    with database.reading() as session:
        due = select(func.count()).where(Schedule.next_due_at <= now)
        return session.scalar(due) == 0


def _outcomes(database: Database) -> Counter[tuple[str, OccurrenceOutcome]]:
    query = (
        select(Schedule.body, Occurrence.outcome, func.count())
        .join(Occurrence, Occurrence.schedule_id == Schedule.id)
        .group_by(Schedule.body, Occurrence.outcome)
    )
    with database.reading() as session:
        return Counter({(body, end): n for body, end, n in session.execute(query)})

"""A ward's limit on a month of texts: taken when a send is confirmed, never twice."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from broadcaster.errors import InputError, NotAllowedError
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.timing import daily_rule
from broadcaster.services.announcements import (
    call_off,
    submit_announcement,
)
from broadcaster.services.approvals import approve
from broadcaster.services.budgets import MAX_LIMIT_VND, set_monthly_limit
from broadcaster.services.firing import fire_due
from broadcaster.services.reviews import review
from broadcaster.services.schedules import create_schedule
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Occurrence,
    OccurrenceOutcome,
    Topic,
)
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.usage import Tariff
from broadcaster.store.taken import taken_vnd
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    bring_to,
    the_group,
)
from tests.builders.budgets import a_priced_ward
from tests.builders.people import NOW

PRICE = 500
HOMES = 3
COST = PRICE * HOMES
OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
S = MessageState


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward of three phones, each of whose segments costs 500 đ."""
    return a_priced_ward(database, homes=HOMES, vnd=PRICE)


def _limit(database: Database, staffed: StaffedWard, vnd: int | None) -> None:
    set_monthly_limit(database, staffed.ward.id, vnd, actor=None, now=NOW)


def _send(
    database: Database,
    staffed: StaffedWard,
    *,
    topic: Topic = Topic.GENERAL,
    send_at: dt.datetime | None = None,
) -> Announcement:
    draft = replace(a_draft(the_group(staffed.group), topic=topic), send_at=send_at)
    return submit_announcement(
        database, draft, actor=staffed.officer, gateway=GATEWAY, now=NOW
    )


def _taken(database: Database, staffed: StaffedWard, month: dt.date = OCTOBER) -> int:
    with database.reading() as session:
        return taken_vnd(session, staffed.ward.id, month, today=NOW.date())


def _refused(database: Database, staffed: StaffedWard) -> bool:
    with pytest.raises(InputError) as caught:
        _send(database, staffed)
    return (caught.value.field, caught.value.reason) == ("budget", "exceeded")


def test_without_a_limit_any_number_is_sent(
    database: Database, staffed: StaffedWard
) -> None:
    for _ in range(3):
        _send(database, staffed)
    assert _taken(database, staffed) == 3 * COST


def test_the_last_dong_is_spent_and_not_one_more(
    database: Database, staffed: StaffedWard
) -> None:
    _limit(database, staffed, 2 * COST)
    _send(database, staffed)
    _send(database, staffed)
    assert _refused(database, staffed)
    assert _taken(database, staffed) == 2 * COST
    with database.reading() as session:
        assert session.scalar(select(func.count(Announcement.id))) == 2


def test_an_emergency_is_sent_over_any_limit_and_is_counted(
    database: Database, staffed: StaffedWard
) -> None:
    _limit(database, staffed, COST)
    _send(database, staffed, topic=Topic.EMERGENCY)
    _send(database, staffed, topic=Topic.EMERGENCY)
    assert _taken(database, staffed) == 2 * COST
    assert _refused(database, staffed)


def test_what_is_called_off_or_refused_gives_its_share_back(
    database: Database, staffed: StaffedWard
) -> None:
    _limit(database, staffed, 2 * COST)
    first, second = _send(database, staffed), _send(database, staffed)
    call_off(database, first.public_id, actor=staffed.officer, now=NOW)
    ends = [S.REFUSED, S.EXPIRED, S.DELIVERED]
    with database.writing() as session:
        bring_to(session, second.id, ends, now=NOW)
    assert _taken(database, staffed) == PRICE
    _send(database, staffed)
    assert _taken(database, staffed) == PRICE + COST


def test_what_was_accepted_counts_at_the_tariff_of_its_day(
    database: Database, staffed: StaffedWard
) -> None:
    sent = _send(database, staffed)
    with database.writing() as session:
        session.execute(
            update(Message)
            .where(Message.announcement_id == sent.id)
            .values(state=S.ACCEPTED, usage_day=NOW.date(), usage_month=OCTOBER)
        )
        session.add(
            Tariff(
                carrier="VinaPhone",
                kind="care",
                valid_from=NOW.date() + dt.timedelta(days=1),
                vnd_per_segment=2 * PRICE,
            )
        )
    with database.reading() as session:
        tomorrow = NOW.date() + dt.timedelta(days=1)
        spent = taken_vnd(session, staffed.ward.id, OCTOBER, today=tomorrow)
    assert spent == COST


def test_a_send_for_next_month_takes_from_next_month(
    database: Database, staffed: StaffedWard
) -> None:
    _limit(database, staffed, COST)
    # half past seven on 1 November in the ward
    _send(database, staffed, send_at=dt.datetime(2026, 11, 1, 0, 30, tzinfo=dt.UTC))
    assert (_taken(database, staffed), _taken(database, staffed, NOVEMBER)) == (0, COST)
    _send(database, staffed)
    assert _refused(database, staffed)


def test_another_wards_texts_take_nothing(
    database: Database, staffed: StaffedWard
) -> None:
    _limit(database, staffed, COST)
    other = a_staffed_ward(database)
    _send(database, other)
    _send(database, other)
    _send(database, staffed)
    assert _taken(database, staffed) == COST


def test_the_review_says_what_is_left_warns_and_refuses(
    database: Database, staffed: StaffedWard
) -> None:
    draft = a_draft(the_group(staffed.group))
    seen = []
    for limit in (10 * COST, 125 * COST // 100, COST - 1):
        _limit(database, staffed, limit)
        with database.reading() as session:
            room = review(session, draft, actor=staffed.officer, now=NOW).room
        assert room is not None
        seen.append((room.left_vnd, room.percent, room.is_near, room.is_refused))
    assert seen == [
        (10 * COST, 10, False, False),
        (125 * COST // 100, 80, True, False),
        (COST - 1, 100, True, True),
    ]
    _limit(database, staffed, None)
    with database.reading() as session:
        assert review(session, draft, actor=staffed.officer, now=NOW).room is None


def test_what_waits_for_approval_takes_nothing_until_it_is_approved(
    database: Database,
) -> None:
    staffed = a_priced_ward(database, homes=HOMES, vnd=PRICE, approval_over=2)
    _limit(database, staffed, COST)
    waiting = [_send(database, staffed) for _ in range(2)]
    assert _taken(database, staffed) == 0

    def agree(announcement: Announcement) -> Announcement:
        return approve(
            database,
            announcement.public_id,
            actor=staffed.approver,
            seen_hash=announcement.approved_hash or "",
            gateway=GATEWAY,
            now=NOW,
        )

    assert agree(waiting[0]).state is AnnouncementState.SENDING
    with pytest.raises(InputError):
        agree(waiting[1])
    _limit(database, staffed, 2 * COST)
    assert agree(waiting[1]).state is AnnouncementState.SENDING
    assert _refused(database, staffed)


def test_a_schedule_without_room_in_its_month_says_so_and_goes_on_the_next_day(
    database: Database, staffed: StaffedWard
) -> None:
    _limit(database, staffed, COST - 1)
    draft = replace(a_draft(the_group(staffed.group)), send_at=NOW, rule=daily_rule())
    create_schedule(database, draft, actor=staffed.officer, now=NOW)
    fire_due(database, gateway=GATEWAY, now=NOW)
    _limit(database, staffed, COST)
    fire_due(database, gateway=GATEWAY, now=NOW + dt.timedelta(days=1))
    with database.reading() as session:
        outcomes = session.scalars(
            select(Occurrence.outcome).order_by(Occurrence.due_at)
        ).all()
        assert session.scalar(select(func.count(Message.id))) == HOMES
    assert outcomes == [OccurrenceOutcome.OVER_BUDGET, OccurrenceOutcome.ANNOUNCED]


@pytest.mark.parametrize("vnd", [0, -1, MAX_LIMIT_VND + 1])
def test_a_limit_is_an_amount_above_nothing(
    database: Database, staffed: StaffedWard, vnd: int
) -> None:
    with pytest.raises(InputError):
        _limit(database, staffed, vnd)


def test_only_the_operator_sets_a_limit(
    database: Database, staffed: StaffedWard
) -> None:
    with pytest.raises(NotAllowedError):
        set_monthly_limit(
            database, staffed.ward.id, COST, actor=staffed.officer, now=NOW
        )

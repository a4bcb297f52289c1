"""A send by two channels takes the most that it can come to from its month."""

from collections import Counter

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.services.announcements import save_draft, submit_draft
from broadcaster.services.budgets import find_room, set_monthly_limit
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, Topic
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.zalo import OverQuota, WardChannels, ZaloLine
from broadcaster.store.taken import taken_vnd
from subscriptions.tables.households import Line
from tests.builders.announcements import GATEWAY, StaffedWard, a_draft, the_group
from tests.builders.budgets import a_priced_ward
from tests.builders.ledger import OCTOBER
from tests.builders.people import NOW
from tests.builders.usage import TEMPLATE, ZALO_GATEWAY, a_price, a_template

HOMES = 3
SMS, PHONE, USER = 800, 200, 140
LIMIT = 100_000


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward of three phones that uses Zalo, and SMS after it for pensions."""
    staffed = a_priced_ward(database, homes=HOMES, vnd=SMS)
    set_monthly_limit(database, staffed.ward.id, LIMIT, actor=None, now=NOW)
    with database.writing() as session:
        a_template(session, name="Mời họp")
        a_price(session, PHONE, kind=TEMPLATE)
        a_price(session, USER, kind=f"{TEMPLATE}/user")
        session.add(
            WardChannels(
                ward_id=staffed.ward.id,
                zalo_gateway=ZALO_GATEWAY,
                over_quota=OverQuota.FALL_BACK,
                fall_back_minutes={Topic.PENSION.value: 30},
            )
        )
    return staffed


def _wanted(
    database: Database,
    staffed: StaffedWard,
    *,
    topic: Topic = Topic.MEETING,
    template_id: str | None = TEMPLATE,
) -> int:
    draft = a_draft(the_group(staffed.group), topic=topic)
    kept = save_draft(database, draft, actor=staffed.officer, now=NOW)
    with database.writing() as session:
        announcement = session.get_one(Announcement, kept.id)
        if template_id is not None:
            announcement.zalo = {"template_id": template_id, "data": {}}
        room = find_room(session, announcement, due_at=NOW, now=NOW)
        assert room is not None
        return room.wanted_vnd


def _without_zalo(session: Session, lines: int) -> None:
    for line_id in session.scalars(select(Line.id).limit(lines)).all():
        session.add(ZaloLine(line_id=line_id, code="-118", learned_at=NOW))


def test_a_notice_by_sms_alone_takes_what_sms_costs(
    database: Database, staffed: StaffedWard
) -> None:
    assert _wanted(database, staffed, template_id=None) == HOMES * SMS


def test_a_notice_that_begins_by_zalo_takes_the_dearer_of_both(
    database: Database, staffed: StaffedWard
) -> None:
    assert _wanted(database, staffed) == HOMES * SMS
    with database.writing() as session:
        a_price(session, 900, kind="dear")
    assert _wanted(database, staffed, template_id="dear") == HOMES * 900


def test_a_topic_whose_sms_follows_takes_both(
    database: Database, staffed: StaffedWard
) -> None:
    wanted = _wanted(database, staffed, topic=Topic.PENSION)
    assert wanted == HOMES * (SMS + PHONE)


def test_phones_known_to_have_no_zalo_take_the_sms_alone(
    database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        _without_zalo(session, 2)
    wanted = _wanted(database, staffed, topic=Topic.PENSION)
    assert wanted == HOMES * SMS + PHONE


def test_a_ward_without_an_account_takes_what_sms_costs(
    database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        session.get_one(WardChannels, staffed.ward.id).zalo_gateway = None
    assert _wanted(database, staffed, topic=Topic.PENSION) == HOMES * SMS


def test_an_emergency_goes_by_sms_at_once_and_is_counted_so(
    database: Database, staffed: StaffedWard
) -> None:
    assert _wanted(database, staffed, topic=Topic.EMERGENCY) == HOMES * SMS


@pytest.mark.parametrize("topic", [Topic.MEETING, Topic.PENSION])
def test_what_is_frozen_holds_what_was_set_aside_for_it(
    database: Database, staffed: StaffedWard, topic: Topic
) -> None:
    with database.writing() as session:
        _without_zalo(session, 1)
    draft = a_draft(the_group(staffed.group), topic=topic)
    kept = save_draft(database, draft, actor=staffed.officer, now=NOW)
    with database.writing() as session:
        announcement = session.get_one(Announcement, kept.id)
        announcement.zalo = {"template_id": TEMPLATE, "data": {}}
        room = find_room(session, announcement, due_at=NOW, now=NOW)
    submit_draft(
        database, kept.public_id, actor=staffed.officer, gateway=GATEWAY, now=NOW
    )
    with database.reading() as session:
        ways = Counter(session.scalars(select(Message.channel)))
        held = taken_vnd(session, staffed.ward.id, OCTOBER, today=NOW.date())
    assert ways == {Channel.ZALO: HOMES - 1, Channel.SMS: 1}
    assert room is not None
    assert held == room.wanted_vnd

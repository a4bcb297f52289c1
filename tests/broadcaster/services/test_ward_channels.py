"""A ward says how it uses Zalo; until it does, it sends SMS alone."""

import pytest
from sqlalchemy import select

from broadcaster.errors import InputError, NotAllowedError
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.services.ward_channels import (
    LEAST_MINUTES,
    MOST_MINUTES,
    ChannelRules,
    read_channels,
    set_channels,
)
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Topic
from broadcaster.store.tables.staff import JournalEntry
from broadcaster.store.tables.zalo import OverQuota
from broadcaster.store.zalo_reach import Reach, count_reach
from subscriptions.audience import recipients
from subscriptions.consents import Evidence, withdraw
from subscriptions.tables.consents import ConsentMethod, Purpose
from tests.builders.accounts import an_account
from tests.builders.announcements import StaffedWard, a_staffed_ward, the_group
from tests.builders.people import NOW, lines_of
from tests.builders.zalo import ACCOUNT, follows, lacks

ACCOUNTS = (ACCOUNT, "zalo2")
RULES = ChannelRules(
    zalo_gateway=ACCOUNT,
    over_quota=OverQuota.SPREAD,
    fall_back_minutes={Topic.PENSION: 30, Topic.MEETING: LEAST_MINUTES},
)


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    return a_staffed_ward(database, homes=4)


def _set(
    database: Database,
    staffed: StaffedWard,
    rules: ChannelRules,
    *,
    actor: Actor | None = None,
) -> None:
    set_channels(
        database,
        rules,
        ward_id=staffed.ward.id,
        accounts=ACCOUNTS,
        actor=actor or staffed.approver,
        now=NOW,
    )


def _read(database: Database, staffed: StaffedWard) -> ChannelRules:
    with database.reading() as session:
        return read_channels(session, staffed.ward.id)


def test_a_ward_sends_sms_alone_until_it_says_otherwise(
    database: Database, staffed: StaffedWard
) -> None:
    assert _read(database, staffed) == ChannelRules()
    _set(database, staffed, RULES)
    assert _read(database, staffed) == RULES
    _set(database, staffed, ChannelRules())
    assert _read(database, staffed) == ChannelRules()


def test_every_change_is_in_the_journal(
    database: Database, staffed: StaffedWard
) -> None:
    _set(database, staffed, RULES)
    with database.reading() as session:
        entry = session.scalars(select(JournalEntry)).one()
        assert (entry.act, entry.account_id) == (
            "ward.channels_set",
            staffed.approver.account_id,
        )
        assert entry.facts["minutes"] == {"meeting": 5, "pension": 30}


def test_the_operator_sets_them_too_but_an_officer_does_not(
    database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        operator = an_account(session, Role.OPERATOR, ward_id=None)
    _set(database, staffed, RULES, actor=operator)
    with pytest.raises(NotAllowedError):
        _set(database, staffed, ChannelRules(), actor=staffed.officer)
    assert _read(database, staffed) == RULES


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (ChannelRules(zalo_gateway="memory"), ("zalo_gateway", "unknown")),
        (
            ChannelRules(fall_back_minutes={Topic.EMERGENCY: 10}),
            ("minutes", "never_by_zalo"),
        ),
        (
            ChannelRules(fall_back_minutes={Topic.HEALTH: LEAST_MINUTES - 1}),
            ("minutes.health", "out_of_range"),
        ),
        (
            ChannelRules(fall_back_minutes={Topic.HEALTH: MOST_MINUTES + 1}),
            ("minutes.health", "out_of_range"),
        ),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    database: Database,
    staffed: StaffedWard,
    rules: ChannelRules,
    fault: tuple[str, str],
) -> None:
    with pytest.raises(InputError) as caught:
        _set(database, staffed, rules)
    assert (caught.value.field, caught.value.reason) == fault


def test_each_phone_is_counted_once_by_what_it_would_get(
    database: Database, staffed: StaffedWard
) -> None:
    evidence = Evidence(
        method=ConsentMethod.ZALO,
        wording_version="2026-01",
        recorded_by=None,
        channel="zalo",
    )
    with database.writing() as session:
        lines = [lines_of(session, home)[0].id for home in staffed.homes]
        lacks(session, lines[0])
        withdraw(session, lines[1], list(Purpose), evidence=evidence, now=NOW)
        follows(session, lines[1], ward_id=staffed.ward.id)
        follows(session, lines[2], ward_id=staffed.ward.id)
        told = recipients(
            the_group(staffed.group), ward_id=staffed.ward.id, purpose=Purpose.NOTICES
        )
        reach = count_reach(session, told, gateway=ACCOUNT, now=NOW)
    assert reach == Reach(by_user_id=1, by_phone=1, sms_by_carrier={"VinaPhone": 2})
    assert reach.by_zalo + reach.by_sms == len(lines)

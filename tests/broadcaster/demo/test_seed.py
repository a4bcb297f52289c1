"""The demo's data are the same every time, dirty on purpose, and add up."""

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from broadcaster.demo.seed import seed
from broadcaster.demo.seed.words import wall
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.permissions import Role
from broadcaster.rules.timing import end_of_quiet_hours
from broadcaster.services.statements import recompute, statement, stored_sums
from broadcaster.simulator.handsets import HandsetState, Skin, read_town
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Schedule,
    ScheduleState,
)
from broadcaster.store.tables.messages import Message, Tariff
from broadcaster.store.tables.staff import Account
from subscriptions.audience import Audience, count, exclusions, recipients
from subscriptions.consents import latest_action
from subscriptions.phones import phone_from_e164
from subscriptions.tables import Base
from subscriptions.tables.consents import ConsentAction, Purpose
from subscriptions.tables.households import (
    Household,
    Line,
    LineStatus,
    Relation,
    Resident,
    ResidentTag,
    Subscription,
    Tag,
)
from subscriptions.tables.ledger import BillingMonth, MonthState, Payment
from subscriptions.tables.places import ResidentialGroup, Ward

NOW = dt.datetime(2026, 11, 22, 6, 0, tzinfo=dt.UTC)
OURS = "Phường Thanh Xuân"
BY_CHANCE = {"public_id", "password_hash", "idempotency_key"}
"""Columns that are random on purpose."""
_T = AnnouncementState


def seeded(folder: Path, migrated_file: Path, *, now: dt.datetime) -> Database:
    folder.mkdir(exist_ok=True)
    path = shutil.copy(migrated_file, folder / "loa.db")
    database = Database(create_engine_for(f"sqlite:///{path}"))
    seed(database, handsets=folder / "handsets.json", now=now)
    return database


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path, migrated_file: Path) -> Iterator[Database]:
    database = seeded(folder, migrated_file, now=NOW)
    yield database
    database.engine.dispose()


@pytest.fixture
def session(demo: Database) -> Iterator[Session]:
    with demo.reading() as session:
        yield session


@pytest.fixture
def ward(session: Session) -> Ward:
    return session.scalars(select(Ward).where(Ward.name == OURS)).one()


def counted(session: Session, table: type[Base], *conditions: Any) -> int:
    query = select(func.count()).select_from(table).where(*conditions)
    return session.scalars(query).one()


def test_the_ward_has_the_households_and_lines_it_is_told_of(
    session: Session, ward: Ward
) -> None:
    assert counted(session, Household, Household.ward_id == ward.id) == 1882
    assert counted(session, Line, Line.ward_id == ward.id) == 2310
    groups = ResidentialGroup.ward_id == ward.id
    assert counted(session, ResidentialGroup, groups) == 12
    assert 4_800 < counted(session, Resident, Resident.ward_id == ward.id) < 5_300


def test_one_in_seven_residents_has_a_pension(session: Session, ward: Ward) -> None:
    tagged = session.scalars(
        select(func.count())
        .select_from(ResidentTag)
        .join(Resident, Resident.id == ResidentTag.resident_id)
        .where(Resident.ward_id == ward.id, ResidentTag.tag == Tag.PENSIONER)
    ).one()
    everyone = counted(session, Resident, Resident.ward_id == ward.id)
    assert round(100 * tagged / everyone) == 15


@pytest.mark.parametrize("hour", [0, 6, 12, 22])
def test_a_text_of_the_demo_leaves_at_any_hour(ward: Ward, hour: int) -> None:
    moment = NOW.replace(hour=hour)
    awake = end_of_quiet_hours(moment, start=ward.quiet_from, end=ward.quiet_until)
    assert awake == moment


def test_every_number_is_one_that_the_register_would_take(session: Session) -> None:
    for line in session.scalars(select(Line)):
        assert phone_from_e164(line.e164).carrier == line.carrier


def test_the_register_is_dirty(session: Session, ward: Ward) -> None:
    everyone = count(
        session,
        Audience(group_ids=None),
        ward_id=ward.id,
        purpose=Purpose.NOTICES,
    )
    assert everyone.excluded.keys() == {
        "no_line",
        "unusable_line",
        "no_consent",
        "withdrawn",
    }
    assert 28 <= everyone.excluded["withdrawn"] <= 36
    assert everyone.excluded["no_consent"] > 50
    dead = Line.status == LineStatus.UNUSABLE
    assert counted(session, Line, Line.ward_id == ward.id, dead) > 20
    shared = Subscription.relation == Relation.RELATIVE
    assert counted(session, Subscription, shared) > 40
    old = Resident.note.like("Sổ cũ ghi 01%")
    assert counted(session, Resident, old) > 20


def test_every_line_has_one_subscription_that_pays(session: Session) -> None:
    paying = session.scalars(
        select(Subscription.line_id).where(Subscription.pays)
    ).all()
    assert sorted(paying) == sorted(session.scalars(select(Line.id)))


def test_a_second_ward_shares_nothing_with_the_first(
    session: Session, ward: Ward
) -> None:
    other = session.scalars(select(Ward).where(Ward.id != ward.id)).one()
    assert counted(session, Household, Household.ward_id == other.id) == 63
    assert counted(session, Account, Account.ward_id == other.id) == 3


def test_closed_months_recompute_to_their_stored_sums(
    session: Session, ward: Ward
) -> None:
    months = session.scalars(
        select(BillingMonth)
        .where(BillingMonth.ward_id == ward.id)
        .order_by(BillingMonth.month)
    ).all()
    assert [month.month.month for month in months] == [9, 10, 11]
    assert [month.state for month in months] == [
        MonthState.CLOSED,
        MonthState.CLOSED,
        MonthState.COLLECTING,
    ]
    for month in months[:2]:
        sums = recompute(session, ward.id, month.month)
        assert sums == stored_sums(month)
        assert sums.charged_vnd > 6_000_000
        assert sums.collected_vnd > 5_000_000
        assert sums.usage_vnd > 500_000


def test_a_leader_holds_six_thousand_of_the_month_closed_last(
    session: Session, ward: Ward
) -> None:
    last = statement(session, ward.id, dt.date(2026, 10, 1))
    gaps = {group.name: group.difference_vnd for group in last.groups}
    assert {name: vnd for name, vnd in gaps.items() if vnd} == {"Tổ 7": 6000}


def test_the_current_month_has_cash_at_every_stage(
    session: Session, ward: Ward
) -> None:
    current = statement(session, ward.id, dt.date(2026, 11, 1))
    assert 0 < current.matched_vnd < current.handed_in_vnd < current.cash_vnd
    assert 0 < current.settled_vnd < current.due_vnd


def test_what_came_late_is_booked_in_the_current_month(
    session: Session, ward: Ward
) -> None:
    current = statement(session, ward.id, dt.date(2026, 11, 1))
    kinds = {(str(a.kind), a.concerns_month.month) for a in current.adjustments}
    assert kinds == {("usage", 10), ("payment", 10)}


def test_prices_have_changed_within_a_month_that_is_billed(session: Session) -> None:
    days = session.scalars(select(Tariff.valid_from).distinct()).all()
    assert dt.date(2026, 9, 14) in days
    assert len(days) == 2


def test_every_send_adds_up_to_what_was_frozen(session: Session) -> None:
    frozen = session.execute(
        select(Announcement.id, Announcement.recipients).where(
            Announcement.recipients.is_not(None)
        )
    ).all()
    for announcement_id, expected in frozen:
        found = Message.announcement_id == announcement_id
        assert counted(session, Message, found) == expected


def test_nothing_is_left_for_a_worker_to_do_at_once(session: Session) -> None:
    waiting = session.execute(
        select(Message.state, func.min(Message.due_at))
        .where(
            Message.state.in_(
                [MessageState.QUEUED, MessageState.SUBMITTING, MessageState.IN_DOUBT]
            )
        )
        .group_by(Message.state)
    ).all()
    assert [(state, due > NOW) for state, due in waiting] == [
        (MessageState.QUEUED, True)
    ]


def test_texts_have_ended_in_every_way_they_can(session: Session) -> None:
    states = set(session.scalars(select(Message.state).distinct()))
    assert states == set(MessageState) - {
        MessageState.SUBMITTING,
        MessageState.IN_DOUBT,
    }
    reasons = set(session.scalars(select(Message.withheld_reason).distinct()))
    assert {str(reason) for reason in reasons if reason} == {"consent", "called_off"}


def test_there_is_one_send_in_every_stage(session: Session) -> None:
    states = Counter(session.scalars(select(Announcement.state)))
    assert states[_T.FINISHED] >= 6
    rest = {_T.CALLED_OFF, _T.SCHEDULED, _T.AWAITING_APPROVAL, _T.DRAFT}
    assert {state: states[state] for state in rest} == dict.fromkeys(rest, 1)
    schedule = session.scalars(select(Schedule)).one()
    assert schedule.state is ScheduleState.ACTIVE
    assert schedule.next_due_at is not None
    assert schedule.next_due_at > NOW


def test_every_role_has_an_account_to_be_seen_as(session: Session) -> None:
    names = set(session.scalars(select(Account.username)))
    assert {str(role) for role in Role} <= names
    leaders = Account.role == Role.LEADER
    assert counted(session, Account, leaders) == 12


def test_the_network_reads_the_phones_of_the_wall(folder: Path) -> None:
    town = read_town(folder / "handsets.json")
    handsets = town.wall()
    assert len(handsets) == 24
    assert len({handset.carrier for handset in handsets}) >= 5
    assert {handset.skin for handset in handsets} == set(Skin)
    states = Counter(handset.state for handset in handsets)
    assert states[HandsetState.DEAD] == states[HandsetState.OFF] == 1
    assert set(town.rates) == {handset.carrier for handset in handsets}


def test_texts_to_the_network_reach_this_ward(folder: Path, ward: Ward) -> None:
    town = read_town(folder / "handsets.json")
    assert town.service_number == ward.inbound_number


def test_everyone_on_the_wall_is_served_in_the_ward(
    session: Session, ward: Ward
) -> None:
    numbers = {person.e164: person for person in wall()}
    rows = session.execute(
        select(Line.e164, Resident.full_name, ResidentialGroup.number)
        .join(Subscription, Subscription.line_id == Line.id)
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .join(ResidentialGroup, ResidentialGroup.id == Household.group_id)
        .where(Line.e164.in_(numbers), Line.ward_id == ward.id)
    ).all()
    served = {(e164, name, group) for e164, name, group in rows}
    assert served >= {(p.e164, p.full_name, p.group) for p in wall()}
    holders = Counter(e164 for e164, _, _ in rows)
    assert sorted(holders.values()) == [1] * 23 + [2]


def test_a_pension_notice_to_group_12_lands_on_the_wall(
    session: Session, ward: Ward
) -> None:
    group = session.scalars(
        select(ResidentialGroup.id).where(
            ResidentialGroup.number == 12, ResidentialGroup.ward_id == ward.id
        )
    ).one()
    audience = Audience(group_ids=frozenset({group}), tags=frozenset({Tag.PENSIONER}))
    phones = recipients(audience, ward_id=ward.id, purpose=Purpose.PENSION)
    texted = {row.e164 for row in session.execute(phones)}
    shown = {person.e164 for person in wall()}
    assert len(texted & shown) >= 10
    assert len(texted) <= ward.approval_over
    others = exclusions(audience, ward_id=ward.id, purpose=Purpose.PENSION)
    reasons = {row.reason for row in session.execute(others)}
    assert "withdrawn" in reasons


def test_one_of_the_wall_has_stopped_the_texts(session: Session) -> None:
    stopped = session.scalars(
        select(Line.e164).where(
            Line.e164.in_([person.e164 for person in wall()]),
            latest_action(Line.id.expression, Purpose.NOTICES)
            == ConsentAction.WITHDRAWN,
        )
    ).all()
    assert stopped == [person.e164 for person in wall() if not person.agrees]
    assert len(stopped) == 1


def rows_of(database: Database, table: Table) -> list[tuple[Any, ...]]:
    columns = [column for column in table.columns if column.name not in BY_CHANCE]
    keys = list(table.primary_key.columns)
    with database.reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(*keys))]


def test_the_same_moment_gives_the_same_demo(
    demo: Database, tmp_path: Path, migrated_file: Path
) -> None:
    again = seeded(tmp_path, migrated_file, now=NOW)
    for name, table in Base.metadata.tables.items():
        if name != "journal":  # names announcements by their random public ids
            assert rows_of(demo, table) == rows_of(again, table), name
    again.engine.dispose()


@pytest.mark.parametrize(
    "now",
    [
        dt.datetime(2027, 2, 28, 17, 1, tzinfo=dt.UTC),
        dt.datetime(2027, 1, 3, 1, 10, tzinfo=dt.UTC),
    ],
    ids=["a minute into March", "while pensions are told"],
)
def test_nothing_has_happened_in_the_future(
    tmp_path: Path, migrated_file: Path, now: dt.datetime
) -> None:
    database = seeded(tmp_path, migrated_file, now=now)
    with database.reading() as session:
        for moment in (Message.accepted_at, Message.finished_at, Payment.paid_at):
            latest = session.scalars(select(func.max(moment))).one()
            assert latest is not None
            assert latest <= now
        months = session.scalars(
            select(BillingMonth).where(BillingMonth.state == MonthState.CLOSED)
        ).all()
        assert len(months) == 2
        for month in months:
            sums = recompute(session, month.ward_id, month.month)
            assert sums == stored_sums(month)
    database.engine.dispose()

"""The demo's people are dirty on purpose, and its wall lives among them."""

from collections import Counter
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.demo.seed.words import wall
from broadcaster.rules.permissions import Role
from broadcaster.simulator.handsets import HandsetState, Skin, read_town
from broadcaster.store.tables.staff import Account
from subscriptions.audience import Audience, count, exclusions, recipients
from subscriptions.consents import latest_action
from subscriptions.phones import phone_from_e164
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
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.broadcaster.demo.seeding import counted


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

"""A list enters the register once and whole."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions.errors import NotInRegisterError
from subscriptions.places import Scope
from subscriptions.register_import import plan_import
from subscriptions.tables.households import (
    Household,
    Line,
    Resident,
    ResidentTag,
    Subscription,
    SubscriptionStatus,
    Tag,
)
from subscriptions.tables.places import ResidentialGroup
from tests.builders.imports import AN, BINH, HEAD, ON_PAPER, TDP12, counts, take_in
from tests.builders.people import a_household, lines_of
from tests.subscriptions.register_import.reading import read


def test_the_workbook_of_group_12_enters_whole(
    session: Session, group: ResidentialGroup
) -> None:
    imported = take_in(session, group, read(TDP12.read_bytes()), agreement=ON_PAPER)

    rows = counts(session)
    assert rows["households"] == imported.households == 61
    assert rows["residents"] == imported.residents == 161
    assert rows["lines"] == rows["subscriptions"] == imported.lines == 68
    assert rows["consents"] == imported.consents == 2 * 68


def test_a_preview_stores_nothing_and_says_what_is_new(
    session: Session, group: ResidentialGroup
) -> None:
    before = counts(session)
    reading = read(HEAD + AN + BINH)
    scope = Scope(ward_id=group.ward_id)
    plan = plan_import(session, scope, reading, group_id=group.id)

    assert (len(plan.new), len(plan.changed), plan.unchanged) == (1, 0, 0)
    assert counts(session) == before


def test_people_enter_as_enrolment_would_have_written_them(
    session: Session, group: ResidentialGroup
) -> None:
    take_in(session, group, read(HEAD + AN + BINH))

    household = session.scalars(select(Household)).one()
    head, wife = session.scalars(select(Resident).order_by(Resident.id))
    assert household.address == "Số 1"
    assert household.match_key == "nguyen van an|so 1"
    assert household.search_key == "so 1"
    assert (head.is_head, head.birth_year, head.search_key) == (
        True,
        1950,
        "nguyen van an",
    )
    assert (wife.is_head, wife.relation_to_head) == (False, "Vợ")
    assert head.public_id != wife.public_id
    tag = session.scalars(select(ResidentTag)).one()
    assert (tag.resident_id, tag.tag) == (head.id, Tag.PENSIONER)
    first, second = session.scalars(select(Subscription).order_by(Subscription.id))
    assert (first.resident_id, second.resident_id) == (head.id, wife.id)
    assert first.status is SubscriptionStatus.ACTIVE
    assert first.pays
    assert first.first_month == dt.date(2026, 11, 1)
    line = session.scalars(select(Line).order_by(Line.id)).first()
    assert line is not None
    assert (line.e164, line.carrier) == ("+84912000001", "VinaPhone")


def test_a_shared_phone_is_paid_for_once(
    session: Session, group: ResidentialGroup
) -> None:
    take_in(session, group, read(HEAD + AN + "Lê Thị Bình;Vợ;1955;;0912000001;\n"))

    pays = session.scalars(select(Subscription.pays).order_by(Subscription.id)).all()
    assert list(pays) == [True, False]


def test_without_an_agreement_nobody_is_texted(
    session: Session, group: ResidentialGroup
) -> None:
    imported = take_in(session, group, read(HEAD + AN))

    assert imported.consents == counts(session)["consents"] == 0


def test_a_phone_that_another_group_holds_stays_theirs_and_is_listed(
    session: Session, group: ResidentialGroup
) -> None:
    ward_scope = Scope(ward_id=group.ward_id)
    other = session.get_one(ResidentialGroup, group.id)
    fifth = ResidentialGroup(
        ward_id=other.ward_id, number=5, name="Tổ 5", code="T5", kind=other.kind
    )
    session.add(fifth)
    session.flush()
    theirs = a_household(session, in_group=fifth, with_phone="0912000001")
    leader = Scope(ward_id=group.ward_id, group_ids=frozenset({group.id}))
    reading = read(HEAD + AN + BINH)
    shown = plan_import(session, ward_scope, reading, group_id=group.id).held
    imported = take_in(session, group, reading, scope=leader)

    (held,) = imported.plan.held
    assert (held.row, held.value) == (2, "0912000001")
    assert "Tổ 5" in held.help
    assert theirs.address not in held.help
    assert theirs.address in shown[0].help
    assert (imported.households, imported.lines) == (1, 1)
    assert [line.e164 for line in lines_of(session, theirs)] == ["+84912000001"]


def test_a_leader_imports_into_no_other_group(
    session: Session, group: ResidentialGroup
) -> None:
    elsewhere = Scope(ward_id=group.ward_id, group_ids=frozenset({group.id + 1}))

    with pytest.raises(NotInRegisterError):
        take_in(session, group, read(HEAD + AN), scope=elsewhere)

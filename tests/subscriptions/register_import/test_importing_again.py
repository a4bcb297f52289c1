"""A later list adds what is new, and never changes what is written there."""

import datetime as dt
import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.consents import Evidence, standing, withdraw
from subscriptions.lines import find_line
from subscriptions.tables.consents import (
    ConsentAction,
    ConsentMethod,
    ConsentRecord,
    Purpose,
)
from subscriptions.tables.households import Resident, Subscription, SubscriptionStatus
from subscriptions.tables.places import ResidentialGroup
from tests.builders.imports import AN, BINH, HEAD, ON_PAPER, TDP12, counts, take_in
from tests.builders.people import NOW, a_group, a_ward
from tests.subscriptions.register_import.reading import read


def test_the_same_list_again_changes_no_table(
    session: Session, group: ResidentialGroup
) -> None:
    reading = read(TDP12.read_bytes())
    take_in(session, group, reading, agreement=ON_PAPER)
    before = counts(session)
    again = take_in(session, group, reading, agreement=ON_PAPER)

    assert counts(session) == before
    assert (again.plan.new, again.plan.changed) == ((), ())
    assert again.plan.unchanged == 61
    assert (again.plan.held, again.plan.differences) == ((), ())


def test_an_agreement_brought_later_counts_for_lines_already_there(
    session: Session, group: ResidentialGroup
) -> None:
    take_in(session, group, read(HEAD + AN))
    later = take_in(session, group, read(HEAD + AN), agreement=ON_PAPER)

    assert (later.lines, later.consents) == (0, 2)
    record = session.scalars(select(ConsentRecord)).first()
    assert record is not None
    assert (record.method, record.recorded_by) == (ConsentMethod.PAPER, 7)


def test_a_list_never_overrules_who_withdrew(
    session: Session, group: ResidentialGroup
) -> None:
    take_in(session, group, read(HEAD + AN), agreement=ON_PAPER)
    line = find_line(session, group.ward_id, "+84912000001")
    assert line is not None
    evidence = Evidence(
        method=ConsentMethod.SMS_KEYWORD, wording_version="sms", recorded_by=None
    )
    withdraw(session, line.id, [Purpose.NOTICES], evidence=evidence, now=NOW)
    again = take_in(session, group, read(HEAD + AN), agreement=ON_PAPER)

    assert (again.consents, again.refused_before) == (0, 1)
    said = standing(session, line.id)
    assert said[Purpose.NOTICES].action is ConsentAction.WITHDRAWN
    assert said[Purpose.PENSION].action is ConsentAction.GRANTED


def test_a_subscription_that_was_ended_stays_ended(
    session: Session, group: ResidentialGroup
) -> None:
    take_in(session, group, read(HEAD + AN))
    subscription = session.scalars(select(Subscription)).one()
    subscription.status = SubscriptionStatus.ENDED
    again = take_in(session, group, read(HEAD + AN), agreement=ON_PAPER)

    assert subscription.status is SubscriptionStatus.ENDED
    assert (again.lines, again.consents) == (0, 0)
    assert [d.code for d in again.plan.differences] == ["ended"]


def test_who_has_left_does_not_come_back_by_an_old_list(
    session: Session, group: ResidentialGroup
) -> None:
    take_in(session, group, read(HEAD + AN + BINH))
    wife = session.scalars(select(Resident).where(~Resident.is_head)).one()
    wife.left_on = dt.date(2026, 10, 1)
    again = take_in(session, group, read(HEAD + AN + BINH))

    assert again.residents == 0
    assert [d.code for d in again.plan.differences] == ["left"]


def test_a_longer_list_adds_only_what_is_new(
    session: Session, group: ResidentialGroup
) -> None:
    take_in(session, group, read(HEAD + "Nguyễn Văn An;Chủ hộ;1950;Số 1;;\n"))
    longer = take_in(session, group, read(HEAD + AN + BINH + "Chí;Chủ hộ;;Số 2;;\n"))

    assert (longer.households, longer.residents, longer.lines) == (1, 2, 2)
    assert len(longer.plan.changed) == 1
    assert counts(session)["resident_tags"] == 1


def test_father_and_son_of_one_name_stay_two(
    session: Session, group: ResidentialGroup
) -> None:
    text = HEAD + AN + "Nguyễn Văn An;Con;1980;;;\n"
    take_in(session, group, read(text))

    assert take_in(session, group, read(text)).residents == 0
    assert counts(session)["residents"] == 2


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("Nguyễn Văn An;Chủ hộ;1951;Số 1;0912000001;\n", "birth_year_differs"),
        ("Nguyễn Văn An;Chủ hộ;1950;Số 1B;0912000001;\n", "address_differs"),
        (
            "Lê Thị Bình;Chủ hộ;1955;Số 1;;\nNguyễn Văn An;Chồng;1950;;0912000001;\n",
            "head_differs",
        ),
    ],
    ids=["year", "address", "head"],
)
def test_a_correction_is_shown_and_the_register_kept(
    session: Session, group: ResidentialGroup, row: str, code: str
) -> None:
    take_in(session, group, read(HEAD + AN + BINH))
    before = counts(session)
    again = take_in(session, group, read(HEAD + row))

    assert [d.code for d in again.plan.differences] == [code]
    assert counts(session) == before


def test_two_who_confirm_one_preview_at_once_enter_it_once(database: Database) -> None:
    reading = read(TDP12.read_bytes())
    with database.writing() as session:
        group = a_group(session, a_ward(session), number=12)
    barrier = threading.Barrier(2)
    added: list[int] = []

    def confirm() -> None:
        barrier.wait(timeout=30)
        with database.writing() as session:
            added.append(take_in(session, group, reading).households)

    threads = [threading.Thread(target=confirm) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(added) == [0, 61]
    with database.reading() as session:
        assert counts(session)["households"] == 61
        assert counts(session)["subscriptions"] == 68

"""What enrolment refuses, with its reason, and that it leaves nothing behind."""

import datetime as dt
import threading
import unicodedata

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.enrolments import LONGEST, NewLine
from subscriptions.errors import (
    AlreadyEnrolledError,
    EnrolmentError,
    LineTakenError,
    SubscriptionsError,
)
from subscriptions.tables.households import Household, Line, Resident
from subscriptions.tables.places import ResidentialGroup
from tests.builders.enrolments import NGA, a_phone, an_enrolment, count_of, enrol
from tests.builders.people import NOW, a_group, a_household, a_ward, number_of, scope_of


def test_a_phone_of_another_home_is_refused_with_that_home(
    session: Session, group: ResidentialGroup
) -> None:
    holder = a_household(session, in_group=group, with_phone=NGA)

    with pytest.raises(LineTakenError) as refused:
        enrol(session, an_enrolment(group, a_phone()), scope=scope_of(group))

    [facts] = refused.value.holders
    assert facts.public_id == holder.public_id
    assert facts.address == holder.address


def test_a_phone_of_another_group_is_refused_without_its_door(
    session: Session, group: ResidentialGroup, next_group: ResidentialGroup
) -> None:
    a_household(session, in_group=next_group, with_phone=NGA)

    with pytest.raises(LineTakenError) as refused:
        enrol(session, an_enrolment(group, a_phone()), scope=scope_of(group))

    [facts] = refused.value.holders
    assert (facts.group_name, facts.public_id, facts.address) == ("Tổ 6", None, None)


def test_nothing_is_added_of_a_household_that_is_refused(
    session: Session, group: ResidentialGroup
) -> None:
    a_household(session, in_group=group, with_phone=NGA)
    enrolment = an_enrolment(group, a_phone("0987654321"), a_phone())

    with pytest.raises(LineTakenError):
        enrol(session, enrolment, scope=scope_of(group))

    assert count_of(session, Household) == 1
    assert count_of(session, Resident) == 1
    assert count_of(session, Line) == 1


@pytest.mark.parametrize(
    ("head", "address"),
    [
        pytest.param("Nguyễn Thị Nga", "A1 · 1204", id="letter-for-letter"),
        pytest.param("NGUYEN THI NGA", "a1 · 1204", id="without-accents"),
        pytest.param(" Nguyễn  Thị Nga ", "A1  ·  1204", id="spaces"),
        pytest.param(
            unicodedata.normalize("NFD", "Nguyễn Thị Nga"),
            "A1 · 1204",
            id="decomposed-letters",
        ),
    ],
)
def test_the_same_household_twice_is_refused(
    session: Session, group: ResidentialGroup, head: str, address: str
) -> None:
    scope = scope_of(group)
    first = enrol(session, an_enrolment(group, a_phone()), scope=scope)

    with pytest.raises(AlreadyEnrolledError) as refused:
        enrol(session, an_enrolment(group, head=head, address=address), scope=scope)

    assert refused.value.household.public_id == first.public_id
    assert count_of(session, Household) == 1


def test_the_same_name_at_another_door_is_another_household(
    session: Session, group: ResidentialGroup
) -> None:
    scope = scope_of(group)
    enrol(session, an_enrolment(group, address="A1 · 1204"), scope=scope)
    enrol(session, an_enrolment(group, address="A1 · 1205"), scope=scope)
    assert count_of(session, Household) == 2


def test_households_whose_head_has_no_name_yet_are_never_taken_for_one(
    session: Session, group: ResidentialGroup
) -> None:
    scope = scope_of(group)
    for number in ("0912345678", "0987654321"):
        enrolment = an_enrolment(group, a_phone(number), head="", address="A1")
        enrol(session, enrolment, scope=scope)
    assert count_of(session, Household) == 2


def test_the_database_itself_refuses_the_same_household(
    session: Session, group: ResidentialGroup
) -> None:
    first = enrol(session, an_enrolment(group), scope=scope_of(group))
    copy = Household(
        ward_id=first.ward_id,
        group_id=first.group_id,
        address=first.address,
        match_key=first.match_key,
        search_key=first.search_key,
        created_at=NOW,
    )
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(copy)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        pytest.param({"head": "", "address": " "}, "household", "empty", id="nothing"),
        pytest.param({"head": "A" * 121}, "full_name", "too_long", id="long-name"),
        pytest.param({"address": "A" * 201}, "address", "too_long", id="long-door"),
        pytest.param(
            {"head": "Nga\x00"}, "full_name", "control_character", id="nul-byte"
        ),
    ],
)
def test_what_cannot_be_stored_is_refused_by_its_field(
    session: Session,
    group: ResidentialGroup,
    changes: dict[str, str],
    field: str,
    reason: str,
) -> None:
    with pytest.raises(EnrolmentError) as refused:
        enrol(session, an_enrolment(group, **changes), scope=scope_of(group))
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert count_of(session, Household) == 0


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        pytest.param((a_phone("02436577024"),), "not_a_mobile", id="landline"),
        pytest.param((a_phone(), a_phone()), "twice", id="typed-twice"),
    ],
)
def test_a_phone_that_cannot_be_served_is_refused(
    session: Session, group: ResidentialGroup, lines: tuple[NewLine, ...], reason: str
) -> None:
    with pytest.raises(EnrolmentError) as refused:
        enrol(session, an_enrolment(group, *lines), scope=scope_of(group))
    assert (refused.value.field, refused.value.reason) == ("phone", reason)


def test_a_first_month_is_the_first_of_a_month(
    session: Session, group: ResidentialGroup
) -> None:
    line = NewLine(phone=number_of(NGA), first_month=dt.date(2026, 10, 5))
    with pytest.raises(EnrolmentError, match="not_first_of_month"):
        enrol(session, an_enrolment(group, line), scope=scope_of(group))


def test_the_limits_of_the_fields_are_those_of_their_columns() -> None:
    columns = {**Resident.__table__.c, **Household.__table__.c}
    lengths = {name: getattr(columns[name].type, "length", 0) for name in LONGEST}
    assert lengths == LONGEST


def test_of_two_leaders_who_enter_one_phone_at_once_one_is_asked(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        groups = [a_group(session, ward, number=number) for number in (5, 6)]
    start = threading.Barrier(len(groups), timeout=30)
    answers: list[str] = []

    def enter(group: ResidentialGroup) -> None:
        start.wait()
        try:
            with database.writing() as session:
                enrol(session, an_enrolment(group, a_phone()), scope=scope_of(group))
        except SubscriptionsError as error:
            answers.append(error.code)
        else:
            answers.append("enrolled")

    leaders = [threading.Thread(target=enter, args=(group,)) for group in groups]
    for leader in leaders:
        leader.start()
    for leader in leaders:
        leader.join(timeout=60)

    assert sorted(answers) == ["enrolled", LineTakenError.code]

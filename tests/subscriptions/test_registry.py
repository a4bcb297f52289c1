"""Enrolling at a door: who is served, who pays, and what is refused."""

import datetime as dt
import threading
import unicodedata
import uuid

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.enrolments import LONGEST, Enrolment, NewLine, NewResident
from subscriptions.errors import (
    AlreadyEnrolledError,
    EnrolmentError,
    LineTakenError,
    NotInRegisterError,
    SubscriptionsError,
)
from subscriptions.lines import line_holders
from subscriptions.places import Scope, get_group, list_groups
from subscriptions.registry import (
    add_line,
    enrol_household,
    get_household,
    get_resident,
    move_household,
)
from subscriptions.tables.households import (
    Household,
    Line,
    Relation,
    Resident,
    ResidentTag,
    Subscription,
    Tag,
)
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.people import (
    NOW,
    a_group,
    a_household,
    a_ward,
    head_of,
    lines_of,
    number_of,
    scope_of,
)

OCTOBER = dt.date(2026, 10, 1)
NOVEMBER = dt.date(2026, 11, 1)
NGA = "0912345678"


@pytest.fixture
def group(session: Session, ward: Ward) -> ResidentialGroup:
    return a_group(session, ward, number=5)


@pytest.fixture
def next_group(session: Session, ward: Ward) -> ResidentialGroup:
    return a_group(session, ward, number=6)


def an_enrolment(
    group: ResidentialGroup,
    *lines: NewLine,
    head: str = "Nguyễn Thị Nga",
    address: str = "A1 · 1204",
) -> Enrolment:
    return Enrolment(
        group_id=group.id,
        head=NewResident(full_name=head, lines=lines),
        address=address,
    )


def enrol(
    session: Session, enrolment: Enrolment, *, scope: Scope, now: dt.datetime = NOW
) -> Household:
    return enrol_household(session, scope, enrolment, recorded_by=7, now=now)


def a_phone(number: str = NGA, *, shared: bool = False) -> NewLine:
    return NewLine(phone=number_of(number), shared=shared)


def count_of(session: Session, table: type[Household | Resident | Line]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def subscription_of(session: Session, household: Household) -> Subscription:
    return session.scalars(
        select(Subscription)
        .join(Resident, Resident.id == Subscription.resident_id)
        .where(Resident.household_id == household.id)
    ).one()


def test_a_household_comes_in_with_its_people_and_their_phones(
    session: Session, group: ResidentialGroup
) -> None:
    daughter = NewLine(phone=number_of("0987654321"), relation=Relation.RELATIVE)
    mother = NewResident(
        full_name="Trần Thị  Mơ",
        birth_year=1948,
        tags=frozenset({Tag.PENSIONER, Tag.ELDERLY}),
        lines=(daughter,),
    )
    enrolment = Enrolment(
        group_id=group.id,
        head=NewResident(full_name="Nguyễn Thị Nga", lines=(a_phone(),)),
        members=(mother,),
        address="A1 · 1204",
    )

    household = enrol(session, enrolment, scope=scope_of(group))

    assert head_of(session, household).full_name == "Nguyễn Thị Nga"
    assert [line.e164 for line in lines_of(session, household)] == [
        "+84912345678",
        "+84987654321",
    ]
    member = session.scalars(select(Resident).where(~Resident.is_head)).one()
    tags = session.scalars(
        select(ResidentTag.tag).where(ResidentTag.resident_id == member.id)
    )
    assert member.full_name == "Trần Thị Mơ"
    assert set(tags) == {Tag.PENSIONER, Tag.ELDERLY}
    relation = session.scalars(
        select(Subscription.relation).where(Subscription.resident_id == member.id)
    ).one()
    assert relation is Relation.RELATIVE


@pytest.mark.parametrize(
    ("enrolled_at", "first_month"),
    [
        pytest.param(dt.datetime(2026, 10, 5, 2, tzinfo=dt.UTC), NOVEMBER, id="early"),
        pytest.param(
            dt.datetime(2026, 10, 31, 16, 59, tzinfo=dt.UTC), NOVEMBER, id="last-minute"
        ),
        pytest.param(
            dt.datetime(2026, 10, 31, 17, 0, tzinfo=dt.UTC),
            dt.date(2026, 12, 1),
            id="midnight-in-the-ward",
        ),
        pytest.param(
            dt.datetime(2026, 12, 31, 5, tzinfo=dt.UTC),
            dt.date(2027, 1, 1),
            id="new-year",
        ),
    ],
)
def test_a_line_is_charged_from_the_month_after(
    session: Session,
    group: ResidentialGroup,
    enrolled_at: dt.datetime,
    first_month: dt.date,
) -> None:
    enrolment = an_enrolment(group, a_phone())
    household = enrol(session, enrolment, scope=scope_of(group), now=enrolled_at)
    assert subscription_of(session, household).first_month == first_month


def test_a_line_paid_for_at_the_door_is_charged_at_once(
    session: Session, group: ResidentialGroup
) -> None:
    line = NewLine(phone=number_of(NGA), first_month=OCTOBER)
    household = enrol(session, an_enrolment(group, line), scope=scope_of(group))
    assert subscription_of(session, household).first_month == OCTOBER


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


def test_a_shared_phone_is_one_line_and_its_first_home_pays(
    session: Session, group: ResidentialGroup
) -> None:
    first = a_household(session, in_group=group, with_phone=NGA)
    enrolment = an_enrolment(group, a_phone(shared=True))

    second = enrol(session, enrolment, scope=scope_of(group))

    assert count_of(session, Line) == 1
    assert subscription_of(session, first).pays
    assert not subscription_of(session, second).pays
    holders = line_holders(session, lines_of(session, first)[0].id)
    assert [holder.household.id for holder in holders] == [first.id, second.id]


def test_people_of_one_home_share_a_phone_unasked(
    session: Session, group: ResidentialGroup
) -> None:
    husband = NewResident(full_name="Lê Văn Hai", lines=(a_phone(),))
    enrolment = Enrolment(
        group_id=group.id,
        head=NewResident(full_name="Nguyễn Thị Nga", lines=(a_phone(),)),
        members=(husband,),
    )

    enrol(session, enrolment, scope=scope_of(group))

    assert count_of(session, Line) == 1
    assert sorted(session.scalars(select(Subscription.pays))) == [False, True]


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


def test_one_more_line_is_added_and_its_own_home_is_no_obstacle(
    session: Session, group: ResidentialGroup
) -> None:
    household = a_household(session, in_group=group, with_phone=NGA)
    member = Resident(
        ward_id=group.ward_id,
        household_id=household.id,
        full_name="Lê Văn Hai",
        search_key="le van hai",
        sort_key="0",
    )
    session.add(member)
    session.flush()

    added = add_line(
        session,
        scope_of(group),
        member.public_id,
        line=a_phone(),
        recorded_by=7,
        now=NOW,
    )

    assert added.resident_id == member.id
    assert not added.pays


def test_a_phone_that_serves_a_person_already_is_not_added_again(
    session: Session, group: ResidentialGroup
) -> None:
    household = a_household(session, in_group=group, with_phone=NGA)
    head = head_of(session, household).public_id
    with pytest.raises(EnrolmentError, match="twice"):
        add_line(session, scope_of(group), head, line=a_phone(), recorded_by=7, now=NOW)


def test_a_leader_reaches_nothing_of_another_group(
    session: Session, group: ResidentialGroup, next_group: ResidentialGroup
) -> None:
    theirs = a_household(session, in_group=next_group)
    mine = scope_of(group)

    assert [found.id for found in list_groups(session, mine)] == [group.id]
    with pytest.raises(NotInRegisterError):
        get_group(session, mine, next_group.id)
    with pytest.raises(NotInRegisterError):
        get_household(session, mine, theirs.public_id)
    with pytest.raises(NotInRegisterError):
        get_resident(session, mine, head_of(session, theirs).public_id)
    with pytest.raises(NotInRegisterError):
        enrol(session, an_enrolment(next_group), scope=mine)
    with pytest.raises(NotInRegisterError):
        move_household(session, mine, theirs.public_id, group_id=group.id)


def test_a_ward_reaches_nothing_of_another_ward(
    session: Session, group: ResidentialGroup
) -> None:
    theirs = a_household(session, in_group=group)
    mine = Scope(ward_id=a_ward(session, name="Phường Khác").id)
    assert list_groups(session, mine) == []
    with pytest.raises(NotInRegisterError):
        get_household(session, mine, theirs.public_id)
    with pytest.raises(NotInRegisterError):
        get_group(session, mine, group.id)


def test_a_phone_is_a_line_of_its_own_in_each_ward(
    session: Session, group: ResidentialGroup
) -> None:
    elsewhere = a_group(session, a_ward(session, name="Phường Khác"))
    a_household(session, in_group=elsewhere, with_phone=NGA)
    enrol(session, an_enrolment(group, a_phone()), scope=scope_of(group))
    assert count_of(session, Line) == 2


def test_a_merged_group_is_history(
    session: Session, group: ResidentialGroup, next_group: ResidentialGroup
) -> None:
    next_group.merged_into_id = group.id
    session.flush()
    groups = list_groups(session, Scope(ward_id=group.ward_id))
    assert [found.id for found in groups] == [group.id]


def test_a_household_moves_to_another_group(
    session: Session, group: ResidentialGroup, next_group: ResidentialGroup
) -> None:
    scope = Scope(ward_id=group.ward_id)
    household = enrol(session, an_enrolment(group), scope=scope)
    move_household(session, scope, household.public_id, group_id=next_group.id)
    moved = get_household(session, scope_of(next_group), household.public_id)
    assert moved.id == household.id


def test_a_household_does_not_move_to_where_it_is_enrolled_already(
    session: Session, group: ResidentialGroup, next_group: ResidentialGroup
) -> None:
    scope = Scope(ward_id=group.ward_id)
    household = enrol(session, an_enrolment(group), scope=scope)
    enrol(session, an_enrolment(next_group), scope=scope)
    with pytest.raises(AlreadyEnrolledError):
        move_household(session, scope, household.public_id, group_id=next_group.id)


def test_a_resident_nobody_knows_gets_no_line(
    session: Session, group: ResidentialGroup
) -> None:
    with pytest.raises(NotInRegisterError):
        add_line(
            session,
            scope_of(group),
            uuid.uuid4(),
            line=a_phone(),
            recorded_by=7,
            now=NOW,
        )


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

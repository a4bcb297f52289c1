"""Households are found as people look for them, and listed as people list them."""

import pytest
from sqlalchemy.orm import Session

from subscriptions.consents import Evidence, withdraw
from subscriptions.enrolments import Enrolment, NewLine, NewResident
from subscriptions.errors import NotInRegisterError
from subscriptions.lines import mark_unusable, mark_usable
from subscriptions.places import Scope
from subscriptions.register_search import (
    LineStanding,
    describe_household,
    find_households,
)
from subscriptions.registry import enrol_household
from subscriptions.subscription_changes import (
    Decision,
    end_subscription,
    suspend_subscription,
)
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.households import Household, Tag
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.people import (
    EVERYTHING,
    NOTHING,
    NOW,
    a_group,
    a_household,
    a_line,
    head_of,
    lines_of,
    number_of,
    scope_of,
)
from tests.subscriptions.test_subscription_changes import NOVEMBER

IN_ORDER = ["Lê Anh", "Lê Ánh", "Lê Ăn", "Lê Ân", "Lê Dũng", "Lê Đức", "Trần Đức"]
BY_TEXT = Evidence(
    method=ConsentMethod.SMS_KEYWORD, wording_version="2026-01", recorded_by=None
)
LEAVING = Decision(reason="Chuyển đi", from_month=NOVEMBER, recorded_by=7)


@pytest.fixture
def block(session: Session, group: ResidentialGroup) -> Household:
    """Give the home of Bà Phượng, with her son, in a block of flats."""
    son = NewResident(full_name="Đỗ Quốc Huy", tags=frozenset({Tag.POOR}))
    head = NewResident(
        full_name="Nguyễn Thị Phượng",
        tags=frozenset({Tag.PENSIONER, Tag.ELDERLY}),
        lines=(NewLine(phone=number_of("0912345678")),),
    )
    enrolment = Enrolment(
        group_id=group.id,
        head=head,
        members=(son,),
        address="A1 · 1204",
        street="Đường Hoa Ban",
        block="Nhà A1",
    )
    return enrol_household(session, scope_of(group), enrolment, recorded_by=7, now=NOW)


def found(session: Session, scope: Scope, search: str) -> list[str]:
    page = find_households(session, scope, search=search)
    return [card.head.full_name for card in page.cards]


@pytest.mark.parametrize(
    "search",
    [
        pytest.param("Phượng", id="accents"),
        pytest.param("phuong", id="no-accents"),
        pytest.param("phuong nguyen", id="any-order"),
        pytest.param("quoc huy", id="another-member"),
        pytest.param("1204", id="flat"),
        pytest.param("phuong 1204", id="name-and-flat"),
        pytest.param("hoa ban", id="street"),
        pytest.param("nhà a1", id="block"),
        pytest.param("0912", id="first-digits"),
        pytest.param("0912 345 678", id="spaced-digits"),
        pytest.param("0912.345.678", id="dotted-digits"),
        pytest.param("+84912345678", id="country-code"),
        pytest.param("5678", id="last-digits"),
    ],
)
def test_a_household_is_found_by(
    session: Session, group: ResidentialGroup, block: Household, search: str
) -> None:
    a_household(session, in_group=group, head="Trần Văn Lộc", with_phone="0987111222")
    assert found(session, scope_of(group), search) == ["Nguyễn Thị Phượng"]


@pytest.mark.parametrize(
    "search",
    [
        pytest.param("phuong 1205", id="one-word-wrong"),
        pytest.param("84", id="country-code-of-everybody"),
        pytest.param("%", id="percent"),
        pytest.param("a_", id="underscore"),
        pytest.param("0913", id="other-digits"),
    ],
)
def test_a_household_is_not_found_by(
    session: Session, group: ResidentialGroup, block: Household, search: str
) -> None:
    assert found(session, scope_of(group), search) == []


def test_heads_are_listed_as_vietnamese_list_names(
    session: Session, group: ResidentialGroup
) -> None:
    for name in sorted(IN_ORDER):
        a_household(session, in_group=group, head=name)
    assert found(session, scope_of(group), "") == IN_ORDER


def test_pages_follow_one_another_without_gap_or_repeat(
    session: Session, group: ResidentialGroup
) -> None:
    names = [*IN_ORDER, *IN_ORDER]
    for name in names:
        a_household(session, in_group=group, head=name)
    scope = scope_of(group)

    pages = [find_households(session, scope, limit=4)]
    while pages[-1].next is not None:
        pages.append(find_households(session, scope, after=pages[-1].next, limit=4))

    assert [len(page.cards) for page in pages] == [4, 4, 4, 2]
    listed = [card.head.full_name for page in pages for card in page.cards]
    assert listed == sorted(names, key=IN_ORDER.index)
    homes = {card.household.id for page in pages for card in page.cards}
    assert len(homes) == len(names)


def test_a_last_page_that_is_full_has_none_after_it(
    session: Session, group: ResidentialGroup
) -> None:
    for name in IN_ORDER:
        a_household(session, in_group=group, head=name)
    page = find_households(session, scope_of(group), limit=len(IN_ORDER))
    assert page.next is None


def test_a_leader_finds_no_household_of_another_group(
    session: Session, ward: Ward, group: ResidentialGroup, block: Household
) -> None:
    elsewhere = scope_of(a_group(session, ward, number=6))
    assert found(session, elsewhere, "") == []
    assert found(session, elsewhere, "0912") == []
    with pytest.raises(NotInRegisterError):
        describe_household(session, elsewhere, block.public_id)
    with pytest.raises(NotInRegisterError):
        find_households(session, elsewhere, after=block.public_id)


def test_a_page_of_a_household_shows_its_people_tags_and_phones(
    session: Session, group: ResidentialGroup, block: Household
) -> None:
    detail = describe_household(session, scope_of(group), block.public_id)
    head, son = detail.residents
    assert (head.full_name, son.full_name) == ("Nguyễn Thị Phượng", "Đỗ Quốc Huy")
    assert set(detail.tags[head.id]) == {Tag.PENSIONER, Tag.ELDERLY}
    assert detail.tags[son.id] == (Tag.POOR,)
    assert [standing.line.e164 for standing in detail.lines] == ["+84912345678"]


def the_standing(session: Session, household: Household) -> LineStanding:
    scope = Scope(ward_id=household.ward_id)
    [standing] = describe_household(session, scope, household.public_id).lines
    return standing


def test_a_line_that_agreed_may_be_told(
    session: Session, group: ResidentialGroup
) -> None:
    home = a_household(session, in_group=group, with_phone="0912345678")
    standing = the_standing(session, home)
    assert all(standing.may_be_told(purpose) for purpose in EVERYTHING)


def test_a_line_may_not_be_told_what_it_never_agreed_to(
    session: Session, group: ResidentialGroup
) -> None:
    home = a_household(
        session, in_group=group, with_phone="0912345678", consenting_to=NOTHING
    )
    assert not the_standing(session, home).may_be_told(Purpose.NOTICES)


def test_a_line_may_not_be_told_what_it_withdrew(
    session: Session, group: ResidentialGroup
) -> None:
    home = a_household(session, in_group=group, with_phone="0912345678")
    line = lines_of(session, home)[0]
    withdraw(session, line.id, {Purpose.NOTICES}, evidence=BY_TEXT, now=NOW)
    standing = the_standing(session, home)
    assert not standing.may_be_told(Purpose.NOTICES)
    assert standing.may_be_told(Purpose.PENSION)


def test_a_line_that_cannot_be_reached_may_not_be_told_until_it_can(
    session: Session, group: ResidentialGroup
) -> None:
    home = a_household(session, in_group=group, with_phone="0912345678")
    line = lines_of(session, home)[0]
    mark_unusable(session, line.id, "unknown_subscriber")
    assert not the_standing(session, home).may_be_told(Purpose.NOTICES)
    mark_usable(session, line.id)
    assert the_standing(session, home).may_be_told(Purpose.NOTICES)


def test_a_suspended_line_may_not_be_told(
    session: Session, group: ResidentialGroup
) -> None:
    home = a_household(session, in_group=group, with_phone="0912345678")
    subscription = the_standing(session, home).subscription
    suspend_subscription(
        session, scope_of(group), subscription.public_id, decision=LEAVING, now=NOW
    )
    assert not the_standing(session, home).may_be_told(Purpose.NOTICES)


def test_a_phone_that_ended_is_neither_shown_nor_found(
    session: Session, group: ResidentialGroup
) -> None:
    home = a_household(session, in_group=group, with_phone="0912345678")
    kept = a_line(session, of=home, phone="0987111222")
    ended = describe_household(session, scope_of(group), home.public_id).lines[0]
    end_subscription(
        session,
        scope_of(group),
        ended.subscription.public_id,
        decision=LEAVING,
        now=NOW,
    )
    assert the_standing(session, home).line.id == kept.id
    assert found(session, scope_of(group), "0912345678") == []
    assert found(session, scope_of(group), "0987111222") == [
        head_of(session, home).full_name
    ]

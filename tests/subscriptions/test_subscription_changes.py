"""Suspended, resumed, ended: texts stop at once, the charge by the month."""

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from subscriptions.enrolments import NewLine
from subscriptions.errors import (
    EnrolmentError,
    NotInRegisterError,
    SubscriptionStateError,
)
from subscriptions.registry import add_line
from subscriptions.subscription_changes import (
    Decision,
    end_subscription,
    list_changes,
    resume_subscription,
    suspend_subscription,
)
from subscriptions.tables.households import (
    Household,
    Resident,
    Subscription,
    SubscriptionStatus,
)
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.people import (
    NOW,
    a_group,
    a_household,
    head_of,
    number_of,
    scope_of,
)

OCTOBER = dt.date(2026, 10, 1)
NOVEMBER = dt.date(2026, 11, 1)
DECEMBER = dt.date(2026, 12, 1)
NGA = "0912345678"

Change = Callable[..., Subscription]


@pytest.fixture
def household(session: Session, group: ResidentialGroup) -> Household:
    return a_household(session, in_group=group, with_phone=NGA)


@pytest.fixture
def subscription(session: Session, household: Household) -> Subscription:
    return subscription_of(session, household)


def subscription_of(session: Session, household: Household) -> Subscription:
    return session.scalars(
        select(Subscription)
        .join(Resident, Resident.id == Subscription.resident_id)
        .where(Resident.household_id == household.id)
    ).one()


def decided(
    reason: str = "Đi vắng dài ngày", from_month: dt.date = NOVEMBER
) -> Decision:
    return Decision(reason=reason, from_month=from_month, recorded_by=7)


def change(
    session: Session,
    subscription: Subscription,
    how: Change,
    *,
    group: ResidentialGroup,
    decision: Decision | None = None,
) -> Subscription:
    return how(
        session,
        scope_of(group),
        subscription.public_id,
        decision=decision or decided(),
        now=NOW,
    )


def test_a_change_is_kept_with_its_reason_and_its_month(
    session: Session, group: ResidentialGroup, subscription: Subscription
) -> None:
    change(session, subscription, suspend_subscription, group=group)
    back = decided("Đã về", DECEMBER)
    change(session, subscription, resume_subscription, group=group, decision=back)

    kept = list_changes(session, subscription.id)

    assert [(row.status, row.from_month, row.reason) for row in kept] == [
        (SubscriptionStatus.SUSPENDED, NOVEMBER, "Đi vắng dài ngày"),
        (SubscriptionStatus.ACTIVE, DECEMBER, "Đã về"),
    ]
    assert subscription.status is SubscriptionStatus.ACTIVE


def test_who_is_ended_pays_last_for_the_month_before(
    session: Session, group: ResidentialGroup, subscription: Subscription
) -> None:
    leaving = decided("Chuyển đi", DECEMBER)
    change(session, subscription, end_subscription, group=group, decision=leaving)
    assert subscription.status is SubscriptionStatus.ENDED
    assert subscription.last_month == NOVEMBER


def test_when_the_payer_of_a_shared_phone_leaves_the_next_home_pays(
    session: Session, group: ResidentialGroup, subscription: Subscription
) -> None:
    heir = subscription_of(
        session, a_household(session, in_group=group, head="Lê Văn Hai", with_phone=NGA)
    )
    leaving = decided("Chuyển đi", DECEMBER)
    change(session, subscription, end_subscription, group=group, decision=leaving)
    assert heir.pays
    assert heir.first_month == DECEMBER


def test_when_another_home_leaves_the_payer_still_pays(
    session: Session, group: ResidentialGroup, subscription: Subscription
) -> None:
    guest = subscription_of(
        session, a_household(session, in_group=group, head="Lê Văn Hai", with_phone=NGA)
    )
    change(session, guest, end_subscription, group=group)
    assert subscription.pays
    assert subscription.first_month == NOVEMBER


def test_who_ended_is_enrolled_again_on_the_same_line(
    session: Session,
    group: ResidentialGroup,
    household: Household,
    subscription: Subscription,
) -> None:
    change(session, subscription, end_subscription, group=group)

    again = add_line(
        session,
        scope_of(group),
        head_of(session, household).public_id,
        line=NewLine(phone=number_of(NGA), first_month=DECEMBER),
        recorded_by=7,
        now=NOW,
    )

    assert again.id == subscription.id
    assert (again.status, again.pays) == (SubscriptionStatus.ACTIVE, True)
    assert again.last_month is None
    last = list_changes(session, subscription.id)[-1]
    assert (last.status, last.from_month) == (SubscriptionStatus.ACTIVE, DECEMBER)


@pytest.mark.parametrize(
    ("before", "then", "reason"),
    [
        pytest.param(
            suspend_subscription, suspend_subscription, "is_suspended", id="twice"
        ),
        pytest.param(None, resume_subscription, "is_active", id="resume-active"),
        pytest.param(
            end_subscription, resume_subscription, "is_ended", id="resume-ended"
        ),
        pytest.param(
            end_subscription, suspend_subscription, "is_ended", id="suspend-ended"
        ),
        pytest.param(end_subscription, end_subscription, "is_ended", id="end-ended"),
    ],
)
def test_a_change_that_its_status_forbids_is_refused(
    session: Session,
    group: ResidentialGroup,
    subscription: Subscription,
    before: Change | None,
    then: Change,
    reason: str,
) -> None:
    if before is not None:
        change(session, subscription, before, group=group)
    known = len(list_changes(session, subscription.id))
    with pytest.raises(SubscriptionStateError) as refused:
        change(session, subscription, then, group=group)
    assert refused.value.reason == reason
    assert len(list_changes(session, subscription.id)) == known


@pytest.mark.parametrize(
    ("decision", "field", "reason"),
    [
        pytest.param(decided(" "), "reason", "empty", id="no-reason"),
        pytest.param(decided("A" * 201), "reason", "too_long", id="long-reason"),
        pytest.param(
            decided("Đi\x00vắng"), "reason", "control_character", id="odd-reason"
        ),
        pytest.param(
            decided(from_month=dt.date(2026, 11, 5)),
            "from_month",
            "not_first_of_month",
            id="mid-month",
        ),
        pytest.param(
            decided(from_month=dt.date(2026, 9, 1)), "from_month", "is_past", id="past"
        ),
    ],
)
def test_a_decision_that_cannot_count_is_refused(
    session: Session,
    group: ResidentialGroup,
    subscription: Subscription,
    decision: Decision,
    field: str,
    reason: str,
) -> None:
    with pytest.raises(EnrolmentError) as refused:
        change(
            session,
            subscription,
            suspend_subscription,
            group=group,
            decision=decision,
        )
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert subscription.status is SubscriptionStatus.ACTIVE


def test_a_leader_changes_nothing_of_another_group(
    session: Session, ward: Ward, subscription: Subscription
) -> None:
    elsewhere = a_group(session, ward, number=6)
    with pytest.raises(NotInRegisterError):
        change(session, subscription, end_subscription, group=elsewhere)
    assert subscription.status is SubscriptionStatus.ACTIVE


def test_no_change_is_ever_rewritten(
    session: Session, group: ResidentialGroup, subscription: Subscription
) -> None:
    change(session, subscription, suspend_subscription, group=group)
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(text("UPDATE subscription_changes SET reason = 'x'"))

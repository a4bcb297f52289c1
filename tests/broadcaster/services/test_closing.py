import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from sqlalchemy import func, select

from broadcaster.errors import MonthBlockedError, NotAllowedError, NotFoundError
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.permissions import Role
from broadcaster.services.closing import Obstacle, close_month, what_blocks_closing
from broadcaster.services.statements import recompute, statement, stored_sums
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message, UsageLine
from broadcaster.store.tables.staff import JournalEntry
from broadcaster.store.usage_booking import AcceptedText, book_usage
from subscriptions.booking import find_month
from subscriptions.charges import charge_month
from subscriptions.payments import NewPayment, record_payment, reverse_payment
from subscriptions.remittances import hand_in
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import (
    AdjustmentKind,
    BillingMonth,
    MonthState,
    Payment,
    PaymentMethod,
)
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.accounts import an_account
from tests.builders.ledger import (
    LEADER,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    a_paying_household,
    a_tariff,
    a_text,
    after,
    an_exemption,
    charge,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    ward: Ward
    group: ResidentialGroup
    home: Household


def a_charged_october(database: Database) -> Place:
    """Charge two lines, take 3,000 đ, send three segments for 1,650 đ."""
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        home = a_paying_household(session, in_group=group, lines=2)
        charge(session, ward, OCTOBER)
        pay(session, home, 3000, now=in_month(OCTOBER))
        a_tariff(session, 550)
        a_text(session, ward, day=OCTOBER, segments=3)
    return Place(ward=ward, group=group, home=home)


def close(database: Database, ward: Ward, month: dt.date) -> BillingMonth:
    return close_month(database, ward.id, month, actor=None, now=after(month))


def reasons(database: Database, ward: Ward, month: dt.date) -> dict[Obstacle, int]:
    with database.reading() as session:
        found = what_blocks_closing(session, ward.id, month, now=after(month))
    return {blocker.reason: blocker.amount for blocker in found}


def assert_unchanged(database: Database, ward: Ward, month: dt.date) -> None:
    with database.reading() as session:
        row = find_month(session, ward.id, month)
        assert row is not None
        assert recompute(session, ward.id, month) == stored_sums(row)


def test_a_month_is_frozen_on_its_sums_and_its_usage(database: Database) -> None:
    place = a_charged_october(database)

    closed = close(database, place.ward, OCTOBER)

    assert closed.state is MonthState.CLOSED
    assert (closed.charged_vnd, closed.collected_vnd) == (6000, 3000)
    assert (closed.segments, closed.usage_vnd) == (3, 1650)
    with database.reading() as session:
        (line,) = session.scalars(select(UsageLine))
        assert (line.carrier, line.kind, line.gateway) == ("Viettel", "care", "memory")
        assert (line.messages, line.segments, line.cost_vnd) == (1, 3, 1650)
    assert_unchanged(database, place.ward, OCTOBER)


def test_closing_again_gives_the_same_and_changes_nothing(database: Database) -> None:
    place = a_charged_october(database)
    first = close(database, place.ward, OCTOBER)

    again = close_month(
        database, place.ward.id, OCTOBER, actor=None, now=after(NOVEMBER)
    )

    assert again.closed_at == first.closed_at
    assert stored_sums(again) == stored_sums(first)
    with database.reading() as session:
        acts = list(session.scalars(select(JournalEntry.act)))
        assert acts.count("month.closed") == 1
        assert session.scalar(select(func.count()).select_from(UsageLine)) == 1


def test_a_month_that_is_not_over_stays_open(database: Database) -> None:
    place = a_charged_october(database)
    last_minute = dt.datetime(2026, 10, 31, 16, 59, tzinfo=dt.UTC)

    with pytest.raises(MonthBlockedError) as caught:
        close_month(database, place.ward.id, OCTOBER, actor=None, now=last_minute)

    assert caught.value.reasons == ["not_over"]
    with database.reading() as session:
        row = find_month(session, place.ward.id, OCTOBER)
        assert row is not None
        assert row.state is MonthState.COLLECTING


def test_months_are_closed_in_order(database: Database) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        charge(session, place.ward, NOVEMBER)

    with pytest.raises(MonthBlockedError) as caught:
        close(database, place.ward, NOVEMBER)
    assert caught.value.reasons == ["out_of_order"]

    close(database, place.ward, OCTOBER)
    assert close(database, place.ward, NOVEMBER).state is MonthState.CLOSED
    assert Obstacle.OUT_OF_ORDER in reasons(database, place.ward, SEPTEMBER)


def test_every_line_is_charged_before_a_month_is_closed(database: Database) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        a_paying_household(session, in_group=place.group, lines=3)

    assert reasons(database, place.ward, OCTOBER)[Obstacle.CHARGES_MISSING] == 3
    with pytest.raises(MonthBlockedError, match="charges_missing"):
        close(database, place.ward, OCTOBER)


@pytest.mark.parametrize("state", [MessageState.QUEUED, MessageState.SUBMITTING])
def test_a_text_under_way_keeps_its_month_open(
    database: Database, state: MessageState
) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        a_text(session, place.ward, day=NOVEMBER, state=state)
    assert Obstacle.TEXTS_UNDECIDED not in reasons(database, place.ward, OCTOBER)
    with database.writing() as session:
        a_text(session, place.ward, day=dt.date(2026, 10, 31), state=state)

    with pytest.raises(MonthBlockedError, match="texts_undecided"):
        close(database, place.ward, OCTOBER)


def test_a_text_without_a_price_keeps_its_month_open(database: Database) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        a_text(session, place.ward, day=OCTOBER, carrier="MobiFone", segments=2)

    assert reasons(database, place.ward, OCTOBER)[Obstacle.TARIFF_MISSING] == 2
    with pytest.raises(MonthBlockedError, match="tariff_missing"):
        close(database, place.ward, OCTOBER)


def test_what_may_come_late_only_warns(database: Database) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        a_text(session, place.ward, day=OCTOBER, state=MessageState.IN_DOUBT)
        an_exemption(session, place.home, approved=False)
        hand_in(session, place.group, handed_by=LEADER, now=in_month(OCTOBER))
        pay(session, place.home, 500, now=in_month(OCTOBER))

    assert reasons(database, place.ward, OCTOBER) == {
        Obstacle.TEXTS_IN_DOUBT: 1,
        Obstacle.EXEMPTIONS_WAITING: 1,
        Obstacle.CASH_IN_HAND: 500,
        Obstacle.HAND_INS_UNMATCHED: 3000,
    }
    assert close(database, place.ward, OCTOBER).state is MonthState.CLOSED


def test_a_closed_month_stays_as_it_is_whatever_comes_late(database: Database) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        in_doubt = a_text(
            session, place.ward, day=OCTOBER, segments=2, state=MessageState.IN_DOUBT
        )
        paid = session.scalars(select(Payment)).one()
    close(database, place.ward, OCTOBER)
    now = in_month(NOVEMBER)

    with database.writing() as session:
        late = AcceptedText(
            message_id=in_doubt.id,
            ward_id=place.ward.id,
            carrier="Viettel",
            segments=2,
            accepted_at=in_month(OCTOBER, day=20),
        )
        book_usage(session, [late], now=now)
        new = NewPayment(
            amount_vnd=1000,
            method=PaymentMethod.CASH,
            received_by=LEADER,
            idempotency_key="late",
            paid_at=in_month(OCTOBER, day=30),
        )
        record_payment(session, place.home, new, now=now)
        reverse_payment(session, paid, reversed_by=LEADER, now=now)
        a_paying_household(session, in_group=place.group)
        charge_month(session, place.ward.id, OCTOBER, now=now)
        charge_month(session, place.ward.id, NOVEMBER, now=now)
        a_tariff(session, 700, since=dt.date(2026, 11, 5))

    assert_unchanged(database, place.ward, OCTOBER)
    with database.reading() as session:
        november = statement(session, place.ward.id, NOVEMBER)
        assert november.adjusted_vnd(AdjustmentKind.USAGE) == 1100
        assert november.adjusted_vnd(AdjustmentKind.PAYMENT) == 1000 - 3000
        assert november.adjusted_vnd(AdjustmentKind.CHARGE) == 3000
        assert (november.due_vnd, november.collected_vnd) == (9000, 0)
        assert november.usage_vnd == 0
    close(database, place.ward, NOVEMBER)
    assert_unchanged(database, place.ward, NOVEMBER)
    assert_unchanged(database, place.ward, OCTOBER)


def test_a_month_closed_from_two_desks_is_closed_once(database: Database) -> None:
    place = a_charged_october(database)
    barrier = Barrier(2)

    def desk(_: int) -> dt.datetime | None:
        barrier.wait(timeout=30)
        return close(database, place.ward, OCTOBER).closed_at

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(desk, range(2))) == {after(OCTOBER)}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(UsageLine)) == 1


def test_only_who_keeps_the_ledger_closes_a_month(database: Database) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        leader = an_account(
            session,
            Role.LEADER,
            ward_id=place.ward.id,
            group_ids=frozenset({place.group.id}),
        )
        elsewhere = an_account(
            session, Role.ACCOUNTANT, ward_id=a_ward(session, name="Phường Bên").id
        )
        accountant = an_account(
            session, Role.ACCOUNTANT, ward_id=place.ward.id, username="ke-toan"
        )
    now = after(OCTOBER)

    with pytest.raises(NotAllowedError):
        close_month(database, place.ward.id, OCTOBER, actor=leader, now=now)
    with pytest.raises(NotFoundError):
        close_month(database, place.ward.id, OCTOBER, actor=elsewhere, now=now)
    closed = close_month(database, place.ward.id, OCTOBER, actor=accountant, now=now)
    assert closed.closed_by == accountant.account_id


def test_a_text_accepted_while_its_month_closes_is_in_its_sum_or_in_the_next(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_tariff(session, 550)
        in_doubt = [
            a_text(session, ward, day=OCTOBER, state=MessageState.IN_DOUBT)
            for _ in range(5)
        ]
    barrier = Barrier(len(in_doubt) + 1)

    def accept(message: Message) -> None:
        barrier.wait(timeout=30)
        text = AcceptedText(
            message_id=message.id,
            ward_id=ward.id,
            carrier=message.carrier,
            segments=message.segments,
            accepted_at=in_month(OCTOBER),
        )
        with database.writing() as session:
            book_usage(session, [text], now=after(OCTOBER))

    def shut() -> None:
        barrier.wait(timeout=30)
        close(database, ward, OCTOBER)

    with ThreadPoolExecutor(len(in_doubt) + 1) as pool:
        closing = pool.submit(shut)
        list(pool.map(accept, in_doubt))
        closing.result()

    assert_unchanged(database, ward, OCTOBER)
    with database.reading() as session:
        october = statement(session, ward.id, OCTOBER)
        november = statement(session, ward.id, NOVEMBER)
        assert october.usage_vnd + november.cost_vnd == 550 * len(in_doubt)

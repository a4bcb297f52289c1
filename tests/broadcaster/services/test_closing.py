"""A closed month is frozen on its sums, whatever comes late."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.closing import close_month
from broadcaster.services.statements import statement, stored_sums
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.staff import JournalEntry
from broadcaster.store.tables.usage import UsageLine
from broadcaster.store.usage_booking import AcceptedText, book_usage
from subscriptions.charges import charge_month
from subscriptions.payments import NewPayment, record_payment, reverse_payment
from subscriptions.tables.ledger import (
    AdjustmentKind,
    MonthState,
    Payment,
    PaymentMethod,
)
from tests.builders.ledger import (
    LEADER,
    NOVEMBER,
    OCTOBER,
    a_paying_household,
    a_tariff,
    a_text,
    after,
    in_month,
)
from tests.builders.months import a_charged_october, assert_unchanged, close
from tests.builders.people import a_ward


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
            gateway="memory",
            carrier="Viettel",
            tariff_kind="care",
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
            gateway=message.gateway,
            carrier=message.carrier,
            tariff_kind=message.tariff_kind,
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

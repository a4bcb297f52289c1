"""What the telco took is paid for once: in its day's month, or the first open one."""

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.ports import Outcome, Receipt, ReceiptStatus, Submission, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.receipts import interpret_waiting, take_receipt
from broadcaster.store.outbox import record
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message, MessageLeg
from broadcaster.store.usage_booking import AcceptedText, book_leg_usage, book_usage
from subscriptions.tables.ledger import Adjustment, BillingMonth, MonthState
from subscriptions.tables.places import Ward
from tests.builders.ledger import a_tariff
from tests.builders.messages import GATEWAY, a_window, many_texts
from tests.builders.people import NOW, a_ward
from tests.builders.usage import BY_SMS, BY_ZALO, a_price, a_way_out, go_on_by, take

OCTOBER = dt.date(2026, 10, 1)
NOVEMBER = dt.date(2026, 11, 1)
LAST_OF_OCTOBER = dt.datetime(2026, 10, 31, 16, 59, tzinfo=dt.UTC)
"""One minute to midnight in the ward."""
FIRST_OF_NOVEMBER = LAST_OF_OCTOBER + dt.timedelta(minutes=1)


def on_the_wire(database: Database, count: int) -> tuple[int, list[Submission]]:
    with database.writing() as session:
        ward = a_ward(session)
        many_texts(session, ward, count)
        a_tariff(session, 800, carrier="VinaPhone")
        return ward.id, a_window(session, limit=count)


def accept(
    session: Session, texts: list[Submission], *, ward_id: int, now: dt.datetime
) -> None:
    done = [Outcome(message_id=t.message_id, verdict=Verdict.ACCEPTED) for t in texts]
    record(session, done, ward_ids=[ward_id], now=now)


def booked(session: Session) -> set[tuple[dt.date | None, dt.date | None]]:
    rows = session.execute(select(Message.usage_day, Message.usage_month))
    return {(row.usage_day, row.usage_month) for row in rows}


@pytest.mark.parametrize(
    ("now", "day", "month"),
    [
        pytest.param(LAST_OF_OCTOBER, dt.date(2026, 10, 31), OCTOBER, id="October"),
        pytest.param(FIRST_OF_NOVEMBER, NOVEMBER, NOVEMBER, id="midnight"),
    ],
)
def test_texts_are_booked_on_the_wards_own_day(
    database: Database, now: dt.datetime, day: dt.date, month: dt.date
) -> None:
    ward_id, texts = on_the_wire(database, 3)
    with database.writing() as session:
        accept(session, texts, ward_id=ward_id, now=now)
        assert booked(session) == {(day, month)}
        assert session.scalars(select(Adjustment)).all() == []


def test_what_is_taken_in_a_closed_month_is_an_adjustment_of_the_next(
    database: Database,
) -> None:
    ward_id, texts = on_the_wire(database, 2)
    with database.writing() as session:
        session.add(
            BillingMonth(
                ward_id=ward_id,
                month=OCTOBER,
                state=MonthState.CLOSED,
                opened_at=NOW,
                closed_at=NOW,
            )
        )
        session.flush()
        accept(session, texts, ward_id=ward_id, now=LAST_OF_OCTOBER)
        assert booked(session) == {(dt.date(2026, 10, 31), NOVEMBER)}
        late = session.scalars(select(Adjustment)).all()
        assert {(a.booked_month, a.concerns_month, a.amount_vnd) for a in late} == {
            (NOVEMBER, OCTOBER, 800)
        }
        assert len(late) == 2


def test_a_text_whose_receipt_came_first_is_booked_once(database: Database) -> None:
    ward_id, texts = on_the_wire(database, 1)
    receipt = Receipt(
        reference=str(texts[0].reference),
        provider_id="M1",
        status=ReceiptStatus.DELIVERED,
        raw_status="delivered",
    )
    take_receipt(database, GATEWAY, receipt, now=NOW)
    interpret_waiting(database, now=NOW)
    with database.writing() as session:
        accept(session, texts, ward_id=ward_id, now=FIRST_OF_NOVEMBER)
        assert booked(session) == {(dt.date(2026, 10, 5), OCTOBER)}
        assert session.scalar(select(func.count()).select_from(Adjustment)) == 0


@pytest.mark.parametrize("verdict", sorted(set(Verdict) - {Verdict.ACCEPTED}))
def test_what_the_telco_did_not_say_it_took_costs_nothing(
    database: Database, verdict: Verdict
) -> None:
    ward_id, [text] = on_the_wire(database, 1)
    with database.writing() as session:
        told = Outcome(message_id=text.message_id, verdict=verdict)
        record(session, [told], ward_ids=[ward_id], now=NOW)
        assert booked(session) == {(None, None)}


def a_closed_october(session: Session, ward: Ward) -> None:
    session.add(
        BillingMonth(
            ward_id=ward.id,
            month=OCTOBER,
            state=MonthState.CLOSED,
            opened_at=NOW,
            closed_at=NOW,
        )
    )
    session.flush()


def a_leg_taken(session: Session, ward: Ward, *, at: dt.datetime) -> MessageLeg:
    """Give a Zalo leg of which it came out, after the SMS, that Zalo had taken it."""
    message = a_way_out(session, ward, BY_ZALO, state=MessageState.IN_DOUBT)
    leg = go_on_by(session, message)
    take(session, leg, at=at)
    return leg


def test_a_leg_whose_receipt_comes_late_is_booked_on_its_day(
    database: Database,
) -> None:
    with database.writing() as session:
        leg = a_leg_taken(session, a_ward(session), at=LAST_OF_OCTOBER)
        book_leg_usage(session, [leg.id], now=FIRST_OF_NOVEMBER)
        session.refresh(leg)
        assert (leg.usage_day, leg.usage_month) == (dt.date(2026, 10, 31), OCTOBER)
        assert booked(session) == {(None, None)}
        assert session.scalars(select(Adjustment)).all() == []


def test_a_leg_of_a_closed_month_is_an_adjustment_at_zalos_price(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_closed_october(session, ward)
        a_price(session, 800, kind=BY_ZALO.kind)
        a_price(session, 200, kind=BY_ZALO.kind, gateway=BY_ZALO.gateway)
        leg = a_leg_taken(session, ward, at=LAST_OF_OCTOBER)
        for _ in range(2):
            book_leg_usage(session, [leg.id], now=FIRST_OF_NOVEMBER)
        session.refresh(leg)
        assert leg.usage_month == NOVEMBER
        [late] = session.scalars(select(Adjustment))
        assert (late.amount_vnd, late.reference) == (200, f"leg:{leg.id}")
        assert (late.booked_month, late.concerns_month) == (NOVEMBER, OCTOBER)


def test_a_leg_that_was_not_taken_is_never_booked(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        leg = go_on_by(
            session, a_way_out(session, ward, BY_ZALO, state=MessageState.REFUSED)
        )
        book_leg_usage(session, [leg.id], now=NOW)
        session.refresh(leg)
        assert (leg.usage_day, leg.usage_month) == (None, None)


def test_a_message_may_be_late_by_both_channels(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_closed_october(session, ward)
        a_price(session, 200, kind=BY_ZALO.kind)
        a_price(session, 800)
        message = a_way_out(session, ward, BY_ZALO, state=MessageState.IN_DOUBT)
        for way, cost_vnd in ((BY_ZALO, 200), (BY_SMS, 1000)):
            late = AcceptedText(
                message_id=message.id,
                ward_id=ward.id,
                gateway=way.gateway,
                carrier=way.carrier,
                tariff_kind=way.kind,
                segments=way.segments,
                accepted_at=LAST_OF_OCTOBER,
            )
            book_usage(session, [late], now=FIRST_OF_NOVEMBER)
            session.refresh(message)
            booked_vnd = session.scalar(select(func.sum(Adjustment.amount_vnd)))
            assert booked_vnd == cost_vnd
            go_on_by(session, message)

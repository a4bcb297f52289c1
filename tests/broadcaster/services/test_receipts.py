"""Reports come early, late, twice and in any order, and end the same."""

import datetime as dt
import itertools
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import Blame, Outcome, Receipt, ReceiptStatus, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.dispatch import drain
from broadcaster.services.flights import LEASE
from broadcaster.services.receipts import interpret_waiting, take_receipt
from broadcaster.store.outbox import record
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message, RawCallback
from subscriptions.tables.households import Line, LineStatus
from subscriptions.tables.ledger import (
    Adjustment,
    AdjustmentKind,
    BillingMonth,
    MonthState,
)
from tests.builders.messages import GATEWAY, a_text, a_window, lines_in
from tests.builders.people import NOW, a_ward
from tests.builders.sending import a_route
from tests.fakes import HandClock

A, K, D = (
    ReceiptStatus.ACCEPTED,
    ReceiptStatus.ACKNOWLEDGED,
    ReceiptStatus.DELIVERED,
)
ORDERS = sorted(set(itertools.permutations([A, A, K, K, D, D])))
ANSWER = "answer"


def a_receipt(
    reference: object, status: ReceiptStatus, *, raw: str = "", **facts: Any
) -> Receipt:
    return Receipt(
        reference=None if reference is None else str(reference),
        status=status,
        raw_status=raw or status,
        provider_id=facts.pop("provider_id", "SM1"),
        **facts,
    )


def on_the_wire(database: Database, count: int = 1) -> list[uuid.UUID]:
    """Claim as many texts, and return their references."""
    with database.writing() as session:
        ward = a_ward(session)
        for line in lines_in(session, ward, count):
            a_text(session, ward, line=line)
        window = a_window(session, limit=count, now=NOW)
        return [text.reference for text in window]


def find(database: Database, reference: uuid.UUID) -> Message:
    with database.reading() as session:
        query = select(Message).where(Message.public_id == reference)
        return session.scalars(query).one()


def answer(database: Database, reference: uuid.UUID) -> None:
    """Record that the telco answered the submission: accepted."""
    with database.writing() as session:
        query = select(Message.id).where(Message.public_id == reference)
        accepted = Outcome(
            message_id=session.scalars(query).one(),
            verdict=Verdict.ACCEPTED,
            provider_id="SM1",
        )
        record(session, [accepted], now=NOW)


def take(database: Database, *receipts: Receipt, gateway: str = GATEWAY) -> list[bool]:
    return [take_receipt(database, gateway, r, now=NOW) for r in receipts]


def test_every_order_twice_over_ends_delivered(database: Database) -> None:
    """Each of the 90 orders has a text of its own; steps are read one by one."""
    references = on_the_wire(database, len(ORDERS))
    for step in range(6):
        for reference, order in zip(references, ORDERS, strict=True):
            # repeats are told apart by raw_status, or storing would drop the second
            raw = f"{order[step]}-{step}"
            take(database, a_receipt(reference, order[step], raw=raw))
        interpret_waiting(database, now=NOW)
    with database.reading() as session:
        rows = session.scalars(select(Message)).all()
    assert {row.state for row in rows} == {MessageState.DELIVERED}
    assert {row.usage_month for row in rows} == {dt.date(2026, 10, 1)}
    assert {row.provider_id for row in rows} == {"SM1"}


STEPS = st.lists(st.sampled_from([A, K, D, D, ANSWER]), min_size=1, max_size=8).filter(
    lambda steps: D in steps
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(runs=st.lists(st.tuples(STEPS, st.booleans()), min_size=1, max_size=20))
def test_the_answer_may_come_anywhere_among_the_receipts(
    database: Database, runs: Sequence[tuple[list[str], bool]]
) -> None:
    with database.writing() as session:
        for row in session.scalars(select(RawCallback)):
            session.delete(row)
    for steps, read_at_once in runs:
        [reference] = on_the_wire(database)
        for number, step in enumerate(steps):
            if step == ANSWER:
                answer(database, reference)
            else:
                status = ReceiptStatus(step)
                take(database, a_receipt(reference, status, raw=f"{step}-{number}"))
            if read_at_once:
                interpret_waiting(database, now=NOW)
        interpret_waiting(database, now=NOW)
        message = find(database, reference)
        assert message.state is MessageState.DELIVERED
        assert message.window_id is None
        assert message.accepted_at == NOW


def test_the_same_report_twice_is_kept_once(database: Database) -> None:
    [reference] = on_the_wire(database)
    assert take(database, *[a_receipt(reference, D)] * 2) == [True, False]
    assert interpret_waiting(database, now=NOW) == 1
    assert interpret_waiting(database, now=NOW) == 0


def test_a_report_that_beats_the_answer_proves_that_the_text_was_taken(
    database: Database,
) -> None:
    [reference] = on_the_wire(database)
    take(database, a_receipt(reference, D))
    interpret_waiting(database, now=NOW)
    message = find(database, reference)
    assert message.state is MessageState.DELIVERED
    assert message.usage_day == dt.date(2026, 10, 5)
    answer(database, reference)
    assert find(database, reference).state is MessageState.DELIVERED


def test_a_report_of_a_text_refused_for_now_keeps_it_from_leaving_again(
    database: Database,
) -> None:
    (reference,) = on_the_wire(database)
    refused = Outcome(
        message_id=find(database, reference).id, verdict=Verdict.LATER, code="20429"
    )
    with database.writing() as session:
        record(session, [refused], now=NOW)
    assert find(database, reference).state is MessageState.QUEUED
    take_receipt(database, GATEWAY, a_receipt(reference, D), now=NOW)
    interpret_waiting(database, now=NOW)
    later = NOW + dt.timedelta(hours=2)
    with database.writing() as session:
        assert a_window(session, limit=9, now=later) == []
    assert find(database, reference).state is MessageState.DELIVERED


def test_a_report_of_an_unknown_text_waits_and_is_never_dropped(
    database: Database,
) -> None:
    take(database, a_receipt(uuid.uuid4(), D), a_receipt("not-a-reference", D))
    clock = HandClock(NOW)
    looks = 0
    for _ in range(24 * 60):
        looks += interpret_waiting(database, now=clock.turn(minutes=1))
    assert 2 * 8 <= looks <= 2 * 14
    with database.reading() as session:
        kept = session.scalars(select(RawCallback.interpreted_at)).all()
    assert kept == [None, None]


def test_unknown_reports_do_not_hold_up_the_known(database: Database) -> None:
    for _ in range(600):
        take(database, a_receipt(uuid.uuid4(), D))
    [reference] = on_the_wire(database)
    take(database, a_receipt(reference, D))
    interpret_waiting(database, now=NOW)
    assert find(database, reference).state is MessageState.DELIVERED


def test_a_report_that_names_only_the_telcos_id_finds_its_text_later(
    database: Database,
) -> None:
    [reference] = on_the_wire(database)
    take(database, a_receipt(None, D))
    interpret_waiting(database, now=NOW)
    assert find(database, reference).state is MessageState.SUBMITTING
    answer(database, reference)
    interpret_waiting(database, now=NOW + dt.timedelta(seconds=1))
    assert find(database, reference).state is MessageState.DELIVERED


def test_a_report_by_another_gateway_moves_nothing(database: Database) -> None:
    [reference] = on_the_wire(database)
    take(database, a_receipt(reference, D), gateway="other")
    interpret_waiting(database, now=NOW)
    assert find(database, reference).state is MessageState.SUBMITTING


def test_a_dead_handset_makes_its_line_unusable(database: Database) -> None:
    [reference] = on_the_wire(database)
    dead = a_receipt(
        reference, ReceiptStatus.UNDELIVERED, code="30005", blame=Blame.RECIPIENT
    )
    take(database, dead)
    interpret_waiting(database, now=NOW)
    with database.reading() as session:
        line = session.scalars(select(Line)).one()
    assert (line.status, line.status_reason) == (LineStatus.UNUSABLE, "30005")
    message = find(database, reference)
    assert (message.state, message.code) == (MessageState.UNDELIVERED, "30005")


def test_a_handset_that_answers_after_all_is_not_dead(database: Database) -> None:
    [reference] = on_the_wire(database)
    dead = a_receipt(
        reference, ReceiptStatus.UNDELIVERED, code="30005", blame=Blame.RECIPIENT
    )
    take(database, a_receipt(reference, D))
    interpret_waiting(database, now=NOW)
    take(database, dead)
    interpret_waiting(database, now=NOW)
    with database.reading() as session:
        assert session.scalars(select(Line.status)).one() is LineStatus.USABLE
    assert find(database, reference).state is MessageState.DELIVERED


@pytest.mark.parametrize("closed", [1, 2])
def test_a_late_proof_is_booked_in_the_first_open_month(
    database: Database, closed: int
) -> None:
    months = [dt.date(2026, 10, 1), dt.date(2026, 11, 1), dt.date(2026, 12, 1)]
    [reference] = on_the_wire(database)
    late = dt.datetime(2026, 12, 3, tzinfo=dt.UTC)
    with database.writing() as session:
        ward_id = session.scalars(select(Message.ward_id)).one()
        session.add_all(
            BillingMonth(
                ward_id=ward_id,
                month=month,
                state=MonthState.CLOSED,
                opened_at=NOW,
                closed_at=late,
            )
            for month in months[:closed]
        )
    take_receipt(database, GATEWAY, a_receipt(reference, A), now=late)
    interpret_waiting(database, now=late)
    message = find(database, reference)
    assert message.usage_day == dt.date(2026, 10, 5)
    assert message.usage_month == months[closed]
    with database.reading() as session:
        adjustment = session.scalars(select(Adjustment)).one()
    assert adjustment.kind is AdjustmentKind.USAGE
    assert adjustment.reference == f"message:{message.id}"
    assert adjustment.concerns_month == months[0]
    assert adjustment.booked_month == months[closed]


def test_receipts_of_many_texts_are_read_in_batches(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        for _ in range(1_200):
            a_text(session, ward)
    gateway = MemoryGateway()
    drain(a_route(database, gateway, HandClock(NOW)), until=NOW + LEASE)
    with database.writing() as session:
        session.add_all(
            RawCallback(
                gateway=GATEWAY,
                reference=str(text.reference),
                raw_status="delivered",
                status="delivered",
                received_at=NOW,
                due_at=NOW,
            )
            for text in gateway.sent
        )
    assert interpret_waiting(database, now=NOW) == 1_200
    with database.reading() as session:
        query = select(Message.state, func.count()).group_by(Message.state)
        assert session.execute(query).all() == [(MessageState.DELIVERED, 1_200)]

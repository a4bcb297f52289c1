"""A doubt ends by what is known: a receipt, the telco's list, or a stated policy."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import (
    Outcome,
    Receipt,
    ReceiptStatus,
    Submission,
    Unfound,
    Verdict,
)
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.dispatch import drain
from broadcaster.services.doubting import (
    doubt_lost_windows,
    look_up_silent,
    resolve_in_doubt,
)
from broadcaster.services.flights import LEASE
from broadcaster.services.receipts import interpret_waiting, take_receipt
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Lane
from broadcaster.store.tables.messages import Message
from tests.broadcaster.services.forgetful_telcos import (
    Losing,
    in_doubt,
    resolve_for,
    send,
)
from tests.builders.messages import (
    GATEWAY,
    a_frozen_notice,
    a_text,
    a_window,
    lines_in,
    many_texts,
)
from tests.builders.people import NOW, a_ward
from tests.builders.sending import a_route, answering, states
from tests.fakes import HandClock

MINUTE = dt.timedelta(minutes=1)


def test_a_receipt_clears_a_doubt(database: Database) -> None:
    gateway = Losing()
    clock = in_doubt(database, gateway)
    receipt = Receipt(
        reference=str(gateway.sent[0].reference),
        provider_id="M1",
        status=ReceiptStatus.DELIVERED,
        raw_status="delivered",
    )
    take_receipt(database, GATEWAY, receipt, now=clock.now())
    interpret_waiting(database, now=clock.now())
    assert states(database) == {MessageState.DELIVERED: 1}
    resolve_for(database, gateway, clock, minutes=5)
    assert gateway.asked == []
    assert len(gateway.sent) == 1


def test_the_telcos_own_list_clears_a_doubt(database: Database) -> None:
    gateway = answering(Verdict.IN_DOUBT)
    clock = in_doubt(database, gateway)
    assert resolve_in_doubt(database, gateway, clock.turn(seconds=9)) == 0
    assert resolve_in_doubt(database, gateway, clock.turn(seconds=1)) == 1
    interpret_waiting(database, now=clock.now())
    assert states(database) == {MessageState.ACCEPTED: 1}
    with database.reading() as session:
        booked = session.scalars(select(Message.usage_month)).all()
    assert booked == [dt.date(2026, 10, 1)]


def test_silence_that_proves_nothing_sends_nothing_again(database: Database) -> None:
    gateway = Losing(proves=False)
    clock = in_doubt(database, gateway)
    resolve_for(database, gateway, clock, minutes=30)
    assert len(gateway.asked) > 5
    assert len(gateway.sent) == 1
    assert states(database) == {MessageState.IN_DOUBT: 1}


def test_a_text_the_telco_proves_it_never_took_is_sent_again(
    database: Database,
) -> None:
    gateway = Losing(proves=True)
    clock = in_doubt(database, gateway)
    gateway.sent.clear()
    gateway.script = lambda _text: None
    resolve_for(database, gateway, clock, minutes=1)
    assert gateway.sent == []
    assert len(gateway.asked) >= 2
    resolve_for(database, gateway, clock, minutes=1)
    assert len(gateway.sent) == 1
    assert states(database) == {MessageState.ACCEPTED: 1}


def test_an_unclear_answer_proves_nothing(database: Database) -> None:
    gateway = Losing(proves=True, found=Unfound.UNCLEAR)
    clock = in_doubt(database, gateway)
    resolve_for(database, gateway, clock, minutes=30)
    assert len(gateway.sent) == 1
    assert states(database) == {MessageState.IN_DOUBT: 1}


def test_an_emergency_in_doubt_leaves_at_most_three_times(database: Database) -> None:
    gateway = Losing(found=Unfound.UNCLEAR)
    clock = in_doubt(database, gateway, lane=Lane.EMERGENCY)
    resolve_in_doubt(database, gateway, clock.turn(seconds=50))
    assert send(database, gateway, clock) == 0
    resolve_in_doubt(database, gateway, clock.turn(seconds=10))
    assert send(database, gateway, clock) == 1
    resolve_for(database, gateway, clock, minutes=30)
    assert len(gateway.sent) == 3
    assert states(database) == {MessageState.IN_DOUBT: 1}


def test_another_text_of_ours_in_the_telcos_list_clears_no_doubt(
    database: Database,
) -> None:
    with database.writing() as session:
        other = a_text(session, a_ward(session))
        other.state, other.provider_id = MessageState.ACCEPTED, "M1"

    class Confused(MemoryGateway):
        def lookup(self, submission: Submission) -> Receipt | Unfound:
            receipt = super().lookup(submission)
            assert isinstance(receipt, Receipt)
            return replace(receipt, provider_id="M1")

    gateway = answering(Verdict.IN_DOUBT, by=Confused())
    clock = in_doubt(database, gateway)
    assert resolve_in_doubt(database, gateway, clock.turn(minutes=1)) == 0
    assert states(database) == {MessageState.ACCEPTED: 1, MessageState.IN_DOUBT: 1}


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.NOT_SENT])
def test_a_lost_windows_texts_are_settled_when_its_worker_is_back(
    database: Database, verdict: Verdict
) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 3)
    clock = HandClock(NOW)

    def script(text: Submission) -> Outcome:
        doubt_lost_windows(database, now=clock.turn(seconds=30))
        return Outcome(message_id=text.message_id, verdict=verdict)

    gateway = MemoryGateway()
    gateway.script = script
    drain(a_route(database, gateway, clock), until=NOW + MINUTE / 6)
    is_sent = verdict is Verdict.ACCEPTED
    assert states(database) == {
        MessageState.ACCEPTED if is_sent else MessageState.QUEUED: 3
    }


def test_windows_that_never_report_back_are_told_apart(database: Database) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 3)
        a_window(session, limit=2)
    assert doubt_lost_windows(database, now=NOW + LEASE - MINUTE / 60) == 0
    assert doubt_lost_windows(database, now=NOW + LEASE) == 2
    assert states(database) == {MessageState.IN_DOUBT: 2, MessageState.QUEUED: 1}


def test_texts_without_a_receipt_for_a_day_are_looked_up(database: Database) -> None:
    class Delivering(MemoryGateway):
        def lookup(self, submission: Submission) -> Receipt | Unfound:
            receipt = super().lookup(submission)
            assert isinstance(receipt, Receipt)
            return replace(receipt, status=ReceiptStatus.DELIVERED, raw_status="d")

    with database.writing() as session:
        ward = a_ward(session)
        a_frozen_notice(session, ward, lines_in(session, ward, 2))
        a_text(session, ward)
    gateway, clock = Delivering(), HandClock(NOW)
    send(database, gateway, clock)
    assert look_up_silent(database, gateway, clock.turn(hours=23)) == 0
    assert look_up_silent(database, gateway, clock.turn(hours=1)) == 3
    interpret_waiting(database, now=clock.now())
    assert states(database) == {MessageState.DELIVERED: 3}


def test_a_telco_that_cannot_tell_is_asked_once_a_day(database: Database) -> None:
    gateway = Losing(found=Unfound.UNCLEAR)
    gateway.script = lambda _text: None
    clock = in_doubt(database, gateway)
    for _ in range(3 * 24):
        look_up_silent(database, gateway, clock.turn(hours=1))
    assert len(gateway.asked) == 3
    assert states(database) == {MessageState.ACCEPTED: 1}

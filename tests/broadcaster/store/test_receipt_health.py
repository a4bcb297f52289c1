"""Receipts that wait, that belong to no text, and that never came are told apart."""

import datetime as dt

from broadcaster.ports import Outcome, Receipt, ReceiptStatus, Verdict
from broadcaster.services.receipts import interpret_waiting
from broadcaster.store.outbox import record
from broadcaster.store.raw_receipts import keep_receipt
from broadcaster.store.receipt_health import ReceiptHealth, receipt_health
from broadcaster.store.session import Database
from subscriptions.tables.base import new_public_id
from tests.builders.messages import (
    GATEWAY,
    a_frozen_notice,
    a_text,
    a_window,
    lines_in,
)
from tests.builders.people import NOW, a_ward

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


def read(database: Database, at: dt.datetime) -> ReceiptHealth:
    with database.reading() as session:
        return receipt_health(session, (GATEWAY, "other"), now=at)[GATEWAY]


def report(database: Database, reference: str, at: dt.datetime) -> None:
    told = Receipt(
        reference=reference,
        provider_id=None,
        status=ReceiptStatus.DELIVERED,
        raw_status="delivered",
    )
    with database.writing() as session:
        keep_receipt(session, GATEWAY, told, now=at)


def test_a_receipt_waits_until_it_is_read_and_an_unknown_one_stays_unknown(
    database: Database,
) -> None:
    with database.writing() as session:
        known = str(a_text(session, a_ward(session)).public_id)
    report(database, known, NOW)
    report(database, str(new_public_id()), NOW + MINUTE)
    before = read(database, NOW + MINUTE)
    assert (before.waiting.number, before.unknown.number) == (2, 0)
    assert before.oldest_due_at == NOW
    assert before.last_at == NOW + MINUTE
    interpret_waiting(database, now=NOW + 2 * MINUTE)
    after = read(database, NOW + 2 * MINUTE)
    assert (after.waiting.number, after.unknown.number) == (0, 1)
    assert after.oldest_due_at is None


def test_texts_taken_a_day_ago_without_a_word_are_silent(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_frozen_notice(session, ward, lines_in(session, ward, 2))
        answered = str(a_text(session, ward).public_id)
        a_text(session, ward)
        outcomes = [
            Outcome(message_id=text.message_id, verdict=Verdict.ACCEPTED)
            for text in a_window(session, limit=10)
        ]
        record(session, outcomes, now=NOW)
    report(database, answered, NOW)
    interpret_waiting(database, now=NOW)
    assert read(database, NOW + DAY - MINUTE).silent.number == 0
    assert read(database, NOW + DAY).silent.number == 3
    assert read(database, NOW + 9 * DAY).silent.number == 0

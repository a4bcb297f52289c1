"""A stopped worker or clock shows by what stands still, and by nothing else."""

import datetime as dt

import pytest

from broadcaster.ports import Outcome, Receipt, ReceiptStatus, Verdict
from broadcaster.services.doubting import doubt_lost_windows
from broadcaster.services.flights import LEASE
from broadcaster.services.signs import STILL, Stuck, read_signs
from broadcaster.store.gateway_states import pause_gateway
from broadcaster.store.health import read_health
from broadcaster.store.outbox import end_windows, record
from broadcaster.store.raw_receipts import keep_receipt
from broadcaster.store.session import Database
from tests.builders.messages import GATEWAY, a_text, a_window
from tests.builders.people import NOW, a_ward

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def waiting(database: Database) -> str:
    """Give a text that is due; its reference."""
    with database.writing() as session:
        return str(a_text(session, a_ward(session)).public_id)


def signs(database: Database, at: dt.datetime) -> list[Stuck]:
    with database.reading() as session:
        health = read_health(session, (GATEWAY,), rows=1_000, now=at)
    found = read_signs(health, now=at)
    assert all(sign.gateway == GATEWAY and sign.since < at for sign in found)
    return [sign.stuck for sign in found]


def test_texts_that_are_due_and_that_nobody_claims_are_a_sign(
    database: Database, waiting: str
) -> None:
    assert signs(database, NOW + STILL / 2) == []
    assert signs(database, NOW + STILL) == [Stuck.NOTHING_LEAVES]


def test_a_gateway_that_was_told_to_wait_is_no_sign(
    database: Database, waiting: str
) -> None:
    with database.writing() as session:
        pause_gateway(session, GATEWAY, until=NOW + 5 * MINUTE, facts={})
    assert signs(database, NOW + 2 * MINUTE) == []


def test_a_queue_that_moves_slowly_is_no_sign(database: Database, waiting: str) -> None:
    with database.writing() as session:
        (first,) = a_window(session, limit=1)
        a_text(session, a_ward(session))
        outcome = Outcome(message_id=first.message_id, verdict=Verdict.ACCEPTED)
        record(session, [outcome], now=NOW + 2 * MINUTE)
        end_windows(session, [1])
    assert signs(database, NOW + 2 * MINUTE) == []
    assert signs(database, NOW + 4 * MINUTE) == [Stuck.NOTHING_LEAVES]


def test_a_lost_window_is_a_sign_until_a_clock_settles_it(
    database: Database, waiting: str
) -> None:
    with database.writing() as session:
        a_window(session, limit=1)
    later = NOW + LEASE + MINUTE
    assert signs(database, NOW + LEASE) == []
    assert signs(database, later) == [Stuck.LEASE_OVERDUE]
    doubt_lost_windows(database, now=later)
    assert signs(database, later) == []
    assert signs(database, later + 5 * MINUTE) == [Stuck.DOUBTS_UNASKED]


def test_receipts_that_nobody_reads_are_a_sign(
    database: Database, waiting: str
) -> None:
    told = Receipt(
        reference=waiting,
        provider_id=None,
        status=ReceiptStatus.DELIVERED,
        raw_status="delivered",
    )
    with database.writing() as session:
        a_window(session, limit=1)
        keep_receipt(session, GATEWAY, told, now=NOW - STILL)
    assert signs(database, NOW) == [Stuck.RECEIPTS_UNREAD]

"""An answer counts for the attempt it answers, and proof counts whenever it comes."""

import datetime as dt

import pytest

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.moves import Move, move
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from tests.builders.messages import a_text, a_window
from tests.builders.people import NOW, a_ward

S = MessageState
LATER = NOW + dt.timedelta(minutes=1)
ANSWERED = LATER + dt.timedelta(seconds=1)


@pytest.fixture
def message_id(database: Database) -> int:
    """Give a text whose attempt at NOW was given up, claimed again at LATER."""
    with database.writing() as session:
        text = a_text(session, a_ward(session))
        [first] = a_window(session, limit=1)
        back = Move(message_id=text.id, to=S.QUEUED, at=LATER, due_at=LATER)
        assert move(session, [back], now=LATER) == 1
        [second] = a_window(session, limit=1, now=LATER)
        assert (first.message_id, second.message_id) == (text.id, text.id)
        return text.id


def answer(database: Database, told: Move) -> tuple[int, Message]:
    """Write one answer; return how many texts it moved, and the text."""
    with database.writing() as session:
        moved = move(session, [told], now=ANSWERED)
        return moved, session.get_one(Message, told.message_id, populate_existing=True)


def is_as_claimed(text: Message) -> bool:
    claimed = (S.SUBMITTING, 2, LATER)
    return (text.state, text.attempts, text.submitted_at) == claimed and (
        text.window_id is not None and text.finished_at is None and text.code is None
    )


@pytest.mark.parametrize("to", [S.QUEUED, S.REFUSED, S.IN_DOUBT])
def test_a_late_answer_says_nothing_of_a_text_claimed_again(
    to: S, database: Database, message_id: int
) -> None:
    late = Move(
        message_id=message_id,
        to=to,
        at=ANSWERED,
        code="9",
        tries_back=1,
        claimed_at=NOW,
    )
    moved, text = answer(database, late)
    assert moved == 0
    assert is_as_claimed(text)


@pytest.mark.parametrize("to", [S.QUEUED, S.REFUSED, S.IN_DOUBT])
def test_the_answer_to_the_last_attempt_counts(
    to: S, database: Database, message_id: int
) -> None:
    own = Move(message_id=message_id, to=to, at=ANSWERED, claimed_at=LATER)
    moved, text = answer(database, own)
    assert (moved, text.state, text.window_id) == (1, to, None)


def test_that_the_telco_took_it_counts_however_late(
    database: Database, message_id: int
) -> None:
    late = Move(
        message_id=message_id,
        to=S.ACCEPTED,
        at=ANSWERED,
        provider_id="SM1",
        claimed_at=NOW,
    )
    moved, text = answer(database, late)
    assert (moved, text.state, text.provider_id) == (1, S.ACCEPTED, "SM1")


def test_a_receipt_answers_no_attempt_and_counts(
    database: Database, message_id: int
) -> None:
    receipt = Move(message_id=message_id, to=S.DELIVERED, at=ANSWERED)
    moved, text = answer(database, receipt)
    assert (moved, text.state) == (1, S.DELIVERED)


def test_of_answers_written_together_only_the_late_one_is_left_out(
    database: Database, message_id: int
) -> None:
    with database.writing() as session:
        other = a_text(session, a_ward(session)).id
        a_window(session, limit=1, now=LATER)
        moves = [
            Move(message_id=message_id, to=S.REFUSED, at=ANSWERED, claimed_at=NOW),
            Move(message_id=other, to=S.REFUSED, at=ANSWERED, claimed_at=LATER),
        ]
        assert move(session, moves, now=ANSWERED) == 1
        assert (
            session.get_one(Message, other, populate_existing=True).state is S.REFUSED
        )
        text = session.get_one(Message, message_id, populate_existing=True)
        assert is_as_claimed(text)

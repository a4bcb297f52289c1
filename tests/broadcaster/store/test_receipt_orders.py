"""What is told of a text may come in any order, any number of times, in any batches."""

import datetime as dt
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from broadcaster.ports import Receipt, ReceiptStatus
from broadcaster.rules.lifecycle import LIFECYCLE, PROOFS, MessageState
from broadcaster.services.receipts import interpret_waiting
from broadcaster.store.moves import Move, move
from broadcaster.store.raw_receipts import keep_receipts
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message, RawCallback
from tests.builders.messages import GATEWAY, a_text
from tests.builders.people import NOW, a_ward

Word = ReceiptStatus | MessageState
"""A receipt's status, or the state to which the submit's own answer moves a text."""

RECEIPTS: tuple[Word, ...] = tuple(ReceiptStatus)
ANSWERS: tuple[Word, ...] = (
    MessageState.ACCEPTED,
    MessageState.REFUSED,
    MessageState.QUEUED,
    MessageState.IN_DOUBT,
)
WORDS = RECEIPTS + ANSWERS
STARTS = (MessageState.QUEUED, MessageState.IN_DOUBT)
SERIAL = itertools.count()
End = tuple[MessageState, bool]
"""The state, and whether its usage is booked."""

any_order = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def texts(
    database: Database, count: int, *, start: MessageState = MessageState.IN_DOUBT
) -> list[Message]:
    """Put texts into the outbox that have left, or may have."""
    with database.writing() as session:
        ward = a_ward(session)
        made = [a_text(session, ward) for _ in range(count)]
        session.execute(
            update(Message)
            .where(Message.id.in_([text.id for text in made]))
            .values(state=start, submitted_at=NOW, attempts=1)
        )
        return made


def tell(database: Database, those: Sequence[Message], words: Sequence[Word]) -> None:
    """Tell each text its word: receipts are only kept, answers act at once."""
    told = list(zip(those, words, strict=True))
    with database.writing() as session:
        receipts = [
            Receipt(
                reference=str(text.public_id),
                provider_id="SM1",
                status=word,
                # kept anew, as if the telco worded every repetition differently
                raw_status=f"{word}-{next(SERIAL)}",
            )
            for text, word in told
            if isinstance(word, ReceiptStatus)
        ]
        keep_receipts(session, [(GATEWAY, receipt, NOW) for receipt in receipts])
        answers = [
            Move(message_id=text.id, to=word, at=NOW, provider_id="SM1")
            for text, word in told
            if isinstance(word, MessageState)
        ]
        move(session, answers, now=NOW)


def ends(database: Database, those: Sequence[Message]) -> list[End]:
    query = select(Message.id, Message.state, Message.usage_day)
    with database.reading() as session:
        found = {row.id: (row.state, row.usage_day) for row in session.execute(query)}
    rows = [found[text.id] for text in those]
    assert {day for _, day in rows} <= {None, dt.date(2026, 10, 5)}
    return [(state, day is not None) for state, day in rows]


def end_of(words: Sequence[Word], *, start: MessageState) -> End:
    """Say without a database how a text of which all this was told must end."""
    states = {MessageState(word.value) for word in words}
    proofs = [state for state in PROOFS if state in states]
    booked = any(LIFECYCLE[state].billable for state in proofs)
    if proofs:
        return proofs[-1], booked
    is_back = MessageState.QUEUED in states
    return (MessageState.QUEUED if is_back else start), booked


@pytest.mark.parametrize("start", STARTS)
def test_any_three_words_end_alike_in_every_order(
    database: Database, start: MessageState
) -> None:
    orders = list(itertools.product(WORDS, repeat=3))
    those = texts(database, len(orders), start=start)
    for step in range(3):
        tell(database, those, [order[step] for order in orders])
        interpret_waiting(database, now=NOW)
    wanted = [end_of(order, start=start) for order in orders]
    assert ends(database, those) == wanted


@any_order
@given(
    orders=st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).flatmap(
        lambda words: st.lists(st.permutations(words), min_size=2, max_size=8)
    ),
    read=st.lists(st.booleans(), min_size=7, max_size=7),
    start=st.sampled_from(STARTS),
)
def test_what_is_told_ends_alike_in_any_order_and_any_batches(
    database: Database,
    orders: list[list[Word]],
    read: list[bool],
    start: MessageState,
) -> None:
    those = texts(database, len(orders), start=start)
    for step, words in enumerate(zip(*orders, strict=True)):
        tell(database, those, words)
        if read[step]:
            interpret_waiting(database, now=NOW)
    interpret_waiting(database, now=NOW)
    assert set(ends(database, those)) == {end_of(orders[0], start=start)}


def test_a_word_that_is_new_to_us_moves_nothing_and_is_kept(database: Database) -> None:
    [text] = texts(database, 1)
    new = Receipt(
        reference=str(text.public_id),
        provider_id="SM1",
        status=None,
        raw_status="teleported",
    )
    with database.writing() as session:
        keep_receipts(session, [(GATEWAY, new, NOW)])
    interpret_waiting(database, now=NOW)
    tell(database, [text], [ReceiptStatus.ACCEPTED])
    interpret_waiting(database, now=NOW + dt.timedelta(hours=1))
    assert ends(database, [text]) == [(MessageState.ACCEPTED, True)]
    with database.reading() as session:
        waiting = select(RawCallback.raw_status, RawCallback.status).where(
            RawCallback.interpreted_at.is_(None)
        )
        assert session.execute(waiting).all() == [("teleported", "unknown")]

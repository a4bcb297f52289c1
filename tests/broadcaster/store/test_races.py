"""Workers side by side: one call a text, and nobody waits for another for ever."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import func, select

from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import Outcome, Receipt, ReceiptStatus, Submission
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.dispatch import drain
from broadcaster.services.receipts import interpret_waiting, take_receipt
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from tests.builders.messages import GATEWAY, a_text
from tests.builders.people import NOW, a_ward
from tests.builders.sending import a_route
from tests.fakes import HandClock

TEXTS = 1_000
LATER = NOW + dt.timedelta(hours=1)


T = TypeVar("T")


def side_by_side(*acts: Callable[[], T]) -> list[T]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(act) for act in acts]]


def fill(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        for _ in range(TEXTS):
            a_text(session, ward)


def states(database: Database) -> dict[MessageState, int]:
    query = select(Message.state, func.count()).group_by(Message.state)
    with database.reading() as session:
        return dict(session.execute(query).all())


def test_three_workers_make_one_call_for_each_text(database: Database) -> None:
    fill(database)
    gateway = MemoryGateway()

    def work() -> int:
        return drain(a_route(database, gateway, HandClock(NOW)), until=LATER)

    assert sum(side_by_side(work, work, work)) == TEXTS
    calls = Counter(text.message_id for text in gateway.sent)
    assert (len(calls), set(calls.values())) == (TEXTS, {1})
    assert states(database) == {MessageState.ACCEPTED: TEXTS}


class HastyGateway(MemoryGateway):
    """Reports that a window is delivered before it answers for it."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    def submit(
        self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        outcomes = super().submit(batch, may_start=may_start)
        for text in reversed(batch):
            receipt = Receipt(
                reference=str(text.reference),
                provider_id=None,
                status=ReceiptStatus.DELIVERED,
                raw_status="delivered",
            )
            take_receipt(self._database, GATEWAY, receipt, now=NOW)
        return outcomes


def test_receipts_read_while_their_texts_are_recorded_all_count(
    database: Database,
) -> None:
    fill(database)
    gateway = HastyGateway(database)

    def work() -> int:
        return drain(a_route(database, gateway, HandClock(NOW)), until=LATER)

    def read() -> int:
        count = 0
        while states(database).get(MessageState.QUEUED):
            count += interpret_waiting(database, now=NOW)
        return count

    side_by_side(work, work, read, read)
    interpret_waiting(database, now=NOW)
    assert states(database) == {MessageState.DELIVERED: TEXTS}
    with database.reading() as session:
        unnamed = select(func.count()).where(Message.provider_id.is_(None))
        assert session.scalar(unnamed) == 0

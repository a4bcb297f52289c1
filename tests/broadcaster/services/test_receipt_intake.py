"""Reports of many requests share a commit, and none is answered before it."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from broadcaster.ports import Receipt, ReceiptStatus
from broadcaster.services.receipt_intake import ReceiptIntake
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import RawCallback
from tests.builders.messages import GATEWAY
from tests.builders.people import NOW
from tests.telco import until

Commit = Callable[[object], None]
WITHIN_S = 15.0


def a_report(reference: object = None) -> Receipt:
    return Receipt(
        reference=str(reference or uuid.uuid4()),
        provider_id="SM1",
        status=ReceiptStatus.DELIVERED,
        raw_status="delivered",
    )


def kept(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(RawCallback)) or 0


@contextmanager
def at_commit(database: Database, act: Commit) -> Iterator[None]:
    event.listen(database.engine, "commit", act)
    yield
    event.remove(database.engine, "commit", act)


class Bank:
    """Holds up the first commit until it is told, counts them all, or fails later."""

    def __init__(self, *, fails: bool) -> None:
        self.commits, self.fails = 0, fails
        self.has_begun, self.may_end = threading.Event(), threading.Event()

    def __call__(self, _connection: object) -> None:
        self.commits += 1
        self.has_begun.set()
        assert self.may_end.wait(WITHIN_S)
        if self.fails and self.commits > 1:
            raise OperationalError("COMMIT", None, Exception("no room"))


@contextmanager
def together(
    database: Database,
    intake: ReceiptIntake,
    *,
    others: list[Receipt],
    fails: bool = False,
) -> Iterator[tuple[Bank, list[Future[bool]]]]:
    """Let one report be written while others come; end it with the block."""
    bank = Bank(fails=fails)
    with at_commit(database, bank), ThreadPoolExecutor(len(others) + 1) as pool:

        def take(report: Receipt) -> Future[bool]:
            return pool.submit(intake.take, GATEWAY, report, now=NOW)

        futures = [take(a_report())]
        try:
            assert bank.has_begun.wait(WITHIN_S)
            futures += [take(report) for report in others]
            until(lambda: intake.waiting == len(others))
            yield bank, futures
        finally:
            bank.may_end.set()


def test_a_lone_report_is_committed_when_its_request_is_answered(
    database: Database,
) -> None:
    intake = ReceiptIntake(database)
    assert intake.take(GATEWAY, a_report(), now=NOW)
    assert kept(database) == 1


def test_what_comes_while_one_is_written_shares_the_next_commit(
    database: Database,
) -> None:
    intake = ReceiptIntake(database)
    others = [a_report() for _ in range(20)]
    with together(database, intake, others=others) as (bank, futures):
        assert not any(future.done() for future in futures)
    assert all(future.result() for future in futures)
    assert bank.commits == 2
    assert kept(database) == 21


def test_nobody_is_told_that_a_failed_commit_kept_a_report(database: Database) -> None:
    intake = ReceiptIntake(database)
    others = [a_report() for _ in range(5)]
    with together(database, intake, others=others, fails=True) as (_, futures):
        pass
    assert [future.result() for future in futures] == [True] + [False] * 5
    assert kept(database) == 1
    assert all(intake.take(GATEWAY, report, now=NOW) for report in others)
    assert kept(database) == 6


def test_one_more_than_may_wait_is_turned_away_at_once(database: Database) -> None:
    intake = ReceiptIntake(database, at_most=2)
    with together(database, intake, others=[a_report(), a_report()]):
        assert not intake.take(GATEWAY, a_report(), now=NOW)
    assert kept(database) == 3


def test_the_same_report_twice_in_a_group_is_kept_once(database: Database) -> None:
    intake = ReceiptIntake(database)
    others = [a_report("the same"), a_report("the same")]
    with together(database, intake, others=others) as (_, futures):
        pass
    assert all(future.result() for future in futures)
    assert kept(database) == 2


@pytest.mark.parametrize("processes", [3])
def test_processes_that_are_told_the_same_do_not_block_each_other(
    database: Database, processes: int
) -> None:
    """Each has its own intake, as each web process has, and another order."""
    references = [uuid.uuid4() for _ in range(60)]

    def work(number: int) -> bool:
        intake = ReceiptIntake(database)
        mine = references[number * 20 :] + references[: number * 20]
        with ThreadPoolExecutor(10) as pool:
            reports = [a_report(reference) for reference in mine]
            return all(pool.map(lambda r: intake.take(GATEWAY, r, now=NOW), reports))

    with ThreadPoolExecutor(processes) as pool:
        assert all(pool.map(work, range(processes)))
    assert kept(database) == len(references)

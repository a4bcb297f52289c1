"""Keep the reports of many requests in one commit, before any of them is answered.

A commit for each costs more than all the rest of a callback. So there is one writer at
a time: what comes while it writes waits, and leaves together with the next one. Who
waits is a request that is being answered: there is no thread to start, to lose or to
stop, and a server that ends gracefully ends with nothing waiting. A writer does not
wait for more company, and wakes all it wrote for at once: to wait, to wake one after
the other or by a condition, to keep a connection open for it, or to let Python switch
threads more or less often made no difference larger than that between two runs on the
same shared machine (2026-11).
"""

import datetime as dt
import threading
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.ports import Receipt
from broadcaster.store.raw_receipts import keep_receipts
from broadcaster.store.session import Database

WAITING_AT_MOST = 1_000

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class _Request:
    report: tuple[str, Receipt, dt.datetime]
    is_kept: bool | None = None
    """None until its group is written, or could not be."""
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Released when it is kept or not, or when it is the one to write."""


class ReceiptIntake:
    """Takes verified reports from many threads of one process."""

    def __init__(self, database: Database, *, at_most: int = WAITING_AT_MOST) -> None:
        self._database = database
        self._at_most = at_most
        self._lock = threading.Lock()
        self._waiting: list[_Request] = []
        self._is_writing = False

    @property
    def waiting(self) -> int:
        """How many requests wait for a writer to take them along."""
        return len(self._waiting)

    def take(self, gateway: str, receipt: Receipt, *, now: dt.datetime) -> bool:
        """Keep a report; return when it is committed.

        False when it is not kept, and the telco has to repeat it: the database cannot
        be written to, or too many wait.
        """
        request = _Request(report=(gateway, receipt, now))
        request.turn.acquire()
        with self._lock:
            if len(self._waiting) >= self._at_most:
                return False
            self._waiting.append(request)
            is_first, self._is_writing = not self._is_writing, True
        if not is_first:
            request.turn.acquire()
        if request.is_kept is None:
            self._write_group()
        return bool(request.is_kept)

    def _write_group(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting, []
        is_kept = False
        try:
            with self._database.writing() as session:
                keep_receipts(session, [request.report for request in group])
            is_kept = True
        except SQLAlchemyError:
            log.exception("receipts_not_kept", reports=len(group))
        finally:
            self._answer(group, is_kept=is_kept)

    def _answer(self, group: list[_Request], *, is_kept: bool) -> None:
        with self._lock:
            following = self._waiting[:1]
            self._is_writing = bool(following)
        for request in group:
            request.is_kept = is_kept
        for request in group + following:
            request.turn.release()

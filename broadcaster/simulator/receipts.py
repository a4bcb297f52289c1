"""Status callbacks: which are owed under the weather, and when, until taken."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from typing import Protocol

from broadcaster.simulator.book import Book
from broadcaster.simulator.changes import Tally
from broadcaster.simulator.postman import RETRY_PAUSES_S, Answer
from broadcaster.simulator.records import FINAL, Receipt, Status, Text, Wire
from broadcaster.simulator.weather import Weather

CARRIERS_AT_WORK = 48
REPEAT_AFTER_S = 0.3

Job = tuple[Receipt, Text]


class Reporter(Protocol):
    """How one wire tells its client what became of a text."""

    def tells(self, status: Status) -> bool:
        """Tell whether this wire reports such a change at all."""

    async def post(self, receipt: Receipt, text: Text) -> Answer:
        """Post one report once; never raises for what the client's web does."""


class Receipts:
    """Owe, post and retry receipts; one text's keep their order in good weather."""

    def __init__(
        self, book: Book, reporters: Mapping[Wire, Reporter], *, tally: Tally
    ) -> None:
        self._book = book
        self._reporters = reporters
        self._tally = tally
        self._due: asyncio.Queue[Job] = asyncio.Queue()
        self._in_hand: dict[str, deque[Job]] = {}
        self._watched: dict[str, asyncio.Event] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._last_key = 0
        self._wanted: set[int] = set()

    def start(self, owed: list[Job]) -> None:
        """Start posting, first what an earlier life of the process still owed."""
        for job in owed:
            self._last_key = max(self._last_key, job[0].key)
            self._schedule(job)
        loop = asyncio.get_running_loop()
        self._workers = [
            loop.create_task(self._work()) for _ in range(CARRIERS_AT_WORK)
        ]

    async def stop(self) -> None:
        """Stop posting; what is still owed stays in the book."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def forget_all(self) -> None:
        """Drop everything owed."""
        self._wanted.clear()

    def report(self, text: Text, status: Status, *, weather: Weather) -> None:
        """Owe the receipts that this change of status brings under the weather."""
        if not text.callback:
            return
        swapped = weather.happens(weather.reorder_receipts, "reorder", text.sid)
        if swapped and status is Status.SENT:
            return
        self._owe(text, status, weather=weather)
        if swapped and status in FINAL:
            self._owe(text, Status.SENT, weather=weather)

    def watch(self, sid: str) -> asyncio.Event:
        """Return an event set once the final receipt of this text was posted."""
        return self._watched.setdefault(sid, asyncio.Event())

    def unwatch(self, sid: str) -> None:
        """Stop watching a text."""
        self._watched.pop(sid, None)

    @property
    def owed(self) -> int:
        """Return how many receipts are still to be taken."""
        return len(self._wanted)

    def _owe(self, text: Text, status: Status, *, weather: Weather) -> None:
        if not self._reporters[text.wire].tells(status):
            return
        if weather.happens(weather.lose_receipts, "lose", text.sid, status):
            return
        repeat = weather.happens(weather.repeat_receipts, "repeat", text.sid, status)
        for copy in range(2 if repeat else 1):
            self._last_key += 1
            receipt = Receipt(
                key=self._last_key,
                sid=text.sid,
                status=status,
                error=text.error if status in FINAL else 0,
                due=time.time() + copy * REPEAT_AFTER_S,
            )
            self._book.owe(receipt)
            self._schedule((receipt, text))

    def _schedule(self, job: Job) -> None:
        self._wanted.add(job[0].key)
        pause = job[0].due - time.time()
        if pause <= 0:
            self._due.put_nowait(job)
        else:
            asyncio.get_running_loop().call_later(pause, self._due.put_nowait, job)

    async def _work(self) -> None:
        while True:
            job = await self._due.get()
            sid = job[0].sid
            if sid in self._in_hand:
                self._in_hand[sid].append(job)
                continue
            queue = self._in_hand[sid] = deque([job])
            try:
                while queue:
                    await self._post(*queue.popleft())
            finally:
                del self._in_hand[sid]

    async def _post(self, receipt: Receipt, text: Text) -> None:
        if receipt.key not in self._wanted:
            return
        answer = await self._reporters[text.wire].post(receipt, text)
        if answer.is_good:
            self._tally.receipts_posted += 1
            self._settle(receipt)
        elif receipt.attempt >= len(RETRY_PAUSES_S):
            self._tally.receipts_given_up += 1
            self._settle(receipt)
        else:
            receipt.due = time.time() + RETRY_PAUSES_S[receipt.attempt]
            receipt.attempt += 1
            self._book.postpone(receipt)
            self._schedule((receipt, text))
        if receipt.status in FINAL and text.sid in self._watched:
            self._watched[text.sid].set()

    def _settle(self, receipt: Receipt) -> None:
        self._wanted.discard(receipt.key)
        self._book.settle(receipt)

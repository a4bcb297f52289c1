"""What an SMSC brings: kept by who listens, and answered for only then."""

import asyncio
import time
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor

import structlog

from broadcaster.gateways.smpp import pdus, writing
from broadcaster.gateways.smpp.inbound import Joiner, Part, as_inbound, read_part
from broadcaster.gateways.smpp.options import Account
from broadcaster.gateways.smpp.pdus import BrokenPduError, Delivery, Pdu, read_delivery
from broadcaster.gateways.smpp.receipts import is_receipt, read_receipt
from broadcaster.gateways.smpp.session import Session
from broadcaster.ports import Hear, Inbound, Receipt

THREADS = 16
"""Who listens writes what comes together in one commit."""
MOST_WAITING = 2_000
_NORMAL = 0x00
_TYPE_BITS = 0x3C

log = structlog.get_logger()


class Ears:
    """Reads receipts and residents' texts for one line. Belongs to its event loop."""

    def __init__(self, account: Account, hear: Hear, *, name: str) -> None:
        self._account = account
        self._hear = hear
        self._name = name
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="hear")
        self._joiner = Joiner()
        self._tasks: set[asyncio.Task[None]] = set()

    def bring(self, pdu: Pdu, session: Session) -> None:
        """Read a deliver_sm or data_sm; it is answered when it is kept."""
        command = "data_sm_resp" if pdu.command == pdus.DATA_SM else "deliver_sm_resp"

        def answer(status: int) -> None:
            session.answer(command, pdu.sequence, status=status)

        if len(self._tasks) >= MOST_WAITING:
            answer(writing.TEMPORARY)
            return
        try:
            delivery = read_delivery(pdu)
        except BrokenPduError:
            log.warning("smpp_delivery_broken", gateway=self._name)
            answer(writing.PERMANENT)
            return

        async def keep() -> None:
            is_kept = await self._keep(delivery)
            answer(writing.OK if is_kept else writing.TEMPORARY)

        self._start(keep())

    def report(self, receipt: Receipt) -> None:
        """Hand on what was learnt without being brought: nobody repeats it."""

        async def keep() -> None:
            if not await self._tell(receipt):
                log.warning("smpp_late_answer_lost", gateway=self._name)

        self._start(keep())

    async def hand_on_overdue(self) -> None:
        """Hand on the texts whose other parts did not come in time."""
        for part, text in self._joiner.overdue(now=time.monotonic()):
            await self._keep_text(part, text)

    async def finish(self) -> None:
        """Wait until everything that came is kept and answered."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        self._pool.shutdown(wait=False)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep(self, delivery: Delivery) -> bool:
        if is_receipt(delivery):
            return await self._keep_receipt(delivery)
        if delivery.esm_class & _TYPE_BITS != _NORMAL:
            return True  # a handset's own acknowledgement: we ask for none
        part = read_part(delivery, charset=self._account.charset)
        text = self._joiner.add(part, now=time.monotonic())
        return text is None or await self._keep_text(part, text)

    async def _keep_receipt(self, delivery: Delivery) -> bool:
        receipt = read_receipt(
            delivery,
            ids=self._account.receipt_ids,
            kind=self._account.capabilities.receipt_kind,
        )
        if receipt is None:
            log.warning("smpp_receipt_without_id", gateway=self._name)
            return True
        return await self._tell(receipt)

    async def _keep_text(self, part: Part, text: str) -> bool:
        is_kept = await self._tell(as_inbound(part, text, now=time.time()))
        if is_kept:
            self._joiner.done(part)
        return is_kept

    async def _tell(self, event: Receipt | Inbound) -> bool:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, self._hear, event)
        except Exception:
            log.exception("smpp_not_kept", gateway=self._name)
            return False

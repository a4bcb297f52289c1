"""One bound connection: requests out, answers matched, requests in, until it ends."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from broadcaster.gateways.smpp import pdus, writing
from broadcaster.gateways.smpp.options import Account
from broadcaster.gateways.smpp.pdus import Pdu, StreamLostError

LAST_SEQUENCE = 0x7FFF_FFFF
MOST_LATE = 10_000
LOOK_AGAIN_S = 0.02
CLOSES_WITHIN_S = 1.0

log = structlog.get_logger()


class LostError(Exception):
    """The connection ended before the answer came: what was written may be there."""


class NoAnswerError(Exception):
    """The answer did not come in time."""


class BindRefusedError(Exception):
    """The SMSC does not let us in: `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(f"0x{status:X}")
        self.status = status


Bring = Callable[[Pdu, "Session"], None]
"""Takes a deliver_sm or data_sm, and answers it later by `session.answer`."""
Late = Callable[[Pdu], None]


class Session:
    """A connection to an SMSC. Belongs to one event loop."""

    def __init__(
        self,
        account: Account,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        bring: Bring,
    ) -> None:
        self.slots = asyncio.Semaphore(account.window)
        self.is_bound = False
        self._is_over = False
        self._account = account
        self._reader = reader
        self._writer = writer
        self._bring = bring
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[Pdu]] = {}
        self._late: dict[int, Late] = {}
        self._reading = asyncio.create_task(self._read_all())
        # read, so that asyncio does not complain of what `bind` has told already
        self._reading.add_done_callback(
            lambda task: task.cancelled() or task.exception()
        )
        self._leaving: asyncio.Task[None] | None = None

    async def bind(self, command: str) -> None:
        """Ask to be let in. Raises BindRefusedError, LostError, NoAnswerError."""
        answer = await self.ask(command, **writing.bind_fields(self._account))
        if answer.status or answer.command == pdus.GENERIC_NACK:
            raise BindRefusedError(answer.status)
        self.is_bound = not self._is_over

    async def ask(
        self, command: str, *, late: Late | None = None, **fields: Any
    ) -> Pdu:
        """Write a request and return its answer. Raises LostError, NoAnswerError.

        `late` gets an answer that comes after its time, while the connection lasts.
        """
        if self._is_over:
            raise LostError
        sequence = self._asked = self._asked % LAST_SEQUENCE + 1
        octets = writing.frame(command, sequence, **fields)
        waiter: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self._waiting[sequence] = waiter
        self._writer.write(octets)
        try:
            async with asyncio.timeout(self._account.response_timeout_s):
                return await waiter
        except TimeoutError:
            if late is not None and len(self._late) < MOST_LATE:
                self._late[sequence] = late
            raise NoAnswerError from None
        finally:
            del self._waiting[sequence]

    def answer(self, command: str, sequence: int, *, status: int = writing.OK) -> None:
        """Answer a request of theirs, if the connection is still there."""
        if not self._writer.is_closing():
            self._writer.write(writing.answer(command, sequence, status=status))

    async def run(self) -> None:
        """Return when the connection has ended, by them or by `close`.

        Asks now and then whether they are there. Raises NoAnswerError when they are
        not, StreamLostError when what they say cannot be understood.
        """
        enquiring = asyncio.create_task(self._enquire())
        try:
            done, _ = await asyncio.wait(
                (enquiring, self._reading), return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                if not task.cancelled():  # as `close` does, when they have unbound
                    task.result()
        except (LostError, OSError, asyncio.IncompleteReadError):
            return
        finally:
            enquiring.cancel()
            self.close()

    async def unbind(self) -> None:
        """Say goodbye; whether they answer does not matter."""
        self.is_bound = False
        try:
            await self.ask("unbind")
        except (LostError, NoAnswerError):
            log.info("smpp_unbind_unanswered")

    def close(self) -> None:
        """Cut the connection; who waits for an answer gets LostError."""
        self._give_up()
        self._reading.cancel()
        self._writer.close()

    async def closed(self) -> None:
        """Wait a moment until the socket is gone, after `close`."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSES_WITHIN_S):
                await self._writer.wait_closed()

    def _give_up(self) -> None:
        self.is_bound, self._is_over = False, True
        for waiter in self._waiting.values():
            if not waiter.done():
                waiter.set_exception(LostError())

    async def _enquire(self) -> None:
        while True:
            await asyncio.sleep(self._account.enquire_link_s)
            await self.ask("enquire_link")

    async def _read_all(self) -> None:
        try:
            while True:
                self._take(await pdus.read_pdu(self._reader))
        except StreamLostError:
            self.answer("generic_nack", 0, status=writing.BAD_LENGTH)
            raise
        finally:
            self._give_up()

    def _take(self, pdu: Pdu) -> None:
        if pdu.is_response:
            self._take_answer(pdu)
        elif pdu.command in (pdus.DELIVER_SM, pdus.DATA_SM):
            self._bring(pdu, self)
        elif pdu.command == pdus.ENQUIRE_LINK:
            self.answer("enquire_link_resp", pdu.sequence)
        elif pdu.command == pdus.UNBIND:
            self.is_bound = False
            self.answer("unbind_resp", pdu.sequence)
            self._leaving = asyncio.create_task(self._leave())
        else:
            self.answer("generic_nack", pdu.sequence, status=writing.UNKNOWN_COMMAND)

    async def _leave(self) -> None:
        """Wait for what is out, then go: nothing new may leave after their unbind."""
        ends = time.monotonic() + self._account.response_timeout_s
        while self._waiting and time.monotonic() < ends:
            await asyncio.sleep(LOOK_AGAIN_S)
        self.close()

    def _take_answer(self, pdu: Pdu) -> None:
        waiter = self._waiting.get(pdu.sequence)
        if waiter is not None:
            if not waiter.done():
                waiter.set_result(pdu)
            return
        late = self._late.pop(pdu.sequence, None)
        if late is not None:
            late(pdu)


async def connect(account: Account, *, bring: Bring) -> Session:
    """Open a connection, not bound yet. Raises OSError, TimeoutError."""
    context = ssl.create_default_context() if account.is_tls else None
    async with asyncio.timeout(account.response_timeout_s):
        reader, writer = await asyncio.open_connection(
            account.host, account.port, ssl=context
        )
    plain: socket.socket = writer.get_extra_info("socket")
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Session(account, reader, writer, bring=bring)

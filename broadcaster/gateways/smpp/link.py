"""A line that is kept open: its thread, its sessions, and how they come back."""

import asyncio
import secrets
import threading
from collections.abc import Callable, Sequence

import structlog

from broadcaster.gateways.smpp import writing
from broadcaster.gateways.smpp.hearing import Ears
from broadcaster.gateways.smpp.options import Account
from broadcaster.gateways.smpp.pdus import StreamLostError
from broadcaster.gateways.smpp.sending import Sender
from broadcaster.gateways.smpp.session import (
    BindRefusedError,
    LostError,
    NoAnswerError,
    Session,
    connect,
)
from broadcaster.ports import Hear, Outcome, Submission

FIRST_AGAIN_S, LONGEST_AGAIN_S = 0.5, 60.0
HELD_WELL_S = 30.0
"""A session that lasted so long is opened again at once."""
SESSION_WAIT_S = 5.0
LOOK_AGAIN_S = 0.02
OVERDUE_EVERY_S = 10.0
DOWN = (OSError, TimeoutError, StreamLostError, LostError, NoAnswerError)

log = structlog.get_logger()


class Link:
    """One line to an SMSC, in a thread of its own."""

    def __init__(self, account: Account, hear: Hear, *, name: str) -> None:
        self._account = account
        self._name = name
        self._sessions: dict[str, Session] = {}
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._ears = Ears(account, hear, name=name)
        self._sender = Sender(account, self, report=self._ears.report)
        self._batches: set[asyncio.Task[list[Outcome]]] = set()
        self._thread = threading.Thread(
            target=self._live, name=f"smpp-{name}", daemon=True
        )

    def open(self) -> None:
        """Begin to hold the line; return at once."""
        self._thread.start()

    def close(self) -> None:
        """Let what is out be answered, say goodbye and end the thread."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def submit(
        self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        """Send a batch in the line's thread. Raises RuntimeError after `close`."""
        work = self._submit(batch, may_start)
        try:
            waiting = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()
            raise
        return waiting.result()

    async def session(self) -> Session | None:
        """Return the session that may send, after a wait; None when there is none."""
        ends = self._loop.time() + SESSION_WAIT_S
        while self._loop.time() < ends and not self._closing.is_set():
            found = self._sessions.get(self._roles[0])
            if found is not None and found.is_bound:
                return found
            await asyncio.sleep(LOOK_AGAIN_S)
        return None

    @property
    def _roles(self) -> tuple[str, ...]:
        """The binds of this line; texts leave by the first."""
        if self._account.is_pair:
            return writing.TRANSMITTER, writing.RECEIVER
        return (writing.TRANSCEIVER,)

    async def _submit(
        self, batch: Sequence[Submission], may_start: Callable[[], bool]
    ) -> list[Outcome]:
        work = asyncio.ensure_future(self._sender.send_all(batch, may_start=may_start))
        self._batches.add(work)
        work.add_done_callback(self._batches.discard)
        return await work

    def _live(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._hold())

    async def _hold(self) -> None:
        keepers = [asyncio.create_task(self._keep(role)) for role in self._roles]
        keepers.append(asyncio.create_task(self._hand_on_overdue()))
        await self._closing.wait()
        while self._batches:
            await asyncio.wait(self._batches)
        await self._ears.finish()
        for session in [s for s in self._sessions.values() if s.is_bound]:
            await session.unbind()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)

    async def _keep(self, role: str) -> None:
        again = FIRST_AGAIN_S
        while True:
            began = self._loop.time()
            try:
                await self._bind_and_run(role)
                log.warning("smpp_line_ended", gateway=self._name, role=role)
            except BindRefusedError as error:
                log.warning(
                    "smpp_bind_refused", gateway=self._name, role=role, code=str(error)
                )
            except DOWN as error:
                log.warning(
                    "smpp_line_down",
                    gateway=self._name,
                    role=role,
                    why=type(error).__name__,
                )
            except Exception:
                log.exception("smpp_line_failed", gateway=self._name, role=role)
            if self._loop.time() - began >= HELD_WELL_S:
                again = FIRST_AGAIN_S
            await asyncio.sleep(again * (1 + secrets.randbelow(100) / 100) / 2)
            again = min(2 * again, LONGEST_AGAIN_S)

    async def _bind_and_run(self, role: str) -> None:
        session = await connect(self._account, bring=self._ears.bring)
        try:
            await session.bind(role)
            self._sessions[role] = session
            log.info("smpp_bound", gateway=self._name, role=role)
            await session.run()
        finally:
            session.close()
            await session.closed()

    async def _hand_on_overdue(self) -> None:
        while True:
            await asyncio.sleep(OVERDUE_EVERY_S)
            await self._ears.hand_on_overdue()
